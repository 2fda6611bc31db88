import { describe, expect, it } from "vitest";
import type { PolicyReport, PolicyResult } from "../api/types.ts";
import { blocksOf } from "./blocks.ts";

const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
function blocks(policy: string, result: PolicyResult["result"], properties: Record<string, string>) {
	const report: PolicyReport = {
		metadata: { name: "u" },
		scope: ref,
		results: [{ policy, result, properties }],
	};
	return blocksOf([report], () => true).map(({ now, from, because }) => ({ now, from, because }));
}

describe("what will block an object", () => {
	it("is enforced already", () => {
		expect(blocks("limits", "fail", { enforcement: "deny" })).toMatchObject([{ now: true }]);
	});

	it("comes with a rollout, when its environment enforces it", () => {
		const held = { enforcement: "warn", policyEnforcement: "deny", rollout: "strict" };
		const because = "rollout strict";
		const from = "2026-12-04T10:00:00Z";
		expect(blocks("pave-system/limits", "warn", { ...held, enforcedFrom: from })).toEqual([
			{ now: false, from, because },
		]);
		expect(blocks("other", "warn", held)).toEqual([{ now: false, from: undefined, because }]);
	});

	it("stands before what has a date, once its own is over", () => {
		const held = {
			enforcement: "warn",
			policyEnforcement: "deny",
			rollout: "strict",
			environment: "production",
		};
		const of = (policy: string, more: object): PolicyResult => ({
			policy,
			result: "warn",
			properties: { ...held, ...more },
		});
		const results = [
			of("none", {}),
			of("dated", { enforcedFrom: "2026-12-04T10:00:00Z" }),
			of("due", { due: "true" }),
		];
		const found = blocksOf([{ metadata: { name: "u" }, scope: ref, results }], () => true);
		expect(found.map((b) => [b.policy, b.due])).toEqual([
			["due", true],
			["dated", false],
			["none", false],
		]);
		expect(found[0]?.environment).toBe("production");
	});

	it("comes when an exemption ends", () => {
		const exempt = {
			enforcement: "skip",
			policyEnforcement: "deny",
			exemption: "old",
			exemptionUntil: "2027-01-01T00:00:00Z",
		};
		expect(blocks("limits", "skip", exempt)).toEqual([
			{ now: false, from: "2027-01-01T00:00:00Z", because: "exemption old" },
		]);
	});

	it("is not what only warns, nor what is another's", () => {
		expect(blocks("limits", "warn", { enforcement: "warn" })).toEqual([]);
		expect(blocks("limits", "fail", { enforcement: "dryrun" })).toEqual([]);
		const report = { metadata: { name: "u" }, scope: ref, results: [] };
		expect(blocksOf([report], () => false)).toEqual([]);
	});
});
