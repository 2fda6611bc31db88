/** How a workload is doing, in the words of its kind. */
import type { Container, ContainerStatus, Obj, Workload } from "../api/types.ts";
import type { State } from "./state.ts";
import { instant } from "./time.ts";

export interface Condensed {
	state: State;
	/** One or two words. */
	word: string;
	message?: string;
	/** It does not come further, and its pods may say why. */
	stuck?: boolean;
	ready: number;
	wanted: number;
}

const badWaits = new Set([
	"CrashLoopBackOff",
	"ImagePullBackOff",
	"ErrImagePull",
	"InvalidImageName",
	"CreateContainerConfigError",
	"CreateContainerError",
	"RunContainerError",
]);

function condition(workload: Workload, type: string) {
	return workload.status?.conditions?.find((c) => c.type === type);
}

function podTrouble(status: ContainerStatus): { word: string; message?: string } | undefined {
	const waiting = status.state?.waiting;
	if (waiting?.reason && badWaits.has(waiting.reason)) {
		const last = status.lastState?.terminated?.reason;
		return { word: waiting.reason, message: last ? `${last}: ${waiting.message ?? ""}` : waiting.message };
	}
	const ended = status.state?.terminated;
	if (ended && ended.exitCode !== 0) return { word: ended.reason ?? "Error", message: ended.message };
	return undefined;
}

function podState(pod: Workload): Condensed {
	const statuses = pod.status?.containerStatuses ?? [];
	const wanted = pod.spec?.containers?.length ?? statuses.length;
	const ready = statuses.filter((s) => s.ready).length;
	const counts = { ready, wanted };
	const phase = pod.status?.phase ?? "Pending";
	if (pod.metadata.deletionTimestamp) return { state: "progress", word: "Terminating", ...counts };
	if (phase === "Succeeded") return { state: "ok", word: "Completed", ...counts };
	const trouble = statuses.map(podTrouble).find((t) => t);
	if (trouble) return { state: "fail", ...trouble, ...counts };
	if (phase === "Failed")
		return { state: "fail", word: pod.status?.reason ?? "Failed", message: pod.status?.message, ...counts };
	if (ready === wanted && wanted > 0) return { state: "ok", word: "Running", ...counts };
	const waiting = statuses.find((s) => s.state?.waiting)?.state?.waiting;
	const unscheduled = condition(pod, "PodScheduled");
	if (unscheduled?.status === "False")
		return { state: "warn", word: "Unschedulable", message: unscheduled.message, ...counts };
	return { state: "progress", word: waiting?.reason ?? phase, message: waiting?.message, ...counts };
}

function replicaState(workload: Workload, wanted: number, ready: number, updated: number): Condensed {
	const counts = { ready, wanted };
	if (workload.spec?.paused) return { state: "paused", word: "Paused", ...counts };
	const stuck = workload.status?.conditions?.find((c) => c.reason === "ProgressDeadlineExceeded");
	if (stuck) {
		// As many as are wanted may run, of the revision before.
		const word = wanted > 0 && ready >= wanted ? "Roll-out stuck" : "Stuck";
		return { state: "fail", word, message: stuck.message, stuck: true, ...counts };
	}
	const failure = condition(workload, "ReplicaFailure");
	if (failure?.status === "True")
		return { state: "fail", word: failure.reason ?? "Failing", message: failure.message, ...counts };
	const observed = workload.status?.observedGeneration;
	const stale = observed !== undefined && observed < (workload.metadata.generation ?? 0);
	if (stale || updated < wanted) return { state: "progress", word: "Rolling out", ...counts };
	if (ready < wanted) return { state: "progress", word: "Starting", ...counts };
	return { state: "ok", word: wanted === 0 ? "Scaled to zero" : "Running", ...counts };
}

function jobState(job: Workload): Condensed {
	const wanted = job.spec?.completions ?? 1;
	const counts = { ready: job.status?.succeeded ?? 0, wanted };
	const failed = condition(job, "Failed");
	if (failed?.status === "True")
		return { state: "fail", word: failed.reason ?? "Failed", message: failed.message, ...counts };
	if (condition(job, "Complete")?.status === "True") return { state: "ok", word: "Completed", ...counts };
	if (job.spec?.suspend) return { state: "paused", word: "Suspended", ...counts };
	return { state: "progress", word: "Running", ...counts };
}

export function workloadState(obj: Obj): Condensed | undefined {
	const w = obj as Workload;
	const status = w.status ?? {};
	switch (obj.kind) {
		case "Pod":
			return podState(w);
		case "Deployment":
		case "StatefulSet":
			return replicaState(w, w.spec?.replicas ?? 1, status.readyReplicas ?? 0, status.updatedReplicas ?? 0);
		case "ReplicaSet":
		case "ReplicationController": {
			const wanted = w.spec?.replicas ?? 1;
			return replicaState(w, wanted, status.readyReplicas ?? 0, wanted);
		}
		case "DaemonSet": {
			const wanted = status.desiredNumberScheduled ?? 0;
			return replicaState(w, wanted, status.numberReady ?? 0, status.updatedNumberScheduled ?? wanted);
		}
		case "Job":
			return jobState(w);
		case "CronJob": {
			const paused = w.spec?.suspend === true;
			return {
				state: paused ? "paused" : "ok",
				word: paused ? "Suspended" : "Scheduled",
				ready: status.active ?? 0,
				wanted: 0,
			};
		}
		default:
			return undefined;
	}
}

/** Made by another workload to keep its pods (the ReplicaSets of a Deployment): a step on the way, and no workload of its own. */
export function isBetween(obj: Obj): boolean {
	const keeps = obj.kind === "ReplicaSet" || obj.kind === "ReplicationController";
	return keeps && (obj.metadata.ownerReferences?.some((owner) => owner.controller) ?? false);
}

export function restartsOf(obj: Obj): number {
	const statuses = (obj as Workload).status?.containerStatuses ?? [];
	return statuses.reduce((sum, s) => sum + (s.restartCount ?? 0), 0);
}

export function containersOf(obj: Obj): Container[] {
	const spec = (obj as Workload).spec;
	return spec?.template?.spec?.containers ?? spec?.containers ?? [];
}

/** "registry/team/app:1.2@sha256:…" → "app:1.2". */
export function shortImage(image: string): string {
	const plain = image.replace(/@sha256:[0-9a-f]+$/, "");
	return plain.slice(plain.lastIndexOf("/") + 1);
}

export function newestFirst<T extends Obj>(objects: readonly T[]): T[] {
	const at = (o: Obj) => instant(o.metadata.creationTimestamp) ?? 0;
	return [...objects].sort((a, b) => at(b) - at(a));
}
