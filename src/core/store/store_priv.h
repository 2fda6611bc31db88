/* The store's insides.  Who may touch what:
 *	lock (read/write)  shelves, indexes, rings, marks; the writer thread alone
 *	                   changes indexes and pushes to rings
 *	queue_lock         the queue of requests
 *	wake_lock          lists of dry watches and of rings that are due; brief
 *	a watch's own      held while it is woken, so that closing waits
 * In this order when nested: lock, then wake_lock; queue_lock stands alone. */
#pragma once
#include <pthread.h>

#include "base/map.h"
#include "base/time.h"
#include "core/metrics/metrics.h"
#include "core/store/engine.h"
#include "core/store/index.h"
#include "core/store/ring.h"
#include "core/store/seal.h"

#define HISTORY_NS (600 * PV_SEC)
#define HISTORY_MIN 1024
#define HISTORY_BYTES (INT64_C(32) << 20) /* of replaced versions in memory */
#define LOG_MOST INT64_C(100000)          /* rows kept in the engine */
#define LOG_SLICE 512                     /* rows dropped by one commit */
#define PARSED_BYTES (INT64_C(32) << 20)  /* of parsed values that nobody may be using */
#define BATCH_MOST 1024                   /* changes, and bytes, in one commit */
#define BATCH_BYTES ((size_t)8 << 20)

typedef struct shelf { /* everything of one type; lives as the store does */
	char *type;
	rec_index objects;
	event_ring events;
	pv_metric *gauge;
} shelf;

typedef struct mark { /* what had been written at an instant of the monotonic clock */
	int64_t rev, mono;
} mark;
#define MARKS 32

typedef struct store_metrics {
	pv_family *objects;
	pv_metric *commits, *failures, *changes, *seconds, *rev, *watches, *parsed, *history, *checkpoints,
		*upkeep_failures;
} store_metrics;

/* One caller's wish, on its stack while it waits. */
typedef struct change {
	engine_change out;
	pv_rec *rec; /* made by the caller, or for a delete by the writer; the caller's */
	uint64_t hash;
	size_t leaf;          /* where the index has its place */
	struct change *below; /* in the batch's table */
} change;
typedef struct request {
	struct request *next; /* in the queue */
	pv_write *writes;     /* NULL: metas */
	change *changes;
	size_t n, bytes;
	const pv_meta *metas;
	size_t n_metas;
	bool firm;      /* nothing to write: all that was is to be on the disk */
	int code;       /* enum pv_code of the failure, 0 */
	size_t culprit; /* which write, when an expectation failed */
	int64_t found;  /* the revision it has; 0: absent */
	char why[512];  /* the engine's words */
	uint32_t turn;  /* of the writer that takes it */
} request;

struct pv_store {
	pv_engine *engine;
	rec_pool *pool;
	sealer *sealer; /* NULL: nothing is sealed */
	store_metrics metrics;
	int64_t history_ns;
	size_t history_min;

	pthread_rwlock_t lock;
	pv_map *by_type;
	shelf **shelves; /* in the order they came */
	size_t n_shelves, cap_shelves;
	event_ring all;
	int64_t history_bytes;
	mark marks[MARKS]; /* newest first; rev 0: none yet */
	_Atomic int64_t rev;
	_Atomic bool refused; /* by the disk, the last time */
	_Atomic bool lax;     /* commits do not wait for the disk */
	_Atomic bool damaged; /* something on the disk is not what was written */

	pthread_mutex_t wake_lock;
	pthread_cond_t wake_cond; /* a ring is due, for the waker */
	event_ring *due;
	bool wake_stop;
	_Atomic int64_t watches;

	pthread_mutex_t queue_lock;
	pthread_cond_t queue_cond; /* something to do, for the writer */
	request *queue, **queue_end;
	size_t queue_len, queue_enough; /* signalled when it is this long */
	uint32_t turn;                  /* of the writer that takes what gathers now */
	_Atomic uint32_t turned[2];     /* the last even and odd turn that is over: callers wait here */
	bool stopping;
	int64_t forget;  /* the log may go up to this revision */
	bool forget_now; /* the writer should drop slices of it while idle */

	pthread_mutex_t keeper_lock;
	pthread_cond_t keeper_cond;
	bool keeper_due, keeper_stop;
	size_t sweep_shelf, sweep_leaf; /* the keeper's own: where the last sweep stopped */
	int64_t looked, look_at;        /* and when it looked at rows on the disk, and where it goes on */

	pthread_t writer, keeper, waker;
	/* The writer's own. */
	int64_t next_id, log_first;
	rec_grave grave;
	size_t crowd;      /* requests that may come before long: those just let go, and those in the queue */
	int64_t commit_ns; /* what a group takes, on average */
};

/* store.c */
shelf *store_shelf(const pv_store *store,
		   const char *type); /* NULL if nothing of it was ever there; lock held */
shelf *store_shelf_add(pv_store *store, const char *type); /* write lock held, or opening */
/* Adds to a ring; keeps the sum of old versions. */
void store_push(pv_store *store, shelf *shelf, const pv_event *event, rec_grave *grave);
/* Drops events up to a revision, but keeps so many. */
void store_drop(pv_store *store, event_ring *ring, int64_t rev, size_t keep, rec_grave *grave);
/* load.c */
PV_MUST_USE int store_load(pv_ctx *cx, pv_store *store);
/* What lies there is sealed as the keys now say. */
PV_MUST_USE int store_seal(pv_ctx *cx, pv_store *store);
/* queue.c: the callers' side */
void queue_submit(pv_store *store, request *r); /* returns when it is done */
/* The writer's side: waits for requests, or for a slice of the log to drop (*ret_forget);
 * false when the store closes and all is done. */
bool queue_take(pv_store *store, request **ret, int64_t *ret_forget);
/* After the requests taken, which are their callers' again: how long that took, and whether
 * the disk refused. */
void queue_done(pv_store *store, size_t n, int64_t took_ns, bool failed);
/* Asks the writer to drop the log up to a revision, in slices. */
void queue_forget(pv_store *store, int64_t rev);
/* writer.c */
void *writer_main(void *arg); /* the store */
/* keeper.c */
void *keeper_main(void *arg);
void keeper_nudge(pv_store *store);
/* watch.c */
void *waker_main(void *arg);
void watch_due(pv_store *store, event_ring *ring); /* has the waker wake its dry watches; wake_lock held */
