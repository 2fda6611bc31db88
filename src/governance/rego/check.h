/* check: is a ConfigMap a policy that works, before it is one?  Private. */
#pragma once
#include "governance/rego/policy.h"

/* Judges a policy among the others (elements: const pv_val * ConfigMaps).  It fails with
 * what keeps it from loading: file, line and what was expected.  *ret_doubt is why it loads
 * and yet decides nothing (no rule that is asked, and no other policy uses it), else NULL. */
PV_MUST_USE int check_policy(pv_ctx *cx, const pv_val *config_map, const pv_vec *others,
			     const rego_bundles *bundles, const char **ret_doubt);
