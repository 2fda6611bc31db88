/* look: what a turn would see, now and for whoever asks: a route.  Any thread; blocks. */
#pragma once
#include "core/reconcile/reconcile.h"

/* look(cx, plan, arg) is called, as Pave itself, until it says 1 (0: a fact is not known yet), and nothing of the plan is
 * carried out or remembered. */
typedef struct pv_look {
	const pv_controller *controller; /* whose turn it would be */
	const pv_val *object;
	int (*look)(pv_ctx *cx, pv_plan *plan, void *arg);
	void *arg;
	int64_t timeout_ns;
} pv_look;
/* -PV_E.. of look; -PV_ETIMEOUT; -PV_EUNAVAILABLE: no controllers run in this process. */
PV_MUST_USE int pv_runtime_look(pv_ctx *cx, pv_api *api, const pv_look *ask);
