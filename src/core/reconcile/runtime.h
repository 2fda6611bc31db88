/* runtime: runs controllers: watches, queues by key (one turn per object at a
 * time), reads through plans, applies them, retries with backoff, and keeps the
 * last plans and errors of every object for `pave why`.  Thread-safe. */
#pragma once
#include "core/api/api.h"
#include "core/reconcile/plan.h"

typedef struct pv_runtime pv_runtime;
typedef struct pv_facts pv_facts; /* core/fact/fact.h */

PV_MUST_USE int pv_runtime_open(pv_ctx *cx, pv_api *api, pv_facts *facts, int threads, pv_runtime **ret);
pv_runtime *pv_runtime_close(pv_runtime *runtime); /* finishes the turns that run */
/* {"kind":"Why","object":{},"plans":[...]} (newest first); -PV_ENOTFOUND if nothing ran for it. */
PV_MUST_USE int pv_runtime_why(pv_ctx *cx, pv_runtime *runtime, const pv_key *key, pv_val *ret);
void pv_runtime_poke(pv_runtime *runtime, const char *controller, const char *ns, const char *name);

/* No server: runs the controllers of the objects' kinds over a set of known objects until
 * nothing changes or facts are missing; returns the plans.  For `pave render` and cases. */
PV_MUST_USE int pv_render(pv_ctx *cx, const pv_vec *objects /* const pv_val * */, pv_val *ret_plans);
