/* admission: the chain every write passes inside the API process: mutate,
 * then (after the schema) validate.  Hooks are rows of modules.  They run on the
 * request's thread, may read the store, and must not write. */
#pragma once
#include "core/auth/auth.h"
#include "core/resource/resource.h"

enum pv_operation { PV_OP_CREATE, PV_OP_UPDATE, PV_OP_DELETE, PV_OP_CONNECT };

typedef struct pv_admit { /* one write on its way in */
	enum pv_operation operation;
	const pv_resource *resource;
	const char *subresource; /* "" or "status", "scale" */
	const char *ns, *name;
	const pv_val *object, *old; /* NULL when there is none (delete, create) */
	bool dry_run;
	const pv_identity *identity;
	const char *uid;  /* of the request */
	pv_vec *warnings; /* const char *: sent as Warning headers */
	void *serving;    /* pv_api */
} pv_admit;

/* Each refusal is a cause; all hooks are asked, so a user sees every violation at once. */
typedef struct pv_denial {
	const char *policy; /* "[policy] " goes in front of the message; NULL: nothing does */
	const char *message, *field;
	const char *reason; /* "Invalid", "Forbidden", ... of the answer, if all denials have one; NULL */
} pv_denial;

typedef struct pv_admission {
	const char *name;
	/* Set up from outside: asked when no other refuses, and its error is the answer as it stands. */
	bool last;
	/* Changes admit->object; may be NULL. */
	int (*mutate)(pv_ctx *cx, pv_admit *admit);
	/* Adds pv_denial elements; an error means the check itself failed (the write is refused). */
	int (*validate)(pv_ctx *cx, const pv_admit *admit, pv_vec *denials);
} pv_admission;

/* Every module's hooks, in the order of pv_modules (chain.c).  A refusal is one
 * -PV_EFORBIDDEN: each violation is a line of its message and a cause. */
PV_MUST_USE int pv_admission_mutate(pv_ctx *cx, pv_admit *admit);
PV_MUST_USE int pv_admission_validate(pv_ctx *cx, const pv_admit *admit);
