import { describe, expect, it } from "vitest";
import type { Workload } from "../api/types.ts";
import { isFailing, standingsOf, stateWithPods } from "./failing.ts";

const deployment = (name: string, ready: number): Workload => ({
	apiVersion: "apps/v1",
	kind: "Deployment",
	metadata: { name, namespace: "billing", uid: name },
	spec: { replicas: 1 },
	status: { readyReplicas: ready, updatedReplicas: 1 },
});

const pod = (name: string, owner: string | undefined, waiting?: string): Workload => ({
	apiVersion: "v1",
	kind: "Pod",
	metadata: {
		name,
		namespace: "billing",
		uid: name,
		ownerReferences: owner ? [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: owner }] : [],
	},
	spec: { containers: [{ name: "app" }] },
	status: {
		phase: "Running",
		containerStatuses: [
			{
				name: "app",
				ready: !waiting,
				state: waiting ? { waiting: { reason: waiting, message: "back-off" } } : { running: {} },
			},
		],
	},
});

describe("standings", () => {
	it("says of a deployment what is wrong with its pods", () => {
		const all = standingsOf([
			deployment("invoices", 0),
			pod("invoices-7d9f-x", "invoices-7d9f", "CrashLoopBackOff"),
			deployment("ledger", 1),
			pod("ledger-1-y", "ledger-1"),
		]);
		expect(all.map((s) => [s.ref.name, s.state, s.word])).toEqual([
			["invoices", "fail", "CrashLoopBackOff"],
			["ledger", "ok", "Running"],
		]);
		expect(all.filter(isFailing)).toHaveLength(1);
	});

	it("keeps pods that belong to nothing, and does not mix names that begin alike", () => {
		const all = standingsOf([
			deployment("api", 1),
			pod("api-admin-1-z", "api-admin-1", "ImagePullBackOff"),
			pod("lone", undefined),
		]);
		expect(all.map((s) => `${s.ref.kind} ${s.ref.name} ${s.state}`)).toEqual([
			"Pod api-admin-1-z fail",
			"Deployment api ok",
			"Pod lone ok",
		]);
	});

	it("says why a roll-out is stuck, in the words of the pod that keeps it", () => {
		const stuck = deployment("api", 1);
		const message = 'ReplicaSet "api-2" has timed out progressing.';
		stuck.status = {
			...stuck.status,
			conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message }],
		};
		const all = [stuck, pod("api-1-a", "api-1"), pod("api-2-b", "api-2", "CrashLoopBackOff")];
		expect(standingsOf(all)[0]).toMatchObject({ word: "CrashLoopBackOff", message: `back-off. ${message}` });
		expect(stateWithPods(all)(stuck)).toMatchObject({ state: "fail", word: "CrashLoopBackOff", ready: 1 });
		expect(stateWithPods([stuck])(stuck)?.word).toBe("Roll-out stuck");
	});

	it("leaves pods alone that are on their way out", () => {
		const leaving = pod("api-1-a", "api-1", "CrashLoopBackOff");
		leaving.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
		expect(standingsOf([deployment("api", 1), leaving])[0]?.state).toBe("ok");
	});
});
