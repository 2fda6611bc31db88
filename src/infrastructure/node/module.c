#include "core/module.h"
#include "infrastructure/node/act.h"
#include "infrastructure/node/node.h"

static const pv_controller *const controllers[] = {&simulated_node_controller, &simulated_storage_controller,
						   &simulated_lease_controller, &node_taint_controller, NULL};

static const pv_admission *const admission[] = {&doubt_admission, NULL};

extern const pv_module infrastructure_node_module;
const pv_module infrastructure_node_module = {
	.name = "infrastructure/node",
	.summary = "the simulated node: brings Pods to Ready without running anything",
	.controllers = controllers,
	.admission = admission,
	.start = node_start,
};
