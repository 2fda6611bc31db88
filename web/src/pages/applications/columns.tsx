import type { Application } from "../../api/types.ts";
import { isElsewhere } from "../../model/apps.ts";
import { deployedOf } from "../../model/deployed.ts";
import { appHref } from "../../model/links.ts";
import type { Facet } from "../../model/list.ts";
import type { OwnerIndex } from "../../model/owners.ts";
import { healthState, syncState, worstFirst } from "../../model/state.ts";
import { instant } from "../../model/time.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { Commit } from "../../ui/Commit.tsx";
import type { Column } from "../../ui/list/column.ts";
import { MiddleFit } from "../../ui/Middle.tsx";
import { StateText } from "../../ui/StateIcon.tsx";
import { SyncText, syncWord } from "../../ui/Sync.tsx";
import css from "../catalog/Catalog.module.css";

export interface AppRow {
	key: string;
	app: Application;
	name: string;
	health: string;
	sync: string;
	team: string;
	namespace: string;
	source: string;
	revision: string;
	deployedAt: string | undefined;
	policy: string;
	project: string;
	/** "" where all are deployed to this one. */
	cluster: string;
	/** The ApplicationSet that made it. */
	set: string;
}

const here = "this cluster";

function clusterOf(app: Application): string {
	const { server, name } = app.spec?.destination ?? {};
	return isElsewhere(app) ? name || server || "" : here;
}

export function appRows(apps: readonly Application[], owners: OwnerIndex): AppRow[] {
	const many = apps.some((app) => clusterOf(app) !== here);
	return apps.map((app) => {
		const source = app.spec?.source ?? app.spec?.sources?.[0];
		const automated = app.spec?.syncPolicy?.automated;
		const { name, namespace } = app.metadata;
		const deployed = deployedOf(app);
		return {
			key: `${namespace}/${name}`,
			app,
			name,
			health: app.status?.health?.status ?? "Unknown",
			sync: app.status?.sync?.status ?? "Unknown",
			team: owners.find({ group: "argoproj.io", kind: "Application", namespace, name }) ?? "",
			namespace: app.spec?.destination?.namespace ?? "",
			source: source?.path || source?.chart || source?.repoURL || "",
			revision: deployed.revision || (deployed.newer?.revision ?? ""),
			deployedAt: deployed.at,
			project: app.spec?.project ?? "default",
			cluster: many ? clusterOf(app) : "",
			set: app.metadata.ownerReferences?.find((o) => o.kind === "ApplicationSet")?.name ?? "",
			policy: automated && automated.enabled !== false ? "Automated" : "By hand",
		};
	});
}

export const columns: readonly Column<AppRow>[] = [
	{
		id: "name",
		header: "Name",
		phone: true,
		min: 9,
		grow: 2,
		cell: (r) => (
			<Go href={appHref(r.app.metadata.namespace, r.name)} className={css.link}>
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
		value: (r) => `${worstFirst.indexOf(healthState(r.health))} ${r.health} ${r.name}`,
	},
	{
		id: "sync",
		header: "Sync",
		phone: true,
		rem: 7,
		cell: (r) => <SyncText sync={r.sync} />,
		value: (r) => `${worstFirst.indexOf(syncState(r.sync))} ${r.name}`,
	},
	{ id: "team", header: "Team", min: 6.25, grow: 1, value: (r) => r.team },
	{ id: "namespace", header: "Namespace", min: 6.25, grow: 1, value: (r) => r.namespace },
	{ id: "cluster", header: "Cluster", min: 7, grow: 1, drop: 2, value: (r) => r.cluster },
	{
		id: "source",
		header: "Source",
		min: 10,
		grow: 1.8,
		drop: 1,
		cell: (r) => <code>{r.source}</code>,
		value: (r) => r.source,
	},
	{
		id: "revision",
		header: "Commit",
		rem: 9.5,
		cell: (r) => <Commit app={r.app} />,
		value: (r) => r.revision,
	},
	{
		id: "deployed",
		header: "Deployed",
		align: "end",
		rem: 5.75,
		cell: (r) => <Ago at={r.deployedAt} />,
		value: (r) => -(instant(r.deployedAt) ?? 0),
	},
	{ id: "project", header: "Project", min: 6.25, grow: 1, extra: true, value: (r) => r.project },
	{ id: "set", header: "Made by", min: 7, grow: 1, extra: true, value: (r) => r.set },
	{ id: "policy", header: "Sync policy", rem: 7, extra: true, value: (r) => r.policy },
];

export const facets: readonly Facet<AppRow>[] = [
	{
		id: "health",
		label: "Health",
		of: (r) => [r.health],
		order: ["Degraded", "Missing", "Progressing", "Unknown", "Suspended", "Healthy"],
	},
	{
		id: "sync",
		label: "Sync",
		of: (r) => [r.sync],
		name: (sync) => syncWord(sync),
		order: ["OutOfSync", "Unknown", "Synced"],
	},
	{ id: "team", label: "Team", of: (r) => (r.team ? [r.team] : []) },
	{ id: "namespace", label: "Namespace", of: (r) => (r.namespace ? [r.namespace] : []) },
	{ id: "cluster", label: "Cluster", of: (r) => (r.cluster ? [r.cluster] : []) },
	{ id: "project", label: "Project", of: (r) => [r.project], open: false },
	{ id: "set", label: "Made by", of: (r) => (r.set ? [r.set] : []), open: false },
	{ id: "policy", label: "Sync policy", of: (r) => [r.policy] },
];

export function searchText(row: AppRow): string {
	return [row.name, row.team, row.namespace, row.source, row.health, row.sync].join(" ");
}
