/* policy: ValidatingAdmissionPolicy and its bindings (admissionregistration.k8s.io/v1): rules in
 * CEL that Pave's own admission evaluates, in upstream's words.  Thread-safe. */
#pragma once
#include "core/admission/admission.h"

/* What is wrong with a policy or binding that is about to be stored: adds pv_cause. */
void pv_policy_check(pv_ctx *cx, const pv_val *object, pv_vec *causes);
