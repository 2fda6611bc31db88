/* place: where is deployed to and where from, as Secrets of namespace argocd have it, without what is secret in them;
 * and ApplicationSets, where their kind is served. */
#include "base/str.h"
#include "base/vec.h"
#include "core/git/git.h"
#include "delivery/argocd/impl.h"
#include "lang/yaml/yaml.h"

#define SECRET_TYPE "argocd.argoproj.io/secret-type"

/* ---- Secrets ---- */

static bool
is_of_type(const pv_rec *rec, void *arg)
{
	return pv_streq(pv_text(pv_get(pv_at(pv_rec_val(rec), "metadata.labels"), SECRET_TYPE), ""), arg);
}

static int
secrets(call *c, const char *type, pv_listing *ret)
{
	pv_list_query query = {
		.type = "/Secret", .ns = ARGOCD_NS, .keep = is_of_type, .arg = pv_strdup(c->cx->arena, type)};
	return pv_store_list(c->cx, pv_api_store(c->api), &query, ret);
}

/* One of the members that are no secrets; NULL: it has none. */
static const char *
open_text(call *c, const pv_rec *secret, const char *key)
{
	const char *encoded = pv_text(pv_get(pv_get(pv_rec_val(secret), "data"), key), NULL);
	size_t len;
	return encoded ? (const char *)pv_unbase64(c->cx->arena, pv_str_of(encoded), false, &len) : NULL;
}

/* "PROJECT/X" of a project's own. */
static const char *
scoped(call *c, const char *project, const char *name)
{
	return project && *project ? pv_printf(c->cx->arena, "%s/%s", project, name) : name;
}

static pv_val
connection(pv_arena *arena)
{
	pv_val v = pv_with(arena, NULL, "status", pv_string_ref("Unknown"));
	return pv_with(arena, &v, "message", pv_string_ref(""));
}

/* ---- destinations ---- */

static pv_val
cluster(call *c, const char *server, const char *name, const char *project)
{
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "server", server);
	pv_objb_puts(&b, "name", name);
	pv_objb_puts(&b, "project", project);
	pv_objb_put(&b, "config", pv_object_of(c->cx->arena, NULL, 0, NULL, NULL));
	pv_objb_put(&b, "connectionState", connection(c->cx->arena));
	return pv_objb_end(&b);
}

static int
all_clusters(call *c, pv_listb *items)
{
	pv_listing all;
	int r = secrets(c, "cluster", &all);
	pv_listb_init(items, c->cx->arena);
	if (r == 0 && rights_have(c->rights, "clusters", "get", IN_CLUSTER, ARGOCD_NS, ""))
		pv_listb_add(items, cluster(c, IN_CLUSTER, "in-cluster", NULL));
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const char *server = open_text(c, all.recs[i], "server"),
			   *project = open_text(c, all.recs[i], "project");
		if (server && !pv_streq(server, IN_CLUSTER) &&
		    rights_have(c->rights, "clusters", "get", scoped(c, project, server), ARGOCD_NS,
				pv_rec_key(all.recs[i])->name))
			pv_listb_add(items, cluster(c, server, open_text(c, all.recs[i], "name"), project));
	}
	return r;
}

static int
clusters(call *c)
{
	static const char *const names[] = {"server", "name"};
	pv_listb items, kept;
	int r = all_clusters(c, &items);
	if (r < 0)
		return r;
	pv_listb_init(&kept, c->cx->arena);
	for (size_t i = 0; i < items.len; i++) {
		bool wanted = true;
		for (size_t k = 0; k < PV_LEN(names); k++)
			wanted = wanted && (!*call_query(c, names[k]) ||
					    pv_streq(call_query(c, names[k]),
						     pv_text_at(&items.items[i], names[k], "")));
		if (wanted)
			pv_listb_add(&kept, items.items[i]);
	}
	return call_answer(c, pv_with(c->cx->arena, NULL, "items", pv_listb_end(&kept)));
}

/* By its address, or with ?id.type=name by its name. */
static int
one_cluster(call *c)
{
	const char *key = pv_streq(call_query(c, "id.type"), "name") ? "name" : "server",
		   *wanted = pv_percent_decode(c->cx->arena, c->part[0]);
	pv_listb items;
	int r = all_clusters(c, &items);
	for (size_t i = 0; r == 0 && i < items.len; i++)
		if (pv_streq(pv_text_at(&items.items[i], key, ""), wanted))
			return call_answer(c, items.items[i]);
	return r < 0 ? r : rights_refuse(c->rights, "clusters", "get", c->part[0]);
}

/* ---- repositories ---- */

static pv_val
repository(call *c, const pv_rec *secret)
{
	static const char *const texts[] = {"name", "type", "project", "username", "proxy", "noProxy"};
	static const char *const flags[] = {"insecure", "enableLfs", "enableOCI", "insecureIgnoreHostKey"};
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "repo", pv_git_plain_url(c->cx->arena, open_text(c, secret, "url")));
	for (size_t i = 0; i < PV_LEN(texts); i++)
		pv_objb_puts(&b, texts[i], open_text(c, secret, texts[i]));
	for (size_t i = 0; i < PV_LEN(flags); i++)
		if (pv_streq(open_text(c, secret, flags[i]), "true"))
			pv_objb_put(&b, flags[i], pv_bool(true));
	pv_objb_put(&b, "connectionState", connection(c->cx->arena));
	return pv_objb_end(&b);
}

