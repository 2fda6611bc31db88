import { refOf } from "../../api/resources.ts";
import type { Application, Entity, Workload } from "../../api/types.ts";
import { useLive, useLiveAll } from "../../live/hooks.ts";
import { workloadsOf } from "../../model/apps.ts";
import { appHref, objectHref } from "../../model/links.ts";
import { healthState } from "../../model/state.ts";
import { containersOf, shortImage, workloadState } from "../../model/workload.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { Bones } from "../../ui/Bones.tsx";
import { Commit } from "../../ui/Commit.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { StateText } from "../../ui/StateIcon.tsx";
import { SyncText } from "../../ui/Sync.tsx";
import css from "./Entity.module.css";

const controllers = ["deployments", "statefulSets", "daemonSets", "cronJobs"] as const;

function versionOf(app: Application): string {
	const image = app.status?.summary?.images?.[0];
	return image ? (shortImage(image).split(":")[1] ?? "") : "";
}

function AppLine({ app }: { app: Application }) {
	const health = app.status?.health?.status ?? "Unknown";
	return (
		<li className={css.app}>
			<div className={css.appHead}>
				<KindIcon kind="Application" />
				<Go href={appHref(app.metadata.namespace, app.metadata.name)} className={css.strong}>
					{app.metadata.name}
				</Go>
				<span className="small dim">in {app.spec?.destination?.namespace}</span>
			</div>
			<dl className={css.figures}>
				<div>
					<dt>Version</dt>
					<dd>{versionOf(app) || <Commit app={app} />}</dd>
				</div>
				<div>
					<dt>Health</dt>
					<dd>
						<StateText state={healthState(health)}>{health}</StateText>
					</dd>
				</div>
				<div>
					<dt>Sync</dt>
					<dd>
						<SyncText sync={app.status?.sync?.status} />
					</dd>
				</div>
				<div>
					<dt>Deployed</dt>
					<dd>
						<Ago at={app.status?.history?.at(-1)?.deployedAt} />
					</dd>
				</div>
			</dl>
		</li>
	);
}

/** Where a component runs: its applications, and workloads that carry its label. */
export function Deployments({ entity, apps }: { entity: Entity; apps: readonly Application[] }) {
	const running = useLiveAll<Workload>(controllers);
	const known = useLive<Application>("applications");
	const workloads = workloadsOf(entity, running.items);
	if (apps.length === 0 && workloads.length === 0)
		return known.state === "loading" || running.state === "loading" ? (
			<Bones />
		) : (
			<p className={css.none}>
				Nothing is known to deploy it. The annotation <code>argocd/app-name</code> names its application, and{" "}
				<code>backstage.io/kubernetes-id</code> the label of its workloads.
			</p>
		);
	return (
		<ul className={css.apps}>
			{apps.map((app) => (
				<AppLine key={`${app.metadata.namespace}/${app.metadata.name}`} app={app} />
			))}
			{workloads.map((w) => {
				const condensed = workloadState(w);
				return (
					<li key={w.metadata.uid ?? w.metadata.name} className={css.workload}>
						<KindIcon kind={w.kind ?? ""} />
						<Go href={objectHref(refOf(w))}>
							{w.kind}/{w.metadata.name}
						</Go>
						<span className="small dim num">
							{condensed && condensed.wanted > 0 ? `${condensed.ready}/${condensed.wanted}` : ""}
						</span>
						<span className={css.image}>{shortImage(containersOf(w)[0]?.image ?? "")}</span>
						{condensed ? <StateText state={condensed.state}>{condensed.word}</StateText> : null}
					</li>
				);
			})}
		</ul>
	);
}
