/* sync: data.inventory on the server: objects of the kinds that the Config and the SyncSets name, made
 * anew when one of them changes and a template that reads it is asked. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"
#include "governance/gatekeeper/set.h"

typedef struct made { /* immutable */
	atomic_int refs;
	pv_ctx cx; /* holds the objects */
	const pv_val *data;
} made;

typedef struct kind {
	char *api_version, *name, *type;
	pv_watch *watch;
	bool wanted;
} kind;

struct sync {
	pthread_mutex_t lock;
	pv_api *api;
	pv_map *kinds;  /* "version/Kind" -> kind */
	uint64_t stamp; /* of the settings that now was made by */
	made *now;      /* NULL: to be made */
};

static const char owner;

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watches. */
}

static void
unref(void *arg)
{
	made *m = arg;

	if (m && atomic_fetch_sub(&m->refs, 1) == 1) {
		pv_ctx_done(&m->cx);
		pv_heap_free(m);
	}
}

static void
kind_close(kind *k)
{
	k->watch = pv_watch_close(k->watch);
	pv_heap_free(k->api_version);
	pv_heap_free(k->name);
	pv_heap_free(k->type);
	pv_heap_free(k);
}

static void
sync_close(void *arg)
{
	struct sync *s = arg;
	size_t pos = 0;
	void *k;

	while (pv_map_each(s->kinds, &pos, NULL, &k))
		kind_close(k);
	pv_map_free(s->kinds);
	unref(s->now);
	pthread_mutex_destroy(&s->lock);
	pv_heap_free(s);
}

/* ---- which kinds; the caller holds the lock ---- */

static int
add_kind(pv_ctx *cx, struct sync *s, const char *api_version, const char *name, kind **ret)
{
	pv_store *store = pv_api_store(s->api);
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(s->api), api_version, name);
	kind *k;
	int r;

	if (!res || res->view)
		return 0; /* not served (yet) */
	k = pv_heap_new(sizeof *k);
	*k = (kind){.api_version = pv_heap_printf("%s", api_version),
		    .name = pv_heap_printf("%s", name),
		    .type = pv_heap_printf("%s", res->type)};
	r = pv_watch_open(cx, store, k->type, pv_store_rev(store), on_wake, s, &k->watch);
	if (r < 0)
		kind_close(k);
	else
		*ret = k;
	return r;
}

static int
want(pv_ctx *cx, struct sync *s, const pv_val *gvk, bool *ret_changed)
{
	const char *group = pv_text_at(gvk, "group", ""), *name = pv_text_at(gvk, "kind", "");
	const char *api_version =
		pv_printf(cx->arena, "%s%s%s", group, *group ? "/" : "", pv_text_at(gvk, "version", ""));
	const char *key = pv_printf(cx->arena, "%s/%s", api_version, name);
	kind *k = pv_map_finds(s->kinds, key);
	int r = 0;

	if (!k && (r = add_kind(cx, s, api_version, name, &k)) == 0 && k) {
		pv_map_puts(s->kinds, key, k);
		*ret_changed = true;
	}
	if (k)
		k->wanted = true;
	return r;
}

static void
drop_unwanted(struct sync *s, bool *ret_changed)
{
	size_t pos = 0;
	pv_str key;
	void *k;

	while (pv_map_each(s->kinds, &pos, &key, &k))
		if (!((kind *)k)->wanted) {
			(void)pv_map_del(s->kinds, key.s, key.len);
			kind_close(k);
			*ret_changed = true;
		}
}

