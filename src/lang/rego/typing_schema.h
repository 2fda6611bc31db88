/* rego/typing_schema: JSON Schemas that METADATA gives to documents: what a rule's `input` and `data` can be.
 * Of this folder: the type checker's and the reader's of METADATA. */
#pragma once
#include "lang/rego/compile.h"
#include "lang/rego/types.h"

typedef struct rg_over rg_over;
typedef struct rg_docs {      /* as one rule sees them */
	const rg_type *input; /* NULL: any */
	rg_over *data;        /* NULL: as rules say */
} rg_docs;

typedef struct rg_schemas {
	rg_program *program;
	pv_map *packages; /* pv_vec of const rg_note *: theirs that have schemas, by the package's node */
	pv_map *read;     /* what stands at an address: a schema, or a path with one */
	const rg_group *group;
	pv_vec documents; /* of the group: rules, and what is said with schemas of their documents */
} rg_schemas;

/* Is the text a reference, or one of the names that may stand alone? */
bool rg_is_reference(pv_ctx *cx, const char *text, const char *alone, const char * or);
/* NULL: `schemas:` of an annotation, a list of objects, is in order; else what is wrong, as OPA says it. */
const char *rg_schemas_fault(pv_ctx *cx, const pv_val *schemas);
/* NULL: it is a JSON Schema; else what is wrong. */
const char *rg_schema_fault(pv_ctx *cx, const pv_val *schema);

void rg_schemas_init(rg_schemas *s, rg_program *p);
/* Of a rule or, behind `else`, a branch: `of` is the rule that it belongs to.  Errors are the unit's. */
void rg_schemas_rule(rg_schemas *s, rg_unit *u, const rg_rule *of, const rg_rule *rule, rg_docs *ret);
/* What METADATA says of a document below `data` that the reference goes through: *path, of *n, is then what
 * leads on from there.  NULL: nothing. */
const rg_type *rg_schemas_at(pv_arena *arena, const rg_docs *docs, const rg_goal *ref, rg_pat *const **path,
			     uint32_t *n);
