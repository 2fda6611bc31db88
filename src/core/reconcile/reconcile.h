/* reconcile: controllers, the plans they make, and the runtime that runs them.
 * A controller is a pure function from what is known to what is wanted: it reads
 * objects and facts through the plan (which remembers that it asked, so that
 * exactly the askers run again) and writes wishes into it.  The runtime, or
 * `pave render` with no server, does the rest.
 * A plan belongs to one thread; everything in it lives in the turn's arena.
 * The runtime is thread-safe. */
#pragma once
#include "base/vec.h"
#include "core/fact/fact.h"
#include "lang/selector/selector.h"
#include "lang/value/value.h"

typedef struct pv_plan pv_plan;

/* ---- what is known; kinds are "apps/v1/Deployment", "v1/Pod" ---- */
const pv_val *pv_plan_find(pv_ctx *cx, pv_plan *plan, const char *kind, const char *ns, const char *name);
/* Elements: const pv_val *.  ns NULL: all namespaces; sel NULL: all. */
void pv_plan_list(pv_ctx *cx, pv_plan *plan, const char *kind, const char *ns, const pv_selector *sel,
		  pv_vec *ret);
/* Objects of `kind` whose controller owner is the plan's object. */
void pv_plan_owned(pv_ctx *cx, pv_plan *plan, const char *kind, pv_vec *ret);
/* Objects that the index has under the key (any kind, any namespace). */
void pv_plan_indexed(pv_ctx *cx, pv_plan *plan, const char *index, const char *key, pv_vec *ret);
/* Who the index has under the key, without reading them: runs again only when one comes or
 * goes, not when one changes.  Elements: pv_place; type is "apps/Deployment". */
typedef struct pv_place {
	const char *type, *ns, *name;
} pv_place;
void pv_plan_named(pv_ctx *cx, pv_plan *plan, const char *index, const char *key, pv_vec *ret);
/* Everything in a namespace, of every kind but Events and Leases: runs again only when one comes,
 * goes, or is another's (by its owners or an index), not when one changes otherwise. */
void pv_plan_within(pv_ctx *cx, pv_plan *plan, const char *ns, pv_vec *ret);
/* Something only the world knows: git-tree, rendered, ... (core/fact/fact.h).
 * 1: *ret is its newest value; 0: not known yet (it is being found out; return and be
 * called again); -PV_E*: it could not be found out (it is retried with backoff).
 * A value may be older than what is being found out. */
int pv_plan_fact(pv_ctx *cx, pv_plan *plan, const char *fact, const pv_val *args, const pv_val **ret);
/* The same, and the value is no older than `since` (wall clock, ns): until it is, 0. */
int pv_plan_fact_since(pv_ctx *cx, pv_plan *plan, const char *fact, const pv_val *args, int64_t since,
		       const pv_val **ret);
/* Something done to the world once per args, by a driver: a fact kind whose finding
 * out is the doing.  args are the idempotency key; the driver sees `payload` as args.payload.
 * Results as pv_plan_fact. */
int pv_plan_effect(pv_ctx *cx, pv_plan *plan, const char *driver, const pv_val *args, const pv_val *payload,
		   const pv_val **ret);
/* Is the kind served, and where do its objects live?  Asks again when CRDs change. */
enum pv_scope { PV_SCOPE_UNKNOWN, PV_SCOPE_CLUSTER, PV_SCOPE_NAMESPACE };
enum pv_scope pv_plan_scope(pv_ctx *cx, pv_plan *plan, const char *api_version, const char *kind);
/* What the object would be if `manager` applied it now (defaults, what others own) and took over
 * what the client-side applier `takes_over` (NULL: none) holds: nothing is written.  An error is
 * what applying would say, a policy's refusal included. */
PV_MUST_USE int pv_plan_predict(pv_ctx *cx, pv_plan *plan, const char *manager, const char *takes_over,
				const pv_val *object, const pv_val **ret);
int64_t pv_plan_now(const pv_plan *plan); /* the turn's wall clock */
/* What failed when the last turn's wishes were carried out; NULL if nothing did. */
const char *pv_plan_last_error(const pv_plan *plan);
void pv_plan_requeue(pv_plan *plan, int64_t after_ns); /* earliest wins */

