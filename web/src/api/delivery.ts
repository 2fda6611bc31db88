/** What makes applications and what they may: ApplicationSets and AppProjects, as types.ts has the rest. */
import type { AppResource, Condition, HealthStatus, Obj } from "./types.ts";

/** A generator: its kind is the name of the member that it has. */
export type Generator = Record<string, unknown>;

export interface MatchExpression {
	key?: string;
	operator?: string;
	values?: string[];
}

export interface SetStep {
	matchExpressions?: MatchExpression[];
	maxUpdate?: number | string;
}

export interface SetApplication {
	application?: string;
	status?: string;
	message?: string;
	step?: string;
	lastTransitionTime?: string;
}

export interface ApplicationSet extends Obj {
	spec?: {
		goTemplate?: boolean;
		generators?: Generator[];
		template?: { spec?: { project?: string } };
		strategy?: { type?: string; rollingSync?: { steps?: SetStep[] } };
		syncPolicy?: { applicationsSync?: string; preserveResourcesOnDeletion?: boolean };
	};
	status?: {
		health?: HealthStatus;
		conditions?: Condition[];
		resources?: Omit<AppResource, "apiVersion">[];
		resourcesCount?: number;
		applicationStatus?: SetApplication[];
	};
}

export interface SyncWindow {
	kind?: string;
	schedule?: string;
	duration?: string;
	timeZone?: string;
	applications?: string[];
	namespaces?: string[];
	clusters?: string[];
	manualSync?: boolean;
	syncOverrun?: boolean;
	andOperator?: boolean;
	description?: string;
}

export interface ProjectRole {
	name?: string;
	description?: string;
	policies?: string[];
	groups?: string[];
}

export interface GroupKind {
	group?: string;
	kind?: string;
}

/** Of what has no namespace, by name, too. */
export interface NamedKind extends GroupKind {
	name?: string;
}

export interface AppProject extends Obj {
	spec?: {
		description?: string;
		sourceRepos?: string[];
		sourceNamespaces?: string[];
		destinations?: { server?: string; name?: string; namespace?: string }[];
		clusterResourceWhitelist?: NamedKind[];
		clusterResourceBlacklist?: NamedKind[];
		namespaceResourceWhitelist?: GroupKind[];
		namespaceResourceBlacklist?: GroupKind[];
		orphanedResources?: { warn?: boolean };
		roles?: ProjectRole[];
		syncWindows?: SyncWindow[];
	};
}
