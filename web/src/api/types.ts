/** Shapes of the API objects that the portal reads: the parts it uses, nothing more. */

import type { Operation, OperationState } from "./delivery.ts";

export interface OwnerReference {
	apiVersion: string;
	kind: string;
	name: string;
	uid: string;
	controller?: boolean;
}

export interface Meta {
	name: string;
	namespace?: string;
	uid?: string;
	resourceVersion?: string;
	generation?: number;
	creationTimestamp?: string;
	deletionTimestamp?: string;
	labels?: Record<string, string>;
	annotations?: Record<string, string>;
	ownerReferences?: OwnerReference[];
}

export interface Obj {
	apiVersion?: string;
	kind?: string;
	metadata: Meta;
}

export interface Condition {
	type: string;
	status?: string;
	reason?: string;
	message?: string;
	lastTransitionTime?: string;
}

export interface Ref {
	group?: string;
	version?: string;
	apiVersion?: string;
	kind: string;
	namespace?: string;
	name: string;
}

/* Catalog */

export interface EntityLink {
	url: string;
	title?: string;
	icon?: string;
	type?: string;
}

export interface EntityMeta extends Meta {
	title?: string;
	description?: string;
	tags?: string[];
	links?: EntityLink[];
}

export interface EntitySpec {
	type?: string;
	lifecycle?: string;
	owner?: string;
	system?: string;
	domain?: string;
	/** Or the placeholder of a text on another host. */
	definition?: string | Record<string, string>;
	profile?: { displayName?: string; email?: string; picture?: string };
	[key: string]: unknown;
}

export interface Gap {
	check: string;
	message?: string;
	fix?: string;
}

export interface EntityItem {
	level?: string;
	type?: string;
	message?: string;
}

export interface Relation {
	type: string;
	targetRef: string;
}

export interface Entity extends Obj {
	metadata: EntityMeta;
	spec?: EntitySpec;
	status?: { relations?: Relation[]; items?: EntityItem[]; gaps?: Gap[] };
}

export interface CatalogSource extends Obj {
	spec?: { repoURL?: string; revision?: string; paths?: string[] };
	status?: {
		commit?: string;
		entities?: number;
		errorCount?: number;
		errors?: { file?: string; line?: number; message?: string }[];
		conditions?: Condition[];
	};
}

/* Delivery */

export interface HealthStatus {
	status?: string;
	message?: string;
	lastTransitionTime?: string;
}

export interface AppSource {
	repoURL?: string;
	path?: string;
	targetRevision?: string;
	chart?: string;
}

export interface AppResource extends Ref {
	status?: string;
	health?: HealthStatus;
	requiresPruning?: boolean;
	hook?: boolean;
	syncWave?: number;
}

export interface AppHistory {
	id?: number;
	revision?: string;
	deployedAt?: string;
	deployStartedAt?: string;
	source?: AppSource;
	initiatedBy?: { username?: string; automated?: boolean };
}

export interface Application extends Obj {
	spec?: {
		project?: string;
		source?: AppSource;
		sources?: AppSource[];
		destination?: { server?: string; name?: string; namespace?: string };
		syncPolicy?: {
			automated?: { prune?: boolean; selfHeal?: boolean; enabled?: boolean };
			syncOptions?: string[];
		};
	};
	operation?: Operation;
	status?: {
		sync?: { status?: string; revision?: string };
		health?: HealthStatus;
		resources?: AppResource[];
		operationState?: OperationState;
		history?: AppHistory[];
		conditions?: Condition[];
		summary?: { images?: string[]; externalURLs?: string[] };
		reconciledAt?: string;
		sourceType?: string;
	};
}

export type * from "./delivery.ts";

/* Workloads */

export interface Container {
	name: string;
	image?: string;
}

