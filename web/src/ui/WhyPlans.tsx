/** What was done about an object, newest first: turns of controllers, and deeds of others. */
import type { Plan } from "../api/types.ts";
import {
	doerText,
	factText,
	groupPlans,
	loudChanges,
	type PlanGroup,
	planReason,
	planState,
	planTitle,
} from "../api/why.ts";
import { plural } from "../model/text.ts";
import { Ago } from "./Ago.tsx";
import { ObjectLink } from "./Anchor.tsx";
import { DiffList } from "./DiffList.tsx";
import { Objections } from "./Objections.tsx";
import { Said } from "./Said.tsx";
import { StateIcon } from "./StateIcon.tsx";
import css from "./Why.module.css";

function errorText(error: Plan["error"]): string | undefined {
	return typeof error === "string" ? error : error?.message;
}

function Knew({ plan }: { plan: Plan }) {
	if (!plan.facts?.length) return null;
	return (
		<details className={css.meta}>
			<summary>What it knew</summary>
			<ul className={css.facts}>
				{plan.facts.map((fact) => (
					<li key={fact.key}>
						<code>{factText(fact.key)}</code>
						<span className="dim">
							{fact.state} {fact.at ? <Ago at={fact.at} /> : null}
						</span>
					</li>
				))}
			</ul>
		</details>
	);
}

/** Turns that had nothing to do: one line. */
function Quiet({ plan, times }: PlanGroup) {
	return (
		<li className={css.quiet}>
			<span>
				{doerText(plan)} looked{times > 1 ? ` ${times} times` : ""}, nothing to do
			</span>
			<Ago at={plan.at} />
		</li>
	);
}

function Loud({ plan, times, newest }: PlanGroup & { newest: boolean }) {
	const error = errorText(plan.error);
	const changes = [
		...(plan.differences ?? []),
		...(plan.refused ? (plan.changes ?? []) : loudChanges(plan.changes)),
	];
	const waiting = newest ? (plan.waitingFor ?? []) : []; // what an older turn waited for has come
	const reason = planReason(plan);
	return (
		<li className={css.plan}>
			<div className={css.head}>
				<StateIcon state={planState(plan, newest)} />
				<span className={css.summary}>
					<Said text={planTitle(plan)} />
				</span>
				<span className="small dim">
					<Ago at={plan.at} />
				</span>
			</div>
			<div className={css.meta}>
				{plan.deed ? null : reason ? <span>{reason}</span> : <code>{plan.controller}</code>}
				{times > 1 ? (
					<span className="num">
						{times} times{plan.since ? ", first " : ""}
						{plan.since ? <Ago at={plan.since} /> : null}
					</span>
				) : null}
			</div>
			{error ? <p className={css.error}>{error}</p> : null}
			{changes.map((change, at) => (
				<div key={at} className={css.change}>
					<div>
						<span className={css.action}>{change.action}</span> <ObjectLink target={change.object} />
					</div>
					{change.diff && change.diff.length > 0 ? <DiffList diff={change.diff} /> : null}
				</div>
			))}
			<Objections title="Refused by" list={plan.refused ?? []} />
			{plan.moreChanges ? <p className={css.meta}>and {plural(plan.moreChanges, "object")} more</p> : null}
			{waiting.map((fact) => (
				<p key={fact} className={css.meta}>
					waiting for <code>{factText(fact)}</code>
				</p>
			))}
			<Knew plan={plan} />
		</li>
	);
}

export function WhyPlans({ plans }: { plans: readonly Plan[] }) {
	return (
		<section aria-label="What was done">
			<h2 className={css.title}>What was done, newest first</h2>
			<ol className={css.plans}>
				{groupPlans(plans).map((group, at) => {
					const key = `${group.plan.controller}${group.plan.at}${at}`;
					return group.quiet ? (
						<Quiet key={key} {...group} />
					) : (
						<Loud key={key} {...group} newest={group.plan === plans[0]} />
					);
				})}
			</ol>
		</section>
	);
}
