/* String functions: the standard ones and cel-go's extension (version 2).  Positions
 * count characters. */
#include "lang/cel/func.h"
#include "base/utf8.h"
#include <string.h>

static pv_str
slice(pv_str s, size_t from, size_t to)
{
	size_t a = pv_utf8_prefix(s, from), b = pv_utf8_prefix(s, to);
	return (pv_str){s.s + a, b - a};
}

/* ---- searching ---- */

/* The byte of the first occurrence at or behind `from`, or -1. */
static ptrdiff_t
find(pv_str s, pv_str what, size_t from)
{
	if (from > s.len || what.len > s.len - from)
		return -1;
	const char *p = what.len ? memmem(s.s + from, s.len - from, what.s, what.len) : s.s + from;
	return p ? p - s.s : -1;
}

static val
contains(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(find(v_strv(&a[0]), v_strv(&a[1]), 0) >= 0);
}

static val
starts_with(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(a[0].len >= a[1].len && (!a[1].len || !memcmp(a[0].s, a[1].s, a[1].len)));
}

static val
ends_with(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(a[0].len >= a[1].len &&
		      (!a[1].len || !memcmp(a[0].s + a[0].len - a[1].len, a[1].s, a[1].len)));
}

static val
index_of(run *r, const val *a, size_t n)
{
	if (a[0].kind == PV_CEL_LIST)
		return cel_list_index(r, &a[0], &a[1], false);
	pv_str s = v_strv(&a[0]), what = v_strv(&a[1]);
	int64_t from = n == 3 ? a[2].i : 0;
	if (!what.len && n == 2)
		return v_int(0);
	if (from < 0 || (uint64_t)from > pv_utf8_count(s))
		return v_error(r, "index out of range: %lld", (long long)from);
	if (!what.len)
		return v_int(from);
	ptrdiff_t at = find(s, what, pv_utf8_prefix(s, (size_t)from));
	return v_int(at < 0 ? -1 : (int64_t)pv_utf8_count((pv_str){s.s, (size_t)at}));
}

static val
last_index_of(run *r, const val *a, size_t n)
{
	if (a[0].kind == PV_CEL_LIST)
		return cel_list_index(r, &a[0], &a[1], true);
	pv_str s = v_strv(&a[0]), what = v_strv(&a[1]);
	int64_t len = (int64_t)pv_utf8_count(s), from = n == 3 ? a[2].i : len;
	if (from < 0 || (n == 3 && from >= len && len > 0) || from > len)
		return v_error(r, "index out of range: %lld", (long long)from);
	if (!what.len)
		return v_int(from);
	for (size_t at = pv_utf8_prefix(s, (size_t)from) + 1; at-- > 0;)
		if (what.len <= s.len - at && !memcmp(s.s + at, what.s, what.len))
			return v_int((int64_t)pv_utf8_count((pv_str){s.s, at}));
	return v_int(-1);
}

/* ---- parts ---- */

static val
char_at(run *r, const val *a, size_t n)
{
	pv_str s = v_strv(&a[0]);
	size_t len = pv_utf8_count(s);
	(void)n;
	if (a[1].i < 0 || (uint64_t)a[1].i > len)
		return v_error(r, "index out of range: %lld", (long long)a[1].i);
	return v_str((uint64_t)a[1].i == len ? PV_STR("") : slice(s, (size_t)a[1].i, (size_t)a[1].i + 1));
}

static val
substring(run *r, const val *a, size_t n)
{
	pv_str s = v_strv(&a[0]);
	int64_t len = (int64_t)pv_utf8_count(s), from = a[1].i, to = n == 3 ? a[2].i : len;
	if (from < 0 || from > len)
		return v_error(r, "index out of range: %lld", (long long)from);
	if (to < 0 || to > len)
		return v_error(r, "index out of range: %lld", (long long)to);
	if (to < from)
		return v_error(r, "invalid substring range. start: %lld, end: %lld", (long long)from,
			       (long long)to);
	return v_str(slice(s, (size_t)from, (size_t)to));
}

/* Unicode's White_Space. */
static bool
is_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	       c == 0x3000;
}

static val
trim(run *r, const val *a, size_t n)
{
	pv_str s = v_strv(&a[0]);
	uint32_t c;
	int step;
	(void)r;
	(void)n;
	while ((step = pv_utf8_step(s.s, s.len, &c)) > 0 && is_space(c))
		s = (pv_str){s.s + step, s.len - (size_t)step};
	while (s.len) {
		size_t at = s.len - 1;
		while (at && ((unsigned char)s.s[at] & 0xc0) == 0x80)
			at--;
		if (pv_utf8_step(s.s + at, s.len - at, &c) <= 0 || !is_space(c))
			break;
		s.len = at;
	}
	return v_str(s);
}

static val
split(run *r, const val *a, size_t n)
{
	pv_str s = v_strv(&a[0]), sep = v_strv(&a[1]);
	int64_t limit = n == 3 ? a[2].i : -1;
	size_t at = 0;
	pv_vec out;
	pv_vec_init(&out, r->arena, sizeof(val));
	while (limit != 0 && (limit < 0 || (int64_t)out.len + 1 < limit)) {
		ptrdiff_t next = sep.len ? find(s, sep, at)
				 : at < s.len
					 ? (ptrdiff_t)(at + pv_utf8_prefix((pv_str){s.s + at, s.len - at}, 1))
					 : -1;
		if (next < 0 || (!sep.len && (size_t)next >= s.len))
			break;
		val part = v_str((pv_str){s.s + at, (size_t)next - at});
		pv_vec_push(&out, &part);
		at = (size_t)next + sep.len;
	}
	val rest = v_str((pv_str){s.s + at, s.len - at});
	if (limit != 0 && (sep.len || s.len))
		pv_vec_push(&out, &rest);
	return v_list_of(r, &out);
}

