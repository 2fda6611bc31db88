import { ActionIcon, Menu, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUserCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { closeSession } from "../api/client.ts";
import { personName } from "../model/person.ts";
import { forgetVisits } from "../model/recent.ts";
import { Ago } from "../ui/Ago.tsx";
import { focusIfNone } from "../ui/useOpened.ts";
import { clearInbox } from "./inboxStore.ts";
import { hub, tellTabs } from "./live.ts";
import css from "./PersonMenu.module.css";
import { queries, sessionQuery } from "./queries.ts";

const schemes = [
	{ value: "light", label: <IconSun size={15} stroke={1.5} aria-label="Light" /> },
	{ value: "dark", label: <IconMoon size={15} stroke={1.5} aria-label="Dark" /> },
	{ value: "auto", label: <IconDeviceDesktop size={15} stroke={1.5} aria-label="As the system" /> },
];

function ThemeSwitch() {
	// Without, Mantine stops transitions by a <style> element, which our policy refuses.
	const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
	return (
		<SegmentedControl
			aria-label="Theme"
			size="xs"
			fullWidth
			data={schemes}
			value={colorScheme}
			onChange={(value) => setColorScheme(value as "light" | "dark" | "auto")}
		/>
	);
}

export function PersonMenu({ opened }: { opened: boolean }) {
	const { data: session } = useQuery(sessionQuery);
	const navigate = useNavigate();
	const target = useRef<HTMLButtonElement>(null);
	const signOut = async () => {
		await closeSession().catch(() => undefined);
		tellTabs("out");
		// First away from pages that would ask again for what is cleared.
		await navigate({ to: "/signin" });
		hub.stop();
		clearInbox();
		forgetVisits();
		queries.clear();
		queries.setQueryData(sessionQuery.queryKey, null);
	};
	return (
		<Menu
			position="bottom-end"
			width={240}
			keepMounted={false}
			defaultOpened={opened}
			onClose={() => focusIfNone(target.current)}
		>
			<Menu.Target>
				<ActionIcon ref={target} variant="subtle" color="gray" size="lg" aria-label="You and your settings">
					<IconUserCircle size={20} stroke={1.5} />
				</ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				<div className={css.who}>
					<strong>{personName(session) || "Unknown"}</strong>
					<span className="small dim">{session?.groups?.join(", ") || session?.user}</span>
					{session?.expires ? (
						<span className="small dim">
							Session ends <Ago at={session.expires} />
						</span>
					) : null}
				</div>
				<Menu.Divider />
				<div className={css.theme}>
					<ThemeSwitch />
				</div>
				<Menu.Divider />
				<Menu.Item leftSection={<IconLogout size={16} stroke={1.5} />} onClick={() => void signOut()}>
					Sign out
				</Menu.Item>
			</Menu.Dropdown>
		</Menu>
	);
}
