/* expand: what an object will make (a Deployment: Pods), as far as ExpansionTemplates say, changed by
 * the mutators; and rules over it.  Immutable, in its arena.  Private. */
#pragma once
#include "governance/gatekeeper/judge.h"
#include "governance/gatekeeper/mutator.h"

#define GK_EXPANSION "expansion.gatekeeper.sh"

typedef struct gk_expander {
	pv_vec templates; /* const pv_val *, by name; those in a circle are left out */
	gk_mutators mutators;
	pv_api *api;          /* whose Providers are asked; NULL: none */
	const pv_val *spaces; /* gk_inventory() of the Namespaces among the objects */
} gk_expander;

/* What is wrong with an ExpansionTemplate. */
PV_MUST_USE int gk_expansion_check(pv_ctx *cx, const pv_val *template);
/* Those of all (const pv_val *) that are sound and in no circle, by name. */
void gk_expansions_sound(pv_ctx *cx, pv_vec *all, pv_vec *ret);
/* Picks ExpansionTemplates, mutators and Namespaces among objects (const pv_val *). */
PV_MUST_USE int gk_expander_new(pv_ctx *cx, pv_arena *arena, const pv_vec *objects, gk_expander **ret);
/* The Namespace of an object, for tools: an empty one if it names none, NULL if it is not known. */
const pv_val *gk_expander_space(pv_ctx *cx, const gk_expander *e, const pv_val *object);

typedef struct gk_made {
	const pv_val *object;
	const char *template, *action; /* action "": the constraints' own */
} gk_made;
PV_MUST_USE int gk_expand(pv_ctx *cx, const gk_expander *e, const pv_val *object, const pv_val *space,
			  pv_vec *ret /* of gk_made */);

typedef struct gk_expansion { /* how what is made is judged */
	const gk_book *book;
	const char *point, *operation; /* operation NULL: "" */
} gk_expansion;
/* Expands, judges, and adds what is found, "[Implied by TEMPLATE] " in front. */
PV_MUST_USE int gk_expand_judge(pv_ctx *cx, const gk_expander *e, const gk_expansion *how,
				const pv_val *object, const pv_val *space, pv_vec *findings);
