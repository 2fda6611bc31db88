/** Whether an entity that something refers to is in the catalog, as far as one may see. */
import { entityResources, resources } from "../api/resources.ts";
import type { Entity } from "../api/types.ts";
import type { Snapshot } from "../live/fold.ts";
import { type EntityRef, entityKey, formatEntityRef } from "./entity.ts";

const kinds = entityResources.map((name) => resources[name].kind.toLowerCase());

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
