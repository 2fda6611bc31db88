import { IconTrash } from "@tabler/icons-react";
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { kindPlural } from "../../model/text.ts";
import { rootId, type TreeNode } from "../../model/tree.ts";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { MiddleFit } from "../../ui/Middle.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import { SyncIcon } from "../../ui/Sync.tsx";
import css from "./ResourceNode.module.css";

export type ResourceNodeType = Node<
	{ node: TreeNode; selected: boolean; leaf: boolean; onSelect: (id: string) => void },
	"resource"
>;

/** A change of state flashes once, quietly; coming into view does not. */
function useFlash(state: string) {
	const ref = useRef<HTMLButtonElement>(null);
	const before = useRef(state);
	useEffect(() => {
		if (before.current === state) return;
		before.current = state;
		const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
		if (!calm) ref.current?.animate([{ filter: "brightness(0.9)" }, { filter: "none" }], { duration: 140 });
	}, [state]);
	return ref;
}

export function ResourceNode({ data }: NodeProps<ResourceNodeType>) {
	const { node, selected, leaf, onSelect } = data;
	const ref = useFlash(node.state);
	const drifted = node.sync !== undefined && node.sync !== "Synced";
	return (
		<>
			{node.parent ? <Handle type="target" position={Position.Left} isConnectable={false} /> : null}
			<button
				ref={ref}
				type="button"
				className={`${css.node} nopan`}
				data-state={node.state}
				data-selected={selected || undefined}
				data-root={node.id === rootId || undefined}
				aria-pressed={selected}
				onClick={() => onSelect(node.id)}
			>
				<span className={css.kind}>
					<KindIcon kind={node.ref.kind} size={18} />
				</span>
				<span className={css.text}>
					<span className={css.name}>
						{node.members ? (
							`${node.members.length} ${kindPlural(node.ref.kind)}`
						) : (
							<MiddleFit text={node.ref.name} />
						)}
					</span>
					<span className={css.sub}>{[node.ref.kind, ...node.facts].join(" · ")}</span>
					<span className="pv-sr">
						{[node.word, node.sync, node.pruning ? "to be pruned" : ""].join(" ")}
					</span>
				</span>
				<span className={css.states}>
					<StateIcon state={node.state} />
					{node.pruning ? <IconTrash size={13} stroke={1.75} className={css.prune} /> : null}
					{drifted && !node.pruning ? <SyncIcon sync={node.sync} /> : null}
				</span>
			</button>
			{leaf ? null : <Handle type="source" position={Position.Right} isConnectable={false} />}
		</>
	);
}
