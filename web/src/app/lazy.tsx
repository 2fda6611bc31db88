/** What the first page does without: loaded when asked for, or when the browser has nothing to do. */
import { ActionIcon } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconBell, IconUserCircle } from "@tabler/icons-react";
import {
	type ComponentType,
	lazy,
	type PointerEvent,
	type ReactNode,
	Suspense,
	useEffect,
	useLayoutEffect,
	useRef,
	useState,
} from "react";
import { useToastWanted } from "./toast.ts";
import { typeAhead } from "./typeAhead.ts";
import { useKeys } from "./useKeys.ts";

const Search = lazy(() => import("./Search.tsx").then((m) => ({ default: m.Search })));
const Toasts = lazy(() => import("./Toasts.tsx").then((m) => ({ default: m.Toasts })));
const Help = lazy(() => import("./Help.tsx").then((m) => ({ default: m.Help })));
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

/** For the search: it may not be there when its first letters are typed. */
export const forSearch = typeAhead(document);

export function openSearch(): void {
	const from = document.activeElement;
	if (from?.closest('[aria-label="Search"]')) return; // it is open
	forSearch.start();
	askForSearch();
	void import("./searchStore.ts").then(({ openFrom }) => openFrom(from));
}

export function LazySearch() {
	const [ready, ask] = useReady();
	useEffect(() => {
		askForSearch = ask;
	});
	useHotkeys([["mod+K", openSearch]], []);
	useKeys({ "/": openSearch });
	return ready ? (
		<Suspense>
			<Search />
		</Suspense>
	) : null;
}

/** What the keys do, over any page. */
export function LazyHelp() {
	const [wanted, setWanted] = useState(false);
	const [opened, setOpened] = useState(false);
	useKeys({
		"?": () => {
			setWanted(true);
			setOpened(true);
		},
	});
	return wanted ? (
		<Suspense>
			<Help opened={opened} onClose={() => setOpened(false)} />
		</Suspense>
	) : null;
}

interface LaterProps {
	label: string;
	icon: ReactNode;
	load: () => Promise<ComponentType<{ opened: boolean }>>;
}

/** Held down: nothing may take its place before the click is over, which would go astray or close what it opened. */
function useHeld(): [boolean, (event: PointerEvent) => void] {
	const [held, setHeld] = useState(false);
	useEffect(() => {
		if (!held) return;
		const over = () => setHeld(false);
		const ends = ["click", "pointercancel"] as const;
		for (const end of ends) window.addEventListener(end, over);
		return () => {
			for (const end of ends) window.removeEventListener(end, over);
		};
	}, [held]);
	return [held, (event) => setHeld(event.button === 0)];
}

/** A button whose menu comes later: opened by the click that was made before it was there. */
function Later({ label, icon, load }: LaterProps) {
	const [ready, ask] = useReady();
	const [asked, setAsked] = useState(false);
	const [held, hold] = useHeld();
	const [Part, setPart] = useState<ComponentType<{ opened: boolean }>>();
	const box = useRef<HTMLSpanElement>(null);
	useEffect(() => {
		if (ready) void load().then((part) => setPart(() => part));
	}, [ready, load]);
	const there = Part !== undefined && !held;
	// Whoever stands on the button stands on the one that takes its place.
	const stood = box.current?.contains(document.activeElement) ?? false;
	// biome-ignore lint/correctness/useExhaustiveDependencies: where the focus was when it took its place
	useLayoutEffect(() => {
		if (there && stood) box.current?.querySelector("button")?.focus();
	}, [there]);
	return (
		<span ref={box} style={{ display: "contents" }}>
			{there ? (
				<Part opened={asked} />
			) : (
				<ActionIcon
					variant="subtle"
					color="gray"
					size="lg"
					aria-label={label}
					aria-haspopup="menu"
					onPointerDown={hold}
					onClick={() => {
						setAsked(true);
						ask();
					}}
				>
					{icon}
				</ActionIcon>
			)}
		</span>
	);
}

const loadPerson = () => import("./PersonMenu.tsx").then((m) => m.PersonMenu);
const loadNotifications = () => import("./Notifications.tsx").then((m) => m.Notifications);

export function LazyPersonMenu() {
	return (
		<Later label="You and your settings" icon={<IconUserCircle size={20} stroke={1.5} />} load={loadPerson} />
	);
}

export function LazyNotifications() {
	return <Later label="Notifications" icon={<IconBell size={18} stroke={1.5} />} load={loadNotifications} />;
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
