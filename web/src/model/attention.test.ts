import { describe, expect, it } from "vitest";
import type { Application, ConfigMap, PolicyReport, PolicyRollout } from "../api/types.ts";
import { askedOf, comingOf, concernsOf, groupConcerns } from "./attention.ts";
import { policiesOf, violationsOf } from "./violations.ts";

const app = (name: string, status: Application["status"]): Application => ({
	metadata: { name, namespace: "argocd" },
	status,
});
const well = app("well", { health: { status: "Healthy" }, sync: { status: "Synced" } });

describe("what needs attention", () => {
	it("is nothing where all is well", () => {
		expect(concernsOf([well], [])).toEqual([]);
	});

	it("is an application, with the reason that its conditions give", () => {
		const conditions = [
			{ type: "ComparisonError", message: "host not found", lastTransitionTime: "2026-11-25T13:00:00Z" },
		];
		const lost = app("lost", { health: { status: "Unknown" }, sync: { status: "Unknown" }, conditions });
		expect(concernsOf([well, lost], [])).toMatchObject([
			{
				name: "lost",
				state: "fail",
				word: "Unknown",
				reason: "host not found",
				since: "2026-11-25T13:00:00Z",
			},
		]);
	});

	it("names the object that makes it so, if nothing else says why", () => {
		const resources = [
			{ kind: "Service", name: "web", status: "Synced", health: { status: "Healthy" } },
			{
				kind: "Deployment",
				name: "web",
				status: "Synced",
				health: { status: "Degraded", message: "timed out" },
			},
		];
		const stuck = app("stuck", { health: { status: "Degraded" }, sync: { status: "Synced" }, resources });
		expect(concernsOf([stuck], [])[0]?.reason).toBe("Deployment/web: timed out");
		const said = 'Deployment "web" exceeded its progress deadline';
		const named = [{ kind: "Deployment", name: "web", health: { status: "Degraded", message: said } }];
		expect(
			concernsOf([app("named", { health: { status: "Degraded" }, resources: named })], [])[0]?.reason,
		).toBe(said);
		const missing = ["a", "b"].map((name) => ({
			kind: "Secret",
			name,
			status: "OutOfSync",
			health: { status: "Missing" },
		}));
		const drifted = app("drifted", {
			health: { status: "Missing" },
			sync: { status: "OutOfSync" },
			resources: missing,
		});
		expect(concernsOf([drifted], [])[0]?.reason).toBe("Secret/a and 1 other");
	});

	it("is one that another has objects in common with, though it is healthy", () => {
		const conditions = [{ type: "SharedResourceWarning", message: "ConfigMap/x is part of a and b" }];
		const shared = app("shared", { health: { status: "Healthy" }, sync: { status: "Synced" }, conditions });
		expect(concernsOf([shared], [])).toMatchObject([
			{ state: "warn", word: "SharedResourceWarning", reason: "ConfigMap/x is part of a and b" },
		]);
	});

	it("says why the last sync failed before anything else", () => {
		const failed = app("failed", {
			health: { status: "Degraded", message: "stuck" },
			sync: { status: "OutOfSync" },
			operationState: {
				phase: "Failed",
				message: 'namespaces "x" not found',
				finishedAt: "2026-11-25T13:00:00Z",
			},
		});
		expect(concernsOf([failed], [])).toMatchObject([
			{
				word: "Degraded, Out of sync, Sync failed",
				reason: 'namespaces "x" not found',
				since: "2026-11-25T13:00:00Z",
			},
		]);
	});

	it("is a sync that failed and is tried again, though nothing has given up yet", () => {
		const failing = app("failing", {
			health: { status: "Healthy" },
			sync: { status: "OutOfSync" },
			operationState: {
				phase: "Running",
				retryCount: 2,
				message: 'namespaces "x" not found. Retrying attempt #2 at 1:00PM.',
				finishedAt: "2026-11-25T12:59:50Z",
			},
		});
		expect(concernsOf([failing], [])).toMatchObject([
			{ state: "warn", word: "Out of sync, Sync failing", reason: 'namespaces "x" not found' },
		]);
	});

	it("is one matter where one cause is behind several, and not where each has its own", () => {
		const lost = (name: string, repo: string, at: string) =>
			app(name, {
				health: { status: "Unknown" },
				sync: { status: "Unknown" },
				conditions: [
					{
						type: "ComparisonError",
						message: `repository https://forge.test/${repo}.git: could not resolve host forge.test`,
						lastTransitionTime: `2026-11-25T1${at}:00:00Z`,
					},
				],
			});
		const stuck = (name: string) =>
			app(name, { health: { status: "Degraded", message: "timed out" }, sync: { status: "Synced" } });
		const apps = [
			lost("a", "one", "3"),
			stuck("b"),
			lost("c", "two", "2"),
			stuck("d"),
			lost("e", "two", "4"),
		];
		const groups = groupConcerns(concernsOf(apps, []));
		expect(groups.map((g) => g.of.map((c) => c.name))).toEqual([["a", "c", "e"], ["b"], ["d"]]);
		expect(groups[0]).toMatchObject({
			state: "fail",
			word: "Unknown",
			reason: "repository https://forge.test: could not resolve host forge.test",
			since: "2026-11-25T12:00:00Z",
		});
		const [alone] = groupConcerns(concernsOf([lost("a", "one", "3")], []));
		expect(alone?.reason).toContain("https://forge.test/one.git");
	});

	it("is a policy that decides nothing", () => {
		const map = (name: string, namespace: string, status?: string): ConfigMap => ({
			metadata: {
				name,
				namespace,
				labels: { "openpolicyagent.org/policy": "rego" },
				annotations: status ? { "openpolicyagent.org/kube-mgmt-status": status } : {},
			},
		});
		const policies = policiesOf([
			map("stray", "default"),
			map("broken", "pave-system", '{"status":"error","error":"limits.rego:3: unexpected }"}'),
			map("good", "pave-system", '{"status":"ok"}'),
		]);
		expect(concernsOf([], policies)).toMatchObject([
			{ name: "broken", state: "fail", reason: "limits.rego:3: unexpected }" },
			{ name: "stray", state: "warn", reason: expect.stringContaining("this one is in default") },
		]);
	});
});

