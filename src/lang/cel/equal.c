/* Equality and order: numbers compare by value whatever their type; different types
 * are unequal, not an error (specification, "Equality"). */
#include "lang/cel/val.h"
#include <math.h>
#include <string.h>

#define DEPTH 1000

static bool equal(run *r, const val *a, const val *b, unsigned depth);

static int
sign(bool less, bool more)
{
	return less ? -1 : more;
}

/* As cel-go: beyond the integers' range by sign, else both as doubles (2^53 and more
 * may be equal to their neighbours). */
static int
int_double(int64_t i, double d)
{
	if (isnan(d))
		return 2;
	if (d > 0x1p63 || d < -0x1p63)
		return d < 0 ? 1 : -1;
	return sign((double)i<d, (double)i> d);
}

static int
uint_double(uint64_t u, double d)
{
	if (isnan(d))
		return 2;
	if (d > 0x1p64 || d < 0)
		return d < 0 ? 1 : -1;
	return sign((double)u<d, (double)u> d);
}

static int
back(int order)
{
	return order == 2 ? 2 : -order;
}

static int
numbers(const val *a, const val *b)
{
	if (a->kind == PV_CEL_DOUBLE) {
		if (b->kind == PV_CEL_DOUBLE)
			return isnan(a->d) || isnan(b->d) ? 2 : sign(a->d<b->d, a->d> b->d);
		return back(b->kind == PV_CEL_INT ? int_double(b->i, a->d) : uint_double(b->u, a->d));
	}
	if (b->kind == PV_CEL_DOUBLE)
		return a->kind == PV_CEL_INT ? int_double(a->i, b->d) : uint_double(a->u, b->d);
	if (a->kind == PV_CEL_INT && (a->i < 0 || b->kind == PV_CEL_INT))
		return b->kind == PV_CEL_INT ? sign(a->i<b->i, a->i> b->i) : -1;
	if (b->kind == PV_CEL_INT && b->i < 0)
		return 1;
	return sign(a->u<b->u, a->u> b->u);
}

int
v_compare(const val *a, const val *b)
{
	if (v_is_number(a) && v_is_number(b))
		return numbers(a, b);
	if (a->kind != b->kind)
		return 2;
	switch ((enum pv_cel_kind)a->kind) {
	case PV_CEL_BOOL: return sign(!a->b && b->b, a->b && !b->b);
	case PV_CEL_STRING:
	case PV_CEL_BYTES: {
		int order = pv_str_cmp(v_strv(a), v_strv(b));
		return sign(order<0, order> 0);
	}
	case PV_CEL_DURATION: return sign(a->i<b->i, a->i> b->i);
	case PV_CEL_TIMESTAMP:
		return a->i != b->i ? sign(a->i < b->i, true) : sign(a->len<b->len, a->len> b->len);
	default: return 2;
	}
}

/* Costs what it looks at, which upstream counts as nothing: users choose the order. */
static bool
in_list(run *r, const val *list, const val *v, unsigned depth)
{
	v_spend(r, 1 + list->len / 10);
	for (size_t i = 0; i < list->len && !r->over; i++) {
		val item = v_item(r, list, i);
		if (equal(r, &item, v, depth))
			return true;
	}
	return false;
}

/* Schema sets and maps by key are equal in any order. */
static bool
lists(run *r, const val *a, const val *b, unsigned depth)
{
	unsigned flags = 0;
	if (a->len != b->len)
		return false;
	if (a->node)
		flags |= r->shapes->of(a->node).flags;
	if (b->node)
		flags |= r->shapes->of(b->node).flags;
	for (size_t i = 0; i < a->len; i++) {
		val x = v_item(r, a, i), y = v_item(r, b, i);
		if (!equal(r, &x, &y, depth) &&
		    !(flags & (PV_CEL_SET | PV_CEL_LIST_MAP) && in_list(r, b, &x, depth)))
			return false;
	}
	return true;
}

static bool
maps(run *r, const val *a, const val *b, unsigned depth)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++) {
		val key, x, y;
		v_entry(r, a, i, &key, &x);
		if (!v_find(r, b, &key, &y) || !equal(r, &x, &y, depth))
			return false;
	}
	return true;
}

static bool
equal(run *r, const val *a, const val *b, unsigned depth)
{
	if (depth) /* a list may hold the same list or text many times, at every depth */
		v_spend(r, a->kind == PV_CEL_LIST || a->kind == PV_CEL_MAP       ? 1
			   : a->kind == PV_CEL_STRING || a->kind == PV_CEL_BYTES ? a->len / 10
										 : 0);
	if (r->over)
		return false;
	if (v_is_number(a) && v_is_number(b))
		return numbers(a, b) == 0;
	if (a->kind != b->kind || depth > DEPTH)
		return false;
	switch ((enum pv_cel_kind)a->kind) {
	case PV_CEL_NULL: return true;
	case PV_CEL_LIST: return lists(r, a, b, depth + 1);
	case PV_CEL_STRUCT: return pv_streq(a->node, b->node) && maps(r, a, b, depth + 1);
	case PV_CEL_MAP: return maps(r, a, b, depth + 1);
	case PV_CEL_TYPE: return pv_streq(a->s, b->s);
	case PV_CEL_OPTIONAL:
		return a->items && b->items ? equal(r, a->items, b->items, depth + 1)
					    : !a->items && !b->items;
	case PV_CEL_OPAQUE: return a->sub == b->sub && opaque_equal(a, b);
	default: return v_compare(a, b) == 0;
	}
}

bool
v_equal(run *r, const val *a, const val *b)
{
	return equal(r, a, b, 0);
}
