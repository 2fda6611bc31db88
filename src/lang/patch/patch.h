/* patch: JSON Patch (RFC 6902), JSON merge patch (RFC 7386), and Kubernetes'
 * strategic merge patch over a description of lists.  Pure; results share
 * unchanged parts with `doc`. */
#pragma once
#include "lang/value/value.h"

#define PV_PATCH_OPS 10000
#define PV_PATCH_COPY (3u << 20) /* bytes that `copy` may add in all */
#define PV_PATCH_DEPTH 1000      /* levels of the result, and of a path */

/* -PV_EINVALID names the operation's index and path; -PV_ETOOLARGE: a limit above. */
PV_MUST_USE int pv_patch_json(pv_ctx *cx, const pv_val *doc, const pv_val *ops, const pv_val **ret);
/* As that, but a test that does not hold is no error: *ret_held is false, and nothing is patched. */
PV_MUST_USE int pv_patch_json_if(pv_ctx *cx, const pv_val *doc, const pv_val *ops, const pv_val **ret,
				 bool *ret_held);
PV_MUST_USE int pv_patch_merge(pv_ctx *cx, const pv_val *doc, const pv_val *patch, const pv_val **ret);

/* What strategic merge asks about a field of a type: filled by core/schema. */
typedef struct pv_smp_field {
	const void *type;      /* of the field's value (lists: of the items), NULL = free form */
	bool merge;            /* patchStrategy contains merge */
	bool replace;          /* ... is replace: objects are not merged */
	bool retain_keys;      /* ... contains retainKeys */
	bool known;            /* the type has such a field */
	const char *merge_key; /* NULL: list of primitives, or not merged */
} pv_smp_field;
typedef pv_smp_field (*pv_smp_lookup)(const void *type, const char *field);
/* Members are taken in the order in which the patch has them.  -PV_EINVALID: what it says cannot be done;
 * -PV_EBADREQUEST: what $retainKeys lists is not what it sets, or the result is too deep; and what pv_ctx_check says. */
PV_MUST_USE int pv_patch_strategic(pv_ctx *cx, const pv_val *doc, const pv_val *patch, const void *type,
				   pv_smp_lookup lookup, const pv_val **ret);

/* Reads by an RFC 6901 pointer; NULL if there is nothing, or it is malformed. */
const pv_val *pv_pointer_get(const pv_val *doc, const char *pointer);
/* The next token of such a pointer, unescaped; false at the end or if *rest is malformed. */
bool pv_pointer_next(pv_arena *arena, const char **rest, pv_str *ret);
/* A token as a list index: digits without a leading zero. */
bool pv_pointer_index(pv_str token, size_t *ret);
/* Adds a name as a token of such a pointer has it, without the slash in front. */
void pv_pointer_escape(pv_buf *to, pv_str name);
