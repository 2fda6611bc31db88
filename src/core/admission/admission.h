/* admission: the chain every write passes inside the API process: mutate,
 * then (after the schema) validate.  Hooks are rows of modules.  They run on the
 * request's thread, may read the store, and must not write before the write itself is done. */
#pragma once
#include "core/auth/auth.h"
#include "core/resource/resource.h"

enum pv_operation { PV_OP_CREATE, PV_OP_UPDATE, PV_OP_DELETE, PV_OP_CONNECT };

typedef struct pv_admit { /* one write on its way in */
	enum pv_operation operation;
	const pv_resource *resource;
	const char *subresource; /* "" or "status", "scale" */
	const char *ns, *name;
	const pv_resource *of; /* what the object is, if it is none of the resource: an Eviction; else NULL */
	const pv_val *object, *old; /* NULL when there is none (delete, create) */
	bool dry_run;
	const pv_val
		*options; /* CreateOptions and its kin, as the client gave them; NULL: CONNECT has none */
	const pv_val *ns_to_come; /* the Namespace, where none is stored: pv_call's, or the tools' */
	const pv_identity *identity;
	const char *uid;  /* of the request */
	pv_vec *warnings; /* const char *: sent as Warning headers */
	pv_vec *notes;    /* const char *, keys and values in turn: for the audit log; or NULL */
	pv_vec *reasons;  /* const pv_val *, of a refusal: what is told of each; or NULL */
	void *serving;    /* pv_api */
	/* Mutating a second time, as some that want to see later changes were asked before them. */
	bool again;
	pv_vec *asked; /* of pv_asked: they, in the first round */
} pv_admit;

/* Who wants to be asked again (reinvocationPolicy IfNeeded) when others change the object. */
typedef struct pv_asked {
	const char *who;
	const pv_val *left; /* the object as they left it */
} pv_asked;

/* Each refusal is a cause; all hooks are asked, so a user sees every violation at once. */
typedef struct pv_denial {
	const char *policy; /* "[policy] " goes in front of the message; NULL: nothing does */
	const char *message, *field;
	const char *reason; /* "Invalid", "Forbidden", ... of the answer, if all denials have one; NULL */
	const pv_val *why;  /* what it stands on (core/enforcement/why.h); NULL: on no policy of people's */
} pv_denial;

typedef struct pv_admission {
	const char *name;
	/* Set up from outside: asked when no other refuses, and its error is the answer as it stands. */
	bool last;
	/* Policies of people's, which judge the writes of other clusters, too (AdmissionReview). */
	bool abroad;
	bool plain; /* its error is the answer as it stands, wherever it is asked */
	/* Changes admit->object; may be NULL. */
	int (*mutate)(pv_ctx *cx, pv_admit *admit);
	/* Adds pv_denial elements; an error means the check itself failed (the write is refused). */
	int (*validate)(pv_ctx *cx, const pv_admit *admit, pv_vec *denials);
	/* It is in the store; object NULL: it is gone.  May write to the store, may not fail; may be NULL. */
	void (*stored)(pv_ctx *cx, const pv_admit *admit);
} pv_admission;

/* Every module's hooks, in the order of pv_modules (chain.c).  A refusal is one
 * -PV_EFORBIDDEN: each violation is a line of its message and a cause. */
PV_MUST_USE int pv_admission_mutate(pv_ctx *cx, pv_admit *admit);
PV_MUST_USE int pv_admission_validate(pv_ctx *cx, const pv_admit *admit);

/* Tells every hook that the write is done. */
void pv_admission_stored(pv_ctx *cx, const pv_admit *admit);
/* For the audit log; what was said under the key before (a write tried again) is forgotten. */
void pv_admission_note(const pv_admit *admit, const char *key, const char *text);
/* The refusal of all that deny; plain: without saying in front which object is forbidden. */
PV_MUST_USE int pv_admission_deny(pv_ctx *cx, const pv_admit *admit, const pv_vec *denials, bool plain);
/* For hooks whose parts say when they are asked again: is it this one's turn in this round? */
bool pv_admission_turn(const pv_admit *admit, const char *who);
/* It was asked, and wants to be again when others change what it left. */
void pv_admission_asked(pv_admit *admit, const char *who);
