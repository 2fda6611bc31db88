/* verb: strings, whole numbers, floats and runes by one directive of a format. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "lang/go/fmt.h"
#include "lang/value/value.h"

static void
fill(pv_buf *b, char c, size_t n)
{
	if (n > 0) {
		memset(pv_buf_grow(b, n), c, n);
		b->len += n;
		b->s[b->len] = '\0';
	}
}

static void
pad(pv_buf *b, const pv_verb *v, pv_str s, bool zeros)
{
	size_t have = v->width > 0 ? pv_utf8_count(s) : 0, want = v->width > 0 ? (size_t)v->width : 0;
	size_t more = want > have ? want - have : 0;
	if (!v->minus)
		fill(b, zeros ? '0' : ' ', more);
	pv_buf_add(b, s.s, s.len);
	if (v->minus)
		fill(b, ' ', more);
}

void
pv_verb_pad(pv_buf *b, const pv_verb *v, pv_str s)
{
	pad(b, v, s, v->zero);
}

void
pv_verb_bad(pv_buf *b, const pv_verb *v, const char *type)
{
	char rune[4];
	pv_buf_adds(b, "%!");
	pv_buf_add(b, rune, (size_t)pv_utf8_put(rune, v->verb));
	pv_buf_addc(b, '(');
	pv_buf_adds(b, type ? type : "<nil>");
	pv_buf_adds(b, type ? "=" : "");
}

/* ---- strings ---- */

static pv_str
truncated(const pv_verb *v, pv_str s)
{
	if (v->precision >= 0)
		s.len = pv_utf8_prefix(s, (size_t)v->precision);
	return s;
}

static void
hex(pv_buf *b, const pv_verb *v, pv_str s)
{
	const char *digits = v->verb == 'x' ? "0123456789abcdefx" : "0123456789ABCDEFX";
	pv_buf out;
	size_t n = v->precision >= 0 && (size_t)v->precision < s.len ? (size_t)v->precision : s.len;
	pv_buf_init(&out, b->arena);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s.s[i];
		if (v->space && i > 0)
			pv_buf_addc(&out, ' ');
		if (v->sharp && (v->space || i == 0)) {
			pv_buf_addc(&out, '0');
			pv_buf_addc(&out, digits[16]);
		}
		pv_buf_addc(&out, digits[c >> 4]);
		pv_buf_addc(&out, digits[c & 15]);
	}
	pad(b, v, (pv_str){out.len ? out.s : "", out.len}, v->zero);
	pv_buf_done(&out);
}

static void
quoted(pv_buf *b, const pv_verb *v, pv_str s)
{
	pv_buf q;
	s = truncated(v, s);
	pv_buf_init(&q, b->arena);
	if (v->sharp && s.len < 4096 && !memchr(s.s, '`', s.len) && !memchr(s.s, '\n', s.len) &&
	    pv_utf8_valid(s.s, s.len, NULL)) {
		pv_buf_addc(&q, '`');
		pv_buf_add(&q, s.s, s.len);
		pv_buf_addc(&q, '`');
	} else {
		pv_go_quote(&q, s, v->plus);
	}
	pad(b, v, (pv_str){q.s, q.len}, v->zero);
	pv_buf_done(&q);
}

bool
pv_verb_string(pv_buf *b, const pv_verb *v, pv_str s)
{
	switch (v->verb) {
	case 'v':
		if (v->sharp_v)
			quoted(b, v, s);
		else
			pad(b, v, truncated(v, s), v->zero);
		return true;
	case 's': pad(b, v, truncated(v, s), v->zero); return true;
	case 'q': quoted(b, v, s); return true;
	case 'x':
	case 'X': hex(b, v, s); return true;
	default: return false;
	}
}

bool
pv_verb_bool(pv_buf *b, const pv_verb *v, bool value)
{
	if (v->verb != 't' && v->verb != 'v')
		return false;
	pad(b, v, value ? PV_STR("true") : PV_STR("false"), v->zero);
	return true;
}

/* ---- whole numbers ---- */

int
pv_verb_base(uint32_t verb)
{
	switch (verb) {
	case 'v':
	case 'd': return 10;
	case 'b': return 2;
	case 'o':
	case 'O': return 8;
	case 'x':
	case 'X': return 16;
	default: return 0;
	}
}

