import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { refOf } from "../../api/resources.ts";
import type { ApplicationSet } from "../../api/types.ts";
import { useLive } from "../../live/hooks.ts";
import { objectHref } from "../../model/links.ts";
import type { Facet } from "../../model/list.ts";
import { generatorsText, membersText } from "../../model/sets.ts";
import { healthState, worstFirst } from "../../model/state.ts";
import { Go } from "../../ui/Anchor.tsx";
import type { Column } from "../../ui/list/column.ts";
import { List } from "../../ui/list/List.tsx";
import { MiddleFit } from "../../ui/Middle.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Empty, Readable } from "../../ui/Reach.tsx";
import { StateText } from "../../ui/StateIcon.tsx";
import { Beside } from "../applications/Beside.tsx";
import css from "../catalog/Catalog.module.css";

interface SetRow {
	key: string;
	href: string;
	name: string;
	health: string;
	generators: string;
	count: number;
	members: string;
	project: string;
	rollout: string;
}

const example = `kubectl apply -f - <<EOF
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: teams, namespace: argocd}
spec:
  goTemplate: true
  generators:
  - git: {repoURL: https://git.example.com/deploy.git, revision: main, directories: [{path: "teams/*"}]}
  template:
    metadata: {name: "{{.path.basename}}"}
    spec:
      project: default
      source: {repoURL: https://git.example.com/deploy.git, path: "{{.path.path}}", targetRevision: main}
      destination: {server: https://kubernetes.default.svc, namespace: "{{.path.basename}}"}
      syncPolicy: {automated: {prune: true, selfHeal: true}, syncOptions: [CreateNamespace=true]}
EOF`;

function rowOf(set: ApplicationSet): SetRow {
	const count = set.status?.resourcesCount ?? set.status?.resources?.length ?? 0;
	return {
		key: `${set.metadata.namespace}/${set.metadata.name}`,
		href: objectHref({ ...refOf(set), group: "argoproj.io", kind: "ApplicationSet" }),
		name: set.metadata.name,
		health: set.status?.health?.status ?? "Unknown",
		generators: generatorsText(set),
		count,
		members: membersText(set.status?.resources ?? [], count),
		project: set.spec?.template?.spec?.project ?? "",
		rollout: set.spec?.strategy?.type === "RollingSync" ? "Step by step" : "All at once",
	};
}

const columns: readonly Column<SetRow>[] = [
	{
		id: "name",
		header: "Name",
		phone: true,
		min: 9,
		grow: 1.5,
		cell: (r) => (
			<Go href={r.href} className={css.link}>
				<MiddleFit text={r.name} tail={6} />
			</Go>
		),
		value: (r) => r.name,
	},
	{
		id: "health",
		header: "Health",
		phone: true,
		rem: 7.25,
		cell: (r) => <StateText state={healthState(r.health)}>{r.health}</StateText>,
		value: (r) => `${worstFirst.indexOf(healthState(r.health))} ${r.name}`,
	},
	{ id: "generators", header: "Made from", min: 9, grow: 1.5, value: (r) => r.generators },
	{ id: "members", header: "Makes", min: 10, grow: 1.5, cell: (r) => r.members, value: (r) => r.count },
	{ id: "project", header: "Project", min: 6, grow: 1, drop: 1, value: (r) => r.project },
	{ id: "rollout", header: "Rollout", rem: 7, drop: 2, value: (r) => r.rollout },
];

const facets: readonly Facet<SetRow>[] = [
	{
		id: "health",
		label: "Health",
		of: (r) => [r.health],
		order: ["Degraded", "Progressing", "Unknown", "Healthy"],
	},
	{ id: "generators", label: "Made from", of: (r) => r.generators.split(", ").filter(Boolean) },
	{ id: "project", label: "Project", of: (r) => (r.project ? [r.project] : []) },
	{ id: "rollout", label: "Rollout", of: (r) => [r.rollout] },
];

export function Sets() {
	const sets = useLive<ApplicationSet>("applicationSets");
	const navigate = useNavigate();
	const rows = useMemo(() => sets.items.map(rowOf), [sets.items]);
	return (
		<>
			<PageHead title="Application sets" name="Application sets">
				<Beside />
			</PageHead>
			<Readable what="application sets" snapshot={sets}>
				<List
					what="application sets"
					one="application set"
					rows={rows}
					loading={sets.state === "loading"}
					columns={columns}
					facets={facets}
					text={(r) => [r.name, r.generators, r.project, r.health].join(" ")}
					rowKey={(r) => r.key}
					onOpen={(r) => void navigate({ to: r.href as "/" })}
					sort={{ id: "health", desc: false }}
					empty={
						<Empty what="application sets" snapshot={sets} where="argocd">
							<Notice title="No application sets yet" command={example}>
								<p>
									An ApplicationSet makes an Application of each folder, cluster, repository or pull request
									that its generators find, and keeps them as its template says.
								</p>
							</Notice>
						</Empty>
					}
				/>
			</Readable>
		</>
	);
}
