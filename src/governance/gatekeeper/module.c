#include "core/module.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/gator.h"
#include "governance/gatekeeper/set.h"

static const pv_admission *const admission[] = {&gatekeeper_admission, NULL};
static const pv_fact_kind *const facts[] = {&gatekeeper_audit_fact, NULL};

extern const pv_module governance_gatekeeper_module;
const pv_module governance_gatekeeper_module = {
	.name = "governance/gatekeeper",
	.summary = "Gatekeeper's templates, constraints, mutators and tools",
	.admission = admission,
	.controllers = gatekeeper_controllers,
	.facts = facts,
	.verbs = gator_verbs,
	.start = gk_set_open,
};
