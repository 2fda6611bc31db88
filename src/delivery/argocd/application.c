/* application: one Application: which, may the caller, and what they do to it. */
#include <string.h>

#include "base/str.h"
#include "delivery/argocd/events.h"
#include "delivery/argocd/list.h"
#include "delivery/argocd/impl.h"
#include "delivery/argocd/wait.h"
#include "lang/json/json.h"

#define APPLICATION ARGO "/Application"
#define REFRESH "argocd.argoproj.io/refresh"
#define NOT_FOUND "applications.argoproj.io \"%s\" not found"

/* ---- which ---- */

const char *
application_project(const pv_val *object)
{
	const char *name = pv_text_at(object, "spec.project", "");
	return *name ? name : "default";
}

const char *
application_rbac_in(pv_arena *arena, const pv_val *object, const char *project)
{
	const char *ns = pv_text_at(object, "metadata.namespace", ARGOCD_NS),
		   *name = pv_text_at(object, "metadata.name", "");
	bool home = !*ns || pv_streq(ns, ARGOCD_NS);
	return pv_printf(arena, "%s/%s%s%s", project, home ? "" : ns, home ? "" : "/", name);
}

int
application_check_here(call *c, const target *f)
{
	if (clusters_is_here(c->cx, c->api, pv_at(f->object, "spec.destination")))
		return 0;
	return pv_fail(c->cx, PV_EUNSUPPORTED,
		       "application %s is deployed to another cluster, whose logs this API does not "
		       "have yet: ask that cluster",
		       f->name);
}

const char *
application_rbac(pv_arena *arena, const pv_val *object)
{
	return application_rbac_in(arena, object, application_project(object));
}

static bool
is_named(const pv_rec *rec, void *arg)
{
	return pv_streq(pv_rec_key(rec)->name, arg);
}

/* In the namespace that was said, else in argocd, else where alone there is one that the caller may get. */
static int
look_up(call *c, const char *name, const pv_rec **ret)
{
	const char *ns = call_query(c, "appNamespace");
	pv_key key = {APPLICATION, *ns ? ns : ARGOCD_NS, name};
	pv_list_query query = {.type = APPLICATION, .keep = is_named, .arg = pv_strdup(c->cx->arena, name)};
	pv_listing all;
	int r;
	*ret = pv_store_find(c->cx, pv_api_store(c->api), &key);
	if (*ret || *ns)
		return 0;
	r = pv_store_list(c->cx, pv_api_store(c->api), &query, &all);
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_key *at = pv_rec_key(all.recs[i]);
		if (!rights_have(c->rights, "applications", "get",
				 application_rbac(c->cx->arena, pv_rec_val(all.recs[i])), at->ns, at->name))
			continue;
		if (*ret)
			return pv_fail(
				c->cx, PV_EBADREQUEST,
				"Application %s is in more than one namespace (%s, %s): say which with "
				"?appNamespace=",
				name, pv_rec_key(*ret)->ns, at->ns);
		*ret = all.recs[i];
	}
	return r;
}

/* Who may not get it is not told whether it is there. */
static int
not_there(call *c, const char *name)
{
	const char *project = call_query(c, "project"), *ns = call_query(c, "appNamespace");
	const char *home = *ns ? ns : ARGOCD_NS;
	bool elsewhere = *ns && !pv_streq(ns, ARGOCD_NS);
	const char *object = pv_printf(c->cx->arena, "%s/%s%s%s", project, elsewhere ? ns : "",
				       elsewhere ? "/" : "", name);
	enum right right = rights_have(c->rights, "applications", "get", object, home, name);
	if (right == RIGHT_KUBERNETES || (right && *project))
		return pv_fail(c->cx, PV_ENOTFOUND, NOT_FOUND, name);
	return pv_fail(c->cx, PV_EFORBIDDEN, "permission denied");
}

