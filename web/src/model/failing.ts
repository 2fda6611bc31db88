/** How workloads are, each with the pods below it as one: what somebody without applications looks at first. */
import { refOf } from "../api/resources.ts";
import type { Obj, Ref, Workload } from "../api/types.ts";
import { addTo } from "./groups.ts";
import { type State, worse, worstFirst } from "./state.ts";
import { type Condensed, isBetween, workloadState } from "./workload.ts";

export interface Standing {
	key: string;
	ref: Ref;
	state: State;
	/** In the words of its worst part: "CrashLoopBackOff". */
	word: string;
	message: string;
	since: string | undefined;
}

function keyOf(of: Workload, kind: string, name: string): string {
	return `${of.metadata.namespace ?? ""} ${kind}/${name}`;
}

/** The workload that a pod is of: its owner, or for a ReplicaSet's the Deployment, whose name it begins with. */
function ownersOf(pod: Workload): string[] {
	return (pod.metadata.ownerReferences ?? []).flatMap(({ kind, name }) =>
		kind === "ReplicaSet"
			? [keyOf(pod, kind, name), keyOf(pod, "Deployment", name.slice(0, name.lastIndexOf("-")))]
			: [keyOf(pod, kind, name)],
	);
}

/** How a workload is, with the pods below it as one: in the words of its worst part. */
export function standingState(w: Workload, parts: readonly Obj[]): Condensed | undefined {
	const own = workloadState(w);
	// Pods that a job is done with, and those on their way out, say nothing of it.
	if (!own || w.kind === "Job" || w.kind === "CronJob") return own;
	let of = own;
	for (const part of parts) {
		const its = workloadState(part);
		if (!its || part.metadata.deletionTimestamp) continue;
		// That a roll-out is stuck is what came of it; what its pods say is why.
		const explains = of.stuck && its.state === of.state;
		if (explains || (its.state !== of.state && worse(its.state, of.state) === its.state)) of = its;
	}
	const message = of !== own && own.stuck ? [of.message, own.message].filter(Boolean).join(". ") : of.message;
	return { ...of, message, ready: own.ready, wanted: own.wanted };
}

function standing(w: Workload, parts: readonly Workload[]): Standing {
	const unknown: Condensed = { state: "unknown", word: "Unknown", ready: 0, wanted: 0 };
	const of = standingState(w, parts) ?? unknown;
	const changed = w.status?.conditions?.map((c) => c.lastTransitionTime ?? "").sort();
	return {
		key: w.metadata.uid ?? `${w.kind}/${w.metadata.namespace}/${w.metadata.name}`,
		ref: refOf(w),
		state: of.state,
		word: of.word,
		message: of.message ?? "",
		since: changed?.at(-1) || w.metadata.creationTimestamp,
	};
}

/** The pods of each workload among them, by its key. */
function podsOf(workloads: readonly Workload[]): {
	others: Workload[];
	alone: Workload[];
	of: Map<string, Workload[]>;
} {
	const others = workloads.filter((w) => w.kind !== "Pod" && !isBetween(w));
	const known = new Set(others.map((w) => keyOf(w, w.kind ?? "", w.metadata.name)));
	const of = new Map<string, Workload[]>();
	const alone: Workload[] = [];
	for (const pod of workloads) {
		if (pod.kind !== "Pod") continue;
		const owner = ownersOf(pod).find((key) => known.has(key));
		if (owner === undefined) alone.push(pod);
		else addTo(of, owner, pod);
	}
	return { others, alone, of };
}

/** How each of them is, with the pods below it as one. */
export function stateWithPods(workloads: readonly Workload[]): (w: Workload) => Condensed | undefined {
	const { of } = podsOf(workloads);
	return (w) => standingState(w, of.get(keyOf(w, w.kind ?? "", w.metadata.name)) ?? []);
}

/** Of each workload, and of each pod that belongs to none of them; worst first. */
export function standingsOf(workloads: readonly Workload[]): Standing[] {
	const { others, alone, of } = podsOf(workloads);
	return [...others, ...alone]
		.map((w) => standing(w, of.get(keyOf(w, w.kind ?? "", w.metadata.name)) ?? []))
		.sort(
			(a, b) =>
				worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state) || a.ref.name.localeCompare(b.ref.name),
		);
}

export function isFailing(s: Standing): boolean {
	return s.state === "fail" || s.state === "warn";
}
