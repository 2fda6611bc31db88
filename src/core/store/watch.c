/* Watching: a watch is a place in a ring that all watches share.
 *
 * A narrowed watch stays dry, and its place where it is, while the waker goes by events that do not concern it.
 * What holds at any time: if it is dry, nothing between its place and ring->told concerns it; if not, nothing
 * between its place and `skip`.  So its reader may go on from there, though the ring has forgotten its place. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/store/narrow.h"
#include "core/store/store_priv.h"

#define ASKED_MOST 64 /* events of a turn of the waker; of more, every dry watch is woken */

struct pv_watch {
	pv_store *store;
	event_ring *ring;
	uint64_t next; /* number of the next event */
	int64_t rev;   /* everything up to here was delivered */
	void (*wake)(void *arg);
	void *arg;
	const pv_rec *rec, *prev; /* of the event given out, held until the next call */
	/* In the ring's list of dry watches, and which events it wants; wake_lock. */
	const char *ns, *name; /* "": any; borrowed */
	uint64_t skip;
	bool dry;
	pv_watch *dry_next, **dry_at;
	/* Between the waker and closing. */
	_Atomic int refs;     /* the owner's, and the waker's */
	pthread_mutex_t lock; /* held while wake() is called */
	bool closed;
	pv_watch *called_next; /* the waker's own */
};

/* ---- dry watches ---- */

/* It has read everything.  Both locks are held. */
static void
dry_add(pv_watch *w)
{
	if (w->ring->dry == NULL)
		w->ring->told = w->ring->end; /* there was nobody to ask */
	w->dry = true;
	w->dry_next = w->ring->dry;
	w->dry_at = &w->ring->dry;
	if (w->dry_next != NULL)
		w->dry_next->dry_at = &w->dry_next;
	w->ring->dry = w;
}

/* wake_lock is held. */
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

static void
set_dry(pv_watch *w, bool dry)
{
	pthread_mutex_lock(&w->store->wake_lock);
	dry_del(w);
	if (dry)
		dry_add(w);
	pthread_mutex_unlock(&w->store->wake_lock);
}

