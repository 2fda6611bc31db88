/** The shapes of types.ts against what the server says it serves: a field that it has not, or has as
 *  something else, fails the type checker with its path. Nothing of this is in the build. */
import type * as server from "./openapi.ts";
import type * as ours from "./types.ts";

type Plain = string | number | boolean | null | undefined;

/** Paths of fields of O that S has not, or has as another type. */
type Strange<O, S, P extends string = ""> = unknown extends S
	? never
	: unknown extends O
		? never
		: [O] extends [Plain]
			? [S] extends [Plain]
				? [O] extends [S]
					? never
					: [S] extends [O]
						? never
						: P
				: P
			: [O] extends [readonly (infer OI)[]]
				? [S] extends [readonly (infer SI)[]]
					? Strange<OI, SI, `${P}[]`>
					: P
				: string extends keyof O
					? never
					: string extends keyof S
						? never
						: {
								[K in keyof O & string]-?: K extends keyof S
									? unknown extends S[K] // of which NonNullable would make {}
										? never
										: Strange<NonNullable<O[K]>, NonNullable<S[K]>, `${P}.${K}`>
									: `${P}.${K}`;
							}[keyof O & string];

/** Of each pair, nothing may be strange. */
export interface Checked {
	application: Strange<ours.Application, server.Application>;
	applicationSet: Strange<ours.ApplicationSet, server.ApplicationSet>;
	appProject: Strange<ours.AppProject, server.AppProject>;
	configMap: Strange<ours.ConfigMap, server.ConfigMap>;
	node: Strange<ours.Node, server.Node>;
	// A reference of ours has its group and version apart, too (refGroupVersion).
	event: Strange<Omit<ours.KubeEvent, "involvedObject">, server.Event>;
	catalogSource: Strange<ours.CatalogSource, server.CatalogSource>;
	// What the catalog keeps in metadata beside what every object has, the OpenAPI does not say.
	entity: Strange<Omit<ours.Entity, "metadata">, server.Component>;
	podSpec: Strange<ours.PodSpec, server.PodSpec>;
	containerStatus: Strange<ours.ContainerStatus, server.ContainerStatus>;
}

export const strange: { [K in keyof Checked]: Checked[K] extends never ? true : Checked[K] } = {
	application: true,
	applicationSet: true,
	appProject: true,
	configMap: true,
	node: true,
	event: true,
	catalogSource: true,
	entity: true,
	podSpec: true,
	containerStatus: true,
};
