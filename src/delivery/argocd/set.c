/* set: ApplicationSets, where their kind is served.  The policy is asked for each project that one of their templates
 * names.  https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Security/ */
#include "base/str.h"
#include "delivery/argocd/impl.h"

#define SET ARGO "/ApplicationSet"
#define NESTED_MOST 8 /* generators of generators */

static int
sets_served(call *c)
{
	return pv_resource_find(c->cx, pv_api_registry(c->api), ARGO, "v1alpha1", "applicationsets")
		       ? 0
		       : pv_fail(c->cx, PV_EUNSUPPORTED,
				 "ApplicationSets are not supported yet: this server has no such kind");
}

/* ---- what they may ---- */

static const char *
rbac_of(call *c, const pv_val *set)
{
	return application_rbac_in(c->cx->arena, set, application_project(pv_at(set, "spec.template")));
}

static int
check(call *c, const char *action, const pv_val *set, const char *object, enum right *ret)
{
	return rights_check(c->rights, "applicationsets", action, object,
			    pv_text_at(set, "metadata.namespace", ""), pv_text_at(set, "metadata.name", ""),
			    ret);
}

/* A generator's own template has the last word on what it makes. */
static int
check_generators(call *c, const char *action, const pv_val *set, const pv_val *list, int depth)
{
	int r = depth < NESTED_MOST
			? 0
			: pv_fail(c->cx, PV_EBADREQUEST,
				  "spec.generators: expected at most %d within each other", NESTED_MOST);
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		const pv_val *kinds = pv_item(list, i);
		for (size_t k = 0; r == 0 && k < pv_member_count(kinds); k++) {
			const pv_val *of = &kinds->members[k].val;
			const char *project = pv_text_at(of, "template.spec.project", "");
			if (*project)
				r = check(c, action, set, application_rbac_in(c->cx->arena, set, project),
					  NULL);
			if (r == 0 && pv_get(of, "generators"))
				r = check_generators(c, action, set, pv_get(of, "generators"), depth + 1);
		}
	}
	return r;
}

/* May they have one that says this? */
static int
check_said(call *c, const char *action, const pv_val *set, enum right *ret)
{
	int r = check(c, action, set, rbac_of(c, set), ret);
	return r < 0 ? r : check_generators(c, action, set, pv_at(set, "spec.generators"), 0);
}

/* ---- reading ---- */

static int
list(call *c)
{
	const char *ns = call_query(c, "appsetNamespace");
	pv_list_query query = {.type = SET, .ns = *ns ? ns : NULL};
	pv_listb items;
	pv_listing all;
	pv_val v;
	int r = sets_served(c);
	if (r == 0)
		r = pv_store_list(c->cx, pv_api_store(c->api), &query, &all);
	if (r < 0)
		return r;
	pv_listb_init(&items, c->cx->arena);
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *set = pv_rec_val(all.recs[i]);
		if (rights_have(c->rights, "applicationsets", "get", rbac_of(c, set),
				pv_rec_key(all.recs[i])->ns, pv_rec_key(all.recs[i])->name))
			pv_listb_add(&items, *set);
	}
	v = pv_with(c->cx->arena, NULL, "metadata", pv_object_of(c->cx->arena, NULL, 0, NULL, NULL));
	return call_answer(c, pv_with(c->cx->arena, &v, "items", pv_listb_end(&items)));
}

/* Who may not get it is not told whether it is there. */
static int
find(call *c, const char *action, const pv_val **ret, enum right *ret_right)
{
	const char *ns = call_query(c, "appsetNamespace"), *object;
	int r = sets_served(c);
	if (r < 0)
		return r;
	ns = *ns ? ns : ARGOCD_NS;
	*ret = settings_stored(c->cx, c->api, SET, ns, c->part[0]);
	object = *ret ? rbac_of(c, *ret) : "";
	if (!*ret &&
	    rights_have(c->rights, "applicationsets", "get", object, ns, c->part[0]) == RIGHT_KUBERNETES)
		return pv_fail(c->cx, PV_ENOTFOUND, "applicationsets.argoproj.io \"%s\" not found",
			       c->part[0]);
	if (!*ret || (!rights_have(c->rights, "applicationsets", "get", object, ns, c->part[0]) &&
		      !rights_have(c->rights, "applicationsets", action, object, ns, c->part[0])))
		return pv_fail(c->cx, PV_EFORBIDDEN, "permission denied");
	return check(c, action, *ret, object, ret_right);
}

