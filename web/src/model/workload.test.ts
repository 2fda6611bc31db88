import { describe, expect, it } from "vitest";
import type { Obj, Workload } from "../api/types.ts";
import { containersOf, isBetween, restartsOf, shortImage, workloadState } from "./workload.ts";

function make(kind: string, spec: Workload["spec"], status: Workload["status"], meta: object = {}): Obj {
	return { kind, metadata: { name: "x", ...meta }, spec, status } as Workload;
}

const state = (obj: Obj) => {
	const c = workloadState(obj);
	return c && [c.state, c.word];
};

const one = { containers: [{ name: "a", image: "a:1" }] };

describe("what keeps pods", () => {
	it("counts as a workload where nothing made it", () => {
		const made = { ownerReferences: [{ kind: "Deployment", name: "web", uid: "1", controller: true }] };
		expect(isBetween(make("ReplicaSet", {}, {}, made))).toBe(true);
		expect(isBetween(make("ReplicaSet", {}, {}))).toBe(false);
		expect(isBetween(make("Pod", {}, {}, made))).toBe(false);
	});

	it("is told alike, old and new", () => {
		const status = { readyReplicas: 1 };
		expect(state(make("ReplicationController", { replicas: 1 }, status))).toEqual(["ok", "Running"]);
		expect(state(make("ReplicaSet", { replicas: 2 }, status))).toEqual(["progress", "Starting"]);
	});
});

describe("pods", () => {
	it.each<[string, Workload["status"], string[]]>([
		["ready", { phase: "Running", containerStatuses: [{ name: "a", ready: true }] }, ["ok", "Running"]],
		[
			"crash loop",
			{
				phase: "Running",
				containerStatuses: [{ name: "a", ready: false, state: { waiting: { reason: "CrashLoopBackOff" } } }],
			},
			["fail", "CrashLoopBackOff"],
		],
		[
			"image cannot be pulled",
			{
				phase: "Pending",
				containerStatuses: [{ name: "a", ready: false, state: { waiting: { reason: "ImagePullBackOff" } } }],
			},
			["fail", "ImagePullBackOff"],
		],
		[
			"being created",
			{
				phase: "Pending",
				containerStatuses: [{ name: "a", ready: false, state: { waiting: { reason: "ContainerCreating" } } }],
			},
			["progress", "ContainerCreating"],
		],
		[
			"ended badly",
			{
				phase: "Running",
				containerStatuses: [
					{ name: "a", ready: false, state: { terminated: { reason: "OOMKilled", exitCode: 137 } } },
				],
			},
			["fail", "OOMKilled"],
		],
		["evicted", { phase: "Failed", reason: "Evicted" }, ["fail", "Evicted"]],
		["done", { phase: "Succeeded" }, ["ok", "Completed"]],
		["new", {}, ["progress", "Pending"]],
	])("%s", (_name, status, wanted) => {
		expect(state(make("Pod", one, status))).toEqual(wanted);
	});

	it("on its way out is progressing, whatever else it says", () => {
		const pod = make("Pod", one, { phase: "Running" }, { deletionTimestamp: "2026-11-25T00:00:00Z" });
		expect(state(pod)).toEqual(["progress", "Terminating"]);
	});
});

describe("controllers", () => {
	const full = { replicas: 3, readyReplicas: 3, updatedReplicas: 3, observedGeneration: 2 };
	it.each<[string, Workload["spec"], Workload["status"], string[]]>([
		["all there", { replicas: 3 }, full, ["ok", "Running"]],
		["one missing", { replicas: 3 }, { ...full, readyReplicas: 2 }, ["progress", "Starting"]],
		["rolling out", { replicas: 3 }, { ...full, updatedReplicas: 1 }, ["progress", "Rolling out"]],
		["not looked at yet", { replicas: 3 }, { ...full, observedGeneration: 1 }, ["progress", "Rolling out"]],
		["paused", { replicas: 3, paused: true }, full, ["paused", "Paused"]],
		["to zero", { replicas: 0 }, { observedGeneration: 2 }, ["ok", "Scaled to zero"]],
		[
			"stuck",
			{ replicas: 3 },
			{
				...full,
				readyReplicas: 1,
				conditions: [{ type: "Progressing", reason: "ProgressDeadlineExceeded" }],
			},
			["fail", "Stuck"],
		],
		[
			"stuck, while what was before still runs",
			{ replicas: 3 },
			{ ...full, conditions: [{ type: "Progressing", reason: "ProgressDeadlineExceeded" }] },
			["fail", "Roll-out stuck"],
		],
		[
			"refused by a quota or policy",
			{ replicas: 3 },
			{ ...full, conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" }] },
			["fail", "FailedCreate"],
		],
	])("%s", (_name, spec, status, wanted) => {
		expect(state(make("Deployment", spec, status, { generation: 2 }))).toEqual(wanted);
	});

	it("jobs are done, running or failed", () => {
		const done = { succeeded: 1, conditions: [{ type: "Complete", status: "True" }] };
		const failed = { conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded" }] };
		expect(state(make("Job", {}, done))).toEqual(["ok", "Completed"]);
		expect(state(make("Job", {}, failed))).toEqual(["fail", "BackoffLimitExceeded"]);
		expect(state(make("Job", {}, { active: 1 }))).toEqual(["progress", "Running"]);
	});

	it("has nothing to say of other kinds", () => {
		expect(workloadState({ kind: "ConfigMap", metadata: { name: "x" } })).toBeUndefined();
	});
});

it("reads images and restarts", () => {
	expect(shortImage("registry.internal.company.com/team/app:1.2@sha256:0123abcd")).toBe("app:1.2");
	expect(shortImage("app")).toBe("app");
	const pod = make("Pod", one, {
		containerStatuses: [
			{ name: "a", restartCount: 2 },
			{ name: "b", restartCount: 3 },
		],
	});
	expect(restartsOf(pod)).toBe(5);
	expect(containersOf(make("Deployment", { template: { spec: one } }, {}))).toEqual(one.containers);
});
