/** What refuses a change of an object, or will: by which policy, from when, and why not yet. */
import { refKey } from "../api/resources.ts";
import type { PolicyReport, PolicyResult, PolicyRollout, Ref, RolloutEnvironment } from "../api/types.ts";
import { modeOf } from "./state.ts";

export interface Block {
	key: string;
	ref: Ref;
	policy: string;
	message: string;
	/** It is so already. */
	now: boolean;
	/** From when, if that is known. */
	from?: string;
	/** What holds it back: "rollout strict", "exemption old-shop". */
	because?: string;
}

function bare(policy: string): string {
	return policy.slice(policy.indexOf("/") + 1);
}

function environmentOf(rollout: PolicyRollout | undefined, ref: Ref, policy: string) {
	const holds = (e: RolloutEnvironment) =>
		e.refused?.some((r) => refKey(r) === refKey(ref) && r.policy === bare(policy));
	return rollout?.status?.environments?.find(holds);
}

function blockOf(result: PolicyResult, ref: Ref, rollouts: readonly PolicyRollout[]) {
	const { enforcement, policyEnforcement, rollout, exemption, exemptionUntil } = result.properties ?? {};
	if (modeOf(policyEnforcement ?? enforcement) !== "deny") return undefined;
	if (exemption) return { now: false, from: exemptionUntil, because: `exemption ${exemption}` };
	if (result.result === "skip") return undefined;
	if (modeOf(enforcement) === "deny") return { now: true };
	if (!rollout) return undefined;
	const held = environmentOf(
		rollouts.find((r) => r.metadata.name === rollout),
		ref,
		result.policy,
	);
	return { now: false, from: held?.enforcedFrom, because: `rollout ${rollout}` };
}

/** What is so already first, then what comes soonest; of what has no date, last. */
export function blocksOf(
	reports: readonly PolicyReport[],
	rollouts: readonly PolicyRollout[],
	isMine: (ref: Ref) => boolean,
): Block[] {
	const rank = (b: Block) => (b.now ? "" : (b.from ?? "~"));
	return reports
		.flatMap(({ scope, results = [] }) => {
			if (!scope || !isMine(scope)) return [];
			return results.flatMap((result, at) => {
				const block = blockOf(result, scope, rollouts);
				if (!block) return [];
				const { policy, message = "" } = result;
				return [{ key: `${refKey(scope)} ${policy} ${at}`, ref: scope, policy, message, ...block }];
			});
		})
		.sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}
