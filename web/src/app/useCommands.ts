import { useMantineColorScheme } from "@mantine/core";
import { useLocation } from "@tanstack/react-router";
import { useMemo } from "react";
import { useMay } from "../api/may.ts";
import { objectPath, resources } from "../api/resources.ts";
import type { Application } from "../api/types.ts";
import { appHref } from "../model/links.ts";
import type { Findable } from "../model/search.ts";
import { refresh } from "../pages/application/actions.ts";
import { useSignOut } from "./useSignOut.ts";

const themes = [
	["light", "Light theme"],
	["dark", "Dark theme"],
	["auto", "Theme as the system"],
] as const;

/** What can be done from the search: of applications only where one may, and those of this page at once. */
export function useCommands(apps: readonly Application[]): Findable[] {
	const here = useLocation({ select: (location) => location.pathname });
	const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
	const signOut = useSignOut();
	const namespaces = useMemo(() => apps.map((app) => app.metadata.namespace ?? ""), [apps]);
	const may = useMay("patch", resources.applications, namespaces);
	const allowed = may ? [...may].join(" ") : "";
	return useMemo(() => {
		const changeable = new Set(allowed.split(" "));
		const command = { group: "Commands", kind: "Command", detail: "" };
		const ofApps = apps
			.filter((app) => changeable.has(app.metadata.namespace ?? ""))
			.flatMap((app): Findable[] => {
				const { name, namespace } = app.metadata;
				const href = appHref(namespace, name);
				const path = objectPath(resources.applications, namespace, name);
				const one = { ...command, asked: href !== here, detail: "Application" };
				return [
					{ ...one, name: `Sync ${name}`, href: `${href}?do=sync` },
					{
						...one,
						name: `Refresh ${name}`,
						href: `${href}#refresh`,
						run: () => void refresh(path, "normal"),
					},
				];
			});
		const ofThemes = themes.map(([scheme, name]) => ({
			...command,
			name,
			href: `#${scheme}`,
			asked: true,
			run: () => setColorScheme(scheme),
		}));
		const leave = {
			...command,
			name: "Sign out",
			detail: "Log out",
			href: "#sign-out",
			asked: true,
			run: () => void signOut(),
		};
		return [...ofApps, ...ofThemes, leave];
	}, [apps, allowed, here, setColorScheme, signOut]);
}
