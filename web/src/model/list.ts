/** Filtering, facets and sorting of lists: pure, so that ten thousand rows can be measured. */
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

function passes<T>(row: T, facets: readonly Facet<T>[], chosen: Chosen): boolean {
	return facets.every((facet) => valuesOf(facet, row).some((v) => chosen[facet.id]?.includes(v)));
}

/** Texts of rows to search in, made once for many searches. */
export function searchTexts<T>(rows: readonly T[], text: (row: T) => string): string[] {
	return rows.map((row) => text(row).toLowerCase());
}

/** Rows whose text has every word of the query. */
export function matchRows<T>(rows: readonly T[], texts: readonly string[], query: string): readonly T[] {
	const words = query.toLowerCase().split(/\s+/).filter(Boolean);
	if (words.length === 0) return rows;
	return rows.filter((_, at) => words.every((word) => texts[at]?.includes(word)));
}

/** Rows that have a chosen value of every facet with a choice. */
export function filterRows<T>(rows: readonly T[], facets: readonly Facet<T>[], chosen: Chosen): readonly T[] {
	const active = facets.filter((facet) => (chosen[facet.id]?.length ?? 0) > 0);
	return active.length === 0 ? rows : rows.filter((row) => passes(row, active, chosen));
}

/** Counts of one facet's values among rows that pass all the *other* facets. */
export function facetValues<T>(
	rows: readonly T[],
	facets: readonly Facet<T>[],
	facet: Facet<T>,
	chosen: Chosen,
): FacetValue[] {
	const others = facets.filter((f) => f.id !== facet.id && (chosen[f.id]?.length ?? 0) > 0);
	const counts = new Map<string, number>();
	for (const value of chosen[facet.id] ?? []) counts.set(value, 0);
	for (const row of rows) {
		if (!passes(row, others, chosen)) continue;
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
	collator ??= new Intl.Collator("en", { numeric: true, sensitivity: "base" });
	return collator.compare(String(a), String(b));
}

let collator: Intl.Collator | undefined;
