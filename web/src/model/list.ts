/** Filtering, facets and sorting of lists: pure, so that ten thousand rows can be measured. */
import { matches } from "./text.ts";

export interface Facet<T> {
	id: string;
	label: string;
	/** The values of a row; an empty list counts as "none". */
	of: (row: T) => readonly string[];
	/** How a value is written; the value itself if absent. */
	name?: (value: string) => string;
	/** Fixed order of values; by count if absent. */
	order?: readonly string[];
	/** Shown before it is asked for. */
	open?: boolean;
}

export type Chosen = Record<string, readonly string[]>;

export interface FacetValue {
	value: string;
	count: number;
}

export const none = "none";

function valuesOf<T>(facet: Facet<T>, row: T): readonly string[] {
	const values = facet.of(row);
	return values.length > 0 ? values : [none];
}

function passes<T>(row: T, facets: readonly Facet<T>[], chosen: Chosen, except?: string): boolean {
	for (const facet of facets) {
		if (facet.id === except) continue;
		const wanted = chosen[facet.id];
		if (!wanted || wanted.length === 0) continue;
		if (!valuesOf(facet, row).some((v) => wanted.includes(v))) return false;
	}
	return true;
}

/** Rows that match every facet with a choice and every word of the text. */
export function filterRows<T>(
	rows: readonly T[],
	facets: readonly Facet<T>[],
	chosen: Chosen,
	query: string,
	text: (row: T) => string,
): T[] {
	const words = query.trim();
	return rows.filter((row) => passes(row, facets, chosen) && (words === "" || matches(text(row), words)));
}

/** Counts of one facet's values among rows that pass all the *other* facets and the text. */
export function facetValues<T>(
	rows: readonly T[],
	facets: readonly Facet<T>[],
	facet: Facet<T>,
	chosen: Chosen,
	query: string,
	text: (row: T) => string,
): FacetValue[] {
	const counts = new Map<string, number>();
	for (const value of chosen[facet.id] ?? []) counts.set(value, 0);
	const words = query.trim();
	for (const row of rows) {
		if (!passes(row, facets, chosen, facet.id)) continue;
		if (words !== "" && !matches(text(row), words)) continue;
		for (const value of valuesOf(facet, row)) counts.set(value, (counts.get(value) ?? 0) + 1);
	}
	const order = facet.order;
	const rank = (value: string) => {
		const at = order?.indexOf(value) ?? -1;
		return at < 0 ? Number.MAX_SAFE_INTEGER : at;
	};
	return [...counts]
		.map(([value, count]) => ({ value, count }))
		.sort((a, b) => rank(a.value) - rank(b.value) || b.count - a.count || a.value.localeCompare(b.value));
}

export function compare(a: string | number, b: string | number): number {
	if (typeof a === "number" && typeof b === "number") return a - b;
	return collator.compare(String(a), String(b));
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
