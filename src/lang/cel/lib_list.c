/* Lists: Kubernetes' list functions and cel-go's sets. */
#include "lang/cel/func.h"

static val
is_sorted(run *r, const val *a, size_t n)
{
	(void)n;
	for (size_t i = 1; i < a[0].len; i++) {
		val x = v_item(r, &a[0], i - 1), y = v_item(r, &a[0], i);
		int order = v_compare(&x, &y);
		if (order == 2)
			return v_no_overload(r);
		if (order > 0)
			return v_bool(false);
	}
	return v_bool(true);
}

static val
sum(run *r, const val *a, size_t n)
{
	const cel_fn *add = cel_fn_find(PV_STR("_+_"), NULL);
	val pair[2] = {v_int(0), v_null()};
	(void)n;
	for (size_t i = 0; i < a[0].len; i++) {
		pair[1] = v_item(r, &a[0], i);
		if (!v_is_number(&pair[1]) && pair[1].kind != PV_CEL_DURATION)
			return v_no_overload(r);
		if (i == 0)
			pair[0] = pair[1];
		else if (pair[0].kind != pair[1].kind)
			return v_no_overload(r);
		else
			pair[0] = add->run(r, pair, 2);
		if (is_error(&pair[0]))
			return pair[0];
	}
	return pair[0];
}

static val
extreme(run *r, const val *a, int want)
{
	val best = v_null();
	for (size_t i = 0; i < a[0].len; i++) {
		val v = v_item(r, &a[0], i);
		int order = i ? v_compare(&v, &best) : want;
		if (order == 2)
			return v_no_overload(r);
		if (order == want)
			best = v;
	}
	return a[0].len ? best : v_error(r, "%s called on empty list", want > 0 ? "max" : "min");
}

static val
max(run *r, const val *a, size_t n)
{
	(void)n;
	return extreme(r, a, 1);
}

static val
min(run *r, const val *a, size_t n)
{
	(void)n;
	return extreme(r, a, -1);
}

val
cel_list_index(run *r, const val *list, const val *what, bool last)
{
	for (size_t i = 0; i < list->len; i++) {
		size_t at = last ? list->len - 1 - i : i;
		val item = v_item(r, list, at);
		if (v_equal(r, &item, what))
			return v_int((int64_t)at);
	}
	return v_int(-1);
}

/* ---- sets ---- */

static bool
within(run *r, const val *all, const val *of)
{
	for (size_t i = 0; i < all->len; i++) {
		val item = v_item(r, all, i);
		if (!v_in(r, of, &item))
			return false;
	}
	return true;
}

static val
contains(run *r, const val *a, size_t n)
{
	(void)n;
	return v_bool(within(r, &a[1], &a[0]));
}

static val
equivalent(run *r, const val *a, size_t n)
{
	(void)n;
	return v_bool(within(r, &a[0], &a[1]) && within(r, &a[1], &a[0]));
}

static val
intersects(run *r, const val *a, size_t n)
{
	(void)n;
	for (size_t i = 0; i < a[0].len; i++) {
		val item = v_item(r, &a[0], i);
		if (v_in(r, &a[1], &item))
			return v_bool(true);
	}
	return v_bool(false);
}

#define EXTREMES "[i].:i [u].:u [d].:d [b].:b [s].:s [y].:y [D].:D [T].:T"

const cel_fn cel_lists[] = {
	{"isSorted", "[i].:b [u].:b [d].:b [b].:b [s].:b [y].:b [D].:b [T].:b", is_sorted, COST_ITEMS},
	{"sum", "[i].:i [u].:u [d].:d [D].:D", sum, COST_ITEMS},
	{"max", EXTREMES, max, COST_ITEMS},
	{"min", EXTREMES, min, COST_ITEMS},
	{"sets.contains", "[A][A]:b", contains, COST_PAIRS},
	{"sets.equivalent", "[A][A]:b", equivalent, COST_PAIRS},
	{"sets.intersects", "[A][A]:b", intersects, COST_PAIRS},
	{0},
};
