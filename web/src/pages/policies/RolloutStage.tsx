import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { PolicyRollout, Refused, RolloutEnvironment, Stage } from "../../api/types.ts";
import { stages, toApprove, waitsOf } from "../../model/rollouts.ts";
import { plural, sentence } from "../../model/text.ts";
import { instant } from "../../model/time.ts";
import { Ago } from "../../ui/Ago.tsx";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { useNow } from "../../ui/clock.ts";
import css from "./Rollouts.module.css";

const shownOwners = 8;

function Track({ stage }: { stage: Stage }) {
	const at = stages.indexOf(stage);
	return (
		<ol className={css.track} aria-label="Stages">
			{stages.map((one, n) => (
				<li key={one} data-done={n < at || undefined} aria-current={n === at ? "step" : undefined}>
					{one}
				</li>
			))}
		</ol>
	);
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
	return (
		<div className={css.fact}>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

function Times({ environment }: { environment: RolloutEnvironment }) {
	const { stage, since, earliest, enforcedFrom, approvedBy } = environment;
	const now = useNow();
	return (
		<dl className={css.facts}>
			<Fact name={`At ${stage} since`}>
				<Ago at={since} />
				{approvedBy ? `, approved by ${approvedBy}` : null}
			</Fact>
			{(instant(earliest) ?? 0) > now ? (
				<Fact name="Next step at the earliest">
					<Ago at={earliest} />
				</Fact>
			) : null}
			{enforcedFrom ? (
				<Fact name="Enforced, if nothing keeps it">
					<Ago at={enforcedFrom} />
				</Fact>
			) : null}
		</dl>
	);
}

function Findings({ environment }: { environment: RolloutEnvironment }) {
	const { violations = 0, allowed = 0, exempt = 0, errors = 0, stage } = environment;
	const parts = [
		`${plural(violations, "violation")} would be refused today`,
		stage === "Enforce" ? "" : `${allowed === 0 ? "none" : allowed} may be left`,
		exempt > 0 ? `${exempt} exempt` : "",
		errors > 0 ? `${plural(errors, "fault")} of policies among them` : "",
	].filter(Boolean);
	return (
		<span>{violations === 0 && exempt === 0 ? "Nothing would be refused today" : parts.join(", ")}</span>
	);
}

function Owners({ owners }: { owners: NonNullable<RolloutEnvironment["owners"]> }) {
	const named = owners.filter((o) => o.owner);
	if (named.length === 0) return null;
	const most = named.slice(0, shownOwners).map((o) => `${o.owner} ${o.objects}`);
	const more = named.length - most.length;
	return (
		<p className="small dim">
			Objects by owner: {most.join(", ")}
			{more > 0 ? ` and ${plural(more, "other")}` : ""}
		</p>
	);
}

interface RefusedListProps {
	refused: readonly Refused[];
	all: number;
	rollout: string;
}

function RefusedList({ refused, all, rollout }: RefusedListProps) {
	return (
		<ul className={css.refused}>
			{refused.map((one) => (
				<li key={`${one.kind}/${one.namespace}/${one.name}/${one.policyKind}/${one.policy}/${one.message}`}>
					<span>
						<ObjectLink target={one} /> <span className="dim">{one.namespace}</span>
					</span>
					<span>
						<span className="dim">{one.policy}:</span> {one.message}
					</span>
				</li>
			))}
			{all > refused.length ? (
				<li className="dim">
					<Link to="/policies" search={{ tab: "violations", rollout } as never}>
						and {all - refused.length} more
					</Link>
				</li>
			) : null}
		</ul>
	);
}

export interface RolloutStageProps {
	rollout: PolicyRollout;
	environment: RolloutEnvironment;
	/** Absent for who may not. */
	onApprove: ((stage: Stage) => void) | undefined;
}

/** One environment: where it is, since when, what is next, and whom it would hit. */
export function RolloutStage({ rollout, environment, onApprove }: RolloutStageProps) {
	const waits = waitsOf(environment);
	const next = toApprove(rollout, environment);
	const refused = environment.refused ?? [];
	return (
		<li className={css.environment} aria-label={environment.name}>
			<div className={css.top}>
				<h3>{environment.name}</h3>
				<Track stage={environment.stage} />
				{next && onApprove ? (
					<Button size="xs" className={css.approve} onClick={() => onApprove(next)}>
						Approve {next}
					</Button>
				) : null}
			</div>
			<Times environment={environment} />
			{waits.length > 0 ? (
				<div className={css.waits}>
					Waits for
					<ul>
						{waits.map((wait) => (
							<li key={wait}>{sentence(wait)}</li>
						))}
					</ul>
				</div>
			) : null}
			{refused.length > 0 ? (
				<details>
					<summary className={css.summary}>
						<Findings environment={environment} />
					</summary>
					<Owners owners={environment.owners ?? []} />
					<RefusedList refused={refused} all={environment.violations ?? 0} rollout={rollout.metadata.name} />
				</details>
			) : (
				<p className="small dim">
					<Findings environment={environment} />
				</p>
			)}
		</li>
	);
}
