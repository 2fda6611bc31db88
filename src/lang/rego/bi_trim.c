/* bi_trim: trimming and letter case, as Go's strings package. */
#include <locale.h>
#include <string.h>
#include <wctype.h>

#include "base/arena.h"
#include "lang/rego/builtin.h"

static int
ret_slice(rg_vm *vm, pv_str s, const pv_val **ret)
{
	return rg_ret(vm, pv_stringn(vm->arena, s.s, s.len), ret);
}

/* Is the rune at s (n bytes) one of the set's? */
static bool
in_cutset(const pv_val *set, const char *s, size_t n)
{
	for (size_t i = 0; i < set->len;) {
		size_t k = i + 1;
		while (k < set->len && (set->s[k] & 0xc0) == 0x80)
			k++;
		if (k - i == n && memcmp(set->s + i, s, n) == 0)
			return true;
		i = k;
	}
	return false;
}

static pv_str
trim_left(pv_str s, const pv_val *set)
{
	while (s.len) {
		size_t n = 1;
		while (n < s.len && (s.s[n] & 0xc0) == 0x80)
			n++;
		if (!in_cutset(set, s.s, n))
			break;
		s = (pv_str){s.s + n, s.len - n};
	}
	return s;
}

static pv_str
trim_right(pv_str s, const pv_val *set)
{
	while (s.len) {
		size_t n = 1;
		while (n < s.len && (s.s[s.len - n] & 0xc0) == 0x80)
			n++;
		if (!in_cutset(set, s.s + s.len - n, n))
			break;
		s.len -= n;
	}
	return s;
}

static int
bi_trim(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return ret_slice(vm, trim_right(trim_left(pv_strv(a[0]), a[1]), a[1]), ret);
}

static int
bi_trim_left(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return ret_slice(vm, trim_left(pv_strv(a[0]), a[1]), ret);
}

static int
bi_trim_right(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return ret_slice(vm, trim_right(pv_strv(a[0]), a[1]), ret);
}

static int
bi_trim_prefix(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_str s = pv_strv(a[0]);
	if (s.len >= a[1]->len && memcmp(s.s, a[1]->s, a[1]->len) == 0)
		s = (pv_str){s.s + a[1]->len, s.len - a[1]->len};
	return ret_slice(vm, s, ret);
}

static int
bi_trim_suffix(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_str s = pv_strv(a[0]);
	if (s.len >= a[1]->len && memcmp(s.s + s.len - a[1]->len, a[1]->s, a[1]->len) == 0)
		s.len -= a[1]->len;
	return ret_slice(vm, s, ret);
}

static int
bi_trim_space(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	/* Unicode's White_Space, as Go's unicode.IsSpace. */
	static const char all[] = "\t\n\v\f\r \xc2\x85"
				  "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
				  "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";
	static const pv_val spaces = {.type = PV_STRING, .len = sizeof all - 1, .s = all};
	return ret_slice(vm, trim_right(trim_left(pv_strv(a[0]), &spaces), &spaces), ret);
}

/* Letters beyond ASCII through the C library's own table of Unicode. */
static int
mapped(rg_vm *vm, const pv_val *v, bool upper, const pv_val **ret)
{
	pv_buf b;
	locale_t unicode = (locale_t)0;
	pv_buf_init(&b, vm->arena);
	for (size_t i = 0; i < v->len;) {
		uint32_t rune = (unsigned char)v->s[i];
		int n = 1;
		char out[4];
		if (rune < 0x80) {
			bool other = upper ? rune >= 'a' && rune <= 'z' : rune >= 'A' && rune <= 'Z';
			pv_buf_addc(&b, (char)(other ? rune ^ 0x20 : rune));
		} else if ((n = pv_utf8_step(v->s + i, v->len - i, &rune)) > 0) {
			if (!unicode)
				unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
			if (unicode)
				rune = (uint32_t)(upper ? towupper_l(rune, unicode)
							: towlower_l(rune, unicode));
			pv_buf_add(&b, out, (size_t)pv_utf8_put(out, rune));
		} else {
			n = 1;
			pv_buf_addc(&b, v->s[i]);
		}
		i += (size_t)n;
	}
	if (unicode)
		freelocale(unicode);
	return rg_ret_buf(vm, &b, ret);
}

static int
bi_lower(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return mapped(vm, a[0], false, ret);
}

static int
bi_upper(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return mapped(vm, a[0], true, ret);
}

static const rg_builtin rows[] = {
	{"trim", "s s", bi_trim, 2, 0},
	{"trim_left", "s s", bi_trim_left, 2, 0},
	{"trim_right", "s s", bi_trim_right, 2, 0},
	{"trim_prefix", "s s", bi_trim_prefix, 2, 0},
	{"trim_suffix", "s s", bi_trim_suffix, 2, 0},
	{"trim_space", "s", bi_trim_space, 1, 0},
	{"lower", "s", bi_lower, 1, 0},
	{"upper", "s", bi_upper, 1, 0},
};
RG_FAMILY(trim);
