import { describe, expect, it } from "vitest";
import type { Plan, Why } from "./types.ts";
import {
	changeOf,
	clauses,
	factText,
	groupPlans,
	pendingChanges,
	planReason,
	planState,
	planText,
	planTitle,
} from "./why.ts";

const self = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "shop" };
const web = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
const quiet = (reason: string): Plan => ({ controller: "c", reason, changes: [] });

describe("why", () => {
	it("tells of what was refused", () => {
		const plan: Plan = {
			controller: "kubectl-edit",
			deed: true,
			user: "mara",
			refused: [{ message: "at most 5" }],
			changes: [{ action: "update", object: web }],
		};
		expect(planTitle(plan)).toBe("mara with kubectl-edit was not allowed to update it");
		expect(planState(plan, true)).toBe("fail");
		const ofStatus = [{ action: "update", object: web, diff: [{ path: "status.replicas", from: 1, to: 2 }] }];
		expect(groupPlans([{ ...plan, changes: ofStatus }])[0]?.quiet).toBe(false);
	});

	it("takes from the newest plan what it would do to others", () => {
		const why: Why = {
			object: self,
			plans: [
				{
					controller: "c",
					changes: [
						{ action: "update", object: self },
						{ action: "status", object: web },
						{ action: "update", object: web, diff: [{ path: "spec.replicas", from: 1, to: 2 }] },
					],
				},
				{ controller: "c", changes: [{ action: "delete", object: { ...web, name: "old" } }] },
			],
		};
		const changes = pendingChanges(why);
		expect(changes.map((c) => `${c.action} ${c.object.name}`)).toEqual(["update web"]);
		expect(
			changeOf(changes, {
				group: "apps",
				version: "v1beta1",
				kind: "Deployment",
				namespace: "shop",
				name: "web",
			}),
		).toBe(changes[0]);
		expect(pendingChanges(undefined)).toEqual([]);
	});

	it("prefers differences, which are there whether or not anything is done about them", () => {
		const differences = [
			{ action: "missing", object: web },
			{ action: "extra", object: { ...web, name: "old" } },
			{ action: "differs", object: { ...web, name: "api" } },
		];
		const why: Why = {
			object: self,
			plans: [{ controller: "c", differences, changes: [{ action: "update", object: self }] }],
		};
		expect(pendingChanges(why).map((c) => `${c.action} ${c.object.name}`)).toEqual([
			"create web",
			"delete old",
			"update api",
		]);
	});

	it("tells turns in a row that did nothing as one", () => {
		const loud: Plan = { ...quiet("a"), changes: [{ action: "update", object: web }] };
		const status: Plan = {
			...quiet("c"),
			changes: [{ action: "update", object: self, diff: [{ path: "status.ready", from: 1, to: 2 }] }],
		};
		const groups = groupPlans([
			quiet("a"),
			status,
			quiet("b"),
			loud,
			loud,
			quiet("b"),
			{ ...quiet("b"), controller: "d" },
		]);
		expect(groups.map((g) => g.times)).toEqual([3, 1, 1, 1, 1]);
		expect(groups.map((g) => g.quiet)).toEqual([true, false, false, true, true]);
	});

	it("shows what differs now, and not what differed once", () => {
		const differs: Plan = { ...quiet("a"), differences: [{ action: "missing", object: web }] };
		expect(groupPlans([differs, differs]).map((g) => g.quiet)).toEqual([false, true]);
		expect(groupPlans([{ controller: "c", error: "no" }])[0]?.quiet).toBe(false);
		expect(groupPlans([{ controller: "c", waitingFor: ["git"] }])[0]?.quiet).toBe(false);
	});

	it("always has something to say", () => {
		expect(planText({ controller: "c", summary: "s", reason: "r" })).toBe("r");
		expect(planText({ controller: "c", summary: "s" })).toBe("s");
		expect(planText({ controller: "c", waitingFor: ["git"] })).toBe("Waiting for facts");
		expect(planText({ controller: "c" })).toBe("Nothing to change");
		expect(planText({ controller: "c", error: { message: "no such repository" } })).toBe("It failed");
	});

	it("takes what is said apart, but nothing that is quoted", () => {
		expect(
			clauses(
				'out of sync from commit 52 "Fix; again"; start it (`a; b`, or else; by hand); made 2m ago by x',
			),
		).toEqual([
			'out of sync from commit 52 "Fix; again"',
			"start it (`a; b`, or else; by hand)",
			"made 2m ago by x",
		]);
		expect(clauses('a "b; c')).toEqual(['a "b', "c"]);
		expect(clauses("")).toEqual([]);
	});

	it("does not call it fine that something differs and nothing is done", () => {
		const differences = [{ action: "missing", object: web }];
		const left: Plan = { controller: "c", reason: "OutOfSync at 52", differences, changes: [] };
		expect([planState(left, true), planTitle(left), planReason(left)]).toEqual([
			"warn",
			"c looked, and changed nothing",
			"OutOfSync at 52",
		]);
		const synced: Plan = { ...left, changes: [{ action: "create", object: web }] };
		expect([planState(synced, true), planTitle(synced), planReason(synced)]).toEqual([
			"ok",
			"OutOfSync at 52",
			"",
		]);
		expect(planState({ controller: "c", error: "no" }, false)).toBe("fail");
		expect(planState({ controller: "c", waitingFor: ["git"] }, true)).toBe("progress");
		expect(planState({ controller: "c", waitingFor: ["git"] }, false)).toBe("ok");
	});

	it("begins with a capital, but for names", () => {
		expect(planTitle({ controller: "deployment", reason: "new template" })).toBe("New template");
		const deed: Plan = {
			controller: "argocd-controller",
			deed: true,
			changes: [{ action: "create", object: web }],
		};
		expect(planTitle(deed)).toBe("argocd-controller made it");
	});

	it("tells who did what to it, and to whom a turn of its own is left", () => {
		const changes = [{ action: "update", object: web }];
		const deed: Plan = {
			controller: "argocd-controller",
			deed: true,
			by: { kind: "Application", namespace: "argocd", name: "loc" },
			undid: "a hand edit by eve (kubectl-edit)",
			reason: "selfHeal",
			changes,
		};
		expect(planText(deed)).toBe(
			"Application argocd/loc put it back, against a hand edit by eve (kubectl-edit), because selfHeal",
		);
		expect(planText({ controller: "kubectl", deed: true, user: "eve", changes })).toBe(
			"eve with kubectl changed it",
		);
		expect(
			planText({ ...deed, undid: undefined, reason: undefined, by: { kind: "Application", hidden: true } }),
		).toBe("An object you may not read (Application) changed it");
		const own: Plan = { controller: "c", changes: [{ action: "delete", object: web }] };
		expect(pendingChanges({ object: self, plans: [deed, own] }).map((c) => c.action)).toEqual(["delete"]);
	});

	it("counts what the server counted", () => {
		expect(groupPlans([{ controller: "c", error: "no", times: 11 }])[0]?.times).toBe(11);
	});

	it("writes facts for people", () => {
		expect(factText('git-tree {"path":"a","repo":"r","recurse":false}')).toBe("git-tree path=a repo=r");
		expect(factText("clock")).toBe("clock");
		expect(factText("x {broken")).toBe("x {broken");
	});
});
