/* number: Go's number literals: any base, underscores, characters, imaginary ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"
#include "lang/gotmpl/ast.h"

static const char *
wrong(pv_arena *arena, const char *what, pv_str text)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, what);
	pv_go_quote(&b, text, false);
	return b.s;
}

/* The digits without underscores, NUL-terminated; NULL if one stands where it may not. */
static char *
plain(pv_arena *arena, pv_str text)
{
	char *s = pv_alloc(arena, text.len + 1);
	size_t n = 0;
	size_t sign = text.s[0] == '-' || text.s[0] == '+';
	bool based = text.len > sign + 1 && text.s[sign] == '0' &&
		     (text.s[sign + 1] < '0' || text.s[sign + 1] > '9');
	for (size_t i = 0; i < text.len; i++) {
		if (text.s[i] != '_') {
			s[n++] = text.s[i];
			continue;
		}
		bool before = i > 0 && (pv_hex_digit(text.s[i - 1]) >= 0 || (based && i == sign + 2));
		if (!before || i + 1 == text.len || pv_hex_digit(text.s[i + 1]) < 0)
			return NULL;
	}
	s[n] = '\0';
	return s;
}

static int
base_of(const char **s)
{
	if (**s != '0' || (*s)[1] == '\0')
		return 10;
	switch ((*s)[1] | 0x20) {
	case 'x': *s += 2; return 16;
	case 'o': *s += 2; return 8;
	case 'b': *s += 2; return 2;
	default: (*s)++; return 8;
	}
}

/* strconv.ParseInt(text, 0, 64) and ParseUint; false if it is no whole number. */
static bool
whole(const char *s, bool *ret_negative, uint64_t *ret)
{
	uint64_t value = 0;
	*ret_negative = *s == '-';
	s += *s == '-' || *s == '+';
	unsigned base = (unsigned)base_of(&s);
	if (*s == '\0')
		return false;
	for (; *s; s++) {
		int d = pv_hex_digit(*s);
		if (d < 0 || (unsigned)d >= base || value > (UINT64_MAX - (unsigned)d) / base)
			return false;
		value = value * base + (unsigned)d;
	}
	*ret = value;
	return true;
}

static bool
real(const char *s, double *ret)
{
	char *end;
	const char *digits = s + (*s == '-' || *s == '+');
	if ((pv_hex_digit(*digits) < 0 && *digits != '.') || (*digits == '.' && pv_hex_digit(digits[1]) < 0))
		return false;
	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') && !strpbrk(digits, "pP"))
		return false;
	*ret = strtod(s, &end);
	return *end == '\0' && !isinf(*ret);
}

static const char *
character(pv_arena *arena, pv_str text, number *n)
{
	size_t len;
	uint32_t rune = 0;
	const char *s = pv_go_unquote(arena, text, &len);
	int step = s && len ? pv_utf8_step(s, len, &rune) : 0;
	if (s && len == 1 && step == 0)
		rune = (unsigned char)*s;
	else if (step == 0)
		return "invalid syntax";
	else if ((size_t)step != len)
		return pv_printf(arena, "malformed character constant: %.*s", (int)text.len, text.s);
	n->is_int = n->is_uint = n->is_float = true;
	n->i = (int64_t)rune;
	n->u = rune;
	n->d = rune;
	return NULL;
}

/* A complex number without imaginary part is a plain one, too. */
static void
simplify(number *n)
{
	n->is_float = n->complex[1] == 0;
	if (!n->is_float)
		return;
	n->d = n->complex[0];
	n->is_int = fabs(n->d) < 9e18 && trunc(n->d) == n->d;
	n->is_uint = n->is_int && n->d >= 0;
	n->i = n->is_int ? (int64_t)n->d : 0;
	n->u = n->is_uint ? (uint64_t)n->d : 0;
}

/* 4i, 1+2i */
static bool
imaginary(pv_arena *arena, const char *s, number *n)
{
	size_t len = strlen(s), at = len - 1;
	char *text = pv_strndup(arena, s, len - 1);
	while (at > 0 &&
	       !((text[at] == '+' || text[at] == '-') && text[at - 1] != 'e' && text[at - 1] != 'p'))
		at--;
	if (!real(text + at, &n->complex[1]))
		return false;
	text[at] = '\0';
	if (at > 0 && !real(text, &n->complex[0]))
		return false;
	n->is_complex = true;
	simplify(n);
	return true;
}

const char *
number_parse(pv_arena *arena, pv_str text, bool is_character, number *n)
{
	bool negative, hex;
	size_t sign = text.s[0] == '-' || text.s[0] == '+';
	hex = text.len > sign + 2 && text.s[sign] == '0' && (text.s[sign + 1] | 0x20) == 'x';
	*n = (number){0};
	if (is_character)
		return character(arena, text, n);
	const char *s = plain(arena, text);
	n->looks_float = s != NULL && strpbrk(s, hex ? "pP" : ".eEpP") != NULL;
	if (s == NULL)
		return wrong(arena, "illegal number syntax: ", text);
	if (text.s[text.len - 1] == 'i')
		return imaginary(arena, s, n) ? NULL : wrong(arena, "illegal number syntax: ", text);
	if (whole(s, &negative, &n->u)) {
		n->is_uint = (!negative && *s != '+') || n->u == 0;
		n->is_int = n->u <= (uint64_t)INT64_MAX + negative;
		n->i = n->is_int ? (int64_t)(negative ? 0 - n->u : n->u) : 0;
		n->is_float = n->is_int || n->is_uint;
		n->d = n->is_int ? (double)n->i : (double)n->u;
		if (n->is_float)
			return NULL;
	}
	if (!real(s, &n->d))
		return wrong(arena, "illegal number syntax: ", text);
	if (!strpbrk(s, ".eEpP"))
		return wrong(arena, "integer overflow: ", text);
	n->is_float = true;
	n->is_int = fabs(n->d) < 9.2e18 && trunc(n->d) == n->d;
	n->i = n->is_int ? (int64_t)n->d : 0;
	n->is_uint = n->is_int && n->d >= 0;
	n->u = n->is_uint ? (uint64_t)n->d : 0;
	return NULL;
}
