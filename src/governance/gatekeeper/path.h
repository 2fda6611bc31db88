/* path: where a mutator changes an object: spec.containers[name:*].image (Gatekeeper's
 * pkg/mutation/path).  Immutable, in its arena.  Private. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

#define GK_PATH_MOST 64 /* nodes */

typedef struct gk_node {
	const char *name; /* of a field; of a list the key of its items */
	bool list, glob;
	const pv_val *key; /* of a list without a glob: a string or a number */
} gk_node;

typedef struct gk_path {
	const gk_node *nodes;
	size_t n;
} gk_path;

PV_MUST_USE int gk_path_parse(pv_ctx *cx, pv_arena *arena, const char *text, gk_path *ret);
bool gk_path_is_prefix(const gk_path *shorter, const gk_path *longer);

/* What must be there on the way: by the index of the node. */
enum gk_test { GK_ANY, GK_MUST_EXIST, GK_MUST_NOT_EXIST };

typedef struct gk_setter { /* what happens at the end of the path */
	bool keyed;        /* may the end be an item of a list? */
	/* The field's new value; was NULL: it is not there.  *ret NULL: it stays away. */
	int (*set)(pv_ctx *cx, const void *arg, const pv_val *was, const pv_val **ret);
	const void *arg;
} gk_setter;

/* The object with the change; *ret_changed: the setter was asked somewhere. */
PV_MUST_USE int gk_path_apply(pv_ctx *cx, const gk_path *path, const enum gk_test *tests,
			      const gk_setter *setter, const pv_val *object, const pv_val **ret,
			      bool *ret_changed);
