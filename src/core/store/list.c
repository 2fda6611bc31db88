/* Listing: a snapshot of the index, taken under the lock by references to its
 * leaves; for an older revision, with what has changed since then taken back. */
#include <stdlib.h>
#include <string.h>

#include "core/store/store_priv.h"

/* One key as it was at the older revision. */
typedef struct undo {
	const pv_rec *was; /* NULL: not there then */
	const pv_rec *rec; /* its first change after: for the key */
	bool there;        /* is it there now? */
} undo;

typedef struct walk {
	index_range now;
	size_t leaf, slot; /* the next record of the snapshot */
	const undo *undos; /* in order of keys, of the range */
	size_t n_undos, at;
} walk;

/* ---- what has changed since ---- */

static void
let_go_events(void *arg)
{
	pv_vec *events = arg;

	for (size_t i = 0; i < events->len; i++) {
		pv_rec_unref(PV_AT(pv_event, events, i)->rec);
		pv_rec_unref(PV_AT(pv_event, events, i)->prev);
	}
}

/* The events behind a revision, held by cx.  Under the lock. */
static pv_vec *
copy_events(pv_ctx *cx, const event_ring *ring, int64_t rev)
{
	pv_vec *events = pv_new(cx->arena, pv_vec);

	pv_vec_init(events, cx->arena, sizeof(pv_event));
	for (uint64_t i = ring_after(ring, rev); i < ring->end; i++) {
		const pv_event *event = ring_at(ring, i);

		pv_rec_ref(event->rec);
		pv_rec_ref(event->prev);
		pv_vec_push(events, event);
	}
	pv_arena_defer(cx->arena, let_go_events, events);
	return events;
}

static int
by_key_then_rev(const void *a, const void *b)
{
	const pv_event *x = a, *y = b;
	int order = rec_cmp(x->rec, y->rec->key.ns, y->rec->key.name);

	return order != 0 ? order : (x->rev > y->rev) - (x->rev < y->rev);
}

static bool
in_range(const pv_list_query *q, const pv_rec *rec)
{
	if (q->ns != NULL && strcmp(rec->key.ns, q->ns) != 0)
		return false;
	return q->after_name == NULL || rec_cmp(rec, q->after_ns, q->after_name) > 0;
}

/* Events of one key lie together: the first says how it was, the last how it is. */
static void
plan_undo(pv_ctx *cx, const pv_list_query *q, pv_vec *events, walk *w)
{
	undo *undos = pv_new_array(cx->arena, undo, events->len);

	pv_vec_sort(events, by_key_then_rev);
	for (size_t i = 0; i < events->len; i++) {
		const pv_event *event = PV_AT(pv_event, events, i);
		undo *u = &undos[w->n_undos];

		if (!in_range(q, event->rec))
			continue;
		if (w->n_undos > 0 && rec_cmp(u[-1].rec, event->rec->key.ns, event->rec->key.name) == 0)
			u--;
		else
			undos[w->n_undos++] = (undo){event->prev, event->rec, false};
		u->there = event->type != PV_DELETED;
	}
	w->undos = undos;
}

/* ---- walking ---- */

static const pv_rec *
peek_now(walk *w)
{
	for (; w->leaf < w->now.len; w->leaf++, w->slot = 0) {
		const index_leaf *leaf = w->now.leaves[w->leaf];
		size_t end = w->leaf + 1 == w->now.len ? w->now.end : leaf->len;

		if (w->slot < end)
			return leaf->recs[w->slot];
	}
	return NULL;
}

/* The next record as it was; NULL at the end. */
static const pv_rec *
next(walk *w)
{
	for (;;) {
		const pv_rec *now = peek_now(w);
		const undo *u = w->at < w->n_undos ? &w->undos[w->at] : NULL;
		int order = u == NULL ? -1 : now == NULL ? 1 : rec_cmp(now, u->rec->key.ns, u->rec->key.name);

		if (now == NULL && u == NULL)
			return NULL;
		if (order <= 0 && now != NULL)
			w->slot++;
		if (order < 0)
			return now;
		w->at++;
		if (u->was != NULL)
			return u->was;
	}
}

