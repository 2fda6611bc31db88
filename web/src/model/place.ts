/** Places a tree left to right: children below each other, parents in their middle. */
import { addTo } from "./groups.ts";
import type { Tree } from "./tree.ts";

export interface Spot {
	x: number;
	y: number;
}

export interface Sizes {
	width: number;
	height: number;
	across: number;
	down: number;
}

/** What the places depend on: who is there and under whom, not how they are. */
export function shapeOf(tree: Tree): string {
	return tree.nodes.map((n) => `${n.id}<${n.parent ?? ""}`).join("|");
}

export interface View {
	x: number;
	y: number;
	zoom: number;
}

/** Smaller than this nobody reads the names. */
const readable = 0.65;
const margin = 24;

/** How a tree is first seen that is too large to be read whole: at its full size, from the root, which is at the
 *  left in the middle of the canvas.  Nothing if the whole of it can be read. */
export function firstView(
	spots: ReadonlyMap<string, Spot>,
	root: string,
	sizes: Sizes,
	canvas: { width: number; height: number },
): View | undefined {
	const at = spots.get(root);
	const all = [...spots.values()];
	const width = Math.max(0, ...all.map((s) => s.x)) + sizes.width;
	const height = Math.max(0, ...all.map((s) => s.y)) + sizes.height;
	const zoom = Math.min((canvas.width - 2 * margin) / width, (canvas.height - 2 * margin) / height);
	if (!at || zoom >= readable) return undefined;
	return { x: margin - at.x, y: canvas.height / 2 - (at.y + sizes.height / 2), zoom: 1 };
}

export function placeTree(tree: Tree, sizes: Sizes): Map<string, Spot> {
	const children = new Map<string | undefined, string[]>();
	for (const node of tree.nodes) addTo(children, node.parent, node.id);
	const spots = new Map<string, Spot>();
	let next = 0;
	// Twice over each node: on the way down, then with its children placed.
	const stack = (children.get(undefined) ?? []).map((id) => ({ id, depth: 0, placed: false })).reverse();
	for (let at = stack.pop(); at; at = stack.pop()) {
		const below = children.get(at.id) ?? [];
		const x = at.depth * (sizes.width + sizes.across);
		if (below.length > 0 && !at.placed) {
			stack.push({ ...at, placed: true });
			for (const id of [...below].reverse()) stack.push({ id, depth: at.depth + 1, placed: false });
		} else if (below.length > 0) {
			const ys = below.map((id) => spots.get(id)?.y ?? 0);
			spots.set(at.id, { x, y: (Math.min(...ys) + Math.max(...ys)) / 2 });
		} else {
			spots.set(at.id, { x, y: next });
			next += sizes.height + sizes.down;
		}
	}
	return spots;
}
