/** Of delivery: what syncs applications, what makes them and what they may.  types.ts has the rest. */
import type { AppResource, Condition, HealthStatus, Obj, Ref } from "./types.ts";

export interface SyncResult {
	revision?: string;
	resources?: (Ref & { status?: string; message?: string; hookPhase?: string; syncPhase?: string })[];
}

export interface OperationState {
	phase?: string;
	message?: string;
	startedAt?: string;
	finishedAt?: string;
	retryCount?: number;
	operation?: Operation;
	syncResult?: SyncResult;
}

export interface Operation {
	sync?: {
		revision?: string;
		prune?: boolean;
		dryRun?: boolean;
		/** Only these; all, with hooks, if absent. */
		resources?: { group?: string; kind: string; namespace?: string; name: string }[];
	};
	initiatedBy?: { username?: string; automated?: boolean };
}

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
