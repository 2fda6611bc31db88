/** Saved views: a name for the query string of a list.  Kept in the browser; the address itself is what is shared. */

export interface View {
	name: string;
	search: Record<string, string>;
}

export function searchOf(params: Record<string, unknown>): Record<string, string> {
	const kept = Object.entries(params).filter(
		(pair): pair is [string, string] => typeof pair[1] === "string" && pair[1] !== "",
	);
	return Object.fromEntries(kept.sort(([a], [b]) => a.localeCompare(b)));
}

export function sameSearch(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
	return JSON.stringify(searchOf(a)) === JSON.stringify(searchOf(b));
}

/** With `name` for the search, in its old place if it had one. */
export function withView(views: readonly View[], name: string, search: Record<string, unknown>): View[] {
	const view = { name, search: searchOf(search) };
	const at = views.findIndex((v) => v.name === name);
	return at < 0 ? [...views, view] : views.with(at, view);
}

/** What the browser kept, or nothing if it is not what we wrote. */
export function readViews(text: string | undefined): View[] {
	try {
		const found: unknown = JSON.parse(text ?? "[]");
		if (!Array.isArray(found)) return [];
		return found.flatMap((v: Partial<View> | null) =>
			typeof v?.name === "string" && typeof v.search === "object" && v.search !== null
				? [{ name: v.name, search: searchOf(v.search) }]
				: [],
		);
	} catch {
		return [];
	}
}
