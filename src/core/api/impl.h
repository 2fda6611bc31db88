/* impl: what the files of core/api share. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/api/api.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"

#define PV_BODY_LIMIT (3u << 20) /* bytes, as Kubernetes' MaxRequestBodyBytes */

struct pv_api {
	pv_store *store;
	pv_registry *registry;
	pv_auth *auth;
	pv_audit *audit;
	struct pv_flow *flow;      /* NULL: none waits for another */
	pv_pool *converters;       /* of watches whose objects a webhook converts */
	struct computed *computed; /* what views list */
	pv_metrics *metrics;
	pv_family *durations;      /* of requests: verb, resource, code */
	atomic_uintptr_t runtime;  /* pv_runtime; set after the API is open */
	pthread_rwlock_t deeds;    /* read: a write is told to the runtime; write: the runtime goes */
	pthread_mutex_t addresses; /* one Service at a time is given an address */
	int64_t started;           /* monotonic */
	atomic_bool ready;
	bool alone;
	struct kept { /* states of modules; written before anybody else runs */
		const void *owner;
		void *state;
		void (*close)(void *state);
	} kept[32];
	size_t n_kept;
	const struct pv_node *nodes[8]; /* of modules; written before anybody else runs */
	size_t n_nodes;
	struct turns { /* requests that took the most, of time or of memory */
		struct turn {
			char name[120];
			int64_t took, at;
			size_t arena;
			int status;
		} of[20];
		atomic_int_least64_t least; /* what the least of them took: what took no more is not noted */
	} slowest, largest;
	pthread_mutex_t turns_lock;
};

/* ---- errors in Kubernetes' words (error.c) ---- */
char *api_qualified(pv_arena *arena, const pv_resource *res); /* "deployments.apps" */
int api_not_found(pv_ctx *cx, const pv_resource *res, const char *name);
int api_exists(pv_ctx *cx, const pv_resource *res, const char *name, bool ends); /* it is being deleted */
int api_stale(pv_ctx *cx, const pv_resource *res, const char *name);             /* 409: modified since */
int api_conflict(pv_ctx *cx, const pv_resource *res, const char *name, const char *why);
/* 409 of a DELETE's preconditions: names the kind, as upstream does. */
int api_precondition(pv_ctx *cx, const pv_resource *res, const char *name, const char *why);
int api_unversioned(pv_ctx *cx, const pv_resource *res, const char *name); /* a write without a version */
int api_forbidden(pv_ctx *cx, const pv_resource *res, const char *name, const char *why);
/* One -PV_EINVALID of all the causes (of pv_cause). */
int api_invalid(pv_ctx *cx, const pv_resource *res, const char *name, const pv_vec *causes);
const char *api_causes_text(pv_ctx *cx, const pv_vec *causes); /* "a: b" or "[a: b, c: d]" */
void api_cause(pv_ctx *cx, pv_vec *causes, const char *reason, const char *field, const char *fmt, ...)
	PV_PRINTF(5, 6);
/* Several (of pv_cause). */
int api_bad_options(pv_ctx *cx, const char *kind, const pv_vec *causes);
/* A fault in the query's options: kind "ListOptions", "CreateOptions", ... */
int api_bad_option(pv_ctx *cx, const char *kind, const char *field, const char *reason, const char *fmt, ...)
	PV_PRINTF(5, 6);
/* More warnings than an answer has room for (answer_warnings) are not kept. */
#define API_WARNED_MOST 128
void api_warn(pv_ctx *cx, pv_vec *warnings, const char *fmt, ...) PV_PRINTF(3, 4);

/* ---- paths (route.c) ---- */
/* The namespace in which authorizers and the audit log see an object: of a Namespace itself, as upstream. */
const char *api_place(const char *group, const char *plural, const char *ns, const char *name);

