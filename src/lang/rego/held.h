/* held: what rule bodies that held stand on, for who asks why (pv_rego_eval.explains).  Values live as long as
 * the result of the evaluation; one thread. */
#pragma once
#include "lang/rego/rego.h"

typedef struct pv_rego_read { /* of the input */
	const char *path;     /* "review.object.spec.containers[0].image" */
	const pv_val *value;  /* NULL: it is not there */
} pv_rego_read;
typedef struct pv_rego_held { /* a rule body that held */
	const char *rule, *file;
	int line;
	const pv_val *value; /* what it gave; NULL: a member of an object */
	pv_vec statements;   /* pv_rego_expr */
	pv_vec reads;        /* pv_rego_read: the last things that it looked at */
} pv_rego_held;
