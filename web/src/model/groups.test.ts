import { expect, it } from "vitest";
import { addTo } from "./groups.ts";

it("keeps what was added to a key, in its order and in one list", () => {
	const groups = new Map<string, number[]>();
	addTo(groups, "odd", 1);
	const odd = groups.get("odd");
	for (const n of [2, 3, 5]) addTo(groups, n % 2 ? "odd" : "even", n);
	expect([...groups]).toEqual([
		["odd", [1, 3, 5]],
		["even", [2]],
	]);
	expect(groups.get("odd")).toBe(odd);
});
