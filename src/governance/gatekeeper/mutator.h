/* mutator: Assign, AssignMetadata, AssignImage and ModifySet, and what they make of an object
 * together.  Immutable, in their arena, as the objects they were made from.  Any thread.  Private. */
#pragma once
#include "core/api/api.h"
#include "governance/gatekeeper/match.h"
#include "governance/gatekeeper/path.h"

#define GK_MUTATIONS "mutations.gatekeeper.sh"

typedef struct gk_mutator gk_mutator;
bool gk_is_mutator(const pv_val *object);
/* -PV_EINVALID says what is wrong with it. */
PV_MUST_USE int gk_mutator_new(pv_ctx *cx, pv_arena *arena, const pv_val *object, gk_mutator **ret);
const char *gk_mutator_text(pv_arena *arena, const gk_mutator *m); /* "Assign.mutations.gatekeeper.sh /x" */

const char *gk_mutator_stamp(const gk_mutator *m); /* of the object it was read from */

typedef struct gk_mutators { /* in the order in which they are asked */
	pv_vec all;          /* of gk_mutator * */
} gk_mutators;
void gk_mutators_init(gk_mutators *set, pv_arena *arena);
/* In the place of one of its kind and name.  -PV_ECONFLICT names those whose locations say different things
 * of one field; it is in the set all the same. */
PV_MUST_USE int gk_mutators_add(pv_ctx *cx, gk_mutators *set, gk_mutator *m);
/* Takes out all that are in conflict with another: none of them is asked. */
void gk_mutators_settle(pv_ctx *cx, gk_mutators *set);
/* The others that m is in conflict with: "" or "[a,b]" with m among them. */
const char *gk_mutator_conflicts(pv_ctx *cx, const gk_mutators *set, const gk_mutator *m);

typedef struct gk_mutable {
	const pv_val *object, *space;
	const char *source, *operation; /* "" */
	pv_api *api;                    /* for Providers; NULL: none is asked */
	const char *user;               /* who writes; NULL: nobody */
} gk_mutable;
/* Asks until nothing changes any more.  -PV_EINVALID: one cannot do its work on the object, or they never
 * come to an end, or a Provider gives no answer.  Blocks when one is asked. */
PV_MUST_USE int gk_mutate(pv_ctx *cx, const gk_mutators *set, const gk_mutable *m, const pv_val **ret);
