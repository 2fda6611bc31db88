/* setup: what is made of the objects of some kinds (policies, webhooks), kept until one of them
 * changes: the first write after that makes it anew.  Thread-safe. */
#pragma once
#include "core/store/store.h"

#define PV_SETUP_KINDS 4

typedef struct pv_setup pv_setup;
typedef struct pv_setup_plan {
	const char *name;                  /* of the arena */
	const char *types[PV_SETUP_KINDS]; /* of the store; NULL behind the last */
	/* Makes it in arena out of all objects of each type, in the order of their names. */
	int (*make)(pv_ctx *cx, pv_arena *arena, const pv_listing *found, const void **ret);
} pv_setup_plan;

PV_MUST_USE int pv_setup_open(pv_ctx *cx, pv_store *store, const pv_setup_plan *plan, pv_setup **ret);
void pv_setup_close(void *setup); /* accepts NULL */
/* Never older than the last acknowledged change; held by cx. */
PV_MUST_USE int pv_setup_now(pv_ctx *cx, pv_setup *setup, const void **ret);
/* One object's document, copied into the arena. */
const pv_val *pv_setup_own(pv_arena *arena, const pv_rec *rec);
