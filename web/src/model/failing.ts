/** How workloads are, each with the pods below it as one: what somebody without applications looks at first. */
import { refOf } from "../api/resources.ts";
import type { Obj, Ref, Workload } from "../api/types.ts";
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

/** The workload that a pod is of: its owner, or for a ReplicaSet's the Deployment, whose name it begins with. */
function ownerNames(pod: Workload): string[] {
	return (pod.metadata.ownerReferences ?? []).flatMap(({ kind, name }) =>
		kind === "ReplicaSet"
			? [`ReplicaSet/${name}`, `Deployment/${name.slice(0, name.lastIndexOf("-"))}`]
			: [`${kind}/${name}`],
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
		if (!its || part.metadata.deletionTimestamp || its.state === of.state) continue;
		if (worse(its.state, of.state) === its.state) of = its;
	}
	return { ...of, ready: own.ready, wanted: own.wanted };
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

/** Of each workload, and of each pod that belongs to none of them; worst first. */
export function standingsOf(workloads: readonly Workload[]): Standing[] {
	const key = (w: Workload, name: string) => `${w.metadata.namespace ?? ""} ${name}`;
	const pods = workloads.filter((w) => w.kind === "Pod");
	const others = workloads.filter((w) => w.kind !== "Pod" && !isBetween(w));
	const known = new Set(others.map((w) => key(w, `${w.kind}/${w.metadata.name}`)));
	const parts = new Map<string, Workload[]>();
	const alone: Workload[] = [];
	for (const pod of pods) {
		const owner = ownerNames(pod)
			.map((name) => key(pod, name))
			.find((name) => known.has(name));
		if (owner === undefined) alone.push(pod);
		else parts.set(owner, [...(parts.get(owner) ?? []), pod]);
	}
	return [...others, ...alone]
		.map((w) => standing(w, parts.get(key(w, `${w.kind}/${w.metadata.name}`)) ?? []))
		.sort(
			(a, b) =>
				worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state) || a.ref.name.localeCompare(b.ref.name),
		);
}

export function isFailing(s: Standing): boolean {
	return s.state === "fail" || s.state === "warn";
}