int
application_find(call *c, const char *name, const char *action, target *ret)
{
	const char *project = call_query(c, "project");
	int r = look_up(c, name, &ret->rec);
	if (r < 0)
		return r;
	if (!ret->rec)
		return not_there(c, name);
	ret->object = pv_rec_val(ret->rec);
	ret->ns = pv_rec_key(ret->rec)->ns;
	ret->name = pv_rec_key(ret->rec)->name;
	ret->rbac = application_rbac(c->cx->arena, ret->object);
	if (!rights_have(c->rights, "applications", "get", ret->rbac, ret->ns, name) &&
	    !rights_have(c->rights, "applications", action, ret->rbac, ret->ns, name))
		return not_there(c, name);
	r = rights_check(c->rights, "applications", action, ret->rbac, ret->ns, name, &ret->right);
	return r == 0 && *project && !pv_streq(project, application_project(ret->object))
		       ? pv_fail(c->cx, PV_ENOTFOUND, NOT_FOUND, name)
		       : r;
}

static int
answer_object(call *c, const pv_val *object)
{
	return call_answer(c, *object);
}

int
application_patch(call *c, const target *f, pv_val patch, const pv_val **ret)
{
	pv_call to = call_on(c, "applications", f->ns, f->name, f->right);
	const pv_val *unused;
	bool created;
	return pv_api_patch(c->cx, c->api, &to, PV_PATCH_MERGE, pv_box(c->cx->arena, patch),
			    ret ? ret : &unused, &created);
}

/* ---- get ---- */

static bool
was_looked_at(const pv_val *now)
{
	return !pv_get(pv_at(now, "metadata.annotations"), REFRESH);
}

static int
refresh(call *c, target *f, const char *how)
{
	pv_val v = pv_with(c->cx->arena, NULL, REFRESH,
			   pv_string_ref(pv_streq(how, "hard") ? "hard" : "normal"));
	pv_key key = {APPLICATION, f->ns, f->name};
	int r;
	v = pv_with(c->cx->arena, NULL, "annotations", v);
	r = application_patch(c, f, pv_with(c->cx->arena, NULL, "metadata", v), NULL);
	return r < 0 ? r : wait_until(c, &key, was_looked_at, &f->object);
}

static int
get(call *c)
{
	const char *how = call_query(c, "refresh");
	target f;
	int r = application_find(c, c->part[0], "get", &f);
	if (r == 0 && *how)
		r = refresh(c, &f, how);
	return r < 0 ? r : answer_object(c, f.object);
}

/* ---- making and changing ---- */

/* An Application that is sent: named, with its kind, and without what other rights write. */
static int
read_application(call *c, const char *name, pv_val *ret)
{
	const char *ns = pv_text_at(c->body, "metadata.namespace", ""), *said = call_query(c, "appNamespace");
	ns = *ns ? ns : *said ? said : ARGOCD_NS;
	if (!pv_is(pv_get(c->body, "spec"), PV_OBJECT))
		return pv_fail(c->cx, PV_EBADREQUEST,
			       "error creating application: application is nil in request: "
			       "expected an Application with metadata.name and spec");
	*ret = pv_with(c->cx->arena, c->body, "kind", pv_string_ref("Application"));
	*ret = pv_with(c->cx->arena, ret, "apiVersion", pv_string_ref(ARGO "/v1alpha1"));
	*ret = pv_with_at(c->cx->arena, ret, "metadata.namespace", pv_string_ref(ns));
	if (name)
		*ret = pv_with_at(c->cx->arena, ret, "metadata.name", pv_string_ref(name));
	*ret = pv_without(c->cx->arena, ret, "status");
	*ret = pv_without(c->cx->arena, ret, "operation");
	return 0;
}

static pv_val
with_part(pv_arena *arena, const pv_val *meta, const char *name, const pv_val *part, bool whole)
{
	pv_objb b;
	if (whole || !pv_is(part, PV_OBJECT))
		return pv_with(arena, meta, name, *part);
	pv_objb_from(&b, arena, pv_get(meta, name));
	for (size_t i = 0; i < pv_member_count(part); i++)
		pv_objb_putv(&b, part->members[i].key, part->members[i].val);
	return pv_count(part) ? pv_with(arena, meta, name, pv_objb_end(&b)) : *meta;
}

pv_val
application_changed(pv_arena *arena, const pv_val *was, const pv_val *wanted, bool whole)
{
	static const char *const parts[] = {"labels", "annotations", "finalizers"};
	pv_val v = pv_with(arena, was, "spec", *pv_get(wanted, "spec")), meta = *pv_get(&v, "metadata");
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		const pv_val *part = pv_get(pv_get(wanted, "metadata"), parts[i]);
		if (part)
			meta = with_part(arena, &meta, parts[i], part, whole);
		else if (whole)
			meta = pv_without(arena, &meta, parts[i]);
	}
	return pv_with(arena, &v, "metadata", meta);
}