/* ---- objects (object.c) ---- */
pv_val meta_with(pv_ctx *cx, const pv_val *object, const char *key, pv_val v);
pv_val meta_without(pv_ctx *cx, const pv_val *object, const char *key);
const pv_val *meta_get(const pv_val *object, const char *key);
const char *meta_text(const pv_val *object, const char *key); /* "" if absent */
bool meta_deleting(const pv_val *object);
bool meta_finalized(const pv_val *object); /* no finalizers left, a namespace's own included */
bool meta_has_finalizer(const pv_val *object, const char *name);
const pv_val *meta_with_finalizer(pv_ctx *cx, const pv_val *object, const char *name, bool wanted);
/* apiVersion, kind and metadata first, then the rest in the author's order. */
const pv_val *object_ordered(pv_ctx *cx, const pv_val *object);
/* .status.conditions with one of that type, in its old place or at the end. */
pv_val object_with_condition(pv_ctx *cx, const pv_val *object, const char *type, pv_val condition);
/* Everything but metadata and status is equal. */
bool object_same_spec(const pv_val *a, const pv_val *b);

/* ---- one write on its way through the API (write.c) ---- */
typedef struct write_op {
	pv_api *api;
	const pv_call *call;
	const pv_resource *res;
	enum pv_operation operation;
	const char *ns, *name, *sub;
	const pv_rec *current; /* what is stored now; NULL on create */
	const pv_val *old;     /* the same as the request's version */
	const pv_val *sent;    /* what the client said, of any part; on create before defaults */
	pv_vec *warnings;      /* never NULL */
	int64_t now;           /* wall clock */
	bool patches;          /* it is a patch, not all of the object */
	bool skip_fields;      /* managedFields are already made (apply) */
	bool raced;            /* the store moved on between reading and writing */
	int tries;             /* how often it did */
	int64_t patience;      /* until when it may, monotonic */
} write_op;

typedef struct outcome {   /* what a write left; held by cx */
	const pv_rec *rec; /* NULL after a dry run */
	const pv_val *val; /* NULL: read it from rec */
	const pv_val *doc; /* what was written: rec without its revision, but parsed; or NULL */
	bool created, deleted;
} outcome;

/* Somebody was faster: is it to be tried once more?  Else the error that is set is the answer (409). */
bool write_again(const pv_ctx *cx, write_op *w);
/* 409: the object is not the one with that uid; in the words of upstream's storage. */
int api_other_uid(pv_ctx *cx, const write_op *w, const char *wanted, const char *found);
PV_MUST_USE int write_begin(pv_ctx *cx, pv_api *api, const pv_call *call, enum pv_operation operation,
			    const char *verb, unsigned bit, write_op *ret);
/* Does it say that it is of that kind, or nothing?  -PV_EBADREQUEST else. */
PV_MUST_USE int api_is_kind(pv_ctx *cx, const pv_val *object, const char *api_version, const char *kind);
/* Something in it is of another type than the schema has?  -PV_EBADREQUEST, in a decoder's words.  schema or v
 * NULL: nothing is.  under: the path of v, for the message. */
PV_MUST_USE int api_check_types(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const char *under,
				const char *api_version, const char *kind);
/* kind, apiVersion, name and namespace agree with the request. */
PV_MUST_USE int write_identify(pv_ctx *cx, const write_op *w, const pv_val **object);
int write_unnamed(pv_ctx *cx, const write_op *w); /* fails: the object lacks its name */
/* Fields that the kind has not, or that stand twice, where that is an error. */
PV_MUST_USE int api_strict(pv_ctx *cx, const pv_resource *res, const char *version, const pv_vec *unknown,
			   const pv_vec *twice);
PV_MUST_USE int write_prune(pv_ctx *cx, const write_op *w,
			    const pv_val **object); /* unknown fields: told or refused */
PV_MUST_USE int write_shape(pv_ctx *cx, const write_op *w, const pv_val **object); /* prune, default */
/* What this write writes, of `object`; all else of `rest`. */
const pv_val *write_part(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_val *rest);
/* Who owns what after it (owner.c): a write of all of the object, and an apply's merge. */
PV_MUST_USE int write_fields(pv_ctx *cx, const write_op *w, const pv_val *old, const pv_val **object);
PV_MUST_USE int write_merge(pv_ctx *cx, const write_op *w, const pv_val *live, const pv_val *intent,
			    const pv_val **ret);
