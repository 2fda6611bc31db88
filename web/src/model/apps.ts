/** Which applications deploy which entity: by annotation, as the Argo CD plugin reads it. */
import type { Application, Entity, Obj } from "../api/types.ts";
import { annotationOf } from "./entity.ts";
import { parseSelector } from "./selector.ts";

const idLabel = "backstage.io/kubernetes-id";

/** Its objects are in another cluster: what has their names here is something else. */
export function isElsewhere({ spec }: Application): boolean {
	const { name, server } = spec?.destination ?? {};
	if (name) return name !== "in-cluster";
	return server ? server.replace(/\/+$/, "") !== "https://kubernetes.default.svc" : false;
}

export class AppIndex {
	private readonly byName = new Map<string, Application[]>();
	private readonly byId = new Map<string, Application[]>();

	constructor(private readonly apps: readonly Application[]) {
		for (const app of apps) {
			push(this.byName, app.metadata.name, app);
			const id = app.metadata.labels?.[idLabel] ?? app.metadata.annotations?.[idLabel];
			if (id) push(this.byId, id, app);
		}
	}

	of(entity: Entity): Application[] {
		const found = new Set<Application>();
		const names = annotationOf(entity, "app");
		for (const name of names?.split(",") ?? [])
			for (const app of this.byName.get(name.trim().split("/").at(-1) ?? "") ?? []) found.add(app);
		const selector = parseSelector(annotationOf(entity, "appSelector") ?? "");
		if (selector) for (const app of this.apps) if (selector(app.metadata.labels)) found.add(app);
		const id = annotationOf(entity, "kubernetesId");
		if (id) for (const app of this.byId.get(id) ?? []) found.add(app);
		return [...found];
	}
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
	const list = map.get(key);
	if (list) list.push(value);
	else map.set(key, [value]);
}

/** Entities that an application deploys: the way back. */
export function entitiesOfApp(app: Application, entities: readonly Entity[]): Entity[] {
	const index = new AppIndex([app]);
	return entities.filter((entity) => index.of(entity).length > 0);
}

/** Workloads of an entity: by label selector, which wins, or by the label of the annotation's name. */
export function workloadsOf<T extends Obj>(entity: Entity, workloads: readonly T[]): T[] {
	const selector = parseSelector(annotationOf(entity, "kubernetesSelector") ?? "");
	if (selector) return workloads.filter((w) => selector(w.metadata.labels));
	const id = annotationOf(entity, "kubernetesId");
	return id ? workloads.filter((w) => w.metadata.labels?.[idLabel] === id) : [];
}
