/* sync: data.inventory on the server: objects of the kinds that the Config and the SyncSets name.  It is
 * immutable; after a change the next who asks makes it anew of what did not change, and of the one shelf
 * (kind and namespace) that did. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"
#include "governance/gatekeeper/set.h"

typedef struct shelf { /* the objects of one kind in one namespace; immutable */
	atomic_int refs;
	pv_arena *arena; /* holds their records */
	pv_val objects;  /* by name */
} shelf;

typedef struct row { /* what is to be on a shelf */
	const char *ns, *api_version, *kind;
	pv_map *recs; /* name -> const pv_rec * */
	shelf *now;   /* NULL: to be made */
} row;

typedef struct made { /* immutable */
	atomic_int refs;
	pv_arena *arena; /* holds the shelves */
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
	pv_map *rows;   /* "ns\nversion\nKind" -> row; without ns: of the cluster */
	uint64_t stamp; /* of the settings that now was made by */
	bool stale;     /* the rows are to be filled anew */
	made *now;      /* NULL: to be made */
};

static const char owner;

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watches. */
}

static void
shelf_unref(void *arg)
{
	shelf *f = arg;

	if (f && atomic_fetch_sub(&f->refs, 1) == 1) {
		pv_arena_free(f->arena);
		pv_heap_free(f);
	}
}

static void
unref(void *arg)
{
	made *m = arg;

	if (m && atomic_fetch_sub(&m->refs, 1) == 1) {
		pv_arena_free(m->arena);
		pv_heap_free(m);
	}
}

static void
row_close(row *w)
{
	size_t pos = 0;
	void *rec;

	while (pv_map_each(w->recs, &pos, NULL, &rec))
		pv_rec_unref(rec);
	pv_map_free(w->recs);
	shelf_unref(w->now);
	pv_heap_free(w);
}

