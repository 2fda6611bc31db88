import type { PolicyReport, PolicyResult, Ref, Workload } from "../../src/api/types.ts";
import { type Any, before, object } from "./make.ts";

const registryRule = `package kubernetes.admission

deny[msg] {
  input.request.kind.kind == "Deployment"
  container := input.request.object.spec.template.spec.containers[_]
  not startswith(container.image, "registry.internal.company.com/")
  msg := sprintf("Image '%v' must be sourced from the internal registry", [container.image])
}
`;

const limitsRule = `package kubernetes.admission

deny[msg] {
  input.request.kind.kind == "Deployment"
  container := input.request.object.spec.template.spec.containers[_]
  not container.resources.limits
  msg := sprintf("Container '%v' must declare resource limits", [container.name])
}
`;

function policy(name: string, mode: string, text: string, status: object): Any {
	return object("v1", "ConfigMap", "pave-system", name, {
		metadata: {
			labels: { "openpolicyagent.org/policy": "rego" },
			annotations: {
				"pave.dev/enforcement": mode,
				"openpolicyagent.org/kube-mgmt-status": JSON.stringify(status),
			},
		},
		data: { [`${name}.rego`]: text },
	});
}

const cluster = (apiVersion: string, kind: string, name: string, rest: object) =>
	object(apiVersion, kind, "", name, rest);

function template(kind: string, pod: object): Any {
	return cluster("templates.gatekeeper.sh/v1", "ConstraintTemplate", kind.toLowerCase(), {
		spec: { crd: { spec: { names: { kind } } } },
		status: { created: true, byPod: [pod] },
	});
}

function constraint(kind: string, name: string, spec: object): Any {
	const status = { byPod: [{ id: "pave", enforced: true }] };
	return cluster("constraints.gatekeeper.sh/v1beta1", kind, name, { spec, status });
}

function celPolicy(name: string, expression: string, status: object = {}): Any {
	const validations = [{ expression, message: "at most 5 replicas" }];
	return cluster("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", name, {
		spec: { validations },
		status: { observedGeneration: 1, ...status },
	});
}

/** Those that are not in ConfigMaps. */
function otherPolicies(): Any[] {
	const deployments = { kinds: [{ apiGroups: ["apps"], kinds: ["Deployment"] }] };
	const warning = { fieldRef: "spec.validations[0].expression", warning: "undefined field 'replica'" };
	return [
		template("RequiredLabels", { id: "pave" }),
		template("NoHostPath", {
			id: "pave",
			errors: [{ code: "create_error", message: "nohostpath.rego:4: rego_parse_error: unexpected eof" }],
		}),
		constraint("RequiredLabels", "cost-centre", {
			enforcementAction: "dryrun",
			match: deployments,
			parameters: { labels: ["cost-centre"] },
		}),
		constraint("RequiredLabels", "owner", { match: deployments, parameters: { labels: ["owner"] } }),
		celPolicy("few-replicas", "object.spec.replicas <= 5"),
		celPolicy("no-surge", "object.spec.replica <= 5", { typeChecking: { expressionWarnings: [warning] } }),
		celPolicy("unbound-example", "object.spec.replicas <= 9"),
		...["few-replicas", "no-surge"].map((policyName) =>
			cluster("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", policyName, {
				spec: { policyName, validationActions: ["Warn"] },
			}),
		),
	];
}

const day = 86_400;

type Env = { name: string; [member: string]: unknown };

interface Shape {
	policies: object[];
	spec: object;
	phase: string;
	environments: Env[];
	history?: object[];
}

function rollout(name: string, { policies, spec, phase, environments, history = [] }: Shape): Any {
	return cluster("governance.pave.dev/v1alpha1", "PolicyRollout", name, {
		spec: {
			policies,
			environments: environments.map(({ name }, at, all) => ({
				name,
				...(at < all.length - 1 && { namespaces: [`*-${name}`] }), // the last is everything else
			})),
			...spec,
		},
		status: { phase, environments, history },
	});
}

