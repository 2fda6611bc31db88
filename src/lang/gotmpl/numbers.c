/* numbers: sprig's arithmetic, over spf13/cast's idea of what is a number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "lang/gotmpl/impl.h"

/* "12.0" is 12. */
static pv_str
without_zero_decimals(pv_str s)
{
	size_t at = s.len;
	while (at > 0 && s.s[at - 1] == '0')
		at--;
	if (at > 0 && at < s.len && s.s[at - 1] == '.')
		s.len = at - 1;
	return s;
}

int64_t
cast_int(pv_trun *r, const pv_tv *v)
{
	number num;
	pv_str s;
	switch (v->kind) {
	case PV_T_BOOL: return v->b;
	case PV_T_INT:
	case PV_T_UINT: return v->i;
	case PV_T_FLOAT: return isnan(v->d) || fabs(v->d) >= 0x1p63 ? INT64_MIN : (int64_t)v->d;
	case PV_T_STRING:
		s = without_zero_decimals((pv_str){v->s, v->len});
		if (s.len == 0 || number_parse(r->arena, s, false, &num) != NULL || num.looks_float ||
		    !num.is_int)
			return 0;
		return num.i;
	default: return 0;
	}
}

double
cast_float(const pv_tv *v)
{
	double d = 0;
	switch (v->kind) {
	case PV_T_BOOL: return v->b;
	case PV_T_INT: return (double)v->i;
	case PV_T_UINT: return (double)v->u;
	case PV_T_FLOAT: return v->d;
	case PV_T_STRING: return pv_parse_double((pv_str){v->s, v->len}, &d) ? d : 0;
	default: return 0;
	}
}

TFN(fn_int)
{
	*ret = pv_tv_int(cast_int(r, &args[0]));
	return 0;
}

TFN(fn_int64)
{
	*ret = pv_tv_int64(cast_int(r, &args[0]));
	return 0;
}

TFN(fn_float64)
{
	*ret = pv_tv_float(cast_float(&args[0]));
	return 0;
}

TFN(fn_atoi)
{
	int64_t i = 0;
	pv_str s = targ(args, 0);
	bool plus = s.len > 1 && *s.s == '+' && s.s[1] != '-';
	(void)pv_parse_int((pv_str){s.s + plus, s.len - plus}, &i);
	*ret = pv_tv_int(i);
	return 0;
}

TFN(fn_to_decimal)
{
	pv_str s;
	int64_t value = 0;
	if (text_of(r, &args[0], &s) < 0)
		return -PV_EINVALID;
	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] < '0' || s.s[i] > '7' || value > INT64_MAX / 8 - 1) {
			value = 0;
			break;
		}
		value = value * 8 + (s.s[i] - '0');
	}
	*ret = pv_tv_int64(value);
	return 0;
}

/* ---- whole ones; they wrap as Go's do ---- */

TFN(fn_add)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (uint64_t)cast_int(r, &args[i]);
	*ret = pv_tv_int64((int64_t)sum);
	return 0;
}

TFN(fn_add1)
{
	*ret = pv_tv_int64((int64_t)((uint64_t)cast_int(r, &args[0]) + 1));
	return 0;
}

TFN(fn_sub)
{
	*ret = pv_tv_int64((int64_t)((uint64_t)cast_int(r, &args[0]) - (uint64_t)cast_int(r, &args[1])));
	return 0;
}

TFN(fn_mul)
{
	uint64_t product = 1;
	for (size_t i = 0; i < n; i++)
		product *= (uint64_t)cast_int(r, &args[i]);
	*ret = pv_tv_int64((int64_t)product);
	return 0;
}

static int
divided(pv_trun *r, const pv_tv *args, bool rest, pv_tv *ret)
{
	int64_t a = cast_int(r, &args[0]), b = cast_int(r, &args[1]);
	if (b == 0)
		return pv_trun_fail(r, "runtime error: integer divide by zero");
	if (b == -1)
		*ret = pv_tv_int64(rest ? 0 : (int64_t)(0 - (uint64_t)a));
	else
		*ret = pv_tv_int64(rest ? a % b : a / b);
	return 0;
}

TFN(fn_div)
{
	return divided(r, args, false, ret);
}

TFN(fn_mod)
{
	return divided(r, args, true, ret);
}

TFN(fn_max)
{
	int64_t best = cast_int(r, &args[0]);
	for (size_t i = 1; i < n; i++)
		best = cast_int(r, &args[i]) > best ? cast_int(r, &args[i]) : best;
	*ret = pv_tv_int64(best);
	return 0;
}

TFN(fn_min)
{
	int64_t best = cast_int(r, &args[0]);
	for (size_t i = 1; i < n; i++)
		best = cast_int(r, &args[i]) < best ? cast_int(r, &args[i]) : best;
	*ret = pv_tv_int64(best);
	return 0;
}

/* ---- floats ---- */

TFN(fn_maxf)
{
	double best = cast_float(&args[0]);
	for (size_t i = 1; i < n; i++)
		best = fmax(best, cast_float(&args[i]));
	*ret = pv_tv_float(best);
	return 0;
}

TFN(fn_minf)
{
	double best = cast_float(&args[0]);
	for (size_t i = 1; i < n; i++)
		best = fmin(best, cast_float(&args[i]));
	*ret = pv_tv_float(best);
	return 0;
}

TFN(fn_floor)
{
	*ret = pv_tv_float(floor(cast_float(&args[0])));
	return 0;
}

TFN(fn_ceil)
{
	*ret = pv_tv_float(ceil(cast_float(&args[0])));
	return 0;
}

TFN(fn_round)
{
	double on = n > 2 ? args[2].d : 0.5, pow10 = pow(10, (double)args[1].i);
	double digit = pow10 * cast_float(&args[0]), whole;
	*ret = pv_tv_float((modf(digit, &whole) >= on ? ceil(digit) : floor(digit)) / pow10);
	return 0;
}

