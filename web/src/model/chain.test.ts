import { describe, expect, it } from "vitest";
import type { Application, Obj } from "../api/types.ts";
import { descendants, namespaceMakers, ownerChain } from "./chain.ts";

const deployment: Obj = {
	apiVersion: "apps/v1",
	kind: "Deployment",
	metadata: { name: "web", namespace: "a", uid: "d" },
};
const set: Obj = {
	apiVersion: "apps/v1",
	kind: "ReplicaSet",
	metadata: {
		name: "web-1",
		namespace: "a",
		uid: "r",
		ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d" }],
	},
};
const pod: Obj = {
	apiVersion: "v1",
	kind: "Pod",
	metadata: {
		name: "web-1-x",
		namespace: "a",
		uid: "p",
		ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", uid: "r" }],
	},
};
const app: Application = {
	metadata: { name: "shop", namespace: "argocd" },
	status: { resources: [{ group: "apps", version: "v1", kind: "Deployment", namespace: "a", name: "web" }] },
};

it("names no application that deploys the like of it elsewhere", () => {
	const away = { ...app, spec: { destination: { name: "edge", namespace: "a" } } };
	expect(ownerChain(pod, [deployment, set], [away])[0]?.ref.kind).toBe("Deployment");
});

it("leads from the application down to the object", () => {
	const chain = ownerChain(pod, [deployment, set], [app]);
	expect(chain.map((l) => `${l.ref.kind}/${l.ref.name}`)).toEqual([
		"Application/shop",
		"Deployment/web",
		"ReplicaSet/web-1",
		"Pod/web-1-x",
	]);
	expect(chain.map((l) => l.here)).toEqual([false, false, false, true]);
});

it("stops where an owner is not known, and ends in circles", () => {
	expect(ownerChain(pod, [], []).map((l) => l.ref.name)).toEqual(["web-1", "web-1-x"]);
	const loop: Obj = {
		...set,
		metadata: {
			...set.metadata,
			ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", uid: "r" }],
		},
	};
	expect(ownerChain(loop, [loop], []).length).toBeLessThanOrEqual(11);
});

it("knows which applications make a namespace that is not there", () => {
	const namespace = (name: string): Obj => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
	const into = (name: string, ...syncOptions: string[]): Application => ({
		metadata: { name, namespace: "argocd" },
		spec: { destination: { namespace: "mine" }, syncPolicy: { syncOptions } },
	});
	const apps = [into("a", "CreateNamespace=true"), into("b", "CreateNamespace=false"), into("c")];
	const makers = (object: Obj) => namespaceMakers(object, apps).map((app) => app.metadata.name);
	expect(makers(namespace("mine"))).toEqual(["a"]);
	expect(makers(namespace("other"))).toEqual([]);
	expect(makers({ ...namespace("mine"), kind: "ConfigMap" })).toEqual([]);
});

describe("an application that may not be read", () => {
	const tracked = (id: string, ...apps: Application[]) => {
		const annotations = { "argocd.argoproj.io/tracking-id": id };
		const top: Obj = { ...deployment, metadata: { ...deployment.metadata, annotations } };
		return ownerChain(top, [], apps)
			.slice(0, -1)
			.map((l) => `${l.ref.namespace}/${l.ref.name}`);
	};

	it("is known by what the object says", () => {
		expect(tracked("shop:apps/Deployment:a/web")).toEqual(["argocd/shop"]);
		expect(tracked("team_shop:apps/Deployment:a/web")).toEqual(["team/shop"]);
		expect(tracked("shop:apps/Deployment:a/web", app)).toEqual(["argocd/shop"]);
	});

	it("is marked as one that is not among those that were read", () => {
		const annotations = { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:a/web" };
		const top: Obj = { ...deployment, metadata: { ...deployment.metadata, annotations } };
		expect(ownerChain(top, [], [])[0]).toMatchObject({ unread: true });
		expect(ownerChain(top, [], [app])[0]?.unread).toBeUndefined();
	});

	it("is not believed of a copy", () => {
		expect(tracked("shop:apps/Deployment:a/api")).toEqual([]);
		expect(tracked("shop:apps/StatefulSet:a/web")).toEqual([]);
		expect(tracked("")).toEqual([]);
	});
});

it("finds what came of an object, at any depth and in any order", () => {
	const made = (kind: string, name: string, owner: string): Obj => ({
		kind,
		metadata: {
			name,
			uid: name,
			ownerReferences: [{ apiVersion: "v1", kind: "X", name: owner, uid: owner }],
		},
	});
	const known = [made("Pod", "p", "rs"), made("Pod", "other", "x"), made("ReplicaSet", "rs", "top")];
	const top: Obj = { kind: "Deployment", metadata: { name: "top", uid: "top" } };
	expect(descendants(top, known).map((o) => o.metadata.name)).toEqual(["rs", "p"]);
	expect(descendants({ metadata: { name: "none" } }, known)).toEqual([]);
});