/* No owner twice, and a warning if there was one; when: "", or behind which step. */
const pv_val *write_owners(pv_ctx *cx, const write_op *w, const pv_val *object, const char *when);
pv_admit write_admission(pv_ctx *cx, const write_op *w, const pv_val *object); /* what admission is asked */
PV_MUST_USE int write_admit(pv_ctx *cx, const write_op *w,
			    const pv_val **object); /* mutate, validate, police */
PV_MUST_USE int write_commit(pv_ctx *cx, write_op *w, const pv_val *object, int64_t expect, outcome *ret);
PV_MUST_USE int write_delete(pv_ctx *cx, write_op *w, outcome *ret);
/* Tells the runtime what a write did, and who it was (deed.c).  after NULL: the object is gone. */
void write_tell(pv_ctx *cx, const write_op *w, const pv_val *after);
/* Of a write that policies refused: their reasons (const pv_val *). */
void write_tell_refusal(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_vec *reasons);
/* pv_admission_validate(); a refusal is remembered, as one of `object`. */
PV_MUST_USE int write_judge(pv_ctx *cx, const write_op *w, const pv_admit *admit, const pv_val *object);
PV_MUST_USE int write_load(pv_ctx *cx, write_op *w);            /* fills current and old, 404 if absent */
PV_MUST_USE int write_namespace(pv_ctx *cx, const write_op *w); /* it exists and is not ending */

/* ---- operations; the pv_api_* calls are these (create.c, update.c, patch.c, delete.c) ---- */
PV_MUST_USE int op_create(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val *object, outcome *ret);
/* The same behind write_begin and write_identify. */
PV_MUST_USE int create_run(pv_ctx *cx, write_op *w, const pv_val *object, outcome *ret);
/* Makes the wished object out of the current one (w->old). */
typedef int (*transform)(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret);
PV_MUST_USE int op_change(pv_ctx *cx, write_op *w, transform make, void *arg, outcome *ret);
/* Whoever says nothing of managedFields leaves them; an empty list makes them forgotten. */
const pv_val *change_managers(pv_ctx *cx, const write_op *w, const pv_val *object);
PV_MUST_USE int op_update(pv_ctx *cx, pv_api *api, const pv_call *call, const pv_val *object, outcome *ret);
PV_MUST_USE int op_patch(pv_ctx *cx, pv_api *api, const pv_call *call, enum pv_patch_kind kind,
			 const pv_val *patch, outcome *ret);
PV_MUST_USE int op_delete(pv_ctx *cx, pv_api *api, const pv_call *call, outcome *ret);
/* r, of reading what a patch made, as the patch's fault if that still says that it is this object. */
PV_MUST_USE int patch_read(pv_ctx *cx, const write_op *w, const pv_val *made, int r);
PV_MUST_USE int patch_json(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_val *patch,
			   const pv_val **ret);
/* What an apply must have and must not.  -PV_EBADREQUEST, -PV_EINVALID. */
PV_MUST_USE int api_can_apply(pv_ctx *cx, const pv_call *call, const pv_val *patch);
/* What it may say of `kind`; an intent that is not exact loses what there is not. */
PV_MUST_USE int api_check_intent(pv_ctx *cx, const write_op *w, const pv_resource *kind,
				 const pv_val **intent);
const pv_val *outcome_val(pv_ctx *cx, const write_op *w, const outcome *out);
/* Are the stored bytes what a reader of this version gets? */
bool api_plain(const pv_resource *res); /* of what was written since the schema changed */
bool api_plain_rec(const pv_resource *res, const pv_rec *rec);
/* As its version's schema is now: what was stored before that is pruned and has the defaults. */
const pv_val *api_stored(pv_ctx *cx, const pv_resource *res, const pv_rec *rec);
PV_MUST_USE int api_as(pv_ctx *cx, pv_api *api, const pv_resource *res, const pv_rec *rec,
		       const pv_val **ret);

/* ---- versions (convert.c) ---- */
bool api_converts(const pv_resource *res); /* by a webhook: what reads or writes it blocks */
/* Elements: const pv_val *, replaced in place; those of the webhook in one call. */
PV_MUST_USE int api_convert_all(pv_ctx *cx, pv_api *api, const pv_resource *to, pv_vec *objects);
