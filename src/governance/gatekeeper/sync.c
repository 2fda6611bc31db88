/* sync: data.inventory on the server: objects of the kinds that the Config and the SyncSets name, made
 * anew when one of them changes and a template that reads it is asked. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/heap.h"
#include "base/str.h"
#include "governance/gatekeeper/set.h"

#define KINDS_MOST 64

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
	kind kinds[KINDS_MOST];
	size_t n;
	made *now; /* NULL: to be made */
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
}

static void
sync_close(void *arg)
{
	struct sync *s = arg;

	for (size_t i = 0; i < s->n; i++)
		kind_close(&s->kinds[i]);
	unref(s->now);
	pthread_mutex_destroy(&s->lock);
	pv_heap_free(s);
}

/* ---- which kinds; the caller holds the lock ---- */

static int
want(pv_ctx *cx, struct sync *s, const pv_val *gvk, bool *ret_changed)
{
	const char *group = pv_text_at(gvk, "group", ""), *name = pv_text_at(gvk, "kind", "");
	const char *api_version =
		pv_printf(cx->arena, "%s%s%s", group, *group ? "/" : "", pv_text_at(gvk, "version", ""));
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(s->api), api_version, name);
	kind *k;

	for (size_t i = 0; i < s->n; i++)
		if (pv_streq(s->kinds[i].api_version, api_version) && pv_streq(s->kinds[i].name, name)) {
			s->kinds[i].wanted = true;
			return 0;
		}
	if (!res || res->view || s->n == KINDS_MOST)
		return 0; /* not served (yet) */
	k = &s->kinds[s->n++];
	*k = (kind){.api_version = pv_heap_printf("%s", api_version),
		    .name = pv_heap_printf("%s", name),
		    .type = pv_heap_printf("%s", res->type),
		    .wanted = true};
	*ret_changed = true;
	return pv_watch_open(cx, pv_api_store(s->api), k->type, pv_store_rev(pv_api_store(s->api)), on_wake,
			     s, &k->watch);
}

static int
want_all(pv_ctx *cx, struct sync *s, bool *ret_changed)
{
	const pv_vec *settings;
	int r = gk_set_sync(cx, s->api, &settings);

	for (size_t i = 0; i < s->n; i++)
		s->kinds[i].wanted = false;
	for (size_t i = 0; r == 0 && i < settings->len; i++) {
		const pv_val *v = *PV_AT(const pv_val *, settings, i), *list = pv_at(v, "spec.gvks");

		if (!list)
			list = pv_at(v, "spec.sync.syncOnly");
		for (size_t k = 0; r == 0 && k < pv_count(list); k++)
			r = want(cx, s, pv_item(list, k), ret_changed);
	}
	for (size_t i = s->n; r == 0 && i > 0; i--)
		if (!s->kinds[i - 1].wanted) {
			kind_close(&s->kinds[i - 1]);
			s->kinds[i - 1] = s->kinds[--s->n];
			*ret_changed = true;
		}
	return r;
}

static int
drain(pv_ctx *cx, struct sync *s, bool *ret_changed)
{
	pv_store *store = pv_api_store(s->api);
	pv_event event;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->n; i++) {
		while ((r = pv_watch_next(cx, s->kinds[i].watch, &event)) == 1)
			*ret_changed = true;
		if (r != -PV_EGONE)
			continue;
		(void)pv_recover(cx);
		*ret_changed = true;
		s->kinds[i].watch = pv_watch_close(s->kinds[i].watch);
		r = pv_watch_open(cx, store, s->kinds[i].type, pv_store_rev(store), on_wake, s,
				  &s->kinds[i].watch);
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

		r = gk_set_excludes(cx, s->api, "sync", pv_rec_key(all.recs[i])->ns, &excluded);
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
	int r = 0;

	atomic_init(&m->refs, 1);
	pv_ctx_init(&m->cx, "gatekeeper-inventory");
	pv_vec_init(&objects, m->cx.arena, sizeof(const pv_val *));
	for (size_t i = 0; r == 0 && i < s->n; i++)
		r = add_objects(&m->cx, s, &s->kinds[i], &objects);
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
	pv_api_keep(api, &owner, s, sync_close);
	return 0;
}
