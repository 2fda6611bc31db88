/** Gatekeeper's constraints and ValidatingAdmissionPolicies as policies beside those in ConfigMaps. */
import type {
	AdmissionBinding,
	AdmissionPolicy,
	Constraint,
	ConstraintTemplate,
	GatekeeperPod,
} from "../api/types.ts";
import { type Mode, modeOf, strongestFirst } from "./state.ts";
import { nextMode, type Policy } from "./violations.ts";

function strongest(modes: readonly Mode[]): Mode {
	return strongestFirst.find((mode) => modes.includes(mode)) ?? "audit";
}

function errorOf(pods: readonly GatekeeperPod[] | undefined): string | undefined {
	const errors = pods?.flatMap((pod) => pod.errors ?? []).map((e) => e.message ?? e.code ?? "");
	return errors?.find(Boolean);
}

/** The kind of the constraints that it makes. */
export function constraintKind(template: ConstraintTemplate): string {
	return template.spec?.crd?.spec?.names?.kind ?? "";
}

const actions: Record<Mode, string> = { deny: "deny", warn: "warn", audit: "dryrun" };

function constraintOf(constraint: Constraint): Policy {
	const { kind = "", metadata, spec, status } = constraint;
	const scoped = spec?.enforcementAction === "scoped";
	const mode = scoped
		? strongest((spec?.scopedEnforcementActions ?? []).map((s) => modeOf(s.action)))
		: modeOf(spec?.enforcementAction);
	const error = errorOf(status?.byPod);
	const to = scoped ? undefined : nextMode(mode);
	const patch = to && JSON.stringify({ spec: { enforcementAction: actions[to] } });
	return {
		sort: "Gatekeeper",
		kind,
		name: metadata.name,
		namespace: "",
		mode,
		loaded: error ? false : status?.byPod?.some((pod) => pod.enforced) ? true : undefined,
		error,
		next: patch && `kubectl patch ${kind.toLowerCase()} ${metadata.name} --type=merge -p '${patch}'`,
		files: [],
		object: constraint,
	};
}

/** A template makes a kind of constraints and decides nothing; it is told of if it cannot. */
function brokenTemplate(template: ConstraintTemplate): Policy[] {
	const error = errorOf(template.status?.byPod);
	if (!error) return [];
	const { name } = template.metadata;
	return [
		{
			sort: "Gatekeeper",
			kind: "ConstraintTemplate",
			name,
			namespace: "",
			mode: "audit",
			loaded: false,
			error,
			idle: `No constraint of kind ${constraintKind(template) || name} can be judged.`,
			files: [],
			object: template,
		},
	];
}

export function gatekeeperPolicies(
	templates: readonly ConstraintTemplate[],
	constraints: readonly Constraint[],
): Policy[] {
	return [...templates.flatMap(brokenTemplate), ...constraints.map(constraintOf)];
}

const validationActions: Record<Mode, string> = { deny: "Deny", warn: "Warn", audit: "Audit" };

/** One binding that does one thing can be turned up by one command. */
function nextBinding(bindings: readonly AdmissionBinding[], mode: Mode): string | undefined {
	const [only] = bindings;
	const to = nextMode(mode);
	if (!only || !to || bindings.length > 1 || only.spec?.validationActions?.length !== 1) return undefined;
	const patch = JSON.stringify({ spec: { validationActions: [validationActions[to]] } });
	return `kubectl patch validatingadmissionpolicybinding ${only.metadata.name} --type=merge -p '${patch}'`;
}

function celOf(policy: AdmissionPolicy, all: readonly AdmissionBinding[]): Policy {
	const { name, generation } = policy.metadata;
	const bindings = all.filter((b) => b.spec?.policyName === name);
	const mode = strongest(
		bindings.flatMap((b) => b.spec?.validationActions ?? []).map((action) => modeOf(action.toLowerCase())),
	);
	const warnings = policy.status?.typeChecking?.expressionWarnings ?? [];
	return {
		sort: "CEL",
		kind: "ValidatingAdmissionPolicy",
		name,
		namespace: "",
		mode,
		loaded: policy.status?.observedGeneration === generation ? true : undefined,
		warning: warnings.map((w) => `${w.fieldRef}: ${w.warning}`).join("; ") || undefined,
		idle: bindings.length === 0 ? "No ValidatingAdmissionPolicyBinding names it." : undefined,
		next: nextBinding(bindings, mode),
		files: [],
		object: policy,
	};
}

export function celPolicies(
	policies: readonly AdmissionPolicy[],
	bindings: readonly AdmissionBinding[],
): Policy[] {
	return policies.map((policy) => celOf(policy, bindings));
}
