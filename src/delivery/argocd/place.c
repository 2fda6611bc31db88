/* place: where is deployed to and where from, as Secrets of namespace argocd have it, without what is secret in them. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/git/git.h"
#include "delivery/argocd/impl.h"

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
state_of(pv_arena *arena, pv_val state)
{
	pv_val v = pv_without(arena, &state, "version");
	return pv_without(arena, &v, "objects");
}

static pv_val
info_of(pv_arena *arena, pv_val state)
{
	pv_val cache = pv_with(arena, NULL, "resourcesCount", *pv_get(&state, "objects")),
	       info = pv_with(arena, NULL, "cacheInfo", cache);
	info = pv_with(arena, &info, "connectionState", state_of(arena, state));
	return pv_get(&state, "version") ? pv_with(arena, &info, "serverVersion", *pv_get(&state, "version"))
					 : info;
}

static pv_val
destination(call *c, const char *server, const char *name, const char *project, pv_val state)
{
	const pv_val *version = pv_get(&state, "version");
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "server", server);
	pv_objb_puts(&b, "name", name);
	pv_objb_puts(&b, "project", project);
	pv_objb_put(&b, "config", pv_object_of(c->cx->arena, NULL, 0, NULL, NULL));
	if (version)
		pv_objb_put(&b, "serverVersion", *version);
	pv_objb_put(&b, "connectionState", state_of(c->cx->arena, state));
	if (pv_get(&state, "objects"))
		pv_objb_put(&b, "info", info_of(c->cx->arena, state));
	return pv_objb_end(&b);
}

static int
all_clusters(call *c, pv_listb *items)
{
	pv_listing all;
	int r = secrets(c, "cluster", &all);
	pv_listb_init(items, c->cx->arena);
	if (r == 0 && rights_have(c->rights, "clusters", "get", IN_CLUSTER, ARGOCD_NS, ""))
		pv_listb_add(items, destination(c, IN_CLUSTER, "in-cluster", NULL, connection(c->cx->arena)));
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const char *server = open_text(c, all.recs[i], "server"),
			   *project = open_text(c, all.recs[i], "project");
		if (server && !pv_streq(server, IN_CLUSTER) &&
		    rights_have(c->rights, "clusters", "get", scoped(c, project, server), ARGOCD_NS,
				pv_rec_key(all.recs[i])->name))
			pv_listb_add(items, destination(c, server, open_text(c, all.recs[i], "name"), project,
							clusters_connection(c->cx, c->api,
									    pv_rec_key(all.recs[i])->name)));
	}
	return r;
}

int
place_find_cluster(call *c, const char **server, const char **name)
{
	const char *wanted, *called = *name;
	pv_listing all;
	size_t len = strlen(*server);
	int r = secrets(c, "cluster", &all);
	while (len && (*server)[len - 1] == '/') /* as clusters_find() reads it */
		len--;
	wanted = pv_strndup(c->cx->arena, *server, len);
	*server = *name = NULL;
	if (pv_streq(wanted, IN_CLUSTER) || pv_streq(called, CLUSTERS_HERE_NAME)) {
		*server = IN_CLUSTER;
		*name = CLUSTERS_HERE_NAME;
	}
	for (size_t i = 0; r == 0 && !*server && i < all.len; i++) {
		const char *address = open_text(c, all.recs[i], "server"),
			   *its = open_text(c, all.recs[i], "name");
		if (!(*wanted && pv_streq(address, wanted)) && !(*called && pv_streq(its, called)))
			continue;
		*server = address ? address : "";
		*name = its ? its : "";
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
	static const char *const texts[] = {"name", "type", "project", "username", "noProxy"};
	static const char *const flags[] = {"insecure", "enableLfs", "enableOCI", "insecureIgnoreHostKey"};
	const char *proxy = open_text(c, secret, "proxy"); /* may have a password in it */
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "repo", pv_git_plain_url(c->cx->arena, open_text(c, secret, "url")));
	for (size_t i = 0; i < PV_LEN(texts); i++)
		pv_objb_puts(&b, texts[i], open_text(c, secret, texts[i]));
	pv_objb_puts(&b, "proxy", proxy ? pv_git_plain_url(c->cx->arena, proxy) : NULL);
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

/* ---- of a project ---- */

static pv_val
owned(call *c, const pv_listb *items, const char *project)
{
	pv_listb kept;
	pv_listb_init(&kept, c->cx->arena);
	for (size_t i = 0; i < items->len; i++)
		if (pv_streq(pv_text_at(&items->items[i], "project", ""), project))
			pv_listb_add(&kept, items->items[i]);
	return pv_listb_end(&kept);
}

int
place_of_project(call *c, const char *project, pv_val *ret_clusters, pv_val *ret_repositories)
{
	pv_listb clusters, repositories;
	int r = all_clusters(c, &clusters);
	if (r == 0)
		r = all_repositories(c, &repositories);
	if (r < 0)
		return r;
	*ret_clusters = owned(c, &clusters, project);
	*ret_repositories = owned(c, &repositories, project);
	return 0;
}

const struct path place_paths[] = {
	{"GET", "v1/clusters", clusters, 0},
	{"GET", "v1/clusters/{}", one_cluster, 0},
	{"GET", "v1/repositories", repositories, 0},
	{"GET", "v1/repositories/{}", one_repository, 0},
	{NULL, NULL, NULL, 0},
};
