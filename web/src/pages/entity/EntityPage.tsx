import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiError, refusal } from "../../api/client.ts";
import { entityResources, objectPath, resources } from "../../api/resources.ts";
import type { Application, Entity } from "../../api/types.ts";
import type { Snapshot } from "../../live/fold.ts";
import { useLive, useLiveAll } from "../../live/hooks.ts";
import { AppIndex } from "../../model/apps.ts";
import { entityTitle, ownerOf, problemsOf, safeUrl, shortEntityRef, systemOf } from "../../model/entity.ts";
import { entityKinds, isEntityKind } from "../../model/known.ts";
import { namespacesText } from "../../model/reach.ts";
import { healthState, worst } from "../../model/state.ts";
import { listText } from "../../model/text.ts";
import { Away, Go } from "../../ui/Anchor.tsx";
import { PageBones } from "../../ui/Bones.tsx";
import { CopyMenu } from "../../ui/CopyMenu.tsx";
import { Code, Yaml } from "../../ui/code/Code.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { EntityLinkTo, KnownEntities } from "../../ui/Known.tsx";
import { Failure, Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { ReachBar, seen } from "../../ui/Reach.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { StatePill } from "../../ui/StateIcon.tsx";
import { TabBar, TabBody, TabRoot, useTab } from "../../ui/Tabs.tsx";
import { WhyButton } from "../../ui/Why.tsx";
import { Overview } from "./Overview.tsx";
import { Problems } from "./Problems.tsx";
import { RelationTab } from "./RelationTab.tsx";

function Sub({ entity }: { entity: Entity }) {
	const owner = ownerOf(entity);
	const system = systemOf(entity);
	return (
		<>
			<span>{[entity.kind, entity.spec?.type].filter(Boolean).join(" · ")}</span>
			{owner ? (
				<span>
					owned by <EntityLinkTo target={owner} kind="group" />
				</span>
			) : null}
			{system ? (
				<span>
					part of <EntityLinkTo target={system} kind="system" />
				</span>
			) : null}
			{entity.spec?.lifecycle ? <span>{entity.spec.lifecycle}</span> : null}
		</>
	);
}

function Definition({ of }: { of: string | Record<string, string> }) {
	if (typeof of === "string") return <Code text={of} label="Definition" />;
	const address = Object.values(of)[0] ?? "";
	const url = safeUrl(address);
	return (
		<Notice
			title="The definition lies elsewhere"
			action={url ? <Away href={url}>{url}</Away> : <code>{address}</code>}
		>
			<p>Pave reads the files of the entity’s own repository only. Kept there, it would be shown here.</p>
		</Notice>
	);
}

function resourceFor(kind: string) {
	const found = entityResources.map((name) => resources[name]).find((r) => r.kind.toLowerCase() === kind);
	return found ?? resources.components;
}

function Loaded({ entity, apps }: { entity: Entity; apps: Snapshot<Application> }) {
	const relations = entity.status?.relations?.length ?? 0;
	const { definition } = entity.spec ?? {};
	const tabs = [
		{ id: "overview", label: "Overview" },
		{ id: "relations", label: "Relations", count: relations },
		...(definition ? [{ id: "definition", label: "Definition" }] : []),
		{ id: "yaml", label: "YAML" },
	];
	const [tab, setTab] = useTab(tabs);
	const mine = useMemo(() => new AppIndex(apps.items).of(entity), [apps.items, entity]);
	const healths = mine.map((app) => app.status?.health?.status ?? "Unknown");
	const state = worst(healths.map(healthState));
	const resource = resourceFor((entity.kind ?? "").toLowerCase());
	const { name, namespace } = entity.metadata;
	const title = entityTitle(entity);
	return (
		<TabRoot tab={tab} onTab={setTab}>
			<PageHead
				icon={<KindIcon kind={entity.kind ?? ""} size={20} />}
				title={title}
				name={title}
				kind={entity.kind}
				state={
					mine.length > 0 ? (
						<StatePill state={state}>{healths.find((h) => healthState(h) === state)}</StatePill>
					) : null
				}
				sub={<Sub entity={entity} />}
				actions={
					<>
						<WhyButton
							name={title}
							path={objectPath(resource, namespace, name)}
							resourceVersion={entity.metadata.resourceVersion}
							command={`pave why ${entity.kind?.toLowerCase()}/${name}`}
						/>
						<CopyMenu kind={`${resource.plural}.${resource.group}`} name={name} namespace={namespace} />
					</>
				}
			>
				<TabBar tabs={tabs} label={`About ${title}`} />
			</PageHead>
			<ReachBar of={[seen("applications", apps)]} />
			{problemsOf(entity).length > 0 ? <Problems entity={entity} /> : null}
			<TabBody tab={tab}>
				<Scroll flush={tab === "overview"}>
					{tab === "overview" ? <Overview entity={entity} apps={mine} /> : null}
					{tab === "relations" ? <RelationTab entity={entity} /> : null}
					{tab === "definition" && definition ? <Definition of={definition} /> : null}
					{tab === "yaml" ? <Yaml object={entity} label={title} /> : null}
				</Scroll>
			</TabBody>
		</TabRoot>
	);
}

export function EntityPage() {
	const { kind = "", namespace = "", name = "" } = useParams({ strict: false }) as Record<string, string>;
	const entities = useLiveAll<Entity>(entityResources);
	const apps = useLive<Application>("applications");
	const entity = useMemo(
		() =>
			entities.items.find(
				(e) =>
					e.kind?.toLowerCase() === kind.toLowerCase() &&
					e.metadata.name.toLowerCase() === name.toLowerCase() &&
					(e.metadata.namespace ?? "default") === namespace,
			),
		[entities.items, kind, namespace, name],
	);
	if (entity)
		return (
			<KnownEntities>
				<Loaded entity={entity} apps={apps} />
			</KnownEntities>
		);
	if (!isEntityKind(kind)) {
		const message = `The catalog has no kind ${kind}: it has ${listText(entityKinds)}. An address in it is /catalog/KIND/NAMESPACE/NAME.`;
		const next = <Go href={`/catalog?${new URLSearchParams({ q: name })}`}>Look for {name}</Go>;
		return <Failure page error={new ApiError(404, {}, message)} what={`${kind} ${name}`} next={next} />;
	}
	if (entities.state === "loading") return <PageBones cards={4} />;
	const beyond = entities.namespaces && !entities.namespaces.includes(namespace);
	const message = beyond
		? `You may read the catalog of ${namespacesText(entities.namespaces ?? [])} only.`
		: `No file describes it in namespace ${namespace} of the catalog, though something may refer to it.`;
	const error = entities.state === "live" ? new ApiError(beyond ? 403 : 404, {}, message) : refusal(entities);
	const ref = { kind, namespace, name };
	const where: Record<string, string> =
		kind === "group" ? { owner: shortEntityRef(ref, "group") } : { q: name };
	const next = <Go href={`/catalog?${new URLSearchParams(where)}`}>What refers to it</Go>;
	return <Failure page error={error} what={`${kind} ${name}`} next={beyond ? undefined : next} />;
}
