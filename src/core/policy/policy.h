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
	bool failed;                            /* it could not be evaluated */
	const char *action;                     /* the strongest of the binding's: "deny", "warn", "audit" */
	const pv_val *basis;                    /* what it stands on (core/enforcement/why.h), if asked for */
} pv_policy_finding;
/* Is any validating policy bound? */
PV_MUST_USE int pv_policy_any(pv_ctx *cx, pv_api *api, bool *ret);
/* The object held against the validating policies in force as if it were made now: adds what a write would
 * be told, and why.  What asks who writes (request.userInfo, authorizer) is left out: nobody does. */
PV_MUST_USE int pv_policy_find(pv_ctx *cx, pv_api *api, const pv_resource *resource, const pv_val *object,
			       bool explains, pv_vec *ret /* of pv_policy_finding */);

/* The status of a validating policy: its expressions checked against the kinds it speaks of. */
pv_val pv_policy_status(pv_ctx *cx, pv_registry *registry, const pv_val *object, int64_t generation);

/* ---- rules in CEL that another kind holds (a template of Gatekeeper's) ---- */
typedef struct pv_rules pv_rules; /* immutable, in its arena */
/* variables, matchConditions, validations and failurePolicy of spec, as a ValidatingAdmissionPolicy
 * has them; `given` ([{name, expression}]) are variables in front of the author's.  Expressions know
 * object, oldObject, request, namespaceObject and params.  Adds a pv_cause for each fault, its field
 * under "spec."; of use only if there is none. */
const pv_rules *pv_rules_read(pv_ctx *cx, pv_arena *arena, const pv_val *spec, const pv_val *given,
			      pv_vec *causes);
typedef struct pv_rules_input {
	const pv_val *object, *old, *request, *space, *params; /* NULL: null */
	bool explains;
} pv_rules_input;
typedef struct pv_rules_fault {
	const char *message;
	bool failed;         /* it could not be evaluated */
	const pv_val *basis; /* what it stands on, if it was to be explained (core/enforcement/why.h) */
} pv_rules_fault;
/* Adds what each rule that does not hold says (pv_rules_fault; arena of cx). */
void pv_rules_judge(pv_ctx *cx, const pv_rules *rules, const pv_rules_input *in, pv_vec *ret);
