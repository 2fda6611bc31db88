/* tell: the Events of a Pod on the simulated node, from those whom tools look for: scheduler and kubelet.
 * Private to the module; a turn belongs to one thread. */
#pragma once
#include "core/reconcile/reconcile.h"
#include "infrastructure/node/needs.h"

void tell_scheduled(pv_ctx *cx, pv_plan *plan, const pv_val *pod);
void tell_unschedulable(pv_ctx *cx, pv_plan *plan, const char *why);
void tell_doubts(pv_ctx *cx, pv_plan *plan, const pv_val *pod); /* of its annotations */
void tell_lack(pv_ctx *cx, pv_plan *plan, const pod_lack *lack);
void tell_started(pv_ctx *cx, pv_plan *plan, const pv_val *pod); /* each of its containers */
void tell_back_off(pv_ctx *cx, pv_plan *plan, const char *reason, int code);
void tell_ending(pv_ctx *cx, pv_plan *plan, const pv_val *pod);
