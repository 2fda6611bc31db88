import { Accordion } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { refOf } from "../../api/resources.ts";
import type { PolicyRollout } from "../../api/types.ts";
import { type Hold, holdsOf, modeNow } from "../../model/rollouts.ts";
import type { Mode } from "../../model/state.ts";
import { listText, plural } from "../../model/text.ts";
import {
	consequence,
	type Impact,
	impactOf,
	isOfPolicy,
	isRead,
	modeMeaning,
	type Policy,
	type Violation,
} from "../../model/violations.ts";
import { Ago } from "../../ui/Ago.tsx";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { Code, Yaml } from "../../ui/code/Code.tsx";
import { ModeBadge } from "../../ui/ModeBadge.tsx";
import { StateIcon, StatePill } from "../../ui/StateIcon.tsx";
import css from "./PolicyList.module.css";

function LoadState({ policy, faults }: { policy: Policy; faults: number }) {
	if (policy.loaded === false) return <StatePill state="fail">Does not load</StatePill>;
	if (!isRead(policy)) {
		const word = policy.sort === "CEL" ? "Not bound" : policy.loaded ? "Decides nothing" : "Not read";
		return <StatePill state="warn">{word}</StatePill>;
	}
	if (policy.loaded === undefined) return <StatePill state="progress">Not loaded yet</StatePill>;
	if (faults > 0) return <StatePill state="fail">{plural(faults, "fault")}</StatePill>;
	if (policy.warning) return <StatePill state="warn">Suspect</StatePill>;
	return <StatePill state="ok">Loaded</StatePill>;
}

/** What one has before one of the others, too: the same name may be a policy of each sort. */
function keyOf(policy: Policy): string {
	return [policy.kind, policy.namespace, policy.name].filter(Boolean).join("/");
}

function whereText(policy: Policy): string {
	const kind = policy.sort === "Gatekeeper" ? policy.kind : "";
	return [policy.sort, kind, policy.namespace].filter(Boolean).join(" · ");
}

function Source({ policy }: { policy: Policy }) {
	const { spec } = policy.object as { spec?: unknown };
	if (policy.sort !== "Rego") return <Yaml object={spec ?? {}} label={`spec of ${policy.name}`} />;
	return policy.files.map((file) => (
		<section key={file.name} className={css.file}>
			<h2 className={css.fileName}>{file.name}</h2>
			<Code text={file.text.trimEnd()} label={file.name} plain />
		</section>
	));
}

function Steps({ policy, impact }: { policy: Policy; impact: Impact }) {
	const modes: Mode[] = ["audit", "warn", "deny"];
	return (
		<ol className={css.steps} aria-label="From audit to deny">
			{modes.map((mode) => (
				<li key={mode} className={css.step} data-here={mode === policy.mode || undefined}>
					<strong>
						<ModeBadge mode={mode} plain />
						{mode === policy.mode ? <span className={css.now}>now</span> : null}
					</strong>
					<span>{modeMeaning[mode]}</span>
					<span className={css.figure}>
						{plural(impact.objects, "object")}{" "}
						{mode === "deny" ? "refused at their next change" : mode === "warn" ? "warned" : "listed"}
					</span>
				</li>
			))}
		</ol>
	);
}

const doing: Record<Mode, string> = { deny: "refuses", warn: "warns", audit: "only lists" };

/** What it does there now, and from when it refuses. */
function From({ hold }: { hold: Hold }) {
	return (
		<>
			{doing[hold.mode]}
			{hold.from ? (
				<>
					, refuses <Ago at={hold.from} />
					{hold.gate ? " at the earliest, once its gate opens" : null}
				</>
			) : hold.gate ? (
				", refuses once its gate opens"
			) : null}
		</>
	);
}

/** Below the name: "staging warns, refuses in 27d · production only lists, refuses in 27d". */
function OnItsWay({ holds }: { holds: readonly Hold[] }) {
	return (
		<span className={css.way}>
			{holds.map((hold, at) => (
				<span key={`${hold.rollout}/${hold.environment}`}>
					{at > 0 ? " · " : ""}
					{hold.environment} <From hold={hold} />
				</span>
			))}
		</span>
	);
}