/* ---- what is wanted ---- */
/* Server-side apply with the controller as manager (forced). */
void pv_plan_apply(pv_ctx *cx, pv_plan *plan, const pv_val *object);
/* Apply these with the plan's object as controller owner, and delete what it owns of that
 * kind and is not among them. */
void pv_plan_own(pv_ctx *cx, pv_plan *plan, const char *kind, const pv_vec *objects /* const pv_val * */);
/* Made with the plan's object as controller owner; generateName is fine. */
void pv_plan_create(pv_ctx *cx, pv_plan *plan, const pv_val *object);
void pv_plan_delete(pv_ctx *cx, pv_plan *plan, const pv_val *object, const char *propagation);
/* Merge patch on an object, or on its subresource ("" or "status"). */
void pv_plan_patch(pv_ctx *cx, pv_plan *plan, const pv_val *object, const char *subresource, pv_val patch);
/* An object's annotation; text NULL: it has none.  False: that is so already. */
bool pv_plan_annotate(pv_ctx *cx, pv_plan *plan, const pv_val *object, const char *name, const char *text);
/* The plan's object gets this whole .status (written only when it differs). */
void pv_plan_status(pv_ctx *cx, pv_plan *plan, pv_val status);
/* One Event object per (type, reason, message); repeats raise its count. */
void pv_plan_event(pv_ctx *cx, pv_plan *plan, const char *type, const char *reason, const char *fmt, ...)
	PV_PRINTF(5, 6);
/* The same by somebody else than the controller is, about a part of the object. */
typedef struct pv_teller {
	const char *component; /* "kubelet" */
	const char *node;      /* where that is; NULL: with the API */
	const char *field;     /* "spec.containers{web}"; NULL: all of it */
} pv_teller;
void pv_plan_event_by(pv_ctx *cx, pv_plan *plan, const pv_teller *by, const char *type, const char *reason,
		      const char *fmt, ...) PV_PRINTF(6, 7);
/* Why it did what it did: one line for `pave why`. */
void pv_plan_reason(pv_ctx *cx, pv_plan *plan, const char *fmt, ...) PV_PRINTF(3, 4);
/* How the object is and how it got there, in one sentence: the first line of `pave why`.  What fails
 * says why.  The last one counts. */
void pv_plan_summary(pv_ctx *cx, pv_plan *plan, const char *fmt, ...) PV_PRINTF(3, 4);
/* How an object differs from what it shall be, for `pave why`; from NULL: it is missing; to
 * NULL: it shall not be.  Values of Secrets are not shown. */
void pv_plan_difference(pv_ctx *cx, pv_plan *plan, const pv_val *object, const pv_val *from,
			const pv_val *to);
extern size_t
	pv_turn_room; /* bytes that a turn may fill before it leaves wishes to the next; tests make it small */
/* As things are, the object is none of the controller's business: nothing is remembered of the turn, but what it
 * read makes it run again. */
void pv_plan_unconcerned(pv_plan *plan);
/* Turns cx's error into the plan's failure: kept for `pave why`, an event, a retry with
 * backoff.  Wishes made before it are still carried out.  Returns 0. */
int pv_plan_fail(pv_ctx *cx, pv_plan *plan, const char *reason);

/* ---- helpers that controllers share ---- */
/* conditions with one of type set; lastTransitionTime changes only with the status. */
pv_val pv_condition_set(pv_ctx *cx, const pv_val *conditions, const char *type, const char *status,
			const char *reason, const char *message, int64_t now);
pv_val pv_condition_remove(pv_ctx *cx, const pv_val *conditions, const char *type);
const pv_val *pv_condition_find(const pv_val *conditions, const char *type);
bool pv_owned_by(const pv_val *object, const pv_val *owner); /* as controller, by uid */
int64_t pv_time_at(const pv_val *v, const char *path);       /* of an RFC 3339 text, ns; 0: there is none */
/* The ownerReference that makes owner the controller. */
pv_val pv_owner_ref(pv_arena *arena, const pv_val *owner);