function exemption(name: string, until: string, spec: object, status: object = {}): Any {
	const limits = [{ kind: "ConfigMap", namespace: "pave-system", name: "resource-limits" }];
	return cluster("governance.pave.dev/v1alpha1", "PolicyExemption", name, {
		spec: { policies: limits, until, person: "noor.haddad", approvedBy: "mara.lindqvist", ...spec },
		status,
	});
}

function exemptions(): Any[] {
	const message = "there is no policy ValidatingAdmissionPolicy fewer-replicas";
	const conditions = [{ type: "Degraded", status: "True", message }];
	return [
		exemption("notifications-limits", before(-3 * day), {
			objects: { namespaces: ["notifications"], kinds: ["Deployment"], names: ["notification-*"] },
			reason: "its limits come with the next release",
		}),
		exemption(
			"tracking-surge",
			before(-40 * day),
			{
				policies: [{ kind: "ValidatingAdmissionPolicy", name: "fewer-replicas", rules: ["validations[0]"] }],
				objects: {
					namespaceSelector: { matchLabels: { team: "tracking" } },
					selector: { matchLabels: { tier: "edge" } },
				},
				reason: "twice the traffic until the harbour is open again",
				person: "sven.olsson",
			},
			{ conditions },
		),
		exemption("old-billing", before(12 * day), {
			objects: { namespaces: ["billing"] },
			reason: "it was to be switched off at the end of last month",
		}),
	];
}

function rollouts(): Any[] {
	const limits = [{ kind: "ConfigMap", namespace: "pave-system", name: "resource-limits" }];
	const planner = { apiVersion: "apps/v1", kind: "Deployment", namespace: "tracking", name: "route-planner" };
	const refused = ["route-planner", "tracking-ingest"].map((name) => ({
		...planner,
		name,
		policyKind: "ConfigMap",
		policy: "resource-limits",
		message: `Container '${name}' must declare resource limits`,
	}));
	const staging = { name: "staging", stage: "Enforce", since: before(3 * day), violations: 0, waits: [] };
	const production = {
		name: "production",
		stage: "Warn",
		since: before(20 * day),
		earliest: before(-8 * day),
		enforcedFrom: before(-8 * day),
		approvedBy: "mara.lindqvist",
		owners: [{ owner: "tracking", objects: 2, violations: 2 }],
		waits: [
			"at the earliest 2026-12-04T10:00:00Z",
			"2 violations left, at most 0 may be",
			"approval of Enforce",
		],
		violations: 2,
		allowed: 0,
		exempt: 1,
		objects: 2,
		refused,
	};
	const owner = [
		{ kind: "RequiredLabels", name: "*" },
		{ kind: "ValidatingAdmissionPolicy", name: "few-replicas" },
	];
	return [
		rollout("resource-limits", {
			policies: limits,
			spec: { approval: "Manual", approvals: [] },
			phase: "Progressing",
			environments: [staging, production],
			history: [
				{ at: before(20 * day), environment: "production", stage: "Warn", by: "mara.lindqvist" },
				{ at: before(9 * day), why: "ConfigMap pave-system/resource-limits changed" },
				{ at: before(3 * day), environment: "staging", stage: "Enforce", by: "mara.lindqvist" },
			],
		}),
		rollout("labels", {
			policies: owner,
			spec: { paused: true },
			phase: "Paused",
			environments: [
				{
					name: "everywhere",
					stage: "Audit",
					since: before(2 * day),
					earliest: before(-5 * day),
					waits: ["paused"],
				},
			],
		}),
	];
}

export function policyObjects(): Any[] {
	return [
		...rollouts(),
		...exemptions(),
		...otherPolicies(),
		policy("internal-registry", "deny", registryRule, { status: "ok" }),
		policy("resource-limits", "warn", limitsRule, { status: "ok" }),
		policy(
			"replica-minimum",
			"audit",
			limitsRule.replace("must declare resource limits", "needs two replicas"),
			{ status: "ok" },
		),
		policy("owner-label", "audit", "package kubernetes.admission\n\ndeny[msg {\n", {
			status: "error",
			error: {
				code: "rego_parse_error",
				message: "1 error occurred: owner-label.rego:3: rego_parse_error: expected ] or |, found {",
			},
		}),
	];
}

