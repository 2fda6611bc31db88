import { describe, expect, it } from "vitest";
import { applyDiff, parsePath, valueAt } from "./path.ts";

const object = {
	metadata: { annotations: { "a.b/c": "x", plain: "y" } },
	spec: {
		replicas: 5,
		containers: [
			{ name: "web", image: "web:1" },
			{ name: "log", image: "log:1" },
		],
		list: [1, 2, 3],
	},
};

describe("paths", () => {
	it("are read as Pave writes them", () => {
		expect(parsePath("spec.containers[name=web].ports[0].port")).toEqual([
			"spec",
			"containers",
			{ name: "web" },
			"ports",
			{ at: 0 },
			"port",
		]);
		expect(parsePath("metadata.annotations[a.b/c]")).toEqual(["metadata", "annotations", "a.b/c"]);
		expect(parsePath("")).toEqual([]);
	});

	it("lead to values, or nowhere", () => {
		expect(valueAt(object, "spec.containers[name=log].image")).toBe("log:1");
		expect(valueAt(object, "spec.containers[0].image")).toBe("web:1");
		expect(valueAt(object, "metadata.annotations[a.b/c]")).toBe("x");
		expect(valueAt(object, "spec.replicas.no.further")).toBeUndefined();
		expect(valueAt(object, "")).toBeUndefined();
		expect(valueAt(undefined, "a")).toBeUndefined();
	});
});

describe("a difference applied", () => {
	it("changes, adds and removes, and leaves the object as it was", () => {
		const before = structuredClone(object);
		const after = applyDiff(object, [
			{ path: "metadata.annotations[a.b/c]", from: "x", to: "z" },
			{ path: "metadata.annotations.plain", from: "y" },
			{ path: "metadata.labels.team", to: "a" },
			{ path: "spec.containers[name=web].image", from: "web:1", to: "web:2" },
			{ path: "spec.containers[name=log]", from: object.spec.containers[1] },
			{ path: "spec.containers[name=new]", to: { name: "new" } },
			{ path: "spec.list[1]", from: 2 },
			{ path: "spec.list[2]", from: 3 },
			{ path: "spec.replicas", from: 5, to: 2 },
		]);
		expect(after).toEqual({
			metadata: { annotations: { "a.b/c": "z" }, labels: { team: "a" } },
			spec: { replicas: 2, containers: [{ name: "web", image: "web:2" }, { name: "new" }], list: [1] },
		});
		expect(object).toEqual(before);
	});
});
