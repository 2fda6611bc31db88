/* status: says on the ConfigMap itself whether its policy loaded and decides, as kube-mgmt does. */
#include "base/str.h"
#include "governance/rego/check.h"
#include "governance/rego/rego.h"
#include "lang/json/json.h"

#define INDEX "rego-policies"
#define ALL "all"             /* every policy */
#define LIBRARIES "libraries" /* those that serve every policy */

static void
gather_others(pv_ctx *cx, pv_plan *plan, const char *which, const pv_val *map, pv_vec *ret)
{
	pv_vec all;
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	pv_plan_indexed(cx, plan, INDEX, which, &all);
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *other = *PV_AT(const pv_val *, &all, i);
		if (!pv_streq(pv_text_at(other, "metadata.uid", ""), pv_text_at(map, "metadata.uid", NULL)))
			pv_vec_push(ret, &other);
	}
}

static void
policy_keys(pv_ctx *cx, const pv_val *map, pv_vec *ret)
{
	static const char *const all = ALL, *const libraries = LIBRARIES;
	if (!policy_is(map))
		return;
	pv_vec_push(ret, &all);
	if (policy_serves(cx, map))
		pv_vec_push(ret, &libraries);
}

const pv_index_row rego_indexes[] = {{INDEX, "v1/ConfigMap", POLICY_LABEL, policy_keys}, {0}};

static const char *
status_text(pv_ctx *cx, const char *error, const char *doubt)
{
	pv_objb b;
	pv_val v;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "status", error ? "error" : "ok");
	pv_objb_puts(&b, "error", error);
	pv_objb_puts(&b, "warning", doubt);
	v = pv_objb_end(&b);
	return pv_json_text(cx->arena, &v);
}

/* Only one that decides nothing by itself is looked for in all others: each of them would be looked at whenever
 * another changes. */
static const char *
check(pv_ctx *cx, pv_plan *plan, const pv_val *map, const rego_bundles *bundles, const char **ret_doubt)
{
	static const char *const which[] = {LIBRARIES, ALL};
	int r = 0;
	*ret_doubt = "";
	for (size_t i = 0; r == 0 && *ret_doubt && i < PV_LEN(which); i++) {
		pv_vec others;
		gather_others(cx, plan, which[i], map, &others);
		r = check_policy(cx, map, &others, bundles, ret_doubt);
	}
	return r < 0 ? pv_error_text(cx) : NULL;
}

static int
reconcile(pv_ctx *cx, const pv_val *map, pv_plan *plan)
{
	const char *text, *doubt, *error;
	const pv_val args = pv_object_of(cx->arena, NULL, 0, NULL, NULL), *found;
	rego_bundles bundles;
	int r;
	if (!policy_is(map))
		return 0;
	r = pv_plan_fact(cx, plan, REGO_BUNDLES_FACT, &args, &found);
	if (r <= 0)
		return r < 0 ? pv_plan_fail(cx, plan, "BundlesError") : 0;
	bundles = bundles_of(found);
	error = check(cx, plan, map, &bundles, &doubt);
	pv_recover(cx);
	pv_plan_reason(cx, plan, "%s", error ? error : doubt ? doubt : "the policy is in force");
	text = status_text(cx, error, doubt);
	if (!pv_plan_annotate(cx, plan, map, STATUS_ANNOTATION, text))
		return 0;
	if (error)
		pv_plan_event(cx, plan, "Warning", "PolicyError", "%s", error);
	else if (doubt)
		pv_plan_event(cx, plan, "Warning", "PolicyIdle", "%s", doubt);
	return 0;
}

const pv_controller rego_policy_controller = {
	.name = "rego-policy",
	.kind = "v1/ConfigMap",
	.needle = POLICY_LABEL,
	.reconcile = reconcile,
};
