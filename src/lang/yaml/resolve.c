#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "lang/yaml/resolve.h"

static const struct word {
	const char *text;
	enum yaml_kind kind;
	bool truth;
} words[] = {
	{"", YAML_NULL, false},
	{"~", YAML_NULL, false},
	{"null", YAML_NULL, false},
	{"Null", YAML_NULL, false},
	{"NULL", YAML_NULL, false},
	{"y", YAML_BOOL, true},
	{"Y", YAML_BOOL, true},
	{"yes", YAML_BOOL, true},
	{"Yes", YAML_BOOL, true},
	{"YES", YAML_BOOL, true},
	{"true", YAML_BOOL, true},
	{"True", YAML_BOOL, true},
	{"TRUE", YAML_BOOL, true},
	{"on", YAML_BOOL, true},
	{"On", YAML_BOOL, true},
	{"ON", YAML_BOOL, true},
	{"n", YAML_BOOL, false},
	{"N", YAML_BOOL, false},
	{"no", YAML_BOOL, false},
	{"No", YAML_BOOL, false},
	{"NO", YAML_BOOL, false},
	{"false", YAML_BOOL, false},
	{"False", YAML_BOOL, false},
	{"FALSE", YAML_BOOL, false},
	{"off", YAML_BOOL, false},
	{"Off", YAML_BOOL, false},
	{"OFF", YAML_BOOL, false},
	{".nan", YAML_NOT_FINITE, false},
	{".NaN", YAML_NOT_FINITE, false},
	{".NAN", YAML_NOT_FINITE, false},
	{".inf", YAML_NOT_FINITE, false},
	{".Inf", YAML_NOT_FINITE, false},
	{".INF", YAML_NOT_FINITE, false},
	{"+.inf", YAML_NOT_FINITE, false},
	{"+.Inf", YAML_NOT_FINITE, false},
	{"+.INF", YAML_NOT_FINITE, false},
	{"-.inf", YAML_NOT_FINITE, false},
	{"-.Inf", YAML_NOT_FINITE, false},
	{"-.INF", YAML_NOT_FINITE, false},
};

static enum yaml_kind
resolve_word(pv_str s, pv_val *ret)
{
	if (s.len > 5)
		return YAML_STR;
	for (size_t i = 0; i < PV_LEN(words); i++)
		if (pv_str_is(s, words[i].text)) {
			*ret = words[i].kind == YAML_BOOL ? pv_bool(words[i].truth) : pv_null();
			return words[i].kind;
		}
	return YAML_STR;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- timestamps: only to know that they are none of the others ---- */

/* One or two digits at *p, at most max; false if there are none or too much. */
static bool
small_number(const char **p, const char *end, int min, int max, int *ret)
{
	int n = 0, digits = 0;

	for (; *p < end && is_digit(**p) && digits < 2; ++*p, digits++)
		n = n * 10 + (**p - '0');
	*ret = n;
	return digits > 0 && n >= min && n <= max;
}

static bool
zone(const char **p, const char *end)
{
	int hours, minutes;

	if (*p < end && **p == 'Z') {
		++*p;
		return true;
	}
	if (end - *p < 6 || (**p != '+' && **p != '-') || !is_digit((*p)[2]) || !is_digit((*p)[5]))
		return false;
	++*p;
	return small_number(p, end, 0, 24, &hours) && *(*p)++ == ':' && small_number(p, end, 0, 59, &minutes);
}

static bool
clock_of(const char *p, const char *end, bool with_zone)
{
	int n;

	if (!small_number(&p, end, 0, 23, &n) || p == end || *p++ != ':' ||
	    !small_number(&p, end, 0, 59, &n) || p == end || *p++ != ':' || !small_number(&p, end, 0, 59, &n))
		return false;
	if (end - p >= 2 && (*p == '.' || *p == ',') && is_digit(p[1]))
		for (p++; p < end && is_digit(*p);)
			p++;
	return (!with_zone || zone(&p, end)) && p == end;
}

static bool
is_timestamp(pv_str s)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const char *p = s.s, *end = s.s + s.len;
	int year = 0, month, day, last;

	for (; p < end && is_digit(*p) && p - s.s < 5; p++)
		year = year * 10 + (*p - '0');
	if (p - s.s != 4 || p == end || *p++ != '-' || !small_number(&p, end, 1, 12, &month) || p == end ||
	    *p++ != '-' || !small_number(&p, end, 1, 31, &day))
		return false;
	last = days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
	if (day > last)
		return false;
	if (p == end)
		return true;
	return clock_of(p + 1, end, *p != ' ') && (*p == 'T' || *p == 't' || *p == ' ');
}

/* ---- numbers ---- */

