/** Which team an object belongs to, through its application and the catalog. */
import { refKey } from "../api/resources.ts";
import type { Application, Entity, Ref } from "../api/types.ts";
import { AppIndex } from "./apps.ts";
import { annotationOf, ownerOf, shortEntityRef } from "./entity.ts";

export class OwnerIndex {
	private readonly byKey = new Map<string, string>();
	private readonly byName = new Map<string, string>();

	constructor(entities: readonly Entity[], apps: readonly Application[]) {
		for (const entity of entities) {
			const owner = ownerOf(entity);
			if (!owner) continue;
			const team = shortEntityRef(owner, "group");
			this.byName.set(annotationOf(entity, "kubernetesId") ?? entity.metadata.name, team);
		}
		const index = new AppIndex(apps);
		const deployedBy = new Map<Application, Entity>();
		for (const entity of entities)
			for (const app of index.of(entity)) if (!deployedBy.has(app)) deployedBy.set(app, entity);
		for (const [app, entity] of deployedBy) {
			const owner = ownerOf(entity);
			if (!owner) continue;
			for (const r of app.status?.resources ?? []) this.byKey.set(refKey(r), shortEntityRef(owner, "group"));
			this.byKey.set(
				refKey({
					group: "argoproj.io",
					kind: "Application",
					namespace: app.metadata.namespace,
					name: app.metadata.name,
				}),
				shortEntityRef(owner, "group"),
			);
		}
	}

	/** The owner the catalog knows of; a namespace is none. */
	find = (ref: Ref): string | undefined => this.byKey.get(refKey(ref)) ?? this.byName.get(ref.name);
}
