import { describe, expect, it } from "vitest";
import type { Application, AppResource } from "../api/types.ts";
import { changeRows, isDrifted } from "./changes.ts";

const resource = (name: string, more: Partial<AppResource>): AppResource => ({
	version: "v1",
	kind: "ConfigMap",
	namespace: "shop",
	name,
	...more,
});

const resources = [
	resource("same", { status: "Synced" }),
	resource("hook", { hook: true, health: { status: "Healthy" } }),
	resource("hook-out", { hook: true, status: "OutOfSync" }),
	resource("not-compared", {}),
	resource("edited", { status: "OutOfSync", health: { status: "Healthy" } }),
	resource("new", { status: "OutOfSync", health: { status: "Missing" } }),
	resource("gone", { status: "OutOfSync", requiresPruning: true }),
];
const app: Application = { metadata: { name: "a" }, status: { resources } };

describe("what differs from Git", () => {
	it("counts no hook and nothing that is not compared", () => {
		expect(resources.filter(isDrifted).map((r) => r.name)).toEqual(["edited", "new", "gone"]);
	});

	it("is as many as the list behind the count has", () => {
		const rows = changeRows(app, []);
		expect(rows).toHaveLength(resources.filter(isDrifted).length);
		expect(rows.map((r) => r.action)).toEqual(["update", "create", "delete"]);
	});
});