static int
get(call *c)
{
	const pv_val *set;
	int r = find(c, "get", &set, NULL);
	return r < 0 ? r : call_answer(c, *set);
}

/* ---- writing ---- */

static int
read_set(call *c, pv_val *ret)
{
	const char *ns = pv_text_at(c->body, "metadata.namespace", ""), *dry = call_query(c, "dryRun");
	if (!pv_is(pv_get(c->body, "spec"), PV_OBJECT))
		return pv_fail(
			c->cx, PV_EBADREQUEST,
			"error creating ApplicationSets: ApplicationSets is nil in request: expected an "
			"ApplicationSet with metadata.name and spec");
	if (*dry && !pv_streq(dry, "false"))
		return pv_fail(
			c->cx, PV_EUNSUPPORTED,
			"?dryRun= is not supported yet: `pave appset generate` prints what it would make");
	*ret = pv_with_at(c->cx->arena, c->body, "metadata.namespace", pv_string_ref(*ns ? ns : ARGOCD_NS));
	*ret = pv_with(c->cx->arena, ret, "kind", pv_string_ref("ApplicationSet"));
	*ret = pv_with(c->cx->arena, ret, "apiVersion", pv_string_ref(ARGO "/v1alpha1"));
	*ret = pv_without(c->cx->arena, ret, "status");
	return 0;
}

static int
replace(call *c, const pv_val *was, const pv_val *wanted, pv_call *to)
{
	const pv_val *made;
	enum right right;
	pv_val v = application_changed(c->cx->arena, was, wanted, false);
	int r = check(c, "get", was, rbac_of(c, was), NULL);
	if (r == 0 && pv_eq(was, &v))
		return call_answer(c, *was);
	if (r == 0 && !pv_streq(call_query(c, "upsert"), "true"))
		r = pv_fail(c->cx, PV_EBADREQUEST,
			    "existing ApplicationSet spec is different, use upsert flag to force update");
	if (r == 0)
		r = check(c, "update", was, rbac_of(c, was), &right);
	if (r == 0)
		r = check_said(c, "update", wanted, NULL);
	if (r < 0)
		return r;
	to->permitted = right == RIGHT_POLICY;
	r = pv_api_update(c->cx, c->api, to, pv_box(c->cx->arena, v), &made);
	return r < 0 ? r : call_answer(c, *made);
}

static int
create(call *c)
{
	const pv_val *made, *was;
	const char *ns, *name;
	enum right right;
	pv_val v;
	pv_call to;
	int r = sets_served(c);
	if (r == 0)
		r = read_set(c, &v);
	if (r == 0)
		r = check_said(c, "create", &v, &right);
	if (r < 0)
		return r;
	ns = pv_text_at(&v, "metadata.namespace", "");
	name = pv_text_at(&v, "metadata.name", "");
	to = call_on(c, "applicationsets", ns, name, right);
	was = *name ? settings_stored(c->cx, c->api, SET, ns, name) : NULL;
	if (was)
		return replace(c, was, &v, &to);
	r = pv_api_create(c->cx, c->api, &to, pv_box(c->cx->arena, v), &made);
	return r < 0 ? r : call_answer(c, *made);
}

static int
remove_it(call *c)
{
	const pv_val *set, *left;
	enum right right;
	pv_call to;
	int r = find(c, "delete", &set, &right);
	if (r < 0)
		return r;
	to = call_on(c, "applicationsets", pv_text_at(set, "metadata.namespace", ""), c->part[0], right);
	r = pv_api_delete(c->cx, c->api, &to, &left);
	return r < 0 ? r : call_answer_nothing(c);
}

const struct path set_paths[] = {
	{"GET", "v1/applicationsets", list, 0},
	{"POST", "v1/applicationsets", create, 0},
	{"GET", "v1/applicationsets/{}", get, 0},
	{"DELETE", "v1/applicationsets/{}", remove_it, 0},
	{NULL, NULL, NULL, 0},
};
