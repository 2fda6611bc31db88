#include "core/flow/dangling.h"
#include "core/module.h"

static const pv_controller *const controllers[] = {&dangling_controller, NULL};

extern const pv_module core_flow_module;
const pv_module core_flow_module = {
	.name = "core/flow",
	.summary = "FlowSchemas say whether their level is there",
	.controllers = controllers,
};