static void
rows_drop(struct sync *s)
{
	size_t pos = 0;
	void *w;

	while (pv_map_each(s->rows, &pos, NULL, &w))
		row_close(w);
	pv_map_free(s->rows);
	s->rows = pv_map_new(NULL);
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
	rows_drop(s);
	pv_map_free(s->rows);
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
want(pv_ctx *cx, struct sync *s, const pv_val *gvk)
{
	const char *group = pv_text_at(gvk, "group", ""), *name = pv_text_at(gvk, "kind", "");
	const char *api_version =
		pv_printf(cx->arena, "%s%s%s", group, *group ? "/" : "", pv_text_at(gvk, "version", ""));
	const char *key = pv_printf(cx->arena, "%s/%s", api_version, name);
	kind *k = pv_map_finds(s->kinds, key);
	int r = 0;

	if (!k && (r = add_kind(cx, s, api_version, name, &k)) == 0 && k) {
		pv_map_puts(s->kinds, key, k);
		s->stale = true;
	}
	if (k)
		k->wanted = true;
	return r;
}

static void
drop_unwanted(struct sync *s)
{
	size_t pos = 0;
	pv_str key;
	void *k;

	while (pv_map_each(s->kinds, &pos, &key, &k))
		if (!((kind *)k)->wanted) {
			(void)pv_map_del(s->kinds, key.s, key.len);
			kind_close(k);
			s->stale = true;
		}
}

static int
want_all(pv_ctx *cx, struct sync *s)
{
	const pv_vec *settings;
	uint64_t stamp;
	size_t pos = 0;
	void *k;
	int r = gk_set_sync(cx, s->api, &settings, &stamp);

	if (r < 0)
		return r;
	s->stale = s->stale || stamp != s->stamp; /* another namespace may be excluded */
	s->stamp = stamp;
	while (pv_map_each(s->kinds, &pos, NULL, &k))
		((kind *)k)->wanted = false;
	for (size_t i = 0; r == 0 && i < settings->len; i++) {
		const pv_val *v = *PV_AT(const pv_val *, settings, i), *list = pv_at(v, "spec.gvks");

		if (!list)
			list = pv_at(v, "spec.sync.syncOnly");
		for (size_t n = 0; r == 0 && n < pv_count(list); n++)
			r = want(cx, s, pv_item(list, n));
	}
	if (r == 0)
		drop_unwanted(s);
	return r;
}

/* ---- what there is ---- */

static row *
row_of(pv_ctx *cx, struct sync *s, const kind *k, const pv_key *key)
{
	const char *name = pv_printf(cx->arena, "%s\n%s\n%s", key->ns, k->api_version, k->name);
	row *w = pv_map_finds(s->rows, name);
	size_t ns = strlen(key->ns) + 1, api_version = strlen(k->api_version) + 1;
	char *texts;

	if (w)
		return w;
	w = pv_heap_new(sizeof *w + ns + api_version + strlen(k->name) + 1);
	texts = (char *)(w + 1);
	w->ns = memcpy(texts, key->ns, ns);
	w->api_version = memcpy(texts + ns, k->api_version, api_version);
	w->kind = memcpy(texts + ns + api_version, k->name, strlen(k->name) + 1);
	w->recs = pv_map_new(NULL);
	pv_map_puts(s->rows, name, w);
	return w;
}

/* gone: it is an object no longer. */
static int
put(pv_ctx *cx, struct sync *s, const kind *k, const pv_rec *rec, bool gone)
{
	const pv_key *key = pv_rec_key(rec);
	bool excluded = false;
	row *w;
	int r = gk_set_excludes(cx, s->api, "sync", key, &excluded);

	if (r < 0 || excluded)
		return r;
	w = row_of(cx, s, k, key);
	pv_rec_unref(gone ? pv_map_del(w->recs, key->name, strlen(key->name))
			  : pv_map_puts(w->recs, key->name, (void *)(uintptr_t)pv_rec_ref(rec)));
	shelf_unref(w->now);
	w->now = NULL;
	unref(s->now);
	s->now = NULL;
	return 0;
}

static int
fill(pv_ctx *cx, struct sync *s)
{
	size_t pos = 0;
	void *v;
	int r = 0;

	rows_drop(s);
	unref(s->now);
	s->now = NULL;
	while (r == 0 && pv_map_each(s->kinds, &pos, NULL, &v)) {
		pv_list_query query = {.type = ((kind *)v)->type};
		pv_listing all;

		r = pv_store_list(cx, pv_api_store(s->api), &query, &all);
		for (size_t i = 0; r == 0 && i < all.len; i++)
			r = put(cx, s, v, all.recs[i], false);
	}
	s->stale = r < 0;
	return r;
}

static int
drain(pv_ctx *cx, struct sync *s)
{
	pv_store *store = pv_api_store(s->api);
	pv_event event;
	size_t pos = 0;
	void *v;
	int r = 0;

	while (r >= 0 && pv_map_each(s->kinds, &pos, NULL, &v)) {
		kind *k = v;

		while ((r = pv_watch_next(cx, k->watch, &event)) == 1)
			if (!s->stale && put(cx, s, k, event.rec, event.type == PV_DELETED) < 0) {
				(void)pv_recover(cx);
				s->stale = true;
			}
		if (r != -PV_EGONE)
			continue;
		(void)pv_recover(cx);
		s->stale = true;
		k->watch = pv_watch_close(k->watch);
		r = pv_watch_open(cx, store, k->type, pv_store_rev(store), on_wake, s, &k->watch);
	}
	return r;
}

/* ---- making it: of a row that is as it was the shelf serves again ---- */

static void
rec_unref(void *rec)
{
	pv_rec_unref(rec);
}

static shelf *
make_shelf(pv_ctx *cx, struct sync *s, const row *w)
{
	const pv_resource *res = pv_resource_of_kind(cx, pv_api_registry(s->api), w->api_version, w->kind);
	shelf *f = pv_heap_new(sizeof *f);
	pv_ctx own = *cx;
	size_t pos = 0;
	pv_str name;
	void *v;
	pv_objb b;

	atomic_init(&f->refs, 1);
	own.arena = f->arena = pv_arena_new_small("gatekeeper-shelf");
	pv_objb_init(&b, f->arena);
	while (pv_map_each(w->recs, &pos, &name, &v)) {
		const pv_val *object;

		pv_arena_defer(f->arena, rec_unref, (void *)(uintptr_t)pv_rec_ref(v));
		object = pv_rec_val(v);
		if (res && !res->storage)
			object = pv_resource_as(&own, res, object);
		pv_objb_add(&b, pv_stringn(f->arena, name.s, name.len), *object);
	}
	f->objects = pv_objb_end(&b);
	return f;
}

static void
make(pv_ctx *cx, struct sync *s)
{
	made *m = pv_heap_new(sizeof *m);
	size_t pos = 0;
	pv_vec places;
	void *v;

	atomic_init(&m->refs, 1);
	m->arena = pv_arena_new("gatekeeper-inventory");
	pv_vec_init(&places, cx->arena, sizeof(gk_place));
	while (pv_map_each(s->rows, &pos, NULL, &v)) {
		row *w = v;
		gk_place *place;

		if (!pv_map_len(w->recs))
			continue;
		if (!w->now)
			w->now = make_shelf(cx, s, w);
		atomic_fetch_add(&w->now->refs, 1);
		pv_arena_defer(m->arena, shelf_unref, w->now);
		place = pv_vec_add(&places);
		*place = *w->ns ? (gk_place){{"namespace", w->ns, w->api_version, w->kind, ""},
					     4,
					     0,
					     &w->now->objects}
				: (gk_place){{"cluster", w->api_version, w->kind, "", ""},
					     3,
					     0,
					     &w->now->objects};
	}
	m->data = gk_inventory_at(m->arena, &places);
	s->now = m;
}

int
gk_sync_data(pv_ctx *cx, pv_api *api, const pv_val **ret)
{
	struct sync *s = pv_api_kept(api, &owner);
	int r;

	*ret = NULL;
	pthread_mutex_lock(&s->lock);
	r = want_all(cx, s);
	if (r == 0)
		r = drain(cx, s);
	if (r == 0 && s->stale)
		r = fill(cx, s);
	if (r == 0) {
		if (!s->now)
			make(cx, s);
		atomic_fetch_add(&s->now->refs, 1);
		pv_arena_defer(cx->arena, unref, s->now);
		*ret = s->now->data;
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

int
gk_sync_one(pv_ctx *cx, pv_api *api, const pv_rec *rec, const pv_val **ret)
{
	struct sync *s = pv_api_kept(api, &owner);
	const pv_key *key = pv_rec_key(rec);
	bool excluded;
	pv_vec objects;
	size_t pos = 0;
	void *v;
	int r = gk_set_excludes(cx, api, "sync", key, &excluded);

	*ret = NULL;
	if (r < 0 || excluded)
		return r;
	pv_vec_init(&objects, cx->arena, sizeof(const pv_val *));
	pthread_mutex_lock(&s->lock);
	while (pv_map_each(s->kinds, &pos, NULL, &v)) {
		const kind *k = v;
		const pv_resource *res =
			pv_resource_of_kind(cx, pv_api_registry(api), k->api_version, k->name);
		const pv_val *object = pv_rec_val(rec);

		if (!pv_streq(k->type, key->type))
			continue;
		if (res && !res->storage)
			object = pv_resource_as(cx, res, object);
		pv_vec_push(&objects, &object);
	}
	pthread_mutex_unlock(&s->lock);
	*ret = gk_inventory(cx, cx->arena, &objects);
	return 0;
}

int
gk_sync_open(pv_ctx *cx PV_UNUSED, pv_api *api)
{
	struct sync *s = pv_heap_new(sizeof *s);

	pthread_mutex_init(&s->lock, NULL);
	s->api = api;
	s->kinds = pv_map_new(NULL);
	s->rows = pv_map_new(NULL);
	s->stale = true;
	pv_api_keep(api, &owner, s, sync_close);
	return 0;
}
