/* carry: carries a plan out through the API, as its controller, and says what
 * changed.  Private to this folder. */
#pragma once
#include "core/api/api.h"
#include "core/reconcile/turn.h"

/* Every wish is tried; the first failure becomes the plan's error.  *ret_changes: a list of
 * {action, object, diff} of what really changed.  A turn that has used up its room grants no more: it comes again at
 * once, and says nothing of its status until it has done all. */
void carry_out(pv_ctx *cx, pv_api *api, pv_plan *plan, pv_val *ret_changes);
