import { describe, expect, it } from "vitest";
import { conditionState } from "./conditions.ts";

describe("a condition", () => {
	it.each([
		["Degraded", "False", "ok"],
		["Degraded", "True", "fail"],
		["Available", "True", "ok"],
		["Available", "False", "warn"],
		["Available", "Unknown", "unknown"],
		["ReplicaFailure", "False", "ok"],
		["SyncError", undefined, "fail"],
		["DiskPressure", "True", "warn"],
		["RolloutProgressing", "True", "progress"],
	])("%s is %s: %s", (type, status, state) => {
		expect(conditionState({ type, status })).toBe(state);
	});
});
