/* live: the runtime's inside, and the store as a turn's world.  Private to this folder. */
#pragma once
#include <pthread.h>

#include "base/keyq.h"
#include "core/api/api.h"
#include "core/reconcile/history.h"
#include "core/reconcile/index.h"
#include "core/reconcile/turn.h"

#define MAX_THREADS 16

struct pv_runtime {
	pv_api *api;
	pv_store *store;
	pv_facts *facts;
	pv_keyq *queue;            /* "controller ns name" */
	pthread_mutex_t lock;      /* index, failures, watch */
	pthread_mutex_t wake_lock; /* wake, closing: never held with another; the store calls on_wake */
	pthread_cond_t woken;
	pv_index *index;
	pv_history *history;
	pv_map *failures; /* asker -> struct failure, while its turns fail */
	pv_watch *watch;
	bool wake, closing;
	pthread_t watcher, threads[MAX_THREADS];
	int n_threads;
};

/* "controller ns name": an asker of the index and of the history. */
char *asker_key(pv_arena *arena, const char *controller, const char *ns, const char *name);
/* Objects come from the store, what owns or names what from the index. */
struct world live_world(pv_runtime *rt);
const pv_val *live_find(pv_ctx *cx, void *rt, const char *type, const char *ns, const char *name);
