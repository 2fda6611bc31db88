import { describe, expect, it } from "vitest";
import type { ConfigMap, PolicyReport } from "../api/types.ts";
import { consequence, impactOf, isOfPolicy, isRead, policiesOf, violationsOf } from "./violations.ts";

function map(
	name: string,
	annotations: Record<string, string>,
	labels = { "openpolicyagent.org/policy": "rego" },
): ConfigMap {
	return {
		kind: "ConfigMap",
		metadata: { name, namespace: "pave-system", labels, annotations },
		data: { "a.rego": "package x" },
	};
}

const ref = (name: string) => ({ apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name });

const reports: PolicyReport[] = [
	{
		metadata: { name: "uid-1", namespace: "shop" },
		scope: ref("web"),
		results: [
			{
				policy: "limits",
				result: "fail",
				message: "no limits",
				properties: { enforcement: "audit", field: "spec.replicas" },
			},
			{ policy: "registry", result: "fail", message: "wrong registry", properties: { enforcement: "deny" } },
			{ policy: "registry", result: "pass" },
		],
	},
	{
		metadata: { name: "uid-2", namespace: "shop" },
		scope: ref("api"),
		results: [{ policy: "limits", result: "warn", message: "no limits" }],
	},
];

describe("policies", () => {
	const ok = { "openpolicyagent.org/kube-mgmt-status": '{"status":"ok"}' };

	it("are labelled ConfigMaps, deny by default", () => {
		const policies = policiesOf([
			map("b", ok),
			map("a", { "pave.dev/enforcement": "warn" }),
			map("c", ok, { "openpolicyagent.org/policy": "data" }),
		]);
		expect(policies.map((p) => [p.name, p.mode, p.loaded])).toEqual([
			["a", "warn", undefined],
			["b", "deny", true],
		]);
	});

	it("say why they do not load", () => {
		const status = (error: unknown) => ({
			"openpolicyagent.org/kube-mgmt-status": JSON.stringify({ status: "error", error }),
		});
		expect(policiesOf([map("a", status({ message: "line 3" }))])[0]).toMatchObject({
			loaded: false,
			error: "line 3",
		});
		expect(policiesOf([map("a", status("line 4"))])[0]?.error).toBe("line 4");
		expect(policiesOf([map("a", { "openpolicyagent.org/kube-mgmt-status": "{" })])[0]?.loaded).toBe(false);
	});

	it("are not in force if they load and decide nothing", () => {
		const warning = "policy decides nothing: its data has no module";
		const status = { "openpolicyagent.org/kube-mgmt-status": JSON.stringify({ status: "ok", warning }) };
		const [policy] = policiesOf([map("a", status)]);
		expect(policy).toMatchObject({ loaded: true, idle: "Its data has no module." });
		expect(policy && isRead(policy)).toBe(false);
	});

	it("are suspect if something else is strange", () => {
		const warning = "annotation pave.dev/enforcment means nothing on a policy";
		const status = { "openpolicyagent.org/kube-mgmt-status": JSON.stringify({ status: "ok", warning }) };
		const [policy] = policiesOf([map("a", status)]);
		expect(policy).toMatchObject({ loaded: true, warning });
		expect(policy && isRead(policy)).toBe(true);
	});
});

describe("violations", () => {
	const violations = violationsOf(
		reports,
		(r) => `team-of-${r.name}`,
		() => ({ spec: { replicas: 1 } }),
	);

	it("are the results that fail or warn, with the mode of their policy", () => {
		expect(violations.map((v) => [v.policy, v.ref.name, v.mode, v.team])).toEqual([
			["limits", "web", "audit", "team-of-web"],
			["registry", "web", "deny", "team-of-web"],
			["limits", "api", "warn", "team-of-api"],
		]);
		expect(new Set(violations.map((v) => v.key)).size).toBe(3);
	});

	it("show the value of the failing field", () => {
		expect(violations[0]?.value).toBe("1");
	});

	it("are counted by policy, however its name is written", () => {
		const [limits] = policiesOf([map("limits", {})]);
		if (!limits) throw new Error("no policy");
		expect(impactOf(limits, violations)).toEqual({
			objects: 2,
			refused: 0,
			violations: 2,
			faults: 0,
			teams: ["team-of-api", "team-of-web"],
		});
		const [qualified] = violationsOf(
			[{ metadata: { name: "u" }, results: [{ policy: "pave-system/limits", result: "fail" }] }],
			() => "",
		);
		if (!qualified) throw new Error("no violation");
		expect(qualified.policy).toBe("limits");
		expect(isOfPolicy(qualified, limits)).toBe(true);
		expect(isOfPolicy(qualified, { ...limits, namespace: "opa" })).toBe(false);
		expect(isOfPolicy({ ...qualified, policy: "no-limits" }, limits)).toBe(false);
		const [inCel] = violationsOf(
			[
				{
					metadata: { name: "u" },
					results: [{ source: "ValidatingAdmissionPolicy", policy: "limits", result: "fail" }],
				},
			],
			() => "",
		);
		expect(inCel && isOfPolicy(inCel, limits)).toBe(false);
	});

	it("are of the sort of policy that the report names", () => {
		const [map1] = policiesOf([map("limits", {})]);
		if (!map1) throw new Error("no policy");
		const constraint = { ...map1, sort: "Gatekeeper", kind: "NeedLimits", namespace: "" } as const;
		const result = { source: "gatekeeper", policy: "limits", rule: "NeedLimits", result: "fail" } as const;
		const [found, broken] = violationsOf(
			[
				{
					metadata: { name: "u" },
					results: [
						{ ...result, properties: { enforcement: "dryrun" } },
						{ ...result, result: "error" },
					],
				},
			],
			() => "",
		);
		if (!found || !broken) throw new Error("no violation");
		expect(found.mode).toBe("audit");
		expect(isOfPolicy(found, map1)).toBe(false);
		expect(isOfPolicy(found, constraint)).toBe(true);
		expect(isOfPolicy(found, { ...constraint, kind: "Other" })).toBe(false);
		expect(impactOf(constraint, [found, broken])).toMatchObject({ violations: 1, faults: 1 });
	});
});

describe("what a policy comes to", () => {
	const impact = (objects: number, refused: number) => ({
		objects,
		refused,
		teams: ["shop"],
		violations: objects,
		faults: 0,
	});

	it("is told of where the objects are, not of where it is strictest", () => {
		expect(consequence("deny", impact(1, 0))).toBe(
			"If it were enforced now, the next change of 1 object of 1 team would be refused.",
		);
		expect(consequence("deny", impact(3, 3))).toMatch(/^3 objects of 1 team, .*would be refused today/);
		expect(consequence("deny", impact(3, 1))).toMatch(
			/^Of 3 objects of 1 team that break it, 1 would .*others is let in/,
		);
		expect(consequence("deny", impact(0, 0))).toBe("Nothing that exists breaks it.");
		expect(consequence("warn", impact(0, 0))).toMatch(/can be enforced today/);
	});
});
