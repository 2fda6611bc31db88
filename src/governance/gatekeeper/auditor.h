/* auditor: what violates the constraints, of everything that exists.  It is found out once, and kept up
 * by a watch over the store: only what changed is judged again.  Thread-safe.  Private. */
#pragma once
#include "core/api/api.h"

PV_MUST_USE int gk_auditor_open(pv_ctx *cx, pv_api *api);
/* Brings it up to date.  *ret: {KIND: {CONSTRAINT: {total, violations}}} of those that are violated, as
 * a status has them; held by cx.  NULL: another thread is at it. */
PV_MUST_USE int gk_auditor_now(pv_ctx *cx, pv_api *api, const pv_val **ret);
