#include "lang/quantity/quantity.h"
#include "base/arena.h"
#include "base/str.h"
#include <string.h>

#define NANO INT64_C(1000000000)
#define MILLI (NANO / 1000)
#define SHORT 18 /* digits that an int64_t always holds */
#define EXA INT64_C(1000000000000000000)
#define LIMIT ((__int128)INT64_MAX * NANO) /* upstream caps at 2^63-1 */

static const struct suffix {
	const char *text;
	bool binary;
	int power; /* of 10 or of 2 */
} suffixes[] = {
	{"n", false, -9}, {"u", false, -6}, {"m", false, -3}, {"", false, 0},
	{"k", false, 3},  {"M", false, 6},  {"G", false, 9},  {"T", false, 12},
	{"P", false, 15}, {"E", false, 18}, {"Ki", true, 10}, {"Mi", true, 20},
	{"Gi", true, 30}, {"Ti", true, 40}, {"Pi", true, 50}, {"Ei", true, 60},
};

static __int128
capped(__int128 n)
{
	if (n > LIMIT)
		return LIMIT;
	return n < -LIMIT ? -LIMIT : n;
}

/* n * 10^power, capped; what is lost below is rounded away from zero. */
static __int128
scale10(__int128 n, int power, bool *lost)
{
	for (; power > 0 && n <= LIMIT; power--)
		n *= 10;
	for (; power < 0; power++) {
		*lost |= n % 10 != 0;
		n /= 10;
	}
	return capped(n);
}

/* The exponent behind e or E; false if there are no digits. */
static bool
exponent(pv_str s, int *ret)
{
	int64_t n;

	if (s.len && s.s[0] == '+')
		s = (pv_str){s.s + 1, s.len - 1};
	if (!s.len || (s.s[0] != '-' && (s.s[0] < '0' || s.s[0] > '9')) || !pv_parse_int(s, &n))
		return false;
	*ret = n > 40 ? 40 : n < -40 ? -40 : (int)n;
	return true;
}

static bool
suffix_of(pv_str s, const struct suffix **ret)
{
	for (size_t i = 0; i < PV_LEN(suffixes); i++) {
		if (pv_str_is(s, suffixes[i].text)) {
			*ret = &suffixes[i];
			return true;
		}
	}
	return false;
}

/* Digits with at most one dot; *ret_power counts the decimals kept. */
static size_t
digits(pv_str s, __int128 *ret, int *ret_power, bool *lost)
{
	bool dot = false, any = false;
	size_t i = 0;

	for (; i < s.len; i++) {
		char c = s.s[i];

		if (c == '.' && !dot) {
			dot = true;
			continue;
		}
		if (c < '0' || c > '9')
			break;
		any = true;
		if (*ret > LIMIT * 10) { /* out of range already: keep the magnitude */
			*ret_power += !dot;
			continue;
		}
		if (dot && *ret_power <= -18) {
			*lost |= c != '0';
			continue;
		}
		*ret = *ret * 10 + (c - '0');
		*ret_power -= dot;
	}
	return any ? i : 0;
}

bool
pv_quantity_parse(pv_str text, pv_quantity *ret)
{
	bool negative = text.len && text.s[0] == '-', lost = false;
	const struct suffix *suffix = NULL;
	__int128 n = 0;
	int power = 0, e = 0;
	size_t used;

	*ret = (pv_quantity){0};
	if (text.len && (text.s[0] == '-' || text.s[0] == '+'))
		text = (pv_str){text.s + 1, text.len - 1};
	used = digits(text, &n, &power, &lost);
	if (!used)
		return false;
	text = (pv_str){text.s + used, text.len - used};
	if (suffix_of(text, &suffix)) {
		ret->binary = suffix->binary;
		e = suffix->binary ? 0 : suffix->power;
	} else if (text.len > 1 && (text.s[0] == 'e' || text.s[0] == 'E') &&
		   exponent((pv_str){text.s + 1, text.len - 1}, &e)) {
		ret->exponent = true;
	} else {
		return false;
	}
	for (int i = 0; suffix && suffix->binary && i < suffix->power && n <= LIMIT * 16; i++)
		n *= 2;
	n = scale10(n, power + e + 9, &lost);
	ret->nano = negative ? -n - lost : n + lost;
	return true;
}

int
pv_quantity_cmp(const pv_quantity *a, const pv_quantity *b)
{
	return a->nano < b->nano ? -1 : a->nano > b->nano;
}

pv_quantity
pv_quantity_add(const pv_quantity *a, const pv_quantity *b)
{
	pv_quantity sum = *a;

	sum.nano = capped(a->nano + b->nano);
	if (a->nano == 0)
		sum.binary = b->binary;
	return sum;
}

static int64_t
rounded_up(__int128 n, __int128 unit)
{
	__int128 q = n / unit;

	if (n > 0 && n % unit)
		q++;
	return q > INT64_MAX ? INT64_MAX : q < INT64_MIN ? INT64_MIN : (int64_t)q;
}

int64_t
pv_quantity_milli(const pv_quantity *q)
{
	return rounded_up(q->nano, MILLI);
}

