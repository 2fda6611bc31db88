/* why: the last plans of every object under a controller.  The caller locks.
 * Private to this folder. */
#pragma once
#include "base/map.h"
#include "core/reconcile/turn.h"

typedef struct pv_history pv_history;

pv_history *history_new(void);
pv_history *history_free(pv_history *h);
/* A plan that changed nothing replaces the last one if that changed nothing either. */
void history_add(pv_history *h, const char *asker, const pv_val *shown, bool quiet);
void history_drop(pv_history *h, const char *asker);
/* Adds the plans of the asker, newest first (held by cx). */
void history_list(pv_ctx *cx, const pv_history *h, const char *asker, pv_listb *ret);