static int
want_all(pv_ctx *cx, struct sync *s, bool *ret_changed)
{
	const pv_vec *settings;
	uint64_t stamp;
	size_t pos = 0;
	void *k;
	int r = gk_set_sync(cx, s->api, &settings, &stamp);

	if (r < 0)
		return r;
	*ret_changed = stamp != s->stamp; /* another namespace may be excluded */
	s->stamp = stamp;
	while (pv_map_each(s->kinds, &pos, NULL, &k))
		((kind *)k)->wanted = false;
	for (size_t i = 0; r == 0 && i < settings->len; i++) {
		const pv_val *v = *PV_AT(const pv_val *, settings, i), *list = pv_at(v, "spec.gvks");

		if (!list)
			list = pv_at(v, "spec.sync.syncOnly");
		for (size_t n = 0; r == 0 && n < pv_count(list); n++)
			r = want(cx, s, pv_item(list, n), ret_changed);
	}
	if (r == 0)
		drop_unwanted(s, ret_changed);
	return r;
}

static int
drain(pv_ctx *cx, struct sync *s, bool *ret_changed)
{
	pv_store *store = pv_api_store(s->api);
	pv_event event;
	size_t pos = 0;
	void *v;
	int r = 0;

	while (r >= 0 && pv_map_each(s->kinds, &pos, NULL, &v)) {
		kind *k = v;

		while ((r = pv_watch_next(cx, k->watch, &event)) == 1)
			*ret_changed = true;
		if (r != -PV_EGONE)
			continue;
		(void)pv_recover(cx);
		*ret_changed = true;
		k->watch = pv_watch_close(k->watch);
		r = pv_watch_open(cx, store, k->type, pv_store_rev(store), on_wake, s, &k->watch);
	}
	return r;
}

/* ---- making it ---- */

static int
add_objects(pv_ctx *cx, struct sync *s, const kind *k, pv_vec *objects)
{
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(s->api), k->api_version, k->name);
	pv_list_query query = {.type = k->type};
	pv_listing all;
	int r = pv_store_list(cx, pv_api_store(s->api), &query, &all);

	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_val *object = pv_rec_val(all.recs[i]);
		bool excluded;

		r = gk_set_excludes(cx, s->api, "sync", pv_rec_key(all.recs[i]), &excluded);
		if (r < 0 || excluded)
			continue;
		if (res && !res->storage)
			object = pv_resource_as(cx, res, object);
		pv_vec_push(objects, &object);
	}
	return r;
}

static int
make(struct sync *s, pv_ctx *cx)
{
	made *m = pv_heap_new(sizeof *m);
	pv_vec objects;
	size_t pos = 0;
	void *k;
	int r = 0;

	atomic_init(&m->refs, 1);
	pv_ctx_init(&m->cx, "gatekeeper-inventory");
	pv_vec_init(&objects, m->cx.arena, sizeof(const pv_val *));
	while (r == 0 && pv_map_each(s->kinds, &pos, NULL, &k))
		r = add_objects(&m->cx, s, k, &objects);
	if (r < 0) {
		r = pv_fail(cx, PV_EUNAVAILABLE, "data.inventory: %s", pv_error_text(&m->cx));
		(void)pv_recover(&m->cx);
		unref(m);
		return r;
	}
	m->data = gk_inventory(&m->cx, m->cx.arena, &objects);
	s->now = m;
	return 0;
}

int
gk_sync_data(pv_ctx *cx, pv_api *api, const pv_val **ret)
{
	struct sync *s = pv_api_kept(api, &owner);
	bool changed = false;
	int r;

	*ret = NULL;
	pthread_mutex_lock(&s->lock);
	r = want_all(cx, s, &changed);
	if (r == 0)
		r = drain(cx, s, &changed);
	if (changed) {
		unref(s->now);
		s->now = NULL;
	}
	if (r == 0 && !s->now)
		r = make(s, cx);
	if (r == 0) {
		atomic_fetch_add(&s->now->refs, 1);
		pv_arena_defer(cx->arena, unref, s->now);
		*ret = s->now->data;
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

int
gk_sync_open(pv_ctx *cx PV_UNUSED, pv_api *api)
{
	struct sync *s = pv_heap_new(sizeof *s);

	pthread_mutex_init(&s->lock, NULL);
	s->api = api;
	s->kinds = pv_map_new(NULL);
	pv_api_keep(api, &owner, s, sync_close);
	return 0;
}
