/* From the engine into memory, at start: the objects without parsing them, and the
 * history from the log, newest first, so that watches and pages begun before a
 * restart go on after it. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/store/backup_priv.h"
#include "core/store/store_priv.h"

typedef struct pile { /* the objects of one type, in the order in which they came */
	shelf *shelf;
	pv_rec **recs;
	size_t len, cap;
} pile;

typedef struct loading {
	pv_store *store;
	pv_map *piles;    /* by type, until they are sorted */
	pile *last;       /* rows of one type often lie together */
	pv_map *versions; /* object id -> the version that the log's next older row made */
	pv_event *events; /* newest first */
	size_t len, cap;
	int64_t rev, max_id; /* highest seen */
	int64_t log_rev;     /* of the last log row that was taken */
	int64_t bytes;       /* of replaced versions */
	pv_ctx cx;           /* of one row: what is unsealed */
} loading;

#define TORN "a row is not what was written"

static int
fail_damaged(pv_ctx *cx, const pv_key *key, const char *what)
{
	return pv_fail(cx, PV_EINTERNAL,
		       "store: the database is damaged: %s: %s \"%s\" in \"%s\": restore a backup", what,
		       key->type, key->name, key->ns);
}

/* The record of a row; the error is cx's. */
static int
decode(pv_ctx *cx, loading *in, const rec_row *row, const char *doubt, pv_rec **ret)
{
	rec_row open = *row;
	int r;

	if (!seal_is(row->json) && in->store->sealer == NULL)
		r = 0;
	else if ((r = seal_open(&in->cx, in->store->sealer, &row->key, row->json, &open.json)) < 0)
		r = pv_fail(cx, -r, "%s", pv_error_text(&in->cx));
	*ret = r < 0 ? NULL : rec_decode(in->store->pool, &open);
	pv_ctx_reset(&in->cx);
	return r == 0 && *ret == NULL ? fail_damaged(cx, &row->key, doubt) : r;
}

/* ---- objects ---- */

static pile *
pile_of(loading *in, const char *type)
{
	pile *p;

	if (in->last != NULL && strcmp(in->last->shelf->type, type) == 0)
		return in->last;
	p = pv_map_finds(in->piles, type);
	if (p == NULL) {
		p = calloc(1, sizeof *p);
		PV_ASSERT(p != NULL);
		p->shelf = store_shelf_add(in->store, type);
		pv_map_puts(in->piles, type, p);
	}
	in->last = p;
	return p;
}

static int
take_object(pv_ctx *cx, void *arg, const rec_row *row)
{
	loading *in = arg;
	pv_rec *rec = NULL;
	pile *p;
	int r = row->torn ? fail_damaged(cx, &row->key, TORN)
			  : decode(cx, in, row, "a row contradicts itself", &rec);

	if (r < 0)
		return r;
	p = pile_of(in, row->key.type);
	if (p->len == p->cap) {
		p->cap = p->cap == 0 ? 64 : p->cap * 2;
		p->recs = realloc(p->recs, p->cap * sizeof(pv_rec *));
		PV_ASSERT(p->recs != NULL);
	}
	p->recs[p->len++] = rec;
	if (in->rev < rec->rev)
		in->rev = rec->rev;
	if (in->max_id < rec->id)
		in->max_id = rec->id;
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	const pv_rec *const *x = a, *const *y = b;

	return rec_cmp(*x, (*y)->key.ns, (*y)->key.name);
}

/* Empties the pile into its shelf.  Returns a record that is there twice, or NULL. */
static const pv_rec *
shelve(pile *p)
{
	const pv_rec *twin = NULL;

	qsort(p->recs, p->len, sizeof(pv_rec *), by_key);
	for (size_t i = 0; i < p->len; i++) {
		if (i > 0 && by_key(&p->recs[i - 1], &p->recs[i]) == 0)
			twin = p->recs[i];
		p->recs[i]->inner = 1;
		p->recs[i]->current = true;
	}
	index_fill(&p->shelf->objects, p->recs, p->len);
	pv_metric_set(p->shelf->gauge, (int64_t)p->len);
	free(p->recs);
	free(p);
	return twin;
}

