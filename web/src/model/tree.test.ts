import { describe, expect, it } from "vitest";
import { objKey } from "../api/resources.ts";
import type { Application, AppResource, Obj } from "../api/types.ts";
import { firstView, placeTree } from "./place.ts";
import {
	buildTree,
	condenseAbove,
	condenseTree,
	countBy,
	filterTree,
	groupAbove,
	rootId,
	type Tree,
} from "./tree.ts";

function make(apiVersion: string, kind: string, name: string, rest: object = {}, owner?: Obj): Obj {
	const ownerReferences = owner
		? [{ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid }]
		: undefined;
	return {
		apiVersion,
		kind,
		metadata: { name, namespace: "shop", uid: `uid-${kind}-${name}`, ownerReferences },
		...rest,
	} as Obj;
}

const deployment = make("apps/v1", "Deployment", "web", {
	spec: { replicas: 2 },
	status: { readyReplicas: 1, updatedReplicas: 2 },
});
const current = make(
	"apps/v1",
	"ReplicaSet",
	"web-new",
	{ spec: { replicas: 2 }, status: { replicas: 2 } },
	deployment,
);
const spent = make("apps/v1", "ReplicaSet", "web-old", { spec: { replicas: 0 } }, deployment);
const ready = {
	status: { phase: "Running", containerStatuses: [{ name: "a", ready: true }] },
	spec: { containers: [{ name: "a" }] },
};
const pods = ["a", "b"].map((name) => make("v1", "Pod", `web-new-${name}`, ready, current));
const stranger = make("v1", "Pod", "other", ready);
const objects = [deployment, current, spent, ...pods, stranger];

const app: Application = {
	apiVersion: "argoproj.io/v1alpha1",
	kind: "Application",
	metadata: { name: "web", namespace: "argocd" },
	status: {
		sync: { status: "OutOfSync" },
		health: { status: "Progressing" },
		resources: [
			{
				group: "apps",
				version: "v1",
				kind: "Deployment",
				namespace: "shop",
				name: "web",
				status: "Synced",
				health: { status: "Progressing" },
			},
			{
				version: "v1",
				kind: "ConfigMap",
				namespace: "shop",
				name: "gone",
				status: "OutOfSync",
				health: { status: "Missing" },
			},
		],
	},
};

const under = (tree: Tree, parent: string | undefined) =>
	tree.nodes.filter((n) => n.parent === parent).map((n) => n.ref.name);

it("says of a ReplicaSet what its pods say: one that crashes is not starting", () => {
	const crash = {
		status: {
			phase: "Running",
			containerStatuses: [
				{ name: "a", ready: false, state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } } },
			],
		},
		spec: { containers: [{ name: "a" }] },
	};
	const crashing = make("v1", "Pod", "web-new-c", crash, current);
	const { nodes } = buildTree(app, [...objects, crashing]);
	expect(nodes.find((n) => n.ref.kind === "ReplicaSet")).toMatchObject({
		state: "fail",
		word: "CrashLoopBackOff",
	});
});

