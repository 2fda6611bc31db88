/** What of a page somebody may see, in words: pure. */
import { listText, plural } from "./text.ts";

export interface Seen {
	/** Plural and lower case: "applications". */
	what: string;
	state: "loading" | "live" | "denied" | "absent" | "failed";
	error?: string;
	namespaces?: readonly string[];
}

export interface Reach {
	/** Kinds that are shown in part, by where. */
	partial: { namespaces: readonly string[]; what: string[] }[];
	denied: { what: string; error: string }[];
}

export function reachOf(seen: readonly Seen[]): Reach {
	const partial = new Map<string, { namespaces: readonly string[]; what: string[] }>();
	for (const { what, state, namespaces } of seen) {
		if (state !== "live" || !namespaces) continue;
		const key = namespaces.join();
		const group = partial.get(key) ?? { namespaces, what: [] };
		group.what.push(what);
		partial.set(key, group);
	}
	const denied = seen
		.filter((s) => s.state === "denied")
		.map(({ what, error }) => ({ what, error: error ?? "" }));
	return { partial: [...partial.values()], denied };
}

const shown = 3;

/** "shop", "shop and web", "14 namespaces". */
export function namespacesText(namespaces: readonly string[]): string {
	if (namespaces.length > shown) return plural(namespaces.length, "namespace");
	return `namespace${namespaces.length > 1 ? "s" : ""} ${listText(namespaces)}`;
}

/** The one line that says it; empty if everything may be seen. */
export function reachText({ partial, denied }: Reach): string {
	const all = [...new Set(partial.flatMap((p) => p.namespaces))].sort();
	const parts = [
		all.length > 0 ? `You see what is in ${namespacesText(all)}.` : "",
		denied.length > 0 ? `Not permitted: ${listText(denied.map((d) => d.what))}.` : "",
	];
	return parts.filter(Boolean).join(" ");
}
