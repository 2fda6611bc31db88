import { useQuery } from "@tanstack/react-query";
import { request } from "../../api/client.ts";
import { versionQuery } from "../../app/queries.ts";
import { useLink } from "../../live/hooks.ts";
import { Card, Facts } from "../../ui/Card.tsx";
import { StateText } from "../../ui/StateIcon.tsx";

const readyQuery = {
	queryKey: ["readyz"],
	queryFn: async ({ signal }: { signal: AbortSignal }) => (await request("/readyz", { signal })).text(),
	retry: false,
	staleTime: 0,
};

const madeWith = ["React", "Mantine", "TanStack", "React Flow", "elkjs", "CodeMirror", "Tabler Icons"];

export function About() {
	const { data: version } = useQuery(versionQuery);
	const ready = useQuery(readyQuery);
	const link = useLink();
	return (
		<Card title="This server">
			<Facts
				facts={[
					[
						"Ready",
						ready.isPending ? (
							"…"
						) : (
							<StateText key="r" state={ready.error ? "fail" : "ok"}>
								{ready.error ? ready.error.message : "Yes"}
							</StateText>
						),
					],
					["Version", version?.gitVersion],
					["Commit", version?.gitCommit ? <code key="c">{version.gitCommit.slice(0, 12)}</code> : ""],
					["Platform", version?.platform],
					["Live link", link],
					["Address", window.location.origin],
					["Nodes", "Pods run on a simulated node: it keeps their states, and runs no containers."],
					["Made with", madeWith.join(", ")],
				]}
			/>
		</Card>
	);
}
