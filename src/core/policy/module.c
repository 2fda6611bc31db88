#include "core/policy/set.h"

static const pv_admission *const admission[] = {&policy_mutating, &policy_validating, NULL};

extern const pv_module core_policy_module;
const pv_module core_policy_module = {
	.name = "core/policy",
	.summary = "Policies in CEL: rules and changes at admission",
	.admission = admission,
	.start = policy_start,
};
