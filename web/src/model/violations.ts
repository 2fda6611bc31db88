/** Policies and what breaks them. */
import type { ConfigMap, Obj, PolicyReport, PolicyResult, Ref } from "../api/types.ts";
import { valueAt } from "./path.ts";
import { type Mode, modeOf } from "./state.ts";
import { plural, sentence } from "./text.ts";

export const policyLabel = "openpolicyagent.org/policy";
const statusAnnotation = "openpolicyagent.org/kube-mgmt-status";

/** Whose language it is in, as people call it. */
export type Sort = "Rego" | "Gatekeeper" | "CEL";

/** What judges, as reports name it. */
const sortOfSource: Record<string, Sort> = { gatekeeper: "Gatekeeper", ValidatingAdmissionPolicy: "CEL" };

export interface Policy {
	sort: Sort;
	/** "ConfigMap", "ValidatingAdmissionPolicy", or the constraint's own. */
	kind: string;
	name: string;
	/** Empty if it is in none. */
	namespace: string;
	/** The strongest of what it does. */
	mode: Mode;
	loaded: boolean | undefined;
	error?: string;
	/** What is strange about it, though it decides. */
	warning?: string;
	/** Why it decides nothing. */
	idle?: string;
	/** What makes it go a step further, if one command does. */
	next?: string;
	/** Its Rego; what others say is in their spec. */
	files: { name: string; text: string }[];
	object: Obj;
}

export interface Violation {
	key: string;
	/** The name of its object, and the namespace if the report says it. */
	policy: string;
	policyNamespace: string;
	sort: Sort;
	/** Of a constraint: its kind. */
	rule: string;
	/** The policy could not be asked. */
	fault: boolean;
	mode: Mode;
	kind: string;
	ref: Ref;
	/** Empty if the catalog knows of none. */
	team: string;
	severity: string;
	message: string;
	field: string;
	value: string;
	/** From when it refuses, if a rollout holds it back and that is known. */
	from?: string;
	/** There is no such time, as it is over: the rollout's gate keeps it, or somebody's word. */
	due: boolean;
	rollout?: string;
	environment?: string;
}

const decidesNothing = "policy decides nothing: ";

function doubtOf(warning: string | undefined): Pick<Policy, "idle" | "warning"> {
	return warning?.startsWith(decidesNothing)
		? { idle: `${sentence(warning.slice(decidesNothing.length))}.` }
		: { warning };
}

function loadStatus(annotation: string | undefined): Pick<Policy, "loaded" | "error" | "idle" | "warning"> {
	if (!annotation) return { loaded: undefined };
	try {
		const status = JSON.parse(annotation) as { status?: string; error?: unknown; warning?: string };
		const error = status.error as { message?: string } | string | undefined;
		return {
			loaded: status.status === "ok",
			...doubtOf(status.warning),
			error:
				typeof error === "string" ? error : (error?.message ?? (error ? JSON.stringify(error) : undefined)),
		};
	} catch {
		return { loaded: false, error: annotation };
	}
}

/** Where policies are read from, as kube-mgmt does. */
export const policyNamespaces = ["pave-system", "opa"];

/** Does it decide anything? */
export function isRead(policy: Policy): boolean {
	return policy.idle === undefined;
}

function regoIdle(namespace: string): string | undefined {
	if (policyNamespaces.includes(namespace)) return undefined;
	return `Policies are read from the namespaces ${policyNamespaces.join(" and ")} only, and this one is in ${namespace}.`;
}

/** What an administrator would turn to next. */
export function nextMode(mode: Mode): Mode | undefined {
	return mode === "audit" ? "warn" : mode === "warn" ? "deny" : undefined;
}

function regoOf(map: ConfigMap): Policy {
	const { name, namespace = "" } = map.metadata;
	const mode = modeOf(map.metadata.annotations?.["pave.dev/enforcement"]);
	const to = nextMode(mode);
	const status = loadStatus(map.metadata.annotations?.[statusAnnotation]);
	return {
		sort: "Rego",
		kind: "ConfigMap",
		name,
		namespace,
		mode,
		...status,
		idle: regoIdle(namespace) ?? status.idle,
		next: to
			? `kubectl annotate --overwrite configmap ${name} -n ${namespace} pave.dev/enforcement=${to}`
			: undefined,
		files: Object.entries(map.data ?? {}).map(([file, text]) => ({ name: file, text })),
		object: { apiVersion: "v1", ...map, kind: "ConfigMap" },
	};
}

export function isPolicy(map: ConfigMap): boolean {
	return map.metadata.labels?.[policyLabel] === "rego";
}

