/* rules: x-kubernetes-validations, compiled with the schema and immutable like it;
 * private to core/schema.  Programs lie in the schema's arena. */
#pragma once
#include "core/schema/build.h"
#include "lang/cel/cel.h"

typedef struct pv_rule {
	const pv_cel *program, *message_program; /* the latter may be NULL */
	const char *text, *message;              /* message: NULL if none is given */
	const char *reason;                      /* FieldValueInvalid unless it is given */
	const char *field_path;                  /* ".spec.x['a-b']" below the node, or NULL */
	bool transition;                         /* looks at oldSelf */
	bool optional_old;
} pv_rule;

extern const pv_cel_shapes rule_shapes;         /* of pv_schema nodes (shape.c) */
uint64_t shape_most(const pv_schema *s);        /* elements or bytes that a request has room for */
uint64_t shape_cardinality(const pv_schema *s); /* how often the value fits into a request */
