/** Why an object is as it is: the last plans of the controllers, their reasons and diffs. */
import { Button, Drawer, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHelpCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../api/client.ts";
import type { Plan } from "../api/types.ts";
import {
	doerText,
	factText,
	groupPlans,
	loudChanges,
	type PlanGroup,
	planText,
	whyQuery,
} from "../api/why.ts";
import { plural } from "../model/text.ts";
import { Ago } from "./Ago.tsx";
import { ObjectLink } from "./Anchor.tsx";
import { DiffList } from "./DiffList.tsx";
import { Failure, Notice } from "./Notice.tsx";
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
function QuietView({ plan, times }: PlanGroup) {
	return (
		<li className={css.meta}>
			<span>
				{doerText(plan)} looked {times > 1 ? `${times} times` : "again"}, nothing to do
			</span>
			<Ago at={plan.at} />
		</li>
	);
}

function PlanView({ plan, times, newest }: PlanGroup & { newest: boolean }) {
	const error = errorText(plan.error);
	const changes = [...(plan.differences ?? []), ...loudChanges(plan.changes)];
	const waiting = newest ? (plan.waitingFor ?? []) : []; // what an older turn waited for has come
	return (
		<li className={css.plan}>
			<div className={css.head}>
				<StateIcon state={error ? "fail" : waiting.length > 0 ? "progress" : "ok"} />
				<span className={css.summary}>{planText(plan)}</span>
				<span className="small dim">
					<Ago at={plan.at} />
				</span>
			</div>
			<div className={css.meta}>
				{plan.deed ? null : <code>{plan.controller}</code>}
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
						<strong>{change.action}</strong> <ObjectLink target={change.object} />
					</div>
					{change.diff && change.diff.length > 0 ? <DiffList diff={change.diff} /> : null}
				</div>
			))}
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

export interface WhyProps {
	path: string | undefined;
	resourceVersion: string | undefined;
	/** The same on the command line. */
	command?: string;
}

export function WhyPanel({ path, resourceVersion, command }: WhyProps) {
	const { data, error, isPending, refetch } = useQuery(whyQuery(path, resourceVersion));
	if (error instanceof ApiError && error.code === 404)
		return (
			<Notice compact title="No controller has looked at this object">
				<p>Nothing in Pave reconciles it, so nothing has a reason to change it.</p>
			</Notice>
		);
	if (error) return <Failure error={error} what="the reasons" retry={() => void refetch()} />;
	if (isPending) return <Skeleton height={120} radius="md" />;
	const plans = data?.plans ?? [];
	return (
		<div className={css.why}>
			{data?.summary ? <p className={css.answer}>{data.summary}</p> : null}
			{data?.causes?.map((cause, at) => (
				<div key={at} className={css.change}>
					<ObjectLink target={cause.object} /> {cause.reason}: {cause.message}
					{cause.count ? ` (${cause.count} times)` : ""}
				</div>
			))}
			{data?.nextRun ? (
				<p className="small dim">
					Looked at again <Ago at={data.nextRun} />, or as soon as something it depends on changes.
				</p>
			) : null}
			{plans.length === 0 ? (
				<Notice compact title="No plans yet">
					<p>The controller has not run for this object since the server started.</p>
				</Notice>
			) : (
				<ol className={css.plans}>
					{groupPlans(plans).map((group, at) =>
						group.quiet ? (
							<QuietView key={`${group.plan.controller}${group.plan.at}${at}`} {...group} />
						) : (
							<PlanView
								key={`${group.plan.controller}${group.plan.at}${at}`}
								{...group}
								newest={group.plan === plans[0]}
							/>
						),
					)}
				</ol>
			)}
			{command ? (
				<p className="small dim">
					In a terminal: <code>{command}</code>
				</p>
			) : null}
		</div>
	);
}

export function WhyButton(props: WhyProps & { name: string }) {
	const [opened, { open, close }] = useDisclosure(false);
	return (
		<>
			<Button variant="default" leftSection={<IconHelpCircle size={15} stroke={1.5} />} onClick={open}>
				Why
			</Button>
			<Drawer
				opened={opened}
				onClose={close}
				position="right"
				size="lg"
				title={`Why ${props.name} is as it is`}
			>
				<WhyPanel {...props} />
			</Drawer>
		</>
	);
}