/* Called when the first log row comes, and at the end; does nothing the second time. */
static const pv_rec *
shelve_all(loading *in)
{
	const pv_rec *twin = NULL;
	size_t pos = 0;
	void *p;

	in->last = NULL;
	while (in->piles != NULL && pv_map_each(in->piles, &pos, NULL, &p)) {
		const pv_rec *one = shelve(p);

		twin = one != NULL ? one : twin;
	}
	in->piles = pv_map_free(in->piles);
	return twin;
}

static int
fail_twin(pv_ctx *cx, const pv_rec *twin)
{
	return fail_damaged(cx, &twin->key, "an object is there twice");
}

/* ---- the log ---- */

/* The version of an object behind a row of the log.  The reference stays where it is. */
static const pv_rec *
version_after(const loading *in, const shelf *s, const engine_log_row *row)
{
	const pv_rec *rec = pv_map_find(in->versions, (const char *)&row->id, sizeof row->id);

	if (rec == NULL)
		rec = index_find(&s->objects, row->key.ns, row->key.name, NULL);
	return rec != NULL && rec->id == row->id && rec->rev == row->rev ? rec : NULL;
}

static void
add_event(loading *in, const pv_event *event)
{
	if (in->len == in->cap) {
		in->cap = in->cap == 0 ? 256 : in->cap * 2;
		in->events = realloc(in->events, in->cap * sizeof *in->events);
		PV_ASSERT(in->events != NULL);
	}
	in->events[in->len++] = *event;
}

static int
take_log(pv_ctx *cx, void *arg, const engine_log_row *row)
{
	loading *in = arg;
	shelf *s;
	pv_event event = {.type = row->type, .rev = row->rev};
	const pv_rec *twin = shelve_all(in);
	pv_rec *prev = NULL;
	int r = 0;

	if (twin != NULL)
		return fail_twin(cx, twin);
	if (in->len == RING_MOST || in->bytes > HISTORY_BYTES)
		return 1;
	if (in->rev < row->rev)
		in->rev = row->rev; /* the newest change was a delete */
	if (in->max_id < row->id)
		in->max_id = row->id;
	s = store_shelf_add(in->store, row->key.type);
	if (row->torn)
		r = fail_damaged(cx, &row->key, "in the log, " TORN);
	else if (row->prev.json.s != NULL)
		r = decode(cx, in, &row->prev, "a row of the log contradicts itself", &prev);
	if (r < 0)
		return r;
	event.prev = prev;
	if (row->type == PV_DELETED && event.prev != NULL)
		event.rec = rec_restamp(event.prev, row->rev);
	else
		event.rec = pv_rec_ref(version_after(in, s, row));
	if (event.rec == NULL || (event.prev == NULL) != (row->type == PV_ADDED)) {
		pv_rec_unref(event.rec);
		pv_rec_unref(event.prev);
		return fail_damaged(cx, &row->key, "the log does not fit the objects");
	}
	if (event.prev != NULL)
		pv_map_put(in->versions, (const char *)&row->id, sizeof row->id, rec_mine(event.prev));
	in->bytes += event.prev == NULL ? 0 : (int64_t)event.prev->len;
	in->log_rev = row->rev;
	add_event(in, &event);
	return 0;
}

/* Oldest first, into the rings. */
static void
fill_rings(loading *in, bool keep)
{
	rec_grave grave = {0};

	for (size_t i = in->len; i-- > 0;) {
		const pv_event *event = &in->events[i];

		if (keep)
			store_push(in->store, store_shelf(in->store, event->rec->key.type), event, &grave);
		pv_rec_unref(event->rec);
		pv_rec_unref(event->prev);
	}
	grave_done(&grave);
	free(in->events);
}

