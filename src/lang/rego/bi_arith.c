/* bi_arith: + - * / %, rounding, bits, ranges, texts of numbers. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "lang/rego/num.h"
#include "lang/value/literal.h"

static int
calc(rg_vm *vm, enum rg_num_op op, const pv_val *const *a, const pv_val **ret)
{
	pv_val v;
	int r = rg_num_calc(vm, op, a[0], a[1], &v);
	return r < 0 ? r : rg_ret(vm, v, ret);
}

static int
bi_plus(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return calc(vm, RG_ADD, a, ret);
}

static int
bi_mul(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return calc(vm, RG_MUL, a, ret);
}

static int
bi_minus(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_listb b;
	if (a[0]->type == PV_NUMBER && a[1]->type == PV_NUMBER)
		return calc(vm, RG_SUB, a, ret);
	if (a[0]->type != PV_SET || a[1]->type != PV_SET)
		return rg_operand_error(vm, a[0]->type == PV_SET || a[0]->type == PV_NUMBER ? 2 : 1,
					a[0]->type == PV_SET ? "set" : "number",
					a[a[0]->type == PV_SET || a[0]->type == PV_NUMBER]);
	pv_listb_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++)
		if (!pv_getv(a[1], &a[0]->items[i]))
			pv_listb_add(&b, a[0]->items[i]);
	return rg_ret(vm, pv_listb_end_set(&b), ret);
}

static int
bi_div(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	mpz_t x, y;
	pv_val v;
	bool whole = rg_num_get(a[0], x);
	whole = rg_num_get(a[1], y) && whole;
	bool exact = whole && mpz_sgn(y) != 0 && mpz_divisible_p(x, y);
	if (exact) {
		mpz_divexact(x, x, y);
		v = rg_num_put(vm->arena, x);
	}
	mpz_clear(x);
	mpz_clear(y);
	if (exact)
		return rg_ret(vm, v, ret);
	long double d = rg_num_float(a[1]);
	if (d == 0)
		return rg_builtin_error(vm, "divide by zero");
	if (!rg_num_from_float(vm->arena, rg_num_float(a[0]) / d, &v))
		return rg_builtin_error(vm, "number out of range");
	return rg_ret(vm, v, ret);
}

static int
bi_rem(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	mpz_t x, y;
	int r;
	bool whole = rg_num_get(a[0], x);
	whole = rg_num_get(a[1], y) && whole;
	if (!whole) {
		r = rg_builtin_error(vm, "modulo on floating-point number");
	} else if (mpz_sgn(y) == 0) {
		r = rg_builtin_error(vm, "modulo by zero");
	} else {
		mpz_tdiv_r(x, x, y);
		r = rg_ret(vm, rg_num_put(vm->arena, x), ret);
	}
	mpz_clear(x);
	mpz_clear(y);
	return r;
}

/* ---- rounding ---- */

/* The number itself, not as it was written. */
static int
plain(rg_vm *vm, const pv_val *v, const pv_val **ret)
{
	pv_val simple;
	mpz_t z;
	if (v->num != PV_DECIMAL) {
		*ret = v;
		return 0;
	}
	if (rg_num_get(v, z))
		simple = rg_num_put(vm->arena, z);
	else if (!pv_number_simple(v, &simple))
		simple = *v;
	mpz_clear(z);
	return rg_ret(vm, simple, ret);
}

static int
rounded(rg_vm *vm, const pv_val *v, long double (*fn)(long double), const pv_val **ret)
{
	pv_val out;
	if (rg_num_whole(v))
		return plain(vm, v, ret);
	if (!rg_num_from_float(vm->arena, fn(rg_num_float(v)), &out))
		return rg_builtin_error(vm, "number out of range");
	return rg_ret(vm, out, ret);
}

static int
bi_round(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return rounded(vm, a[0], roundl, ret);
}

static int
bi_ceil(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return rounded(vm, a[0], ceill, ret);
}

static int
bi_floor(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return rounded(vm, a[0], floorl, ret);
}

static int
bi_abs(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	static const pv_val zero = {.type = PV_NUMBER, .num = PV_INT};
	pv_val v;
	if (pv_cmp(a[0], &zero) >= 0)
		return plain(vm, a[0], ret);
	int r = rg_num_calc(vm, RG_SUB, &zero, a[0], &v);
	return r < 0 ? r : rg_ret(vm, v, ret);
}