/* A decimal: mantissa * 10^exponent; exact as long as the mantissa fits. */
typedef struct decimal {
	__int128 m;
	int e;
	bool exact;
	double d; /* once it no longer is */
} decimal;

static double
decimal_float(const decimal *x)
{
	char s[64];
	unsigned __int128 m = x->m < 0 ? -(unsigned __int128)x->m : (unsigned __int128)x->m;
	size_t at = sizeof s - 8;
	if (!x->exact)
		return x->d;
	snprintf(s + at, 8, "e%d", x->e);
	do {
		s[--at] = (char)('0' + (int)(m % 10));
		m /= 10;
	} while (m > 0);
	if (x->m < 0)
		s[--at] = '-';
	return strtod(s + at, NULL);
}

static decimal
decimal_of(double d)
{
	decimal x = {.d = d};
	char room[PV_NUMBER_ROOM];
	if (isnan(d) || isinf(d))
		return x;
	pv_val v = pv_double(d);
	pv_str s = pv_number_text(&v, room);
	bool fraction = false;
	x.exact = true;
	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] == 'e') {
			int64_t e = 0;
			size_t skip = i + 1 + (s.s[i + 1] == '+');
			(void)pv_parse_int((pv_str){s.s + skip, s.len - skip}, &e);
			x.e += (int)e;
			break;
		}
		if (s.s[i] == '.')
			fraction = true;
		if (s.s[i] < '0' || s.s[i] > '9')
			continue;
		x.m = x.m * 10 + (s.s[i] - '0');
		x.e -= fraction;
	}
	if (d < 0)
		x.m = -x.m;
	return x;
}

static bool
scale(decimal *x, int e)
{
	while (x->exact && x->e > e) {
		x->exact = !__builtin_mul_overflow(x->m, 10, &x->m);
		x->e--;
	}
	return x->exact;
}

static decimal
decimal_add(decimal a, decimal b)
{
	decimal sum = {.d = decimal_float(&a) + decimal_float(&b)};
	int e = a.e < b.e ? a.e : b.e;
	sum.exact = a.exact && b.exact && scale(&a, e) && scale(&b, e) &&
		    !__builtin_add_overflow(a.m, b.m, &sum.m);
	sum.e = e;
	return sum;
}

static decimal
decimal_mul(decimal a, decimal b)
{
	decimal product = {.e = a.e + b.e, .d = decimal_float(&a) * decimal_float(&b)};
	product.exact = a.exact && b.exact && !__builtin_mul_overflow(a.m, b.m, &product.m);
	return product;
}

/* Sixteen digits behind the point, rounded half away from zero. */
static decimal
decimal_div(decimal a, decimal b)
{
	decimal q = {.e = -16, .d = decimal_float(&a) / decimal_float(&b)};
	if (!a.exact || !b.exact || a.e - b.e > 20 || !scale(&a, b.e - 16 < a.e ? b.e - 16 : a.e) ||
	    a.e != b.e - 16)
		return q;
	__int128 rest = a.m % b.m, half = b.m < 0 ? -b.m : b.m;
	q.m = a.m / b.m;
	rest = rest < 0 ? -rest : rest;
	if (rest >= half - rest)
		q.m += (a.m < 0) == (b.m < 0) ? 1 : -1;
	q.exact = true;
	return q;
}

static int
calculated(const pv_tv *args, size_t n, decimal (*op)(decimal, decimal), bool negate, pv_tv *ret)
{
	decimal x = decimal_of(cast_float(&args[0]));
	for (size_t i = 1; i < n; i++) {
		double d = cast_float(&args[i]);
		x = op(x, decimal_of(negate ? -d : d));
	}
	*ret = pv_tv_float(decimal_float(&x));
	return 0;
}

TFN(fn_addf)
{
	*ret = pv_tv_float(0);
	return n ? calculated(args, n, decimal_add, false, ret) : 0;
}

TFN(fn_add1f)
{
	pv_tv both[2] = {args[0], pv_tv_int(1)};
	return calculated(both, 2, decimal_add, false, ret);
}

TFN(fn_subf)
{
	return calculated(args, n, decimal_add, true, ret);
}

TFN(fn_mulf)
{
	return calculated(args, n, decimal_mul, false, ret);
}

TFN(fn_divf)
{
	for (size_t i = 1; i < n; i++)
		if (cast_float(&args[i]) == 0)
			return pv_trun_fail(r, "decimal division by 0");
	return calculated(args, n, decimal_div, false, ret);
}

/* clang-format off */
const pv_tfunc pv_tmpl_numbers[] = {
	{"int", "a", fn_int}, {"int64", "a", fn_int64}, {"float64", "a", fn_float64}, {"atoi", "s", fn_atoi},
	{"toDecimal", "a", fn_to_decimal}, {"add", ".a", fn_add}, {"add1", "a", fn_add1},
	{"sub", "aa", fn_sub}, {"mul", "a.a", fn_mul}, {"div", "aa", fn_div}, {"mod", "aa", fn_mod},
	{"max", "a.a", fn_max}, {"biggest", "a.a", fn_max}, {"min", "a.a", fn_min}, {"maxf", "a.a", fn_maxf},
	{"minf", "a.a", fn_minf}, {"floor", "a", fn_floor}, {"ceil", "a", fn_ceil},
	{"round", "ai.f", fn_round}, {"addf", ".a", fn_addf}, {"add1f", "a", fn_add1f},
	{"subf", "a.a", fn_subf}, {"mulf", "a.a", fn_mulf}, {"divf", "a.a", fn_divf}, {NULL, NULL, NULL},
};
/* clang-format on */
