import { describe, expect, it } from "vitest";
import type { Application, Entity } from "../api/types.ts";
import { AppIndex, entitiesOfApp, workloadsOf } from "./apps.ts";
import {
	formatEntityRef,
	groupRelations,
	locationTarget,
	ownerOf,
	parseEntityRef,
	safeUrl,
	shortEntityRef,
} from "./entity.ts";
import { entityHref, objectHref } from "./links.ts";
import { OwnerIndex } from "./owners.ts";

const entity: Entity = {
	apiVersion: "backstage.io/v1alpha1",
	kind: "Component",
	metadata: {
		name: "shop",
		namespace: "default",
		annotations: { "argocd/app-name": "shop-prod", "backstage.io/kubernetes-id": "shop" },
	},
	spec: { owner: "team-a" },
	status: {
		relations: [
			{ type: "dependsOn", targetRef: "resource:default/db" },
			{ type: "ownedBy", targetRef: "group:default/team-b" },
			{ type: "dependsOn", targetRef: "component:default/api" },
		],
	},
};

describe("references", () => {
	it.each([
		["component:default/shop", { kind: "component", namespace: "default", name: "shop" }],
		["Group:Team-A", { kind: "group", namespace: "default", name: "Team-A" }],
		["other/shop", { kind: "component", namespace: "other", name: "shop" }],
		["shop", { kind: "component", namespace: "default", name: "shop" }],
	])("%s", (text, ref) => {
		expect(parseEntityRef(text)).toEqual(ref);
	});

	it("are written in lower case, and short for people", () => {
		const ref = { kind: "group", namespace: "default", name: "Team-A" };
		expect(formatEntityRef(ref)).toBe("group:default/team-a");
		expect(shortEntityRef(ref, "group")).toBe("Team-A");
		expect(shortEntityRef({ ...ref, namespace: "x" })).toBe("group:x/Team-A");
	});

	it("lead to one address for each object", () => {
		expect(entityHref({ kind: "API", namespace: "default", name: "a b" })).toBe("/catalog/api/default/a%20b");
		expect(objectHref({ apiVersion: "apps/v1", kind: "Deployment", namespace: "a", name: "b" })).toBe(
			"/objects/apps/v1/Deployment/a/b",
		);
		expect(objectHref({ kind: "Node", name: "n", version: "v1" })).toBe("/objects/core/v1/Node/-/n");
		expect(
			objectHref({
				group: "argoproj.io",
				version: "v1alpha1",
				kind: "Application",
				namespace: "argocd",
				name: "x",
			}),
		).toBe("/applications/argocd/x");
		expect(objectHref({ group: "backstage.io", kind: "Group", name: "x", namespace: "default" })).toBe(
			"/catalog/group/default/x",
		);
	});
});

describe("entities", () => {
	it("believe the relation about the owner before the file", () => {
		expect(ownerOf(entity)?.name).toBe("team-b");
		expect(ownerOf({ ...entity, status: {} })?.name).toBe("team-a");
	});

	it("group relations, owner first", () => {
		expect(groupRelations(entity).map((g) => [g.type, g.targets.length])).toEqual([
			["ownedBy", 1],
			["dependsOn", 2],
		]);
	});

	it("never make a link of another scheme", () => {
		expect(safeUrl("javascript:alert(1)")).toBeUndefined();
		expect(safeUrl(" https://x")).toBeUndefined();
		expect(safeUrl("https://x")).toBe("https://x");
		expect(locationTarget("url:https://x/y")).toBe("https://x/y");
	});
});

describe("applications of entities", () => {
	const byName: Application = {
		metadata: { name: "shop-prod", namespace: "argocd" },
		status: { resources: [{ group: "apps", kind: "Deployment", namespace: "shop", name: "web" }] },
	};
	const byLabel: Application = {
		metadata: { name: "shop-eu", namespace: "argocd", labels: { "backstage.io/kubernetes-id": "shop" } },
	};
	const other: Application = { metadata: { name: "other", namespace: "argocd" } };

	it("are found by annotation and by label", () => {
		expect(new AppIndex([other, byName, byLabel]).of(entity)).toEqual([byName, byLabel]);
		expect(entitiesOfApp(byName, [entity])).toEqual([entity]);
	});

	it("are found by selector; workloads, too, and there the selector wins", () => {
		const annotations = {
			"argocd/app-selector": "team=a",
			"backstage.io/kubernetes-label-selector": "app in (web)",
			"backstage.io/kubernetes-id": "shop",
		};
		const chooser: Entity = { ...entity, metadata: { ...entity.metadata, annotations } };
		const chosen: Application = { metadata: { name: "x", namespace: "argocd", labels: { team: "a" } } };
		expect(new AppIndex([other, chosen]).of(chooser)).toEqual([chosen]);
		const web = { metadata: { name: "w", labels: { app: "web" } } };
		const marked = { metadata: { name: "m", labels: { "backstage.io/kubernetes-id": "shop" } } };
		expect(workloadsOf(chooser, [web, marked])).toEqual([web]);
		expect(workloadsOf(entity, [web, marked])).toEqual([marked]);
	});

	it("give their objects an owner; a namespace is no owner", () => {
		const { find } = new OwnerIndex([entity], [byName, other]);
		expect(find({ group: "apps", kind: "Deployment", namespace: "shop", name: "web" })).toBe("team-b");
		expect(find({ kind: "Pod", namespace: "elsewhere", name: "p" })).toBeUndefined();
		expect(find({ kind: "ClusterRole", name: "p" })).toBeUndefined();
	});
});