/* ---- bits ---- */

static int
whole_operand(rg_vm *vm, const pv_val *v, int operand, mpz_t z)
{
	if (rg_num_get(v, z))
		return 0;
	return rg_type_error(vm, "operand %d must be integer number but got floating-point number", operand);
}

static int
bits(rg_vm *vm, const pv_val *const *a, void (*fn)(mpz_t, const mpz_t, const mpz_t), const pv_val **ret)
{
	mpz_t x, y;
	int r = whole_operand(vm, a[0], 1, x), q = whole_operand(vm, a[1], 2, y);
	if (r == 0 && q == 0) {
		fn(x, x, y);
		r = rg_ret(vm, rg_num_put(vm->arena, x), ret);
	}
	mpz_clear(x);
	mpz_clear(y);
	return r < 0 ? r : q;
}

static int
bi_bits_and(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return bits(vm, a, mpz_and, ret);
}

static int
bi_bits_or(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return bits(vm, a, mpz_ior, ret);
}

static int
bi_bits_xor(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return bits(vm, a, mpz_xor, ret);
}

static int
bi_bits_negate(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	mpz_t x;
	int r = whole_operand(vm, a[0], 1, x);
	if (r == 0) {
		mpz_com(x, x);
		r = rg_ret(vm, rg_num_put(vm->arena, x), ret);
	}
	mpz_clear(x);
	return r;
}

static int
shift(rg_vm *vm, const pv_val *const *a, bool left, const pv_val **ret)
{
	mpz_t x;
	int64_t n = 0;
	int r = whole_operand(vm, a[0], 1, x);
	if (r == 0)
		r = rg_operand_int(vm, a[1], 2, &n);
	if (r == 0 && n < 0)
		r = rg_type_error(vm,
				  "operand 2 must be an unsigned integer number but got a negative integer");
	if (r == 0 && left && n > 4 * RG_NUM_DIGITS)
		r = rg_builtin_error(vm, "shift by more than %d bits", 4 * RG_NUM_DIGITS);
	if (r == 0) {
		if (left)
			mpz_mul_2exp(x, x, (mp_bitcnt_t)n);
		else
			mpz_fdiv_q_2exp(x, x, (mp_bitcnt_t)n);
		r = rg_ret(vm, rg_num_put(vm->arena, x), ret);
	}
	mpz_clear(x);
	return r;
}

static int
bi_lsh(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return shift(vm, a, true, ret);
}

static int
bi_rsh(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return shift(vm, a, false, ret);
}

/* ---- ranges ---- */

static int
range(rg_vm *vm, const pv_val *from, const pv_val *to, int64_t step, const pv_val **ret)
{
	int64_t a, b;
	pv_listb list;
	int r = rg_operand_int(vm, from, 1, &a);
	if (r == 0)
		r = rg_operand_int(vm, to, 2, &b);
	if (r < 0)
		return r;
	pv_listb_init(&list, vm->arena);
	uint64_t n = (a <= b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b) / (uint64_t)step;
	if (n >= vm->steps)
		return rg_vm_fail(vm, "eval_cancel_error", "step limit reached: a range of %llu numbers",
				  (unsigned long long)n);
	vm->steps -= n;
	for (uint64_t i = 0; i <= n; i++) { /* the way may be longer than an int64_t, its places are not */
		uint64_t way = i * (uint64_t)step;
		pv_listb_add(&list, pv_int((int64_t)(a <= b ? (uint64_t)a + way : (uint64_t)a - way)));
	}
	return rg_ret(vm, pv_listb_end(&list), ret);
}

static int
bi_range(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return range(vm, a[0], a[1], 1, ret);
}

static int
bi_range_step(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	int64_t step;
	static const pv_val most = {.type = PV_NUMBER, .num = PV_INT, .i = INT64_MAX};
	bool beyond = a[2]->num == PV_DECIMAL && rg_num_whole(a[2]) && pv_cmp(a[2], &most) > 0;
	int r = rg_operand_int(vm, beyond ? &most : a[2], 3, &step);
	if (r < 0)
		return r;
	if (step <= 0)
		return rg_builtin_error(vm, "step must be a positive integer");
	return range(vm, a[0], a[1], step, ret);
}

/* ---- texts ---- */

