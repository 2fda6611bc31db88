/** Catalog entities: references, relations, gaps. */
import type { Entity } from "../api/types.ts";

export interface EntityRef {
	kind: string;
	namespace: string;
	name: string;
}

/** Reads "[kind:][namespace/]name"; what is left out comes from the context. */
export function parseEntityRef(text: string, kind = "component", namespace = "default"): EntityRef {
	const match = /^(?:([^:/]+):)?(?:([^:/]+)\/)?(.+)$/.exec(text.trim());
	return {
		kind: (match?.[1] ?? kind).toLowerCase(),
		namespace: (match?.[2] ?? namespace).toLowerCase(),
		name: match?.[3] ?? text,
	};
}

export function formatEntityRef(ref: EntityRef): string {
	return `${ref.kind}:${ref.namespace}/${ref.name}`.toLowerCase();
}

/** The short form people read: the default namespace is left out. */
export function shortEntityRef(ref: EntityRef, kind?: string): string {
	const head = kind === ref.kind ? "" : `${ref.kind}:`;
	return ref.namespace === "default" ? `${head}${ref.name}` : `${head}${ref.namespace}/${ref.name}`;
}

/* Backstage's namespace and kind are those of the object itself. */
export function entityRefOf(entity: Entity): EntityRef {
	return {
		kind: (entity.kind ?? "component").toLowerCase(),
		namespace: entity.metadata.namespace ?? "default",
		name: entity.metadata.name,
	};
}

export function entityKey(entity: Entity): string {
	return formatEntityRef(entityRefOf(entity));
}

export function entityTitle(entity: Entity): string {
	return entity.metadata.title || entity.spec?.profile?.displayName || entity.metadata.name;
}

export function relationsOf(entity: Entity, type: string): EntityRef[] {
	const found = entity.status?.relations?.filter((r) => r.type === type) ?? [];
	return found.map((r) => parseEntityRef(r.targetRef));
}

/** Who owns it: the resolved relation, or what the file says while that is not known. */
export function ownerOf(entity: Entity): EntityRef | undefined {
	const related = relationsOf(entity, "ownedBy")[0];
	if (related) return related;
	const written = entity.spec?.owner;
	return written ? parseEntityRef(written, "group", entityRefOf(entity).namespace) : undefined;
}

export function systemOf(entity: Entity): EntityRef | undefined {
	const written = entity.spec?.system;
	return typeof written === "string" && written
		? parseEntityRef(written, "system", entityRefOf(entity).namespace)
		: undefined;
}

export function gapsOf(entity: Entity) {
	return entity.status?.gaps ?? [];
}

export function problemsOf(entity: Entity) {
	return entity.status?.items ?? [];
}

const annotation = {
	app: "argocd/app-name",
	appSelector: "argocd/app-selector",
	kubernetesId: "backstage.io/kubernetes-id",
	kubernetesSelector: "backstage.io/kubernetes-label-selector",
	source: "backstage.io/source-location",
	view: "backstage.io/view-url",
	managedBy: "backstage.io/managed-by-location",
	file: "pave.dev/source-file",
	docs: "backstage.io/techdocs-ref",
} as const;

export function annotationOf(entity: Entity, name: keyof typeof annotation): string | undefined {
	return entity.metadata.annotations?.[annotation[name]];
}

/** "url:https://..." and "file:..." without their prefix. */
export function locationTarget(location: string | undefined): string | undefined {
	return location?.replace(/^(url|file|dir):/, "");
}

/** An http(s) address, or nothing: names from users never become other schemes. */
export function safeUrl(url: string | undefined): string | undefined {
	return url && /^https?:\/\//i.test(url) ? url : undefined;
}

const relationWords: Record<string, string> = {
	ownedBy: "Owned by",
	ownerOf: "Owner of",
	partOf: "Part of",
	hasPart: "Has part",
	dependsOn: "Depends on",
	dependencyOf: "Needed by",
	providesApi: "Provides",
	apiProvidedBy: "Provided by",
	consumesApi: "Consumes",
	apiConsumedBy: "Consumed by",
	memberOf: "Member of",
	hasMember: "Members",
	childOf: "Child of",
	parentOf: "Parent of",
};

export function relationWord(type: string): string {
	return relationWords[type] ?? type;
}

/** Relations by type, in the order of the words above. */
export function groupRelations(entity: Entity): { type: string; targets: EntityRef[] }[] {
	const byType = new Map<string, EntityRef[]>();
	for (const relation of entity.status?.relations ?? []) {
		const list = byType.get(relation.type) ?? [];
		list.push(parseEntityRef(relation.targetRef));
		byType.set(relation.type, list);
	}
	const order = Object.keys(relationWords);
	const rank = (type: string) => (order.indexOf(type) + order.length + 1) % (order.length + 1);
	return [...byType]
		.map(([type, targets]) => ({ type, targets }))
		.sort((a, b) => rank(a.type) - rank(b.type));
}
