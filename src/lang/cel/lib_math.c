/* cel-go's math extension. */
#include "lang/cel/func.h"
#include <math.h>

/* The greatest (want 1) or least (-1) of one list or of the arguments. */
static val
extreme(run *r, const val *a, size_t n, int want)
{
	bool list = a[0].kind == PV_CEL_LIST;
	size_t count = list ? a[0].len : n;
	val best = v_null();
	for (size_t i = 0; i < count; i++) {
		val v = list ? v_item(r, &a[0], i) : a[i];
		if (!v_is_number(&v))
			return v_no_overload(r);
		if (i == 0 || v_compare(&v, &best) == want)
			best = v;
	}
	return count ? best
		     : v_error(r, "math.@%s(list) argument must not be empty", want > 0 ? "max" : "min");
}

static val
max(run *r, const val *a, size_t n)
{
	return extreme(r, a, n, 1);
}

static val
min(run *r, const val *a, size_t n)
{
	return extreme(r, a, n, -1);
}

#define OF_DOUBLE(name, expr) \
	static val name(run *r, const val *a, size_t n) \
	{ \
		double d = a[0].d; \
		(void)r; \
		(void)n; \
		return expr; \
	}
OF_DOUBLE(up, v_double(ceil(d)))
OF_DOUBLE(down, v_double(floor(d)))
OF_DOUBLE(nearest, v_double(round(d)))
OF_DOUBLE(whole, v_double(trunc(d)))
OF_DOUBLE(is_nan, v_bool(isnan(d)))
OF_DOUBLE(is_inf, v_bool(isinf(d)))
OF_DOUBLE(is_finite, v_bool(isfinite(d)))

static val
root(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_double(sqrt(a[0].kind == PV_CEL_DOUBLE ? a[0].d
			     : a[0].kind == PV_CEL_INT  ? (double)a[0].i
							: (double)a[0].u));
}

static val
absolute(run *r, const val *a, size_t n)
{
	(void)n;
	if (a[0].kind == PV_CEL_DOUBLE)
		return v_double(fabs(a[0].d));
	if (a[0].kind == PV_CEL_UINT || a[0].i >= 0)
		return a[0];
	return a[0].i == INT64_MIN ? v_error(r, "integer overflow") : v_int(-a[0].i);
}

static val
sign(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	if (a[0].kind == PV_CEL_DOUBLE)
		return v_double(isnan(a[0].d) ? a[0].d : (a[0].d > 0) - (a[0].d < 0));
	return a[0].kind == PV_CEL_UINT ? v_uint(a[0].u > 0) : v_int((a[0].i > 0) - (a[0].i < 0));
}

/* ---- bits ---- */

static val
with_bits(const val *a, uint64_t u)
{
	val v = a[0];
	v.u = u;
	return v;
}

#define OF_BITS(name, expr) \
	static val name(run *r, const val *a, size_t n) \
	{ \
		(void)r; \
		(void)n; \
		return with_bits(a, expr); \
	}
OF_BITS(bit_and, a[0].u &a[1].u)
OF_BITS(bit_or, a[0].u | a[1].u)
OF_BITS(bit_xor, a[0].u ^ a[1].u)
OF_BITS(bit_not, ~a[0].u)

static val
shift(run *r, const val *a, bool left)
{
	if (a[1].i < 0)
		return v_error(r, "math.bitShift%s() negative offset: %lld", left ? "Left" : "Right",
			       (long long)a[1].i);
	if (a[1].i >= 64)
		return with_bits(a, 0);
	return with_bits(a, left ? a[0].u << a[1].i : a[0].u >> a[1].i);
}

static val
shift_left(run *r, const val *a, size_t n)
{
	(void)n;
	return shift(r, a, true);
}

static val
shift_right(run *r, const val *a, size_t n)
{
	(void)n;
	return shift(r, a, false);
}

#define EXTREMES "i:i u:u d:d ii:i uu:u dd:d iu:* id:* ui:* ud:* di:* du:* [i]:i [u]:u [d]:d [*]:*"

const cel_fn cel_math[] = {
	{"math.@max", EXTREMES, max, COST_FIRST},
	{"math.@min", EXTREMES, min, COST_FIRST},
	{"math.ceil", "d:d", up, COST_ONE},
	{"math.floor", "d:d", down, COST_ONE},
	{"math.round", "d:d", nearest, COST_ONE},
	{"math.trunc", "d:d", whole, COST_ONE},
	{"math.abs", "i:i u:u d:d", absolute, COST_ONE},
	{"math.sign", "i:i u:u d:d", sign, COST_ONE},
	{"math.isNaN", "d:b", is_nan, COST_ONE},
	{"math.isInf", "d:b", is_inf, COST_ONE},
	{"math.isFinite", "d:b", is_finite, COST_ONE},
	{"math.sqrt", "i:d u:d d:d", root, COST_ONE},
	{"math.bitAnd", "ii:i uu:u", bit_and, COST_ONE},
	{"math.bitOr", "ii:i uu:u", bit_or, COST_ONE},
	{"math.bitXor", "ii:i uu:u", bit_xor, COST_ONE},
	{"math.bitNot", "i:i u:u", bit_not, COST_ONE},
	{"math.bitShiftLeft", "ii:i ui:u", shift_left, COST_ONE},
	{"math.bitShiftRight", "ii:i ui:u", shift_right, COST_ONE},
	{0},
};
