/* Roles, bindings, autoscalers, budgets and classes. */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"

#define RBAC "rbac.authorization.k8s.io"

/* ---- filling ---- */

const pv_val *
pv_binding_fill(pv_ctx *cx, const pv_val *binding)
{
	const pv_val *list = pv_get(binding, "subjects");
	pv_listb out;
	bool changed = false;

	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *s = pv_item(list, i);
		const char *kind = pv_text(pv_get(s, "kind"), "");

		if ((pv_streq(kind, "User") || pv_streq(kind, "Group")) &&
		    !*pv_text(pv_get(s, "apiGroup"), "")) {
			changed = true;
			pv_listb_add(&out, pv_with(cx->arena, s, "apiGroup", pv_string_ref(RBAC)));
		} else {
			pv_listb_add(&out, *s);
		}
	}
	return changed ? pv_box(cx->arena, pv_with(cx->arena, binding, "subjects", pv_listb_end(&out)))
		       : binding;
}

/* Without metrics: 80 % of the requested CPU. */
const pv_val *
pv_hpa_fill(pv_ctx *cx, const pv_val *object)
{
	pv_objb target, resource, metric;
	pv_val v;

	if (!pv_streq(pv_text(pv_get(object, "apiVersion"), ""), "autoscaling/v2") ||
	    pv_count(pv_at(object, "spec.metrics")) || !pv_is(pv_get(object, "spec"), PV_OBJECT))
		return object;
	pv_objb_init(&target, cx->arena);
	pv_objb_puts(&target, "type", "Utilization");
	pv_objb_put(&target, "averageUtilization", pv_int(80));
	pv_objb_init(&resource, cx->arena);
	pv_objb_puts(&resource, "name", "cpu");
	pv_objb_put(&resource, "target", pv_objb_end(&target));
	pv_objb_init(&metric, cx->arena);
	pv_objb_puts(&metric, "type", "Resource");
	pv_objb_put(&metric, "resource", pv_objb_end(&resource));
	v = pv_objb_end(&metric);
	return pv_box(cx->arena, pv_with_at(cx->arena, object, "spec.metrics", pv_list_of(cx->arena, &v, 1)));
}

/* ---- roles ---- */

static void
check_rule(pv_faults *f, const pv_val *rule, const char *path, bool namespaced)
{
	bool urls = pv_count(pv_get(rule, "nonResourceURLs")) > 0;

	if (!pv_count(pv_get(rule, "verbs")))
		pv_required(f, pv_below(f, path, "verbs"), "verbs must contain at least one value");
	if (urls && namespaced)
		pv_fault_value(f, pv_below(f, path, "nonResourceURLs"), pv_get(rule, "nonResourceURLs"),
			       "namespaced rules cannot apply to non-resource URLs");
	if (urls) {
		if (pv_count(pv_get(rule, "apiGroups")) || pv_count(pv_get(rule, "resources")) ||
		    pv_count(pv_get(rule, "resourceNames")))
			pv_fault_value(f, pv_below(f, path, "nonResourceURLs"),
				       pv_get(rule, "nonResourceURLs"),
				       "rules cannot apply to both regular resources and non-resource URLs");
		return;
	}
	if (!pv_count(pv_get(rule, "apiGroups")))
		pv_required(f, pv_below(f, path, "apiGroups"),
			    "resource rules must supply at least one api group");
	if (!pv_count(pv_get(rule, "resources")))
		pv_required(f, pv_below(f, path, "resources"),
			    "resource rules must supply at least one resource");
}

static size_t
check_rules(pv_faults *f, const pv_val *role, bool namespaced)
{
	const pv_val *rules = pv_get(role, "rules");

	for (size_t i = 0; i < pv_count(rules); i++)
		check_rule(f, pv_item(rules, i), pv_nth(f, "rules", i), namespaced);
	return f->n;
}

size_t
pv_role_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	(void)old;
	return check_rules(f, object, true);
}

size_t
pv_clusterrole_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	(void)old;
	return check_rules(f, object, false);
}

static void
check_subject(pv_faults *f, const pv_val *s, const char *path, bool namespaced)
{
	const char *kind = pv_text(pv_get(s, "kind"), "");
	const pv_val *group = pv_get(s, "apiGroup");

	if (!*pv_text(pv_get(s, "name"), ""))
		pv_required(f, pv_below(f, path, "name"), NULL);
	if (pv_streq(kind, "ServiceAccount")) {
		if (*pv_text(group, ""))
			pv_unsupported(f, pv_below(f, path, "apiGroup"), group, "\"\"");
		if (!namespaced && !*pv_text(pv_get(s, "namespace"), ""))
			pv_required(f, pv_below(f, path, "namespace"), NULL);
	} else if (!pv_streq(pv_text(group, RBAC), RBAC)) {
		pv_unsupported(f, pv_below(f, path, "apiGroup"), group, "\"" RBAC "\"");
	}
}

