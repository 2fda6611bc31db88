/* lex: tokens. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/expr/inside.h"

int
ex_fail(const ex_lex *l, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *what = pv_vprintf(l->arena, fmt, ap);
	va_end(ap);
	return pv_fail(l->cx, PV_EINVALID, "%u:%u: %s", l->line, l->column, what);
}

static char
at(const ex_lex *l, size_t ahead)
{
	return l->at + ahead < l->text.len ? l->text.s[l->at + ahead] : '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
	       (unsigned char)c >= 0x80;
}

/* Blanks and comments. */
static void
skip(ex_lex *l)
{
	while (l->at < l->text.len) {
		char c = at(l, 0);
		if (strchr(" \t\r\n", c)) {
			l->at++;
		} else if (c == '/' && at(l, 1) == '/') {
			while (l->at < l->text.len && at(l, 0) != '\n')
				l->at++;
		} else if (c == '/' && at(l, 1) == '*') {
			const char *end = memmem(l->text.s + l->at + 2, l->text.len - l->at - 2, "*/", 2);
			l->at = end ? (size_t)(end - l->text.s) + 2 : l->text.len;
		} else {
			return;
		}
	}
}

/* Goes on from the token before. */
static void
place(ex_lex *l)
{
	for (; l->placed < l->at; l->placed++) {
		l->column++;
		if (l->text.s[l->placed] == '\n') {
			l->line++;
			l->column = 1;
		}
	}
}

/* ---- numbers ---- */

static int
based(ex_lex *l)
{
	int base = at(l, 1) == 'x' || at(l, 1) == 'X' ? 16 : at(l, 1) == 'o' || at(l, 1) == 'O' ? 8 : 2;
	uint64_t n = 0;
	for (l->at += 2; is_word(at(l, 0)); l->at++) {
		int digit = pv_hex_digit(at(l, 0));
		if (at(l, 0) == '_')
			continue;
		if (digit < 0 || digit >= base || n > (uint64_t)INT64_MAX / (uint64_t)base)
			return ex_fail(l, "bad number");
		n = n * (uint64_t)base + (uint64_t)digit;
	}
	l->value = pv_tv_int((int64_t)n);
	return n > INT64_MAX ? ex_fail(l, "bad number: it is too large") : 0;
}

static int
number(ex_lex *l)
{
	bool floats = false;
	int64_t n;
	double d;
	pv_buf b;
	l->type = T_NUMBER;
	if (at(l, 0) == '0' && at(l, 1) && strchr("xXoObB", at(l, 1)))
		return based(l);
	pv_buf_init(&b, l->arena);
	for (;; l->at++) {
		char c = at(l, 0);
		if (c == '_' && b.len)
			continue;
		if (c == '.' && (floats || !is_digit(at(l, 1)))) /* a range 1..3 */
			break;
		if (c == '.' || c == 'e' || c == 'E')
			floats = true;
		else if (!is_digit(c))
			break;
		pv_buf_addc(&b, c);
		if ((c == 'e' || c == 'E') && (at(l, 1) == '-' || at(l, 1) == '+')) {
			l->at++;
			pv_buf_addc(&b, at(l, 0));
		}
	}
	if (is_word(at(l, 0)))
		return ex_fail(l, "bad number: found \"%c\" in it", at(l, 0));
	if (!floats && pv_parse_int((pv_str){b.s, b.len}, &n))
		l->value = pv_tv_int(n);
	else if (pv_parse_double((pv_str){b.s, b.len}, &d))
		l->value = pv_tv_float(d);
	else
		return ex_fail(l, "bad number: \"%s\"", b.s);
	return 0;
}

/* ---- texts ---- */

/* What stands behind the letter: two, four, eight digits, or of an octal number three. */
static int
escape_code(ex_lex *l, pv_buf *b, char letter)
{
	size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 3;
	uint32_t base = strchr("xuU", letter) ? 16 : 8, n = 0;
	char out[4];
	int len;
	if (base == 8)
		l->at--;
	for (size_t i = 0; i < digits; i++, l->at++) {
		int digit = pv_hex_digit(at(l, 0));
		if (digit < 0 || (uint32_t)digit >= base)
			return ex_fail(l, "bad escape in a text");
		n = n * base + (uint32_t)digit;
	}
	if (digits < 4) {
		pv_buf_addc(b, (char)n);
		return 0;
	}
	len = pv_utf8_put(out, n);
	pv_buf_add(b, out, (size_t)len);
	return len > 0 ? 0 : ex_fail(l, "bad escape in a text");
}

static int
escape(ex_lex *l, pv_buf *b, char quote)
{
	static const char letters[] = "abfnrtv\\'\"", means[] = "\a\b\f\n\r\t\v\\'\"";
	char c = at(l, 1);
	const char *found = c ? strchr(letters, c) : NULL;
	l->at += 2;
	if (found)
		pv_buf_addc(b, means[found - letters]);
	else if (c == quote)
		pv_buf_addc(b, c);
	else if (c && strchr("xuU01234567", c))
		return escape_code(l, b, c);
	else
		return ex_fail(l, "bad escape in a text: \\%c", c);
	return 0;
}

static int
text(ex_lex *l, char quote)
{
	pv_buf b;
	int r = 0;
	l->type = T_TEXT;
	pv_buf_init(&b, l->arena);
	l->at++;
	while (r == 0 && at(l, 0) != quote) {
		if (l->at >= l->text.len || (quote != '`' && at(l, 0) == '\n'))
			return ex_fail(l, "literal not terminated: expected %c", quote);
		if (quote != '`' && at(l, 0) == '\\')
			r = escape(l, &b, quote);
		else
			pv_buf_addc(&b, l->text.s[l->at++]);
	}
	l->at++;
	l->value = pv_tv_buf(&b);
	return r;
}

/* ---- signs ---- */

static int
sign(ex_lex *l)
{
	static const char *const signs[] = {
		"?.", "??", "?:", "..", "**", "==", "!=", "<=", ">=", "&&", "||", "+",
		"-",  "*",  "/",  "%",  "^",  "(",  ")",  "[",  "]",  "{",  "}",  ",",
		":",  ";",  ".",  "?",  "!",  "<",  ">",  "=",  "|",  "#"};
	l->type = T_SIGN;
	for (size_t i = 0; i < PV_LEN(signs); i++) {
		size_t n = strlen(signs[i]);
		if (l->text.len - l->at < n || memcmp(l->text.s + l->at, signs[i], n) != 0)
			continue;
		if (pv_streq(signs[i], "?.") && is_digit(at(l, 2))) /* a ?.5 : b */
			continue;
		l->at += n;
		return 0;
	}
	return ex_fail(l, "unrecognized character: \"%.*s\"",
		       PV_CLIP(pv_strndup(l->arena, l->text.s + l->at, 1)));
}

int
ex_next(ex_lex *l)
{
	size_t begin;
	int r = 0;
	char c;
	skip(l);
	place(l);
	begin = l->at;
	c = at(l, 0);
	if (l->at >= l->text.len) {
		l->type = T_END;
	} else if (is_digit(c) || (c == '.' && is_digit(at(l, 1)) && !l->dotted)) {
		r = number(l);
	} else if (c == '"' || c == '\'' || c == '`') {
		r = text(l, c);
	} else if (is_word(c)) {
		l->type = T_WORD;
		while (is_word(at(l, 0)))
			l->at++;
	} else {
		r = sign(l);
	}
	l->token = (pv_str){l->text.s + begin, l->at - begin};
	return r;
}
