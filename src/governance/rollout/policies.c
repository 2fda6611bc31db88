/* policies: are those that a rollout or an exemption names there, and such that they can be enforced?  All that
 * is wrong is told at once. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "governance/rego/rego.h"
#include "governance/rollout/inside.h"

const char *
rollout_policy_text(pv_ctx *cx, const pv_val *policy)
{
	const char *ns = pv_text_at(policy, "namespace", NULL);

	return pv_printf(cx->arena, "%s %s%s%s", pv_text_at(policy, "kind", ""), ns ? ns : "", ns ? "/" : "",
			 pv_text_at(policy, "name", ""));
}

static void
all_of_kind(pv_ctx *cx, pv_plan *plan, const char *kind, pv_vec *ret)
{
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	if (pv_streq(kind, "ConfigMap"))
		pv_plan_indexed(cx, plan, "rego-policies", "all", ret);
	else if (pv_streq(kind, "ValidatingAdmissionPolicy"))
		pv_plan_list(cx, plan, "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy", NULL,
			     NULL, ret);
	else
		pv_plan_list(cx, plan, pv_printf(cx->arena, "constraints.gatekeeper.sh/v1beta1/%s", kind),
			     NULL, NULL, ret);
}

void
rollout_policies(pv_ctx *cx, pv_plan *plan, const pv_val *named, pv_vec *ret)
{
	const char *kind = pv_text_at(named, "kind", "");
	const pv_val list = pv_list_of(cx->arena, named, 1);
	pv_vec all;

	all_of_kind(cx, plan, kind, &all);
	pv_vec_init(ret, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *one = *PV_AT(const pv_val *, &all, i);
		const pv_rule_name rule = {.kind = kind,
					   .ns = pv_text_at(one, "metadata.namespace", NULL),
					   .name = pv_text_at(one, "metadata.name", "")};

		if (pv_enforcement_names(&list, &rule))
			pv_vec_push(ret, &one);
	}
}

/* What is known to be wrong with it, whether or not there is an object that it would be asked about. */
static const char *
fault_of(pv_ctx *cx, pv_plan *plan, const char *kind, const pv_val *policy)
{
	const char *name = pv_text_at(policy, "metadata.name", "");
	const pv_val *marks = pv_at(policy, "metadata.annotations"), *template;

	if (pv_streq(kind, "ValidatingAdmissionPolicy"))
		return NULL; /* one that does not compile is not stored */
	if (pv_streq(kind, "ConfigMap"))
		return strstr(pv_text(pv_get(marks, "openpolicyagent.org/kube-mgmt-status"), ""),
			      "\"status\":\"error\"")
			       ? pv_printf(cx->arena, "ConfigMap %s does not load", name)
			       : NULL;
	template = pv_plan_find(cx, plan, "templates.gatekeeper.sh/v1/ConstraintTemplate", NULL,
				pv_str_lower(cx->arena, kind));
	return template && !pv_truth_at(template, "status.created", true)
		       ? pv_printf(cx->arena, "ConstraintTemplate of %s does not compile", kind)
		       : NULL;
}

/* missing: it is not there.  NULL: nothing is wrong with it. */
static const char *
fault_of_named(pv_ctx *cx, pv_plan *plan, const pv_val *named, bool *ret_missing)
{
	const char *kind = pv_text_at(named, "kind", ""), *fault = NULL;
	pv_vec all;

	rollout_policies(cx, plan, named, &all);
	for (size_t i = 0; i < all.len && !fault; i++)
		fault = fault_of(cx, plan, kind, *PV_AT(const pv_val *, &all, i));
	*ret_missing = all.len == 0;
	return fault;
}

static void
tell_missing(pv_ctx *cx, pv_buf *b, const pv_val *named)
{
	pv_buf_printf(b, "%s%s", b->len ? ", " : "there is no policy ", rollout_policy_text(cx, named));
}

const char *
rollout_faults(pv_ctx *cx, pv_plan *plan, const pv_val *named, bool missing_only)
{
	pv_buf missing, faults;

	pv_buf_init(&missing, cx->arena);
	pv_buf_init(&faults, cx->arena);
	for (size_t i = 0; i < pv_count(named); i++) { /* all: to be called when any changes */
		bool is_missing;
		const char *fault = fault_of_named(cx, plan, pv_item(named, i), &is_missing);

		if (is_missing)
			tell_missing(cx, &missing, pv_item(named, i));
		else if (fault && !missing_only)
			pv_buf_printf(&faults, "%s%s", faults.len ? "; " : "", fault);
	}
	if (missing.len && faults.len)
		return pv_printf(cx->arena, "%s; %s", missing.s, faults.s);
	return missing.len ? missing.s : faults.len ? faults.s : NULL;
}

/* ---- at a write ---- */

typedef struct wanted {
	const pv_val *list; /* of one that spec.policies names */
	const char *kind;
	bool denies;          /* only one that refuses */
	const pv_vec *denied; /* of validating policies: const char *, by bindings */
} wanted;

