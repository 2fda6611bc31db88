import { describe, expect, it } from "vitest";
import type { PolicyRollout, RolloutEnvironment } from "../api/types.ts";
import { approve, beyond, rollBack, rolloutState, toApprove, waitsOf, waysBack } from "./rollouts.ts";

const staging: RolloutEnvironment = { name: "staging", stage: "Enforce" };
const production: RolloutEnvironment = {
	name: "production",
	stage: "Warn",
	waits: ["at the earliest 2026-12-24T00:00:00Z", "approval of Enforce"],
};
const approvals = [
	{ environment: "staging", stage: "Warn", by: "ada" },
	{ environment: "staging", stage: "Enforce", by: "ada" },
	{ environment: "production", stage: "Warn", by: "ada" },
] as const;
const rollout: PolicyRollout = {
	metadata: { name: "strict", resourceVersion: "7" },
	spec: { approval: "Manual", approvals: [...approvals] },
	status: { phase: "Progressing", environments: [staging, production] },
};

describe("a rollout", () => {
	it("is as its phase says, unless a policy fails", () => {
		expect(rolloutState(rollout)).toEqual({ state: "progress", word: "Progressing" });
		expect(rolloutState({ metadata: { name: "new" } }).word).toBe("Not looked at yet");
		const conditions = [{ type: "Degraded", status: "True" }];
		expect(rolloutState({ ...rollout, status: { phase: "Enforced", conditions } }).state).toBe("fail");
	});

	it("tells the time apart from what else it waits for", () => {
		expect(waitsOf(production)).toEqual(["approval of Enforce"]);
	});

	it("asks for the next stage, once, where people are asked", () => {
		expect(toApprove(rollout, production)).toBe("Enforce");
		expect(toApprove(rollout, staging)).toBeUndefined();
		expect(toApprove(rollout, { ...production, stage: "Audit" })).toBeUndefined();
		expect(toApprove({ ...rollout, spec: {} }, production)).toBeUndefined();
		const back = { to: "Audit", reason: "x" } as const;
		expect(toApprove({ ...rollout, spec: { ...rollout.spec, rollback: back } }, production)).toBeUndefined();
	});

	it("keeps the approvals that there are, of the version that was seen", () => {
		const approval = { environment: "production", stage: "Enforce", by: "bo" } as const;
		expect(approve(rollout, approval)).toEqual({
			metadata: { resourceVersion: "7" },
			spec: { approvals: [...approvals, approval] },
		});
	});

	it("goes back to what is behind it, without the approvals that would lead on again", () => {
		expect(waysBack(rollout)).toEqual(["Audit", "Warn"]);
		expect(beyond(rollout, "Warn")).toEqual(["staging"]);
		const patch = rollBack(rollout, { to: "Warn", environments: ["staging"], reason: "too many" });
		expect(patch.spec.approvals.map((a) => `${a.environment} ${a.stage}`)).toEqual([
			"staging Warn",
			"production Warn",
		]);
		expect(waysBack({ ...rollout, spec: patch.spec })).toEqual([]);
	});
});
