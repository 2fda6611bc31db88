/* live: reading for a turn.  What is read is held by the turn's ctx. */
#include "core/reconcile/live.h"

#include <string.h>

#include "core/reconcile/deed.h"

const pv_val *
live_find(pv_ctx *cx, void *arg, const char *type, const char *ns, const char *name)
{
	pv_runtime *rt = arg;
	pv_key key = {type, ns, name};
	const pv_rec *rec = pv_store_find(cx, rt->store, &key);
	return rec ? pv_rec_val(rec) : NULL;
}

static void
store_list(pv_ctx *cx, void *arg, const char *type, const char *ns, pv_vec *ret)
{
	pv_runtime *rt = arg;
	pv_list_query query = {.type = type, .ns = ns};
	pv_listing listing;
	if (pv_store_list(cx, rt->store, &query, &listing) < 0) {
		pv_recover(cx); /* only an old revision can fail, and none was asked for */
		return;
	}
	for (size_t i = 0; i < listing.len; i++) {
		const pv_val *object = pv_rec_val(listing.recs[i]);
		pv_vec_push(ret, &object);
	}
}

static void
store_owned(pv_ctx *cx, void *arg, const char *type, const char *uid, pv_vec *ret)
{
	pv_runtime *rt = arg;
	pv_vec places;
	pthread_mutex_lock(&rt->lock);
	index_owned(rt->index, cx->arena, type, uid, &places);
	pthread_mutex_unlock(&rt->lock);
	for (size_t i = 0; i < places.len; i++) {
		char *ns = pv_strdup(cx->arena, *PV_AT(const char *, &places, i));
		char *name = strchr(ns, ' ');
		const pv_val *object;
		*name++ = '\0';
		object = live_find(cx, rt, type, ns, name);
		if (object)
			pv_vec_push(ret, &object);
	}
}

static void
store_named(pv_ctx *cx, void *arg, const char *index, const char *key, pv_vec *ret)
{
	pv_runtime *rt = arg;
	pv_vec places;
	pthread_mutex_lock(&rt->lock);
	index_match(rt->index, cx->arena, index, key, &places);
	pthread_mutex_unlock(&rt->lock);
	for (size_t i = 0; i < places.len; i++) {
		char *type = pv_strdup(cx->arena, *PV_AT(const char *, &places, i));
		char *ns = strchr(type, ' '), *name;
		pv_place *place = pv_vec_add(ret);
		*ns++ = '\0';
		name = strchr(ns, ' ');
		*name++ = '\0';
		*place = (pv_place){type, ns, name};
	}
}

static void
store_indexed(pv_ctx *cx, void *arg, const char *index, const char *key, pv_vec *ret)
{
	pv_vec places;
	pv_vec_init(&places, cx->arena, sizeof(pv_place));
	store_named(cx, arg, index, key, &places);
	for (size_t i = 0; i < places.len; i++) {
		const pv_place *p = PV_AT(pv_place, &places, i);
		const pv_val *object = live_find(cx, arg, p->type, p->ns, p->name);
		if (object)
			pv_vec_push(ret, &object);
	}
}

static void
store_within(pv_ctx *cx, void *arg, const char *ns, pv_vec *ret)
{
	pv_runtime *rt = arg;
	const pv_resource *res;
	size_t pos = 0;
	while (pv_resource_each(cx, pv_api_registry(rt->api), &pos, &res))
		if (res->namespaced && res->storage && !res->view && deed_counts(res->type))
			store_list(cx, rt, res->type, ns, ret);
}

static int
store_fact(pv_ctx *cx, void *arg, const pv_question *question, const pv_val **ret, const char **ret_key)
{
	pv_runtime *rt = arg;
	return pv_facts_get(cx, rt->facts, question, ret, ret_key);
}

static bool
store_since(pv_ctx *cx, void *arg, const char *key, int64_t since)
{
	pv_runtime *rt = arg;
	return pv_facts_since(cx, rt->facts, key, since);
}

static enum pv_scope
store_scope(pv_ctx *cx, void *arg, const char *api_version, const char *kind)
{
	pv_runtime *rt = arg;
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(rt->api), api_version, kind);
	if (!res)
		return PV_SCOPE_UNKNOWN;
	return res->namespaced ? PV_SCOPE_NAMESPACE : PV_SCOPE_CLUSTER;
}

static int
store_predict(pv_ctx *cx, void *arg, const struct forecast *of, const pv_val **ret)
{
	pv_runtime *rt = arg;
	const pv_val *object = of->object;
	const char *version = pv_text_at(object, "apiVersion", ""), *kind = pv_text_at(object, "kind", "");
	pv_call call = {.resource = pv_resource_of_kind(cx, pv_api_registry(rt->api), version, kind),
			.ns = pv_text_at(object, "metadata.namespace", ""),
			.name = pv_text_at(object, "metadata.name", ""),
			.subresource = "",
			.manager = of->manager,
			.takes_over = of->takes_over,
			.force = true,
			.dry_run = true,
			.ns_to_come = of->ns_to_come,
			.warnings = of->warnings,
			.grace_seconds = -1};
	bool created;
	if (!call.resource)
		return pv_fail(cx, PV_ENOTFOUND, "no matches for kind \"%s\" in version \"%s\"", kind,
			       version);
	return pv_api_patch(cx, rt->api, &call, PV_PATCH_APPLY, object, ret, &created);
}

struct world
live_world(pv_runtime *rt)
{
	return (struct world){live_find,  store_list,  store_owned, store_indexed, store_named, store_within,
			      store_fact, store_since, store_scope, store_predict, rt};
}
