import { ActionIcon, Kbd, UnstyledButton } from "@mantine/core";
import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { Breadcrumbs } from "./Breadcrumbs.tsx";
import { LinkDot } from "./LinkDot.tsx";
import { LazyNotifications, LazyPersonMenu, openSearch } from "./lazy.tsx";
import css from "./TopBar.module.css";

export function TopBar({ onMenu }: { onMenu: () => void }) {
	return (
		<header className={css.bar}>
			<ActionIcon
				className={css.menu}
				variant="subtle"
				color="gray"
				size="lg"
				onClick={onMenu}
				aria-label="Open the navigation"
			>
				<IconMenu2 size={18} stroke={1.5} />
			</ActionIcon>
			<Breadcrumbs />
			<UnstyledButton className={css.search} onClick={() => openSearch()} aria-label="Search (⌘K or /)">
				<IconSearch size={14} stroke={1.75} aria-hidden />
				<span className={css.hint}>Search</span>
				<Kbd size="xs" className={css.hint}>
					/
				</Kbd>
			</UnstyledButton>
			<LinkDot />
			<LazyNotifications />
			<LazyPersonMenu />
		</header>
	);
}
