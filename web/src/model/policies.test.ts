import { describe, expect, it } from "vitest";
import { celPolicies, gatekeeperPolicies } from "./policies.ts";

const constraint = (name: string, spec: object, pod: object = { enforced: true }) => ({
	kind: "NeedLimits",
	metadata: { name },
	spec,
	status: { byPod: [pod] },
});

describe("constraints of Gatekeeper", () => {
	it("do the strongest of what they say", () => {
		const scoped = {
			enforcementAction: "scoped",
			scopedEnforcementActions: [{ action: "dryrun" }, { action: "warn" }],
		};
		const policies = gatekeeperPolicies(
			[],
			[
				constraint("a", {}),
				constraint("b", { enforcementAction: "dryrun" }),
				constraint("c", { enforcementAction: "warn" }),
				constraint("d", scoped),
			],
		);
		expect(policies.map((p) => [p.name, p.mode, p.loaded])).toEqual([
			["a", "deny", true],
			["b", "audit", true],
			["c", "warn", true],
			["d", "warn", true],
		]);
		expect(policies.map((p) => p.next)).toEqual([
			undefined,
			`kubectl patch needlimits b --type=merge -p '{"spec":{"enforcementAction":"warn"}}'`,
			`kubectl patch needlimits c --type=merge -p '{"spec":{"enforcementAction":"deny"}}'`,
			undefined,
		]);
	});

	it("say what is wrong with them, and with their template", () => {
		const wrong = { errors: [{ code: "x", message: "line 3" }] };
		const template = (byPod: object[]) => ({
			metadata: { name: "needlimits" },
			spec: { crd: { spec: { names: { kind: "NeedLimits" } } } },
			status: { byPod },
		});
		const policies = gatekeeperPolicies([template([wrong]), template([{}])], [constraint("a", {}, wrong)]);
		expect(policies.map((p) => [p.kind, p.loaded, p.error])).toEqual([
			["ConstraintTemplate", false, "line 3"],
			["NeedLimits", false, "line 3"],
		]);
		expect(gatekeeperPolicies([], [{ kind: "NeedLimits", metadata: { name: "new" } }])[0]?.loaded).toBe(
			undefined,
		);
	});
});

describe("ValidatingAdmissionPolicies", () => {
	const policy = (name: string, status: object = { observedGeneration: 1 }) => ({
		metadata: { name, generation: 1 },
		status,
	});
	const binding = (name: string, policyName: string, ...validationActions: string[]) => ({
		metadata: { name },
		spec: { policyName, validationActions },
	});

	it("do what their bindings say, and nothing without one", () => {
		const policies = celPolicies(
			[policy("a"), policy("b"), policy("c"), policy("d", {})],
			[
				binding("a1", "a", "Audit"),
				binding("a2", "a", "Warn", "Audit"),
				binding("b1", "b", "Warn"),
				binding("d1", "d", "Deny"),
			],
		);
		expect(policies.map((p) => [p.name, p.mode, p.loaded, p.idle !== undefined])).toEqual([
			["a", "warn", true, false],
			["b", "warn", true, false],
			["c", "audit", true, true],
			["d", "deny", undefined, false],
		]);
		expect(policies.map((p) => p.next)).toEqual([
			undefined,
			`kubectl patch validatingadmissionpolicybinding b1 --type=merge -p '{"spec":{"validationActions":["Deny"]}}'`,
			undefined,
			undefined,
		]);
	});

	it("say what the type checker has against them", () => {
		const warning = { fieldRef: "spec.validations[0].expression", warning: "undefined field 'x'" };
		const [wrong] = celPolicies(
			[policy("a", { observedGeneration: 1, typeChecking: { expressionWarnings: [warning] } })],
			[],
		);
		expect(wrong).toMatchObject({
			loaded: true,
			warning: "spec.validations[0].expression: undefined field 'x'",
		});
	});
});
