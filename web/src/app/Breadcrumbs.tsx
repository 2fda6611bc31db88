import { IconChevronRight } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { Fragment } from "react";
import { Middle } from "../ui/Middle.tsx";
import css from "./Breadcrumbs.module.css";
import { crumbs } from "./crumbs.ts";

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
