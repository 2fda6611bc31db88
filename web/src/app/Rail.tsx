import { UnstyledButton } from "@mantine/core";
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { Tip } from "../ui/Tip.tsx";
import { type NavItem, nav, settingsItem } from "./nav.ts";
import { groupsQuery } from "./queries.ts";
import css from "./Rail.module.css";

function Item({ item, narrow, onGo }: { item: NavItem; narrow: boolean; onGo?: () => void }) {
	const beside = useLocation({
		select: ({ pathname }) => item.beside?.some((path) => pathname.startsWith(path)) ?? false,
	});
	const active = { className: css.active, "aria-current": "page" as const };
	return (
		<Tip label={narrow ? item.label : undefined}>
			<Link
				to={item.to}
				className={css.item}
				activeProps={active}
				inactiveProps={beside ? active : undefined}
				activeOptions={{ exact: item.to === "/", includeSearch: false }}
				aria-label={narrow ? item.label : undefined}
				onClick={onGo}
			>
				<item.icon size={18} stroke={1.5} aria-hidden />
				{narrow ? null : <span>{item.label}</span>}
			</Link>
		</Tip>
	);
}

export interface RailProps {
	narrow: boolean;
	onToggle?: () => void;
	onGo?: () => void;
}

export function Rail({ narrow, onToggle, onGo }: RailProps) {
	const { data: groups } = useQuery(groupsQuery);
	const shown = (item: NavItem) => !item.group || !groups || groups.has(item.group);
	const sections = nav.map((section) => section.filter(shown)).filter((section) => section.length > 0);
	return (
		<nav className={css.rail} data-narrow={narrow || undefined} aria-label="Main">
			<Link to="/" className={css.brand} aria-label="Pave, home" onClick={onGo}>
				<img src="/pave.svg" alt="" width={20} height={20} />
				{narrow ? null : <span>Pave</span>}
			</Link>
			{sections.map((section) => (
				<div key={section[0]?.to} className={css.section}>
					{section.map((item) => (
						<Item key={item.to} item={item} narrow={narrow} onGo={onGo} />
					))}
				</div>
			))}
			<div className={css.foot}>
				<Item item={settingsItem} narrow={narrow} onGo={onGo} />
				{onToggle ? (
					<UnstyledButton
						className={css.item}
						onClick={onToggle}
						aria-label={narrow ? "Expand the navigation" : "Collapse the navigation"}
						aria-expanded={!narrow}
					>
						{narrow ? (
							<IconLayoutSidebarLeftExpand size={18} stroke={1.5} />
						) : (
							<IconLayoutSidebarLeftCollapse size={18} stroke={1.5} />
						)}
						{narrow ? null : <span>Collapse</span>}
					</UnstyledButton>
				) : null}
			</div>
		</nav>
	);
}
