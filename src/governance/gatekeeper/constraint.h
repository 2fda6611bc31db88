/* constraint: an object of a kind that a template made: to whom its rule applies, and what becomes
 * of a violation.  Immutable, in its arena, as the object it was made from.  Private. */
#pragma once
#include "governance/gatekeeper/match.h"
#include "governance/gatekeeper/template.h"

/* Where constraints are enforced (enforcement points). */
#define GK_AT_ADMISSION "validation.gatekeeper.sh"
#define GK_AT_AUDIT "audit.gatekeeper.sh"
#define GK_AT_TOOLS "gator.gatekeeper.sh"

typedef struct gk_constraint {
	const char *kind, *name;
	const pv_val *object; /* without status */
	const gk_match *match;
	const char *action; /* "deny", "warn", "dryrun", "scoped", or what somebody wrote */
} gk_constraint;

/* What is wrong with it: schema (*ret_schema), fields that are not known, its name.  -PV_EINVALID. */
PV_MUST_USE int gk_constraint_check(pv_ctx *cx, const gk_template *t, const pv_val *object, bool *ret_schema);
/* With the defaults of the template's schema. */
const pv_val *gk_constraint_default(pv_ctx *cx, const gk_template *t, const pv_val *object);
PV_MUST_USE int gk_constraint_read(pv_ctx *cx, pv_arena *arena, const pv_val *object, gk_constraint *ret);

/* What it does at that point: adds the words of scopedEnforcementActions (const char *), in their
 * order and each once, to ret.  False: nothing, it is not enforced there. */
bool gk_constraint_acts(pv_ctx *cx, const gk_constraint *c, const char *point, pv_vec *ret);
