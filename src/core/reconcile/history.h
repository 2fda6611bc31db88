/* history: the last plans of every object under a controller, for `pave why`.  Thread-safe.
 * Plans that changed something, or failed, outlive the process: a thread of its own writes
 * them once an object has come to rest, many at a time, so no turn ever waits for it.  What
 * a kill takes is at most the plans of the last seconds.  Private to this folder. */
#pragma once
#include "core/reconcile/turn.h"
#include "core/store/store.h"

typedef struct pv_history pv_history;

pv_history *history_open(pv_store *store);      /* the store outlives it */
pv_history *history_close(pv_history *history); /* writes what is not written yet */
/* A plan that changed nothing (quiet) replaces the last one if that changed nothing either. */
void history_add(pv_history *h, const char *asker, const pv_val *shown, bool quiet);
void history_drop(pv_history *h, const char *asker);
/* Adds the plans of the asker, newest first (held by cx). */
PV_MUST_USE int history_list(pv_ctx *cx, pv_history *h, const char *asker, pv_listb *ret);
