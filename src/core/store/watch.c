/* Watching: a watch is a place in a ring that all watches share. */
#include <stdlib.h>

#include "base/str.h"
#include "core/store/store_priv.h"

struct pv_watch {
	pv_store *store;
	event_ring *ring;
	uint64_t next; /* number of the next event */
	int64_t rev;   /* everything up to here was delivered */
	void (*wake)(void *arg);
	void *arg;
	const pv_rec *rec, *prev; /* of the event given out, held until the next call */
	/* In the ring's list of dry watches; wake_lock. */
	bool dry;
	pv_watch *dry_next, **dry_at;
};

/* ---- dry watches; wake_lock is held ---- */

static void
dry_add(pv_watch *w)
{
	w->dry = true;
	w->dry_next = w->ring->dry;
	w->dry_at = &w->ring->dry;
	if (w->dry_next != NULL)
		w->dry_next->dry_at = &w->dry_next;
	w->ring->dry = w;
}

static void
dry_del(pv_watch *w)
{
	if (!w->dry)
		return;
	w->dry = false;
	*w->dry_at = w->dry_next;
	if (w->dry_next != NULL)
		w->dry_next->dry_at = w->dry_at;
}

void
watch_wake(event_ring *ring)
{
	while (ring->dry != NULL) {
		pv_watch *w = ring->dry;

		dry_del(w);
		w->wake(w->arg);
	}
}

static void
set_dry(pv_watch *w, bool dry)
{
	pthread_mutex_lock(&w->store->wake_lock);
	dry_del(w);
	if (dry)
		dry_add(w);
	pthread_mutex_unlock(&w->store->wake_lock);
}

/* ---- opening and closing ---- */

static int
fail_gone(pv_ctx *cx, int64_t from, int64_t since)
{
	return pv_fail(cx, PV_EGONE, "too old resource version: %lld (%lld)", (long long)from,
		       (long long)since);
}

/* The ring of a type; of a type that was never written, a new one. */
static event_ring *
find_ring(pv_store *store, const char *type)
{
	shelf *s;

	if (type == NULL)
		return &store->all;
	pthread_rwlock_rdlock(&store->lock);
	s = store_shelf(store, type);
	pthread_rwlock_unlock(&store->lock);
	if (s == NULL) {
		pthread_rwlock_wrlock(&store->lock);
		s = store_shelf_add(store, type);
		pthread_rwlock_unlock(&store->lock);
	}
	return &s->events;
}

int
pv_watch_open(pv_ctx *cx, pv_store *store, const char *type, int64_t from, void (*wake)(void *arg), void *arg,
	      pv_watch **ret)
{
	event_ring *ring = find_ring(store, type);
	pv_watch *w = calloc(1, sizeof *w);
	int64_t since;

	PV_ASSERT(w != NULL && wake != NULL);
	*w = (pv_watch){.store = store, .ring = ring, .rev = from, .wake = wake, .arg = arg};
	pthread_rwlock_rdlock(&store->lock);
	since = ring->since;
	w->next = ring_after(ring, from);
	if (from >= since && w->next == ring->end)
		set_dry(w, true);
	pthread_rwlock_unlock(&store->lock);
	if (from < since) {
		free(w);
		return fail_gone(cx, from, since);
	}
	atomic_fetch_add(&store->watches, 1);
	pv_metric_add(store->metrics.watches, 1);
	*ret = w;
	return 0;
}

pv_watch *
pv_watch_close(pv_watch *w)
{
	if (w == NULL)
		return NULL;
	set_dry(w, false);
	pv_rec_unref(w->rec);
	pv_rec_unref(w->prev);
	atomic_fetch_sub(&w->store->watches, 1);
	pv_metric_add(w->store->metrics.watches, -1);
	free(w);
	return NULL;
}

/* ---- reading ---- */

/* Under the lock: gives out the next event, or notes that there is none. */
static int
take_event(pv_watch *w, pv_event *ret)
{
	const event_ring *ring = w->ring;

	if (w->next < ring->first)
		return -PV_EGONE;
	while (w->next < ring->end && ring_at(ring, w->next)->rev <= w->rev)
		w->next++; /* opened for a revision that was still to come */
	if (w->next == ring->end) {
		int64_t rev = atomic_load(&w->store->rev);

		w->rev = rev > w->rev ? rev : w->rev;
		set_dry(w, true);
		return 0;
	}
	*ret = *ring_at(ring, w->next++);
	w->rec = pv_rec_ref(ret->rec);
	w->prev = pv_rec_ref(ret->prev);
	w->rev = ret->rev;
	return 1;
}

int
pv_watch_next(pv_ctx *cx, pv_watch *w, pv_event *ret)
{
	const pv_rec *rec = w->rec, *prev = w->prev;
	int64_t since;
	int r;

	w->rec = w->prev = NULL;
	pthread_rwlock_rdlock(&w->store->lock);
	r = take_event(w, ret);
	since = w->ring->since;
	pthread_rwlock_unlock(&w->store->lock);
	pv_rec_unref(rec);
	pv_rec_unref(prev);
	return r < 0 ? fail_gone(cx, w->rev, since) : r;
}

int64_t
pv_watch_rev(const pv_watch *w)
{
	return w->rev;
}
