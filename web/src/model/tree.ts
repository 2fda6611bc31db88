/** An application's tree: what it declares, and below that what owner references lead to. */
import { objKey, refKey } from "../api/resources.ts";
import type { Application, AppResource, Obj, Ref, Workload } from "../api/types.ts";
import { standingState } from "./failing.ts";
import { addTo } from "./groups.ts";
import { healthState, type State, worst } from "./state.ts";
import { plural } from "./text.ts";
import { containersOf, restartsOf, shortImage, workloadState } from "./workload.ts";

export interface TreeNode {
	id: string;
	parent: string | undefined;
	ref: Ref;
	/** The state that colours it: its health, or the state of its kind. */
	state: State;
	word: string;
	message?: string;
	/** Only declared resources are compared with Git. */
	sync?: string;
	pruning?: boolean;
	/** A few words more: "2/3 ready", an image, restarts. */
	facts: string[];
	object?: Obj;
	/** How many alike objects this stands for, if more than one. */
	members?: TreeNode[];
}

export interface Tree {
	nodes: TreeNode[];
}

export const rootId = "application";

/** More children of one kind and parent than this become one node. */
export const groupAbove = 12;

function factsOf(obj: Obj): string[] {
	const facts: string[] = [];
	const condensed = workloadState(obj);
	if (condensed && condensed.wanted > 0 && obj.kind !== "Pod")
		facts.push(`${condensed.ready}/${condensed.wanted}`);
	const restarts = restartsOf(obj);
	if (restarts > 0) facts.push(plural(restarts, "restart"));
	const revision = obj.metadata.annotations?.["deployment.kubernetes.io/revision"];
	if (obj.kind === "ReplicaSet" && revision) facts.push(`rev ${revision}`);
	if (obj.kind === "ReplicaSet")
		facts.push(
			...containersOf(obj)
				.slice(0, 1)
				.map((c) => shortImage(c.image ?? "")),
		);
	return facts;
}

function declared(resource: AppResource, object: Obj | undefined): TreeNode {
	const condensed = object ? workloadState(object) : undefined;
	const health = resource.health?.status;
	const missing = health === "Missing";
	return {
		id: refKey(resource),
		parent: rootId,
		ref: resource,
		state: health ? healthState(health) : (condensed?.state ?? "ok"),
		word: health ?? condensed?.word ?? (missing ? "Missing" : ""),
		message: resource.health?.message ?? condensed?.message,
		sync: resource.status,
		pruning: resource.requiresPruning,
		facts: object ? factsOf(object) : [],
		object,
	};
}

function below(obj: Obj, parent: string): TreeNode {
	const condensed = workloadState(obj);
	return {
		id: objKey(obj),
		parent,
		ref: {
			apiVersion: obj.apiVersion,
			kind: obj.kind ?? "",
			namespace: obj.metadata.namespace,
			name: obj.metadata.name,
		},
		state: condensed?.state ?? "ok",
		word: condensed?.word ?? "",
		message: condensed?.message,
		facts: factsOf(obj),
		object: obj,
	};
}

function childrenByOwner(objects: readonly Obj[]): Map<string, Obj[]> {
	const byOwner = new Map<string, Obj[]>();
	for (const obj of objects) {
		for (const owner of obj.metadata.ownerReferences ?? []) {
			const list = byOwner.get(owner.uid);
			if (list) list.push(obj);
			else byOwner.set(owner.uid, [obj]);
		}
	}
	return byOwner;
}

/** ReplicaSets of past revisions keep no pods; they are shown on demand only. */
export function isSpent(obj: Obj): boolean {
	return (
		obj.kind === "ReplicaSet" && (obj as Workload).spec?.replicas === 0 && !(obj as Workload).status?.replicas
	);
}

export interface TreeOptions {
	spent?: boolean;
}

export function buildTree(app: Application, objects: readonly Obj[], options: TreeOptions = {}): Tree {
	const byKey = new Map(objects.map((obj) => [objKey(obj), obj]));
	const byOwner = childrenByOwner(objects);
	const health = app.status?.health?.status;
	const root: TreeNode = {
		id: rootId,
		parent: undefined,
		ref: {
			group: "argoproj.io",
			version: "v1alpha1",
			kind: "Application",
			namespace: app.metadata.namespace,
			name: app.metadata.name,
		},
		state: healthState(health),
		word: health ?? "Unknown",
		message: app.status?.health?.message,
		sync: app.status?.sync?.status,
		facts: [],
		object: app,
	};
	const nodes: TreeNode[] = [root];
	const seen = new Set<string>([rootId]);
	const queue: TreeNode[] = [];
	for (const resource of app.status?.resources ?? []) {
		const node = declared(resource, byKey.get(refKey(resource)));
		if (seen.has(node.id)) continue;
		seen.add(node.id);
		nodes.push(node);
		queue.push(node);
	}
	for (let node = queue.shift(); node; node = queue.shift()) {
		const uid = node.object?.metadata.uid;
		const children = (uid ? byOwner.get(uid) : undefined) ?? [];
		const kept = children.filter((c) => (options.spent || !isSpent(c)) && !seen.has(objKey(c)));
		for (const child of gather(kept.map((c) => below(c, (node as TreeNode).id)))) {
			seen.add(child.id);
			nodes.push(child);
			if (!child.members) queue.push(child);
		}
	}
	for (const node of nodes) if (/^Replica(Set|tionController)$/.test(node.ref.kind)) standAsPods(node, nodes);
	return { nodes };
}

