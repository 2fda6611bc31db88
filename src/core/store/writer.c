/* The one writer: takes what has gathered while the last group was on its way to
 * the disk, checks each request against memory and the group so far, makes the
 * group durable in one commit, shows it to readers, and lets the callers go. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/store/store_priv.h"

#define TABLE 2048 /* of the group's changes by key */

typedef struct batch {
	pv_store *store;
	pv_ctx cx;
	pv_vec changes; /* engine_change */
	pv_vec leaves;  /* size_t, of the changes: where the index has their place */
	pv_vec metas;   /* pv_meta */
	pv_vec shelves; /* shelf *, of the changes */
	bool failed, firm;
	pv_vec accepted; /* request * */
	change *table[TABLE];
	size_t bytes;
	int64_t rev, forget;
} batch;

/* ---- checking ---- */

static bool
same_key(const pv_key *a, const pv_key *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->ns, b->ns) == 0 && strcmp(a->type, b->type) == 0;
}

/* The newest version of an object, the group's included; NULL if there is none. */
static const pv_rec *
newest(const batch *b, const pv_key *key, change *for_it)
{
	const shelf *s;

	for (const change *c = b->table[for_it->hash % TABLE]; c != NULL; c = c->below)
		if (c->hash == for_it->hash && same_key(&c->rec->key, key))
			return c->out.type == PV_DELETED ? NULL : c->rec;
	s = store_shelf(b->store, key->type);
	return s == NULL ? NULL : index_find(&s->objects, key->ns, key->name, &for_it->leaf);
}

static int
expectation(const pv_write *w, const pv_rec *prev)
{
	if (w->expect == PV_REV_ABSENT)
		return prev == NULL ? 0 : PV_EEXISTS;
	if (prev == NULL)
		return w->doc != NULL && w->expect == PV_REV_ANY ? 0 : PV_ENOTFOUND;
	return w->expect == PV_REV_ANY || w->expect == prev->rev ? 0 : PV_ECONFLICT;
}

static void
accept_change(batch *b, const pv_write *w, change *c, const pv_rec *prev)
{
	int64_t rev = ++b->rev;

	if (w->doc == NULL) {
		c->rec = rec_restamp(prev, rev);
	} else {
		rec_stamp(c->rec, rev);
		c->rec->id = prev == NULL ? b->store->next_id++ : prev->id;
	}
	c->out = (engine_change){.rec = c->rec, .prev = prev};
	c->out.type = w->doc == NULL ? PV_DELETED : prev == NULL ? PV_ADDED : PV_MODIFIED;
	c->below = b->table[c->hash % TABLE];
	b->table[c->hash % TABLE] = c;
}

/* All of a request's writes or none. */
static bool
check_writes(batch *b, request *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const pv_write *w = &r->writes[i];
		const pv_rec *prev = newest(b, &w->key, &r->changes[i]);

		r->code = expectation(w, prev);
		if (r->code == 0) {
			accept_change(b, w, &r->changes[i], prev);
			continue;
		}
		r->culprit = i;
		r->found = prev == NULL ? 0 : prev->rev;
		for (; i-- > 0; b->rev--)
			b->table[r->changes[i].hash % TABLE] = r->changes[i].below;
		return false;
	}
	return true;
}

static void
take(batch *b, request *r)
{
	if (r->metas == NULL && !check_writes(b, r))
		return;
	for (size_t i = 0; i < r->n_metas; i++)
		pv_vec_push(&b->metas, &r->metas[i]);
	for (size_t i = 0; i < r->n; i++) {
		pv_vec_push(&b->changes, &r->changes[i].out);
		pv_vec_push(&b->leaves, &r->changes[i].leaf);
	}
	b->firm |= r->firm;
	b->bytes += r->bytes;
	pv_vec_push(&b->accepted, &r);
}

/* ---- publishing ---- */

