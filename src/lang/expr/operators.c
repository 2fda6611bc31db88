/* operators: what stands between two values. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "base/str.h"
#include "lang/expr/inside.h"

#define RANGE_MOST 100000

static const char *const signs[] = {
	"==", "!=", "<",  ">",  "<=", ">=",      "+",        "-",          "*",
	"/",  "%",  "**", "..", "in", "matches", "contains", "startsWith", "endsWith"};

static int
invalid(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b)
{
	return ex_error(s, e, "invalid operation: %s %s %s", pv_tv_type(a), signs[e->two], pv_tv_type(b));
}

bool
ex_number(const pv_tv *v, double *ret)
{
	if (v->kind == PV_T_INT)
		*ret = (double)v->i;
	else if (v->kind == PV_T_UINT)
		*ret = (double)v->u;
	else if (v->kind == PV_T_FLOAT)
		*ret = v->d;
	else
		return false;
	return true;
}

/* ---- comparing ---- */

static int
order(bool less, bool more)
{
	return less ? -1 : more;
}

bool
ex_compare(const pv_tv *a, const pv_tv *b, int *ret)
{
	double x, y;
	int64_t m, n;
	if (a->kind == PV_T_INT && b->kind == PV_T_INT)
		*ret = order(a->i<b->i, a->i> b->i);
	else if (ex_number(a, &x) && ex_number(b, &y))
		*ret = order(x<y, x> y);
	else if (a->kind == PV_T_STRING && b->kind == PV_T_STRING)
		*ret = pv_str_cmp(pv_tv_strv(a), pv_tv_strv(b));
	else if (pv_tv_is_duration(a, &m) && pv_tv_is_duration(b, &n))
		*ret = order(m<n, m> n);
	else if (pv_tv_is_time(a) && pv_tv_is_time(b))
		*ret = pv_tv_time_compare(a, b);
	else
		return false;
	return true;
}

static int
equal_lists(ex_state *s, const pv_tlist *a, const pv_tlist *b, bool *ret)
{
	int r = ++s->depth > 400 ? pv_trun_fail(s->r, "lists more than 400 within one another")
				 : pv_trun_spend(s->r, 1);
	*ret = a->len == b->len;
	for (size_t i = 0; r == 0 && *ret && i < a->len; i++)
		r = ex_equal(s, &a->items[i], &b->items[i], ret);
	s->depth--;
	return r;
}

int
ex_equal(ex_state *s, const pv_tv *a, const pv_tv *b, bool *ret)
{
	uint64_t steps = 1000000, left = steps;
	double x, y;
	int diff;
	if (ex_is_nil(a) || ex_is_nil(b))
		*ret = ex_is_nil(a) && ex_is_nil(b);
	else if (ex_compare(a, b, &diff))
		*ret = diff == 0 && !(ex_number(a, &x) && ex_number(b, &y) && (isnan(x) || isnan(y)));
	else if (a->kind == PV_T_LIST && b->kind == PV_T_LIST)
		return equal_lists(s, a->list, b->list, ret);
	else
		*ret = pv_tv_equal(a, b, &left);
	return pv_trun_spend(s->r, 1 + steps - left + pv_tv_strv(a).len / 16);
}

static int
compare(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b, pv_tv *ret)
{
	int diff;
	if (!ex_compare(a, b, &diff))
		return invalid(s, e, a, b);
	*ret = pv_tv_bool(e->two == TWO_LT   ? diff < 0
			  : e->two == TWO_GT ? diff > 0
			  : e->two == TWO_LE ? diff <= 0
					     : diff >= 0);
	return pv_trun_spend(s->r, pv_tv_strv(a).len / 16);
}

/* ---- arithmetic ---- */

static int
whole(ex_state *s, const pv_ex *e, int64_t a, int64_t b, pv_tv *ret)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;
	switch (e->two) {
	case TWO_ADD: *ret = pv_tv_int((int64_t)(x + y)); return 0;
	case TWO_SUB: *ret = pv_tv_int((int64_t)(x - y)); return 0;
	case TWO_MUL: *ret = pv_tv_int((int64_t)(x * y)); return 0;
	case TWO_MOD:
		if (b == 0)
			return ex_error(s, e, "integer divide by zero");
		*ret = pv_tv_int(b == -1 ? 0 : a % b);
		return 0;
	default: break;
	}
	*ret = pv_tv_float(e->two == TWO_DIV ? (double)a / (double)b : pow((double)a, (double)b));
	return 0;
}

