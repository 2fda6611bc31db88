/** A sync that failed and is tried again, out of the words in which the controller says so. */
import type { OperationState } from "../api/types.ts";
import { instant } from "./time.ts";

export interface Retry {
	/** How many attempts have failed. */
	failed: number;
	/** What the last one said; "" while the next one runs, which says what it does. */
	reason: string;
	/** When the next attempt begins, to the minute; undefined while it runs. */
	next: number | undefined;
}

const day = 86_400_000;

/** "10:04PM" is a time of day without a zone, which Argo CD's controllers and Pave write in UTC: the first such
 *  instant in or after the minute in which the attempt ended. */
function kitchenTime(text: string, ended: number): number | undefined {
	const found = /^(\d{1,2}):(\d\d)([AP])M$/.exec(text);
	if (!found) return undefined;
	const hour = (Number(found[1]) % 12) + (found[3] === "P" ? 12 : 0);
	const since = ended - (ended % 60_000);
	const wanted = since - (since % day) + (hour * 60 + Number(found[2])) * 60_000;
	return wanted < since ? wanted + day : wanted;
}

/** Undefined: it is not one. */
export function retryOf(operation: OperationState | undefined): Retry | undefined {
	const failed = operation?.retryCount ?? 0;
	if (operation?.phase !== "Running" || failed === 0) return undefined;
	const ended = instant(operation.finishedAt);
	if (ended === undefined) return { failed, reason: "", next: undefined };
	const message = operation.message ?? "";
	const tail = /[.\s]*Retrying attempt #\d+ at (\S+?)\.*$/.exec(message);
	return {
		failed,
		reason: tail ? message.slice(0, tail.index) : message,
		next: tail ? kitchenTime(tail[1] ?? "", ended) : undefined,
	};
}
