import { describe, expect, it } from "vitest";
import { policyText, readText, statementsTitle } from "./objections.ts";

const text = (parts: [string, boolean][]) => parts.map(([word]) => word).join(" ");

describe("objections", () => {
	it("name the policy and its rule", () => {
		const policy = { kind: "ConfigMap", namespace: "pave-system", name: "rules" };
		expect(policyText({ message: "m", policy, rule: "deny (r.rego:2)" })).toBe(
			"ConfigMap pave-system/rules, deny (r.rego:2)",
		);
		expect(policyText({ message: "m" })).toBe("");
	});

	it("say of Rego what must not hold, of CEL what must", () => {
		const failed = { text: "a <= 5", holds: false };
		const held = { text: "not c.limits", line: 7, holds: true };
		expect(statementsTitle({ message: "m", statements: [held] })).toBe("To pass, this must not hold");
		expect(statementsTitle({ message: "m", statements: [held, held] })).toContain("one of these");
		expect(statementsTitle({ message: "m", statements: [failed] })).toBe("To pass, this must hold");
		expect(statementsTitle({ message: "m", statements: [failed, failed] })).toBe("None of these holds");
	});

	it("say what was read, what was not there and what nobody is told", () => {
		expect(text(readText({ field: "spec.replicas", value: 9 }))).toBe("spec.replicas is 9");
		expect(text(readText({ field: "spec.on", value: false }))).toBe("spec.on is false");
		expect(text(readText({ param: "most", value: "5" }))).toBe('parameter most is "5"');
		expect(text(readText({ field: "spec.limits", absent: true }))).toBe("spec.limits is not set");
		expect(text(readText({ field: "data.key", hidden: true }))).toBe("data.key is not told");
		expect(text(readText({ field: "metadata", large: true }))).toBe("metadata is there");
	});
});
