#include "governance/rollout/rollout.h"

static const pv_admission *const admission[] = {&rollout_admission, NULL};
static const pv_controller *const controllers[] = {&rollout_controller, &exemption_controller, NULL};
static const pv_fact_kind *const facts[] = {&rollout_fact, NULL};

extern const pv_module governance_rollout_module;
const pv_module governance_rollout_module = {
	.name = "governance/rollout",
	.summary = "Policies come into force step by step, and exemptions from them end",
	.admission = admission,
	.controllers = controllers,
	.facts = facts,
	.verbs = rollout_verbs,
};
