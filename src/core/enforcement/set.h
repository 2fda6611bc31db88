/* set: the exemptions and rollouts that are there.  Private. */
#pragma once
#include "core/admission/setup.h"
#include "core/enforcement/enforcement.h"

struct pv_api;
PV_MUST_USE int enforcement_start(pv_ctx *cx, struct pv_api *api);
/* Never older than the last acknowledged change; held by cx. */
PV_MUST_USE int enforcement_now(pv_ctx *cx, struct pv_api *api, const pv_enforcement **ret);