export interface ContainerStatus {
	name: string;
	ready?: boolean;
	restartCount?: number;
	state?: {
		waiting?: { reason?: string; message?: string };
		terminated?: { reason?: string; exitCode?: number; message?: string };
		running?: { startedAt?: string };
	};
	lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

export interface PodSpec {
	containers?: Container[];
	nodeName?: string;
}

export interface Workload extends Obj {
	spec?: {
		replicas?: number;
		paused?: boolean;
		suspend?: boolean;
		completions?: number;
		containers?: Container[];
		nodeName?: string;
		template?: { spec?: PodSpec };
	};
	status?: {
		phase?: string;
		reason?: string;
		message?: string;
		observedGeneration?: number;
		replicas?: number;
		readyReplicas?: number;
		updatedReplicas?: number;
		availableReplicas?: number;
		desiredNumberScheduled?: number;
		numberReady?: number;
		updatedNumberScheduled?: number;
		active?: number;
		succeeded?: number;
		failed?: number;
		startTime?: string;
		conditions?: Condition[];
		containerStatuses?: ContainerStatus[];
	};
}

export interface Node extends Obj {
	status?: { conditions?: Condition[]; nodeInfo?: Record<string, string> };
}

export interface KubeEvent extends Obj {
	type?: string;
	reason?: string;
	message?: string;
	count?: number;
	firstTimestamp?: string;
	lastTimestamp?: string;
	eventTime?: string;
	involvedObject?: Ref & { uid?: string };
	source?: { component?: string };
	reportingComponent?: string;
}

/* Policies */

export interface ConfigMap extends Obj {
	data?: Record<string, string>;
}

/** What one of Gatekeeper's pods says of it; Pave is one. */
export interface GatekeeperPod {
	enforced?: boolean;
	errors?: { code?: string; message?: string }[];
}

export interface ConstraintTemplate extends Obj {
	spec?: { crd?: { spec?: { names?: { kind?: string } } } };
	status?: { byPod?: GatekeeperPod[] };
}

export interface Constraint extends Obj {
	spec?: { enforcementAction?: string; scopedEnforcementActions?: { action?: string }[] };
	status?: { byPod?: GatekeeperPod[] };
}

export interface AdmissionPolicy extends Obj {
	status?: {
		observedGeneration?: number;
		typeChecking?: { expressionWarnings?: { fieldRef?: string; warning?: string }[] };
	};
}

export interface AdmissionBinding extends Obj {
	spec?: { policyName?: string; validationActions?: string[] };
}

/** What would refuse a write of it today. */
export interface Refused extends Ref {
	policyKind?: string;
	policy?: string;
	message?: string;
}

export type Stage = "Audit" | "Warn" | "Enforce";

export interface RolloutEnvironment {
	name: string;
	stage: Stage;
	since?: string;
	earliest?: string;
	enforcedFrom?: string;
	waits?: string[];
	violations?: number;
	allowed?: number;
	exempt?: number;
	errors?: number;
	objects?: number;
	/** Who let it come to its stage, if anybody was asked. */
	approvedBy?: string;
	/** Those that were of what a policy said before it changed. */
	lapsedApprovals?: number;
	/** Most violations first; those of nobody have no owner. */
	owners?: { owner?: string; objects: number; violations: number }[];
	/** The first hundred. */
	refused?: Refused[];
}

/** What happened to a rollout: an environment came to a stage, or policies changed. */
export interface RolloutDeed {
	at: string;
	environment?: string;
	stage?: Stage;
	by?: string;
	why?: string;
}

export interface Approval {
	environment: string;
	stage: Stage;
	by: string;
}

export interface PolicyRollout extends Obj {
	spec?: {
		policies?: { kind: string; namespace?: string; name: string; rules?: string[] }[];
		environments?: { name: string; namespaces?: string[]; namespaceSelector?: object }[];
		approval?: string;
		approvals?: Approval[];
		paused?: boolean;
		rollback?: { to: Stage; environments?: string[]; reason: string };
	};
	status?: {
		phase?: string;
		environments?: RolloutEnvironment[];
		history?: RolloutDeed[];
		conditions?: Condition[];
	};
}

export interface LabelSelector {
	matchLabels?: Record<string, string>;
	matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface PolicyExemption extends Obj {
	spec?: {
		policies?: { kind: string; namespace?: string; name: string; rules?: string[] }[];
		objects?: {
			namespaces?: string[];
			namespaceSelector?: LabelSelector;
			kinds?: string[];
			names?: string[];
			selector?: LabelSelector;
		};
		until?: string;
		reason?: string;
		person?: string;
		approvedBy?: string;
		warnBefore?: string;
	};
	status?: { conditions?: Condition[] };
}

export interface PolicyResult {
	/** What judged: "pave-rego", "gatekeeper", "ValidatingAdmissionPolicy". */
	source?: string;
	policy: string;
	rule?: string;
	result: "fail" | "warn" | "pass" | "error" | "skip";
	severity?: string;
	message?: string;
	resources?: Ref[];
	properties?: { enforcement?: string; field?: string; value?: string } & Record<string, string>;
}

export interface PolicyReport extends Obj {
	scope?: Ref;
	results?: PolicyResult[];
}

/* Why */

export interface PathDiff {
	path: string;
	from?: unknown;
	to?: unknown;
}

export interface PlanChange {
	action: string;
	object: Ref;
	diff?: PathDiff[];
}

export interface Plan {
	controller: string;
	at?: string;
	reason?: string;
	summary?: string;
	facts?: { key: string; state?: string; at?: string }[];
	changes?: PlanChange[];
	/** How what is differs from what is wanted, whether or not anything is done about it. */
	differences?: PlanChange[];
	effects?: unknown[];
	/** Facts that are not known yet. */
	waitingFor?: string[];
	events?: { type?: string; reason?: string; message?: string }[];
	nextRun?: string;
	error?: string | { message?: string };
	/** Turns that said the same are one entry. */
	times?: number;
	since?: string;
	/** Not a turn of its own controller: what somebody did to it, or what it did to others. */
	deed?: boolean;
	/** It was not let: the reasons. */
	refused?: Objection[];
	user?: string;
	by?: { kind?: string; namespace?: string; name?: string; hidden?: boolean };
	undid?: string;
	moreChanges?: number;
}

export interface WhyCause {
	object: Ref;
	reason?: string;
	message?: string;
	count?: number;
}

/** What a policy has against an object, or had against a write, and what that stands on. */
export interface Objection {
	/** "deny", "warn", "audit" or "exempt"; of a refusal nothing. */
	effect?: string;
	policy?: { kind: string; namespace?: string; name: string };
	rule?: string;
	message: string;
	/** Of Rego (with lines) the body that held: to pass, one must not; of CEL the parts that decided. */
	statements?: { text: string; line?: number; holds: boolean }[];
	reads?: {
		field?: string;
		param?: string;
		name?: string;
		value?: unknown;
		absent?: boolean;
		hidden?: boolean;
		large?: boolean;
	}[];
	rollout?: string;
	/** When it gets worse, in words. */
	soon?: string;
	exemption?: { name: string; until?: string; reason?: string; person?: string };
}

export interface Why {
	object?: Ref;
	/** How it is, and how it got there. */
	summary?: string;
	/** What keeps it from being well. */
	causes?: WhyCause[];
	/** What policies have against it as it is. */
	policies?: Objection[];
	plans?: Plan[];
	nextRun?: string;
}

export interface Session {
	user: string;
	groups?: string[];
	displayName?: string;
	expires?: string;
}

export interface Status {
	kind?: string;
	reason?: string;
	message?: string;
	code?: number;
	details?: { causes?: { field?: string; message?: string; reason?: string }[] };
}
