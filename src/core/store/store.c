/* Opening, closing, point reads. */
#include "core/store/store_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/thread.h"

static const engine_ops *const engines[] = {&engine_sqlite, &engine_memory};

/* ---- shelves ---- */

shelf *
store_shelf(const pv_store *store, const char *type)
{
	return pv_map_finds(store->by_type, type);
}

shelf *
store_shelf_add(pv_store *store, const char *type)
{
	shelf *s = store_shelf(store, type);

	if (s != NULL)
		return s;
	s = calloc(1, sizeof *s);
	PV_ASSERT(s != NULL);
	s->type = strdup(type);
	PV_ASSERT(s->type != NULL);
	s->events.since = store->all.since; /* nothing of this type has happened since then */
	s->gauge = pv_family_of(store->metrics.objects, (const char *[]){type});
	pv_map_puts(store->by_type, type, s);
	if (store->n_shelves == store->cap_shelves) {
		store->cap_shelves = store->cap_shelves == 0 ? 32 : store->cap_shelves * 2;
		store->shelves = realloc(store->shelves, store->cap_shelves * sizeof *store->shelves);
		PV_ASSERT(store->shelves != NULL);
	}
	store->shelves[store->n_shelves++] = s;
	return s;
}

static void
shelves_done(pv_store *store)
{
	for (size_t i = 0; i < store->n_shelves; i++) {
		shelf *s = store->shelves[i];

		ring_done(&s->events);
		index_done(&s->objects);
		free(s->type);
		free(s);
	}
	free(store->shelves);
	pv_map_free(store->by_type);
	ring_done(&store->all);
}

/* ---- history ---- */

void
store_push(pv_store *store, shelf *s, const pv_event *event, rec_grave *grave)
{
	int64_t before = s->events.bytes;

	ring_push(&s->events, event, grave);
	ring_push(&store->all, event, grave);
	store->history_bytes += s->events.bytes - before;
}

void
store_drop(pv_store *store, event_ring *ring, int64_t rev, size_t keep, rec_grave *grave)
{
	int64_t before = ring->bytes;

	while (ring_len(ring) > keep && ring_at(ring, ring->first)->rev <= rev)
		ring_cut(ring, grave);
	if (ring != &store->all)
		store->history_bytes += ring->bytes - before;
}

static void
compact(pv_store *store, event_ring *ring, int64_t rev, rec_grave *grave)
{
	store_drop(store, ring, rev, 0, grave);
	if (ring->since < rev)
		ring->since = rev;
}

void
pv_store_compact(pv_store *store, int64_t before)
{
	rec_grave grave = {0};
	int64_t rev;

	pthread_rwlock_wrlock(&store->lock);
	rev = before <= atomic_load(&store->rev) ? before - 1 : atomic_load(&store->rev);
	for (size_t i = 0; i < store->n_shelves; i++)
		compact(store, &store->shelves[i]->events, rev, &grave);
	compact(store, &store->all, rev, &grave);
	pthread_rwlock_unlock(&store->lock);
	grave_done(&grave);
	queue_forget(store, rev);
}

/* ---- opening ---- */

#define AT(field) offsetof(store_metrics, field)
static const struct {
	size_t at; /* in store_metrics */
	enum pv_metric_type type;
	const char *name, *help;
} metric_rows[] = {
	{AT(commits), PV_COUNTER, "pave_store_commits_total", "Groups of changes made durable."},
	{AT(failures), PV_COUNTER, "pave_store_commit_failures_total",
	 "Groups of changes that the disk refused."},
	{AT(seconds), PV_HISTOGRAM, "pave_store_commit_duration_seconds", "Time to make a group durable."},
	{AT(rev), PV_GAUGE, "pave_store_revision", "Newest revision."},
	{AT(watches), PV_GAUGE, "pave_store_watches", "Open watches."},
	{AT(parsed), PV_GAUGE, "pave_store_parsed_bytes", "Memory of parsed documents."},
	{AT(history), PV_GAUGE, "pave_store_history_bytes", "Memory of replaced versions kept for watches."},
	{AT(checkpoints), PV_COUNTER, "pave_store_checkpoints_total", "Copies of the log to the database."},
	{AT(upkeep_failures), PV_COUNTER, "pave_store_checkpoint_failures_total",
	 "Copies of the log that the disk failed, and that are made again."},
};

static void
add_metrics(store_metrics *m, pv_metrics *registry)
{
	static const pv_family_def objects = {.name = "pave_store_objects",
					      .help = "Objects stored.",
					      .type = PV_GAUGE,
					      .labels = {"type"}};
	static const pv_family_def changes = {
		.name = "pave_store_commit_changes",
		.help = "Changes in one commit.",
		.type = PV_HISTOGRAM,
		.buckets = pv_buckets_powers,
		.n_buckets = PV_LEN(pv_buckets_powers),
	};

	m->objects = pv_family_new(registry, &objects);
	m->changes = pv_metric_new(registry, &changes);
	for (size_t i = 0; i < PV_LEN(metric_rows); i++) {
		pv_family_def def = {.name = metric_rows[i].name,
				     .help = metric_rows[i].help,
				     .type = metric_rows[i].type};

		*(pv_metric **)(void *)((char *)m + metric_rows[i].at) = pv_metric_new(registry, &def);
	}
}

/* Writers must not starve: readers come in streams. */
static void
init_locks(pv_store *store)
{
	pthread_rwlockattr_t rw;
	pthread_condattr_t mono;

	pthread_rwlockattr_init(&rw);
	pthread_rwlockattr_setkind_np(&rw, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&store->lock, &rw);
	pthread_rwlockattr_destroy(&rw);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&store->keeper_cond, &mono);
	pthread_cond_init(&store->queue_cond, &mono);
	pthread_condattr_destroy(&mono);
	pthread_mutex_init(&store->wake_lock, NULL);
	pthread_cond_init(&store->wake_cond, NULL);
	pthread_mutex_init(&store->queue_lock, NULL);
	pthread_mutex_init(&store->keeper_lock, NULL);
}

