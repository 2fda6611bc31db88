/* types_schema: the type that a JSON Schema stands for, as OPA reads it: of several types one counts, members
 * that are named are all there are, and what else a schema asks of values is no matter of types. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/types.h"

#define SCHEMAS 100000 /* read for one type; what is left then is any */

typedef struct reading {
	pv_arena *arena;
	const pv_val *root;
	uint32_t left;
} reading;

static const rg_type *read_schema(reading *r, const pv_val *s, int depth);

static const pv_val *
target(const reading *r, const char *ref)
{
	const pv_val *at = r->root;
	pv_str rest = pv_str_of(*ref == '#' ? ref + 1 : ref), one;
	while (at && pv_str_next(&rest, '/', &one))
		if (one.len)
			at = pv_getn(at, one.s, one.len);
	return *ref == '#' ? at : NULL;
}

static const rg_type *
read_members(reading *r, const pv_val *s, int depth)
{
	const pv_val *properties = pv_get(s, "properties");
	uint32_t n = (uint32_t)pv_member_count(properties);
	if (n == 0)
		return rg_type_object(r->arena, NULL, NULL, 0, &rg_type_any, &rg_type_any);
	const rg_type **args = pv_new_array(r->arena, const rg_type *, n);
	pv_val *keys = pv_new_array(r->arena, pv_val, n);
	for (uint32_t i = 0; i < n; i++) {
		keys[i] = pv_sorted(properties, i)->key;
		args[i] = read_schema(r, &pv_sorted(properties, i)->val, depth + 1);
	}
	return rg_type_object(r->arena, keys, args, n, NULL, NULL);
}

static const rg_type *
read_items(reading *r, const pv_val *s, int depth)
{
	const pv_val *items = pv_get(s, "items");
	uint32_t n = pv_is(items, PV_LIST) ? items->len : 0;
	const rg_type **args = pv_new_array(r->arena, const rg_type *, n);
	for (uint32_t i = 0; i < n; i++)
		args[i] = read_schema(r, &items->items[i], depth + 1);
	return rg_type_array(r->arena, args, n,
			     n                         ? NULL
			     : pv_is(items, PV_OBJECT) ? read_schema(r, items, depth + 1)
						       : &rg_type_any);
}

static bool
has_type(const pv_val *type, const char *name)
{
	return pv_streq(pv_text(type, NULL), name) || pv_list_has_text(type, name);
}

/* By its `type`, or by what it says of members or items; null is any. */
static const rg_type *
read_typed(reading *r, const pv_val *s, int depth)
{
	const pv_val *type = pv_get(s, "type"), *items = pv_get(s, "items");
	if (has_type(type, "boolean"))
		return &rg_type_bool;
	if (has_type(type, "string"))
		return &rg_type_string;
	if (has_type(type, "number") || has_type(type, "integer"))
		return &rg_type_number;
	if (has_type(type, "object") || (!type && pv_member_count(pv_get(s, "properties"))))
		return read_members(r, s, depth);
	if (has_type(type, "array") || (!type && pv_count(items)))
		return read_items(r, s, depth);
	return &rg_type_any;
}

/* One of them, or what the schema itself says, if that is an object with members. */
static const rg_type *
read_any_of(reading *r, const pv_val *s, const pv_val *some, int depth)
{
	const rg_type *all = pv_get(s, "type") ? read_typed(r, s, depth) : NULL;
	if (all && (all->kind != TYPE_OBJECT || all->key))
		all = NULL;
	for (size_t i = 0; i < pv_count(some); i++)
		all = rg_type_or(r->arena, all, read_schema(r, pv_item(some, i), depth + 1));
	return all;
}

/* Both at once; what OPA does not merge is any. */
static const rg_type *
both(pv_arena *arena, const rg_type *a, const rg_type *b)
{
	uint32_t n = 0, i = 0, k = 0;
	if (a->kind != b->kind)
		return &rg_type_any;
	if (a->kind != TYPE_OBJECT)
		return rg_type_or(arena, a, b) == a ? a : &rg_type_any;
	if (a->key || b->key)
		return a->key ? a : b;
	const rg_type **args = pv_new_array(arena, const rg_type *, a->n + b->n);
	pv_val *keys = pv_new_array(arena, pv_val, a->n + b->n);
	for (; i < a->n || k < b->n; n++) {
		int order = i == a->n ? 1 : k == b->n ? -1 : pv_cmp(&a->keys[i], &b->keys[k]);
		keys[n] = order <= 0 ? a->keys[i] : b->keys[k];
		args[n] = order < 0   ? a->args[i]
			  : order > 0 ? b->args[k]
				      : rg_type_or(arena, a->args[i], b->args[k]);
		i += order <= 0;
		k += order >= 0;
	}
	return rg_type_object(arena, keys, args, n, NULL, NULL);
}

static const rg_type *
read_all_of(reading *r, const pv_val *s, const pv_val *some, int depth)
{
	const rg_type *all = pv_get(s, "type") ? read_typed(r, s, depth) : NULL;
	for (size_t i = 0; i < pv_count(some); i++) {
		const rg_type *one = read_schema(r, pv_item(some, i), depth + 1);
		all = all ? both(r->arena, all, one) : one;
	}
	return all;
}

static const rg_type *
read_schema(reading *r, const pv_val *s, int depth)
{
	const char *ref = pv_text(pv_get(s, "$ref"), NULL);
	const pv_val *any = pv_get(s, "anyOf"), *all = pv_get(s, "allOf"), *to;
	if (depth > RG_TYPE_DEPTH || !pv_is(s, PV_OBJECT) || r->left == 0)
		return &rg_type_any;
	r->left--;
	if (ref)
		return (to = target(r, ref)) ? read_schema(r, to, depth + 1) : &rg_type_any;
	if (pv_count(any))
		return read_any_of(r, s, any, depth);
	return pv_count(all) ? read_all_of(r, s, all, depth) : read_typed(r, s, depth);
}

const rg_type *
rg_type_of_schema(pv_arena *arena, const pv_val *root)
{
	reading r = {arena, root, SCHEMAS};
	return read_schema(&r, root, 0);
}
