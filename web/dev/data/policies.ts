import type { PolicyReport, PolicyResult, Workload } from "../../src/api/types.ts";
import { type Any, object } from "./make.ts";

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

export function policyObjects(): Any[] {
	return [
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

/** The reports are views: computed from what is there when they are asked for. */
export function policyReports(objects: Iterable<Any>): { namespaced: PolicyReport[] } {
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
					result: "warn",
					severity: "medium",
					message: `Container '${c.name}' must declare resource limits`,
					resources: [ref],
					properties: { enforcement: "warn", field: `${path}.resources.limits`, value: "" },
				});
		});
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
				apiVersion: "wgpolicyk8s.io/v1alpha2",
				kind: "PolicyReport",
				metadata: { name: `deployment-${d.metadata.name}`, namespace: d.metadata.namespace },
				scope: ref,
				results,
			});
	}
	return { namespaced };
}
