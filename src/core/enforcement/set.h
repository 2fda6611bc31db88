/* set: the exemptions and rollouts that are there.  Private. */
#pragma once
#include "core/admission/setup.h"

typedef struct enforcement_set { /* immutable; elements: const pv_val * */
	const pv_val **exemptions, **rollouts;
	size_t n_exemptions, n_rollouts;
} enforcement_set;

struct pv_api;
PV_MUST_USE int enforcement_start(pv_ctx *cx, struct pv_api *api);
/* Never older than the last acknowledged change; held by cx. */
PV_MUST_USE int enforcement_now(pv_ctx *cx, struct pv_api *api, const enforcement_set **ret);
