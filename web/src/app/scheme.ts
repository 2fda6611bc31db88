/** Light, dark, or as the system says; kept per browser. */
import { localStorageColorSchemeManager } from "@mantine/core";

export const schemeManager = localStorageColorSchemeManager({ key: "pave.scheme" });

/** Sets the scheme before the first paint, so that a dark page never flashes white. */
export function applySchemeEarly(): void {
	const chosen = schemeManager.get("auto");
	const dark =
		chosen === "dark" || (chosen === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
	document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
}
