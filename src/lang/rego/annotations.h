/* rego/annotations: what modules say of themselves in METADATA comments, for listings.  Pure; in cx's arena. */
#pragma once
#include "lang/rego/rego.h"

typedef struct pv_rego_annotation {
	const pv_val *says;         /* {title, scope, custom, ...}, with its scope */
	const char *package, *rule; /* shop.x["y z"]; p.q[r], NULL: of the package */
	pv_val path;                /* ["data", "shop", "p", "q"]: up to what is not constant */
	const char *file;
	int row, column; /* of what it is about */
} pv_rego_annotation;
/* Of one module, added to ret (pv_rego_annotation). */
PV_MUST_USE int pv_rego_annotations(pv_ctx *cx, const pv_rego_module *module, bool v0, pv_vec *ret);
/* What the annotations of the rule at a path (data, a, b) of a policy say as `member`, those of scope document
 * before those of a rule's own; NULL: nothing.  *ret_package: a reference such as data["a"], of the rule's
 * package, in the arena.  As long as the policy. */
const pv_val *pv_rego_annotation_at(pv_arena *arena, const pv_rego *rego, const pv_val *path,
				    const char *member, const char **ret_package);
void pv_rego_annotations_sort(pv_vec *all); /* by path, then place */
