import type { Application } from "../../api/types.ts";
import { userName } from "../../model/person.ts";
import { retryOf } from "../../model/retry.ts";
import { phaseState } from "../../model/state.ts";
import { plural, shortRevision } from "../../model/text.ts";
import { clock, duration } from "../../model/time.ts";
import { isTrial } from "../../model/trial.ts";
import { shortImage } from "../../model/workload.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Card, Cards, Facts } from "../../ui/Card.tsx";
import { ConditionList } from "../../ui/ConditionList.tsx";
import { Middle } from "../../ui/Middle.tsx";
import { Said } from "../../ui/Said.tsx";
import { StateText } from "../../ui/StateIcon.tsx";
import css from "./Details.module.css";

function policyWords(app: Application): string {
	const automated = app.spec?.syncPolicy?.automated;
	if (!automated || automated.enabled === false) return "By hand";
	const extras = [automated.prune ? "prunes" : "", automated.selfHeal ? "heals hand edits" : ""].filter(
		Boolean,
	);
	return ["Automated", ...extras].join(", ");
}

function Operation({ app }: { app: Application }) {
	const state = app.status?.operationState;
	if (!state) return <p className="dim">No sync has run yet.</p>;
	const by = state.operation?.initiatedBy;
	const retry = retryOf(state);
	const message = retry?.reason || state.message;
	const results = state.syncResult?.resources ?? [];
	return (
		<>
			<Facts
				facts={[
					[
						"Result",
						<StateText key="p" state={retry ? "warn" : phaseState(state.phase)}>
							{isTrial(state) ? "Tried, nothing applied: " : ""}
							{retry ? `Failed ${plural(retry.failed, "time")}, tried again` : state.phase}
						</StateText>,
					],
					["Message", message ? <Said key="m" text={message} /> : null],
					...(retry?.next ? [["Next try", clock(retry.next)] as [string, string]] : []),
					["Commit", <code key="c">{shortRevision(state.syncResult?.revision)}</code>],
					["Started", <Ago key="s" at={state.startedAt} />],
					["Took", state.finishedAt ? duration(state.startedAt, state.finishedAt) : "still running"],
					["By", userName(by?.username ?? "") || (by?.automated ? "automated" : "")],
				]}
			/>
			{results.length > 0 ? (
				<details className={css.results}>
					<summary>{plural(results.length, "object")}</summary>
					<ul>
						{results.map((r) => (
							<li key={`${r.kind}/${r.namespace}/${r.name}`}>
								<span>
									{r.kind}/{r.name}
								</span>
								<span className="dim">{r.message || r.status}</span>
							</li>
						))}
					</ul>
				</details>
			) : null}
		</>
	);
}

export function Details({ app }: { app: Application }) {
	const source = app.spec?.source ?? app.spec?.sources?.[0];
	const images = app.status?.summary?.images ?? [];
	return (
		<Cards>
			<Card title="Source and destination">
				<Facts
					facts={[
						["Repository", source?.repoURL],
						["Path", <code key="p">{source?.path || source?.chart}</code>],
						["Follows", <code key="t">{source?.targetRevision || "HEAD"}</code>],
						["Kind", app.status?.sourceType],
						["Namespace", app.spec?.destination?.namespace],
						["Cluster", app.spec?.destination?.name || app.spec?.destination?.server],
						["Project", app.spec?.project],
						["Sync", policyWords(app)],
						["Options", app.spec?.syncPolicy?.syncOptions?.join(", ")],
					]}
				/>
			</Card>
			<Card title="Last sync">
				<Operation app={app} />
			</Card>
			<Card title="Images" aside={images.length || null}>
				{images.length === 0 ? <p className="dim">None</p> : null}
				<ul className={css.images}>
					{images.map((image) => (
						<li key={image}>
							<strong>{shortImage(image)}</strong>
							<span className="small dim">
								<Middle text={image} max={52} />
							</span>
						</li>
					))}
				</ul>
			</Card>
			<Card title="Conditions" aside={app.status?.conditions?.length || null}>
				<ConditionList conditions={app.status?.conditions ?? []} none="No warnings and no errors." />
			</Card>
		</Cards>
	);
}
