/* The policies in force, each with its bindings. */
#include "base/log.h"
#include "base/str.h"
#include "core/policy/set.h"

#define GROUP "admissionregistration.k8s.io/"

static const char owner; /* its address is this module's key with the API */

bool
policy_exempts(const pv_resource *res)
{
	return pv_streq(res->group, "admissionregistration.k8s.io") ||
	       pv_streq(res->group, "authentication.k8s.io") || pv_streq(res->group, "authorization.k8s.io");
}

/* Those of the policy among all. */
static void
bind(pv_ctx *cx, pv_arena *arena, const pv_listing *all, policy *p)
{
	policy_binding *out = pv_new_array(arena, policy_binding, all->len + 1);

	for (size_t i = 0; i < all->len; i++) {
		const pv_val *object = pv_rec_val(all->recs[i]), *match, *actions;

		if (!pv_streq(pv_text_at(object, "spec.policyName", ""), p->name))
			continue;
		object = pv_setup_own(arena, all->recs[i]);
		match = pv_at(object, "spec.matchResources");
		actions = pv_at(object, "spec.validationActions");
		out[p->n_bindings++] = (policy_binding){
			.object = object,
			.name = pv_text_at(object, "metadata.name", ""),
			.match = match ? pv_match_new(cx, arena, match, "resourceRules", true) : NULL,
			.denies = pv_list_has_text(actions, "Deny"),
			.warns = pv_list_has_text(actions, "Warn"),
			.audits = pv_list_has_text(actions, "Audit")};
	}
	p->bindings = out;
}

static void
add(pv_ctx *cx, pv_arena *arena, const pv_rec *rec, policy *ret)
{
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	policy_read(cx, arena, pv_setup_own(arena, rec), ret, &causes);
	if (!causes.len)
		return;
	ret->error = pv_printf(arena, "%s: %s", PV_AT(pv_cause, &causes, 0)->field,
			       PV_AT(pv_cause, &causes, 0)->message);
	pv_log(PV_WARN, "policy", "a policy does not compile", "kind",
	       ret->mutates ? "MutatingAdmissionPolicy" : "ValidatingAdmissionPolicy", "policy", ret->name,
	       "error", ret->error, NULL);
}

static policy_list
read_all(pv_ctx *cx, pv_arena *arena, const pv_listing *policies, const pv_listing *bindings)
{
	policy *out = pv_new_array(arena, policy, policies->len + 1);

	for (size_t i = 0; i < policies->len; i++) {
		add(cx, arena, policies->recs[i], &out[i]);
		bind(cx, arena, bindings, &out[i]);
	}
	return (policy_list){out, policies->len};
}

static int
make(pv_ctx *cx, pv_arena *arena, const pv_listing *found, const void **ret)
{
	policy_set *set = pv_new(arena, policy_set);

	set->validating = read_all(cx, arena, &found[0], &found[1]);
	set->mutating = read_all(cx, arena, &found[2], &found[3]);
	*ret = set;
	return 0;
}

static const pv_setup_plan plan = {
	.name = "policies",
	.types = {GROUP "ValidatingAdmissionPolicy", GROUP "ValidatingAdmissionPolicyBinding",
		  GROUP "MutatingAdmissionPolicy", GROUP "MutatingAdmissionPolicyBinding"},
	.make = make};

int
policy_start(pv_ctx *cx, pv_api *api)
{
	pv_setup *setup;
	int r = pv_setup_open(cx, pv_api_store(api), &plan, &setup);

	if (r == 0)
		pv_api_keep(api, &owner, setup, pv_setup_close);
	return r;
}

int
policy_now(pv_ctx *cx, pv_api *api, const policy_set **ret)
{
	const void *now;
	int r = pv_setup_now(cx, pv_api_kept(api, &owner), &now);

	if (r == 0)
		*ret = now;
	return r;
}
