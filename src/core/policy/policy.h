/* policy: ValidatingAdmissionPolicy, MutatingAdmissionPolicy and their bindings
 * (admissionregistration.k8s.io): rules and changes in CEL that Pave's own admission evaluates, in
 * upstream's words.  Thread-safe. */
#pragma once
#include "core/admission/admission.h"
#include "core/resource/resource.h"

/* What is wrong with a policy or binding that is about to be stored: adds pv_cause. */
void pv_policy_check(pv_ctx *cx, const pv_val *object, pv_vec *causes);
/* The status of a validating policy: its expressions checked against the kinds it speaks of. */
pv_val pv_policy_status(pv_ctx *cx, pv_registry *registry, const pv_val *object, int64_t generation);
