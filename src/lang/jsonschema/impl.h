/* impl: what the files of lang/jsonschema share.
 * Private to this folder. */
#pragma once
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/jsonschema/jsonschema.h"

typedef struct fault fault;
struct fault {
	const char *at;   /* JSON pointer */
	const char *what; /* NULL: only what its causes say (a group) */
	bool reference;   /* shown only if it has several causes */
	pv_vec causes;    /* of fault * */
};

typedef struct validator {
	pv_ctx *cx;
	const pv_val *root;
	int draft; /* 4, 6, 7, 2019, 2020 */
	int depth;
	uint64_t steps;
	int failed; /* an error that is none of the value's */
} validator;

/* NULL: the value is as the schema says. */
fault *schema_check(validator *v, const pv_val *schema, const pv_val *value, const char *at);
fault *fault_new(validator *v, const char *at, const char *fmt, ...) PV_PRINTF(3, 4);
void fault_add(pv_vec *faults, fault *f); /* NULL is none */
/* None, the one, or a group. */
fault *fault_of(validator *v, const char *at, const pv_vec *faults);
const char *fault_quote(validator *v, pv_str s);                     /* 'text' */
const char *fault_number(validator *v, double d);                    /* 1,000.5 */
const char *schema_below(validator *v, const char *at, pv_str name); /* at/name, escaped */
bool schema_matches(validator *v, const pv_val *pattern, pv_str text);
/* 0, or v->failed: the schema itself is none. */
int schema_sound(validator *v);
/* What `format` says of a text. */
void schema_format(validator *v, const char *format, const pv_val *value, const char *at, pv_vec *faults);
void schema_object(validator *v, const pv_val *schema, const pv_val *value, const char *at, pv_vec *faults);
void schema_array(validator *v, const pv_val *schema, const pv_val *value, const char *at, pv_vec *faults);
