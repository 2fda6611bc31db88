/* Writes src/theme/variables.css: Mantine's variables for our theme as a file,
 * since the provider would otherwise put them into a <style> element. */
import { readFileSync, writeFileSync } from "node:fs";
import {
	convertCssVariables,
	DEFAULT_THEME,
	defaultCssVariablesResolver,
	mergeMantineTheme,
} from "@mantine/core";
import { theme } from "../src/theme/theme.ts";

const path = new URL("../src/theme/variables.css", import.meta.url);

export function themeCss(): string {
	const all = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
	const base = defaultCssVariablesResolver(DEFAULT_THEME);
	const changed = (ours: Record<string, string>, theirs: Record<string, string>) =>
		Object.fromEntries(Object.entries(ours).filter(([name, value]) => theirs[name] !== value));
	const css = convertCssVariables(
		{
			variables: changed(all.variables, base.variables),
			light: { ...changed(all.light, base.light), "--mantine-color-scheme": "light" },
			dark: { ...changed(all.dark, base.dark), "--mantine-color-scheme": "dark" },
		},
		":root",
	);
	return `/* Made by "npm run theme" from theme.ts; do not edit. */\n${css.replaceAll(/([;{}])/g, "$1\n")}`;
}

export function storedThemeCss(): string {
	return readFileSync(path, "utf8");
}

if (process.argv[1]?.endsWith("theme-css.ts")) writeFileSync(path, themeCss());
