/* jq: which places of a document a jq expression means, by libjq (wrapped here only).  libjq knows no limit of
 * steps or memory and can read files (import, input), so a stranger's expression is for a sandboxed child
 * with a deadline.  No state between calls; any thread. */
#pragma once
#include "base/ctx.h"
#include "base/vec.h"
#include "lang/value/value.h"

typedef struct pv_jq pv_jq;

/* Compiles `path(expression)`, all of what del(expression) would delete.  -PV_EINVALID says what jq says. */
PV_MUST_USE int pv_jq_open(pv_ctx *cx, const char *expression, pv_jq **ret);
pv_jq *pv_jq_close(pv_jq *jq);
/* JSON pointers (const char *, in the arena of cx) in the order of the document; none where the expression
 * fails on this document. */
PV_MUST_USE int pv_jq_places(pv_ctx *cx, pv_jq *jq, const pv_val *document, pv_vec *ret);
