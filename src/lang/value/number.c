/* Numbers, exact: int64, doubles, and decimals for what neither can say.  The
 * value of a double is its shortest text (JSON's view), so that every pair of
 * numbers compares by digits and 0.1 equals what the author wrote. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lang/value/impl.h"
#include "lang/value/literal.h"

#define EXPONENT_MAX 999999999 /* a larger exponent is not a number */
#define PLAIN_ZEROS 100        /* whole decimals with more zeros get an exponent */

struct scan {                 /* what the JSON text of a number says */
	bool negative, whole; /* whole: neither fraction nor exponent */
	const char *first;    /* the first digit that is not 0; '.' may lie between */
	size_t digits;        /* from there to the last that is not 0 */
	int64_t point;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The exponent at s, if any; false if malformed or beyond the limit. */
static bool
scan_exponent(const char *s, const char *end, int64_t *ret)
{
	bool negative = false;
	int64_t e = 0;

	if (s == end)
		return true;
	if (*s != 'e' && *s != 'E')
		return false;
	s++;
	if (s < end && (*s == '+' || *s == '-'))
		negative = *s++ == '-';
	if (s == end)
		return false;
	for (; s < end; s++) {
		if (!is_digit(*s))
			return false;
		if (e <= EXPONENT_MAX)
			e = e * 10 + (*s - '0');
	}
	*ret += negative ? -e : e;
	return e <= EXPONENT_MAX;
}

static bool
scan_number(const char *s, size_t len, struct scan *n)
{
	const char *end = s + len;
	size_t zeros = 0; /* since the last other digit */
	bool fraction = false;

	*n = (struct scan){.whole = true};
	if (s < end && *s == '-') {
		n->negative = true;
		s++;
	}
	if (s == end || !is_digit(*s) || (*s == '0' && s + 1 < end && is_digit(s[1])))
		return false;
	for (; s < end && (is_digit(*s) || (*s == '.' && !fraction)); s++) {
		if (*s == '.') {
			fraction = true;
			continue;
		}
		if (n->first == NULL && *s == '0') {
			n->point -= fraction;
			continue;
		}
		if (n->first == NULL)
			n->first = s;
		n->point += !fraction;
		n->digits++;
		zeros = *s == '0' ? zeros + 1 : 0;
	}
	if (!is_digit(s[-1]))
		return false;
	n->whole = s == end && !fraction;
	n->digits -= zeros;
	return scan_exponent(s, end, &n->point);
}

/* Copies the digits without the decimal point. */
static void
digits_copy(char *to, const char *from, size_t n)
{
	for (size_t i = 0; i < n; from++)
		if (*from != '.')
			to[i++] = *from;
}

/* Lays digits out as Go's encoding/json: plain between 1e-6 and 1e21, else with an
 * exponent.  Whole numbers may stay plain further.  Returns the length. */
static size_t
layout(char *out, const char *digits, size_t n, int64_t point, bool negative, int64_t plain_zeros)
{
	char *p = out;

	if (negative)
		*p++ = '-';
	if (point >= (int64_t)n && point - (int64_t)n <= plain_zeros) {
		memcpy(p, digits, n);
		memset(p + n, '0', (size_t)point - n);
		p += point;
	} else if (point > 0 && point < (int64_t)n && point <= 21) {
		memcpy(p, digits, (size_t)point);
		p[point] = '.';
		memcpy(p + point + 1, digits + point, n - (size_t)point);
		p += n + 1;
	} else if (point <= 0 && point > -6) {
		*p++ = '0';
		*p++ = '.';
		memset(p, '0', (size_t)-point);
		memcpy(p - point, digits, n);
		p += (int64_t)n - point;
	} else {
		*p++ = digits[0];
		if (n > 1) {
			*p++ = '.';
			memcpy(p, digits + 1, n - 1);
			p += n - 1;
		}
		p += snprintf(p, 16, "e%+lld", (long long)(point - 1));
	}
	return (size_t)(p - out);
}

/* The nearest double to 0.digits * 10^point; `digits` has room behind it. */
static double
nearest_double(char *digits, size_t n, int64_t point)
{
	int64_t e = point - (int64_t)n;

	if (n <= 15 && e >= -22 && e <= 22) { /* both factors are exact: one rounding */
		double m = 0;

		for (size_t i = 0; i < n; i++)
			m = m * 10 + (digits[i] - '0');
		return e < 0 ? m / pv_power10((int)-e) : m * pv_power10((int)e);
	}
	snprintf(digits + n, PV_NUMBER_ROOM, "e%lld", (long long)e); /* no decimal point: no locale */
	return strtod(digits, NULL);
}

/* 10^15 tells doubles apart, so up to 15 digits need no check (DBL_DIG). */
static bool
double_says(double d, const char *digits, size_t n, int64_t point)
{
	char shortest[PV_NUMBER_ROOM];
	int at;

	if (!isfinite(d) || d == 0.0)
		return false;
	if (n <= DBL_DIG && point > -290 && point < 290)
		return true;
	return pv_double_digits(d, shortest, &at) == n && at == point && memcmp(shortest, digits, n) == 0;
}

static bool
whole_int(const char *digits, size_t n, int64_t point, bool negative, int64_t *ret)
{
	uint64_t m = 0, limit = (uint64_t)INT64_MAX + negative;

	if (point < (int64_t)n || point > 19)
		return false;
	for (int64_t i = 0; i < point; i++) {
		unsigned digit = i < (int64_t)n ? (unsigned)(digits[i] - '0') : 0;

		if (m > (limit - digit) / 10)
			return false;
		m = m * 10 + digit;
	}
	*ret = negative ? (int64_t)(0 - m) : (int64_t)m;
	return true;
}

/* Up to 18 plain digits, which is nearly every number. */
static bool
short_int(const char *s, size_t len, pv_val *ret)
{
	bool negative = len > 0 && *s == '-';
	int64_t m = 0;

	s += negative;
	len -= negative;
	if (len == 0 || len > 18 || (*s == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(s[i]))
			return false;
		m = m * 10 + (s[i] - '0');
	}
	*ret = pv_int(negative ? -m : m);
	return true;
}

/* An int or a double that says the same; `digits` has room behind it. */
static bool
simple(const struct scan *n, char *digits, pv_val *ret)
{
	int64_t i;
	double d;

	if (n->digits == 0) {
		*ret = n->whole ? pv_int(0) : pv_double(n->negative ? -0.0 : 0.0);
		return true;
	}
	digits_copy(digits, n->first, n->digits);
	if (n->whole && whole_int(digits, n->digits, n->point, n->negative, &i)) {
		*ret = pv_int(i);
		return true;
	}
	if (n->whole && n->point - (int64_t)n->digits <= PLAIN_ZEROS)
		return false;
	d = nearest_double(digits, n->digits, n->point);
	if (double_says(d, digits, n->digits, n->point)) {
		*ret = pv_double(n->negative ? -d : d);
		return true;
	}
	if (!whole_int(digits, n->digits, n->point, n->negative, &i))
		return false;
	*ret = pv_int(i);
	return true;
}

bool
pv_number(pv_arena *arena, const char *s, size_t len, pv_val *ret)
{
	char room[64], *digits = room, *text;
	struct scan n;

	if (short_int(s, len, ret))
		return true;
	if (!scan_number(s, len, &n))
		return false;
	if (n.digits + PV_NUMBER_ROOM > sizeof(room))
		digits = pv_alloc(arena, n.digits + PV_NUMBER_ROOM);
	if (simple(&n, digits, ret))
		return true;
	text = pv_alloc(arena, n.digits + PLAIN_ZEROS + PV_NUMBER_ROOM);
	len = layout(text, digits, n.digits, n.point, n.negative, PLAIN_ZEROS);
	text[len] = '\0';
	*ret = (pv_val){.type = PV_NUMBER, .num = PV_DECIMAL, .len = (uint32_t)len, .s = text};
	return true;
}

/* Would the text be written just so?  Most are, which is seen without writing them. */
static bool
is_canonical(const char *s, size_t len, const pv_val *v)
{
	char room[PV_NUMBER_ROOM];
	bool plain = len < PV_NUMBER_ROOM;
	pv_str text;

	for (size_t i = 0; i < len && plain; i++)
		plain = s[i] != 'e' && s[i] != 'E' && s[i] != '.';
	if (plain && len > 1 && v->num == PV_INT)
		return v->i != 0; /* -0 */
	text = pv_number_text(v, room);
	return text.len == len && memcmp(text.s, s, len) == 0;
}

bool
pv_literal(pv_arena *arena, const char *s, size_t len, pv_val *ret)
{
	if (!pv_number(arena, s, len, ret))
		return false;
	if (!is_canonical(s, len, ret))
		*ret = (pv_val){.type = PV_NUMBER,
				.num = PV_DECIMAL,
				.len = (uint32_t)len,
				.s = pv_strndup(arena, s, len)};
	return true;
}

bool
pv_number_simple(const pv_val *v, pv_val *ret)
{
	char digits[64];
	struct scan n;

	*ret = *v;
	if (v->num != PV_DECIMAL)
		return true;
	PV_ASSERT(scan_number(v->s, v->len, &n));
	return n.digits + PV_NUMBER_ROOM <= sizeof(digits) && simple(&n, digits, ret);
}

pv_str
pv_number_text(const pv_val *v, char room[PV_NUMBER_ROOM])
{
	char digits[PV_NUMBER_ROOM];
	size_t n;
	int point;

	if (v->num == PV_DECIMAL)
		return (pv_str){v->s, v->len};
	if (v->num == PV_INT) {
		n = (size_t)snprintf(room, PV_NUMBER_ROOM, "%lld", (long long)v->i);
	} else if (v->d == 0.0) {
		n = (size_t)snprintf(room, PV_NUMBER_ROOM, signbit(v->d) ? "-0" : "0");
	} else {
		n = pv_double_digits(v->d, digits, &point);
		n = layout(room, digits, n, point, v->d < 0, point <= 21 ? 21 : 0);
		room[n] = '\0';
	}
	return (pv_str){room, n};
}

/* ---- comparing ---- */

static pv_digits
digits_of_text(const char *s, size_t len)
{
	struct scan n;

	PV_ASSERT(scan_number(s, len, &n));
	return (pv_digits){n.negative && n.digits > 0, n.point, n.digits, n.first};
}

pv_digits
pv_digits_of(const pv_val *v, char room[PV_NUMBER_ROOM])
{
	pv_digits n = {.digits = room};
	int point = 0;

	if (v->num == PV_DECIMAL)
		return digits_of_text(v->s, v->len);
	if (v->num == PV_INT) {
		n.negative = v->i < 0;
		n.n = pv_whole_digits(v->i < 0 ? 0 - (uint64_t)v->i : (uint64_t)v->i, room, &point);
	} else if (v->d != 0.0) {
		n.negative = v->d < 0;
		n.n = pv_double_digits(v->d, room, &point);
	}
	n.point = point;
	return n;
}

static int
magnitude_cmp(const pv_digits *a, const pv_digits *b)
{
	const char *p = a->digits, *q = b->digits;
	size_t n = a->n < b->n ? a->n : b->n;

	if (a->n == 0 || b->n == 0)
		return (a->n > 0) - (b->n > 0);
	if (a->point != b->point)
		return a->point < b->point ? -1 : 1;
	for (size_t i = 0; i < n; i++, p++, q++) {
		p += *p == '.';
		q += *q == '.';
		if (*p != *q)
			return *p < *q ? -1 : 1;
	}
	return a->n < b->n ? -1 : a->n > b->n;
}

static bool
is_small(const pv_val *v) /* exact as a double */
{
	return v->num == PV_DOUBLE ||
	       (v->num == PV_INT && v->i >= -(INT64_C(1) << 53) && v->i <= INT64_C(1) << 53);
}

int
pv_number_cmp(const pv_val *a, const pv_val *b)
{
	char room_a[PV_NUMBER_ROOM], room_b[PV_NUMBER_ROOM];
	pv_digits x, y;

	if (a->num == PV_INT && b->num == PV_INT)
		return a->i < b->i ? -1 : a->i > b->i;
	if (is_small(a) && is_small(b)) {
		double d = a->num == PV_INT ? (double)a->i : a->d, e = b->num == PV_INT ? (double)b->i : b->d;

		return d < e ? -1 : d > e;
	}
	x = pv_digits_of(a, room_a);
	y = pv_digits_of(b, room_b);
	if (x.n == 0 || y.n == 0 || x.negative == y.negative) {
		int r = magnitude_cmp(&x, &y);

		return x.negative || y.negative ? -r : r;
	}
	return x.negative ? -1 : 1;
}

uint64_t
pv_number_hash(const pv_val *v)
{
	char room[PV_NUMBER_ROOM] = "";
	uint64_t h;
	pv_digits n;
	pv_val written;
	const char *p;

	if (v->num == PV_DECIMAL && pv_number_simple(v, &written))
		v = &written;
	if (v->num == PV_INT && is_small(v))
		return (uint64_t)v->i;
	if (v->num == PV_DOUBLE && fabs(v->d) <= 0x1p53 && v->d == floor(v->d))
		return (uint64_t)(int64_t)v->d;
	n = pv_digits_of(v, room);
	h = (uint64_t)n.point * 2 + n.negative;
	p = n.digits;
	for (size_t i = 0; i < n.n; i++, p++) {
		p += *p == '.';
		h = h * UINT64_C(1099511628211) + (uint64_t)*p;
	}
	return h;
}

const char *
pv_scalar_text(pv_arena *arena, const pv_val *v)
{
	char room[PV_NUMBER_ROOM];
	pv_str text;

	if (pv_is(v, PV_STRING))
		return v->s;
	if (pv_is(v, PV_BOOL))
		return v->b ? "true" : "false";
	if (!pv_is(v, PV_NUMBER))
		return "";
	text = pv_number_text(v, room);
	return pv_strndup(arena, text.s, text.len);
}