/** Held back by the rollout, and of one object exempt. */
function limitsRuling(name: string, field: string): Pick<PolicyResult, "result" | "properties"> {
	const held = { policyEnforcement: "deny", field, value: "" };
	if (name.startsWith("tracking"))
		return {
			result: "skip",
			properties: {
				...held,
				enforcement: "skip",
				exemption: "notifications-limits",
				exemptionUntil: before(-3 * day),
				exemptionReason: "its limits come with the next release",
				exemptionPerson: "noor.haddad",
				exemptionApprovedBy: "mara.lindqvist",
			},
		};
	return {
		result: "warn",
		properties: { ...held, enforcement: "warn", rollout: "resource-limits", enforcedFrom: before(-8 * day) },
	};
}

function otherResults(d: Workload, ref: Ref): PolicyResult[] {
	const replicas = d.spec?.replicas ?? 1;
	const results: PolicyResult[] = [];
	if (d.metadata.name.endsWith("-api"))
		results.push({
			source: "gatekeeper",
			policy: "cost-centre",
			rule: "RequiredLabels",
			result: "fail",
			message: "you must provide labels: cost-centre",
			resources: [ref],
			properties: { enforcement: "dryrun" },
		});
	if (d.metadata.name.startsWith("route"))
		results.push({
			source: "gatekeeper",
			policy: "owner",
			rule: "RequiredLabels",
			result: "error",
			message: "requiredlabels.rego:7: eval_conflict_error: complete rules must not produce multiple outputs",
			resources: [ref],
			properties: { enforcement: "deny" },
		});
	if (replicas > 5)
		results.push({
			source: "ValidatingAdmissionPolicy",
			policy: "few-replicas",
			rule: "validations[0]",
			result: "warn",
			message: "at most 5 replicas",
			resources: [ref],
			properties: { enforcement: "warn", binding: "few-replicas" },
		});
	return results;
}

/** The reports are views: computed from what is there when they are asked for. */
export function policyFindings(objects: Iterable<Any>): { namespaced: PolicyReport[] } {
	const namespaced: PolicyReport[] = [];
	for (const obj of objects) {
		if (obj.kind !== "Deployment") continue;
		const d = obj as Workload;
		const results: PolicyResult[] = [];
		const ref = {
			apiVersion: "apps/v1",
			kind: "Deployment",
			namespace: d.metadata.namespace,
			name: d.metadata.name,
		};
		(d.spec?.template?.spec?.containers ?? []).forEach((c, at) => {
			const path = `spec.template.spec.containers[${at}]`;
			if (!c.image?.startsWith("registry.internal.company.com/"))
				results.push({
					policy: "internal-registry",
					rule: "deny",
					result: "fail",
					severity: "high",
					message: `Image '${c.image}' must be sourced from the internal registry`,
					resources: [ref],
					properties: { enforcement: "deny", field: `${path}.image`, value: c.image ?? "" },
				});
			if (!(c as { resources?: { limits?: object } }).resources?.limits)
				results.push({
					policy: "resource-limits",
					rule: "deny",
					severity: "medium",
					message: `Container '${c.name}' must declare resource limits`,
					resources: [ref],
					...limitsRuling(d.metadata.name, `${path}.resources.limits`),
				});
		});
		results.push(...otherResults(d, ref));
		if ((d.spec?.replicas ?? 1) < 2)
			results.push({
				policy: "replica-minimum",
				rule: "deny",
				result: "warn",
				severity: "low",
				message: `Container '${d.metadata.name}' needs two replicas`,
				resources: [ref],
				properties: { enforcement: "audit", field: "spec.replicas", value: "1" },
			});
		if (results.length > 0)
			namespaced.push({
				apiVersion: "governance.pave.dev/v1alpha1",
				kind: "PolicyFinding",
				metadata: { name: `deployment-${d.metadata.name}`, namespace: d.metadata.namespace },
				scope: ref,
				results,
			});
	}
	return { namespaced };
}
