import { expect, it } from "vitest";
import { entityResources } from "../api/resources.ts";
import type { Entity } from "../api/types.ts";
import type { Snapshot } from "../live/fold.ts";
import { parseEntityRef } from "./entity.ts";
import { kindFirst, missingFrom } from "./known.ts";

const shop: Entity = { kind: "Component", metadata: { name: "Shop", namespace: "default" } };

function pictures(of: Partial<Record<(typeof entityResources)[number], Partial<Snapshot>>>): Snapshot[] {
	return entityResources.map((name) => ({ state: "live", items: [], ...of[name] }));
}

const missing = (of: Snapshot[], ref: string) => missingFrom(of)(parseEntityRef(ref));

it("is missing if nothing of its kind is called so", () => {
	const all = pictures({ components: { items: [shop] } });
	expect(missing(all, "component:default/shop")).toBe(false);
	expect(missing(all, "component:other/shop")).toBe(true);
	expect(missing(all, "resource:default/shop")).toBe(true);
});

it("may be there where one does not see: not yet, not that kind, not that namespace, no kind of ours", () => {
	expect(missing(pictures({ components: { state: "loading" } }), "component:default/x")).toBe(false);
	expect(missing(pictures({ groups: { state: "denied" } }), "group:default/x")).toBe(false);
	const some = pictures({ components: { namespaces: ["default"] } });
	expect(missing(some, "component:default/x")).toBe(true);
	expect(missing(some, "component:other/x")).toBe(false);
	expect(missing(pictures({}), "widget:default/x")).toBe(false);
});

it("takes an address in Backstage's order for what is meant, and one in ours as it is", () => {
	expect(kindFirst("default", "Component")).toEqual({ kind: "component", namespace: "default" });
	expect(kindFirst("component", "default")).toBeUndefined();
	expect(kindFirst("component", "api")).toBeUndefined();
	expect(kindFirst("widget", "default")).toBeUndefined();
});