static shelf *
publish_change(pv_store *store, const engine_change *c, size_t hint)
{
	shelf *s = store_shelf_add(store, c->rec->key.type);
	pv_rec *rec = rec_mine(c->rec), *old;
	pv_event event = {c->type, rec->rev, rec, c->prev};

	if (c->type == PV_DELETED) {
		old = index_del(&s->objects, rec->key.ns, rec->key.name, hint);
	} else {
		rec->inner++;
		rec->current = true;
		old = index_put(&s->objects, rec_ref(rec), hint);
	}
	PV_ASSERT(old == c->prev);
	store_push(store, s, &event, &store->grave);
	if (old != NULL) {
		old->inner--;
		old->current = false;
		grave_add(&store->grave, old);
	}
	pv_metric_set(s->gauge, (int64_t)s->objects.count);
	return s;
}

/* The type whose old versions take the most room, and what the next one takes. */
static shelf *
heaviest(const pv_store *store, int64_t *ret_next)
{
	shelf *most = store->shelves[0];

	*ret_next = 0;
	for (size_t i = 1; i < store->n_shelves; i++) {
		shelf *s = store->shelves[i];
		int64_t less = s->events.bytes;

		if (less > most->events.bytes) {
			less = most->events.bytes;
			most = s;
		}
		*ret_next = less > *ret_next ? less : *ret_next;
	}
	return most;
}

/* Old versions are kept up to a sum, which the types share: what is too much goes from those that have the
 * most, so who writes large objects of one type takes no other's history.  Returns the revision up to which
 * there is not all of it any more; 0: nothing was taken away. */
static int64_t
bound_history(pv_store *store)
{
	int64_t cut = 0, next;

	if (store->history_bytes <= HISTORY_BYTES)
		return 0;
	while (store->history_bytes > HISTORY_BYTES - HISTORY_BYTES / 8) {
		shelf *s = heaviest(store, &next);
		int64_t least =
			s->events.bytes - (store->history_bytes - (HISTORY_BYTES - HISTORY_BYTES / 8));

		if (least < next)
			least = next;
		do {
			int64_t rev = ring_at(&s->events, s->events.first)->rev;

			store_drop(store, &s->events, rev, 0, &store->grave);
			cut = rev > cut ? rev : cut;
		} while (s->events.bytes > least);
	}
	store_drop(store, &store->all, cut, 0, &store->grave);
	return cut;
}

static void
publish(batch *b)
{
	pv_store *store = b->store;
	int64_t cut;

	pthread_rwlock_wrlock(&store->lock);
	for (size_t i = 0; i < b->changes.len; i++) {
		shelf *s = publish_change(store, PV_AT(engine_change, &b->changes, i),
					  *PV_AT(size_t, &b->leaves, i));

		if (b->shelves.len == 0 || *PV_AT(shelf *, &b->shelves, b->shelves.len - 1) != s)
			pv_vec_push(&b->shelves, &s);
	}
	atomic_store_explicit(&store->rev, b->rev, memory_order_release);
	cut = bound_history(store);
	pv_metric_set(store->metrics.history, store->history_bytes);
	pthread_rwlock_unlock(&store->lock);
	pv_metric_set(store->metrics.rev, b->rev);
	if (cut > 0) /* what memory cannot hold, a restart would not load */
		queue_forget(store, cut);
}

static void
wake_watches(batch *b)
{
	pv_store *store = b->store;

	if (atomic_load_explicit(&store->watches, memory_order_acquire) == 0)
		return;
	pthread_mutex_lock(&store->wake_lock);
	for (size_t i = 0; i < b->shelves.len; i++)
		watch_due(store, &(*PV_AT(shelf *, &b->shelves, i))->events);
	if (b->shelves.len > 0)
		watch_due(store, &store->all);
	pthread_mutex_unlock(&store->wake_lock);
}

/* ---- committing ---- */

static void
refuse_all(const batch *b, int code, const char *why)
{
	for (size_t i = 0; i < b->accepted.len; i++) {
		request *r = *PV_AT(request *, &b->accepted, i);

		r->code = code;
		snprintf(r->why, sizeof r->why, "%s", why);
	}
}

