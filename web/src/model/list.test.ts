import { describe, expect, it } from "vitest";
import { compare, type Facet, facetValues, filterRows, matchRows, none, searchTexts } from "./list.ts";

interface Row {
	name: string;
	kind: string;
	tags: string[];
}

const rows: Row[] = [
	{ name: "booking-api", kind: "service", tags: ["go"] },
	{ name: "shop-web", kind: "website", tags: ["react", "typescript"] },
	{ name: "tokens", kind: "library", tags: [] },
	{ name: "admin-web", kind: "website", tags: ["react"] },
];
const kind: Facet<Row> = { id: "kind", label: "Kind", of: (r) => [r.kind] };
const tag: Facet<Row> = { id: "tag", label: "Tag", of: (r) => r.tags };
const facets = [kind, tag];
const text = (r: Row) => `${r.name} ${r.tags.join(" ")}`;
const names = (chosen: Record<string, string[]>, query = "") =>
	filterRows(matchRows(rows, searchTexts(rows, text), query), facets, chosen).map((r) => r.name);

describe("lists", () => {
	it("wants every facet, and any value of a facet", () => {
		expect(names({ kind: ["website", "library"] })).toEqual(["shop-web", "tokens", "admin-web"]);
		expect(names({ kind: ["website"], tag: ["typescript"] })).toEqual(["shop-web"]);
	});

	it("finds rows that have no value at all", () => {
		expect(names({ tag: [none] })).toEqual(["tokens"]);
	});

	it("wants every word, anywhere, in any case", () => {
		expect(names({}, "WEB react")).toEqual(["shop-web", "admin-web"]);
		expect(names({}, "web go")).toEqual([]);
	});

	it("counts a facet as if it were not chosen, and the others as they are", () => {
		expect(facetValues(rows, facets, kind, { kind: ["library"], tag: ["react"] })).toEqual([
			{ value: "website", count: 2 },
			{ value: "library", count: 0 },
		]);
	});

	it("keeps the order it is given", () => {
		const ordered = { ...kind, order: ["library", "service"] };
		const values = facetValues(rows, [ordered], ordered, {}).map((v) => v.value);
		expect(values).toEqual(["library", "service", "website"]);
	});

	it("orders numbers in names as numbers", () => {
		expect(["a10", "a9", "A1"].sort(compare)).toEqual(["A1", "a9", "a10"]);
		expect([10, 9].sort(compare)).toEqual([9, 10]);
	});

	it("filters and counts ten thousand rows at once, even on a busy machine", () => {
		const many = Array.from({ length: 10_000 }, (_, at) => ({ ...(rows[at % 4] as Row), name: `row-${at}` }));
		const texts = searchTexts(many, text);
		const start = performance.now();
		const matched = matchRows(many, texts, "row-9");
		const found = filterRows(matched, facets, { kind: ["website"] });
		const counts = facets.map((facet) => facetValues(matched, facets, facet, { kind: ["website"] }));
		expect(performance.now() - start).toBeLessThan(1000);
		expect(found.length).toBe(counts[0]?.find((v) => v.value === "website")?.count);
	});
});
