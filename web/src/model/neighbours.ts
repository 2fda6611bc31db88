/** What stands around an entity: what is there through it at the left, what it stands on at the right. */
import type { Entity } from "../api/types.ts";
import { type EntityRef, entityRefOf, formatEntityRef, parseEntityRef } from "./entity.ts";

/** What a neighbour is to it, by the type of the relation. */
const left: Record<string, string> = {
	dependencyOf: "needs it",
	apiConsumedBy: "consumes it",
	hasPart: "part of it",
	ownerOf: "owned by it",
	hasMember: "its member",
	parentOf: "its child",
};
const right: Record<string, string> = {
	dependsOn: "needed",
	consumesApi: "consumed",
	providesApi: "provided",
	apiProvidedBy: "provides it",
	partOf: "contains it",
	ownedBy: "owns it",
	memberOf: "its group",
	childOf: "its parent",
};

export interface Neighbour {
	id: string;
	ref: EntityRef;
	side: "left" | "right";
	words: string[];
}

export interface Neighbourhood {
	self: EntityRef;
	neighbours: Neighbour[];
	/** How many were left out at each side. */
	more: { left: number; right: number };
}

export const sideMax = 7;

export function neighbourhood(entity: Entity): Neighbourhood {
	const byId = new Map<string, Neighbour>();
	for (const relation of entity.status?.relations ?? []) {
		const side = relation.type in left ? "left" : "right";
		const word = left[relation.type] ?? right[relation.type];
		if (!word) continue;
		const ref = parseEntityRef(relation.targetRef);
		const id = `${side} ${formatEntityRef(ref)}`;
		const known = byId.get(id);
		if (known) known.words.push(word);
		else byId.set(id, { id, ref, side, words: [word] });
	}
	const all = [...byId.values()];
	const of = (side: "left" | "right") => all.filter((n) => n.side === side);
	return {
		self: entityRefOf(entity),
		neighbours: [...of("left").slice(0, sideMax), ...of("right").slice(0, sideMax)],
		more: {
			left: Math.max(0, of("left").length - sideMax),
			right: Math.max(0, of("right").length - sideMax),
		},
	};
}
