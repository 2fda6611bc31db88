#include "core/admission/setup.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/heap.h"

typedef struct made { /* immutable */
	pv_arena *arena;
	atomic_int refs;
	const void *value;
} made;

struct pv_setup {
	pthread_mutex_t lock;
	const pv_setup_plan *plan;
	pv_store *store;
	pv_watch *watches[PV_SETUP_KINDS];
	size_t n;
	made *now; /* NULL: to be made */
};

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
		pv_arena_free(m->arena);
		pv_heap_free(m);
	}
}

void
pv_setup_close(void *arg)
{
	pv_setup *s = arg;

	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		s->watches[i] = pv_watch_close(s->watches[i]);
	unref(s->now);
	pthread_mutex_destroy(&s->lock);
	pv_heap_free(s);
}

static int
open_watches(pv_ctx *cx, pv_setup *s)
{
	int64_t rev = pv_store_rev(s->store);
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++) {
		s->watches[i] = pv_watch_close(s->watches[i]);
		r = pv_watch_open(cx, s->store, s->plan->types[i], rev, on_wake, s, &s->watches[i]);
	}
	return r;
}

int
pv_setup_open(pv_ctx *cx, pv_store *store, const pv_setup_plan *plan, pv_setup **ret)
{
	pv_setup *s = pv_heap_new(sizeof *s);
	int r;

	pthread_mutex_init(&s->lock, NULL);
	s->plan = plan;
	s->store = store;
	while (s->n < PV_SETUP_KINDS && plan->types[s->n])
		s->n++;
	r = open_watches(cx, s);
	if (r < 0)
		pv_setup_close(s);
	else
		*ret = s;
	return r;
}

const pv_val *
pv_setup_own(pv_arena *arena, const pv_rec *rec)
{
	return pv_box(arena, pv_copy(arena, pv_rec_val(rec)));
}

/* Under the lock. */
static int
make(pv_ctx *cx, pv_setup *s)
{
	pv_listing found[PV_SETUP_KINDS];
	made *m;
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++)
		r = pv_store_list(cx, s->store, &(pv_list_query){.type = s->plan->types[i]}, &found[i]);
	if (r < 0)
		return r;
	m = pv_heap_new(sizeof *m);
	m->arena = pv_arena_new(s->plan->name);
	atomic_init(&m->refs, 1);
	r = s->plan->make(cx, m->arena, found, &m->value);
	if (r < 0)
		unref(m);
	else
		s->now = m;
	return r;
}

/* Under the lock. */
static int
freshen(pv_ctx *cx, pv_setup *s)
{
	bool changed = false;
	pv_event event;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->n; i++)
		while ((r = pv_watch_next(cx, s->watches[i], &event)) == 1)
			changed = true;
	if (r == -PV_EGONE) { /* fell behind: start over from now */
		(void)pv_recover(cx);
		changed = true;
		r = open_watches(cx, s);
	}
	if (changed) {
		unref(s->now);
		s->now = NULL;
	}
	return r < 0 || s->now ? r : make(cx, s);
}

int
pv_setup_now(pv_ctx *cx, pv_setup *s, const void **ret)
{
	made *m = NULL;
	int r;

	pthread_mutex_lock(&s->lock);
	r = freshen(cx, s);
	if (r == 0) {
		m = s->now;
		atomic_fetch_add(&m->refs, 1);
	}
	pthread_mutex_unlock(&s->lock);
	if (!m)
		return r;
	pv_arena_defer(cx->arena, unref, m);
	*ret = m->value;
	return 0;
}
