/** A small picture of what stands around an entity. Three columns, so no layout engine is needed. */
import { type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useMemo } from "react";
import type { Entity } from "../../api/types.ts";
import type { EntityRef } from "../../model/entity.ts";
import { entityHref } from "../../model/links.ts";
import { type Neighbourhood, neighbourhood } from "../../model/neighbours.ts";
import { Go } from "../../ui/Anchor.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { MiddleFit } from "../../ui/Middle.tsx";
import css from "./Entity.module.css";

type EntityNodeType = Node<{ target: EntityRef; self: boolean; words: string }, "entity">;

const kinds: Record<string, string> = {
	component: "Component",
	api: "API",
	resource: "Resource",
	system: "System",
	domain: "Domain",
	group: "Group",
	user: "User",
};

const column = 210;
const line = 46;
const width = 160;
const height = 36;

function EntityNode({ data }: NodeProps<EntityNodeType>) {
	const body = (
		<>
			<KindIcon kind={kinds[data.target.kind] ?? ""} size={14} />
			<MiddleFit text={data.target.name} />
		</>
	);
	return (
		<>
			<Handle type="target" position={Position.Left} isConnectable={false} />
			{data.self ? (
				<span className={`${css.node} ${css.self}`}>{body}</span>
			) : (
				<Go
					href={entityHref(data.target)}
					className={`${css.node} nopan`}
					title={`${data.words} ${data.target.name}`}
				>
					{body}
				</Go>
			)}
			<Handle type="source" position={Position.Right} isConnectable={false} />
		</>
	);
}

const nodeTypes = { entity: EntityNode };

function toFlow(around: Neighbourhood): { nodes: EntityNodeType[]; edges: Edge[]; rows: number } {
	const sides = { left: 0, right: 0 };
	const count = (side: string) => around.neighbours.filter((n) => n.side === side).length;
	const rows = Math.max(1, count("left"), count("right"));
	const top = (side: "left" | "right", at: number) => ((rows - count(side)) / 2 + at) * line;
	const nodes = around.neighbours.map((n): EntityNodeType => {
		const x = n.side === "left" ? 0 : column * 2;
		const y = top(n.side, sides[n.side]++);
		return {
			id: n.id,
			type: "entity",
			position: { x, y },
			width,
			height,
			data: { target: n.ref, self: false, words: n.words.join(", ") },
		};
	});
	nodes.push({
		id: "self",
		type: "entity",
		position: { x: column, y: ((rows - 1) / 2) * line },
		width,
		height,
		data: { target: around.self, self: true, words: "" },
	});
	const edges = around.neighbours.map((n): Edge => {
		const ends = n.side === "left" ? { source: n.id, target: "self" } : { source: "self", target: n.id };
		return { id: `edge ${n.id}`, ...ends, focusable: false };
	});
	return { nodes, edges, rows };
}

export default function RelationGraph({ entity }: { entity: Entity }) {
	const around = useMemo(() => neighbourhood(entity), [entity]);
	const { nodes, edges, rows } = useMemo(() => toFlow(around), [around]);
	if (around.neighbours.length === 0) return <p className={css.none}>Nothing is related to it yet.</p>;
	return (
		<>
			<div className={css.graph} style={{ height: `${Math.max(9, rows * 2.9 + 1.5)}rem` }}>
				<ReactFlow
					key={nodes.length}
					nodes={nodes}
					edges={edges}
					nodeTypes={nodeTypes}
					fitView
					fitViewOptions={{ padding: 0.08, maxZoom: 1 }}
					minZoom={0.3}
					nodesDraggable={false}
					nodesConnectable={false}
					nodesFocusable={false}
					edgesFocusable={false}
					elementsSelectable={false}
					zoomOnScroll={false}
					preventScrolling={false}
					zoomOnDoubleClick={false}
					proOptions={{ hideAttribution: true }}
					aria-label="Relations"
				/>
			</div>
			<p className={css.caption}>
				Left: who needs it{around.more.left > 0 ? ` (${around.more.left} more)` : ""}. Right: what it needs
				{around.more.right > 0 ? ` (${around.more.right} more)` : ""}.
			</p>
		</>
	);
}
