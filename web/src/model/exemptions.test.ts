import { describe, expect, it } from "vitest";
import type { PolicyExemption, PolicyReport } from "../api/types.ts";
import { endsRank, exemptionState, exemptionsOf, objectsText } from "./exemptions.ts";

const now = Date.parse("2026-11-27T10:00:00Z");
const make = (name: string, until: string, more: PolicyExemption["spec"] = {}): PolicyExemption => ({
	metadata: { name },
	spec: {
		policies: [{ kind: "ConfigMap", namespace: "pave-system", name: "limits", rules: ["deny"] }],
		objects: { namespaces: ["shop"] },
		until,
		...more,
	},
});

describe("an exemption", () => {
	it("holds until its end, by the reader's clock", () => {
		expect(exemptionState(make("a", "2026-11-27T10:00:00Z"), now).word).toBe("Ended");
		expect(exemptionState(make("a", "2026-11-27T10:00:01Z"), now).word).toBe("Ends soon");
		expect(exemptionState(make("a", "2026-12-04T10:00:00Z"), now).word).toBe("Ends soon");
		expect(exemptionState(make("a", "2026-12-04T10:00:01Z"), now).word).toBe("Holds");
		expect(exemptionState(make("a", "2026-12-04T10:00:00Z", { warnBefore: "1h30m" }), now).word).toBe(
			"Holds",
		);
		expect(exemptionState(make("a", "2026-11-27T11:30:00Z", { warnBefore: "1h30m" }), now).word).toBe(
			"Ends soon",
		);
	});

	it("says of what it holds", () => {
		expect(objectsText({ namespaces: ["shop"], kinds: ["Deployment.apps", "Pod"], names: ["old-*"] })).toBe(
			"Deployments and Pods old-* in shop",
		);
		const selector = { matchLabels: { tier: "old" }, matchExpressions: [{ key: "env", operator: "Exists" }] };
		expect(objectsText({ selector })).toBe("Everything with tier=old, env is set");
		expect(objectsText({ namespaceSelector: { matchLabels: { env: "prod" } } })).toBe(
			"Everything in namespaces with env=prod",
		);
	});

	it("covers what reports say that it does, and names what is not there", () => {
		const result = { policy: "limits", result: "skip", properties: { exemption: "a" } } as const;
		const reports: PolicyReport[] = [{ metadata: { name: "u" }, results: [result, result] }];
		const message = "there is no policy ConfigMap nope";
		const lost = make("b", "2027-01-01T00:00:00Z");
		lost.status = { conditions: [{ type: "Degraded", status: "True", message }] };
		expect(exemptionsOf([make("a", "2027-01-01T00:00:00Z"), lost], reports, now)).toMatchObject([
			{ name: "a", covers: 2, missing: "", policies: ["ConfigMap pave-system/limits (deny)"] },
			{ name: "b", covers: 0, missing: message },
		]);
	});

	it("that ends next comes first, one that has ended last", () => {
		const ends = [
			"2026-11-01T00:00:00Z",
			"2027-01-01T00:00:00Z",
			"2026-11-20T00:00:00Z",
			"2026-12-01T00:00:00Z",
		];
		const all = exemptionsOf(
			ends.map((until) => make(until, until)),
			[],
			now,
		);
		expect(all.sort((a, b) => endsRank(a) - endsRank(b)).map((e) => e.name.slice(5, 10))).toEqual([
			"12-01",
			"01-01",
			"11-20",
			"11-01",
		]);
	});
});
