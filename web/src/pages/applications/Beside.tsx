import { Link } from "@tanstack/react-router";
import css from "./Beside.module.css";

const lists = [
	{ to: "/applications", label: "Applications" },
	{ to: "/applicationsets", label: "Sets" },
	{ to: "/projects", label: "Projects" },
] as const;

/** The three lists of delivery, beside each other. */
export function Beside() {
	return (
		<nav className={css.bar} aria-label="Lists of delivery">
			{lists.map(({ to, label }) => (
				<Link
					key={to}
					to={to}
					className={css.one}
					activeOptions={{ exact: true, includeSearch: false }}
					activeProps={{ "aria-current": "page" }}
				>
					{label}
				</Link>
			))}
		</nav>
	);
}
