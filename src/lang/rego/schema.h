/* rego/schema: JSON Schema as json.match_schema and json.verify_schema see it: drafts 4,
 * 6 and 7 and what they share (a schema without $schema), in the order and the words of
 * OPA's gojsonschema.  References stay within the document.
 * Private to this folder. */
#pragma once
#include "lang/rego/builtin.h"

#define SCHEMA_DEPTH 200

typedef struct schema {
	rg_vm *vm;
	pv_arena *arena;
	const pv_val *root;
	int draft; /* 4, 6, 7; 99: what no $schema says */
	int depth;
	uint64_t left;     /* schemas that may still be looked at */
	const char *fault; /* schema_load: what is wrong with the schema */
	int r;             /* negative: over the limits of the evaluation, and the error is set */
} schema;

/* A text is parsed first.  ret->fault is NULL if the schema is one. */
void schema_load(rg_vm *vm, const pv_val *text_or_object, schema *ret);
/* A JSON document of an operand: text is parsed.  NULL with *ret_fault set. */
const pv_val *schema_document(rg_vm *vm, const pv_val *v, const char **ret_fault);
const pv_val *schema_target(schema *s, const char *ref); /* what "$ref" names, or NULL */
bool schema_spend(schema *s);
bool schema_has_format(schema *s, const char *format, const pv_val *value); /* unknown ones: true */
/* What of the value is not as the schema says: {desc, error, field, type} each. */
pv_val schema_match(schema *s, const pv_val *value);
