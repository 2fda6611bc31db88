/* typed: values seen through a schema: which nodes are leaves, maps of fields, sets,
 * or lists by key.  Internal to core/fields. */
#pragma once
#include "base/map.h"
#include "core/fields/set.h"
#include "core/schema/schema.h"

enum shape { SHAPE_LEAF, SHAPE_MAP, SHAPE_SET, SHAPE_KEYED };

typedef struct titem {    /* an element of a set or keyed list, by name */
	const char *name; /* "k:{...}", "v:..." */
	const pv_val *val;
	bool again; /* an element before it has the name */
	bool twice; /* it is the first of several with the name: who owns it owns them as a whole */
} titem;

typedef struct tlist {
	titem *items;
	size_t n;
	pv_map *named; /* of a long list: name -> the first titem */
} tlist;

enum shape typed_shape(const pv_schema *schema, const pv_val *v);
char *typed_field(pv_arena *arena, const char *key); /* "f:key" */
/* What an element of such a list is called; NULL and *ret_fault: nothing, and why. */
const char *typed_name(pv_ctx *cx, const pv_schema *list, const pv_val *item, const char **ret_fault);
/* The list's elements with their names; -PV_EBADREQUEST: an element has none. */
PV_MUST_USE int typed_items(pv_ctx *cx, const pv_schema *schema, const pv_val *list, tlist *ret);
const titem *typed_find(const tlist *list, const char *name); /* the first; NULL if absent */

/* The fields that an intent speaks of. */
PV_MUST_USE int typed_set(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const fset **ret);

/* With every declared field on the way to a member a member too. */
const fset *typed_named(pv_arena *arena, const pv_schema *schema, const fset *s);

typedef struct tdiff {
	const fset *added, *modified, *removed;
} tdiff;
PV_MUST_USE int typed_compare(pv_ctx *cx, const pv_schema *schema, const pv_val *from, const pv_val *to,
			      tdiff *ret);
/* `over` on top of `base`. */
PV_MUST_USE int typed_merge(pv_ctx *cx, const pv_schema *schema, const pv_val *base, const pv_val *over,
			    const pv_val **ret);
/* v without the nodes in `drop`; NULL if nothing is left of it. */
PV_MUST_USE int typed_remove(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const fset *drop,
			     const pv_val **ret);
