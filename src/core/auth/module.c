#include "core/auth/union.h"
#include "core/module.h"

static const pv_controller *const controllers[] = {&union_controller, NULL};

extern const pv_module core_auth_module;
const pv_module core_auth_module = {
	.name = "core/auth",
	.summary = "ClusterRoles that are the union of others",
	.controllers = controllers,
};
