/* dropped: what an apply takes away that took over from a client-side applier, which a dry run does not show: the
 * two are separate requests.  Pure.  Private to this folder. */
#pragma once
#include "core/api/api.h"

/* `ahead` without what the last configuration that was applied to `live` has, and `want` has not; itself, if nothing
 * would be taken over.  Items of lists are told apart by their names. */
const pv_val *dropped_without(pv_ctx *cx, const pv_call *call, const pv_val *want, const pv_val *live,
			      const pv_val *ahead);