static size_t
total(const walk *w)
{
	size_t n = w->now.count;

	for (size_t i = 0; i < w->n_undos; i++)
		n = n + (w->undos[i].was != NULL ? 1 : 0) - (w->undos[i].there ? 1 : 0);
	return n;
}

static void
collect(pv_ctx *cx, const pv_list_query *q, walk *w, pv_listing *ret)
{
	size_t all = total(w), limit = q->limit == 0 || q->limit > all ? all : q->limit;
	const pv_rec **recs = pv_alloc(cx->arena, (limit + 1) * sizeof *recs);
	const pv_rec *rec;
	size_t n = 0;

	while ((rec = next(w)) != NULL) {
		if (q->keep != NULL && !q->keep(rec, q->arg))
			continue;
		if (n == limit) {
			ret->more = true;
			ret->remaining = q->keep == NULL ? all - n : 0;
			break;
		}
		recs[n++] = rec;
	}
	ret->recs = recs;
	ret->len = n;
}

/* Under the lock. */
static int
take_snapshot(pv_ctx *cx, pv_store *store, const pv_list_query *q, walk *w, pv_vec **ret_events,
	      pv_listing *ret)
{
	int64_t newest = atomic_load(&store->rev);
	const shelf *s = store_shelf(store, q->type);
	int64_t since = s == NULL ? store->all.since : s->events.since;

	ret->rev = q->rev == 0 ? newest : q->rev;
	if (ret->rev > newest) {
		int r = pv_fail(cx, PV_ETIMEOUT, "Too large resource version: %lld, current: %lld",
				(long long)q->rev, (long long)newest);

		cx->err->retry_after = 1;
		return r;
	}
	if (ret->rev < since)
		return pv_fail(cx, PV_EGONE,
			       "The provided resource version is too old: %lld, kept since: %lld: "
			       "list again without it",
			       (long long)q->rev, (long long)since);
	if (s == NULL)
		return 0;
	index_snapshot(cx, &s->objects, q->ns, q->after_ns, q->after_name, &w->now);
	if (ret->rev < newest)
		*ret_events = copy_events(cx, &s->events, ret->rev);
	return 0;
}

int
pv_store_list(pv_ctx *cx, pv_store *store, const pv_list_query *query, pv_listing *ret)
{
	pv_list_query q = *query;
	walk w = {0};
	pv_vec *events = NULL;
	int r;

	if (q.after_name != NULL && q.after_ns == NULL)
		q.after_ns = q.ns == NULL ? "" : q.ns;
	*ret = (pv_listing){0};
	pthread_rwlock_rdlock(&store->lock);
	r = take_snapshot(cx, store, &q, &w, &events, ret);
	pthread_rwlock_unlock(&store->lock);
	if (r < 0)
		return r;
	w.slot = w.now.first;
	if (events != NULL)
		plan_undo(cx, &q, events, &w);
	collect(cx, &q, &w, ret);
	return 0;
}

int
pv_store_pages(pv_ctx *cx, pv_store *store, const pv_list_query *query, pv_store_page *each, void *arg)
{
	pv_list_query q = *query;
	pv_listing listing = {.more = true};
	pv_ctx page;
	int r = 0;

	pv_ctx_init(&page, "page");
	while (r == 0 && listing.more) {
		r = pv_store_list(&page, store, &q, &listing);
		r = r < 0 ? pv_fail(cx, -r, "%s", pv_error_text(&page)) : each(arg, &page, &listing);
		if (r == 0 && listing.more) {
			const pv_key *last = pv_rec_key(listing.recs[listing.len - 1]);

			q.after_ns = pv_strdup(cx->arena, last->ns);
			q.after_name = pv_strdup(cx->arena, last->name);
		}
		pv_ctx_reset(&page);
	}
	pv_ctx_done(&page);
	return r;
}
