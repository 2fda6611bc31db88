/** Policies and what breaks them. */
import type { ConfigMap, PolicyReport, PolicyResult, Ref } from "../api/types.ts";
import { valueAt } from "./path.ts";
import { type Mode, modeOf } from "./state.ts";

export const policyLabel = "openpolicyagent.org/policy";
const statusAnnotation = "openpolicyagent.org/kube-mgmt-status";

export interface Policy {
	name: string;
	namespace: string;
	mode: Mode;
	loaded: boolean | undefined;
	error?: string;
	files: { name: string; text: string }[];
	object: ConfigMap;
}

export interface Violation {
	key: string;
	/** The name of its ConfigMap, and the namespace if the report says it. */
	policy: string;
	policyNamespace: string;
	/** Of a ValidatingAdmissionPolicy: no ConfigMap of that name is meant. */
	inCel: boolean;
	rule: string;
	mode: Mode;
	kind: string;
	ref: Ref;
	/** Empty if the catalog knows of none. */
	team: string;
	severity: string;
	message: string;
	field: string;
	value: string;
}

function loadStatus(annotation: string | undefined): { loaded: boolean | undefined; error?: string } {
	if (!annotation) return { loaded: undefined };
	try {
		const status = JSON.parse(annotation) as { status?: string; error?: unknown };
		const error = status.error as { message?: string } | string | undefined;
		return {
			loaded: status.status === "ok",
			error:
				typeof error === "string" ? error : (error?.message ?? (error ? JSON.stringify(error) : undefined)),
		};
	} catch {
		return { loaded: false, error: annotation };
	}
}

/** Where policies are read from, as kube-mgmt does. */
export const policyNamespaces = ["pave-system", "opa"];

/** In a namespace from which none are read, it decides nothing. */
export function isRead(policy: Policy): boolean {
	return policyNamespaces.includes(policy.namespace);
}

export function isPolicy(map: ConfigMap): boolean {
	return map.metadata.labels?.[policyLabel] === "rego";
}

export function policiesOf(maps: readonly ConfigMap[]): Policy[] {
	return maps
		.filter(isPolicy)
		.map((map) => ({
			name: map.metadata.name,
			namespace: map.metadata.namespace ?? "",
			mode: modeOf(map.metadata.annotations?.["pave.dev/enforcement"]),
			...loadStatus(map.metadata.annotations?.[statusAnnotation]),
			files: Object.entries(map.data ?? {}).map(([name, text]) => ({ name, text })),
			object: map,
		}))
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
					inCel: result.source === "ValidatingAdmissionPolicy",
					rule: result.rule ?? "",
					mode: modeOf(result.properties?.enforcement ?? (result.result === "warn" ? "warn" : "deny")),
					kind: ref.kind,
					ref,
					team: teamOf(ref) ?? "",
					severity: result.severity ?? "",
					message: result.message ?? "",
					field: result.properties?.field ?? "",
					value:
						result.properties?.value || valueText(valueAt(objectOf(ref), result.properties?.field ?? "")),
				};
			}),
	);
}

export function isOfPolicy(violation: Violation, policy: Policy): boolean {
	const elsewhere = violation.policyNamespace !== "" && violation.policyNamespace !== policy.namespace;
	return violation.policy === policy.name && !elsewhere && !violation.inCel;
}

export interface Impact {
	objects: number;
	teams: string[];
	violations: number;
}

export function impactOf(policy: Policy, violations: readonly Violation[]): Impact {
	const mine = violations.filter((v) => isOfPolicy(v, policy));
	const objects = new Set(mine.map((v) => `${v.ref.kind}/${v.ref.namespace}/${v.ref.name}`));
	return {
		objects: objects.size,
		violations: mine.length,
		teams: [...new Set(mine.map((v) => v.team).filter(Boolean))].sort(),
	};
}

/** What happens to the next change of an object that breaks the policy. */
export const modeMeaning: Record<Mode, string> = {
	deny: "Refused at the API, with all messages at once",
	warn: "Let in; kubectl prints the message as a warning",
	audit: "Let in silently; only listed here",
};
