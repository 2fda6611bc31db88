/** The tree that everyone loves. */
import { Skeleton } from "@mantine/core";
import {
	Background,
	BackgroundVariant,
	Controls,
	type Edge,
	MiniMap,
	type Node,
	ReactFlow,
	ReactFlowProvider,
	useReactFlow,
	useStoreApi,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { firstView, placeTree, type Spot, shapeOf } from "../../model/place.ts";
import type { State } from "../../model/state.ts";
import { rootId, type Tree, type TreeNode } from "../../model/tree.ts";
import { ResourceNode, type ResourceNodeType } from "./ResourceNode.tsx";
import css from "./TreeGraph.module.css";

const minimapAbove = 60;
const nodeSize = { width: 216, height: 52 };
const sizes = { ...nodeSize, across: 44, down: 14 };
const nodeTypes = { resource: ResourceNode };
const fit = { padding: 0.12, maxZoom: 1, minZoom: 0.15 };

const stateColours: Record<State, string> = {
	ok: "var(--pv-ok)",
	progress: "var(--pv-progress)",
	warn: "var(--pv-warn)",
	fail: "var(--pv-fail)",
	paused: "var(--pv-paused)",
	unknown: "var(--pv-unknown)",
};

function usePlaces(tree: Tree): Map<string, Spot> {
	const shape = shapeOf(tree);
	// biome-ignore lint/correctness/useExhaustiveDependencies: placed again when the shape changes only
	return useMemo(() => placeTree(tree, sizes), [shape]);
}

export interface TreeGraphProps {
	tree: Tree;
	selected: string | undefined;
	onSelect: (id: string | undefined) => void;
}

function toNodes(tree: Tree, places: Map<string, Spot>, props: TreeGraphProps): ResourceNodeType[] {
	const parents = new Set(tree.nodes.map((n) => n.parent));
	return tree.nodes.flatMap((node): ResourceNodeType[] => {
		const position = places.get(node.id);
		if (!position) return [];
		const data = {
			node,
			selected: node.id === props.selected,
			leaf: !parents.has(node.id),
			onSelect: props.onSelect,
		};
		return [{ id: node.id, type: "resource", position, data, ...nodeSize }];
	});
}

function toEdges(tree: Tree): Edge[] {
	return tree.nodes
		.filter((n): n is TreeNode & { parent: string } => n.parent !== undefined)
		.map((n) => ({
			id: `edge ${n.id}`,
			source: n.parent,
			target: n.id,
			type: "smoothstep",
			focusable: false,
		}));
}

function Flow(props: TreeGraphProps) {
	const { tree } = props;
	const places = usePlaces(tree);
	const flow = useReactFlow();
	// Whoever has moved the picture keeps it where it is while objects come and go.
	const moved = useRef(false);
	const nodes = useMemo(() => toNodes(tree, places, props), [tree, places, props]);
	const edges = useMemo(() => toEdges(tree), [tree]);
	// Seen once it stands where it stays: React Flow knows how large it is a frame later.
	const [standing, setStanding] = useState(false);
	const canvas = useStoreApi();
	const show = useCallback(() => {
		const view = firstView(places, rootId, sizes, canvas.getState());
		return view ? flow.setViewport(view) : flow.fitView(fit);
	}, [places, canvas, flow]);
	useEffect(() => {
		if (standing && !moved.current && places.size > 0) void show();
	}, [places, show, standing]);
	return (
		<>
			{standing ? null : <Skeleton className={css.bones} />}
			<ReactFlow
				nodes={nodes}
				edges={edges}
				nodeTypes={nodeTypes}
				className={standing ? undefined : css.waiting}
				onInit={() => void show().then(() => setStanding(true))}
				nodesDraggable={false}
				nodesConnectable={false}
				nodesFocusable={false}
				edgesFocusable={false}
				elementsSelectable={false}
				minZoom={0.15}
				maxZoom={1.5}
				panOnScroll
				onMoveStart={(event) => {
					if (event) moved.current = true;
				}}
				zoomOnDoubleClick={false}
				onPaneClick={() => props.onSelect(undefined)}
				proOptions={{ hideAttribution: true }}
				aria-label="Resource tree"
			>
				<Background variant={BackgroundVariant.Dots} gap={20} size={1} color="var(--pv-line)" />
				<Controls showInteractive={false} position="bottom-left" fitViewOptions={fit} />
				{tree.nodes.length > minimapAbove ? (
					<MiniMap
						pannable
						zoomable
						position="bottom-right"
						nodeColor={(n: Node) => stateColours[(n as ResourceNodeType).data.node.state]}
					/>
				) : null}
			</ReactFlow>
		</>
	);
}

export default function TreeGraph(props: TreeGraphProps) {
	return (
		<div className={css.graph}>
			<ReactFlowProvider>
				<Flow {...props} />
			</ReactFlowProvider>
		</div>
	);
}
