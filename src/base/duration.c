/* Durations as Go (time.ParseDuration, Duration.String) and kubectl
 * (apimachinery duration.HumanDuration) read and write them. */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{"ns", 1},
	{"us", 1000},
	{"\xc2\xb5s", 1000}, /* U+00B5 micro sign */
	{"\xce\xbcs", 1000}, /* U+03BC Greek mu */
	{"ms", 1000000},
	{"s", 1000000000},
	{"m", 60 * UINT64_C(1000000000)},
	{"h", 3600 * UINT64_C(1000000000)},
	{"d", 86400 * UINT64_C(1000000000)}, /* from here on not Go's */
	{"w", 7 * 86400 * UINT64_C(1000000000)},
	{"y", 365 * 86400 * UINT64_C(1000000000)},
};

#define GO_UNITS 8

#define MOST (UINT64_C(1) << 63) /* magnitude of the most negative duration */

static bool
at_digit(pv_str s)
{
	return s.len > 0 && s.s[0] >= '0' && s.s[0] <= '9';
}

static void
skip(pv_str *s, size_t n)
{
	s->s += n;
	s->len -= n;
}

static bool
take_whole(pv_str *s, uint64_t *ret)
{
	uint64_t v = 0;

	for (; at_digit(*s); skip(s, 1)) {
		if (v > MOST / 10)
			return false;
		v = v * 10 + (uint64_t)(s->s[0] - '0');
		if (v > MOST)
			return false;
	}
	*ret = v;
	return true;
}

/* Go keeps the digits that fit in 63 bits and ignores the rest. */
static double
take_fraction(pv_str *s, uint64_t *ret)
{
	bool full = false;
	double scale = 1;
	uint64_t v = 0;

	for (; at_digit(*s); skip(s, 1)) {
		uint64_t next;
		if (full || v > (MOST - 1) / 10) {
			full = true;
			continue;
		}
		next = v * 10 + (uint64_t)(s->s[0] - '0');
		if (next > MOST) {
			full = true;
			continue;
		}
		v = next;
		scale *= 10;
	}
	*ret = v;
	return scale;
}

/* The unit reaches to the next digit or point; 0 if it is none. */
static uint64_t
take_unit(pv_str *s, size_t known)
{
	size_t n = 0;

	while (n < s->len && s->s[n] != '.' && (s->s[n] < '0' || s->s[n] > '9'))
		n++;
	for (size_t i = 0; i < known; i++) {
		if (n == strlen(units[i].name) && memcmp(s->s, units[i].name, n) == 0) {
			skip(s, n);
			return units[i].ns;
		}
	}
	return 0;
}

/* One number with its unit, "1.5h"; false if malformed or too large. */
static bool
take_term(pv_str *s, size_t known, uint64_t *ret_ns)
{
	uint64_t whole = 0, fraction = 0, unit;
	size_t before = s->len, after;
	double scale = 1;

	if (!take_whole(s, &whole))
		return false;
	if (s->len > 0 && s->s[0] == '.') {
		skip(s, 1);
		after = s->len;
		scale = take_fraction(s, &fraction);
		if (after == s->len && before == after + 1)
			return false; /* a point with no digit on either side */
	}
	if (before == s->len)
		return false;
	unit = take_unit(s, known);
	if (unit == 0 || whole > MOST / unit)
		return false;
	whole *= unit;
	if (fraction > 0)
		whole += (uint64_t)((double)fraction * ((double)unit / scale));
	*ret_ns = whole;
	return whole <= MOST;
}

static bool
parse(pv_str text, size_t known, int64_t *ret_ns)
{
	uint64_t total = 0, term;
	bool negative = text.len > 0 && text.s[0] == '-';

	if (text.len > 0 && (negative || text.s[0] == '+'))
		skip(&text, 1);
	if (text.len == 0)
		return false;
	if (text.len == 1 && text.s[0] == '0') {
		*ret_ns = 0;
		return true;
	}
	while (text.len > 0) {
		if (!take_term(&text, known, &term))
			return false;
		total += term;
		if (total > MOST)
			return false;
	}
	if (!negative && total > MOST - 1)
		return false;
	*ret_ns = negative ? (int64_t)(0 - total) : (int64_t)total;
	return true;
}

bool
pv_duration_parse(pv_str text, int64_t *ret_ns)
{
	return parse(text, GO_UNITS, ret_ns);
}

bool
pv_duration_parse_long(pv_str text, int64_t *ret_ns)
{
	return parse(text, PV_LEN(units), ret_ns);
}

/* Writes v / 10^places backwards from out, without trailing zeros. */
static char *
put_fraction(char *out, uint64_t *v, int places)
{
	bool any = false;

	for (int i = 0; i < places; i++) {
		uint64_t digit = *v % 10;
		any = any || digit != 0;
		if (any)
			*--out = (char)('0' + digit);
		*v /= 10;
	}
	if (any)
		*--out = '.';
	return out;
}

static char *
put_whole(char *out, uint64_t v)
{
	do {
		*--out = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return out;
}

static char *
put_text(char *out, const char *text)
{
	size_t n = strlen(text);

	return memcpy(out - n, text, n);
}

char *
pv_duration_format(pv_arena *arena, int64_t ns)
{
	uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	char text[40], *end = text + sizeof text, *out = end;

	if (u == 0)
		return pv_strdup(arena, "0s");
	if (u < (uint64_t)PV_SEC) {
		int places = u < 1000 ? 0 : u < 1000000 ? 3 : 6;
		out = put_text(out, places == 0 ? "ns" : places == 3 ? "\xc2\xb5s" : "ms");
		out = put_fraction(out, &u, places);
		out = put_whole(out, u);
	} else {
		out = put_text(out, "s");
		out = put_fraction(out, &u, 9);
		out = put_whole(out, u % 60);
		u /= 60;
		if (u > 0) {
			out = put_whole(put_text(out, "m"), u % 60);
			u /= 60;
		}
		if (u > 0)
			out = put_whole(put_text(out, "h"), u);
	}
	if (ns < 0)
		*--out = '-';
	return pv_strndup(arena, out, (size_t)(end - out));
}

static char *
two_units(pv_arena *arena, int64_t a, char unit_a, int64_t b, char unit_b)
{
	if (b == 0)
		return pv_printf(arena, "%d%c", (int)a, unit_a);
	return pv_printf(arena, "%d%c%d%c", (int)a, unit_a, (int)b, unit_b);
}

char *
pv_age_format(pv_arena *arena, int64_t ns)
{
	int64_t seconds = ns / PV_SEC, minutes = seconds / 60, hours = minutes / 60;
	int64_t days = hours / 24;

	if (seconds < -1)
		return pv_strdup(arena, "<invalid>");
	if (seconds < 0)
		return pv_strdup(arena, "0s");
	if (seconds < 60 * 2)
		return two_units(arena, seconds, 's', 0, 0);
	if (minutes < 10)
		return two_units(arena, minutes, 'm', seconds % 60, 's');
	if (minutes < 60 * 3)
		return two_units(arena, minutes, 'm', 0, 0);
	if (hours < 8)
		return two_units(arena, hours, 'h', minutes % 60, 'm');
	if (hours < 48)
		return two_units(arena, hours, 'h', 0, 0);
	if (hours < 24 * 8)
		return two_units(arena, days, 'd', hours % 24, 'h');
	if (hours < 24 * 365 * 2)
		return two_units(arena, days, 'd', 0, 0);
	if (hours < 24 * 365 * 8)
		return two_units(arena, days / 365, 'y', days % 365, 'd');
	return two_units(arena, days / 365, 'y', 0, 0);
}