/* Facts are read when they are asked for; that they can be is known from the start. */
static int
see_fact(pv_ctx *cx, void *arg, const pv_meta *meta, bool torn)
{
	loading *in = arg;
	pv_str plain;
	int r = 0;

	if (torn)
		return pv_fail(
			cx, PV_EINTERNAL,
			"store: the database is damaged: the fact \"%s\" is not what was written: restore a backup",
			meta->name);
	if (!is_own_fact(meta->name))
		r = seal_open(&in->cx, in->store->sealer, &META_KEY(meta->name), meta->value, &plain);
	if (r < 0)
		r = pv_fail(cx, -r, "%s", pv_error_text(&in->cx));
	pv_ctx_reset(&in->cx);
	return r;
}

/* Up to where an earlier life may have come, of whose last days no backup tells. */
static int
earlier_life(pv_ctx *cx, const pv_store *store, int64_t *ret)
{
	pv_str text;
	int r = store->engine->ops->meta(cx, store->engine, FACT_REVISION, &text);

	*ret = 0;
	if (r == 0 && text.s != NULL && !pv_parse_int(text, ret))
		r = pv_fail(cx, PV_EINTERNAL,
			    "store: the database is damaged: the fact \"" FACT_REVISION
			    "\" is no number: restore a backup");
	return r;
}

int
store_load(pv_ctx *cx, pv_store *store)
{
	loading in = {.store = store, .piles = pv_map_new(NULL), .versions = pv_map_new(NULL), .rev = 1};
	engine_loader loader = {.arg = &in, .object = take_object, .log = take_log};
	const pv_rec *twin;
	int64_t since, earlier = 0;
	int r;

	pv_ctx_init(&in.cx, "store-load");
	r = store->engine->ops->metas(cx, store->engine, see_fact, &in);
	if (r == 0)
		r = store->engine->ops->load(cx, store->engine, &loader, &store->log_first);
	twin = shelve_all(&in);
	pv_ctx_done(&in.cx);

	if (r == 0 && twin != NULL)
		r = fail_twin(cx, twin);
	if (r == 0)
		r = earlier_life(cx, store, &earlier);
	if (in.rev < earlier)
		in.rev = earlier;
	if (r == 0)
		r = store->engine->ops->given(cx, store->engine, in.rev);
	since = in.log_rev > 0 ? in.log_rev - 1 : in.rev;
	store->all.since = since;
	for (size_t i = 0; i < store->n_shelves; i++)
		store->shelves[i]->events.since = since;
	fill_rings(&in, r == 0);
	pv_map_free(in.versions);
	atomic_store(&store->rev, in.rev);
	pv_metric_set(store->metrics.rev, in.rev);
	store->next_id = in.max_id + 1;
	return r;
}

/* ---- other keys than before ---- */

static int
seal_anew(pv_ctx *cx, void *arg, const pv_key *key, pv_str kept, pv_str *ret)
{
	const sealer *s = arg;
	pv_str plain = {0};
	int r = *key->type == '\0' && is_own_fact(key->name) ? 0 : seal_open(cx, s, key, kept, &plain);

	if (r < 0 || plain.s == NULL)
		return r;
	r = seal_close(cx, s, key, plain, ret);
	return r < 0 ? r : ret->s != kept.s;
}

int
store_seal(pv_ctx *cx, pv_store *store)
{
	const engine_ops *ops = store->engine->ops;
	const char *wanted = sealer_mark(store->sealer);
	pv_meta now = {FACT_SEALING, pv_str_of(wanted)};
	engine_batch batch = {.metas = &now, .n_metas = 1};
	pv_str before;
	int r = ops->meta(cx, store->engine, FACT_SEALING, &before);

	if (r < 0 || pv_str_is(before, wanted))
		return r;
	r = ops->rewrite(cx, store->engine, seal_anew, store->sealer);
	return r < 0 ? r : ops->commit(cx, store->engine, &batch);
}