describe("rollouts that need attention", () => {
	it("refuse something soon: how many objects, and from when at the earliest", () => {
		const held = (name: string, enforcedFrom?: string): PolicyReport => ({
			metadata: { name, namespace: "shop" },
			scope: { kind: "Deployment", name, namespace: "shop" },
			results: ["limits", "tags"].map((policy) => ({
				policy,
				result: "warn",
				properties: { enforcement: "warn", rollout: "strict", ...(enforcedFrom ? { enforcedFrom } : {}) },
			})),
		});
		const reports = [held("a", "2026-12-24T10:00:00Z"), held("b", "2026-12-04T10:00:00Z"), held("undated")];
		expect(comingOf(violationsOf(reports, () => "shop"))).toMatchObject([
			{
				name: "strict",
				state: "warn",
				word: "Changes of 2 objects will be refused",
				reason: "limits, tags",
				since: "2026-12-04T10:00:00Z",
			},
		]);
	});

	it("name the gate instead of a time that lets nothing, and come nearest first", () => {
		const held = (rollout: string, environment: string, more: Record<string, string>): PolicyReport => ({
			metadata: { name: rollout, namespace: "shop" },
			scope: { kind: "Deployment", name: rollout, namespace: "shop" },
			results: [
				{
					policy: "limits",
					result: "warn",
					properties: { enforcement: "warn", rollout, environment, ...more },
				},
			],
		});
		const from = "2026-12-24T10:00:00Z";
		const reports = [
			held("late", "all", { enforcedFrom: from }),
			held("soon", "all", { enforcedFrom: "2026-12-04T10:00:00Z" }),
			held("over", "production", { due: "true" }),
		];
		const gated = (name: string, environment: string): PolicyRollout => ({
			metadata: { name },
			status: { environments: [{ name: environment, stage: "Warn", violations: 9, allowed: 0 }] },
		});
		const violations = violationsOf(reports, () => "shop");
		const words = (rollouts: PolicyRollout[]) =>
			comingOf(violations, rollouts).map((c) => [c.name, c.word.replace(/.*will/, ""), c.since]);
		expect(words([gated("over", "production"), gated("soon", "all")])).toEqual([
			["over", " be refused once the gate opens", undefined],
			["soon", " be refused once the gate opens", undefined],
			["late", " be refused", from],
		]);
		expect(comingOf(violations, [gated("soon", "all")])[1]?.reason).toBe(
			"limits; all has 9 violations, at most 0 may be left",
		);
		expect(words([])[0]).toEqual(["over", " be refused at any time", undefined]);
	});

	it("wait for nobody's word but mine", () => {
		const environment = (name: string, waits: string[]) => ({ name, stage: "Warn" as const, waits });
		const rollout: PolicyRollout = {
			metadata: { name: "strict" },
			spec: { approval: "Manual" },
			status: {
				environments: [
					environment("staging", ["approval of Enforce"]),
					environment("production", ["3 violations left, at most 0 may be", "approval of Enforce"]),
				],
			},
		};
		expect(askedOf([rollout]).map((c) => c.reason)).toEqual(["staging may move on to Enforce"]);
	});
});
