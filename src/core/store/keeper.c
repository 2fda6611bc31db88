/* The keeper: a thread that lets history age, cools parsed values, asks the writer
 * to drop old rows of the log, and has the engine do its upkeep.
 *
 * Ages are told by the monotonic clock alone: a mark says which revision had been
 * reached at an instant of this process.  What an earlier process wrote counts as
 * written when this one started, so a wall clock that steps changes nothing. */
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "core/store/store_priv.h"

/* ---- ageing ---- */

static void
put_mark(pv_store *store, int64_t now)
{
	if (store->marks[0].rev != 0 && now - store->marks[0].mono < store->history_ns / (MARKS - 2))
		return;
	for (size_t i = MARKS - 1; i > 0; i--)
		store->marks[i] = store->marks[i - 1];
	store->marks[0] = (mark){atomic_load(&store->rev), now};
}

/* Everything up to this revision is older than history is kept; 0: nothing. */
static int64_t
aged(const pv_store *store, int64_t now)
{
	for (size_t i = 0; i < MARKS && store->marks[i].rev != 0; i++)
		if (now - store->marks[i].mono >= store->history_ns)
			return store->marks[i].rev;
	return 0;
}

static void
age(pv_store *store, rec_grave *grave)
{
	int64_t now = pv_mono(), rev;

	pthread_rwlock_wrlock(&store->lock);
	put_mark(store, now);
	rev = aged(store, now);
	for (size_t i = 0; rev > 0 && i < store->n_shelves; i++)
		store_drop(store, &store->shelves[i]->events, rev, store->history_min, grave);
	if (rev > 0)
		store_drop(store, &store->all, rev, store->history_min, grave);
	pv_metric_set(store->metrics.history, store->history_bytes);
	pthread_rwlock_unlock(&store->lock);
	grave_empty(grave);
	if (rev > 0)
		queue_forget(store, rev);
}

/* ---- cooling: parsed values beyond the sum go when nobody can be using them ---- */

typedef struct cooled {
	const pv_val *vals[2 * INDEX_LEAF];
	size_t len;
} cooled;

static void
cool(cooled *out, const pv_rec *rec)
{
	const pv_val *val = rec == NULL ? NULL : rec_cool(rec_mine(rec));

	if (val != NULL)
		out->vals[out->len++] = val;
}

static void
cool_leaf(cooled *out, const index_leaf *leaf)
{
	/* A reader of the leaf may be using any of its records. */
	if (atomic_load_explicit(&leaf->refs, memory_order_acquire) != 1)
		return;
	for (uint32_t i = 0; i < leaf->len; i++)
		cool(out, leaf->recs[i]);
}

static void
cool_events(cooled *out, const event_ring *ring, size_t from)
{
	for (uint64_t i = ring->first + from; i < ring->end && i < ring->first + from + INDEX_LEAF; i++) {
		const pv_event *event = ring_at(ring, i);

		if (!event->rec->current)
			cool(out, event->rec);
		if (event->prev != NULL && !event->prev->current)
			cool(out, event->prev);
	}
}

/* One leaf, or as many events; false at the end of all. */
static bool
cool_step(pv_store *store)
{
	cooled out = {.len = 0};
	bool more = true;

	pthread_rwlock_wrlock(&store->lock);
	if (store->sweep_shelf >= store->n_shelves) {
		store->sweep_shelf = store->sweep_leaf = 0;
		more = false;
	} else {
		const shelf *s = store->shelves[store->sweep_shelf];
		size_t leaves = s->objects.len, at = store->sweep_leaf++;

		if (at < leaves) {
			cool_leaf(&out, s->objects.leaves[at]);
		} else if ((at - leaves) * INDEX_LEAF < ring_len(&s->events)) {
			cool_events(&out, &s->events, (at - leaves) * INDEX_LEAF);
		} else {
			store->sweep_shelf++;
			store->sweep_leaf = 0;
		}
	}
	pthread_rwlock_unlock(&store->lock);
	for (size_t i = 0; i < out.len; i++)
		pv_unref(out.vals[i]);
	return more;
}

/* Two rounds: the first takes the warmth away, the second the value. */
static void
cool_all(pv_store *store)
{
	for (int rounds = 0; rounds < 2 && atomic_load(&store->pool->parsed) > PARSED_BYTES;)
		rounds += cool_step(store) ? 0 : 1;
	pv_metric_set(store->metrics.parsed, atomic_load(&store->pool->parsed));
}

/* ---- a disk that refused ---- */

/* Nobody may come to write while it is said not to work: a small write finds out. */
static void
try_again(pv_ctx *cx, pv_store *store)
{
	if (pv_store_writable(store))
		return;
	if (pv_store_meta_put(cx, store, "probe", PV_STR("")) < 0)
		pv_recover(cx);
	pv_ctx_reset(cx);
}

/* ---- damage ---- */

static int64_t
pause_of(const pv_store *store)
{
	return store->history_ns / MARKS < PV_SEC ? store->history_ns / MARKS : PV_SEC;
}

/* Nobody reads the disk while the store runs, and a start is a bad time to learn of it: some
 * rows a second, round and round. */
static void
look(pv_ctx *cx, pv_store *store)
{
	int64_t now = pv_mono();

	if (now - store->looked < pause_of(store) || !pv_store_sound(store))
		return;
	store->looked = now;
	if (store->engine->ops->look(cx, store->engine, &store->look_at) == -PV_EINTERNAL) {
		pv_log(PV_ERROR, "store", "damage", "error", pv_error_text(cx), NULL);
		atomic_store(&store->damaged, true);
	}
	(void)pv_recover(cx); /* what cannot be read just now is no damage yet */
	pv_ctx_reset(cx);
}

/* ---- the loop ---- */

void
keeper_nudge(pv_store *store)
{
	pthread_mutex_lock(&store->keeper_lock);
	store->keeper_due = true;
	pthread_cond_signal(&store->keeper_cond);
	pthread_mutex_unlock(&store->keeper_lock);
}

/* Waits for a nudge, at most for a while; false when the store closes. */
static bool
rest(pv_store *store)
{
	int64_t until = pv_mono() + pause_of(store);
	struct timespec ts = {until / PV_SEC, until % PV_SEC};
	bool stop;

	pthread_mutex_lock(&store->keeper_lock);
	while (!store->keeper_due && !store->keeper_stop &&
	       pthread_cond_timedwait(&store->keeper_cond, &store->keeper_lock, &ts) == 0)
		;
	store->keeper_due = false;
	stop = store->keeper_stop;
	pthread_mutex_unlock(&store->keeper_lock);
	return !stop;
}

void *
keeper_main(void *arg)
{
	pv_store *store = arg;
	rec_grave grave = {0};
	pv_ctx cx;

	pv_ctx_init(&cx, "store-keeper");
	do {
		try_again(&cx, store);
		age(store, &grave);
		cool_all(store);
		look(&cx, store);
		if (store->engine->ops->upkeep(store->engine))
			pv_metric_add(store->metrics.checkpoints, 1);
		pv_metric_add(store->metrics.upkeep_failures, atomic_exchange(&store->engine->faults, 0));
		pv_memory_trim();
	} while (rest(store));
	grave_done(&grave);
	pv_ctx_done(&cx);
	return NULL;
}