void
pv_verb_digits(pv_buf *b, const pv_verb *v, bool negative, pv_str digits)
{
	bool nothing = v->precision == 0 && digits.len == 1 && *digits.s == '0';
	const char *sign = negative ? "-" : v->plus ? "+" : v->space ? " " : "";
	size_t want = 0, signs = strlen(sign);
	pv_buf out;
	pv_buf_init(&out, b->arena);
	if (v->precision >= 0)
		want = (size_t)v->precision;
	else if (v->zero && !v->minus && v->width > 0)
		want = (size_t)v->width - ((size_t)v->width < signs ? (size_t)v->width : signs);
	if (!nothing) {
		pv_buf_adds(&out, sign);
		if (v->verb == 'O')
			pv_buf_adds(&out, "0o");
		if (v->sharp && v->verb == 'b')
			pv_buf_adds(&out, "0b");
		if (v->sharp && (v->verb == 'x' || v->verb == 'X'))
			pv_buf_adds(&out, v->verb == 'x' ? "0x" : "0X");
		if (v->sharp && (v->verb == 'o' || v->verb == 'O') && want <= digits.len && *digits.s != '0')
			pv_buf_addc(&out, '0');
		fill(&out, '0', want > digits.len ? want - digits.len : 0);
		pv_buf_add(&out, digits.s, digits.len);
	}
	pad(b, v, (pv_str){out.len ? out.s : "", out.len}, false);
	pv_buf_done(&out);
}

bool
pv_verb_rune(pv_buf *b, const pv_verb *v, uint64_t value)
{
	char s[48];
	uint32_t rune = value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff) ? 0xfffd : (uint32_t)value;
	if (v->verb == 'U') {
		int n = snprintf(s, sizeof s, "U+%0*llX",
				 v->precision > 4 ? (v->precision > 20 ? 20 : v->precision) : 4,
				 (unsigned long long)value);
		if (v->sharp && value <= 0x10ffff && pv_go_is_print(rune)) {
			s[n++] = ' ';
			s[n++] = '\'';
			n += pv_utf8_put(s + n, rune);
			s[n++] = '\'';
		}
		pad(b, v, (pv_str){s, (size_t)n}, false);
		return true;
	}
	int n = pv_utf8_put(s, rune);
	if (v->verb == 'c') {
		pad(b, v, (pv_str){s, (size_t)n}, v->zero);
		return true;
	}
	if (v->verb != 'q')
		return false;
	pv_buf q;
	pv_buf_init(&q, b->arena);
	pv_go_quote(&q, (pv_str){s, (size_t)n}, v->plus);
	if (rune == '"' || rune == '\'') { /* which quote is escaped */
		q.len = 0;
		pv_buf_adds(&q, rune == '"' ? "'\"'" : "'\\''");
	}
	q.s[0] = q.s[q.len - 1] = '\'';
	pad(b, v, (pv_str){q.s, q.len}, v->zero);
	pv_buf_done(&q);
	return true;
}

static bool
whole(pv_buf *b, const pv_verb *v, bool negative, uint64_t value)
{
	const char *alphabet = v->verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned base = (unsigned)pv_verb_base(v->verb);
	char s[64];
	size_t at = sizeof s;
	if (base == 0)
		return pv_verb_rune(b, v, negative ? UINT64_MAX : value);
	do {
		s[--at] = alphabet[value % base];
		value /= base;
	} while (value > 0);
	pv_verb_digits(b, v, negative, (pv_str){s + at, sizeof s - at});
	return true;
}

