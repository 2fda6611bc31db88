#include "core/module.h"
#include "governance/rego/rego.h"
#include "governance/rego/set.h"

static const pv_admission *const admission[] = {&rego_admission, NULL};
static const pv_controller *const controllers[] = {&rego_policy_controller, NULL};

static const pv_fact_kind *const facts[] = {&rego_bundles_fact, NULL};

extern const pv_module governance_rego_module;
const pv_module governance_rego_module = {
	.name = "governance/rego",
	.summary = "Rego policies at admission and over what exists",
	.admission = admission,
	.controllers = controllers,
	.indexes = rego_indexes,
	.facts = facts,
	.start = set_start,
};
