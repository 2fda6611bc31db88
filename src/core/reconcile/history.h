/* history: the last plans of every object under a controller, for `pave why`.  Thread-safe.
 * Plans that changed something, or failed, outlive the process: a thread of its own writes
 * them once an object has come to rest, many at a time, so no turn ever waits for it.  What
 * a kill takes is at most the plans of the last seconds.  Private to this folder.
 *
 * Bounded: KEPT entries of an asker and KEPT deeds of an object, of 40 paths a change and 16
 * changes an entry; TEXT_MOST bytes of each stored; of objects that are no more the newest 1,024. */
#pragma once
#include "core/reconcile/turn.h"
#include "core/store/store.h"

typedef struct pv_history pv_history;

pv_history *history_open(pv_store *store);      /* the store outlives it */
pv_history *history_close(pv_history *history); /* writes what is not written yet */
/* Turns that are alike are one entry (fold.h). */
void history_add(pv_ctx *cx, pv_history *h, const char *asker, const pv_val *shown, bool quiet);
void history_drop(pv_history *h, const char *asker);
/* Adds the plans of the asker, newest first (held by cx). */
PV_MUST_USE int history_list(pv_ctx *cx, pv_history *h, const char *asker, pv_listb *ret);

/* Deeds are kept in the same way, by the object they touched or were done for. */
char *history_object(pv_arena *arena, const char *type, const char *ns, const char *name);
/* The object is no more, and explained until GONE_MOST others have gone after it; or is back. */
void history_gone(pv_history *h, const char *asker);
void history_back(pv_history *h, const char *asker);
