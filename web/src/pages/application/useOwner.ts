import { useMemo } from "react";
import type { Application, Entity } from "../../api/types.ts";
import { useLive } from "../../live/hooks.ts";
import { entitiesOfApp } from "../../model/apps.ts";
import { entityRefOf, entityTitle } from "../../model/entity.ts";
import { entityHref } from "../../model/links.ts";

/** The service in the catalog that an application deploys. */
export function useOwner(app: Application): { name: string; href: string } | undefined {
	const { items } = useLive<Entity>("components");
	return useMemo(() => {
		const entity = entitiesOfApp(app, items)[0];
		return entity ? { name: entityTitle(entity), href: entityHref(entityRefOf(entity)) } : undefined;
	}, [app, items]);
}
