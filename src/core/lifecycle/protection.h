/* protection: the controllers that let go of claims, volumes and classes which nobody uses, and the index of the
 * Pods that use a claim.  Const; called by the runtime's threads. */
#pragma once
#include "core/reconcile/reconcile.h"

#define PV_PODS_BY_CLAIM "pods-by-claim" /* "NAMESPACE/CLAIM" */
extern const pv_controller claim_protection_controller, volume_protection_controller,
	attributes_protection_controller;
void protection_keys(pv_ctx *cx, const pv_val *pod, pv_vec *ret);
