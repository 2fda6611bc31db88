/* governance/rego: Rego policies in ConfigMaps labelled openpolicyagent.org/policy=rego
 * (kube-mgmt's convention): at admission, and over what exists already.  The mode of a
 * policy is its annotation pave.dev/enforcement: deny (default), warn or audit.
 * Const rows; admission calls from the threads of the API. */
#pragma once
#include "core/module.h"

extern const pv_admission rego_admission;
extern const pv_controller rego_policy_controller;
extern const pv_index_row rego_indexes[];
extern const pv_view rego_reports, rego_cluster_reports;

/* For who serves the same policies otherwise (governance/opa): is the ConfigMap one, and its modules, named
 * NAMESPACE/NAME/KEY, v1 as its annotation says: of pv_rego_module. */
bool rego_is_policy(const pv_val *config_map);
PV_MUST_USE int rego_modules(pv_ctx *cx, const pv_val *config_map, pv_vec *ret);
