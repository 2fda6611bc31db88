import { Link } from "@tanstack/react-router";
import type { CatalogSource, Condition, Obj, PolicyRollout, Workload } from "../api/types.ts";
import { standingState } from "../model/failing.ts";
import { rolloutState } from "../model/rollouts.ts";
import { faultCount, sourceState } from "../model/sources.ts";
import { plural } from "../model/text.ts";
import { containersOf, restartsOf, shortImage } from "../model/workload.ts";
import { Ago } from "./Ago.tsx";
import { ObjectLink } from "./Anchor.tsx";
import { Facts } from "./Card.tsx";
import { ConditionList } from "./ConditionList.tsx";
import { SourceFaults } from "./Faults.tsx";
import { Middle } from "./Middle.tsx";
import css from "./ObjectSummary.module.css";
import { StateText } from "./StateIcon.tsx";

function Labels({ labels }: { labels: Record<string, string> | undefined }) {
	const entries = Object.entries(labels ?? {});
	if (entries.length === 0) return null;
	return (
		<ul className={css.labels}>
			{entries.map(([key, value]) => (
				<li key={key}>
					<Middle text={value ? `${key}=${value}` : key} max={44} mono />
				</li>
			))}
		</ul>
	);
}

function nodeFact(object: Workload): React.ReactNode {
	const node = object.spec?.nodeName;
	if (!node) return undefined;
	return /simulated/.test(node) ? `${node} (simulated, nothing really runs)` : node;
}

/** The condition of a source has its first faults as prose: they are told one by one below it. */
function conditionsOf(object: Obj): readonly Condition[] {
	const conditions = (object as Workload).status?.conditions ?? [];
	const faults = object.kind === "CatalogSource" ? faultCount(object as CatalogSource) : 0;
	if (faults === 0) return conditions;
	const message = plural(faults, "fault");
	return conditions.map((c) => (c.reason === "Faulty" ? { ...c, message } : c));
}

/** What any object says of itself; more for workloads, whose pods below them tell more of how they are (`parts`). */
export function ObjectSummary({ object, parts = [] }: { object: Obj; parts?: readonly Obj[] }) {
	const workload = object as Workload;
	const condensed = standingState(workload, parts);
	const containers = containersOf(object);
	const conditions = conditionsOf(object);
	const owners = object.metadata.ownerReferences ?? [];
	const facts: [string, React.ReactNode][] = [
		["Namespace", object.metadata.namespace],
		["Created", <Ago key="c" at={object.metadata.creationTimestamp} />],
	];
	if (condensed)
		facts.unshift([
			"State",
			<StateText key="s" state={condensed.state}>
				{condensed.word}
			</StateText>,
		]);
	if (object.kind === "CatalogSource") {
		const { state, word } = sourceState(object as CatalogSource);
		facts.unshift([
			"State",
			<StateText key="s" state={state}>
				{word}
			</StateText>,
		]);
	}
	if (condensed && condensed.wanted > 0)
		facts.push(["Ready", <span key="r" className="num">{`${condensed.ready} of ${condensed.wanted}`}</span>]);
	if (object.kind === "Pod")
		facts.push(
			[
				"Restarts",
				<span key="n" className="num">
					{restartsOf(object)}
				</span>,
			],
			["Node", nodeFact(workload)],
		);
	for (const c of containers)
		facts.push([
			c.name === object.metadata.name || containers.length === 1 ? "Image" : c.name,
			<Middle key={c.name} text={c.image ?? ""} max={60} mono />,
		]);
	if (containers.length === 1) facts.push(["Version", shortImage(containers[0]?.image ?? "").split(":")[1]]);
	if (object.kind === "PolicyRollout") {
		const { state, word } = rolloutState(object as PolicyRollout);
		facts.unshift([
			"State",
			<StateText key="s" state={state}>
				{word}
			</StateText>,
		]);
		for (const { name, stage } of (object as PolicyRollout).status?.environments ?? [])
			facts.push([name, stage]);
		facts.push([
			"Waits, approvals",
			<Link key="w" to="/policies" search={{ tab: "rollouts" } as never}>
				Rollouts
			</Link>,
		]);
	}
	for (const owner of owners)
		facts.push([
			"Owned by",
			<ObjectLink key={owner.uid} target={{ ...owner, namespace: object.metadata.namespace }} />,
		]);
	return (
		<div className={css.summary}>
			<Facts facts={facts} />
			<Labels labels={object.metadata.labels} />
			{conditions.length > 0 ? (
				<section>
					<h2 className={css.heading}>Conditions</h2>
					<ConditionList conditions={conditions} none="" />
				</section>
			) : null}
			{object.kind === "CatalogSource" ? <SourceFaults source={object as CatalogSource} /> : null}
		</div>
	);
}
