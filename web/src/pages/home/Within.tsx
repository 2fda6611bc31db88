import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Governance } from "../../api/reports.ts";
import { workloadResources } from "../../api/resources.ts";
import type { Workload } from "../../api/types.ts";
import { useLiveAll } from "../../live/hooks.ts";
import type { Concern } from "../../model/attention.ts";
import { isFailing, standingsOf } from "../../model/failing.ts";
import { namespacesText } from "../../model/reach.ts";
import { Bones, Strip } from "../../ui/Bones.tsx";
import { Card } from "../../ui/Card.tsx";
import { Attention } from "./Attention.tsx";
import css from "./Home.module.css";
import { PolicySummary } from "./PolicySummary.tsx";
import { FailingRows, StandingStrip } from "./Standings.tsx";

/** What runs where somebody may look, who may not look everywhere. */
export function useStandings() {
	const workloads = useLiveAll<Workload>(workloadResources);
	const standings = useMemo(() => standingsOf(workloads.items), [workloads.items]);
	return { standings, loading: workloads.state === "loading" };
}

interface WithinProps {
	namespaces: readonly string[];
	concerns: readonly Concern[];
	governance: Governance;
}

/** The top of Home for somebody with roles in some namespaces: their workloads and violations first. */
export function Within({ namespaces, concerns, governance }: WithinProps) {
	const { standings, loading } = useStandings();
	const ailing = concerns.length > 0;
	const failing = standings.some(isFailing);
	return (
		<>
			<Card title="Needs attention" flush aside={<Link to="/workloads">All workloads</Link>}>
				{loading ? (
					<Bones />
				) : (
					<>
						{ailing ? <Attention concerns={concerns} /> : null}
						<FailingRows standings={standings} />
						{ailing || failing ? null : (
							<p className={css.calm}>
								{standings.length > 0 ? "Everything runs" : "Nothing runs yet"} in{" "}
								{namespacesText(namespaces)}.
							</p>
						)}
					</>
				)}
			</Card>
			<Card
				title="Policies"
				flush
				aside={
					<Link to="/policies" search={{ tab: "violations" } as never}>
						All violations
					</Link>
				}
			>
				<PolicySummary governance={governance} />
			</Card>
		</>
	);
}

export function WithinStrip() {
	const { standings, loading } = useStandings();
	return loading ? <Strip /> : <StandingStrip standings={standings} />;
}
