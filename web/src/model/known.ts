/** Whether an entity that something refers to is in the catalog, as far as one may see. */
import { entityResources, resources } from "../api/resources.ts";
import type { Entity } from "../api/types.ts";
import type { Snapshot } from "../live/fold.ts";
import { type EntityRef, entityKey, formatEntityRef } from "./entity.ts";

const kinds = entityResources.map((name) => resources[name].kind.toLowerCase());

/** Is it a kind of entity, in any case? */
export function isEntityKind(kind: string): boolean {
	return kinds.includes(kind.toLowerCase());
}

/** What a kind may be, for people. */
export const entityKinds: readonly string[] = kinds;

/** Backstage has the namespace before the kind in its addresses: the two in our order, if that is meant. */
export function kindFirst(kind: string, namespace: string): { kind: string; namespace: string } | undefined {
	return !isEntityKind(kind) && isEntityKind(namespace)
		? { kind: namespace.toLowerCase(), namespace: kind }
		: undefined;
}

/** Out of one picture of each kind of `entityResources`.  What may not be seen may be there. */
export function missingFrom(pictures: readonly Snapshot[]): (ref: EntityRef) => boolean {
	const keys = new Set(pictures.flatMap((picture) => (picture.items as Entity[]).map(entityKey)));
	return (ref) => {
		const picture = pictures[kinds.indexOf(ref.kind)];
		if (picture?.state !== "live") return false;
		if (picture.namespaces && !picture.namespaces.includes(ref.namespace)) return false;
		return !keys.has(formatEntityRef(ref));
	};
}
