#include "core/enforcement/set.h"
#include "core/module.h"

extern const pv_module core_enforcement_module;
const pv_module core_enforcement_module = {
	.name = "core/enforcement",
	.summary = "What findings of policies come to: exemptions and rollouts",
	.start = enforcement_start,
};
