/** What stands around an entity: who needs it at the left, what it needs at the right. */
import type { Entity } from "../api/types.ts";
import { type EntityRef, entityRefOf, formatEntityRef, parseEntityRef, relationWord } from "./entity.ts";

const left = new Set(["dependencyOf", "apiConsumedBy", "hasPart", "ownerOf", "hasMember", "parentOf"]);
const right = new Set([
	"dependsOn",
	"consumesApi",
	"providesApi",
	"apiProvidedBy",
	"partOf",
	"ownedBy",
	"memberOf",
	"childOf",
]);

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
		const side = left.has(relation.type) ? "left" : right.has(relation.type) ? "right" : undefined;
		if (!side) continue;
		const ref = parseEntityRef(relation.targetRef);
		const id = `${side} ${formatEntityRef(ref)}`;
		const known = byId.get(id);
		if (known) known.words.push(relationWord(relation.type).toLowerCase());
		else byId.set(id, { id, ref, side, words: [relationWord(relation.type).toLowerCase()] });
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
