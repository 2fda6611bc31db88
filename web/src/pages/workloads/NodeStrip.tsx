import type { Node } from "../../api/types.ts";
import { StateText } from "../../ui/StateIcon.tsx";
import { Tip } from "../../ui/Tip.tsx";

export function isSimulated(node: Node): boolean {
	const said = [node.metadata.name, ...Object.values(node.status?.nodeInfo ?? {})];
	return said.some((text) => /simulated/i.test(text));
}

export function NodeStrip({ nodes }: { nodes: readonly Node[] }) {
	return (
		<>
			{nodes.map((node) => {
				const ready = node.status?.conditions?.find((c) => c.type === "Ready")?.status === "True";
				const text = <StateText state={ready ? "ok" : "fail"}>{node.metadata.name}</StateText>;
				if (!isSimulated(node)) return <span key={node.metadata.name}>{text}</span>;
				return (
					<Tip key={node.metadata.name} label="It brings Pods to Ready without running containers">
						<span>{text} (simulated: no containers run)</span>
					</Tip>
				);
			})}
		</>
	);
}
