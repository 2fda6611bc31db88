#include "LAYER/MODULE/MODULE.h"

static const pv_controller *const controllers[] = {&MODULE_controller, 0};

const pv_module LAYER_MODULE_module = {
	.name = "LAYER/MODULE",
	.summary = "KIND: say here in one line what it is for",
	.controllers = controllers,
};