size_t
pv_binding_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	bool namespaced = pv_streq(pv_text(pv_get(object, "kind"), ""), "RoleBinding");
	const pv_val *ref = pv_get(object, "roleRef"), *list = pv_get(object, "subjects");
	const char *kind = pv_text(pv_get(ref, "kind"), "");

	if (!pv_streq(pv_text(pv_get(ref, "apiGroup"), RBAC), RBAC))
		pv_unsupported(f, "roleRef.apiGroup", pv_get(ref, "apiGroup"), "\"" RBAC "\"");
	if (!pv_streq(kind, "ClusterRole") && !(namespaced && pv_streq(kind, "Role")))
		pv_unsupported(f, "roleRef.kind", pv_get(ref, "kind"),
			       namespaced ? "\"ClusterRole\", \"Role\"" : "\"ClusterRole\"");
	if (!*pv_text(pv_get(ref, "name"), ""))
		pv_required(f, "roleRef.name", NULL);
	for (size_t i = 0; i < pv_count(list); i++)
		check_subject(f, pv_item(list, i), pv_nth(f, "subjects", i), namespaced);
	if (old && !pv_eq(ref, pv_get(old, "roleRef")))
		pv_fault_value(f, "roleRef", ref, "cannot change roleRef");
	return f->n;
}

/* ---- the rest ---- */

size_t
pv_hpa_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *max = pv_get(spec, "maxReplicas"),
		     *target = pv_get(spec, "scaleTargetRef");
	pv_val shown = pv_int(pv_i64(max, 0));

	(void)old;
	pv_check_min(f, spec, "minReplicas", "spec", 1);
	if (pv_i64(max, 0) < 1)
		pv_fault_value(f, "spec.maxReplicas", &shown, "must be greater than 0");
	if (pv_i64(max, 0) < pv_i64(pv_get(spec, "minReplicas"), 1))
		pv_fault_value(f, "spec.maxReplicas", &shown,
			       "must be greater than or equal to `minReplicas`");
	if (!*pv_text(pv_get(target, "kind"), ""))
		pv_required(f, "spec.scaleTargetRef.kind", NULL);
	if (!*pv_text(pv_get(target, "name"), ""))
		pv_required(f, "spec.scaleTargetRef.name", NULL);
	return f->n;
}

size_t
pv_pdb_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *min = pv_get(spec, "minAvailable"),
		     *max = pv_get(spec, "maxUnavailable");

	(void)old;
	if (min && max)
		pv_fault_value(f, "spec", spec, "minAvailable and maxUnavailable cannot be both set");
	if (min)
		pv_check_percent(f, min, "spec.minAvailable");
	if (max)
		pv_check_percent(f, max, "spec.maxUnavailable");
	pv_selector_check(f, pv_get(spec, "selector"), "spec.selector");
	return f->n;
}

size_t
pv_priority_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *value = pv_get(object, "value");
	const char *name = pv_text_at(object, "metadata.name", "");

	if (pv_starts_with(name, "system-") && !pv_streq(name, "system-node-critical") &&
	    !pv_streq(name, "system-cluster-critical"))
		pv_forbidden(f, "metadata.name",
			     "priority class names with 'system-' prefix are reserved for system use only");
	if (!pv_starts_with(name, "system-") && pv_i64(value, 0) > 1000000000)
		pv_forbidden(f, "value", "maximum allowed value of a user defined priority is 1000000000");
	if (old && pv_i64(value, 0) != pv_i64(pv_get(old, "value"), 0))
		pv_forbidden(f, "value", "may not be changed in an update.");
	return f->n;
}

size_t
pv_storageclass_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const fixed[] = {"provisioner", "parameters", "reclaimPolicy",
					    "volumeBindingMode"};

	pv_check_name(f, pv_get(object, "provisioner"), "provisioner", pv_name_qualified);
	for (size_t i = 0; old && i < PV_LEN(fixed); i++)
		if (!pv_eq(pv_get(object, fixed[i]), pv_get(old, fixed[i])))
			pv_forbidden(f, fixed[i], "updates to this field are forbidden.");
	return f->n;
}
