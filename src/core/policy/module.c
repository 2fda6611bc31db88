#include "core/policy/vap.h"

static const pv_admission *const admission[] = {&vap_admission, NULL};

extern const pv_module core_policy_module;
const pv_module core_policy_module = {
	.name = "core/policy",
	.summary = "ValidatingAdmissionPolicy: rules in CEL at admission",
	.admission = admission,
	.start = vap_start,
};
