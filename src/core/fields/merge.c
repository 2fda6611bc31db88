/* Merging an intent over an object, and taking fields out of one. */
#include <string.h>

#include "base/str.h"
#include "core/fields/typed.h"

static int
merge_maps(pv_ctx *cx, const pv_schema *schema, const pv_val *base, const pv_val *over, const pv_val **ret)
{
	pv_objb b;

	pv_objb_from(&b, cx->arena, base);
	for (size_t i = 0; i < pv_member_count(over); i++) {
		const pv_member *m = &over->members[i];
		const pv_val *merged = NULL;
		int r = typed_merge(cx, schema ? pv_schema_field(schema, m->key.s) : NULL,
				    pv_get(base, m->key.s), &m->val, &merged);

		if (r < 0)
			return r;
		pv_objb_putv(&b, m->key, *merged);
	}
	*ret = pv_box(cx->arena, pv_objb_end(&b));
	return 0;
}

/* The first intended item, from the i-th on, that the base has too; NULL: none. */
static const titem *
next_shared(const tlist *base, const tlist *intent, size_t i)
{
	while (i < intent->n && !typed_find(base, intent->items[i].name))
		i++;
	return i < intent->n ? &intent->items[i] : NULL;
}

/* The intent's order.  What only the base has comes as soon as it is met there; of what both have, the base's
 * walk stands still only at what the intent's has next, and passes by all else. */
static int
merge_lists(pv_ctx *cx, const pv_schema *schema, const pv_val *base, const pv_val *over, const pv_val **ret)
{
	size_t l = 0, o = 0;
	tlist left = {0}, right = {0};
	const titem *next;
	pv_listb out;
	int r = typed_items(cx, schema, base, &left);

	if (r == 0)
		r = typed_items(cx, schema, over, &right);
	if (r < 0)
		return r;
	pv_listb_init(&out, cx->arena);
	next = next_shared(&left, &right, 0);
	while (l < left.n || o < right.n) {
		const titem *a = l < left.n ? &left.items[l] : NULL,
			    *b = o < right.n ? &right.items[o] : NULL;
		const titem *intended = a ? typed_find(&right, a->name) : NULL, *before;
		const pv_val *merged;

		if (a && !intended) {
			pv_listb_add(&out, *a->val);
			l++;
			continue;
		}
		if (a && intended != next) {
			l++;
			if (next || !b)
				continue;
		}
		PV_ASSERT(b); /* without one there is no next, and a was passed by */
		before = typed_find(&left, b->name);
		r = typed_merge(cx, pv_schema_items(schema), before && !before->twice ? before->val : NULL,
				b->val, &merged);
		if (r < 0)
			return r;
		pv_listb_add(&out, *merged);
		l += intended == b;
		o++;
		if (b == next)
			next = next_shared(&left, &right, o);
	}
	*ret = pv_box(cx->arena, pv_listb_end(&out));
	return 0;
}

int
typed_merge(pv_ctx *cx, const pv_schema *schema, const pv_val *base, const pv_val *over, const pv_val **ret)
{
	enum shape shape = typed_shape(schema, over);
	pv_val empty;

	if (pv_is(over, PV_NULL) && pv_count(base) && typed_shape(schema, base) != SHAPE_LEAF) {
		*ret = base; /* speaks of the container, not of what is in it */
		return 0;
	}
	if (shape == SHAPE_LEAF) {
		*ret = over;
		return 0;
	}
	if (!base || typed_shape(schema, base) != shape) {
		empty = shape == SHAPE_MAP ? pv_object_of(cx->arena, NULL, 0, NULL, NULL)
					   : pv_list_of(cx->arena, NULL, 0);
		base = pv_box(cx->arena, empty);
	}
	return shape == SHAPE_MAP ? merge_maps(cx, schema, base, over, ret)
				  : merge_lists(cx, schema, base, over, ret);
}

/* A container that somebody still speaks of, and nothing is left in.  Upstream it is null, which few schemas have. */
static pv_val
emptied(const pv_schema *field, const pv_val *was)
{
	if (!field || pv_schema_nullable(field))
		return pv_null();
	return (pv_val){.type = was->type};
}

static int
remove_fields(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const fset *drop, const pv_val **ret)
{
	pv_objb b;
	pv_val made;

	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		const fset *kid = fset_find(drop, typed_field(cx->arena, m->key.s));
		const pv_schema *field = schema ? pv_schema_field(schema, m->key.s) : NULL;
		const pv_val *left = &m->val;
		int r;

		if (kid && kid->member)
			continue;
		r = kid ? typed_remove(cx, field, &m->val, kid, &left) : 0;
		if (r < 0)
			return r;
		pv_objb_add(&b, m->key, left ? *left : emptied(field, &m->val));
	}
	made = pv_objb_end(&b);
	*ret = pv_count(&made) ? pv_box(cx->arena, made) : NULL;
	return 0;
}

static int
remove_items(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const fset *drop, const pv_val **ret)
{
	tlist items;
	pv_listb out;
	pv_val made;
	int r = typed_items(cx, schema, v, &items);

	if (r < 0)
		return r;
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < items.n; i++) {
		const titem *one = &items.items[i];
		const fset *kid = fset_find(drop, one->name);
		const pv_val *left = one->val;

		if (kid && kid->member)
			continue;
		r = kid ? typed_remove(cx, pv_schema_items(schema), one->val, kid, &left) : 0;
		if (r < 0)
			return r;
		if (left)
			pv_listb_add(&out, *left);
	}
	made = pv_listb_end(&out);
	*ret = pv_count(&made) ? pv_box(cx->arena, made) : NULL;
	return 0;
}

int
typed_remove(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const fset *drop, const pv_val **ret)
{
	*ret = v;
	if (!drop || !v || pv_count(v) == 0)
		return 0;
	switch (typed_shape(schema, v)) {
	case SHAPE_MAP: return remove_fields(cx, schema, v, drop, ret);
	case SHAPE_SET:
	case SHAPE_KEYED: return remove_items(cx, schema, v, drop, ret);
	case SHAPE_LEAF:
	default: return 0;
	}
}
