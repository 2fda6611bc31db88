/* The standard functions that are operators: arithmetic with overflow, comparison,
 * membership, size, and the casts to dyn and type. */
#include "lang/cel/func.h"
#include "base/time.h"
#include "base/utf8.h"
#include <math.h>
#include <string.h>

#define LONGEST_DURATION 315576000000LL /* seconds; ten thousand years */

static val
overflow(run *r)
{
	return v_error(r, "integer overflow");
}

static val
joined(run *r, const val *a)
{
	char *s = pv_alloc(r->arena, (size_t)a[0].len + a[1].len + 1);
	if (a[0].len)
		memcpy(s, a[0].s, a[0].len);
	if (a[1].len)
		memcpy(s + a[0].len, a[1].s, a[1].len);
	s[a[0].len + a[1].len] = '\0';
	pv_str text = {s, (size_t)a[0].len + a[1].len};
	return a[0].kind == PV_CEL_STRING ? v_str(text) : v_bytes(text);
}

/* The item of `list` with the keys of `item`, or -1. */
static ptrdiff_t
by_keys(run *r, const pv_cel_shape *shape, const pv_vec *list, const val *item)
{
	for (size_t i = 0; i < list->len; i++) {
		const val *have = PV_AT(val, list, i);
		bool same = have->kind == PV_CEL_MAP && item->kind == PV_CEL_MAP && shape->n_keys > 0;
		for (size_t k = 0; same && k < shape->n_keys; k++) {
			pv_str name = pv_str_of(shape->keys[k]);
			val x, y;
			bool in_x = v_field(r, have, name, name, &x), in_y = v_field(r, item, name, name, &y);
			same = in_x == in_y && (!in_x || v_equal(r, &x, &y));
		}
		if (same)
			return (ptrdiff_t)i;
	}
	return -1;
}

/* Lists: one behind the other; schema sets without repeats, schema maps merged by key, and they stay such. */
static val
concat(run *r, const val *a)
{
	pv_cel_shape shape = a[0].node ? r->shapes->of(a[0].node) : (pv_cel_shape){0};
	pv_vec out;
	val made;
	v_spend(r, (uint64_t)a[0].len + a[1].len); /* upstream does not copy, and counts nothing */
	if (r->over)
		return v_over();
	pv_vec_init(&out, r->arena, sizeof(val));
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < a[side].len && !r->over; i++) {
			if (side && shape.flags & (PV_CEL_SET | PV_CEL_LIST_MAP)) /* as in equal.c */
				v_spend(r, 1 + a[0].len / 10);
			val item = v_item(r, &a[side], i);
			ptrdiff_t old =
				side && shape.flags & PV_CEL_LIST_MAP ? by_keys(r, &shape, &out, &item) : -1;
			if (side && shape.flags & PV_CEL_SET && v_in(r, &a[0], &item))
				continue;
			if (old >= 0)
				*PV_AT(val, &out, (size_t)old) = item;
			else
				pv_vec_push(&out, &item);
		}
	made = v_list_of(r, &out);
	if (shape.flags & (PV_CEL_SET | PV_CEL_LIST_MAP))
		made.node = a[0].node;
	return made;
}

static val
moved(run *r, const val *time, int64_t ns)
{
	int64_t nanos = (int64_t)time->len + ns % PV_SEC, seconds = time->i + ns / PV_SEC;
	if (nanos < 0 || nanos >= PV_SEC) {
		seconds += nanos < 0 ? -1 : 1;
		nanos += nanos < 0 ? PV_SEC : -PV_SEC;
	}
	if (!t_valid(seconds))
		return v_error(r, "timestamp overflow");
	return (val){.kind = PV_CEL_TIMESTAMP, .i = seconds, .len = (uint32_t)nanos};
}

static val
add(run *r, const val *a, size_t n)
{
	val ret = a[0];
	(void)n;
	switch ((enum pv_cel_kind)a[0].kind) {
	case PV_CEL_INT: return __builtin_add_overflow(a[0].i, a[1].i, &ret.i) ? overflow(r) : ret;
	case PV_CEL_UINT:
		return __builtin_add_overflow(a[0].u, a[1].u, &ret.u)
			       ? v_error(r, "unsigned integer overflow")
			       : ret;
	case PV_CEL_DOUBLE: return v_double(a[0].d + a[1].d);
	case PV_CEL_LIST: return concat(r, a);
	case PV_CEL_DURATION:
		if (a[1].kind == PV_CEL_TIMESTAMP)
			return moved(r, &a[1], a[0].i);
		return __builtin_add_overflow(a[0].i, a[1].i, &ret.i) ? v_error(r, "duration overflow") : ret;
	case PV_CEL_TIMESTAMP: return moved(r, &a[0], a[1].i);
	default: return joined(r, a);
	}
}

static val
between(run *r, const val *a, const val *b)
{
	__int128 ns = (__int128)(a->i - b->i) * PV_SEC + ((int64_t)a->len - (int64_t)b->len);
	return ns > INT64_MAX || ns < INT64_MIN ? v_error(r, "duration overflow") : v_duration((int64_t)ns);
}