/** A ReplicaSet says of itself how many are ready, never why: while a pod of it fails it is not on its way. */
function standAsPods(node: TreeNode, nodes: readonly TreeNode[]): void {
	const pods = nodes
		.filter((n) => n.parent === node.id)
		.flatMap((n) => n.members ?? [n])
		.flatMap((n) => n.object ?? []);
	const standing = node.object && standingState(node.object as Workload, pods);
	if (standing)
		Object.assign(node, { state: standing.state, word: standing.word, message: standing.message });
}

function byKind(nodes: readonly TreeNode[]): TreeNode[][] {
	const kinds = new Map<string, TreeNode[]>();
	for (const node of nodes) addTo(kinds, node.ref.kind, node);
	return [...kinds.values()];
}

function together(first: TreeNode, alike: TreeNode[], facts: string[]): TreeNode {
	const state = worst(alike.map((n) => n.state));
	return {
		...first,
		id: `${first.parent} ${first.ref.kind} group`,
		state,
		word: alike.find((n) => n.state === state)?.word ?? "",
		facts,
		object: undefined,
		members: alike,
	};
}

/** Puts many alike leaves of one parent together. */
function gather(nodes: TreeNode[]): TreeNode[] {
	return byKind(nodes).flatMap((alike) => {
		const first = alike[0];
		if (!first || alike.length <= groupAbove || first.ref.kind !== "Pod") return alike;
		const ok = alike.filter((n) => n.state === "ok").length;
		return [together(first, alike, [`${ok}/${alike.length} ready`])];
	});
}

/** A picture of more nodes than this is too small to read. */
export const condenseAbove = 30;
/** Fewer alike ones than this stand for themselves. */
const alikeFrom = 3;

/** A large tree with what is well and has nothing below it put together by kind; `keep` stands for itself. */
export function condenseTree(tree: Tree, keep: string | undefined): Tree {
	if (tree.nodes.length <= condenseAbove) return tree;
	const parents = new Set(tree.nodes.map((n) => n.parent));
	const calm = (n: TreeNode) =>
		n.parent === rootId &&
		n.state === "ok" &&
		(n.sync === undefined || n.sync === "Synced") &&
		!n.pruning &&
		!parents.has(n.id) &&
		n.id !== keep;
	const groups = new Map<string, TreeNode>();
	const gathered = new Set<string>();
	for (const alike of byKind(tree.nodes.filter(calm))) {
		const first = alike[0];
		if (!first || alike.length < alikeFrom) continue;
		groups.set(first.id, together(first, alike, []));
		for (const node of alike) gathered.add(node.id);
	}
	return { nodes: tree.nodes.flatMap((n) => groups.get(n.id) ?? (gathered.has(n.id) ? [] : [n])) };
}

export interface TreeFilter {
	kinds: readonly string[];
	states: readonly string[];
	syncs: readonly string[];
	text: string;
}

function fits(node: TreeNode, filter: TreeFilter): boolean {
	if (filter.kinds.length > 0 && !filter.kinds.includes(node.ref.kind)) return false;
	if (filter.states.length > 0 && !filter.states.includes(node.state)) return false;
	if (filter.syncs.length > 0 && !filter.syncs.includes(node.sync ?? "")) return false;
	return filter.text === "" || node.ref.name.toLowerCase().includes(filter.text.toLowerCase());
}

/** Nodes that fit, with the way to the root, so that what is left is still one tree. */
export function filterTree(tree: Tree, filter: TreeFilter): Tree {
	const byId = new Map(tree.nodes.map((n) => [n.id, n]));
	const kept = new Set<string>([rootId]);
	for (const node of tree.nodes) {
		if (node.id === rootId || !fits(node, filter)) continue;
		for (let at: TreeNode | undefined = node; at && !kept.has(at.id); at = byId.get(at.parent ?? ""))
			kept.add(at.id);
	}
	return { nodes: tree.nodes.filter((n) => kept.has(n.id)) };
}

export function countBy(tree: Tree, of: (node: TreeNode) => string | undefined): Map<string, number> {
	const counts = new Map<string, number>();
	for (const node of tree.nodes) {
		const value = node.id === rootId ? undefined : of(node);
		if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
	}
	return counts;
}
