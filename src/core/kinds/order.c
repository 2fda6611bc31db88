/* The order in which Go's encoder writes an object: its fields as they are declared, maps by their keys. */
#include <string.h>

#include "base/vec.h"
#include "core/kinds/kinds.h"

#define MAX_DEPTH 1000

typedef struct placed {
	unsigned place;
	const pv_member *member;
	const pv_schema *schema; /* NULL: unknown */
} placed;

static int
by_place(const void *a, const void *b)
{
	const placed *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static pv_val ordered(pv_arena *arena, const pv_schema *schema, const pv_val *v, size_t depth);

/* What has no place stays behind what has, in its old order. */
static pv_val
object(pv_arena *arena, const pv_schema *schema, const pv_val *v, size_t depth)
{
	bool map = schema->rest && !schema->n_props;
	pv_vec all;
	pv_objb b;

	pv_vec_init(&all, arena, sizeof(placed));
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_member *m = map ? pv_sorted(v, i) : &v->members[i];
		const pv_prop *prop = map ? NULL : pv_schema_prop(schema, m->key.s, m->key.len);
		placed one = {prop ? prop->place : UINT16_MAX + (unsigned)i + 1, m,
			      map    ? schema->rest
			      : prop ? prop->schema
				     : NULL};

		pv_vec_push(&all, &one);
	}
	pv_vec_sort(&all, by_place);
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < all.len; i++) {
		const placed *one = PV_AT(placed, &all, i);

		pv_objb_putv(&b, one->member->key, ordered(arena, one->schema, &one->member->val, depth + 1));
	}
	return pv_objb_end(&b);
}

static pv_val
ordered(pv_arena *arena, const pv_schema *schema, const pv_val *v, size_t depth)
{
	pv_listb b;

	if (!schema || depth > MAX_DEPTH)
		return *v;
	if (v->type == PV_LIST && schema->type == PV_T_LIST) {
		pv_listb_init(&b, arena);
		for (size_t i = 0; i < pv_count(v); i++)
			pv_listb_add(&b, ordered(arena, schema->items, &v->items[i], depth + 1));
		return pv_listb_end(&b);
	}
	if (v->type == PV_OBJECT && (schema->n_props || schema->rest))
		return object(arena, schema, v, depth);
	return *v;
}

const pv_val *
pv_kind_ordered(pv_ctx *cx, const pv_schema *schema, const pv_val *v)
{
	return pv_box(cx->arena, ordered(cx->arena, schema, v, 0));
}