export function policiesOf(maps: readonly ConfigMap[]): Policy[] {
	return maps
		.filter(isPolicy)
		.map(regoOf)
		.sort((a, b) => a.name.localeCompare(b.name));
}

function valueText(value: unknown): string {
	if (value === undefined || value === null) return "";
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function targetOf(report: PolicyReport, result: PolicyResult): Ref {
	const ref = result.resources?.[0] ?? report.scope;
	return ref ?? { kind: "Unknown", name: report.metadata.name, namespace: report.metadata.namespace };
}

/** Reports name a policy by its ConfigMap, with or without the namespace. */
function policyName(text: string): { policy: string; policyNamespace: string } {
	const slash = text.indexOf("/");
	return { policy: text.slice(slash + 1), policyNamespace: slash < 0 ? "" : text.slice(0, slash) };
}

/** Failing results as rows; `teamOf` says who owns an object. */
export function violationsOf(
	reports: readonly PolicyReport[],
	teamOf: (ref: Ref) => string | undefined,
	objectOf: (ref: Ref) => unknown = () => undefined,
): Violation[] {
	return reports.flatMap((report) =>
		(report.results ?? [])
			.filter((r) => r.result === "fail" || r.result === "warn" || r.result === "error")
			.map((result, at) => {
				const ref = targetOf(report, result);
				return {
					key: `${report.metadata.namespace ?? ""}/${report.metadata.name}/${result.policy}/${at}`,
					...policyName(result.policy),
					sort: sortOfSource[result.source ?? ""] ?? "Rego",
					rule: result.rule ?? "",
					fault: result.result === "error",
					mode: modeOf(result.properties?.enforcement ?? (result.result === "warn" ? "warn" : "deny")),
					kind: ref.kind,
					ref,
					team: teamOf(ref) ?? "",
					severity: result.severity ?? "",
					message: result.message ?? "",
					field: result.properties?.field ?? "",
					value:
						result.properties?.value || valueText(valueAt(objectOf(ref), result.properties?.field ?? "")),
					from: result.properties?.enforcedFrom,
					due: result.properties?.due === "true",
					rollout: result.properties?.rollout,
					environment: result.properties?.environment,
				};
			}),
	);
}

export function isOfPolicy(violation: Violation, policy: Policy): boolean {
	if (violation.policy !== policy.name || violation.sort !== policy.sort) return false;
	if (policy.sort === "Gatekeeper") return violation.rule === policy.kind;
	return violation.policyNamespace === "" || violation.policyNamespace === policy.namespace;
}

export interface Impact {
	objects: number;
	/** Of these, what is refused where it is: neither a rule that only warns nor a rollout keeps it. */
	refused: number;
	teams: string[];
	violations: number;
	/** How often it could not be asked. */
	faults: number;
}

function objectsOf(violations: readonly Violation[]): number {
	return new Set(violations.map((v) => `${v.ref.kind}/${v.ref.namespace}/${v.ref.name}`)).size;
}

export function impactOf(policy: Policy, violations: readonly Violation[]): Impact {
	const mine = violations.filter((v) => isOfPolicy(v, policy));
	return {
		objects: objectsOf(mine),
		refused: objectsOf(mine.filter((v) => v.mode === "deny")),
		violations: mine.filter((v) => !v.fault).length,
		faults: mine.filter((v) => v.fault).length,
		teams: [...new Set(mine.map((v) => v.team).filter(Boolean))].sort(),
	};
}

/** What happens to the next change of an object that breaks the policy. */
export const modeMeaning: Record<Mode, string> = {
	deny: "Refused at the API, with all messages at once",
	warn: "Let in; kubectl prints the message as a warning",
	audit: "Let in silently; only listed here",
};

/** What is so now where the objects are, and what would be so if the policy were enforced there. */
export function consequence(mode: Mode, { objects, refused, teams }: Impact): string {
	if (objects === 0)
		return mode === "deny"
			? "Nothing that exists breaks it."
			: "Nothing breaks it: it can be enforced today.";
	const whose = teams.length > 0 ? ` of ${plural(teams.length, "team")}` : "";
	const all = `${plural(objects, "object")}${whose}`;
	if (refused === 0) return `If it were enforced now, the next change of ${all} would be refused.`;
	const would =
		refused === objects
			? `${all}, there from before it was enforced,`
			: `Of ${all} that break it, ${refused}`;
	const others = refused < objects ? " That of the others is let in: there it is not enforced yet." : "";
	return `${would} would be refused today. What runs runs on; the next change is refused until it is mended.${others}`;
}
