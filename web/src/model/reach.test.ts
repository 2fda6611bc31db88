import { describe, expect, it } from "vitest";
import { namespacesText, reachOf, reachText } from "./reach.ts";

describe("reach", () => {
	it("says nothing to who may see everything", () => {
		expect(reachText(reachOf([{ what: "pods", state: "live" }]))).toBe("");
		expect(reachText(reachOf([{ what: "pods", state: "loading" }]))).toBe("");
		expect(reachText(reachOf([{ what: "pods", state: "absent", error: "not served" }]))).toBe("");
	});

	it("says where what is shown is from, and what is refused", () => {
		const reach = reachOf([
			{ what: "pods", state: "live", namespaces: ["shop"] },
			{ what: "jobs", state: "live", namespaces: ["shop"] },
			{ what: "maps", state: "live", namespaces: ["web"] },
			{ what: "nodes", state: "denied", error: "nodes is forbidden" },
		]);
		expect(reach.partial.map((p) => p.what)).toEqual([["pods", "jobs"], ["maps"]]);
		expect(reach.denied).toEqual([{ what: "nodes", error: "nodes is forbidden" }]);
		expect(reachText(reach)).toBe("You see what is in namespaces shop and web. Not permitted: nodes.");
	});

	it("counts namespaces when there are many", () => {
		expect(namespacesText(["a"])).toBe("namespace a");
		expect(namespacesText(["a", "b", "c", "d"])).toBe("4 namespaces");
	});
});
