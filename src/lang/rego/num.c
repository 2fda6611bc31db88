/* num: exact whole numbers through GMP, everything else through long double,
 * which on x86-64 has the 64-bit mantissa that OPA's big.Float has by default. */
#include "lang/rego/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "lang/value/literal.h"

/* Digits without point and exponent, of a whole number: false if it has a
 * fraction or would be too long. */
static bool
whole_digits(pv_str text, pv_buf *b)
{
	const char *e = memchr(text.s, 'e', text.len);
	e = e ? e : memchr(text.s, 'E', text.len);
	const char *point = memchr(text.s, '.', text.len);
	size_t mantissa = e ? (size_t)(e - text.s) : text.len;
	int64_t exponent = 0;
	if (e && !pv_parse_int((pv_str){e + 1 + (e[1] == '+'), text.len - mantissa - 1 - (e[1] == '+')},
			       &exponent))
		return false;
	int64_t fraction = point ? (int64_t)(mantissa - (size_t)(point - text.s) - 1) : 0;
	for (size_t i = 0; i < mantissa; i++)
		if (text.s[i] != '.')
			pv_buf_addc(b, text.s[i]);
	for (int64_t over = fraction - exponent; over > 0; over--) { /* must be zeros */
		if (b->len == 0 || b->s[b->len - 1] != '0')
			return false;
		b->s[--b->len] = '\0';
	}
	if (exponent - fraction > RG_NUM_DIGITS)
		return false;
	for (int64_t more = exponent - fraction; more > 0; more--)
		pv_buf_addc(b, '0');
	return b->len <= RG_NUM_DIGITS;
}

bool
rg_num_get(const pv_val *v, mpz_t z)
{
	char room[PV_NUMBER_ROOM];
	pv_val plain;
	pv_buf b;
	mpz_init(z);
	if (v->num == PV_DECIMAL && pv_number_simple(v, &plain))
		v = &plain;
	if (v->num == PV_INT) {
		mpz_set_si(z, v->i);
		return true;
	}
	if (v->num == PV_DOUBLE && fabs(v->d) < 1e15) {
		mpz_set_d(z, v->d);
		return floor(v->d) == v->d;
	}
	pv_arena *scratch = pv_arena_new("rego-number");
	pv_buf_init(&b, scratch);
	bool ok = whole_digits(pv_number_text(v, room), &b) && b.len && mpz_set_str(z, b.s, 10) == 0;
	pv_arena_free(scratch);
	return ok;
}

bool
rg_num_whole(const pv_val *v)
{
	mpz_t z;
	if (v->num == PV_INT)
		return true;
	bool ok = rg_num_get(v, z);
	mpz_clear(z);
	return ok;
}

pv_val
rg_num_put(pv_arena *arena, const mpz_t z)
{
	pv_val v;
	if (mpz_fits_slong_p(z))
		return pv_int(mpz_get_si(z));
	char *text = pv_alloc(arena, mpz_sizeinbase(z, 10) + 2);
	mpz_get_str(text, 10, z);
	PV_ASSERT(pv_number(arena, text, strlen(text), &v));
	return v;
}

long double
rg_num_float(const pv_val *v)
{
	char room[PV_NUMBER_ROOM];
	pv_val plain;
	if (v->num == PV_DECIMAL && pv_number_simple(v, &plain))
		v = &plain;
	if (v->num == PV_INT)
		return (long double)v->i;
	if (v->num == PV_DOUBLE && v->d == floor(v->d) && fabs(v->d) < 1e15)
		return (long double)v->d;
	return strtold(pv_number_text(v, room).s, NULL);
}

/* The digits of "1.25e+06", which is not whole, as Go's big.Float writes them: without an exponent from 1e-4 to 1e6. */
static void
lay_out(char *text, size_t room)
{
	char digits[48];
	const char *e = strchr(text, 'e');
	int64_t exponent = 0;
	size_t n = 0, sign = *text == '-';
	bool negative = e[1] == '-';
	(void)pv_parse_int(pv_str_of(e + 2), &exponent);
	for (const char *c = text + sign; c < e; c++)
		if (*c != '.')
			digits[n++] = *c;
	while (n > 1 && digits[n - 1] == '0')
		n--;
	int at = (int)(negative ? -exponent : exponent), len = (int)n;
	if (at < -4 || at >= 6)
		snprintf(text + sign, room - sign, "%c%s%.*se%c%02d", *digits, n > 1 ? "." : "", len - 1,
			 digits + 1, negative ? '-' : '+', (int)exponent);
	else if (at < 0)
		snprintf(text + sign, room - sign, "0.%.*s%.*s", -at - 1, "000", len, digits);
	else
		snprintf(text + sign, room - sign, "%.*s.%.*s", at + 1, digits, len - at - 1,
			 digits + at + 1);
}

bool
rg_num_from_float(pv_arena *arena, long double x, pv_val *ret)
{
	char text[64];
	if (!isfinite(x))
		return false;
	if (x == floorl(x) && fabsl(x) < 9.2e18L) {
		*ret = pv_int((int64_t)x);
		return true;
	}
	for (int digits = 15; digits <= 21; digits++) {
		snprintf(text, sizeof text, "%.*Le", digits - 1, x);
		if (strtold(text, NULL) == x)
			break;
	}
	if (x != floorl(x))
		lay_out(text, sizeof text);
	return (x != floorl(x) ? pv_literal : pv_number)(arena, text, strlen(text), ret);
}

static bool
small(enum rg_num_op op, int64_t a, int64_t b, int64_t *ret)
{
	switch (op) {
	case RG_ADD: return !__builtin_add_overflow(a, b, ret);
	case RG_SUB: return !__builtin_sub_overflow(a, b, ret);
	case RG_MUL: return !__builtin_mul_overflow(a, b, ret);
	}
	return false;
}

int
rg_num_calc(rg_vm *vm, enum rg_num_op op, const pv_val *a, const pv_val *b, pv_val *ret)
{
	int64_t i;
	mpz_t x, y;
	if (a->num == PV_INT && b->num == PV_INT && small(op, a->i, b->i, &i)) {
		*ret = pv_int(i);
		return 0;
	}
	bool whole = rg_num_get(a, x);
	whole = rg_num_get(b, y) && whole;
	if (whole) {
		if (op == RG_MUL)
			mpz_mul(x, x, y);
		else
			(op == RG_ADD ? mpz_add : mpz_sub)(x, x, y);
		*ret = rg_num_put(vm->arena, x);
	}
	mpz_clear(x);
	mpz_clear(y);
	if (whole)
		return 0;
	long double u = rg_num_float(a), v = rg_num_float(b);
	u = op == RG_ADD ? u + v : op == RG_SUB ? u - v : u * v;
	return rg_num_from_float(vm->arena, u, ret) ? 0 : rg_builtin_error(vm, "number out of range");
}
