#include "delivery/promotion/inside.h"

static const pv_controller *const controllers[] = {&promotion_controller, NULL};
static const pv_admission *const admission[] = {&promotion_admission, NULL};
static const pv_fact_kind *const facts[] = {&promotion_commit, NULL};

extern const pv_module delivery_promotion_module;
const pv_module delivery_promotion_module = {
	.name = "delivery/promotion",
	.summary = "What runs in one environment comes to the next: gates, approvals, commits, rollback",
	.controllers = controllers,
	.admission = admission,
	.facts = facts,
	.verbs = promotion_verbs,
};