static int
replace(call *c, const target *f, const pv_val *wanted, bool whole, const pv_val **ret)
{
	pv_call to = call_on(c, "applications", f->ns, f->name, f->right);
	pv_val v = application_changed(c->cx->arena, f->object, wanted, whole);
	const char *version = pv_text_at(wanted, "metadata.resourceVersion", "");
	int r;
	if (*version)
		v = pv_with_at(c->cx->arena, &v, "metadata.resourceVersion", pv_string_ref(version));
	r = rights_check(c->rights, "applications", "update", application_rbac(c->cx->arena, &v), f->ns,
			 f->name, NULL);
	if (r == 0)
		r = application_check(c, &v);
	if (r == 0)
		r = pv_api_update(c->cx, c->api, &to, pv_box(c->cx->arena, v), ret);
	return r < 0 ? r : event_tell(c, *ret, "ResourceUpdated", "updated application");
}

static int
create_anew(call *c, const pv_val *object, enum right right)
{
	pv_call to = call_on(c, "applications", pv_text_at(object, "metadata.namespace", ""),
			     pv_text_at(object, "metadata.name", ""), right);
	const pv_val *made;
	int r = application_check(c, object);
	if (r == 0)
		r = pv_api_create(c->cx, c->api, &to, object, &made);
	if (r == 0)
		r = event_tell(c, made, "ResourceCreated", "created application");
	return r < 0 ? r : answer_object(c, made);
}

static int
create(call *c)
{
	enum right right;
	const pv_val *made;
	pv_val v, changed;
	target f = {0};
	int r = read_application(c, NULL, &v);
	pv_key key;
	if (r < 0)
		return r;
	f.ns = pv_text_at(&v, "metadata.namespace", "");
	f.name = pv_text_at(&v, "metadata.name", "");
	f.rbac = application_rbac(c->cx->arena, &v);
	r = rights_check(c->rights, "applications", "create", f.rbac, f.ns, f.name, &right);
	if (r < 0)
		return r;
	key = (pv_key){APPLICATION, f.ns, f.name};
	f.rec = *f.name ? pv_store_find(c->cx, pv_api_store(c->api), &key) : NULL;
	if (!f.rec)
		return create_anew(c, pv_box(c->cx->arena, v), right);
	f.object = pv_rec_val(f.rec);
	r = rights_check(c->rights, "applications", "get", application_rbac(c->cx->arena, f.object), f.ns,
			 f.name, NULL);
	changed = application_changed(c->cx->arena, f.object, &v, false);
	if (r == 0 && pv_eq(f.object, &changed))
		return answer_object(c, f.object);
	if (r == 0 && !pv_streq(call_query(c, "upsert"), "true"))
		r = pv_fail(c->cx, PV_EBADREQUEST,
			    "existing application spec is different, use upsert flag to force update");
	if (r == 0)
		r = rights_check(c->rights, "applications", "update",
				 application_rbac(c->cx->arena, f.object), f.ns, f.name, &f.right);
	if (r == 0)
		r = replace(c, &f, &v, false, &made);
	return r < 0 ? r : answer_object(c, made);
}

static int
update(call *c)
{
	const pv_val *made;
	pv_val v;
	target f;
	int r = application_find(c, c->part[0], "update", &f);
	if (r == 0)
		r = read_application(c, c->part[0], &v);
	if (r == 0)
		r = replace(c, &f, &v, true, &made);
	return r < 0 ? r : answer_object(c, made);
}

static int
update_spec(call *c)
{
	const pv_val *made;
	pv_val v;
	target f;
	int r = application_find(c, c->part[0], "update", &f);
	if (r == 0 && !pv_is(pv_get(c->body, "destination"), PV_OBJECT))
		r = pv_fail(c->cx, PV_EBADREQUEST,
			    "error updating application spec: spec is nil in request: expected "
			    "the spec of an Application, with a destination");
	if (r < 0)
		return r;
	v = pv_with(c->cx->arena, NULL, "spec", *c->body);
	r = replace(c, &f, &v, false, &made);
	return r < 0 ? r : call_answer(c, *pv_get(made, "spec"));
}

