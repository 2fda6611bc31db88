/** A sync that was tried and applied nothing: what it says is no news of the application. */
import type { Application, OperationState, SyncResult } from "../api/types.ts";
import { plural } from "./text.ts";

export function isTrial(operation: OperationState | undefined): boolean {
	return operation?.operation?.sync?.dryRun === true;
}

export interface Told {
	key: string;
	kind: string;
	name: string;
	/** In the server's words. */
	text: string;
	refused: boolean;
}

export interface Trial {
	/** In one sentence. */
	text: string;
	refused: boolean;
	/** What would be refused first. */
	objects: Told[];
}

type Result = NonNullable<SyncResult["resources"]>[number];

function told(result: Result): Told {
	const { kind, namespace, name, message = "", status = "" } = result;
	const refused = status === "SyncFailed" || result.hookPhase === "Failed";
	return {
		key: `${kind}/${namespace}/${name}`,
		kind,
		name,
		text: message.replace(/ \(dry run\)$/, "") || status,
		refused,
	};
}

/** What came of the trial that was asked for when the application had this version; undefined: nothing yet. */
export function trialOf(app: Application, asked: string | undefined): Trial | undefined {
	const state = app.status?.operationState;
	if (asked === undefined || app.operation || !isTrial(state) || !state?.finishedAt) return undefined;
	if (Number(app.metadata.resourceVersion) <= Number(asked)) return undefined;
	const objects = (state.syncResult?.resources ?? [])
		.map(told)
		.sort((a, b) => Number(b.refused) - Number(a.refused));
	const bad = objects.filter((o) => o.refused).length;
	const refused = bad > 0 || state.phase !== "Succeeded";
	if (bad > 0)
		return {
			text: `${bad} of ${plural(objects.length, "object")} would be refused, so nothing would be applied.`,
			refused,
			objects,
		};
	if (refused) return { text: state.message ?? "It would fail.", refused, objects };
	return { text: `${plural(objects.length, "object")} would be accepted.`, refused, objects };
}
