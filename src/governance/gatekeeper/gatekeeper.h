/* governance/gatekeeper: Gatekeeper's templates and constraints at admission, over what exists and in
 * tools; its mutators and expansion.  Const rows; admission calls from the threads of the API. */
#pragma once
#include "core/module.h"

extern const pv_admission gatekeeper_admission;
extern const pv_controller *const gatekeeper_controllers[]; /* ends with NULL */

/* ---- what exists already ---- */
typedef struct gatekeeper_audit gatekeeper_audit; /* the constraints in force; lives as long as its cx */
typedef struct gatekeeper_finding {
	const char *kind, *constraint, *message;
	const char *action; /* the strongest: "deny", "warn", "dryrun" */
	bool failed;        /* the rule could not be asked */
} gatekeeper_finding;
/* *ret NULL: there are no constraints. */
PV_MUST_USE int gatekeeper_audit_begin(pv_ctx *cx, pv_api *api, gatekeeper_audit **ret);
/* Adds what they have against the object (gatekeeper_finding; arena of cx). */
PV_MUST_USE int gatekeeper_audit_object(pv_ctx *cx, const gatekeeper_audit *audit, const pv_resource *res,
					const pv_val *object, pv_vec *ret);
