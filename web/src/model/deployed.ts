/** Which commit of an application is deployed, and which newer one is not. */
import type { Application } from "../api/types.ts";
import { retryOf } from "./retry.ts";
import { isTrial } from "./trial.ts";

export interface Deployed {
	/** "" if nothing was deployed yet. */
	revision: string;
	at: string | undefined;
	/** The commit that was compared last, where it is another. */
	newer?: { revision: string; failed: boolean; reason: string };
}

export function deployedOf(app: Application): Deployed {
	const { sync, history, operationState: operation, conditions } = app.status ?? {};
	const last = history?.at(-1);
	const compared = sync?.revision ?? "";
	const deployed = { revision: last?.revision ?? "", at: last?.deployedAt };
	// A commit that changes nothing of it is not synced, and what runs is what it says.
	if (sync?.status === "Synced") return { ...deployed, revision: compared || deployed.revision };
	if (!compared || compared === deployed.revision) return deployed;
	const of = operation?.syncResult?.revision ?? operation?.operation?.sync?.revision;
	const retry = retryOf(operation);
	const ended = !isTrial(operation) && (operation?.phase === "Failed" || operation?.phase === "Error");
	const broke = (ended || retry !== undefined) && of === compared;
	const error = conditions?.find((c) => c.type.endsWith("Error"));
	return {
		...deployed,
		newer: {
			revision: compared,
			failed: broke || error !== undefined,
			reason: (broke ? retry?.reason || operation?.message : "") || error?.message || "",
		},
	};
}
