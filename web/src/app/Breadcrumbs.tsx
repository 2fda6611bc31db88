import { IconChevronRight } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { Fragment } from "react";
import { Middle } from "../ui/Middle.tsx";
import css from "./Breadcrumbs.module.css";
import { nav, settingsItem } from "./nav.ts";

interface Crumb {
	label: string;
	to?: string;
}

const sections = [...nav.flat(), settingsItem].filter((item) => item.to !== "/");

/** Where we are, read from the address alone: section, then the object. */
export function crumbs(pathname: string): Crumb[] {
	const parts = pathname.split("/").filter(Boolean).map(decodeURIComponent);
	if (parts.length === 0) return [{ label: "Home" }];
	const section = sections.find((item) => item.to === `/${parts[0]}`);
	if (parts[0] === "objects") {
		const [, , , kind, namespace, name] = parts;
		const first = namespace && namespace !== "-" ? [{ label: namespace }] : [];
		return [{ label: kind ?? "Object" }, ...first, { label: name ?? "" }];
	}
	if (!section) return [{ label: "Not found" }];
	if (parts.length === 1) return [{ label: section.label }];
	const name = parts.at(-1) ?? "";
	return [{ label: section.label, to: section.to }, { label: name }];
}

export function Breadcrumbs() {
	const pathname = useLocation({ select: (location) => location.pathname });
	const all = crumbs(pathname);
	return (
		<nav aria-label="Breadcrumb" className={css.crumbs}>
			{all.map((crumb, at) => (
				<Fragment key={`${at} ${crumb.label}`}>
					{at > 0 ? <IconChevronRight size={12} aria-hidden className={css.sep} /> : null}
					{crumb.to ? (
						<Link to={crumb.to} className={css.link}>
							{crumb.label}
						</Link>
					) : (
						<span className={at === all.length - 1 ? css.here : css.link}>
							<Middle text={crumb.label} max={36} />
						</span>
					)}
				</Fragment>
			))}
		</nav>
	);
}