describe("tree", () => {
	const tree = buildTree(app, objects);

	it("hangs what is declared below the application, and the rest below its owners", () => {
		expect(under(tree, undefined)).toEqual(["web"]);
		expect(under(tree, rootId)).toEqual(["web", "gone"]);
		expect(under(tree, objKey(deployment))).toEqual(["web-new"]);
		expect(under(tree, objKey(current))).toEqual(["web-new-a", "web-new-b"]);
	});

	it("leaves strangers out, and past revisions until they are asked for", () => {
		expect(tree.nodes.some((n) => n.ref.name === "other" || n.ref.name === "web-old")).toBe(false);
		const all = buildTree(app, objects, { spent: true });
		expect(under(all, objKey(deployment))).toEqual(["web-new", "web-old"]);
	});

	it("takes health from the application where it says one, else from the object", () => {
		const by = (name: string, kind: string) =>
			tree.nodes.find((n) => n.ref.name === name && n.ref.kind === kind);
		expect(by("web", "Deployment")?.state).toBe("progress");
		expect(by("gone", "ConfigMap")?.state).toBe("warn");
		expect(by("web-new-a", "Pod")?.state).toBe("ok");
		expect(by("web", "Deployment")?.facts).toEqual(["1/2"]);
	});

	it("counts restarts, one and several", () => {
		const of = (restartCount: number) => {
			const status = { phase: "Running", containerStatuses: [{ name: "a", ready: true, restartCount }] };
			const pod = make("v1", "Pod", "again", { ...ready, status }, current);
			return buildTree(app, [deployment, current, pod]).nodes.find((n) => n.ref.name === "again")?.facts;
		};
		expect([of(0), of(1), of(2)]).toEqual([[], ["1 restart"], ["2 restarts"]]);
	});

	it("puts many pods of one parent together, with the worst state", () => {
		const many = Array.from({ length: groupAbove + 1 }, (_, at) =>
			make("v1", "Pod", `p${at}`, at === 0 ? { ...ready, status: { phase: "Failed" } } : ready, current),
		);
		const grouped = buildTree(app, [deployment, current, ...many]);
		const [group, ...rest] = grouped.nodes.filter((n) => n.ref.kind === "Pod");
		expect(rest).toEqual([]);
		expect(group?.members).toHaveLength(groupAbove + 1);
		expect(group?.state).toBe("fail");
		expect(group?.facts).toEqual([`${groupAbove}/${groupAbove + 1} ready`]);
	});

	it("puts what is well together by kind where a picture of all would be too small", () => {
		const of = (kind: string, n: number, rest: object = {}) =>
			Array.from({ length: n }, (_, at) => ({
				version: "v1",
				kind,
				namespace: "shop",
				name: `${kind.toLowerCase()}-${at}`,
				status: "Synced",
				...rest,
			}));
		const large = (...more: AppResource[]) => {
			const resources = [
				...(app.status?.resources ?? []),
				...of("Role", condenseAbove),
				...of("Secret", 2),
				...more,
			];
			return buildTree({ ...app, status: { ...app.status, resources } }, objects);
		};
		const drifted = of("Role", 1, { name: "drifted", status: "OutOfSync" });
		const picture = condenseTree(large(...drifted), undefined);
		const roles = picture.nodes.filter((n) => n.ref.kind === "Role");
		expect(roles.map((n) => n.members?.length ?? n.ref.name)).toEqual([condenseAbove, "drifted"]);
		expect(picture.nodes.filter((n) => n.ref.kind === "Secret")).toHaveLength(2);
		expect(picture.nodes.filter((n) => n.ref.kind === "Pod")).toHaveLength(2);
		const chosen = large().nodes.find((n) => n.ref.name === "role-7")?.id;
		expect(condenseTree(large(), chosen).nodes.filter((n) => n.ref.kind === "Role")).toHaveLength(2);
		expect(condenseTree(tree, undefined)).toBe(tree);
	});

	it("survives owners in a circle", () => {
		const a = make("v1", "Pod", "a", {});
		const b = make("v1", "Pod", "b", {}, a);
		a.metadata.ownerReferences = [{ apiVersion: "v1", kind: "Pod", name: "b", uid: b.metadata.uid ?? "" }];
		const circle: Application = {
			...app,
			status: { resources: [{ version: "v1", kind: "Pod", namespace: "shop", name: "a" }] },
		};
		expect(buildTree(circle, [a, b]).nodes).toHaveLength(3);
	});

	it("filters, and keeps the way to what is found", () => {
		const filter = { kinds: ["Pod"], states: [], syncs: [], text: "new-a" };
		expect(filterTree(tree, filter).nodes.map((n) => n.ref.name)).toEqual([
			"web",
			"web",
			"web-new",
			"web-new-a",
		]);
		const drifted = filterTree(tree, { kinds: [], states: [], syncs: ["OutOfSync"], text: "" });
		expect(under(drifted, rootId)).toEqual(["gone"]);
	});

	it("counts without the application itself", () => {
		expect([...countBy(tree, (n) => n.ref.kind)]).toEqual([
			["Deployment", 1],
			["ConfigMap", 1],
			["ReplicaSet", 1],
			["Pod", 2],
		]);
	});
});

it("a place for each node: parents in the middle of their children, nobody on top of another", () => {
	const tree = buildTree(app, objects, { spent: true });
	const spots = placeTree(tree, { width: 100, height: 50, across: 20, down: 10 });
	expect(spots.size).toBe(tree.nodes.length);
	expect(new Set([...spots.values()].map((s) => `${s.x},${s.y}`)).size).toBe(tree.nodes.length);
	const [first, second] = pods.map((p) => spots.get(objKey(p)));
	expect(spots.get(objKey(current))?.y).toBe(((first?.y ?? 0) + (second?.y ?? 0)) / 2);
	expect(spots.get(rootId)?.x).toBe(0);
	expect(first?.x).toBe(3 * 120);
});

describe("the first view of a tree", () => {
	const sizes = { width: 200, height: 50, across: 40, down: 10 };
	const canvas = { width: 1000, height: 600 };
	const column = (n: number) => {
		const spots = new Map([[rootId, { x: 0, y: ((n - 1) * 60) / 2 }]]);
		for (let at = 0; at < n; at++) spots.set(`${at}`, { x: 240, y: at * 60 });
		return spots;
	};

	it("is the whole of it where that can be read", () => {
		expect(firstView(column(8), rootId, sizes, canvas)).toBeUndefined();
	});

	it("is at full size, with the root at the left in the middle, where it cannot", () => {
		const spots = column(40);
		const view = firstView(spots, rootId, sizes, canvas);
		expect(view?.zoom).toBe(1);
		expect(view?.x).toBeGreaterThan(0);
		expect((view?.y ?? 0) + (spots.get(rootId)?.y ?? 0) + 25).toBe(300);
	});
});
