import { describe, expect, it } from "vitest";
import { readViews, sameSearch, searchOf, withView } from "./views.ts";

describe("saved views", () => {
	it("keep what the address says and nothing empty", () => {
		expect(searchOf({ q: "a", sort: "", health: undefined, kind: "API" })).toEqual({ kind: "API", q: "a" });
		expect(sameSearch({ q: "a", kind: "x" }, { kind: "x", q: "a", sort: undefined })).toBe(true);
		expect(sameSearch({ q: "a" }, { q: "b" })).toBe(false);
	});

	it("are replaced by name, in their place", () => {
		const two = withView(withView([], "mine", { team: "a" }), "red", { health: "Degraded" });
		expect(withView(two, "mine", { team: "b" })).toEqual([
			{ name: "mine", search: { team: "b" } },
			{ name: "red", search: { health: "Degraded" } },
		]);
	});

	it("survive what somebody else wrote into the storage", () => {
		expect(readViews("{")).toEqual([]);
		expect(readViews('{"a":1}')).toEqual([]);
		expect(readViews('[null, {"name":1}, {"name":"x","search":{"q":"a","n":2}}]')).toEqual([
			{ name: "x", search: { q: "a" } },
		]);
		expect(readViews(undefined)).toEqual([]);
	});
});