static int
real(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b, pv_tv *ret)
{
	double x, y;
	if (!ex_number(a, &x) || !ex_number(b, &y) || e->two == TWO_MOD)
		return invalid(s, e, a, b);
	*ret = pv_tv_float(e->two == TWO_ADD   ? x + y
			   : e->two == TWO_SUB ? x - y
			   : e->two == TWO_MUL ? x * y
			   : e->two == TWO_DIV ? x / y
					       : pow(x, y));
	return 0;
}

/* time + duration, time - time, time - duration, duration +- duration, n * duration, duration / n */
static int
timely(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b, pv_tv *ret)
{
	pv_arena *arena = pv_trun_arena(s->r);
	int64_t m = 0, n = 0;
	bool is_a = pv_tv_is_duration(a, &m), is_b = pv_tv_is_duration(b, &n);
	double x = 0;
	if (is_a && is_b && (e->two == TWO_ADD || e->two == TWO_SUB))
		*ret = pv_tv_duration(arena, (int64_t)(e->two == TWO_ADD ? (uint64_t)m + (uint64_t)n
									 : (uint64_t)m - (uint64_t)n));
	else if (e->two == TWO_MUL && a->kind == PV_T_INT && is_b)
		*ret = pv_tv_duration(arena, (int64_t)((uint64_t)a->i * (uint64_t)n));
	else if (e->two == TWO_MUL && is_a && b->kind == PV_T_INT)
		*ret = pv_tv_duration(arena, (int64_t)((uint64_t)m * (uint64_t)b->i));
	else if (e->two == TWO_MUL && (is_a ? ex_number(b, &x) : is_b && ex_number(a, &x)) &&
		 fabs(x * (double)(is_a ? m : n)) < 9e18)
		*ret = pv_tv_duration(arena, (int64_t)(x * (double)(is_a ? m : n)));
	else if (e->two == TWO_DIV && is_a && (is_b || ex_number(b, &x)))
		*ret = pv_tv_float((double)m / (is_b ? (double)n : x));
	else if (e->two == TWO_ADD && is_a && pv_tv_is_time(b))
		*ret = pv_tv_time_add(arena, b, m);
	else if (pv_tv_is_time(a) && is_b && e->two == TWO_ADD)
		*ret = pv_tv_time_add(arena, a, n);
	else if (pv_tv_is_time(a) && is_b && e->two == TWO_SUB)
		*ret = pv_tv_time_add(arena, a, (int64_t)(0 - (uint64_t)n));
	else if (pv_tv_is_time(a) && pv_tv_is_time(b) && e->two == TWO_SUB)
		*ret = pv_tv_time_sub(arena, a, b);
	else
		return invalid(s, e, a, b);
	return 0;
}

static int
arithmetic(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b, pv_tv *ret)
{
	if (a->kind == PV_T_INT && b->kind == PV_T_INT)
		return whole(s, e, a->i, b->i, ret);
	if (e->two == TWO_ADD && a->kind == PV_T_STRING && b->kind == PV_T_STRING) {
		pv_buf text;
		pv_buf_init(&text, pv_trun_arena(s->r));
		pv_buf_add(&text, a->s, a->len);
		pv_buf_add(&text, b->s, b->len);
		*ret = pv_tv_buf(&text);
		return pv_trun_spend(s->r, text.len / 16);
	}
	if (a->kind == PV_T_OBJECT || b->kind == PV_T_OBJECT)
		return timely(s, e, a, b, ret);
	return real(s, e, a, b, ret);
}

