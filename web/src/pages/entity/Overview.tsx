import type { Application, Entity } from "../../api/types.ts";
import {
	annotationOf,
	gapsOf,
	groupRelations,
	locationTarget,
	ownerOf,
	relationWord,
	safeUrl,
	systemOf,
} from "../../model/entity.ts";
import { plural } from "../../model/text.ts";
import { Away } from "../../ui/Anchor.tsx";
import { Card, Cards, Facts } from "../../ui/Card.tsx";
import { EntityLinkTo } from "../../ui/Known.tsx";
import { Middle } from "../../ui/Middle.tsx";
import { Blocks } from "./Blocks.tsx";
import { Deployments } from "./Deployments.tsx";
import css from "./Entity.module.css";
import { Links } from "./Links.tsx";
import { Missing } from "./Missing.tsx";
import { RelationGraph } from "./RelationGraph.tsx";

function Source({ entity }: { entity: Entity }) {
	const target = locationTarget(annotationOf(entity, "view") ?? annotationOf(entity, "managedBy"));
	if (!target) return <span className="dim">Applied by hand, not from a file</span>;
	const url = safeUrl(target);
	return url ? (
		<Away href={url}>
			<Middle text={target.replace(/^https?:\/\//, "")} max={48} />
		</Away>
	) : (
		<Middle text={annotationOf(entity, "file") ?? target} max={48} mono />
	);
}

/** Facts that not every kind has: what a kind cannot have is not missing. */
const kindsWith: Record<string, readonly string[]> = {
	Mail: ["Group", "User"],
	Owner: ["Component", "API", "Resource", "System", "Domain", "Template"],
	System: ["Component", "API", "Resource"],
	Lifecycle: ["Component", "API"],
};

function About({ entity }: { entity: Entity }) {
	const owner = ownerOf(entity);
	const system = systemOf(entity);
	const facts: [string, React.ReactNode][] = [
		["Mail", entity.spec?.profile?.email],
		["Owner", owner ? <EntityLinkTo key="o" target={owner} kind="group" /> : null],
		["System", system ? <EntityLinkTo key="s" target={system} kind="system" /> : null],
		["Lifecycle", entity.spec?.lifecycle],
		["Source", <Source key="f" entity={entity} />],
	];
	const tags = entity.metadata.tags ?? [];
	return (
		<Card title="About">
			<p className={css.description}>
				{entity.metadata.description || <span className="dim">No description.</span>}
			</p>
			<Facts facts={facts.filter(([name]) => kindsWith[name]?.includes(entity.kind ?? "") ?? true)} />
			{tags.length > 0 ? (
				<ul className={css.tags} aria-label="Tags">
					{tags.map((tag) => (
						<li key={tag}>{tag}</li>
					))}
				</ul>
			) : null}
		</Card>
	);
}

function Relations({ entity }: { entity: Entity }) {
	const groups = groupRelations(entity);
	if (groups.length === 0) return <p className="dim">It stands alone: no file relates anything to it.</p>;
	return (
		<Facts
			facts={groups.map(({ type, targets }) => [
				relationWord(type),
				<span key={type} className={css.targets}>
					{targets.slice(0, 12).map((target) => (
						<EntityLinkTo
							key={`${target.kind}${target.namespace}${target.name}`}
							target={target}
							kind={target.kind}
						/>
					))}
					{targets.length > 12 ? <span className="dim">and {targets.length - 12} more</span> : null}
				</span>,
			])}
		/>
	);
}

/** What a newcomer needs in ten seconds: what, who, how it is doing, where to read, what is missing. */
export function Overview({ entity, apps }: { entity: Entity; apps: readonly Application[] }) {
	const gaps = gapsOf(entity);
	const deployable = entity.kind === "Component";
	return (
		<Cards>
			<About entity={entity} />
			{deployable ? (
				<Card title="Runs" aside={apps.length > 0 ? plural(apps.length, "application") : null} flush>
					<Deployments entity={entity} apps={apps} />
				</Card>
			) : null}
			{deployable ? <Blocks entity={entity} apps={apps} /> : null}
			{gaps.length > 0 ? (
				<Card title="What is missing" aside={plural(gaps.length, "gap")} flush>
					<Missing entity={entity} />
				</Card>
			) : null}
			<Card title="Links">
				<Links entity={entity} />
			</Card>
			<Card title="Relations">
				<Relations entity={entity} />
			</Card>
			<Card title="Around it" flush>
				<RelationGraph entity={entity} />
			</Card>
		</Cards>
	);
}
