/* The shell: what the browser paints and asks for before the application has come.  In the build
 * its files get hashed names, and boot.js learns which files each page needs. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin, Rollup } from "vite";
import { earlyStreams, watchPath } from "../src/api/resources.ts";

/** Which source file is which page: the first piece of the path, and whether there is more. */
const pages: Record<string, string> = {
	"/": "pages/home/Home.tsx",
	"/catalog": "pages/catalog/Catalog.tsx",
	"/catalog/*": "pages/entity/EntityPage.tsx",
	"/applications": "pages/applications/Applications.tsx",
	"/applications/*": "pages/application/ApplicationPage.tsx",
	"/applicationsets": "pages/sets/Sets.tsx",
	"/applicationsets/*": "pages/sets/SetPage.tsx",
	"/projects": "pages/projects/Projects.tsx",
	"/projects/*": "pages/projects/ProjectPage.tsx",
	"/policies": "pages/policies/Policies.tsx",
	"/workloads": "pages/workloads/Workloads.tsx",
	"/objects/*": "pages/object/ObjectPage.tsx",
	"/settings": "pages/settings/Settings.tsx",
};

const read = (name: string) => readFileSync(fileURLToPath(new URL(name, import.meta.url)), "utf8");

function hashed(name: string): { fileName: string; source: string } {
	const source = read(name);
	const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
	return { fileName: `assets/${name.replace(".", `-${hash}.`)}`, source };
}

/** A chunk, what it imports, and their styles. */
function withImports(bundle: Rollup.OutputBundle, start: string): string[] {
	const seen = new Set<string>();
	const queue = [start];
	for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
		const chunk = bundle[file];
		if (seen.has(file) || chunk?.type !== "chunk") continue;
		seen.add(file);
		queue.push(...chunk.imports);
		for (const css of chunk.viteMetadata?.importedCss ?? []) seen.add(css);
	}
	return [...seen];
}

function modulesOf(bundle: Rollup.OutputBundle): Record<string, string[]> {
	const chunks = Object.values(bundle).filter((c) => c.type === "chunk");
	const entry = chunks.find((c) => c.isEntry);
	const first = new Set(entry ? withImports(bundle, entry.fileName) : []);
	return Object.fromEntries(
		Object.entries(pages).map(([path, source]) => {
			const chunk = chunks.find((c) => c.facadeModuleId?.endsWith(source));
			if (!chunk) throw new Error(`shell/plugin.ts names ${source}, which is no chunk of its own`);
			const files = withImports(bundle, chunk.fileName).filter((file) => !first.has(file));
			return [path, files.map((file) => `/${file}`)];
		}),
	);
}

/** A component whose style is not imported would be drawn bare. */
function checkStyles(bundle: Rollup.OutputBundle): void {
	const imported = read("../src/theme/mantine.css");
	const used = new Set(
		Object.values(bundle).flatMap((c) =>
			c.type === "chunk" ? Object.keys(c.modules).flatMap((id) => componentsOf(id)) : [],
		),
	);
	for (const name of used) {
		const style = new URL(`../node_modules/@mantine/core/styles/${name}.css`, import.meta.url);
		if (existsSync(style) && !imported.includes(`/${name}.layer.css"`))
			throw new Error(`src/theme/mantine.css lacks @import "@mantine/core/styles/${name}.layer.css"`);
	}
}

/** ".../components/Checkbox/CheckboxIndicator/CheckboxIndicator.mjs": Checkbox, CheckboxIndicator. */
function componentsOf(id: string): string[] {
	const path = /@mantine\/core\/esm\/(?:components|utils)\/(.+)\.[a-z]+$/.exec(id)?.[1] ?? "";
	return path.split("/").filter((part) => /^[A-Z]\w+$/.test(part));
}

/** Asks V8 to compile the whole file while it arrives, off the main thread: nearly all of it runs at once. */
function compileAhead(bundle: Rollup.OutputBundle): void {
	for (const chunk of Object.values(bundle))
		if (chunk.type === "chunk" && /^(vendor|base|index|Home)$/.test(chunk.name))
			chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`;
}

export function shell(): Plugin {
	const css = hashed("shell.css");
	const boot = hashed("boot.js");
	const asked = Object.entries(earlyStreams).map(([path, streams]) => [path, watchPath(streams)]);
	const watch = Object.fromEntries(asked) as Record<string, string>;
	return {
		name: "shell",
		generateBundle(_options, bundle) {
			checkStyles(bundle);
			compileAhead(bundle);
			for (const file of [css, boot]) this.emitFile({ type: "asset", ...file });
		},
		transformIndexHtml: {
			order: "post",
			handler(html, { bundle }) {
				const at = (file: { fileName: string }, name: string) =>
					bundle ? `/${file.fileName}` : `/shell/${name}`;
				const plan = JSON.stringify(bundle ? { watch, modules: modulesOf(bundle) } : { watch });
				const escaped = plan.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
				const tags = [
					`<script src="${at(boot, "boot.js")}" data-plan="${escaped}"></script>`,
					`<link rel="stylesheet" href="${at(css, "shell.css")}" />`,
				];
				return html.replace("</title>", `</title>\n\t\t${tags.join("\n\t\t")}`);
			},
		},
	};
}
