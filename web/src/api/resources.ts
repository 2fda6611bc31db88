/** The resources the portal knows by name, and how an object's address is written. */
import type { Obj, Ref } from "./types.ts";

export interface Resource {
	group: string;
	version: string;
	plural: string;
	kind: string;
	namespaced: boolean;
}

function resource(group: string, version: string, plural: string, kind: string, namespaced = true): Resource {
	return { group, version, plural, kind, namespaced };
}

const catalog = (plural: string, kind: string) => resource("backstage.io", "v1alpha1", plural, kind);
const admission = (plural: string, kind: string) =>
	resource("admissionregistration.k8s.io", "v1", plural, kind, false);
const core = (plural: string, kind: string, namespaced = true) =>
	resource("", "v1", plural, kind, namespaced);

export const resources = {
	components: catalog("components", "Component"),
	apis: catalog("apis", "API"),
	catalogResources: catalog("resources", "Resource"),
	systems: catalog("systems", "System"),
	domains: catalog("domains", "Domain"),
	groups: catalog("groups", "Group"),
	users: catalog("users", "User"),
	locations: catalog("locations", "Location"),
	templates: resource("scaffolder.backstage.io", "v1beta3", "templates", "Template"),
	catalogSources: resource("portal.pave.dev", "v1alpha1", "catalogsources", "CatalogSource", false),
	applications: resource("argoproj.io", "v1alpha1", "applications", "Application"),
	applicationSets: resource("argoproj.io", "v1alpha1", "applicationsets", "ApplicationSet"),
	appProjects: resource("argoproj.io", "v1alpha1", "appprojects", "AppProject"),
	deployments: resource("apps", "v1", "deployments", "Deployment"),
	replicaSets: resource("apps", "v1", "replicasets", "ReplicaSet"),
	statefulSets: resource("apps", "v1", "statefulsets", "StatefulSet"),
	daemonSets: resource("apps", "v1", "daemonsets", "DaemonSet"),
	jobs: resource("batch", "v1", "jobs", "Job"),
	cronJobs: resource("batch", "v1", "cronjobs", "CronJob"),
	pods: core("pods", "Pod"),
	services: core("services", "Service"),
	configMaps: core("configmaps", "ConfigMap"),
	replicationControllers: core("replicationcontrollers", "ReplicationController"),
	secrets: core("secrets", "Secret"),
	serviceAccounts: core("serviceaccounts", "ServiceAccount"),
	events: core("events", "Event"),
	namespaces: core("namespaces", "Namespace", false),
	nodes: core("nodes", "Node", false),
	policyRollouts: resource("governance.pave.dev", "v1alpha1", "policyrollouts", "PolicyRollout", false),
	policyExemptions: resource("governance.pave.dev", "v1alpha1", "policyexemptions", "PolicyExemption", false),
	constraintTemplates: resource(
		"templates.gatekeeper.sh",
		"v1",
		"constrainttemplates",
		"ConstraintTemplate",
		false,
	),
	policyFindings: resource("governance.pave.dev", "v1alpha1", "policyfindings", "PolicyFinding"),
	clusterPolicyFindings: resource(
		"governance.pave.dev",
		"v1alpha1",
		"clusterpolicyfindings",
		"ClusterPolicyFinding",
		false,
	),
	admissionPolicies: admission("validatingadmissionpolicies", "ValidatingAdmissionPolicy"),
	admissionBindings: admission("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"),
} as const satisfies Record<string, Resource>;

export type ResourceName = keyof typeof resources;

/** Views that the server computes, and computes anew when what they heed is written; PolicyReports are other
 *  products' as soon as their CRDs are installed. */
export const reportResources = [
	"policyFindings",
	"clusterPolicyFindings",
] as const satisfies readonly ResourceName[];

export const entityResources = [
	"components",
	"apis",
	"catalogResources",
	"systems",
	"domains",
	"groups",
	"users",
	"locations",
	"templates",
] as const satisfies readonly ResourceName[];

export const workloadResources = [
	"deployments",
	"statefulSets",
	"daemonSets",
	"jobs",
	"cronJobs",
	"replicaSets",
	"replicationControllers",
	"pods",
] as const satisfies readonly ResourceName[];

/** The name of a resource in the watch stream: GROUP/VERSION/PLURAL, "core" for the core group. */
export function streamId(r: Resource): string {
	return `${r.group || "core"}/${r.version}/${r.plural}`;
}

