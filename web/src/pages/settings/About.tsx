import { useQuery } from "@tanstack/react-query";
import { version as pave } from "../../../package.json";
import { request } from "../../api/client.ts";
import { versionQuery } from "../../app/queries.ts";
import { Card, Facts } from "../../ui/Card.tsx";
import { StateText } from "../../ui/StateIcon.tsx";

const readyQuery = {
	queryKey: ["readyz"],
	queryFn: async ({ signal }: { signal: AbortSignal }) => (await request("/readyz", { signal })).text(),
	retry: false,
	staleTime: 0,
};

const madeWith = ["React", "Mantine", "TanStack", "React Flow", "CodeMirror", "Tabler Icons"];

export function About() {
	const { data: version } = useQuery(versionQuery);
	const ready = useQuery(readyQuery);
	const commit = version?.gitCommit?.slice(0, 12);
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
					["Version", `Pave ${pave}`],
					["Commit", commit ? <code key="c">{commit}</code> : "not known: built outside of Git"],
					["API", version?.gitVersion ? `Kubernetes ${version.gitVersion}` : ""],
					["Platform", version?.platform],
					["Address", window.location.origin],
					["Nodes", "Pods run on a simulated node: it keeps their states, and runs no containers."],
					["Made with", madeWith.join(", ")],
				]}
			/>
		</Card>
	);
}