static char *
format_binary(pv_arena *arena, int64_t whole)
{
	size_t best = 3; /* "" */

	for (size_t i = 10; i < PV_LEN(suffixes); i++)
		if (whole % (INT64_C(1) << suffixes[i].power) == 0)
			best = i;
	if (best == 3)
		return pv_printf(arena, "%lld", (long long)whole);
	return pv_printf(arena, "%lld%s", (long long)(whole >> suffixes[best].power), suffixes[best].text);
}

/* All digits of it: a fraction of a large amount is more nanos than an int64_t has. */
static char *
digits_of(pv_arena *arena, __int128 n)
{
	__int128 size = n < 0 ? -n : n, above = size / EXA;
	long long below = (long long)(size - above * EXA);
	const char *sign = n < 0 ? "-" : "";

	return above ? pv_printf(arena, "%s%lld%018lld", sign, (long long)above, below)
		     : pv_printf(arena, "%s%lld", sign, below);
}

char *
pv_quantity_format(pv_arena *arena, const pv_quantity *q)
{
	__int128 n = q->nano;
	int power = -9;
	size_t i = 0;

	if (n == 0)
		return pv_strdup(arena, "0");
	if (q->binary && n % NANO == 0 && (n / NANO >= 1024 || n / NANO <= -1024))
		return format_binary(arena, (int64_t)(n / NANO));
	while (power < 18 && n % 1000 == 0) {
		n /= 1000;
		power += 3;
		i++;
	}
	if (q->exponent)
		return power ? pv_printf(arena, "%se%d", digits_of(arena, n), power) : digits_of(arena, n);
	return pv_printf(arena, "%s%s", digits_of(arena, n), suffixes[i].text);
}

/* What upstream's parser finds in a text before it looks at the value. */
typedef struct parts {
	pv_str whole, below; /* digits on both sides of the dot, without zeros in front */
	const struct suffix *suffix;
	int power; /* of 10 or of 2, by the suffix */
} parts;

static size_t
run(pv_str s, const char *of)
{
	size_t n = 0;

	while (n < s.len && s.s[n] && strchr(of, s.s[n]))
		n++;
	return n;
}

static pv_str
behind(pv_str s, size_t n)
{
	return (pv_str){s.s + n, s.len - n};
}

static void
take_apart(pv_str s, parts *ret)
{
	*ret = (parts){.below = PV_STR("")};
	if (s.len && (s.s[0] == '-' || s.s[0] == '+'))
		s = behind(s, 1);
	s = behind(s, run(s, "0"));
	ret->whole = (pv_str){s.s, run(s, "0123456789")};
	s = behind(s, ret->whole.len);
	if (s.len && s.s[0] == '.') {
		s = behind(s, 1);
		ret->below = (pv_str){s.s, run(s, "0123456789")};
		s = behind(s, ret->below.len);
	}
	if (suffix_of(s, &ret->suffix))
		ret->power = ret->suffix->power;
	else
		(void)exponent(behind(s, 1), &ret->power);
}

/* Upstream's shortcut (apimachinery ParseQuantity, "reuse the string"): of a number that fits an
 * int64_t the text is kept when it looks canonical, which texts such as 1.500 and +3 do, too. */
static bool
is_kept(pv_str text)
{
	char all[2 * SHORT + 1];
	int64_t value;
	int len, scale;
	parts p;

	take_apart(text, &p);
	len = (int)(p.whole.len + p.below.len);
	if (!p.whole.len || p.whole.len > SHORT || p.below.len > SHORT)
		return false;
	memcpy(all, p.whole.s, p.whole.len);
	memcpy(all + p.whole.len, p.below.s, p.below.len);
	if (!pv_parse_int((pv_str){all, (size_t)len}, &value))
		return false;
	if (p.suffix && p.suffix->binary) /* a multiple of 8 may come to have a larger suffix */
		return !p.below.len && len + p.power * 3 / 10 + 1 <= 15 && value % 8;
	scale = p.power - (int)p.below.len;
	return len <= SHORT && scale >= -9 && scale % 3 == 0 && value % 1000;
}

const char *
pv_quantity_text(pv_arena *arena, pv_str text, bool milli)
{
	pv_quantity q;

	if (!pv_quantity_parse(text, &q))
		return NULL;
	if (milli && q.nano % MILLI) {
		q.nano += (q.nano < 0 ? -MILLI : MILLI) - q.nano % MILLI;
		return pv_quantity_format(arena, &q);
	}
	if (is_kept(text) || (!q.binary && (q.nano >= LIMIT || q.nano <= -LIMIT)))
		return text.s; /* beyond the limit: only upstream can count it */
	return pv_quantity_format(arena, &q);
}

bool
pv_quantity_of(const pv_val *v, pv_quantity *ret)
{
	char room[PV_NUMBER_ROOM];

	if (pv_is(v, PV_STRING))
		return pv_quantity_parse(pv_strv(v), ret);
	return pv_is(v, PV_NUMBER) && pv_quantity_parse(pv_number_text(v, room), ret);
}