static int
range(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b, pv_tv *ret)
{
	size_t n;
	pv_tv *items;
	if (a->kind != PV_T_INT || b->kind != PV_T_INT)
		return invalid(s, e, a, b);
	if (b->i >= a->i && (uint64_t)b->i - (uint64_t)a->i >= RANGE_MOST)
		return ex_error(s, e, "a range of more than %d numbers", RANGE_MOST);
	n = b->i < a->i ? 0 : (size_t)(b->i - a->i) + 1;
	items = pv_new_array(pv_trun_arena(s->r), pv_tv, n + 1);
	for (size_t i = 0; i < n; i++)
		items[i] = pv_tv_int(a->i + (int64_t)i);
	*ret = pv_tv_list(pv_trun_arena(s->r), items, n, PV_TY_PLAIN);
	return pv_trun_spend(s->r, n);
}

/* ---- texts, lists ---- */

static int
in(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b, pv_tv *ret)
{
	bool found = false;
	int r = 0;
	pv_tv field;
	if (b->kind == PV_T_LIST)
		for (size_t i = 0; r == 0 && !found && i < b->list->len; i++) {
			r = ex_equal(s, a, &b->list->items[i], &found);
			r = r < 0 ? r : pv_trun_spend(s->r, 1);
		}
	else if (b->kind == PV_T_MAP && a->kind == PV_T_STRING)
		found = pv_tmap_find(b->map, pv_tv_strv(a));
	else if (b->kind == PV_T_OBJECT && b->object->class->field && a->kind == PV_T_STRING)
		found = b->object->class->field(b->object, pv_tv_strv(a), &field);
	else if (!ex_is_nil(b))
		return invalid(s, e, a, b);
	*ret = pv_tv_bool(found);
	return r;
}

static int
matches(ex_state *s, const pv_ex *e, pv_str text, pv_str pattern, pv_tv *ret)
{
	const pv_re *re;
	bool fresh = pv_re_is_new(pattern);
	int r;
	if (pv_re_cached(s->cx, pattern, NULL, &re) < 0)
		return ex_error_of(s, e, pv_trun_fail_ctx(s->r));
	r = pv_trun_spend(s->r, pv_re_cost(re, text.len) + (fresh ? 20 * (uint64_t)pv_re_size(re) : 0));
	*ret = pv_tv_bool(r == 0 && pv_re_match(re, text));
	return r;
}

static int
texts(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b, pv_tv *ret)
{
	pv_str x = pv_tv_strv(a), y = pv_tv_strv(b);
	bool is;
	if (ex_is_nil(a) || ex_is_nil(b)) {
		*ret = pv_tv_bool(false);
		return 0;
	}
	if (a->kind != PV_T_STRING || b->kind != PV_T_STRING)
		return invalid(s, e, a, b);
	if (e->two == TWO_MATCHES)
		return matches(s, e, x, y, ret);
	if (e->two == TWO_CONTAINS)
		is = !y.len || memmem(x.s, x.len, y.s, y.len);
	else
		is = y.len <= x.len &&
		     (!y.len || memcmp(e->two == TWO_STARTS ? x.s : x.s + x.len - y.len, y.s, y.len) == 0);
	*ret = pv_tv_bool(is);
	return pv_trun_spend(s->r, x.len / 16);
}

int
ex_binary(ex_state *s, const pv_ex *e, const pv_tv *a, const pv_tv *b, pv_tv *ret)
{
	bool same;
	int r;
	switch ((enum ex_two)e->two) {
	case TWO_EQ:
	case TWO_NE:
		r = ex_equal(s, a, b, &same);
		*ret = pv_tv_bool(r == 0 && same == (e->two == TWO_EQ));
		return r;
	case TWO_LT:
	case TWO_GT:
	case TWO_LE:
	case TWO_GE: return compare(s, e, a, b, ret);
	case TWO_ADD:
	case TWO_SUB:
	case TWO_MUL:
	case TWO_DIV:
	case TWO_MOD:
	case TWO_POW: return arithmetic(s, e, a, b, ret);
	case TWO_RANGE: return range(s, e, a, b, ret);
	case TWO_IN: return in(s, e, a, b, ret);
	case TWO_MATCHES:
	case TWO_CONTAINS:
	case TWO_STARTS:
	case TWO_ENDS: return texts(s, e, a, b, ret);
	}
	return invalid(s, e, a, b);
}
