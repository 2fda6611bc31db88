/** What refuses a change of an object, or will: by which policy, from when, and why not yet. */
import { refKey } from "../api/resources.ts";
import type { PolicyReport, PolicyResult, Ref } from "../api/types.ts";
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
	/** That time is over: only the gate holds it, or somebody's word. */
	due?: boolean;
	/** What holds it back: "rollout strict", "exemption old-shop". */
	because?: string;
	environment?: string;
	/** Of an exemption: why, for whom, and who says so. */
	exemption?: { name: string; reason?: string; person?: string; approvedBy?: string };
}

function exemptBlock(properties: Record<string, string | undefined>) {
	const {
		exemption: name = "",
		exemptionUntil,
		exemptionReason,
		exemptionPerson,
		exemptionApprovedBy,
	} = properties;
	return {
		now: false,
		from: exemptionUntil,
		because: `exemption ${name}`,
		exemption: { name, reason: exemptionReason, person: exemptionPerson, approvedBy: exemptionApprovedBy },
	};
}

function blockOf({ result, properties = {} }: PolicyResult) {
	const { enforcement, policyEnforcement, rollout, environment, exemption, enforcedFrom, due } = properties;
	if (modeOf(policyEnforcement ?? enforcement) !== "deny") return undefined;
	if (exemption) return exemptBlock(properties);
	if (result === "skip") return undefined;
	if (modeOf(enforcement) === "deny") return { now: true };
	if (!rollout) return undefined;
	return { now: false, from: enforcedFrom, due: due === "true", because: `rollout ${rollout}`, environment };
}

/** What is so already first, then what may come at any time, then what comes soonest; of what has no date, last. */
export function blocksOf(reports: readonly PolicyReport[], isMine: (ref: Ref) => boolean): Block[] {
	const rank = (b: Block) => (b.now ? "" : b.due ? "0" : (b.from ?? "~"));
	return reports
		.flatMap(({ scope, results = [] }) => {
			if (!scope || !isMine(scope)) return [];
			return results.flatMap((result, at) => {
				const block = blockOf(result);
				if (!block) return [];
				const { policy, message = "" } = result;
				return [{ key: `${refKey(scope)} ${policy} ${at}`, ref: scope, policy, message, ...block }];
			});
		})
		.sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}
