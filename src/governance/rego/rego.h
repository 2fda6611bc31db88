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
