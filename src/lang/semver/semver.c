/* semver.org 2.0.0. */
#include "lang/semver/semver.h"
#include "base/str.h"
#include <string.h>

static bool
is_number(pv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.s[i] < '0' || s.s[i] > '9')
			return false;
	return s.len > 0 && (s.len == 1 || s.s[0] != '0');
}

static bool
is_identifiers(pv_str s, bool pre)
{
	pv_str one;
	if (s.len == 0 || s.s[s.len - 1] == '.')
		return false;
	while (pv_str_next(&s, '.', &one)) {
		bool digits = true;
		for (size_t i = 0; i < one.len; i++) {
			char c = one.s[i];
			bool digit = c >= '0' && c <= '9';
			digits = digits && digit;
			if (!digit && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-')
				return false;
		}
		if (one.len == 0 || (pre && digits && one.len > 1 && one.s[0] == '0'))
			return false;
	}
	return true;
}

static pv_str
without_zeros(pv_str s)
{
	while (s.len > 1 && s.s[0] == '0')
		s = (pv_str){s.s + 1, s.len - 1};
	return s;
}

static bool
parse(pv_str s, bool loose, pv_semver *ret)
{
	const char *plus = s.len ? memchr(s.s, '+', s.len) : NULL;
	*ret = (pv_semver){0};
	if (plus) {
		size_t n = (size_t)(plus - s.s);
		if (!is_identifiers((pv_str){plus + 1, s.len - n - 1}, false))
			return false;
		s.len = n;
	}
	const char *dash = s.len ? memchr(s.s, '-', s.len) : NULL;
	if (dash) {
		size_t n = (size_t)(dash - s.s);
		ret->pre = (pv_str){dash + 1, s.len - n - 1};
		if (!is_identifiers(ret->pre, true))
			return false;
		s.len = n;
	}
	if (s.len == 0 || s.s[s.len - 1] == '.')
		return false;
	for (int i = 0; i < 3; i++) {
		if (!pv_str_next(&s, '.', &ret->part[i]))
			return false;
		if (loose)
			ret->part[i] = without_zeros(ret->part[i]);
		if (!is_number(ret->part[i]))
			return false;
	}
	return s.len == 0;
}

bool
pv_semver_parse(pv_str s, pv_semver *ret)
{
	return parse(s, false, ret);
}

static int
cmp_digits(pv_str a, pv_str b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len ? memcmp(a.s, b.s, a.len) : 0;
}

static int
cmp_pre(pv_str a, pv_str b)
{
	pv_str x, y;
	if (a.len == 0 || b.len == 0)
		return a.len == b.len ? 0 : a.len ? -1 : 1;
	for (;;) {
		bool more_a = pv_str_next(&a, '.', &x), more_b = pv_str_next(&b, '.', &y);
		if (!more_a || !more_b)
			return more_a - more_b;
		bool nx = is_number(x), ny = is_number(y);
		int r = nx && ny ? cmp_digits(x, y) : nx != ny ? (nx ? -1 : 1) : pv_str_cmp(x, y);
		if (r != 0)
			return r < 0 ? -1 : 1;
	}
}

bool
pv_semver_parse_loose(pv_str s, pv_semver *ret)
{
	if (s.len && s.s[0] == 'v')
		s = (pv_str){s.s + 1, s.len - 1};
	if (!parse(s, true, ret))
		return false;
	for (int i = 0; i < 3; i++)
		if (cmp_digits(ret->part[i], PV_STR("9223372036854775807")) > 0)
			return false;
	return true;
}

int
pv_semver_cmp(const pv_semver *a, const pv_semver *b)
{
	int r = 0;
	for (int i = 0; r == 0 && i < 3; i++)
		r = cmp_digits(a->part[i], b->part[i]);
	if (r == 0)
		r = cmp_pre(a->pre, b->pre);
	return r < 0 ? -1 : r > 0;
}
