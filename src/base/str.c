/* Slices, numbers, UTF-8. */
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

pv_str
pv_str_of(const char *s)
{
	return s != NULL ? (pv_str){s, strlen(s)} : (pv_str){"", 0};
}

bool
pv_str_eq(pv_str a, pv_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.s, b.s, a.len) == 0);
}

bool
pv_str_is(pv_str a, const char *s)
{
	return pv_str_eq(a, pv_str_of(s));
}

int
pv_str_cmp(pv_str a, pv_str b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int r = least > 0 ? memcmp(a.s, b.s, least) : 0;

	return r != 0 ? r : (a.len > b.len) - (a.len < b.len);
}

bool
pv_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
pv_ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && memcmp(s + len - n, suffix, n) == 0;
}

bool
pv_streq(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
pv_str_next(pv_str *rest, char sep, pv_str *ret_piece)
{
	const char *cut;

	if (rest->s == NULL)
		return false;
	cut = rest->len > 0 ? memchr(rest->s, sep, rest->len) : NULL;
	if (cut == NULL) {
		*ret_piece = *rest;
		*rest = (pv_str){NULL, 0};
		return true;
	}
	*ret_piece = (pv_str){rest->s, (size_t)(cut - rest->s)};
	rest->len -= ret_piece->len + 1;
	rest->s = cut + 1;
	return true;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

pv_str
pv_str_trim(pv_str s)
{
	while (s.len > 0 && is_space(s.s[0])) {
		s.s++;
		s.len--;
	}
	while (s.len > 0 && is_space(s.s[s.len - 1]))
		s.len--;
	return s;
}

pv_str
pv_str_clip(const char *s, size_t max)
{
	size_t len = strnlen(s, max + 1);

	if (len <= max)
		return (pv_str){s, len};
	for (len = max; len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80;)
		len--;
	return (pv_str){s, len};
}

char *
pv_str_lower(pv_arena *arena, const char *s)
{
	char *copy = pv_strdup(arena, s);

	for (char *c = copy; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

char *
pv_counted(pv_arena *arena, size_t n, const char *one)
{
	int len = (int)strlen(one);

	if (n == 1)
		return pv_printf(arena, "1 %s", one);
	return pv_ends_with(one, "y") ? pv_printf(arena, "%zu %.*sies", n, len - 1, one)
				      : pv_printf(arena, "%zu %ss", n, one);
}

/* Lead byte -> length, and the least rune of that length (no overlong forms). */
static int
utf8_length(unsigned char lead, uint32_t *ret_bits, uint32_t *ret_least)
{
	if (lead >= 0xc2 && lead < 0xe0) {
		*ret_bits = lead & 0x1fU;
		*ret_least = 0x80;
		return 2;
	}
	if (lead >= 0xe0 && lead < 0xf0) {
		*ret_bits = lead & 0x0fU;
		*ret_least = 0x800;
		return 3;
	}
	if (lead >= 0xf0 && lead < 0xf5) {
		*ret_bits = lead & 0x07U;
		*ret_least = 0x10000;
		return 4;
	}
	return 0;
}

/* Unicode 15, table 3-7: no surrogates, nothing above U+10FFFF. */
int
pv_utf8_step(const char *s, size_t len, uint32_t *ret_rune)
{
	uint32_t rune = 0, least = 0;
	int n = 1;

	if (len == 0)
		return 0;
	if ((unsigned char)s[0] < 0x80) {
		rune = (unsigned char)s[0];
	} else {
		n = utf8_length((unsigned char)s[0], &rune, &least);
		if (n == 0 || (size_t)n > len)
			return 0;
		for (int i = 1; i < n; i++) {
			unsigned char c = (unsigned char)s[i];
			if ((c & 0xc0) != 0x80)
				return 0;
			rune = rune << 6 | (c & 0x3fU);
		}
		if (rune < least || rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
			return 0;
	}
	if (ret_rune != NULL)
		*ret_rune = rune;
	return n;
}

bool
pv_utf8_valid(const char *s, size_t len, size_t *ret_bad)
{
	size_t i = 0;

	while (i < len) {
		uint64_t word;
		int n;

		if (len - i >= 8) { /* eight ASCII bytes at once */
			memcpy(&word, s + i, 8);
			if ((word & UINT64_C(0x8080808080808080)) == 0) {
				i += 8;
				continue;
			}
		}
		n = pv_utf8_step(s + i, len - i, NULL);
		if (n == 0) {
			if (ret_bad != NULL)
				*ret_bad = i;
			return false;
		}
		i += (size_t)n;
	}
	return true;
}

int
pv_utf8_put(char out[4], uint32_t rune)
{
	if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
		rune = 0xfffd;
	if (rune < 0x80) {
		out[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		out[0] = (char)(0xc0 | rune >> 6);
		out[1] = (char)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		out[0] = (char)(0xe0 | rune >> 12);
		out[1] = (char)(0x80 | (rune >> 6 & 0x3f));
		out[2] = (char)(0x80 | (rune & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | rune >> 18);
	out[1] = (char)(0x80 | (rune >> 12 & 0x3f));
	out[2] = (char)(0x80 | (rune >> 6 & 0x3f));
	out[3] = (char)(0x80 | (rune & 0x3f));
	return 4;
}

bool
pv_parse_int(pv_str s, int64_t *ret)
{
	bool negative = s.len > 0 && s.s[0] == '-';
	size_t i = s.len > 0 && (negative || s.s[0] == '+') ? 1 : 0;
	int64_t n = 0;

	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		int digit = s.s[i] - '0';
		if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, digit, &n)) /* downwards: INT64_MIN fits */
			return false;
	}
	if (!negative && n == INT64_MIN)
		return false;
	*ret = negative ? n : -n;
	return true;
}

static size_t
skip_digits(pv_str s, size_t i)
{
	while (i < s.len && s.s[i] >= '0' && s.s[i] <= '9')
		i++;
	return i;
}

/* Decimal notation only: no hex, no inf, no nan, no blanks. */
static bool
is_decimal(pv_str s)
{
	size_t i = s.len > 0 && (s.s[0] == '-' || s.s[0] == '+') ? 1 : 0;
	size_t start = i, digits, from;

	i = skip_digits(s, i);
	digits = i - start;
	if (i < s.len && s.s[i] == '.') {
		from = ++i;
		i = skip_digits(s, i);
		digits += i - from;
	}
	if (digits == 0)
		return false;
	if (i < s.len && (s.s[i] == 'e' || s.s[i] == 'E')) {
		i++;
		if (i < s.len && (s.s[i] == '-' || s.s[i] == '+'))
			i++;
		from = i;
		i = skip_digits(s, i);
		if (i == from)
			return false;
	}
	return i == s.len;
}

bool
pv_parse_double(pv_str s, double *ret)
{
	char small[128];
	char *text = small;
	double d;

	if (!is_decimal(s))
		return false;
	if (s.len >= sizeof small) {
		text = malloc(s.len + 1);
		PV_ASSERT(text != NULL);
	}
	memcpy(text, s.s, s.len);
	text[s.len] = '\0';
	d = strtod(text, NULL);
	if (text != small)
		free(text);
	if (__builtin_isinf(d))
		return false;
	*ret = d;
	return true;
}

char *
pv_percent_decode(pv_arena *arena, const char *text)
{
	size_t len = strlen(text), n = 0;
	char *out;

	if (!memchr(text, '%', len))
		return pv_strndup(arena, text, len);
	out = pv_alloc(arena, len + 1);
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			out[n++] = text[i];
			continue;
		}
		if (i + 2 >= len || (high = pv_hex_digit(text[i + 1])) < 0 ||
		    (low = pv_hex_digit(text[i + 2])) < 0 || high * 16 + low == 0)
			return NULL;
		out[n++] = (char)(high * 16 + low);
		i += 2;
	}
	out[n] = '\0';
	return out;
}
