import { describe, expect, it } from "vitest";
import { safeReturn } from "../pages/signin/safeReturn.ts";
import { crumbs } from "./crumbs.ts";
import { parseSearch, stringifySearch } from "./search-params.ts";

describe("addresses", () => {
	it("keep a list's state short and readable, and read it back", () => {
		const params = { kind: "Component,API", q: "a b", sort: "-name", empty: "" };
		const text = stringifySearch(params);
		expect(text).toBe("?kind=Component,API&q=a+b&sort=-name");
		expect(parseSearch(text)).toEqual({ kind: "Component,API", q: "a b", sort: "-name" });
		expect(stringifySearch({})).toBe("");
	});

	it("return after sign-in to our own pages only", () => {
		expect(safeReturn("/catalog?q=x")).toBe("/catalog?q=x");
		for (const evil of [
			"//evil.example",
			"/\\evil.example",
			"https://evil.example",
			"javascript:alert(1)",
			"/signin?to=/signin",
			undefined,
		])
			expect(safeReturn(evil)).toBe("/");
	});

	it("tell where we are", () => {
		expect(crumbs("/")).toEqual([{ label: "Home" }]);
		expect(crumbs("/catalog/component/default/web%20shop")).toEqual([
			{ label: "Catalog", to: "/catalog" },
			{ label: "web shop" },
		]);
		expect(crumbs("/objects/core/v1/Node/-/n1").map((c) => c.label)).toEqual(["Node", "n1"]);
		expect(crumbs("/nowhere")).toEqual([{ label: "Not found" }]);
	});
});
