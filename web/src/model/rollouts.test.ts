import { describe, expect, it } from "vitest";
import type { PolicyRollout, RolloutEnvironment } from "../api/types.ts";
import {
	approve,
	beyond,
	gateOf,
	holdsOf,
	modeNow,
	rollBack,
	rolloutState,
	toApprove,
	waitsOf,
	waysBack,
} from "./rollouts.ts";

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
		expect(toApprove(rollout, { ...production, stage: "Audit", lapsedApprovals: 1 })).toBeUndefined();
		const given = [...approvals, { environment: "production", stage: "Enforce", by: "ada" } as const];
		const approved = { ...rollout, spec: { ...rollout.spec, approvals: given } };
		expect(toApprove(approved, production)).toBeUndefined();
		expect(toApprove(approved, { ...production, lapsedApprovals: 1 })).toBe("Enforce");
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

describe("a policy that is rolled out", () => {
	const from = "2026-12-24T00:00:00Z";
	const policies = [
		{ kind: "ConfigMap", namespace: "pave-system", name: "no-*" },
		{ kind: "Probes", name: "probes" },
	];
	const held: PolicyRollout = {
		...rollout,
		spec: {
			policies,
			environments: [{ name: "staging", namespaces: ["*-staging"] }, { name: "production" }],
		},
		status: { environments: [staging, { ...production, enforcedFrom: from }] },
	};
	const probes = { kind: "Probes", namespace: "", name: "probes", mode: "deny" } as const;

	it("says where it refuses already, and where from when", () => {
		const holds = holdsOf(probes, [held]);
		expect(holds.map((h) => [h.environment, h.mode, h.whole, h.from])).toEqual([
			["staging", "deny", true, undefined],
			["production", "warn", false, from],
		]);
		expect(holds[1]?.waits).toEqual(["approval of Enforce"]);
		expect(modeNow(probes, holds)).toBe("deny");
		expect(modeNow(probes, holds.slice(1))).toBe("warn");
		expect(modeNow(probes, [])).toBe("deny");
	});

	it("is kept by violations, whatever the time, unless it stands still", () => {
		const gated = (spec: object, more: object): PolicyRollout => ({
			...held,
			spec: { ...held.spec, ...spec },
			status: { environments: [staging, { ...production, violations: 9, allowed: 0, ...more }] },
		});
		const gate = "production has 9 violations, at most 0 may be left";
		expect(holdsOf(probes, [gated({}, {})]).map((h) => h.gate)).toEqual([undefined, gate]);
		expect(gateOf(gated({}, { allowed: 9 }), "production")).toBeUndefined();
		expect(gateOf(gated({ paused: true }, {}), "production")).toBeUndefined();
	});

	it("does what it says itself where no environment is", () => {
		const stages = { environments: [{ name: "staging", stage: "Audit" as const }] };
		const some = (environment: object) =>
			holdsOf(probes, [
				{ ...held, spec: { policies, environments: [{ name: "staging", ...environment }] }, status: stages },
			]);
		for (const where of [{ namespaces: ["*-staging"] }, { namespaceSelector: {} }]) {
			expect(some(where).map((h) => [h.environment, h.mode])).toEqual([
				["staging", "audit"],
				["elsewhere", "deny"],
			]);
			expect(modeNow(probes, some(where))).toBe("deny");
		}
		expect(modeNow(probes, some({}))).toBe("audit");
	});

	it("does what it says itself by rules that no rollout names", () => {
		const some = (kind: string, rules: string[]) =>
			holdsOf({ ...probes, kind }, [
				{ ...held, spec: { ...held.spec, policies: [{ kind, name: "probes", rules }] } },
			]);
		const part = some("ValidatingAdmissionPolicy", ["validations[0]"]);
		expect(part.map((h) => [h.environment, h.mode])).toEqual([
			["staging", "deny"],
			["production", "warn"],
			["every other rule", "deny"],
		]);
		expect(modeNow(probes, part)).toBe("deny");
		for (const rules of [[], ["*"], ["validations[0]", "*"]])
			expect(some("ValidatingAdmissionPolicy", rules)).toHaveLength(2);
		expect(some("ConfigMap", ["deny"])).toHaveLength(2);
		expect(some("ConfigMap", ["warn"])).toHaveLength(3);
	});

	it("only lists until the rollout was looked at", () => {
		const fresh = holdsOf(probes, [{ ...held, status: undefined }]);
		expect(fresh.map((h) => [h.environment, h.mode, h.waits])).toEqual([
			["staging", "audit", []],
			["production", "audit", []],
		]);
	});

	it("is as soft as the softest of its rollouts", () => {
		const audited: PolicyRollout = {
			metadata: { name: "other" },
			spec: { policies, environments: [{ name: "all" }] },
			status: { environments: [{ name: "all", stage: "Audit" }] },
		};
		expect(modeNow(probes, holdsOf(probes, [held, audited]))).toBe("audit");
		expect(modeNow(probes, holdsOf(probes, [audited, held]))).toBe("audit");
	});

	it("never does more than it says itself", () => {
		const holds = holdsOf({ ...probes, mode: "warn" }, [held]);
		expect(holds.map((h) => [h.mode, h.whole, h.from])).toEqual([
			["warn", true, undefined],
			["warn", true, undefined],
		]);
	});

	it("is named by kind, namespace and a pattern", () => {
		const map = { kind: "ConfigMap", namespace: "pave-system", name: "no-latest", mode: "deny" } as const;
		expect(holdsOf(map, [held])).toHaveLength(2);
		expect(holdsOf({ ...map, name: "other" }, [held])).toEqual([]);
		expect(holdsOf({ ...map, namespace: "opa" }, [held])).toEqual([]);
		expect(holdsOf({ ...map, kind: "Probes" }, [held])).toEqual([]);
	});
});