static val
sub(run *r, const val *a, size_t n)
{
	val ret = a[0];
	(void)n;
	switch ((enum pv_cel_kind)a[0].kind) {
	case PV_CEL_INT: return __builtin_sub_overflow(a[0].i, a[1].i, &ret.i) ? overflow(r) : ret;
	case PV_CEL_UINT:
		return __builtin_sub_overflow(a[0].u, a[1].u, &ret.u)
			       ? v_error(r, "unsigned integer overflow")
			       : ret;
	case PV_CEL_DOUBLE: return v_double(a[0].d - a[1].d);
	case PV_CEL_DURATION:
		return __builtin_sub_overflow(a[0].i, a[1].i, &ret.i) ? v_error(r, "duration overflow") : ret;
	default:
		if (a[1].kind == PV_CEL_TIMESTAMP)
			return between(r, &a[0], &a[1]);
		return a[1].i == INT64_MIN ? v_error(r, "duration overflow") : moved(r, &a[0], -a[1].i);
	}
}

static val
mul(run *r, const val *a, size_t n)
{
	val ret = a[0];
	(void)n;
	if (a[0].kind == PV_CEL_INT)
		return __builtin_mul_overflow(a[0].i, a[1].i, &ret.i) ? overflow(r) : ret;
	if (a[0].kind == PV_CEL_UINT)
		return __builtin_mul_overflow(a[0].u, a[1].u, &ret.u)
			       ? v_error(r, "unsigned integer overflow")
			       : ret;
	return v_double(a[0].d * a[1].d);
}

static val
divide(run *r, const val *a, size_t n)
{
	(void)n;
	if (a[0].kind == PV_CEL_DOUBLE)
		return v_double(a[0].d / a[1].d);
	if (!a[1].u)
		return v_error(r, "division by zero");
	if (a[0].kind == PV_CEL_UINT)
		return v_uint(a[0].u / a[1].u);
	return a[0].i == INT64_MIN && a[1].i == -1 ? overflow(r) : v_int(a[0].i / a[1].i);
}

static val
modulo(run *r, const val *a, size_t n)
{
	(void)n;
	if (!a[1].u)
		return v_error(r, "modulus by zero");
	if (a[0].kind == PV_CEL_UINT)
		return v_uint(a[0].u % a[1].u);
	return a[1].i == -1 ? (a[0].i == INT64_MIN ? overflow(r) : v_int(0)) : v_int(a[0].i % a[1].i);
}

static val
negate(run *r, const val *a, size_t n)
{
	(void)n;
	if (a[0].kind == PV_CEL_DOUBLE)
		return v_double(-a[0].d);
	return a[0].i == INT64_MIN ? overflow(r) : v_int(-a[0].i);
}

static val not(run * r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(!a[0].b);
}

static val
eq(run *r, const val *a, size_t n)
{
	(void)n;
	return v_bool(v_equal(r, &a[0], &a[1]));
}

static val
ne(run *r, const val *a, size_t n)
{
	(void)n;
	return v_bool(!v_equal(r, &a[0], &a[1]));
}

static val
lt(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(v_compare(&a[0], &a[1]) == -1);
}

static val
gt(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(v_compare(&a[0], &a[1]) == 1);
}

static val
le(run *r, const val *a, size_t n)
{
	int order = v_compare(&a[0], &a[1]);
	(void)r;
	(void)n;
	return v_bool(order == -1 || order == 0);
}

static val
ge(run *r, const val *a, size_t n)
{
	int order = v_compare(&a[0], &a[1]);
	(void)r;
	(void)n;
	return v_bool(order == 1 || order == 0);
}

static val
in(run *r, const val *a, size_t n)
{
	(void)n;
	return v_bool(v_in(r, &a[1], &a[0]));
}

static val
size(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_int(a[0].kind == PV_CEL_STRING ? (int64_t)pv_utf8_count(v_strv(&a[0])) : a[0].len);
}

static val
same(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return a[0];
}

static val
type_of(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_type(v_type_name(&a[0]));
}

#define ORDERED "bb:b ii:b iu:b id:b uu:b ui:b ud:b dd:b di:b du:b ss:b yy:b DD:b TT:b"

const cel_fn cel_arith[] = {
	{"_+_", "ii:i uu:u dd:d ss:s yy:y [A][A]:[A] DD:D DT:T TD:T", add, COST_COPY},
	{"_-_", "ii:i uu:u dd:d DD:D TD:T TT:D", sub, COST_ONE},
	{"_*_", "ii:i uu:u dd:d", mul, COST_ONE},
	{"_/_", "ii:i uu:u dd:d", divide, COST_ONE},
	{"_%_", "ii:i uu:u", modulo, COST_ONE},
	{"-_", "i:i d:d", negate, COST_ONE},
	{"!_", "b:b", not, COST_ONE},
	{"_==_", "AA:b", eq, COST_SMALL},
	{"_!=_", "AA:b", ne, COST_SMALL},
	{"_<_", ORDERED, lt, COST_SMALL},
	{"_<=_", ORDERED, le, COST_SMALL},
	{"_>_", ORDERED, gt, COST_SMALL},
	{"_>=_", ORDERED, ge, COST_SMALL},
	{"@in", "A[A]:b A{AB}:b", in, COST_LOOKUP},
	{0},
};

const cel_fn cel_std[] = {
	{"size", "s:i y:i [A]:i {AB}:i s.:i y.:i [A].:i {AB}.:i", size, COST_ONE},
	{"dyn", "A:*", same, COST_ONE},
	{"type", "A:~A", type_of, COST_ONE},
	{0},
};
