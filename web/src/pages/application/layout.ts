/** Places the tree's nodes left to right; the work is done in a worker, off the page's thread. */
import ELK, { type ELK as Elk } from "elkjs/lib/elk-api.js";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";
import { roughPlace, type Spot } from "../../model/rough.ts";
import type { Tree } from "../../model/tree.ts";

export const nodeSize = { width: 216, height: 52 };
const gaps = { across: 44, down: 14 };

let elk: Elk | undefined;

function engine(): Elk {
	elk ??= new ELK({ workerFactory: () => new Worker(workerUrl) });
	return elk;
}

const options = {
	"elk.algorithm": "layered",
	"elk.direction": "RIGHT",
	"elk.spacing.nodeNode": String(gaps.down),
	"elk.layered.spacing.nodeNodeBetweenLayers": String(gaps.across),
	"elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
	"elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
	"elk.layered.nodePlacement.bk.fixedAlignment": "BALANCED",
};

/** What a layout depends on: who is there and under whom, not how they are. */
export function shapeOf(tree: Tree): string {
	return tree.nodes.map((n) => `${n.id}<${n.parent ?? ""}`).join("|");
}

export async function place(tree: Tree): Promise<Map<string, Spot>> {
	const ids = new Set(tree.nodes.map((n) => n.id));
	const graph = await engine().layout({
		id: "tree",
		layoutOptions: options,
		children: tree.nodes.map((n) => ({ id: n.id, ...nodeSize })),
		edges: tree.nodes
			.filter((n) => n.parent && ids.has(n.parent))
			.map((n) => ({ id: `edge ${n.id}`, sources: [n.parent as string], targets: [n.id] })),
	});
	return new Map((graph.children ?? []).map((c) => [c.id, { x: c.x ?? 0, y: c.y ?? 0 }]));
}

/** At once and without the engine, which takes a moment to load. */
export function placeRoughly(tree: Tree): Map<string, Spot> {
	return roughPlace(tree, { ...nodeSize, ...gaps });
}