static int
bi_format_int(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	mpz_t x;
	pv_val v;
	int64_t base = pv_i64(a[1], 0);
	if (base != 2 && base != 8 && base != 10 && base != 16)
		return rg_builtin_error(vm, "operand 2 must be one of {2, 8, 10, 16}");
	bool whole = rg_num_get(a[0], x);
	if (!whole && rg_num_from_float(vm->arena, truncl(rg_num_float(a[0])), &v)) {
		mpz_clear(x);
		whole = rg_num_get(&v, x);
	}
	if (!whole) {
		mpz_clear(x);
		return rg_builtin_error(vm, "number out of range");
	}
	char *text = pv_alloc(vm->arena, mpz_sizeinbase(x, (int)base) + 2);
	mpz_get_str(text, (int)base, x);
	mpz_clear(x);
	return rg_ret(vm, pv_string_ref(text), ret);
}

/* What Go's ParseFloat reads and JSON has no number for. */
static bool
is_special(pv_str s)
{
	if (s.len && (*s.s == '-' || *s.s == '+'))
		s = (pv_str){s.s + 1, s.len - 1};
	return strcasecmp(s.s, "nan") == 0 || strcasecmp(s.s, "inf") == 0 || strcasecmp(s.s, "infinity") == 0;
}

static bool
has_digit(pv_str s, size_t i)
{
	return i < s.len && s.s[i] >= '0' && s.s[i] <= '9';
}

/* A number as Go's ParseFloat reads it, too ("+07", "7.", ".7", "1_000"), as JSON has it. */
static pv_str
as_json(pv_arena *arena, pv_str s)
{
	pv_buf b;
	bool leads = true, whole = true; /* no digit was there that counts; no point or exponent was */
	size_t i = s.len > 1 && *s.s == '+' && s.s[1] != '-';
	pv_buf_init(&b, arena);
	for (; i < s.len; i++) {
		char c = s.s[i];
		bool before = i > 0 && has_digit(s, i - 1), behind = has_digit(s, i + 1);
		bool drops = c == '_'   ? before && behind
			     : c == '0' ? leads && (behind || (i + 1 < s.len && s.s[i + 1] == '_'))
			     : c == '.' ? whole && before && !behind
					: false;
		if (c == '.' && leads && behind)
			pv_buf_addc(&b, '0');
		whole = whole && c != '.' && c != 'e' && c != 'E';
		leads = leads && whole && (drops || !has_digit(s, i));
		if (!drops)
			pv_buf_addc(&b, c);
	}
	return (pv_str){b.s, b.len};
}

static int
bi_to_number(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_val v;
	pv_str s = pv_strv(a[0]);
	switch (a[0]->type) {
	case PV_NULL: return rg_ret(vm, pv_int(0), ret);
	case PV_BOOL: return rg_ret(vm, pv_int(a[0]->b), ret);
	case PV_NUMBER: *ret = a[0]; return 0;
	default:
		if (is_special(s))
			return rg_type_error(vm, "operand 1 must be a finite number but got %s", s.s);
		s = as_json(vm->arena, s);
		if (!pv_literal(vm->arena, s.s, s.len, &v))
			return rg_builtin_error(vm, "operand 1 invalid syntax: %s", a[0]->s);
		return rg_ret(vm, v, ret);
	}
}

static const rg_builtin rows[] = {
	{"plus", "n n", bi_plus, 2, 0},
	{"minus", "nt nt", bi_minus, 2, 0},
	{"mul", "n n", bi_mul, 2, 0},
	{"div", "n n", bi_div, 2, 0},
	{"rem", "n n", bi_rem, 2, 0},
	{"round", "n", bi_round, 1, 0},
	{"ceil", "n", bi_ceil, 1, 0},
	{"floor", "n", bi_floor, 1, 0},
	{"abs", "n", bi_abs, 1, 0},
	{"bits.and", "n n", bi_bits_and, 2, 0},
	{"bits.or", "n n", bi_bits_or, 2, 0},
	{"bits.xor", "n n", bi_bits_xor, 2, 0},
	{"bits.negate", "n", bi_bits_negate, 1, 0},
	{"bits.lsh", "n n", bi_lsh, 2, 0},
	{"bits.rsh", "n n", bi_rsh, 2, 0},
	{"numbers.range", "n n", bi_range, 2, 0},
	{"numbers.range_step", "n n n", bi_range_step, 3, 0},
	{"format_int", "n n", bi_format_int, 2, 0},
	{"to_number", "zbns", bi_to_number, 1, 0},
};
RG_FAMILY(arith);