function Holds({ holds }: { holds: readonly Hold[] }) {
	return (
		<ol className={css.steps} aria-label="On its way into force">
			{holds.map((hold) => (
				<li key={`${hold.rollout}/${hold.environment}`} className={css.step} data-here>
					<strong>
						<ModeBadge mode={hold.mode} plain /> {hold.environment}
					</strong>
					<span>
						It <From hold={hold} />
					</span>
					{hold.waits.map((wait) => (
						<span key={wait}>Waits: {wait}</span>
					))}
					<span className={css.figure}>
						<Link to="/policies" search={{ tab: "rollouts" } as never}>
							Rollout {hold.rollout}
						</Link>
					</span>
				</li>
			))}
		</ol>
	);
}

interface PolicyItemProps {
	policy: Policy;
	violations: readonly Violation[];
	holds: readonly Hold[];
}

function PolicyItem({ policy, violations, holds }: PolicyItemProps) {
	const now = modeNow(policy, holds);
	const impact = impactOf(policy, violations);
	const mine = violations.filter((v) => isOfPolicy(v, policy));
	const faulty = mine.find((v) => v.fault);
	return (
		<Accordion.Item value={keyOf(policy)}>
			<Accordion.Control>
				<div className={css.row}>
					<span className={css.name}>
						{policy.name} <span className={css.namespace}>{whereText(policy)}</span>
						{holds.length > 0 ? <OnItsWay holds={holds} /> : null}
					</span>
					<span className={css.mode}>{isRead(policy) ? <ModeBadge mode={now} /> : null}</span>
					<span
						className={css.load}
						data-calm={(isRead(policy) && policy.loaded && !faulty && !policy.warning) || undefined}
					>
						<LoadState policy={policy} faults={impact.faults} />
					</span>
					<span className={css.count}>
						{!isRead(policy)
							? ""
							: impact.violations === 0
								? "no violations"
								: plural(impact.violations, "violation")}
					</span>
				</div>
			</Accordion.Control>
			<Accordion.Panel>
				<div className={css.panel}>
					{policy.error ? (
						<p className={css.error}>
							<StateIcon state="fail" /> {policy.error}
						</p>
					) : isRead(policy) ? (
						<>
							<p>{consequence(now, impact)}</p>
							{holds.length > 0 ? <Holds holds={holds} /> : <Steps policy={policy} impact={impact} />}
						</>
					) : (
						<p>It decides nothing. {policy.idle}</p>
					)}
					{policy.warning ? (
						<p className={css.warning}>
							<StateIcon state="warn" /> {policy.warning}
						</p>
					) : null}
					{faulty ? (
						<p className={css.error}>
							<StateIcon state="fail" /> It cannot judge{" "}
							{impact.faults > 1 ? `${plural(impact.faults, "object")}, among them ` : ""}
							<ObjectLink target={faulty.ref} />: {faulty.message}
						</p>
					) : null}
					{mine.length > 0 ? (
						<p className="small">
							<Link
								to="/policies"
								search={{ tab: "violations", policy: mine[0]?.policy ?? policy.name } as never}
							>
								See {plural(mine.length, impact.faults > 0 ? "finding" : "violation")}
								{impact.teams.length > 0 ? ` of ${listText(impact.teams)}` : ""}
							</Link>
						</p>
					) : null}
					{policy.next && !policy.error && isRead(policy) && holds.length === 0 ? (
						<p className="small dim">
							Next step: <code>{policy.next}</code>
						</p>
					) : null}
					<Source policy={policy} />
					<p className="small">
						<ObjectLink target={refOf(policy.object)}>{keyOf(policy)}</ObjectLink>
					</p>
				</div>
			</Accordion.Panel>
		</Accordion.Item>
	);
}

export function PolicyList({
	policies,
	violations,
	rollouts,
}: {
	policies: readonly Policy[];
	violations: readonly Violation[];
	rollouts: readonly PolicyRollout[];
}) {
	return (
		<Accordion
			key={policies.length === 1 ? "one" : "many"}
			multiple
			defaultValue={policies.length === 1 ? policies.map(keyOf) : []}
			variant="default"
			transitionDuration={0}
			keepMounted={false}
			className={css.list}
		>
			{policies.map((policy) => (
				<PolicyItem
					key={keyOf(policy)}
					policy={policy}
					violations={violations}
					holds={isRead(policy) ? holdsOf(policy, rollouts) : []}
				/>
			))}
		</Accordion>
	);
}
