import { useMemo } from "react";
import { refOf } from "../../api/resources.ts";
import type { Application, Entity } from "../../api/types.ts";
import { useLive } from "../../live/hooks.ts";
import { ownerOf, shortEntityRef } from "../../model/entity.ts";
import { OwnerIndex } from "../../model/owners.ts";
import { useParams } from "../../ui/list/useListState.ts";

export interface Scope {
	/** The person's groups that are teams of the catalog. */
	teams: string[];
	mine: boolean;
	apps: readonly Application[];
	entities: readonly Entity[];
}

/** What is mine, if my groups are teams of the catalog; else everything. */
export function useScope(
	groups: readonly string[],
	entities: readonly Entity[],
	apps: readonly Application[],
): Scope {
	const [params] = useParams();
	const known = useLive<Entity>("groups").items;
	return useMemo(() => {
		const names = new Set(known.map((group) => group.metadata.name));
		const teams = groups.filter((group) => names.has(group));
		if (teams.length === 0 || params.of === "all") return { teams, mine: false, apps, entities };
		const { find } = new OwnerIndex(entities, apps);
		const isMine = (team: string | undefined) => team !== undefined && teams.includes(team);
		return {
			teams,
			mine: true,
			apps: apps.filter((app) => isMine(find({ ...refOf(app), group: "argoproj.io", kind: "Application" }))),
			entities: entities.filter((entity) => {
				const owner = ownerOf(entity);
				return isMine(owner && shortEntityRef(owner, "group"));
			}),
		};
	}, [groups, known, entities, apps, params.of]);
}
