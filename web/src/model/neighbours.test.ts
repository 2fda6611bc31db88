import { expect, it } from "vitest";
import type { Entity } from "../api/types.ts";
import { neighbourhood, sideMax } from "./neighbours.ts";

const entity = (relations: [type: string, targetRef: string][]): Entity => ({
	kind: "Component",
	metadata: { name: "shop", namespace: "default" },
	status: { relations: relations.map(([type, targetRef]) => ({ type, targetRef })) },
});

it("says of each neighbour what it is to the entity, not that all of them are needed", () => {
	const { neighbours } = neighbourhood(
		entity([
			["ownedBy", "group:default/storefront"],
			["providesApi", "api:default/checkout"],
			["dependsOn", "resource:default/orders-db"],
			["dependencyOf", "component:default/web"],
			["hasPart", "component:default/web"],
			["unheardOf", "component:default/x"],
		]),
	);
	expect(neighbours.map((n) => [n.side, n.ref.name, n.words.join(", ")])).toEqual([
		["left", "web", "needs it, part of it"],
		["right", "storefront", "owns it"],
		["right", "checkout", "provided"],
		["right", "orders-db", "needed"],
	]);
});

it("counts what there is no room for", () => {
	const many = Array.from({ length: sideMax + 3 }, (_, at): [string, string] => [
		"dependsOn",
		`resource:r${at}`,
	]);
	const { neighbours, more } = neighbourhood(entity(many));
	expect([neighbours.length, more.right, more.left]).toEqual([sideMax, 3, 0]);
});
