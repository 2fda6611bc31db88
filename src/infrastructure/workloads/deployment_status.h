/* deployment_status: .status of a Deployment, conditions and deadline included.  Private. */
#pragma once
#include "infrastructure/workloads/rollout.h"

pv_val deployment_status(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r,
			 bool *ret_complete);
