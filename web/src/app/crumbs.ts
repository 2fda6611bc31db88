import { nav, settingsItem } from "./nav.ts";

export interface Crumb {
	label: string;
	to?: string;
}

const sections = [...nav.flat(), settingsItem].filter((item) => item.to !== "/");

/** Pages of lists that no item of the rail leads to, but a list's own head. */
const beside = [
	{ to: "/applicationsets", label: "Application sets" },
	{ to: "/projects", label: "Projects" },
];

/** Where we are, read from the address alone: section, then the object. */
export function crumbs(pathname: string): Crumb[] {
	const parts = pathname.split("/").filter(Boolean).map(decodeURIComponent);
	if (parts.length === 0) return [{ label: "Home" }];
	const section = [...sections, ...beside].find((item) => item.to === `/${parts[0]}`);
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
