/* documents: base data at paths: found, put, patched.  Pure; results share what did not change.  Private. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

/* "a/b%2Fc" or "a/b~1c" (pointer) -> its parts, of const char *.  -PV_EBADREQUEST. */
PV_MUST_USE int opa_path_parts(pv_ctx *cx, const char *path, bool pointer, pv_vec *ret);
const char *opa_path_join(pv_ctx *cx, const pv_vec *parts, size_t n); /* the first n: "a/b", as they are */
const pv_val *opa_document_find(const pv_val *data, const pv_vec *parts);

enum opa_op { OPA_ADD, OPA_REMOVE, OPA_REPLACE, OPA_UPSERT };
/* add: the parent must be there; into a list it inserts, "-" appends.  upsert: objects on the way are made.
 * remove, replace: it must be there.  -PV_ENOTFOUND, -PV_ECONFLICT (what is on the way
 * is no object) in OPA's words.  At the root, an object only. */
PV_MUST_USE int opa_document_write(pv_ctx *cx, const pv_val *data, const pv_vec *parts, enum opa_op op,
				   const pv_val *value, const pv_val **ret);
/* One {op, path, value} after another, below `root` ("a/b").  Each path is shown to `check` first (or NULL). */
typedef int (*opa_path_check)(pv_ctx *cx, const char *path, void *arg);
PV_MUST_USE int opa_document_patch(pv_ctx *cx, const pv_val *data, const char *root, const pv_val *ops,
				   bool delta, opa_path_check check, void *arg, const pv_val **ret);
