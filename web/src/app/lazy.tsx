/** What the first page does without: loaded when asked for, or when the browser has nothing to do. */
import { ActionIcon } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconBell, IconUserCircle } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useToastWanted } from "./toast.ts";

const Search = lazy(() => import("./Search.tsx").then((m) => ({ default: m.Search })));
const Person = lazy(() => import("./PersonMenu.tsx").then((m) => ({ default: m.PersonMenu })));
const Notifications = lazy(() => import("./Notifications.tsx").then((m) => ({ default: m.Notifications })));
const Toasts = lazy(() => import("./Toasts.tsx").then((m) => ({ default: m.Toasts })));
const Drawer = lazy(() => import("./RailDrawer.tsx").then((m) => ({ default: m.RailDrawer })));

const latestMs = 1500;

function whenIdle(run: () => void): () => void {
	// Safari has no idle callback.
	if (typeof requestIdleCallback !== "function") {
		const timer = setTimeout(run, latestMs);
		return () => clearTimeout(timer);
	}
	const handle = requestIdleCallback(run, { timeout: latestMs });
	return () => cancelIdleCallback(handle);
}

/** True when the browser has nothing better to do, or at once when asked. */
function useReady(): [boolean, () => void] {
	const [ready, setReady] = useState(false);
	useEffect(() => whenIdle(() => setReady(true)), []);
	return [ready, () => setReady(true)];
}

let askForSearch: () => void = () => undefined;

export function openSearch(): void {
	askForSearch();
	void import("./searchStore.ts").then(({ search }) => search.open());
}

export function LazySearch() {
	const [ready, ask] = useReady();
	useEffect(() => {
		askForSearch = ask;
	});
	useHotkeys([
		["mod+K", openSearch],
		["/", openSearch],
	]);
	return ready ? (
		<Suspense>
			<Search />
		</Suspense>
	) : null;
}

interface LaterProps {
	label: string;
	icon: ReactNode;
	of: (asked: boolean) => ReactNode;
}

/** A button whose menu comes later: opened by the click that was made before it was there. */
function Later({ label, icon, of }: LaterProps) {
	const [ready, ask] = useReady();
	const [asked, setAsked] = useState(false);
	const button = (
		<ActionIcon
			variant="subtle"
			color="gray"
			size="lg"
			aria-label={label}
			aria-haspopup="menu"
			// The menu may take the button's place while it is held down: then there is no click.
			onPointerDown={() => setAsked(true)}
			onClick={() => {
				setAsked(true);
				ask();
			}}
		>
			{icon}
		</ActionIcon>
	);
	return ready ? <Suspense fallback={button}>{of(asked)}</Suspense> : button;
}

export function LazyPersonMenu() {
	return (
		<Later
			label="You and your settings"
			icon={<IconUserCircle size={20} stroke={1.5} />}
			of={(asked) => <Person opened={asked} />}
		/>
	);
}

export function LazyNotifications() {
	return (
		<Later
			label="Notifications"
			icon={<IconBell size={18} stroke={1.5} />}
			of={(asked) => <Notifications opened={asked} />}
		/>
	);
}

export function LazyDrawer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
	const [wanted, setWanted] = useState(false);
	useEffect(() => {
		if (opened) setWanted(true);
	}, [opened]);
	return wanted ? (
		<Suspense>
			<Drawer opened={opened} onClose={onClose} />
		</Suspense>
	) : null;
}

export function LazyToasts() {
	return useToastWanted() ? (
		<Suspense>
			<Toasts />
		</Suspense>
	) : null;
}
