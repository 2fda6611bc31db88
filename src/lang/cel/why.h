/* why: which parts of an expression decided that it is not true, and what they read: a second walk over the
 * tree, by who asks.  One thread; results lie in the arena of cx. */
#pragma once
#include "base/vec.h"
#include "lang/cel/cel.h"
#include "lang/value/place.h"

typedef struct pv_cel_read {
	const char *path;    /* "object.spec.replicas" */
	const pv_val *value; /* NULL: it is not there */
} pv_cel_read;

typedef struct pv_cel_part {
	const char *text;
	bool holds;   /* it does, and should not */
	pv_vec reads; /* pv_cel_read */
} pv_cel_part;

typedef struct pv_cel_asked {
	const pv_cel_run *run; /* as it was evaluated with */
	const char *document;  /* the variable that is judged; NULL: none */
	pv_places *places;     /* where values stand that were handed on; may be NULL */
	const pv_cel *const
		*variables; /* the expressions of those that others gave: n of run->vars, from first on */
	size_t first, n;
} pv_cel_asked;

/* Adds pv_cel_part. */
void pv_cel_why(pv_ctx *cx, const pv_cel *program, const pv_cel_asked *asked, pv_vec *ret);
