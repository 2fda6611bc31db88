#include "core/module.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/gator.h"

extern const pv_module governance_gatekeeper_module;
const pv_module governance_gatekeeper_module = {
	.name = "governance/gatekeeper",
	.summary = "Gatekeeper's templates, constraints, mutators and tools",
	.verbs = gator_verbs,
};
