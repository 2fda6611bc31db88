/* bi_units: units.parse, units.parse_bytes, semver.*: exact. */
#include <string.h>

#include "base/arena.h"
#include "lang/rego/num.h"
#include "lang/semver/semver.h"

/* ---- units ---- */

typedef struct amount {
	pv_str number, unit;
} amount;

/* Digits, signs, points and an exponent; the rest is the unit. */
static amount
take_apart(pv_str s)
{
	size_t i = 0;
	while (i < s.len) {
		char c = s.s[i];
		bool digit = c >= '0' && c <= '9';
		bool exponent = (c == 'e' || c == 'E') && i + 1 < s.len &&
				((s.s[i + 1] >= '0' && s.s[i + 1] <= '9') ||
				 ((s.s[i + 1] == '-' || s.s[i + 1] == '+') && i + 2 < s.len &&
				  s.s[i + 2] >= '0' && s.s[i + 2] <= '9'));
		if (!digit && c != '.' && !exponent && !(i == 0 && (c == '-' || c == '+')))
			break;
		i += exponent ? 2 : 1;
	}
	return (amount){{s.s, i}, {s.s + i, s.len - i}};
}

/* The number as JSON wants it: ".5" is 0.5, "1." is 1. */
static bool
read_number(pv_arena *arena, pv_str s, pv_val *ret)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	size_t i = 0;
	if (s.len && (s.s[0] == '-' || s.s[0] == '+')) {
		if (s.s[0] == '-')
			pv_buf_addc(&b, '-');
		i++;
	}
	if (i < s.len && s.s[i] == '.')
		pv_buf_addc(&b, '0');
	for (; i < s.len; i++) {
		bool bare = s.s[i] == '.' && (i + 1 == s.len || s.s[i + 1] == 'e' || s.s[i + 1] == 'E');
		if (!bare)
			pv_buf_addc(&b, s.s[i]);
	}
	return pv_number(arena, b.s, b.len, ret);
}

/* mantissa * 10^exponent, exactly. */
static bool
decimal(rg_vm *vm, const pv_val *v, mpz_t mantissa, int64_t *exponent)
{
	char room[PV_NUMBER_ROOM];
	pv_str s = pv_number_text(v, room);
	const char *e = memchr(s.s, 'e', s.len), *point = memchr(s.s, '.', s.len);
	size_t n = e ? (size_t)(e - s.s) : s.len;
	pv_buf b;
	*exponent = 0;
	if (e && !pv_parse_int((pv_str){e + 1 + (e[1] == '+'), s.len - n - 1 - (e[1] == '+')}, exponent))
		return false;
	pv_buf_init(&b, vm->arena);
	for (size_t i = 0; i < n; i++)
		if (s.s[i] != '.')
			pv_buf_addc(&b, s.s[i]);
	if (point)
		*exponent -= (int64_t)(n - (size_t)(point - s.s) - 1);
	return mpz_set_str(mantissa, b.s, 10) == 0 && *exponent < 1000 && *exponent > -1000;
}

static int
scaled(rg_vm *vm, const pv_val *v, const mpz_t factor, int64_t shift, bool whole, const pv_val **ret)
{
	mpz_t m;
	int64_t exponent;
	pv_val out;
	mpz_init(m);
	bool ok = decimal(vm, v, m, &exponent);
	if (ok) {
		mpz_mul(m, m, factor);
		exponent += shift;
		char *digits = pv_alloc(vm->arena, mpz_sizeinbase(m, 10) + 2);
		mpz_get_str(digits, 10, m);
		char *text = pv_printf(vm->arena, "%se%lld", digits, (long long)exponent);
		ok = pv_number(vm->arena, text, strlen(text), &out);
	}
	if (ok && whole && exponent < 0) { /* bytes are whole: cut */
		mpz_t ten;
		mpz_init(ten);
		mpz_ui_pow_ui(ten, 10, (unsigned long)-exponent);
		mpz_tdiv_q(m, m, ten);
		out = rg_num_put(vm->arena, m);
		mpz_clear(ten);
	}
	mpz_clear(m);
	return ok ? rg_ret(vm, out, ret) : rg_builtin_error(vm, "could not parse amount to a number");
}

