/* Roles, bindings, budgets and what the API itself is set up with. */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include <string.h>

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
	const pv_val *rule = pv_get(object, "aggregationRule"), *list = pv_get(rule, "clusterRoleSelectors");
	static const char path[] = "aggregationRule.clusterRoleSelectors";

	(void)old;
	if (rule && !pv_count(list))
		pv_required(f, path,
			    "at least one clusterRoleSelector required if aggregationRule is non-nil");
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_selector_check(f, pv_item(list, i), pv_nth(f, path, i)))
			pv_fault_value(f, pv_nth(f, path, i), NULL, "invalid label selector.");
	return check_rules(f, object, false);
}

/* A ServiceAccount without a namespace is of the RoleBinding's. */
static void
check_subject(pv_faults *f, const pv_val *s, bool namespaced, const char *path)
{
	const char *kind = pv_text(pv_get(s, "kind"), "");
	const pv_val *group = pv_get(s, "apiGroup");

	if (pv_streq(kind, "ServiceAccount")) {
		pv_check_name(f, pv_get(s, "name"), pv_below(f, path, "name"), pv_name_subdomain);
		if (*pv_text(group, ""))
			pv_unsupported(f, pv_below(f, path, "apiGroup"), group, "\"\"");
		if (!namespaced && !*pv_text(pv_get(s, "namespace"), ""))
			pv_required(f, pv_below(f, path, "namespace"), NULL);
	} else if ((pv_streq(kind, "User") || pv_streq(kind, "Group")) &&
		   !pv_streq(pv_text(group, RBAC), RBAC)) {
		pv_unsupported(f, pv_below(f, path, "apiGroup"), group, "\"" RBAC "\"");
	}
}

/* As upstream shows it: by the names of its internal type. */
static const pv_val *
internal_ref(pv_faults *f, const pv_val *ref)
{
	static const char *const names[][2] = {{"apiGroup", "APIGroup"}, {"kind", "Kind"}, {"name", "Name"}};
	pv_objb b;

	pv_objb_init(&b, f->cx->arena);
	for (size_t i = 0; i < PV_LEN(names); i++)
		pv_objb_puts(&b, names[i][1], pv_text(pv_get(ref, names[i][0]), ""));
	return pv_box(f->cx->arena, pv_objb_end(&b));
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
		check_subject(f, pv_item(list, i), namespaced, pv_nth(f, "subjects", i));
	if (old && !pv_eq(ref, pv_get(old, "roleRef")))
		pv_fault_value(f, "roleRef", internal_ref(f, ref), "cannot change roleRef");
	return f->n;
}

/* ---- the rest ---- */

size_t
pv_pdb_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *min = pv_get(spec, "minAvailable"),
		     *max = pv_get(spec, "maxUnavailable");

	(void)old;
	if (min && max)
		pv_fault_value(f, "spec", spec, "minAvailable and maxUnavailable cannot be both set");
	if (min)
		pv_check_percent(f, min, "spec.minAvailable", true);
	if (max)
		pv_check_percent(f, max, "spec.maxUnavailable", true);
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
		pv_forbidden(
			f, "metadata.name",
			pv_printf(f->cx->arena,
				  "priority class names with 'system-' prefix are reserved for system use "
				  "only. error: %s is not a known system priority class",
				  name));
	if (!pv_starts_with(name, "system-") && pv_i64(value, 0) > 1000000000)
		pv_forbidden(f, "value", "maximum allowed value of a user defined priority is 1000000000");
	if (old && pv_i64(value, 0) != pv_i64(pv_get(old, "value"), 0))
		pv_forbidden(f, "value", "may not be changed in an update.");
	if (old)
		pv_faults_withdraw(f, "preemptionPolicy");
	else if (pv_get(object, "preemptionPolicy") && !*pv_text_at(object, "preemptionPolicy", ""))
		pv_required(f, "preemptionPolicy", NULL);
	pv_check_same(f, object, old, "preemptionPolicy");
	return f->n;
}

size_t
pv_apiservice_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *name = pv_at(object, "metadata.name"),
		     *service = pv_get(spec, "service");
	const char *want = pv_printf(f->cx->arena, "%s.%s", pv_text(pv_get(spec, "version"), ""),
				     pv_text(pv_get(spec, "group"), ""));

	(void)old;
	if (*pv_text(name, "") && !pv_streq(pv_text(name, ""), want))
		pv_fault_value(
			f, "metadata.name", name,
			pv_printf(f->cx->arena, "must be `spec.version+\".\"+spec.group`: \"%s\"", want));
	if (pv_truth(pv_get(spec, "insecureSkipTLSVerify"), false) && *pv_text(pv_get(spec, "caBundle"), ""))
		pv_fault_value(f, "spec.insecureSkipTLSVerify", pv_get(spec, "insecureSkipTLSVerify"),
			       "may not be true if caBundle is present");
	if (!service && pv_truth(pv_get(spec, "insecureSkipTLSVerify"), false))
		pv_fault_value(f, "spec.insecureSkipTLSVerify", pv_get(spec, "insecureSkipTLSVerify"),
			       "local APIServices may not have insecureSkipTLSVerify");
	if (!*pv_text(pv_get(spec, "group"), "") && !pv_streq(pv_text(pv_get(spec, "version"), ""), "v1"))
		pv_required(f, "spec.group", "only v1 may have an empty group and it better be legacy kube");
	if (!service && *pv_text(pv_get(spec, "caBundle"), ""))
		pv_fault_value(f, "spec.caBundle", pv_get(spec, "caBundle"),
			       "local APIServices may not have a caBundle");
	if (service && !*pv_text(pv_get(service, "name"), ""))
		pv_required(f, "spec.service.name", NULL);
	if (service && !*pv_text(pv_get(service, "namespace"), ""))
		pv_required(f, "spec.service.namespace", NULL);
	return f->n;
}
