/* needs: what must be there before a Pod's containers can start.  Private; pure. */
#pragma once
#include "core/reconcile/reconcile.h"

/* The first ConfigMap, Secret, or key of one, that a volume or a variable cannot do without. */
typedef struct pod_lack {
	const pv_val *container; /* whose environment lacks it; NULL: a volume does, so none starts */
	bool is_init;            /* of initContainers */
	const char *message;     /* in a kubelet's words */
} pod_lack;

bool pod_lacks(pv_ctx *cx, pv_plan *plan, const pv_val *pod, pod_lack *ret);
/* "Insufficient cpu, 1 Insufficient memory": what the Pod alone asks for beyond what the node has; NULL: nothing. */
const char *pod_exceeds(pv_ctx *cx, const pv_val *pod, const pv_val *node);
/* A claim that a volume names and that is not there; NULL: none. */
const char *pod_claim_missing(pv_ctx *cx, pv_plan *plan, const pv_val *pod);