/* The factor of a unit: 1000^k or 1024^k; milli is 10^-3. */
static bool
unit_factor(pv_str unit, bool bytes, mpz_t factor, int64_t *shift)
{
	static const char prefixes[] = "kmgtpe";
	char low[4] = "";
	*shift = 0;
	mpz_set_ui(factor, 1);
	if (unit.len > 3)
		return false;
	for (size_t i = 0; i < unit.len; i++)
		low[i] = unit.s[i] >= 'A' && unit.s[i] <= 'Z' ? (char)(unit.s[i] | 0x20) : unit.s[i];
	if (unit.len == 0 || (bytes && strcmp(low, "b") == 0))
		return true;
	if (!bytes && unit.len == 1 && unit.s[0] == 'm') {
		*shift = -3;
		return true;
	}
	const char *at = strchr(prefixes, low[0]);
	if (!at || !low[0])
		return false;
	const char *rest = low + 1;
	bool binary = *rest == 'i';
	rest += binary;
	if (bytes && *rest == 'b')
		rest++;
	if (*rest)
		return false;
	mpz_ui_pow_ui(factor, binary ? 1024 : 1000, (unsigned long)(at - prefixes) + 1);
	return true;
}

static int
parse_units(rg_vm *vm, const pv_val *v, bool bytes, const pv_val **ret)
{
	const char *what = bytes ? "byte amount" : "amount";
	pv_buf b;
	mpz_t factor;
	int64_t shift;
	pv_val n;
	pv_buf_init(&b, vm->arena);
	for (uint32_t i = 0; i < v->len; i++)
		if (v->s[i] != '"')
			pv_buf_addc(&b, v->s[i]);
	if (b.len && memchr(b.s, ' ', b.len))
		return rg_builtin_error(vm, "spaces not allowed in resource strings");
	amount a = take_apart((pv_str){b.len ? b.s : "", b.len});
	if (a.number.len == 0)
		return rg_builtin_error(vm, "no %s provided", what);
	mpz_init(factor);
	int r;
	if (!unit_factor(a.unit, bytes, factor, &shift))
		r = rg_builtin_error(vm, "%sunit %.*s not recognized", bytes ? "byte " : "", (int)a.unit.len,
				     a.unit.s);
	else if (!read_number(vm->arena, a.number, &n))
		r = rg_builtin_error(vm, "could not parse %s to a number", what);
	else
		r = scaled(vm, &n, factor, shift, bytes, ret);
	mpz_clear(factor);
	return r;
}

static int
bi_parse(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return parse_units(vm, a[0], false, ret);
}

static int
bi_parse_bytes(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return parse_units(vm, a[0], true, ret);
}

/* ---- semantic versions ---- */

static int
bi_semver_compare(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_semver v[2];
	for (int i = 0; i < 2; i++)
		if (!pv_semver_parse_loose(pv_strv(a[i]), &v[i]))
			return rg_builtin_error(vm, "operand %d: string \"%s\" is not a valid SemVer", i + 1,
						a[i]->s);
	return rg_ret(vm, pv_int(pv_semver_cmp(&v[0], &v[1])), ret);
}

static int
bi_semver_is_valid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_semver v;
	(void)vm;
	return rg_ret_bool(a[0]->type == PV_STRING && pv_semver_parse_loose(pv_strv(a[0]), &v), ret);
}

static const rg_builtin rows[] = {
	{"units.parse", "s", bi_parse, 1, 0},
	{"units.parse_bytes", "s", bi_parse_bytes, 1, 0},
	{"semver.compare", "s s", bi_semver_compare, 2, 0},
	{"semver.is_valid", "*", bi_semver_is_valid, 1, 0},
};
RG_FAMILY(units);
