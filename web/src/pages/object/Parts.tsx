import { useMemo } from "react";
import { refOf, resources, streamId } from "../../api/resources.ts";
import type { Obj, Workload } from "../../api/types.ts";
import type { Snapshot } from "../../live/fold.ts";
import { mergeSnapshots, useStreams } from "../../live/hooks.ts";
import { descendants } from "../../model/chain.ts";
import { worstFirst } from "../../model/state.ts";
import { sentence } from "../../model/text.ts";
import { isSpent } from "../../model/tree.ts";
import { newestFirst, workloadState } from "../../model/workload.ts";
import { Ago } from "../../ui/Ago.tsx";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { Card } from "../../ui/Card.tsx";
import { Once } from "../../ui/Reach.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Parts.module.css";

const streams = [resources.jobs, resources.replicaSets, resources.pods].map(streamId);
const none: string[] = [];
const makers = new Set([
	"Deployment",
	"ReplicaSet",
	"ReplicationController",
	"StatefulSet",
	"DaemonSet",
	"Job",
	"CronJob",
]);
const shown = 8;

export function hasParts(kind: string | undefined): boolean {
	return makers.has(kind ?? "");
}

/** What a workload made: its pods, and what stands between. */
export function useParts(object: Obj): Snapshot<Workload> {
	const snapshots = useStreams(hasParts(object.kind) ? streams : none);
	return useMemo(() => {
		const all = mergeSnapshots(snapshots) as Snapshot<Workload>;
		return { ...all, items: descendants(object, all.items).filter((o) => !isSpent(o)) };
	}, [object, snapshots]);
}

/** Its pods, the worst first, each with what it says. */
export function PodCard({ parts }: { parts: Snapshot<Workload> }) {
	const pods = useMemo(() => {
		const at = (pod: Workload) => worstFirst.indexOf(workloadState(pod)?.state ?? "unknown");
		return newestFirst(parts.items.filter((p) => p.kind === "Pod")).sort((a, b) => at(a) - at(b));
	}, [parts]);
	return (
		<Card title="Pods" aside={pods.length || null} flush={pods.length > 0}>
			{pods.length === 0 ? (
				<Once snapshot={parts} what="Pods">
					<p className="dim">It has no pods now.</p>
				</Once>
			) : null}
			<ul className={css.pods}>
				{pods.slice(0, shown).map((pod) => {
					const { state = "unknown", word = "", message = "" } = workloadState(pod) ?? {};
					return (
						<li key={pod.metadata.uid} className={css.pod}>
							<StateIcon state={state} label={word} />
							<div className={css.text}>
								<ObjectLink target={refOf({ ...pod, apiVersion: "v1" })}>{pod.metadata.name}</ObjectLink>
								<span className="small dim">{[word, sentence(message)].filter(Boolean).join(": ")}</span>
							</div>
							<span className="small dim">
								<Ago at={pod.metadata.creationTimestamp} />
							</span>
						</li>
					);
				})}
			</ul>
			{pods.length > shown ? <p className={css.more}>and {pods.length - shown} more</p> : null}
		</Card>
	);
}