/* The whole text in `base` after its sign and prefix. */
static bool
whole(const char *p, int base, bool negative, pv_arena *arena, pv_val *ret)
{
	uint64_t m = 0;
	char text[32];
	int len;

	if (*p == '\0')
		return false;
	for (; *p != '\0'; p++) {
		char c = (char)(*p | 0x20);
		int digit = is_digit(*p) ? *p - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;

		if (digit >= base || m > (UINT64_MAX - (uint64_t)digit) / (uint64_t)base)
			return false;
		m = m * (uint64_t)base + (uint64_t)digit;
	}
	if (negative && m > (uint64_t)INT64_MAX + 1)
		return false;
	len = snprintf(text, sizeof(text), "%s%llu", negative ? "-" : "", (unsigned long long)m);
	return pv_number(arena, text, (size_t)len, ret);
}

/* Go's strconv.ParseInt(s, 0, 64), or ParseUint for what is above. */
static bool
resolve_int(pv_arena *arena, const char *s, pv_val *ret)
{
	bool negative = *s == '-';
	const char *p = s + (negative || *s == '+');

	if (p[0] != '0' || p[1] == '\0')
		return whole(p, 10, negative, arena, ret);
	if (p[1] != '\0' && p[2] != '\0' && strchr("xXbBoO", p[1]) != NULL)
		return whole(p + 2,
			     (p[1] | 0x20) == 'x'   ? 16
			     : (p[1] | 0x20) == 'b' ? 2
						    : 8,
			     negative, arena, ret);
	return whole(p + 1, 8, negative, arena, ret);
}

/* [-+]? (. digits | digits [. digits*]) [exponent]: rewritten as a JSON number. */
static bool
json_float(const char *p, pv_buf *b)
{
	const char *start;
	bool digits = false;

	if (*p == '-')
		pv_buf_addc(b, '-');
	p += *p == '-' || *p == '+';
	digits = is_digit(*p);
	while (*p == '0' && is_digit(p[1]))
		p++;
	for (start = p; is_digit(*p);)
		p++;
	if (digits)
		pv_buf_add(b, start, (size_t)(p - start));
	else
		pv_buf_addc(b, '0');
	if (*p == '.') {
		for (start = p++; is_digit(*p);)
			p++;
		if (p - start > 1)
			pv_buf_add(b, start, (size_t)(p - start));
		else if (!digits)
			return false;
	} else if (!digits) {
		return false;
	}
	if (*p == 'e' || *p == 'E') {
		start = p++;
		p += *p == '-' || *p == '+';
		if (!is_digit(*p))
			return false;
		while (is_digit(*p))
			p++;
		pv_buf_add(b, start, (size_t)(p - start));
	}
	return *p == '\0';
}

static bool
resolve_float(pv_arena *arena, const char *s, pv_val *ret)
{
	pv_buf b;
	bool ok;
	double d;

	pv_buf_init(&b, NULL);
	ok = json_float(s, &b);
	d = ok ? strtod(b.s, NULL) : 0.0;
	ok = ok && isfinite(d); /* beyond a double: Go keeps the text */
	if (ok && !pv_number(arena, b.s, b.len, ret))
		*ret = pv_double(d);
	if (ok && ret->num == PV_INT)
		*ret = pv_double((double)ret->i);
	pv_buf_done(&b);
	return ok;
}

static enum yaml_kind
resolve_number(pv_arena *arena, pv_str s, pv_val *ret)
{
	enum yaml_kind kind = YAML_STR;
	pv_buf plain;

	for (size_t i = 0; i < s.len; i++)
		if (s.s[i] == '\0' || strchr("0123456789abcdefABCDEFxXoO_+-.", s.s[i]) == NULL)
			return YAML_STR;
	for (size_t i = 0; i < s.len && s.s[0] == '.'; i++) /* here '_' must stand between digits */
		if (s.s[i] == '_' && (i + 1 == s.len || !is_digit(s.s[i - 1]) || !is_digit(s.s[i + 1])))
			return YAML_STR;
	pv_buf_init(&plain, NULL);
	for (size_t i = 0; i < s.len; i++)
		if (s.s[i] != '_')
			pv_buf_addc(&plain, s.s[i]);
	if (s.s[0] != '.' && resolve_int(arena, plain.s, ret))
		kind = YAML_INT;
	else if (resolve_float(arena, plain.s, ret))
		kind = YAML_FLOAT;
	pv_buf_done(&plain);
	return kind;
}

enum yaml_kind
yaml_resolve(pv_arena *arena, pv_str s, pv_val *ret)
{
	enum yaml_kind kind;

	if (s.len > 0 && (s.s[0] == '\0' || strchr("+-0123456789yYnNtTfFoO~.", s.s[0]) == NULL))
		return YAML_STR;
	kind = resolve_word(s, ret);
	if (kind != YAML_STR || s.len == 0 || strchr("+-0123456789.", s.s[0]) == NULL)
		return kind;
	return is_timestamp(s) ? YAML_TIMESTAMP : resolve_number(arena, s, ret);
}

