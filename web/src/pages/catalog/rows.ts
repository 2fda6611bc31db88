import type { Application, Entity } from "../../api/types.ts";
import { AppIndex } from "../../model/apps.ts";
import { entityKey, entityTitle, gapsOf, ownerOf, shortEntityRef, systemOf } from "../../model/entity.ts";
import { healthState, type State, worst } from "../../model/state.ts";

/** An entity with what the table sorts and filters by, worked out once. */
export interface CatalogRow {
	key: string;
	entity: Entity;
	title: string;
	kind: string;
	type: string;
	owner: string;
	system: string;
	lifecycle: string;
	namespace: string;
	tags: string[];
	gaps: string[];
	health: string;
	state: State;
}

const healthWords: Record<State, string> = {
	ok: "Healthy",
	progress: "Progressing",
	warn: "Missing",
	fail: "Degraded",
	paused: "Suspended",
	unknown: "Unknown",
};

export function catalogRows(entities: readonly Entity[], apps: readonly Application[]): CatalogRow[] {
	const index = new AppIndex(apps);
	return entities.map((entity) => {
		const owner = ownerOf(entity);
		const system = systemOf(entity);
		const mine = index.of(entity);
		const state = worst(mine.map((app) => healthState(app.status?.health?.status)));
		return {
			key: entityKey(entity),
			entity,
			title: entityTitle(entity),
			kind: entity.kind ?? "",
			type: entity.spec?.type ?? "",
			owner: owner ? shortEntityRef(owner, "group") : "",
			system: system ? shortEntityRef(system, "system") : "",
			lifecycle: entity.spec?.lifecycle ?? "",
			namespace: entity.metadata.namespace ?? "default",
			tags: entity.metadata.tags ?? [],
			gaps: [...new Set(gapsOf(entity).map((gap) => gap.check))],
			health: mine.length > 0 ? healthWords[state] : "",
			state,
		};
	});
}