/** One object of a resource, whole. */
export function objectStreamId(r: Resource, namespace: string, name: string): string {
	return `${streamId(r)}/${namespace}/${name}`;
}

const applicationId = streamId(resources.applications);
/** Applications as a list shows them: ten thousand at once. */
export const applicationList = `${applicationId};list`;

const appSource = "repoURL,path,chart,targetRevision";
const appNames = "name,namespace,labels,annotations(backstage.io/kubernetes-id),ownerReferences(kind,name)";
const appSpec = `spec(project,source(${appSource}),sources(${appSource}),destination,syncPolicy(automated,syncOptions))`;
const appOperation = "operation(initiatedBy,sync(revision))";
const appStatus = [
	"sync(status,revision)",
	"health",
	"conditions",
	"operationState(phase,message,finishedAt,retryCount,operation(sync(revision,dryRun)),syncResult(revision))",
	"history[-1](revision,deployedAt)",
].join(",");
const appResources = "resources(group,version,kind,namespace,name,status,health,hook,requiresPruning)";

/** What is told of each object of these streams (src/lang/json/pick.h), where pages do not need all of it: most
 *  of an application is its history and what its last sync did with each object.  Its page asks for it whole. */
const parts: Record<string, string> = {
	[applicationId]: `apiVersion,kind,metadata(${appNames},uid,resourceVersion,creationTimestamp,deletionTimestamp),${appSpec},${appOperation},status(${appStatus},${appResources},summary(images))`,
	[applicationList]: `metadata(${appNames}),${appSpec},${appOperation},status(${appStatus})`,
};

const homeResources: readonly ResourceName[] = [
	"applications",
	"catalogSources",
	"components",
	"configMaps",
	"deployments",
	"events",
	"groups",
	"policyRollouts",
	...reportResources,
];

/** What these pages want: asked for before the application has come (shell/boot.js). */
export const earlyStreams: Readonly<Record<string, readonly string[]>> = {
	"/": homeResources.map((name) => streamId(resources[name])),
	"/applications": [applicationList, streamId(resources.components)],
};

/** Of the constraints that a ConstraintTemplate makes. */
export function constraintResource(kind: string): Resource {
	return resource("constraints.gatekeeper.sh", "v1beta1", kind.toLowerCase(), kind, false);
}

const slashes = (id: string) => id.split("/").length;

/** The address of the stream for some resources, the same whoever asks; first what is one object. */
export function watchPath(streams: readonly string[]): string {
	return `/portal/watch?${[...streams]
		.sort((a, b) => slashes(b) - slashes(a) || (a < b ? -1 : 1))
		.map((id) => `r=${encodeURIComponent(parts[id] ? `${id}(${parts[id]})` : id)}`)
		.join("&")}`;
}

/** Is not all of such objects told in the stream of their kind? */
export function isToldInPart(r: Resource): boolean {
	return parts[streamId(r)] !== undefined;
}

export function knownResource(group: string, kind: string): Resource | undefined {
	return Object.values(resources).find((r) => r.group === group && r.kind === kind);
}

export function collectionPath(r: Resource, namespace?: string): string {
	const root = r.group === "" ? `/api/${r.version}` : `/apis/${r.group}/${r.version}`;
	return r.namespaced && namespace
		? `${root}/namespaces/${encodeURIComponent(namespace)}/${r.plural}`
		: `${root}/${r.plural}`;
}

export function objectPath(r: Resource, namespace: string | undefined, name: string): string {
	return `${collectionPath(r, namespace)}/${encodeURIComponent(name)}`;
}

export function splitApiVersion(apiVersion = "v1"): { group: string; version: string } {
	const slash = apiVersion.indexOf("/");
	return slash < 0
		? { group: "", version: apiVersion }
		: { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The group and version of a reference, whichever way it was written. */
export function refGroupVersion(ref: Ref): { group: string; version: string } {
	if (ref.apiVersion !== undefined) return splitApiVersion(ref.apiVersion);
	return { group: ref.group ?? "", version: ref.version ?? "v1" };
}

export function refOf(obj: Obj): Ref {
	const { group, version } = splitApiVersion(obj.apiVersion);
	return { group, version, kind: obj.kind ?? "", namespace: obj.metadata.namespace, name: obj.metadata.name };
}

/** Identity of an object across versions of its kind. */
export function refKey(ref: Ref): string {
	return `${refGroupVersion(ref).group}/${ref.kind}/${ref.namespace ?? ""}/${ref.name}`;
}

export function objKey(obj: Obj): string {
	return refKey(refOf(obj));
}
