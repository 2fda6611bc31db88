import {
	IconBook2,
	IconHome,
	IconRocket,
	IconServer2,
	IconSettings,
	IconShieldCheck,
	type TablerIcon,
} from "@tabler/icons-react";

export interface NavItem {
	label: string;
	to: "/" | "/catalog" | "/applications" | "/policies" | "/workloads" | "/settings";
	icon: TablerIcon;
	/** The API group without which the item is not shown. */
	group?: string;
	/** Pages of these addresses are its own, too. */
	beside?: readonly string[];
	/** Second key of the "g" chord. */
	key: string;
}

/** The rail, in the order of a developer's day; a group without items is not drawn. */
export const nav: readonly (readonly NavItem[])[] = [
	[
		{ label: "Home", to: "/", icon: IconHome, key: "h" },
		{ label: "Catalog", to: "/catalog", icon: IconBook2, group: "backstage.io", key: "c" },
	],
	[
		{
			label: "Applications",
			to: "/applications",
			beside: ["/applicationsets", "/projects"],
			icon: IconRocket,
			group: "argoproj.io",
			key: "a",
		},
	],
	[{ label: "Policies", to: "/policies", icon: IconShieldCheck, group: "governance.pave.dev", key: "p" }],
	[{ label: "Workloads", to: "/workloads", icon: IconServer2, group: "apps", key: "w" }],
];

export const settingsItem: NavItem = { label: "Settings", to: "/settings", icon: IconSettings, key: "s" };