/* Tried, and what it comes to written as an update is. */
static int
patch(call *c)
{
	const char *text = pv_text_at(c->body, "patch", ""), *type = pv_text_at(c->body, "patchType", "");
	enum pv_patch_kind kind = pv_streq(type, "merge") ? PV_PATCH_MERGE : PV_PATCH_JSON;
	const pv_val *doc, *made;
	bool created;
	pv_call to;
	target f;
	int r = application_find(c, c->part[0], "update", &f);
	if (r == 0 && kind == PV_PATCH_JSON && *type && !pv_streq(type, "json"))
		r = pv_fail(c->cx, PV_EBADREQUEST, "Patch type '%s' is not supported", type);
	if (r == 0)
		r = pv_json_parse(c->cx, pv_str_of(text), NULL, &doc);
	if (r < 0)
		return r;
	to = call_on(c, "applications", f.ns, f.name, f.right);
	to.dry_run = true;
	r = pv_api_patch(c->cx, c->api, &to, kind, doc, &made, &created);
	if (r == 0)
		r = replace(c, &f, made, true, &made);
	return r < 0 ? r : answer_object(c, made);
}

/* ---- deleting ---- */

static bool
is_cascade(const char *finalizer)
{
	return pv_streq(finalizer, CASCADE) || pv_starts_with(finalizer, CASCADE "/");
}

pv_val
application_finalizers(pv_arena *arena, const pv_val *object, const char *wish)
{
	const pv_val *list = pv_at(object, "metadata.finalizers");
	pv_listb out;
	pv_listb_init(&out, arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (!is_cascade(pv_text(pv_item(list, i), "")))
			pv_listb_add(&out, *pv_item(list, i));
	if (wish)
		pv_listb_add(&out, pv_string_ref(wish));
	return pv_listb_end(&out);
}

static int
cascade_of(call *c, const char **ret)
{
	const char *propagation = pv_str_lower(c->cx->arena, call_query(c, "propagationPolicy"));
	*ret = NULL;
	if (pv_streq(call_query(c, "cascade"), "false"))
		return *propagation ? pv_fail(c->cx, PV_EBADREQUEST,
					      "cannot set propagation policy when cascading is disabled")
				    : 0;
	*ret = pv_streq(propagation, "background") ? CASCADE "/background" : CASCADE;
	if (*propagation && !pv_streq(propagation, "background") && !pv_streq(propagation, "foreground"))
		return pv_fail(c->cx, PV_EBADREQUEST, "invalid propagation policy: %s", propagation);
	return 0;
}

static int
remove_it(call *c)
{
	const char *wish = NULL;
	const pv_val *left;
	pv_val v;
	pv_call to;
	target f;
	int r = application_find(c, c->part[0], "delete", &f);
	if (r == 0)
		r = cascade_of(c, &wish);
	if (r < 0)
		return r;
	v = application_finalizers(c->cx->arena, f.object, wish);
	if (!pv_eq(&v, pv_at(f.object, "metadata.finalizers"))) {
		v = pv_with(c->cx->arena, NULL, "finalizers", v);
		r = application_patch(c, &f, pv_with(c->cx->arena, NULL, "metadata", v), NULL);
	}
	to = call_on(c, "applications", f.ns, f.name, f.right);
	if (r == 0)
		r = pv_api_delete(c->cx, c->api, &to, &left);
	if (r == 0)
		r = event_tell(c, f.object, "ResourceDeleted", "deleted application");
	return r < 0 ? r : call_answer_nothing(c);
}

const struct path application_paths[] = {
	{"GET", "v1/applications", list_answer, 0},
	{"GET", "v1/applications/{}", get, 0},
	{"POST", "v1/applications", create, 0},
	{"PUT", "v1/applications/{}", update, 0},
	{"PUT", "v1/applications/{}/spec", update_spec, 0},
	{"PATCH", "v1/applications/{}", patch, PATH_MESSAGE},
	{"DELETE", "v1/applications/{}", remove_it, 0},
	{NULL, NULL, NULL, 0},
};
