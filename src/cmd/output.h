/* output: --output: how objects are printed as data.  One thread.  Private to cmd. */
#pragma once
#include "core/args/args.h"
#include "lang/value/value.h"

enum output_form {
	OUTPUT_TEXT, /* the verb's own: a table, a line */
	OUTPUT_WIDE,
	OUTPUT_NAME,
	OUTPUT_JSON,
	OUTPUT_YAML,
	OUTPUT_JSONPATH,
	OUTPUT_JSONPATH_AS_JSON,
	OUTPUT_COLUMNS,
};

typedef struct output {
	enum output_form form;
	bool no_headers;
	struct pv_jsonpath *path;
	struct tabs *tabs; /* of columns */
	pv_vec columns;
} output;

/* As --output says (`otherwise` if it does not), which may be what its row in the verb's table names. */
PV_MUST_USE int output_parse(pv_ctx *cx, const pv_args *args, const char *otherwise, output *ret);
bool output_is_text(const output *out); /* of a verb's own printing: a table or a name */
/* An object, or a list, as data.  Prints nothing if it is the verb's business. */
PV_MUST_USE int output_print(pv_ctx *cx, output *out, const pv_val *object);
