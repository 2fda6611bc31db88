/* governance/gatekeeper: Gatekeeper's templates and constraints at admission, over what exists and in
 * tools; its mutators and expansion.  Const rows; admission calls from the threads of the API. */
#pragma once
#include "core/module.h"

extern const pv_admission gatekeeper_admission;
extern const pv_controller *const gatekeeper_controllers[]; /* ends with NULL */
extern const pv_controller gatekeeper_audit_controller;
extern const pv_fact_kind gatekeeper_audit_fact;

/* ---- what exists already ---- */
typedef struct gatekeeper_audit gatekeeper_audit; /* the constraints in force; lives as long as its cx */
typedef struct gatekeeper_finding {
	const char *kind, *constraint, *message;
	const char *action;  /* the strongest: "deny", "warn", "dryrun" */
	bool failed;         /* the rule could not be asked */
	const pv_val *basis; /* what it stands on (core/enforcement/why.h); NULL: that was not asked */
} gatekeeper_finding;
/* *ret NULL: there are no constraints. */
PV_MUST_USE int gatekeeper_audit_begin(pv_ctx *cx, pv_api *api, gatekeeper_audit **ret);
/* Those that see one object only, and those that read data.inventory or ask Providers; *ret_stamp changes when any of
 * them, or what they are shown, does. */
PV_MUST_USE int gatekeeper_audit_split(pv_ctx *cx, pv_api *api, gatekeeper_audit **ret_plain,
				       gatekeeper_audit **ret_referential, uint64_t *ret_stamp);
/* Those of them that read objects of that kind in data.inventory; NULL: there are none. */
gatekeeper_audit *gatekeeper_audit_readers(pv_ctx *cx, const gatekeeper_audit *audit, const char *kind);
/* Those of them that ask Providers; NULL: there are none. */
gatekeeper_audit *gatekeeper_audit_askers(pv_ctx *cx, const gatekeeper_audit *audit);
/* Are the findings of each of them those that each object in data.inventory gives it by itself? */
bool gatekeeper_audit_parts(const gatekeeper_audit *audit);
/* They, with another data: {inventory}. */
gatekeeper_audit *gatekeeper_audit_shown(pv_ctx *cx, const gatekeeper_audit *audit, const pv_val *data);
/* May any of them speak of objects of that kind, or of what those make? */
bool gatekeeper_audit_asks(pv_ctx *cx, const gatekeeper_audit *audit, const pv_resource *res);
/* Adds what they have against the object (gatekeeper_finding; arena of cx). */
PV_MUST_USE int gatekeeper_audit_object(pv_ctx *cx, const gatekeeper_audit *audit, const pv_resource *res,
					const pv_val *object, pv_vec *ret);

/* The same, with what each stands on. */
gatekeeper_audit *gatekeeper_audit_explaining(pv_ctx *cx, const gatekeeper_audit *audit);

/* The audit's memory: brings it up to date, and what it knows of an object. */
PV_MUST_USE int gatekeeper_audit_current(pv_ctx *cx, pv_api *api);
void gatekeeper_audit_known(pv_ctx *cx, pv_api *api, const pv_key *key, pv_vec *ret);
