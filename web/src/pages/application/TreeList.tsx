import { addTo } from "../../model/groups.ts";
import { kindPlural } from "../../model/text.ts";
import type { Tree, TreeNode } from "../../model/tree.ts";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { MiddleFit } from "../../ui/Middle.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import { SyncText } from "../../ui/Sync.tsx";
import css from "./TreeList.module.css";

export interface TreeListProps {
	tree: Tree;
	selected: string | undefined;
	onSelect: (id: string) => void;
}

interface Line {
	node: TreeNode;
	depth: number;
}

/** Depth first, so that children stand below their parent. */
export function inOrder(tree: Tree): Line[] {
	const children = new Map<string | undefined, TreeNode[]>();
	for (const node of tree.nodes) addTo(children, node.parent, node);
	const lines: Line[] = [];
	const stack: Line[] = (children.get(undefined) ?? []).map((node) => ({ node, depth: 0 })).reverse();
	for (let line = stack.pop(); line; line = stack.pop()) {
		lines.push(line);
		const depth = line.depth + 1;
		for (const node of [...(children.get(line.node.id) ?? [])].reverse()) stack.push({ node, depth });
	}
	return lines;
}

/** The same tree as rows: for small screens, and for those who prefer to read. */
export function TreeList({ tree, selected, onSelect }: TreeListProps) {
	return (
		<ul className={css.list} aria-label="Resources">
			{inOrder(tree).map(({ node, depth }) => (
				<li key={node.id}>
					<button
						type="button"
						className={css.row}
						data-selected={node.id === selected || undefined}
						aria-pressed={node.id === selected}
						onClick={() => onSelect(node.id)}
						style={{ paddingLeft: `${1 + depth * 1.25}rem` }}
					>
						<StateIcon state={node.state} label={node.word || "ok"} />
						<KindIcon kind={node.ref.kind} />
						<span className={css.name}>
							{node.members ? (
								`${node.members.length} ${kindPlural(node.ref.kind)}`
							) : (
								<MiddleFit text={node.ref.name} />
							)}
						</span>
						<span className={css.sub}>{[node.ref.kind, ...node.facts].join(" · ")}</span>
						{node.sync && node.sync !== "Synced" ? (
							<span className={css.sync}>
								<SyncText sync={node.sync} pruning={node.pruning} />
							</span>
						) : null}
					</button>
				</li>
			))}
		</ul>
	);
}
