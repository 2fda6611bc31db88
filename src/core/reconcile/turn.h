/* turn: the inside of a plan, shared by what fills it, what carries it out and
 * what shows it.  Private to this folder. */
#pragma once
#include "core/fact/fact.h"
#include "core/reconcile/reconcile.h"

enum wish_kind { WISH_APPLY, WISH_CREATE, WISH_DELETE, WISH_PATCH };

struct wish {
	enum wish_kind kind;
	const pv_val *object;
	const char *subresource; /* patch */
	const char *propagation; /* delete */
	pv_val patch;
};

struct note { /* an Event to report */
	const char *type, *reason, *message;
	pv_teller by; /* component NULL: the controller */
};

/* What is asked of an object that is not applied (pv_plan_predict). */
struct forecast {
	const char *manager, *takes_over;
	const pv_val *object;
	const pv_val *ns_to_come; /* its namespace, which is not there yet, as it will be; or NULL */
	pv_vec *warnings;         /* const char *: what admission warns of; may be NULL */
};

/* Where a turn reads.  The store's world and render's world differ in nothing else. */
struct world {
	const pv_val *(*find)(pv_ctx *cx, void *arg, const char *type, const char *ns, const char *name);
	void (*list)(pv_ctx *cx, void *arg, const char *type, const char *ns, pv_vec *ret);
	void (*owned)(pv_ctx *cx, void *arg, const char *type, const char *uid, pv_vec *ret);
	void (*indexed)(pv_ctx *cx, void *arg, const char *index, const char *key, pv_vec *ret);
	void (*named)(pv_ctx *cx, void *arg, const char *index, const char *key, pv_vec *ret);
	void (*within)(pv_ctx *cx, void *arg, const char *ns, pv_vec *ret);
	int (*fact)(pv_ctx *cx, void *arg, const pv_question *question, const pv_val **ret,
		    const char **ret_key);
	bool (*since)(pv_ctx *cx, void *arg, const char *key, int64_t since);
	enum pv_scope (*scope)(pv_ctx *cx, void *arg, const char *api_version, const char *kind);
	int (*predict)(pv_ctx *cx, void *arg, const struct forecast *of, const pv_val **ret);
	void *arg;
};

struct pv_plan {
	const pv_controller *controller;
	const pv_val *object;
	const struct world *world;
	int64_t now;
	const char *last_error;
	pv_vec deps;          /* const char *: what was read, as keys of the index */
	pv_vec facts;         /* const char *: keys of facts and effects asked for */
	pv_vec missing;       /* const char *: those not known yet */
	pv_vec wishes;        /* struct wish */
	pv_vec notes;         /* struct note */
	pv_vec reasons;       /* const char * */
	const char *summary;  /* NULL: none */
	pv_listb differences; /* {action, object, diff} */
	const pv_val *status; /* NULL: left alone */
	int64_t requeue;      /* after, ns; 0 = no */
	const char *error, *error_reason;
	int error_code;
	bool unconcerned;
};

void plan_init(pv_ctx *cx, pv_plan *plan, const pv_controller *controller, const pv_val *object,
	       const struct world *world, int64_t now);
/* Runs the controller over the plan; an error becomes the plan's. */
void plan_run(pv_ctx *cx, pv_plan *plan);

/* Keys of what was read. */
char *dep_object(pv_arena *arena, const char *type, const char *ns, const char *name);
char *dep_list(pv_arena *arena, const char *type, const char *ns); /* ns NULL: all */
char *dep_owned(pv_arena *arena, const char *type, const char *uid);
char *dep_indexed(pv_arena *arena, const char *index, const char *key);
char *dep_named(pv_arena *arena, const char *index, const char *key);
char *dep_within(pv_arena *arena, const char *ns);
char *dep_fact(pv_arena *arena, const char *key);

/* Keys under which the modules' indexes have an object of the type, as dep_indexed makes them. */
void index_keys(pv_ctx *cx, const char *type, const pv_val *object, pv_vec *ret);
/* Can an index have it?  json: its text, so that most objects need no parsing. */
bool index_covers(const char *type, pv_str json);

/* "apps/v1/Deployment" -> "apps/Deployment"; "v1/Pod" -> "/Pod". */
char *type_of_kind(pv_arena *arena, const char *kind);
/* Is a turn of the controller due?  was NULL: there was none before. */
bool controller_wants(const pv_controller *c, const pv_rec *is, const pv_rec *was);
bool kind_is_of(const char *kind, const char *type); /* the same type? Asked of every event by every row */
/* The type of an object by its apiVersion and kind. */
char *type_of_object(pv_arena *arena, const pv_val *object);

/* A turn that asked nothing and said nothing: the object is none of the controller's business. */
bool plan_is_empty(const pv_plan *plan);
/* {controller, at, reason, facts, effects, error, ...} as `pave why` shows it; `changes` is
 * a list made by whoever carried the plan out (or would). */
pv_val plan_show(pv_ctx *cx, const pv_plan *plan, pv_val changes, pv_val facts);
/* {action, object, diff}: how an object changes or differs. */
pv_val change_val(pv_ctx *cx, const char *action, const pv_val *object, const pv_val *from, const pv_val *to);
/* What the controller gave as reasons, as one line; NULL if it gave none. */
const char *plan_reason(pv_ctx *cx, const pv_plan *plan);
pv_val object_ref(pv_arena *arena, const pv_val *object); /* {apiVersion, kind, namespace, name} */
