/** What an application's banner says: what is going on or wrong, worst words first; nothing if all is well. */
import type { Application, OperationState } from "../api/types.ts";
import { worstPart } from "./attention.ts";
import { retryOf } from "./retry.ts";
import { healthState, phaseState, type State } from "./state.ts";
import { plural, sentence } from "./text.ts";
import { clock } from "./time.ts";
import { isTrial } from "./trial.ts";

export interface BannerLine {
	state: State;
	text: string;
}

/** One full stop at the end, however many the parts bring. */
function stopped(text: string): string {
	return `${text.replace(/[.\s]+$/, "")}.`;
}

function operationLine(app: Application, operation: OperationState | undefined): BannerLine | undefined {
	const retry = app.operation ? undefined : retryOf(operation);
	if (retry) {
		const failed = `The sync failed${retry.failed > 1 ? ` ${plural(retry.failed, "time")}` : ""}`;
		const again = retry.next === undefined ? "" : ` It is tried again at ${clock(retry.next)}.`;
		// While the next attempt runs, it is not blue for a moment: what failed so far stays said.
		return retry.reason
			? { state: "warn", text: `${failed}: ${stopped(retry.reason)}${again}` }
			: { state: "warn", text: `${failed}, and is tried again: ${stopped(operation?.message || "it runs")}` };
	}
	if (isTrial(operation) && app.operation === undefined)
		return operation?.phase === "Running"
			? { state: "progress", text: "A sync is tried: nothing is applied" }
			: undefined;
	if (operation?.phase === "Running" || app.operation !== undefined)
		return { state: "progress", text: sentence(operation?.message || "A sync is running") };
	if (operation?.phase === "Failed" || operation?.phase === "Error")
		return {
			state: phaseState(operation.phase),
			text: `Last sync failed: ${stopped(operation.message ?? "")}`,
		};
	return undefined;
}

export function bannerLines(app: Application): BannerLine[] {
	const { operationState: operation, conditions = [], health } = app.status ?? {};
	const line = operationLine(app, operation);
	// A failed sync is a condition too, with the same text.
	const told = conditions.filter((c) => !(line?.state === "fail" && c.type === "SyncError"));
	const of = (suffix: string, state: State) =>
		told.filter((c) => c.type.endsWith(suffix)).map((c) => ({ state, text: c.message || c.type }));
	const part = worstPart(app);
	const reason = health?.message || (part ? `${health?.status}: ${part}` : "");
	const ill = reason && health?.status !== "Healthy" && health?.status !== "Suspended";
	return [
		...(line ? [line] : []),
		...of("Error", "fail"),
		...of("Warning", "warn"),
		...(ill ? [{ state: healthState(health?.status), text: sentence(reason) }] : []),
	];
}
