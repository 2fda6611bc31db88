import { Link } from "@tanstack/react-router";
import type { Governance } from "../../api/reports.ts";
import { type Mode, modeStates } from "../../model/state.ts";
import { plural, sentence } from "../../model/text.ts";
import { impactOf, isRead } from "../../model/violations.ts";
import { Bones } from "../../ui/Bones.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Home.module.css";
import { ViolationRows } from "./ViolationRows.tsx";

const words: Record<Mode, string> = { deny: "enforced", warn: "warns", audit: "audits" };

export function PolicySummary({ governance }: { governance: Governance }) {
	const { policies, violations, loading, maps, error, unread } = governance;
	if (error)
		return <p className={css.calm}>{error instanceof Error ? error.message : "Reports cannot be read."}</p>;
	if (loading || maps.state === "loading") return <Bones lines={2} />;
	if (policies.length === 0 && unread) return <ViolationRows violations={violations} />;
	if (policies.length === 0) return <p className={css.calm}>No policies are loaded.</p>;
	return (
		<ul className={css.rows}>
			{policies.map((policy) => {
				const impact = impactOf(policy, violations);
				const word = policy.error
					? "does not load"
					: isRead(policy)
						? words[policy.mode]
						: `not read in ${policy.namespace}`;
				const bad = policy.error ? "fail" : isRead(policy) ? undefined : "warn";
				const state = bad ?? (impact.objects === 0 ? "ok" : modeStates[policy.mode]);
				return (
					<li key={`${policy.namespace}/${policy.name}`} className={css.row}>
						<StateIcon state={state} label={sentence(word)} />
						<div className={css.text}>
							<Link
								to="/policies"
								search={{ tab: "violations", policy: policy.name } as never}
								className={css.strong}
							>
								{policy.name}
							</Link>
							<span className={css.dim}>
								{word}
								{impact.teams.length > 0 ? `: ${impact.teams.join(", ")}` : ""}
							</span>
						</div>
						<span className={css.when}>
							{bad ? "" : impact.objects === 0 ? "none" : plural(impact.violations, "violation")}
						</span>
					</li>
				);
			})}
		</ul>
	);
}