static void
watch_unref(pv_watch *w)
{
	if (atomic_fetch_sub_explicit(&w->refs, 1, memory_order_acq_rel) != 1)
		return;
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* ---- the waker ---- */

void
watch_due(pv_store *store, event_ring *ring)
{
	if (ring->dry == NULL || ring->due)
		return;
	ring->due = true;
	ring->due_next = store->due;
	store->due = ring;
	pthread_cond_signal(&store->wake_cond);
}

static bool
concerns(const pv_watch *w, const pv_event *event)
{
	const pv_key *key = pv_rec_key(event->rec);

	return (w->name[0] == '\0' || strcmp(w->name, key->name) == 0) &&
	       (w->ns[0] == '\0' || strcmp(w->ns, key->ns) == 0);
}

static bool
is_narrow(const pv_watch *w)
{
	return w->name[0] != '\0' || w->ns[0] != '\0';
}

/* Does an event that the dry ones have not been asked about concern it?  Both locks are held. */
static bool
is_called(const pv_watch *w)
{
	const event_ring *ring = w->ring;

	if (!is_narrow(w) || ring->told < ring->first || ring->end - ring->told > ASKED_MOST)
		return true;
	for (uint64_t i = ring->told; i < ring->end; i++)
		if (concerns(w, ring_at(ring, i)))
			return true;
	return false;
}

/* The dry watches of a ring that its new events concern, chained by called_next, a
 * reference each; they may run dry again at once. */
static pv_watch *
take_dry(event_ring *ring, pv_store *store)
{
	pv_watch *called = NULL, *next;

	pthread_rwlock_rdlock(&store->lock);
	pthread_mutex_lock(&store->wake_lock);
	for (pv_watch *w = ring->dry; w != NULL; w = next) {
		next = w->dry_next;
		if (!is_called(w))
			continue;
		dry_del(w);
		w->skip = ring->told;
		atomic_fetch_add_explicit(&w->refs, 1, memory_order_relaxed);
		w->called_next = called;
		called = w;
	}
	ring->told = ring->end;
	pthread_mutex_unlock(&store->wake_lock);
	pthread_rwlock_unlock(&store->lock);
	return called;
}

static void
call(pv_watch *w)
{
	while (w != NULL) {
		pv_watch *next = w->called_next;

		pthread_mutex_lock(&w->lock);
		if (!w->closed)
			w->wake(w->arg);
		pthread_mutex_unlock(&w->lock);
		watch_unref(w);
		w = next;
	}
}

void *
waker_main(void *arg)
{
	pv_store *store = arg;

	pthread_mutex_lock(&store->wake_lock);
	for (;;) {
		event_ring *ring;

		while (store->due == NULL && !store->wake_stop)
			pthread_cond_wait(&store->wake_cond, &store->wake_lock);
		if (store->due == NULL)
			break;
		ring = store->due;
		store->due = ring->due_next;
		ring->due = false;
		pthread_mutex_unlock(&store->wake_lock);
		call(take_dry(ring, store));
		pthread_mutex_lock(&store->wake_lock);
	}
	pthread_mutex_unlock(&store->wake_lock);
	return NULL;
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
	*w = (pv_watch){.store = store,
			.ring = ring,
			.rev = from,
			.wake = wake,
			.arg = arg,
			.refs = 1,
			.ns = "",
			.name = ""};
	pthread_mutex_init(&w->lock, NULL);
	atomic_fetch_add(&store->watches, 1); /* before it can be dry: with none, nobody is woken */
	pthread_rwlock_rdlock(&store->lock);
	since = ring->since;
	w->next = ring_after(ring, from);
	if (from >= since && w->next == ring->end)
		set_dry(w, true);
	pthread_rwlock_unlock(&store->lock);
	if (from < since) {
		atomic_fetch_sub(&store->watches, 1);
		watch_unref(w);
		return fail_gone(cx, from, since);
	}
	pv_metric_add(store->metrics.watches, 1);
	*ret = w;
	return 0;
}

void
pv_watch_narrow(pv_watch *w, const char *ns, const char *name)
{
	pthread_mutex_lock(&w->store->wake_lock);
	w->ns = ns;
	w->name = name;
	pthread_mutex_unlock(&w->store->wake_lock);
}

pv_watch *
pv_watch_close(pv_watch *w)
{
	if (w == NULL)
		return NULL;
	set_dry(w, false);
	pthread_mutex_lock(&w->lock); /* a wake that is under way ends first */
	w->closed = true;
	pthread_mutex_unlock(&w->lock);
	pv_rec_unref(w->rec);
	pv_rec_unref(w->prev);
	atomic_fetch_sub(&w->store->watches, 1);
	pv_metric_add(w->store->metrics.watches, -1);
	watch_unref(w);
	return NULL;
}

/* ---- reading ---- */

/* Past what does not concern it and may be forgotten.  Under the lock. */
static void
go_on(pv_watch *w)
{
	uint64_t to;

	pthread_mutex_lock(&w->store->wake_lock);
	to = w->dry ? w->ring->told : w->skip;
	pthread_mutex_unlock(&w->store->wake_lock);
	if (w->next < to)
		w->next = to;
}

/* Under the lock: gives out the next event, or notes that there is none. */
static int
take_event(pv_watch *w, pv_event *ret)
{
	const event_ring *ring = w->ring;
	bool narrow = is_narrow(w);

	if (narrow)
		go_on(w);
	if (w->next < ring->first)
		return -PV_EGONE;
	while (w->next < ring->end &&
	       (ring_at(ring, w->next)->rev <= w->rev || (narrow && !concerns(w, ring_at(ring, w->next)))))
		w->next++; /* opened for a revision that was still to come, or not its own */
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