/* [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?: YAML 1.1's base 60, which nobody
 * reads here but other readers may. */
static bool
is_base60(pv_str s)
{
	const char *p = s.s, *end = s.s + s.len;
	bool colon = false;

	p += p < end && (*p == '-' || *p == '+');
	if (p == end || !is_digit(*p))
		return false;
	while (p < end && (is_digit(*p) || *p == '_'))
		p++;
	while (end - p >= 2 && *p == ':' && is_digit(p[1])) {
		p += 2 + (p[1] <= '5' && end - p >= 3 && is_digit(p[2]));
		colon = true;
	}
	if (p < end && *p == '.')
		for (p++; p < end && (is_digit(*p) || *p == '_');)
			p++;
	return colon && p == end;
}

bool
yaml_needs_quotes(pv_arena *arena, pv_str s)
{
	enum yaml_kind kind;
	pv_val v;

	if (s.len > 0 && (s.s[0] == '\0' || strchr("+-0123456789yYnNtTfFoO~.", s.s[0]) == NULL))
		return false;
	kind = resolve_word(s, &v);
	if (kind != YAML_STR || is_timestamp(s) || is_base60(s))
		return true;
	if (strchr("+-0123456789.", s.s[0]) == NULL)
		return false;
	return resolve_number(arena, s, &v) != YAML_STR;
}

void
yaml_mend(pv_buf *b, pv_str s)
{
	for (size_t i = 0; i < s.len;) {
		int step = pv_utf8_step(s.s + i, s.len - i, NULL);

		pv_buf_add(b, step > 0 ? s.s + i : "\xef\xbf\xbd", step > 0 ? (size_t)step : 3);
		i += step > 0 ? (size_t)step : 1;
	}
}

/* ---- floats to text ---- */

/* 'g': plain while the exponent is in [-4, 6), else d.ddde+XX. */
static void
put_g(pv_buf *b, const char *digits, size_t n, int64_t point, bool negative)
{
	if (negative)
		pv_buf_addc(b, '-');
	if (point - 1 < -4 || point - 1 >= 6) {
		int64_t e = point - 1;

		pv_buf_addc(b, digits[0]);
		if (n > 1)
			pv_buf_addc(b, '.');
		pv_buf_add(b, digits + 1, n - 1);
		pv_buf_printf(b, "e%c%02lld", e < 0 ? '-' : '+', (long long)(e < 0 ? -e : e));
	} else if (point <= 0) {
		pv_buf_adds(b, "0.");
		for (; point < 0; point++)
			pv_buf_addc(b, '0');
		pv_buf_add(b, digits, n);
	} else {
		for (int64_t i = 0; i < (int64_t)n || i < point; i++) {
			if (i == point)
				pv_buf_addc(b, '.');
			pv_buf_addc(b, i < (int64_t)n ? digits[i] : '0');
		}
	}
}

void
yaml_float_text(pv_buf *b, pv_str json)
{
	char digits[64];
	size_t n = 0, zeros = 0;
	int64_t point = 0;
	bool fraction = false;

	for (size_t i = 0; i < json.len && n < sizeof(digits); i++) {
		char c = json.s[i];

		if (c == 'e') {
			point += strtoll(json.s + i + 1, NULL, 10);
			break;
		}
		if (c == '.')
			fraction = true;
		if (!is_digit(c))
			continue;
		if (n > 0 || c != '0') {
			digits[n++] = c;
			zeros = c == '0' ? zeros + 1 : 0;
			point += !fraction;
		} else if (fraction) {
			point--;
		}
	}
	if (n == 0)
		pv_buf_addc(b, '0');
	else
		put_g(b, digits, n - zeros, point, json.s[0] == '-');
}

const char *
yaml_float_key(pv_arena *arena, double d)
{
	float f = (float)d;
	char text[48], digits[16] = "";
	size_t n = 0;
	pv_buf b;

	pv_buf_init(&b, arena);
	if (f == 0.0f || isinf(f)) {
		pv_buf_adds(&b, f == 0.0f ? (signbit(f) ? "-0" : "0") : f > 0 ? ".inf" : "-.inf");
		return b.s;
	}
	for (int p = 0; p < 9; p++) {
		snprintf(text, sizeof(text), "%.*e", p, fabs((double)f));
		if (strtof(text, NULL) == fabsf(f))
			break;
	}
	for (const char *p = text; *p != 'e'; p++)
		if (is_digit(*p))
			digits[n++] = *p;
	put_g(&b, digits, n, strtol(strchr(text, 'e') + 1, NULL, 10) + 1, f < 0);
	return b.s;
}
