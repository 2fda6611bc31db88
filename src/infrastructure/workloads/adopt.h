/* adopt: whose an object is, by its labels: a workload keeps what its selector matches, takes
 * what matches and nobody owns, and lets go of what does not match any more.  Private. */
#pragma once
#include "core/reconcile/reconcile.h"

struct adoption {
	const char *kind;  /* "v1/Pod" */
	const char *index; /* of adopt_orphan_keys: where objects without an owner are found */
	const pv_val *selector;
	/* More than labels is asked of what is taken; NULL: it is not. */
	bool (*fits)(pv_ctx *cx, const pv_val *owner, const pv_val *object);
};

/* Elements: const pv_val *.  An owner that is being deleted takes nothing and lets nothing go. */
void adopt(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const struct adoption *how, pv_vec *ret);
void adopt_orphan_keys(pv_ctx *cx, const pv_val *object, pv_vec *ret); /* keys of such an index */
