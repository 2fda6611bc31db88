import type { Condition } from "../api/types.ts";
import type { State } from "./state.ts";

/** Conditions differ in what "True" means: errors and warnings are bad when they are there. */
export function conditionState(c: Condition): State {
	if (/Error$/.test(c.type)) return "fail";
	if (/Warning$|Pressure$/.test(c.type)) return c.status === "False" ? "ok" : "warn";
	if (c.type === "RolloutProgressing") return c.status === "True" ? "progress" : "ok";
	if (/^ErrorOccurred$|^Degraded$|Failure$|^Failed$|Unavailable$|Stalled$/.test(c.type))
		return c.status === "True" ? "fail" : "ok";
	if (c.status === "True") return "ok";
	return c.status === "False" ? "warn" : "unknown";
}