/* What an edit is called that is a command in truth, in the first line of `pave why`: "sync started
 * by mara", not "operation nothing -> {...}". */
typedef struct pv_edit_name {
	const char *field, *key; /* "operation"; "metadata.annotations" and one key of it, or NULL */
	const char *done;        /* "sync started" */
} pv_edit_name;

typedef struct pv_controller {
	const char *name;      /* "deployment": field manager and log name */
	const char *kind;      /* "apps/v1/Deployment" */
	const char *component; /* who its Events are from, as Kubernetes calls it; NULL: name */
	/* What an Event of its object says when it made or deleted another (SuccessfulCreate, SuccessfulDelete);
	 * returns NULL: nothing.  May be NULL. */
	const char *(*tells)(pv_ctx *cx, const pv_val *of, const pv_val *other, bool deleted);
	/* Only objects whose JSON has this text, or had it until just now, are looked at; NULL: all.  For kinds
	 * of which there may be a million that are none of its business: each turn is remembered. */
	const char *needle;
	/* obj is the newest version; metadata.deletionTimestamp may be set.  0 or -PV_E*. */
	int (*reconcile)(pv_ctx *cx, const pv_val *obj, pv_plan *plan);
	int64_t resync_ns;         /* run at least so often; 0 = never */
	const pv_edit_name *edits; /* ended by {0}; NULL: none */
} pv_controller;

/* What objects of a kind can be looked up by, besides their name: a row of a module. */
typedef struct pv_index_row {
	const char *name;   /* "entity-refs"; several kinds may share an index */
	const char *kind;   /* "backstage.io/v1alpha1/Component"; "*" = all */
	const char *needle; /* only objects whose JSON has this text are looked at; NULL: all */
	void (*keys)(pv_ctx *cx, const pv_val *object, pv_vec *ret /* const char * */);
} pv_index_row;

/* ---- running them ---- */
typedef struct pv_runtime pv_runtime;
typedef struct pv_api pv_api;

/* Controllers come from pv_modules.  Starts at once. */
PV_MUST_USE int pv_runtime_open(pv_ctx *cx, pv_api *api, pv_facts *facts, int threads, pv_runtime **ret);
pv_runtime *pv_runtime_close(pv_runtime *runtime); /* finishes the turns that run */
/* {"kind":"Why","object":{},"summary":"...","causes":[...],"policies":[...],"plans":[...]}, newest first, as far as
 * cx's identity may know; -PV_ENOTFOUND if there is no such object and nothing is remembered of one.
 * Plans with "deed":true are what others did to it, or it to others.  type: "argoproj.io/Application". */
PV_MUST_USE int pv_runtime_why(pv_ctx *cx, pv_runtime *runtime, const char *type, const char *ns,
			       const char *name, pv_val *ret);
/* What a write through the API did to an object; remembered under the object, and under whom it
 * was done for unless a plan lists it. */
typedef struct pv_deed {
	const char *action;           /* "create", "update", "delete" */
	const char *user, *manager;   /* user NULL: Pave itself */
	const pv_val *by;             /* the object for whose sake; NULL: nobody's */
	const char *reason;           /* may be NULL */
	bool planned;                 /* the plan of `by` lists it */
	int64_t at;                   /* wall clock */
	const pv_val *before, *after; /* after NULL: deleted */
	const pv_val *refused; /* it was not let, and `after` is not there: the reasons, a list; else NULL */
} pv_deed;
void pv_runtime_tell(pv_ctx *cx, pv_runtime *runtime, const char *type, const pv_deed *deed);
void pv_runtime_poke(pv_runtime *runtime, const char *controller, const char *ns, const char *name);

/* No server: one turn of the controller of each object's kind over a world of just these
 * objects, at `now`; facts that are not among `facts` ([{fact, args, value}], may be NULL) are
 * reported as missing.  ret: a list of the plans.  For `pave render` and cases. */
PV_MUST_USE int pv_render(pv_ctx *cx, const pv_vec *objects /* const pv_val * */, const pv_val *facts,
			  int64_t now, pv_val *ret);
