/* pool: threads that run queued calls, for work that blocks.
 * Thread-safe.  Threads start when work comes and there is none idle, up to the
 * limit, and stay.  The queue is bounded: a full one refuses. */
#pragma once
#include "base/base.h"

typedef struct pv_pool pv_pool;

/* `name` (15 bytes) shows in ps.  Owner: caller, pv_pool_free(). */
pv_pool *pv_pool_new(const char *name, int threads, size_t queue_limit);
pv_pool *pv_pool_free(pv_pool *pool); /* runs what is queued, then ends; accepts NULL */
/* false: the queue is full; nothing happened, the caller says so to its user. */
PV_MUST_USE bool pv_pool_run(pv_pool *pool, void (*fn)(void *arg), void *arg);
void pv_pool_wait(pv_pool *pool); /* until nothing is queued or running */
size_t pv_pool_queued(pv_pool *pool);
