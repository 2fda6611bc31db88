/* diff: the structural difference of two values, by path.  Pure. */
#pragma once
#include "lang/value/value.h"

typedef struct pv_change {
	const char *path;        /* spec.containers[name=web].image or ...[2] */
	const pv_val *from, *to; /* NULL: was / becomes absent */
} pv_change;

/* Elements of ret are pv_change, in path order.  Lists of objects that all carry a
 * unique string "name", or else "type" (conditions), are matched by it. */
void pv_diff(pv_ctx *cx, const pv_val *from, const pv_val *to, pv_vec *ret);
/* A JSON merge patch that turns from into to. */
pv_val pv_diff_merge(pv_arena *arena, const pv_val *from, const pv_val *to);
/* A JSON Patch (RFC 6902) that does: a list of operations, empty if both are the same. */
pv_val pv_diff_patch(pv_arena *arena, const pv_val *from, const pv_val *to);
/* [{"path","from","to"}]: what `pave why` and the portal show. */
pv_val pv_diff_val(pv_arena *arena, const pv_vec *changes);
