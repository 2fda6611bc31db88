/* jsonpath: kubectl's JSONPath templates ("{.items[*].metadata.name}", range/end,
 * filters, unions, recursive descent; k8s.io/client-go/util/jsonpath).  Pure. */
#pragma once
#include "base/buf.h"
#include "lang/value/value.h"

typedef struct pv_jsonpath pv_jsonpath;
/* Compiles a template; relaxed forms ("a.b", "{a.b}") as kubectl accepts them. */
PV_MUST_USE int pv_jsonpath_parse(pv_ctx *cx, const char *text, pv_jsonpath **ret);
/* Prints the template over v.  allow_missing: absent keys print nothing. */
PV_MUST_USE int pv_jsonpath_print(pv_ctx *cx, const pv_jsonpath *path, const pv_val *v, bool allow_missing,
				  pv_buf *out);
/* Values of the first expression: elements are const pv_val *. */
PV_MUST_USE int pv_jsonpath_find(pv_ctx *cx, const pv_jsonpath *path, const pv_val *v, bool allow_missing,
				 pv_vec *ret_vals);
