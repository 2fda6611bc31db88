/* plan: what a controller knows and what it wants.  A controller is a pure
 * function: it reads objects and facts through the plan (which remembers that it
 * asked, so that exactly the askers run again), and writes wishes into it.  The
 * runtime, or `pave render` with no server, does the rest.
 * One thread at a time; everything lives in the turn's arena. */
#pragma once
#include "base/vec.h"
#include "lang/selector/selector.h"
#include "lang/value/value.h"

typedef struct pv_plan pv_plan;

/* ---- what is known ---- */
/* kind: "apps/v1/Deployment", "v1/Pod" (as apiVersion/Kind). */
const pv_val *pv_plan_find(pv_ctx *cx, pv_plan *plan, const char *kind, const char *ns, const char *name);
/* Elements: const pv_val *.  ns NULL: all namespaces; sel NULL: all. */
void pv_plan_list(pv_ctx *cx, pv_plan *plan, const char *kind, const char *ns,
                  const pv_selector *sel, pv_vec *ret);
/* Objects of `kind` whose controller owner is the plan's object. */
void pv_plan_owned(pv_ctx *cx, pv_plan *plan, const char *kind, pv_vec *ret);
/* Something only the world knows: git-tree, rendered, ... (core/fact/fact.h).
 * 1: *ret is its newest value; 0: not known yet (it is being found out, return and be
 * called again); -PV_E*: it could not be found out (error set, retried with backoff).
 * A value may be older than what is being found out. */
int pv_plan_fact(pv_ctx *cx, pv_plan *plan, const char *fact, const pv_val *args, const pv_val **ret);
int64_t pv_plan_now(pv_plan *plan); /* the turn's clock; asking means being called when it matters: */
void pv_plan_requeue(pv_plan *plan, int64_t after_ns); /* earliest wins */

/* ---- what is wanted ---- */
/* Server-side apply with the controller as manager (forced). */
void pv_plan_apply(pv_plan *plan, const pv_val *object);
/* Apply these with the plan's object as controller owner, and delete what it owns of that
 * kind and is not among them. */
void pv_plan_own(pv_ctx *cx, pv_plan *plan, const char *kind, const pv_vec *objects);
void pv_plan_create(pv_plan *plan, const pv_val *object);  /* generateName is fine */
void pv_plan_delete(pv_plan *plan, const pv_val *object, const char *propagation);
/* Merge patch on the object or on one of its subresources ("" or "status"). */
void pv_plan_patch(pv_plan *plan, const pv_val *object, const char *subresource, const pv_val *merge_patch);
/* The plan's object gets this whole .status (only written when it differs). */
void pv_plan_status(pv_plan *plan, pv_val status);
/* Reported once per (type, reason, message); repeats are merged by the API. */
void pv_plan_event(pv_plan *plan, const char *type, const char *reason, const char *fmt, ...) PV_PRINTF(4, 5);
/* Done to the world once per key, by a driver; the outcome is a fact of the same key. */
void pv_plan_effect(pv_plan *plan, const char *driver, const char *key, const pv_val *args);
/* Why it did what it did: one line for `pave why`. */
void pv_plan_reason(pv_plan *plan, const char *fmt, ...) PV_PRINTF(2, 3);
/* Turns cx's error into the plan's failure: status condition `type`, event, backoff. */
int pv_plan_fail(pv_ctx *cx, pv_plan *plan, const char *condition_type);

typedef struct pv_controller {
	const char *name;                /* "deployment": field manager and log name */
	const char *kind;                /* "apps/v1/Deployment" */
	const char *const *owns;         /* kinds whose changes requeue their controller owner; NULL-terminated */
	/* obj is NULL-free and current; deletionTimestamp may be set.  Returns 0 or -PV_E*. */
	int (*reconcile)(pv_ctx *cx, const pv_val *obj, pv_plan *plan);
	int64_t resync_ns;               /* run at least so often; 0 = never */
} pv_controller;
