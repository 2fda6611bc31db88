/* live: reading for a turn.  What is read is held by the turn's ctx. */
#include "core/reconcile/live.h"

#include <string.h>

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
store_indexed(pv_ctx *cx, void *arg, const char *index, const char *key, pv_vec *ret)
{
	pv_runtime *rt = arg;
	pv_vec places;
	pthread_mutex_lock(&rt->lock);
	index_match(rt->index, cx->arena, index, key, &places);
	pthread_mutex_unlock(&rt->lock);
	for (size_t i = 0; i < places.len; i++) {
		char *type = pv_strdup(cx->arena, *PV_AT(const char *, &places, i));
		char *ns = strchr(type, ' '), *name;
		const pv_val *object;
		*ns++ = '\0';
		name = strchr(ns, ' ');
		*name++ = '\0';
		object = live_find(cx, rt, type, ns, name);
		if (object)
			pv_vec_push(ret, &object);
	}
}

static int
store_fact(pv_ctx *cx, void *arg, const char *fact, const pv_val *args, const pv_val **ret,
           const char **ret_key)
{
	pv_runtime *rt = arg;
	return pv_facts_get(cx, rt->facts, fact, args, ret, ret_key);
}

struct world
live_world(pv_runtime *rt)
{
	return (struct world){live_find, store_list, store_owned, store_indexed, store_fact, rt};
}