/* What it says that it does; a scoped one may. */
static bool
is_denying(const wanted *w, const pv_val *policy)
{
	const char *action = pv_text_at(policy, "spec.enforcementAction", "deny");

	if (pv_streq(w->kind, "ConfigMap"))
		return pv_streq(pv_text(pv_get(pv_at(policy, "metadata.annotations"), "pave.dev/enforcement"),
					"deny"),
				"deny");
	if (!pv_streq(w->kind, "ValidatingAdmissionPolicy"))
		return pv_streq(action, "deny") || pv_streq(action, "scoped");
	for (size_t i = 0; i < w->denied->len; i++)
		if (pv_streq(*PV_AT(const char *, w->denied, i), pv_text_at(policy, "metadata.name", "")))
			return true;
	return false;
}

static bool
is_wanted(const pv_rec *rec, void *arg)
{
	const wanted *w = arg;
	const pv_key *key = pv_rec_key(rec);
	const pv_rule_name rule = {.kind = w->kind, .ns = *key->ns ? key->ns : NULL, .name = key->name};

	return pv_enforcement_names(w->list, &rule) &&
	       (!pv_streq(w->kind, "ConfigMap") || rego_is_policy(pv_rec_val(rec))) &&
	       (!w->denies || is_denying(w, pv_rec_val(rec)));
}

/* The first that fits; NULL: none does. */
static int
find_stored(pv_ctx *cx, pv_store *store, wanted *w, const pv_rec **ret)
{
	const char *type = pv_streq(w->kind, "ConfigMap") ? "/ConfigMap"
			   : pv_streq(w->kind, "ValidatingAdmissionPolicy")
				   ? "admissionregistration.k8s.io/ValidatingAdmissionPolicy"
				   : pv_printf(cx->arena, "constraints.gatekeeper.sh/%s", w->kind);
	const pv_list_query query = {.type = type, .limit = 1, .keep = is_wanted, .arg = w};
	pv_listing found;
	int r = pv_store_list(cx, store, &query, &found);

	*ret = r == 0 && found.len ? found.recs[0] : NULL;
	return r;
}

/* The validating policies with a binding that denies. */
static int
list_denied(pv_ctx *cx, pv_store *store, pv_vec *ret)
{
	const pv_list_query query = {.type = "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding"};
	pv_listing found;
	int r = pv_store_list(cx, store, &query, &found);

	pv_vec_init(ret, cx->arena, sizeof(const char *));
	for (size_t i = 0; r == 0 && i < found.len; i++) {
		const pv_val *spec = pv_get(pv_rec_val(found.recs[i]), "spec");
		const char *name = pv_text_at(spec, "policyName", "");

		if (pv_list_has_text(pv_get(spec, "validationActions"), "Deny"))
			pv_vec_push(ret, &name);
	}
	return r;
}

int
rollout_in_force(pv_ctx *cx, pv_store *store, const pv_val *named, const char **ret)
{
	const pv_val list = pv_list_of(cx->arena, named, 1);
	wanted w = {.list = &list, .kind = pv_text_at(named, "kind", ""), .denies = true};
	const pv_rec *found = NULL;
	pv_vec denied;
	int r = list_denied(cx, store, &denied);

	w.denied = &denied;
	if (r == 0)
		r = find_stored(cx, store, &w, &found);
	*ret = !found ? NULL
		      : pv_printf(cx->arena, "%s %s%s%s", w.kind, pv_rec_key(found)->ns,
				  *pv_rec_key(found)->ns ? "/" : "", pv_rec_key(found)->name);
	return r;
}

int
rollout_missing(pv_ctx *cx, pv_store *store, const pv_val *named, const char **ret)
{
	pv_buf missing;
	int r = 0;

	pv_buf_init(&missing, cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(named); i++) {
		const pv_val list = pv_list_of(cx->arena, pv_item(named, i), 1);
		wanted w = {.list = &list, .kind = pv_text_at(pv_item(named, i), "kind", "")};
		const pv_rec *found;

		r = find_stored(cx, store, &w, &found);
		if (r == 0 && !found)
			tell_missing(cx, &missing, pv_item(named, i));
	}
	*ret = missing.len ? missing.s : NULL;
	return r;
}

bool
rollout_has_environment(const pv_val *environments, const char *name)
{
	for (size_t i = 0; i < pv_count(environments); i++)
		if (pv_streq(pv_text_at(pv_item(environments, i), "name", ""), name))
			return true;
	return false;
}

static void
add_stranger(const pv_val *environments, const char *name, pv_objb *ret)
{
	if (!rollout_has_environment(environments, name))
		pv_objb_put(ret, name, pv_null());
}

const char *
rollout_strangers(pv_ctx *cx, const pv_val *spec)
{
	const pv_val *environments = pv_get(spec, "environments"), *approvals = pv_get(spec, "approvals"),
		     *back = pv_at(spec, "rollback.environments");
	pv_objb names; /* each once */
	pv_val all;
	pv_buf b;

	pv_objb_init(&names, cx->arena);
	for (size_t i = 0; i < pv_count(approvals); i++)
		add_stranger(environments, pv_text_at(pv_item(approvals, i), "environment", ""), &names);
	for (size_t i = 0; i < pv_count(back); i++)
		add_stranger(environments, pv_text(pv_item(back, i), ""), &names);
	all = pv_objb_end(&names);
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(&all); i++)
		pv_buf_printf(&b, "%s\"%s\"", i ? ", " : "there is no environment ", all.members[i].key.s);
	return b.len ? b.s : NULL;
}
