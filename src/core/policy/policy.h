/* policy: ValidatingAdmissionPolicy, MutatingAdmissionPolicy and their bindings
 * (admissionregistration.k8s.io): rules and changes in CEL that Pave's own admission evaluates, in
 * upstream's words.  Thread-safe. */
#pragma once
#include "core/admission/admission.h"
#include "core/api/api.h"
#include "core/resource/resource.h"

/* What is wrong with a policy or binding that is about to be stored: adds pv_cause. */
void pv_policy_check(pv_ctx *cx, const pv_val *object, pv_vec *causes);
/* ---- what exists already ---- */
typedef struct pv_policy_finding {
	const char *policy, *binding, *message; /* live as long as cx */
	size_t rule;                            /* of .validations */
	const char *action;                     /* the strongest of the binding's: "deny", "warn", "audit" */
} pv_policy_finding;
/* Is any validating policy bound? */
PV_MUST_USE int pv_policy_any(pv_ctx *cx, pv_api *api, bool *ret);
/* The object held against the validating policies in force as if it were made now: adds what a write would
 * be told.  What asks who writes (request.userInfo, authorizer) is left out: nobody does. */
PV_MUST_USE int pv_policy_find(pv_ctx *cx, pv_api *api, const pv_resource *resource, const pv_val *object,
			       pv_vec *ret /* of pv_policy_finding */);

/* The status of a validating policy: its expressions checked against the kinds it speaks of. */
pv_val pv_policy_status(pv_ctx *cx, pv_registry *registry, const pv_val *object, int64_t generation);
