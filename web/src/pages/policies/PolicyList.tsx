import { Accordion } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { refOf } from "../../api/resources.ts";
import type { Mode } from "../../model/state.ts";
import { listText, plural } from "../../model/text.ts";
import {
	type Impact,
	impactOf,
	isOfPolicy,
	isRead,
	modeMeaning,
	type Policy,
	policyNamespaces,
	type Violation,
} from "../../model/violations.ts";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { Code } from "../../ui/code/Code.tsx";
import { ModeBadge } from "../../ui/ModeBadge.tsx";
import { StateIcon, StatePill } from "../../ui/StateIcon.tsx";
import css from "./PolicyList.module.css";

/** What is so now, and what would be so if the policy were enforced. */
function consequence(policy: Policy, impact: Impact): string {
	const objects = plural(impact.objects, "object");
	const whose = impact.teams.length > 0 ? ` of ${plural(impact.teams.length, "team")}` : "";
	if (impact.objects === 0)
		return policy.mode === "deny"
			? "Nothing that exists breaks it."
			: "Nothing breaks it: it can be enforced today.";
	if (policy.mode === "deny")
		return `${objects}${whose}, there from before it was enforced, would be refused today. What runs runs on; the next change is refused until it is mended.`;
	return `If it were enforced now, the next change of ${objects}${whose} would be refused.`;
}

function LoadState({ policy }: { policy: Policy }) {
	if (!isRead(policy)) return <StatePill state="warn">Not read</StatePill>;
	if (policy.loaded === undefined) return <StatePill state="progress">Not loaded yet</StatePill>;
	return policy.loaded ? (
		<StatePill state="ok">Loaded</StatePill>
	) : (
		<StatePill state="fail">Does not load</StatePill>
	);
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

function PolicyItem({ policy, violations }: { policy: Policy; violations: readonly Violation[] }) {
	const impact = impactOf(policy, violations);
	const mine = violations.filter((v) => isOfPolicy(v, policy));
	const next = policy.mode === "audit" ? "warn" : "deny";
	return (
		<Accordion.Item value={`${policy.namespace}/${policy.name}`}>
			<Accordion.Control>
				<div className={css.row}>
					<span className={css.name}>
						{policy.name} <span className={css.namespace}>{policy.namespace}</span>
					</span>
					<span className={css.mode}>{isRead(policy) ? <ModeBadge mode={policy.mode} /> : null}</span>
					<span className={css.load} data-calm={(isRead(policy) && policy.loaded) || undefined}>
						<LoadState policy={policy} />
					</span>
					<span className={css.count}>
						{!isRead(policy)
							? ""
							: impact.objects === 0
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
							<p>{consequence(policy, impact)}</p>
							<Steps policy={policy} impact={impact} />
						</>
					) : (
						<p>
							It decides nothing: policies are read from the namespaces {policyNamespaces.join(" and ")} only,
							and this one is in {policy.namespace}.
						</p>
					)}
					{mine.length > 0 ? (
						<p className="small">
							<Link
								to="/policies"
								search={{ tab: "violations", policy: mine[0]?.policy ?? policy.name } as never}
							>
								See {plural(mine.length, "violation")}
								{impact.teams.length > 0 ? ` of ${listText(impact.teams)}` : ""}
							</Link>
						</p>
					) : null}
					{policy.mode !== "deny" && !policy.error && isRead(policy) ? (
						<p className="small dim">
							Next step:{" "}
							<code>
								kubectl annotate --overwrite configmap {policy.name} -n {policy.namespace}{" "}
								pave.dev/enforcement={next}
							</code>
						</p>
					) : null}
					{policy.files.map((file) => (
						<section key={file.name} className={css.file}>
							<h2 className={css.fileName}>{file.name}</h2>
							<Code text={file.text.trimEnd()} label={file.name} plain />
						</section>
					))}
					<p className="small">
						<ObjectLink target={refOf({ ...policy.object, apiVersion: "v1", kind: "ConfigMap" })}>
							ConfigMap {policy.namespace}/{policy.name}
						</ObjectLink>
					</p>
				</div>
			</Accordion.Panel>
		</Accordion.Item>
	);
}

export function PolicyList({
	policies,
	violations,
}: {
	policies: readonly Policy[];
	violations: readonly Violation[];
}) {
	return (
		<Accordion
			key={policies.length === 1 ? "one" : "many"}
			multiple
			defaultValue={policies.length === 1 ? policies.map((p) => `${p.namespace}/${p.name}`) : []}
			variant="default"
			transitionDuration={0}
			keepMounted={false}
			className={css.list}
		>
			{policies.map((policy) => (
				<PolicyItem key={`${policy.namespace}/${policy.name}`} policy={policy} violations={violations} />
			))}
		</Accordion>
	);
}
