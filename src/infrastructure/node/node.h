/* node: the simulated node.  It brings Pods to Ready, or to the fault that an
 * annotation asks for, without running anything, and says so wherever it is seen;
 * so that roll-outs and health are real state machines before containers are. */
#pragma once
#include "core/reconcile/reconcile.h"

#define NODE_NAME "pave-simulated"

extern const pv_controller simulated_node_controller, simulated_storage_controller;

typedef struct pv_api pv_api;
int node_start(pv_ctx *cx, pv_api *api); /* makes the Node object if it is not there */