static int
open_engine(pv_ctx *cx, const pv_store_conf *conf, pv_engine **ret)
{
	const char *url = conf->url;
	const char *colon = url == NULL ? NULL : strchr(url, ':');

	for (size_t i = 0; colon != NULL && i < PV_LEN(engines); i++) {
		const char *scheme = engines[i]->scheme;

		if (strlen(scheme) == (size_t)(colon - url) && pv_starts_with(url, scheme))
			return engines[i]->open(cx, colon + 1, conf, ret);
	}
	return pv_fail(cx, PV_EBADREQUEST, "store: \"%s\": expected \"sqlite:FILE\" or \"memory:\"",
		       url == NULL ? "" : url);
}

static pv_store *
store_free(pv_store *store)
{
	if (store->engine != NULL)
		store->engine->ops->close(store->engine);
	sealer_free(store->sealer);
	shelves_done(store);
	grave_done(&store->grave);
	rec_pool_unref(store->pool);
	pthread_rwlock_destroy(&store->lock);
	pthread_mutex_destroy(&store->wake_lock);
	pthread_cond_destroy(&store->wake_cond);
	pthread_mutex_destroy(&store->queue_lock);
	pthread_cond_destroy(&store->queue_cond);
	pthread_mutex_destroy(&store->keeper_lock);
	pthread_cond_destroy(&store->keeper_cond);
	free(store);
	return NULL;
}

static void
start(pv_store *store)
{
	int e = pv_thread_start(&store->writer, "store-writer", writer_main, store);

	PV_ASSERT(e == 0);
	e = pv_thread_start(&store->keeper, "store-keeper", keeper_main, store);
	PV_ASSERT(e == 0);
	e = pv_thread_start(&store->waker, "store-waker", waker_main, store);
	PV_ASSERT(e == 0);
}

int
pv_store_open(pv_ctx *cx, const pv_store_conf *conf, pv_store **ret)
{
	pv_store *store = calloc(1, sizeof *store);
	int r;

	PV_ASSERT(store != NULL);
	store->history_ns = conf->history_ns > 0 ? conf->history_ns : HISTORY_NS;
	store->history_min = conf->history_min > 0 ? conf->history_min : HISTORY_MIN;
	store->queue_end = &store->queue;
	store->turn = 1; /* turn 0 is over */
	store->by_type = pv_map_new(NULL);
	store->pool = rec_pool_new();
	init_locks(store);
	add_metrics(&store->metrics, conf->metrics);
	r = conf->encryption == NULL ? 0 : sealer_load(cx, conf, &store->sealer);
	if (r == 0)
		r = open_engine(cx, conf, &store->engine);
	if (r == 0)
		r = store_load(cx, store);
	if (r == 0)
		r = store_seal(cx, store);
	if (r < 0) {
		store_free(store);
		return r;
	}
	start(store);
	*ret = store;
	return 0;
}

pv_store *
pv_store_close(pv_store *store)
{
	if (store == NULL)
		return NULL;
	PV_ASSERT(atomic_load(&store->watches) == 0);
	pthread_mutex_lock(&store->keeper_lock);
	store->keeper_stop = true;
	pthread_cond_signal(&store->keeper_cond);
	pthread_mutex_unlock(&store->keeper_lock);
	pthread_join(store->keeper, NULL);
	pthread_mutex_lock(&store->queue_lock);
	store->stopping = true;
	pthread_cond_signal(&store->queue_cond);
	pthread_mutex_unlock(&store->queue_lock);
	pthread_join(store->writer, NULL);
	pthread_mutex_lock(&store->wake_lock);
	store->wake_stop = true;
	pthread_cond_signal(&store->wake_cond);
	pthread_mutex_unlock(&store->wake_lock);
	pthread_join(store->waker, NULL);
	return store_free(store);
}

/* ---- reading ---- */

int64_t
pv_store_rev(const pv_store *store)
{
	return atomic_load_explicit(&store->rev, memory_order_acquire);
}

bool
pv_store_writable(const pv_store *store)
{
	return !atomic_load(&store->refused);
}

bool
pv_store_sound(const pv_store *store)
{
	return !atomic_load(&store->damaged);
}

const pv_rec *
pv_store_find(pv_ctx *cx, pv_store *store, const pv_key *key)
{
	const pv_rec *rec = NULL;
	const shelf *s;

	pthread_rwlock_rdlock(&store->lock);
	s = store_shelf(store, key->type);
	if (s != NULL)
		rec = index_find(&s->objects, key->ns, key->name, NULL);
	pv_rec_hold(cx, rec);
	pthread_rwlock_unlock(&store->lock);
	return rec;
}

int
pv_store_get(pv_ctx *cx, pv_store *store, const pv_key *key, const pv_rec **ret)
{
	const pv_rec *rec = pv_store_find(cx, store, key);

	if (rec == NULL)
		return pv_fail(cx, PV_ENOTFOUND, "%s \"%s\" not found", key->type, key->name);
	*ret = rec;
	return 0;
}

size_t
pv_store_count(pv_store *store, const char *type)
{
	const shelf *s;
	size_t n;

	pthread_rwlock_rdlock(&store->lock);
	s = store_shelf(store, type);
	n = s == NULL ? 0 : s->objects.count;
	pthread_rwlock_unlock(&store->lock);
	return n;
}
