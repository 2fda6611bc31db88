/* node: the simulated node.  It brings Pods to Ready, or to the fault that an
 * annotation asks for, without running anything, and says so wherever it is seen;
 * so that roll-outs and health are real state machines before containers are.
 * Controllers are pure; what they make lives in the turn's arena. */
#pragma once
#include "core/reconcile/reconcile.h"

#define NODE_NAME "pave-simulated"
#define NODE_ADDRESS "10.244.0.1" /* nothing listens there */

extern const pv_controller simulated_node_controller, simulated_storage_controller,
	simulated_lease_controller, node_taint_controller;

/* May a Pod of this spec be on the node, by nodeName, nodeSelector, required node affinity and
 * the node's taints?  NODE_STAYS: it may stay, but would not come.  *ret_why: what is in the
 * way, as the scheduler says it; NULL with NODE_TAKES. */
enum node_fit { NODE_REFUSES, NODE_STAYS, NODE_TAKES };
enum node_fit node_fit(const pv_val *node, const pv_val *pod_spec, const char **ret_why);

extern const struct pv_node simulated_node; /* log.c */

/* The conditions, each with lastHeartbeatTime. */
pv_val node_heartbeat(pv_ctx *cx, const pv_val *conditions, int64_t now);
typedef struct pv_api pv_api;
int node_start(pv_ctx *cx, pv_api *api); /* makes the Node object if it is not there */
