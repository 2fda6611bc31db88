import { useMemo } from "react";
import { useMay } from "../../api/may.ts";
import type { Governance } from "../../api/reports.ts";
import { resources } from "../../api/resources.ts";
import type { PolicyRollout } from "../../api/types.ts";
import { useLive } from "../../live/hooks.ts";
import { askedOf, type Concern, comingOf } from "../../model/attention.ts";
import type { Scope } from "./useScope.ts";

const nowhere = [""];
const none: string[] = [];

/** What rollouts will refuse of what is mine, and what of them waits for me. */
export function useRolloutConcerns({ mine, teams }: Scope, { violations }: Governance): Concern[] {
	const rollouts = useLive<PolicyRollout>("policyRollouts");
	const asked = useMemo(() => askedOf(rollouts.items), [rollouts.items]);
	const may = useMay("approve", resources.policyRollouts, asked.length > 0 ? nowhere : none);
	const mayApprove = may !== undefined && may.size > 0;
	return useMemo(() => {
		const coming = comingOf(
			mine ? violations.filter((v) => teams.includes(v.team)) : violations,
			rollouts.items,
		);
		return [...(mayApprove ? asked : []), ...coming];
	}, [mine, teams, violations, rollouts.items, asked, mayApprove]);
}
