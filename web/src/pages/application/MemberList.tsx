import { worstFirst } from "../../model/state.ts";
import type { TreeNode } from "../../model/tree.ts";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { Middle } from "../../ui/Middle.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./NodePanel.module.css";

/** Many alike objects, the worst first. */
export function MemberList({ members }: { members: readonly TreeNode[] }) {
	const rank = (n: TreeNode) => worstFirst.indexOf(n.state);
	const sorted = [...members].sort((a, b) => rank(a) - rank(b) || a.ref.name.localeCompare(b.ref.name));
	return (
		<ul className={css.members}>
			{sorted.map((node) => (
				<li key={node.id}>
					<StateIcon state={node.state} label={node.word} />
					<ObjectLink target={node.ref}>
						<Middle text={node.ref.name} max={38} />
					</ObjectLink>
					<span className="small dim">{[node.word, ...node.facts].join(" · ")}</span>
				</li>
			))}
		</ul>
	);
}