static int
all_repositories(call *c, pv_listb *items)
{
	pv_listing all;
	int r = secrets(c, "repository", &all);
	pv_listb_init(items, c->cx->arena);
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const char *url = open_text(c, all.recs[i], "url"),
			   *project = open_text(c, all.recs[i], "project");
		if (url && rights_have(c->rights, "repositories", "get", scoped(c, project, url), ARGOCD_NS,
				       pv_rec_key(all.recs[i])->name))
			pv_listb_add(items, repository(c, all.recs[i]));
	}
	return r;
}

static int
repositories(call *c)
{
	pv_listb items;
	int r = all_repositories(c, &items);
	return r < 0 ? r : call_answer(c, pv_with(c->cx->arena, NULL, "items", pv_listb_end(&items)));
}

static int
one_repository(call *c)
{
	const char *wanted = pv_percent_decode(c->cx->arena, c->part[0]);
	pv_listb items;
	int r = all_repositories(c, &items);
	for (size_t i = 0; r == 0 && i < items.len; i++)
		if (pv_streq(pv_text_at(&items.items[i], "repo", ""), wanted))
			return call_answer(c, items.items[i]);
	return r < 0 ? r : rights_refuse(c->rights, "repositories", "get", c->part[0]);
}

/* ---- ApplicationSets ---- */

#define SET ARGO "/ApplicationSet"

static int
sets_served(call *c)
{
	return pv_resource_find(c->cx, pv_api_registry(c->api), ARGO, "v1alpha1", "applicationsets")
		       ? 0
		       : pv_fail(c->cx, PV_EUNSUPPORTED,
				 "ApplicationSets are not supported yet: this server has no such kind");
}

static const char *
set_rbac(call *c, const pv_val *set)
{
	const char *project = pv_text_at(set, "spec.template.spec.project", "default"),
		   *ns = pv_text_at(set, "metadata.namespace", ARGOCD_NS);
	bool home = pv_streq(ns, ARGOCD_NS);
	return pv_printf(c->cx->arena, "%s/%s%s%s", *project ? project : "default", home ? "" : ns,
			 home ? "" : "/", pv_text_at(set, "metadata.name", ""));
}

static int
sets(call *c)
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
		if (rights_have(c->rights, "applicationsets", "get", set_rbac(c, set),
				pv_rec_key(all.recs[i])->ns, pv_rec_key(all.recs[i])->name))
			pv_listb_add(&items, *set);
	}
	v = pv_with(c->cx->arena, NULL, "metadata", pv_object_of(c->cx->arena, NULL, 0, NULL, NULL));
	return call_answer(c, pv_with(c->cx->arena, &v, "items", pv_listb_end(&items)));
}

static int
find_set(call *c, const char *action, const pv_rec **ret, enum right *ret_right)
{
	const char *ns = call_query(c, "appsetNamespace");
	pv_key key = {SET, *ns ? ns : ARGOCD_NS, c->part[0]};
	int r = sets_served(c);
	if (r < 0)
		return r;
	*ret = pv_store_find(c->cx, pv_api_store(c->api), &key);
	if (!*ret)
		return pv_fail(c->cx, PV_EFORBIDDEN, "permission denied");
	return rights_check(c->rights, "applicationsets", action, set_rbac(c, pv_rec_val(*ret)), key.ns,
			    key.name, ret_right);
}

static int
one_set(call *c)
{
	const pv_rec *rec;
	int r = find_set(c, "get", &rec, NULL);
	return r < 0 ? r : call_answer(c, *pv_rec_val(rec));
}

static int
create_set(call *c)
{
	const char *ns = pv_text_at(c->body, "metadata.namespace", ""),
		   *name = pv_text_at(c->body, "metadata.name", "");
	enum right right;
	const pv_val *made;
	pv_val v;
	pv_call to;
	int r = sets_served(c);
	if (r < 0)
		return r;
	v = pv_with_at(c->cx->arena, c->body, "metadata.namespace", pv_string_ref(*ns ? ns : ARGOCD_NS));
	v = pv_with(c->cx->arena, &v, "kind", pv_string_ref("ApplicationSet"));
	v = pv_with(c->cx->arena, &v, "apiVersion", pv_string_ref(ARGO "/v1alpha1"));
	ns = *ns ? ns : ARGOCD_NS;
	r = rights_check(c->rights, "applicationsets", "create", set_rbac(c, &v), ns, name, &right);
	to = call_on(c, "applicationsets", ns, name, right);
	if (r == 0)
		r = pv_api_create(c->cx, c->api, &to, pv_box(c->cx->arena, v), &made);
	return r < 0 ? r : call_answer(c, *made);
}

static int
delete_set(call *c)
{
	enum right right;
	const pv_val *left;
	const pv_rec *rec;
	pv_call to;
	int r = find_set(c, "delete", &rec, &right);
	if (r < 0)
		return r;
	to = call_on(c, "applicationsets", pv_rec_key(rec)->ns, c->part[0], right);
	r = pv_api_delete(c->cx, c->api, &to, &left);
	return r < 0 ? r : call_answer_nothing(c);
}

const struct path place_paths[] = {
	{"GET", "v1/clusters", clusters, 0},
	{"GET", "v1/clusters/{}", one_cluster, 0},
	{"GET", "v1/repositories", repositories, 0},
	{"GET", "v1/repositories/{}", one_repository, 0},
	{"GET", "v1/applicationsets", sets, 0},
	{"POST", "v1/applicationsets", create_set, 0},
	{"GET", "v1/applicationsets/{}", one_set, 0},
	{"DELETE", "v1/applicationsets/{}", delete_set, 0},
	{NULL, NULL, NULL, 0},
};
