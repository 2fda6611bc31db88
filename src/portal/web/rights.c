/* rights: where somebody may list and watch a resource: everywhere, or in which
 * namespaces. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "portal/web/web.h"

const pv_resource *
web_resource(pv_ctx *cx, pv_api *api, const char *name)
{
	pv_str rest = pv_str_of(name), group, version, plural;
	if (!pv_str_next(&rest, '/', &group) || !pv_str_next(&rest, '/', &version) ||
	    !pv_str_next(&rest, '/', &plural))
		return NULL;
	return pv_resource_find(cx, pv_api_registry(api),
				pv_str_is(group, "core") ? "" : pv_strndup(cx->arena, group.s, group.len),
				pv_strndup(cx->arena, version.s, version.len),
				pv_strndup(cx->arena, plural.s, plural.len));
}

/* A computed resource is listed and not watched. */
static bool
allowed(pv_ctx *cx, pv_api *api, const pv_resource *res, const char *ns, pv_attributes *ret_missing)
{
	static const char *const verbs[] = {"list", "watch"};
	for (size_t i = 0; i < (res->view ? 1 : PV_LEN(verbs)); i++) {
		*ret_missing = (pv_attributes){verbs[i], res->group, res->plural, "", ns, "", NULL, NULL};
		if (!pv_auth_allows(cx, pv_api_auth(api), pv_auth_identity(cx), ret_missing, NULL))
			return false;
	}
	return true;
}

static int
permitted(pv_ctx *cx, pv_api *api, const pv_resource *res, web_reach *ret)
{
	pv_list_query query = {.type = "/Namespace"};
	pv_listing all;
	pv_attributes unused;
	const char **names;
	size_t n = 0;
	int r = pv_store_list(cx, pv_api_store(api), &query, &all);
	if (r < 0)
		return r;
	names = pv_alloc(cx->arena, (all.len + 1) * sizeof(*names));
	for (size_t i = 0; i < all.len; i++) {
		const char *name = pv_rec_key(all.recs[i])->name;
		if (allowed(cx, api, res, name, &unused))
			names[n++] = pv_strdup(cx->arena, name);
	}
	*ret = (web_reach){false, names, n};
	return 0;
}

int
web_reach_of(pv_ctx *cx, pv_api *api, const pv_resource *res, web_reach *ret)
{
	pv_attributes missing;
	int r = 0;
	*ret = (web_reach){.everywhere = allowed(cx, api, res, "", &missing)};
	if (ret->everywhere)
		return 0;
	if (res->namespaced)
		r = permitted(cx, api, res, ret);
	return r < 0 || ret->n ? r : pv_auth_check(cx, pv_api_auth(api), &missing);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool
web_reaches(const web_reach *reach, const char *ns)
{
	return reach->everywhere || bsearch(&ns, reach->namespaces, reach->n, sizeof(ns), by_name);
}

bool
web_reach_same(const web_reach *a, const web_reach *b)
{
	if (a->everywhere != b->everywhere || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!pv_streq(a->namespaces[i], b->namespaces[i]))
			return false;
	return true;
}