/* What is to lie on the disk. */
static int
close_values(batch *b)
{
	const sealer *s = b->store->sealer;
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->changes.len; i++) {
		engine_change *c = PV_AT(engine_change, &b->changes, i);

		r = seal_close(&b->cx, s, &c->rec->key, pv_rec_json(c->rec), &c->json);
		if (r == 0 && c->prev != NULL)
			r = seal_close(&b->cx, s, &c->prev->key, pv_rec_json(c->prev), &c->old);
	}
	return r;
}

static void
commit(batch *b)
{
	pv_store *store = b->store;
	engine_batch out = {b->changes.data, b->changes.len, b->metas.data,
			    b->metas.len,    b->forget,      atomic_load(&store->lax)};
	int64_t begun = pv_mono();
	int r = close_values(b);

	if (r == 0)
		r = store->engine->ops->commit(&b->cx, store->engine, &out);

	if (pv_trace_on("store"))
		pv_log(PV_INFO, "store", r < 0 ? "commit failed" : "commit", "changes",
		       pv_printf(b->cx.arena, "%zu", b->changes.len), "revision",
		       pv_printf(b->cx.arena, "%lld", (long long)b->rev), "us",
		       pv_printf(b->cx.arena, "%lld", (long long)(pv_mono() - begun) / 1000), NULL);

	if (r < 0) {
		pv_metric_add(store->metrics.failures, 1);
		atomic_store(&store->refused, true);
		refuse_all(b, -r, pv_error_text(&b->cx));
		pv_recover(&b->cx);
		b->failed = true;
		return;
	}
	atomic_store(&store->refused, false);
	pv_metric_observe(store->metrics.seconds, (double)(pv_mono() - begun) / 1e9);
	pv_metric_add(store->metrics.commits, 1);
	if (b->forget > 0)
		store->log_first = b->forget + 1;
	if (b->changes.len > 0) {
		if (store->log_first == 0)
			store->log_first = PV_AT(engine_change, &b->changes, 0)->rec->rev;
		pv_metric_observe(store->metrics.changes, (double)b->changes.len);
		publish(b);
	}
	wake_watches(b);
}

/* ---- the loop ---- */

/* One group out of the requests; returns those that did not fit in. */
static request *
write_group(batch *b, request *todo, int64_t forget)
{
	pv_store *store = b->store;

	pv_ctx_reset(&b->cx);
	pv_vec_init(&b->changes, b->cx.arena, sizeof(engine_change));
	pv_vec_init(&b->leaves, b->cx.arena, sizeof(size_t));
	pv_vec_init(&b->metas, b->cx.arena, sizeof(pv_meta));
	pv_vec_init(&b->shelves, b->cx.arena, sizeof(shelf *));
	pv_vec_init(&b->accepted, b->cx.arena, sizeof(request *));
	memset(b->table, 0, sizeof b->table);
	b->bytes = 0;
	b->firm = false;
	b->rev = atomic_load(&store->rev);
	b->forget = forget;
	pthread_rwlock_rdlock(&store->lock);
	while (todo != NULL && b->changes.len < BATCH_MOST && b->bytes < BATCH_BYTES) {
		request *r = todo;

		todo = r->next;
		take(b, r);
	}
	pthread_rwlock_unlock(&store->lock);
	if (b->changes.len > 0 || b->metas.len > 0 || b->forget > 0 || b->firm)
		commit(b);
	return todo;
}

static size_t
count(const request *r)
{
	size_t n = 0;

	for (; r != NULL; r = r->next)
		n++;
	return n;
}

void *
writer_main(void *arg)
{
	batch b = {.store = arg};
	request *todo;
	int64_t forget;

	pv_ctx_init(&b.cx, "store-writer");
	while (queue_take(b.store, &todo, &forget)) {
		size_t n = count(todo);
		int64_t begun = pv_mono();

		b.failed = false;
		do {
			todo = write_group(&b, todo, forget);
			forget = 0;
		} while (todo != NULL);
		queue_done(b.store, n, pv_mono() - begun, b.failed);
		grave_empty(&b.store->grave); /* nobody waits for it */
		if (b.store->engine->ops->due(b.store->engine))
			keeper_nudge(b.store);
	}
	pv_ctx_done(&b.cx);
	return NULL;
}
