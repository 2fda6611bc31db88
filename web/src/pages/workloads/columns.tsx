import { refOf } from "../../api/resources.ts";
import type { Ref, Workload } from "../../api/types.ts";
import { stateWithPods } from "../../model/failing.ts";
import { objectHref } from "../../model/links.ts";
import type { Facet } from "../../model/list.ts";
import type { OwnerIndex } from "../../model/owners.ts";
import { type State, worstFirst } from "../../model/state.ts";
import { instant } from "../../model/time.ts";
import { containersOf, isBetween, restartsOf, shortImage } from "../../model/workload.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import type { Column } from "../../ui/list/column.ts";
import { MiddleFit } from "../../ui/Middle.tsx";
import { StateText } from "../../ui/StateIcon.tsx";
import { Tip } from "../../ui/Tip.tsx";
import css from "../catalog/Catalog.module.css";

export interface WorkloadRow {
	key: string;
	ref: Ref;
	name: string;
	kind: string;
	namespace: string;
	team: string;
	state: State;
	word: string;
	message: string;
	ready: number;
	wanted: number;
	restarts: number;
	images: string;
	created: string | undefined;
}

/** A pod belongs to whom its workload belongs: "booking-api-7d9f-x2x9k" to booking-api. */
function teamOf(w: Workload, owners: OwnerIndex): string {
	const id = w.metadata.labels?.["backstage.io/kubernetes-id"] ?? w.metadata.labels?.app;
	return owners.find({ ...refOf(w), name: id ?? w.metadata.name }) ?? "";
}

export function workloadRows(workloads: readonly Workload[], owners: OwnerIndex): WorkloadRow[] {
	const stateOf = stateWithPods(workloads);
	return workloads
		.filter((w) => !isBetween(w))
		.map((w) => {
			const condensed = stateOf(w);
			const ref = refOf(w);
			return {
				key: w.metadata.uid ?? `${ref.kind}/${ref.namespace}/${ref.name}`,
				ref,
				name: w.metadata.name,
				kind: w.kind ?? "",
				namespace: w.metadata.namespace ?? "",
				team: teamOf(w, owners),
				state: condensed?.state ?? "unknown",
				word: condensed?.word ?? "Unknown",
				message: condensed?.message ?? "",
				ready: condensed?.ready ?? 0,
				wanted: condensed?.wanted ?? 0,
				restarts: restartsOf(w),
				images: containersOf(w)
					.map((c) => shortImage(c.image ?? ""))
					.join(", "),
				created: w.metadata.creationTimestamp,
			};
		});
}

export const columns: readonly Column<WorkloadRow>[] = [
	{
		id: "name",
		header: "Name",
		phone: true,
		min: 11,
		grow: 3,
		cell: (r) => (
			<span className={css.name}>
				<KindIcon kind={r.kind} />
				<Go href={objectHref(r.ref)} className={css.link}>
					<MiddleFit text={r.name} tail={6} />
				</Go>
			</span>
		),
		value: (r) => r.name,
	},
	{
		id: "kind",
		header: "Kind",
		rem: 6.75,
		cell: (r) => <MiddleFit text={r.kind} tail={5} />,
		value: (r) => r.kind,
	},
	{
		id: "state",
		header: "State",
		phone: true,
		rem: 9.75,
		cell: (r) => (
			<Tip label={r.message || undefined}>
				<span>
					<StateText state={r.state}>{r.word}</StateText>
				</span>
			</Tip>
		),
		value: (r) => `${worstFirst.indexOf(r.state)} ${r.kind} ${r.name}`,
	},
	{
		id: "ready",
		header: "Ready",
		rem: 4,
		align: "end",
		cell: (r) => (r.wanted > 0 ? `${r.ready}/${r.wanted}` : null),
		value: (r) => (r.wanted > 0 ? r.ready / r.wanted : 2),
	},
	{
		id: "restarts",
		header: "Restarts",
		align: "end",
		rem: 5.25,
		cell: (r) => (r.kind === "Pod" ? r.restarts : null),
		value: (r) => r.restarts,
	},
	{ id: "namespace", header: "Namespace", min: 6.25, grow: 0.6, value: (r) => r.namespace },
	{ id: "team", header: "Team", grow: 1, extra: true, value: (r) => r.team },
	{
		id: "image",
		header: "Image",
		min: 10,
		grow: 1.6,
		drop: 1,
		cell: (r) => <MiddleFit text={r.images} tail={9} />,
		value: (r) => r.images,
	},
	{
		id: "age",
		header: "Created",
		align: "end",
		rem: 6,
		cell: (r) => <Ago at={r.created} />,
		value: (r) => -(instant(r.created) ?? 0),
	},
];

export const facets: readonly Facet<WorkloadRow>[] = [
	{ id: "kind", label: "Kind", of: (r) => [r.kind] },
	{ id: "state", label: "State", of: (r) => [r.word] },
	{ id: "namespace", label: "Namespace", of: (r) => (r.namespace ? [r.namespace] : []) },
	{ id: "team", label: "Team", of: (r) => (r.team ? [r.team] : []) },
];

export function searchText(row: WorkloadRow): string {
	return [row.name, row.kind, row.namespace, row.team, row.images, row.word].join(" ");
}