static val
join(run *r, const val *a, size_t n)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < a[0].len; i++) {
		val item = v_item(r, &a[0], i);
		if (item.kind != PV_CEL_STRING)
			return v_no_overload(r);
		v_spend(r, (item.len + (n == 2 ? a[1].len : 0)) / 10);
		if (r->over)
			return v_over();
		if (i && n == 2)
			pv_buf_add(&b, a[1].s, a[1].len);
		pv_buf_add(&b, item.s, item.len);
	}
	return v_str((pv_str){b.len ? b.s : "", b.len});
}

/* ---- changing ---- */

static val
recase(run *r, const val *a, char from, char to)
{
	char *s = pv_strndup(r->arena, a[0].s, a[0].len);
	for (size_t i = 0; i < a[0].len; i++)
		if (s[i] >= from && s[i] <= to)
			s[i] = (char)(s[i] ^ 0x20);
	return v_str((pv_str){s, a[0].len});
}

static val
lower(run *r, const val *a, size_t n)
{
	(void)n;
	return recase(r, a, 'A', 'Z');
}

static val
upper(run *r, const val *a, size_t n)
{
	(void)n;
	return recase(r, a, 'a', 'z');
}

static val
replace(run *r, const val *a, size_t n)
{
	pv_str s = v_strv(&a[0]), old = v_strv(&a[1]);
	int64_t limit = n == 4 ? a[3].i : -1;
	size_t at = 0, paid = 0;
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (; limit != 0 && !r->over; limit -= limit > 0) {
		v_spend(r, b.len / 10 - paid);
		paid = b.len / 10;
		ptrdiff_t hit = find(s, old, at);
		if (hit < 0)
			break;
		if (old.len) {
			pv_buf_add(&b, s.s + at, (size_t)hit - at);
			pv_buf_add(&b, a[2].s, a[2].len);
			at = (size_t)hit + old.len;
			continue;
		}
		size_t step = at < s.len ? pv_utf8_prefix((pv_str){s.s + at, s.len - at}, 1) : 0;
		pv_buf_add(&b, a[2].s, a[2].len);
		pv_buf_add(&b, s.s + at, step);
		at += step;
		if (!step)
			break;
	}
	v_spend(r, b.len / 10 - paid);
	if (r->over)
		return v_over();
	pv_buf_add(&b, s.s + at, s.len - at);
	return v_str((pv_str){b.s, b.len});
}

static val
reverse(run *r, const val *a, size_t n)
{
	pv_str s = v_strv(&a[0]);
	char *out = pv_alloc(r->arena, s.len + 1);
	(void)n;
	for (size_t at = 0; at < s.len;) {
		size_t step = pv_utf8_prefix((pv_str){s.s + at, s.len - at}, 1);
		memcpy(out + s.len - at - step, s.s + at, step);
		at += step;
	}
	out[s.len] = '\0';
	return v_str((pv_str){out, s.len});
}

static val
quote(run *r, const val *a, size_t n)
{
	static const char plain[] = "\a\b\f\n\r\t\v\\\"", names[] = "abfnrtv\\\"";
	pv_buf b;
	(void)n;
	pv_buf_init(&b, r->arena);
	pv_buf_addc(&b, '"');
	for (size_t i = 0; i < a[0].len;) {
		const char *at = a[0].s[i] ? strchr(plain, a[0].s[i]) : NULL;
		int step = pv_utf8_step(a[0].s + i, a[0].len - i, &(uint32_t){0});
		if (at) {
			pv_buf_addc(&b, '\\');
			pv_buf_addc(&b, names[at - plain]);
		} else if (step <= 0) {
			pv_buf_adds(&b, "\xef\xbf\xbd");
		} else {
			pv_buf_add(&b, a[0].s + i, (size_t)step);
		}
		i += step > 0 ? (size_t)step : 1;
	}
	pv_buf_addc(&b, '"');
	return v_str((pv_str){b.s, b.len});
}

const cel_fn cel_strings[] = {
	{"contains", "s.s:b", contains, COST_BOTH},
	{"startsWith", "s.s:b", starts_with, COST_SMALL},
	{"endsWith", "s.s:b", ends_with, COST_SMALL},
	{"indexOf", "s.s:i s.si:i [A].A:i", index_of, COST_BOTH},
	{"lastIndexOf", "s.s:i s.si:i [A].A:i", last_index_of, COST_BOTH},
	{"charAt", "s.i:s", char_at, COST_FIRST},
	{"substring", "s.i:s s.ii:s", substring, COST_FIRST},
	{"trim", "s.:s", trim, COST_FIRST},
	{"split", "s.s:[s] s.si:[s]", split, COST_FIRST},
	{"join", "[s].:s [s].s:s", join, COST_JOIN},
	{"lowerAscii", "s.:s", lower, COST_FIRST},
	{"upperAscii", "s.:s", upper, COST_FIRST},
	{"replace", "s.ss:s s.ssi:s", replace, COST_FIRST},
	{"strings.quote", "s:s", quote, COST_FIRST},
	{"format", "s.[*]:s", cel_format_string, COST_ITEMS},
	{0},
};

/* What the third version has more. */
const cel_fn cel_strings3[] = {
	{"reverse", "s.:s", reverse, COST_FIRST},
	{0},
};
