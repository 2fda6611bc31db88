/* match: which objects a constraint or a mutator speaks of (.spec.match).  Compiled once; immutable,
 * in its arena, as what it was made from.  Any thread.  Private. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

typedef struct gk_match gk_match;

typedef struct gk_candidate { /* an object that is asked about, read once for all matches */
	const pv_val *object;
	const pv_val *space; /* its Namespace; NULL: not known, or none */
	const char *source;  /* "Original", "Generated"; "" not said */
	const char *kind, *group, *ns;
	const char *within; /* the namespace that lists of names are held against; NULL: they do not apply */
	bool is_namespace;
} gk_candidate;
gk_candidate gk_candidate_of(pv_arena *arena, const pv_val *object, const pv_val *space, const char *source);

/* -PV_EINVALID for selectors that are none; match NULL: everything. */
PV_MUST_USE int gk_match_new(pv_ctx *cx, pv_arena *arena, const pv_val *match, gk_match **ret);
/* Does it speak of objects of that kind at all?  What it says no to, gk_match_holds does. */
bool gk_match_speaks(const gk_match *match, const char *kind, const char *group);
/* -PV_EINVALID if it cannot be told (a namespaceSelector, and the Namespace is not known). */
PV_MUST_USE int gk_match_holds(pv_ctx *cx, const gk_match *match, const gk_candidate *c, bool *ret);

/* "kube-*", "*-system", "*x*" or the name itself (pkg/wildcard). */
bool gk_wildcard(const char *pattern, const char *name);
/* The group in front of "apps/v1"; "" for "v1". */
const char *gk_group(pv_arena *arena, const char *api_version);
const char *gk_version(const char *api_version);
bool gk_is_namespace(const pv_val *object);
