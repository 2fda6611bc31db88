/* rules: x-kubernetes-validations; private to core/schema.  They are compiled with the schema to
 * be checked, and once more by the first object that is held to them, for most never are. */
#pragma once
#include "core/schema/build.h"
#include "lang/cel/cel.h"

typedef struct pv_rule {
	const char *text, *message; /* message: NULL if none is given */
	const char *expression;     /* of the message, or NULL */
	const char *reason;         /* FieldValueInvalid unless it is given */
	const char *field_path;     /* ".spec.x['a-b']" below the node, or NULL */
	bool transition;            /* looks at oldSelf */
	bool optional_old;
} pv_rule;

typedef struct pv_program {
	const pv_cel *rule, *message; /* the latter may be NULL */
} pv_program;

/* Where a node's programs are once it has some; they go with the arena. */
struct pv_programs *rules_place(pv_arena *arena);
/* Of each of the node's rules, as long as the schema lives.  Any thread.  It compiled before. */
PV_MUST_USE int rules_programs(pv_ctx *cx, const pv_schema *s, const pv_program **ret);

extern const pv_cel_shapes rule_shapes;         /* of pv_schema nodes (shape.c) */
uint64_t shape_most(const pv_schema *s);        /* elements or bytes that a request has room for */
uint64_t shape_cardinality(const pv_schema *s); /* how often the value fits into a request */
