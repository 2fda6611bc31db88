import { ActionIcon, Menu, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUserCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { personName } from "../model/person.ts";
import { Ago } from "../ui/Ago.tsx";
import { focusIfNone } from "../ui/useOpened.ts";
import css from "./PersonMenu.module.css";
import { sessionQuery } from "./queries.ts";
import { useSignOut } from "./useSignOut.ts";

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
	const signOut = useSignOut();
	const target = useRef<HTMLButtonElement>(null);
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