bool
pv_verb_int(pv_buf *b, const pv_verb *v, int64_t value)
{
	return whole(b, v, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

bool
pv_verb_uint(pv_buf *b, const pv_verb *v, uint64_t value)
{
	if (!v->sharp_v)
		return whole(b, v, false, value);
	pv_verb hexed = *v;
	hexed.verb = 'x';
	hexed.sharp = true;
	return whole(b, &hexed, false, value);
}

/* ---- floats ---- */

/* Digits and point of the shortest text that reads back (of JSON's). */
static size_t
shortest(double d, char *digits, int *ret_point)
{
	char room[PV_NUMBER_ROOM];
	pv_val v = pv_double(d < 0 ? -d : d);
	pv_str s = pv_number_text(&v, room);
	const char *e = memchr(s.s, 'e', s.len), *end = e ? e : s.s + s.len;
	int64_t exponent = 0;
	int point = 0;
	size_t n = 0;
	bool fraction = false;
	if (e)
		(void)pv_parse_int(
			(pv_str){e + 1 + (e[1] == '+'), (size_t)(s.s + s.len - e) - 1 - (e[1] == '+')},
			&exponent);
	for (const char *p = s.s; p < end; p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		if (n == 0 && *p == '0') {
			point -= fraction;
			continue;
		}
		digits[n++] = *p;
		point += !fraction;
	}
	while (n > 0 && digits[n - 1] == '0')
		n--;
	*ret_point = point + (int)exponent;
	return n;
}

void
pv_go_float(pv_buf *b, double d)
{
	char digits[PV_NUMBER_ROOM + 32];
	int point;
	if (isnan(d) || isinf(d)) {
		pv_buf_adds(b, isnan(d) ? "NaN" : d > 0 ? "+Inf" : "-Inf");
		return;
	}
	if (signbit(d))
		pv_buf_addc(b, '-');
	size_t n = shortest(d, digits, &point);
	int exponent = point - 1;
	if (n == 0) {
		pv_buf_addc(b, '0');
	} else if (exponent < -4 || exponent >= 6) {
		pv_buf_addc(b, digits[0]);
		if (n > 1) {
			pv_buf_addc(b, '.');
			pv_buf_add(b, digits + 1, n - 1);
		}
		pv_buf_printf(b, "e%c%02d", exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
	} else if (point <= 0) {
		pv_buf_adds(b, "0.");
		fill(b, '0', (size_t)-point);
		pv_buf_add(b, digits, n);
	} else if ((size_t)point >= n) {
		pv_buf_add(b, digits, n);
		fill(b, '0', (size_t)point - n);
	} else {
		pv_buf_add(b, digits, (size_t)point);
		pv_buf_addc(b, '.');
		pv_buf_add(b, digits + point, n - (size_t)point);
	}
}

/* C's text of a float by a precision, with the exponents of Go: x has two digits. */
static void
by_precision(pv_buf *b, uint32_t verb, int precision, double d)
{
	char format[16], room[512];
	snprintf(format, sizeof format, precision < 0 ? "%%%c" : "%%.*%c",
		 verb == 'x'   ? 'a'
		 : verb == 'X' ? 'A'
			       : (char)verb);
	precision = precision > 100 ? 100 : precision;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	int n = precision < 0 ? snprintf(room, sizeof room, format, d)
			      : snprintf(room, sizeof room, format, precision, d);
#pragma GCC diagnostic pop
	bool brief = (verb == 'x' || verb == 'X') && n > 2 && (room[n - 2] == '+' || room[n - 2] == '-');
	pv_buf_add(b, room, (size_t)(brief ? n - 1 : n));
	if (brief)
		pv_buf_printf(b, "0%c", room[n - 1]);
}

static bool
float_text(pv_buf *b, const pv_verb *v, double d)
{
	int precision = v->precision;
	uint32_t verb = v->verb == 'F' ? 'f' : v->verb;
	int exponent;
	switch (verb) {
	case 'v':
	case 'g':
	case 'G':
		if (precision >= 0 && !isinf(d) && !isnan(d)) {
			by_precision(b, verb == 'v' ? 'g' : verb, precision, d);
			return true;
		}
		pv_go_float(b, d);
		for (size_t i = 0; verb == 'G' && i < b->len; i++)
			b->s[i] = b->s[i] == 'e' ? 'E' : b->s[i];
		return true;
	case 'e':
	case 'E':
	case 'f':
		if (isinf(d) || isnan(d))
			pv_go_float(b, d);
		else
			by_precision(b, verb, precision < 0 ? 6 : precision, d);
		return true;
	case 'x':
	case 'X':
		if (isinf(d) || isnan(d))
			pv_go_float(b, d);
		else
			by_precision(b, verb, precision, d);
		return true;
	case 'b':
		d = ldexp(frexp(d, &exponent), 53);
		pv_buf_printf(b, "%.0fp%+d", d, exponent - 53);
		return true;
	default: return false;
	}
}

bool
pv_verb_float(pv_buf *b, const pv_verb *v, double d)
{
	pv_buf out;
	bool ok;
	pv_buf_init(&out, b->arena);
	if (!signbit(d) && (v->plus || v->space))
		pv_buf_addc(&out, v->plus ? '+' : ' ');
	ok = float_text(&out, v, d);
	char *s = out.len ? out.s : "";
	size_t n = out.len;
	if (s[0] == '+' && s[1] == '+') { /* +Inf has its sign already */
		s++;
		n--;
	}
	bool zeros = v->zero && !v->minus && !isinf(d) && !isnan(d);
	if (ok && zeros && (*s == '-' || *s == '+' || *s == ' ') && v->width > (int)n) {
		pv_buf_addc(b, *s);
		fill(b, '0', (size_t)v->width - n);
		pv_buf_add(b, s + 1, n - 1);
	} else if (ok) {
		pad(b, v, (pv_str){s, n}, zeros);
	}
	pv_buf_done(&out);
	return ok;
}
