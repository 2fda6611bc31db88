/* Tokens of the CEL specification's grammar (Lexis). */
#include "lang/cel/lex.h"
#include <errno.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

const char *const cel_token_names[K_BAD] = {
	"<EOF>",  "'=='",  "'!='",       "'in'",          "'<'",    "'<='",      "'>='",    "'>'",
	"'&&'",   "'||'",  "'['",        "']'",           "'{'",    "'}'",       "'('",     "')'",
	"'.'",    "','",   "'-'",        "'!'",           "'?'",    "':'",       "'+'",     "'*'",
	"'/'",    "'%'",   "'true'",     "'false'",       "'null'", "NUM_FLOAT", "NUM_INT", "NUM_UINT",
	"STRING", "BYTES", "IDENTIFIER", "ESC_IDENTIFIER"};

bool
cel_reserved(pv_str name)
{
	static const char *const words[] = {"as",        "break",  "const",  "continue", "else", "for",
					    "function",  "if",     "import", "let",      "loop", "package",
					    "namespace", "return", "var",    "void",     "while"};
	for (size_t i = 0; i < PV_LEN(words); i++)
		if (pv_str_is(name, words[i]))
			return true;
	return false;
}

static char
at(const issues *is, size_t i)
{
	return i < is->text.len ? is->text.s[i] : '\0';
}

static void
skip(const issues *is, uint32_t *pos)
{
	for (;;) {
		char c = at(is, *pos);
		if (*pos < is->text.len && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'))
			(*pos)++;
		else if (c == '/' && at(is, *pos + 1) == '/')
			while (*pos < is->text.len && is->text.s[*pos] != '\n')
				(*pos)++;
		else
			return;
	}
}

/* ---- numbers ---- */

static token
whole(issues *is, token t, bool hexadecimal, bool is_unsigned)
{
	char *text = pv_strndup(is->cx->arena, t.text.s, t.text.len - (is_unsigned ? 1 : 0));
	errno = 0;
	uint64_t u = strtoull(text, NULL, hexadecimal ? 16 : 10);
	t.kind = is_unsigned ? K_UINT : K_INT;
	/* 2^63 is kept as it is: it may stand behind a minus */
	if (errno == ERANGE || (!is_unsigned && u > (uint64_t)1 << 63))
		t.value = (val){.kind = PV_CEL_ERROR,
				.s = is_unsigned ? "invalid uint literal" : "invalid int literal"};
	else
		t.value = is_unsigned ? v_uint(u) : (val){.kind = PV_CEL_INT, .u = u};
	return t;
}

static size_t
digits(const issues *is, size_t i)
{
	while (is_digit(at(is, i)))
		i++;
	return i;
}

static token
number(issues *is, uint32_t *pos)
{
	token t = {.pos = *pos};
	size_t i = *pos;
	bool hexadecimal =
		     at(is, i) == '0' && (at(is, i + 1) | 0x20) == 'x' && pv_hex_digit(at(is, i + 2)) >= 0,
	     real = false;
	if (hexadecimal) {
		for (i += 2; pv_hex_digit(at(is, i)) >= 0; i++)
			;
	} else {
		i = digits(is, i);
		if (at(is, i) == '.' && is_digit(at(is, i + 1))) {
			real = true;
			i = digits(is, i + 1);
		}
		size_t e = i + 1 + (at(is, i + 1) == '+' || at(is, i + 1) == '-');
		if ((at(is, i) | 0x20) == 'e' && is_digit(at(is, e))) {
			real = true;
			i = digits(is, e);
		}
	}
	bool is_unsigned = !real && (at(is, i) | 0x20) == 'u';
	i += is_unsigned;
	t.text = (pv_str){is->text.s + *pos, i - *pos};
	*pos = (uint32_t)i;
	if (!real)
		return whole(is, t, hexadecimal, is_unsigned);
	t.kind = K_DOUBLE;
	t.value = v_double(strtod(pv_strndup(is->cx->arena, t.text.s, t.text.len), NULL));
	if (isinf(t.value.d))
		t.value = (val){.kind = PV_CEL_ERROR, .s = "invalid double literal"};
	return t;
}

/* ---- strings ---- */

static bool
put_rune(pv_buf *b, uint32_t rune, bool bytes)
{
	char room[4];
	if (bytes) {
		pv_buf_addc(b, (char)rune);
		return true;
	}
	if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return false;
	pv_buf_add(b, room, (size_t)pv_utf8_put(room, rune));
	return true;
}

/* `n` digits of a base from *i on. */
static bool
code(const char *s, size_t len, size_t *i, size_t n, int base, uint32_t *ret)
{
	*ret = 0;
	for (size_t k = 0; k < n; k++, (*i)++) {
		int d = *i < len ? pv_hex_digit(s[*i]) : -1;
		if (d < 0 || d >= base)
			return false;
		*ret = *ret * (uint32_t)base + (uint32_t)d;
	}
	return true;
}

static const char escapes[] = "abfnrtv\\\"'`?", escaped[] = "\a\b\f\n\r\t\v\\\"'`?";

/* The digits of a code that c begins; 0: it is another escape. */
static size_t
code_digits(char c, int *ret_base)
{
	*ret_base = c >= '0' && c <= '3' ? 8 : 16;
	return *ret_base == 8 ? 3 : c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
}

/* Goes over the escape that begins at *i, behind the backslash; false: *i is what does not fit. */
static bool
spans(const issues *is, size_t *i)
{
	char c = at(is, *i);
	int base;
	size_t n = code_digits(c, &base);

	if (!n && (!c || !strchr(escapes, c)))
		return false;
	*i += !n || base == 16;
	return code(is->text.s, is->text.len, i, n, base, &(uint32_t){0});
}

/* One escape, which is well written; s[*i] is behind the backslash. */
static bool
escape(pv_buf *b, const char *s, size_t len, size_t *i, bool bytes)
{
	char c = s[*i];
	int base;
	size_t n = code_digits(c, &base);
	uint32_t rune;

	*i += !n || base == 16;
	if (!n)
		pv_buf_addc(b, escaped[strchr(escapes, c) - escapes]);
	else if (bytes && (c | 0x20) == 'u')
		return false;
	return !n || (code(s, len, i, n, base, &rune) && put_rune(b, rune, bytes));
}

/* The text between the quotes; line ends of long strings become \n. */
static bool
unquote(issues *is, const char *s, size_t len, bool raw, bool bytes, pv_str *ret)
{
	pv_buf b;
	if (!memchr(s, '\r', len) && (raw || !memchr(s, '\\', len))) { /* it stands in the text as it is */
		*ret = (pv_str){s, len};
		return true;
	}
	pv_buf_init(&b, is->arena);
	for (size_t i = 0; i < len;) {
		if (s[i] == '\\' && !raw) {
			i++;
			if (!escape(&b, s, len, &i, bytes))
				return false;
		} else if (s[i] == '\r') {
			pv_buf_addc(&b, '\n');
			i += i + 1 < len && s[i + 1] == '\n' ? 2 : 1;
		} else {
			pv_buf_addc(&b, s[i++]);
		}
	}
	*ret = (pv_str){b.len ? b.s : "", b.len};
	return true;
}

/* Finds the closing quote from *i on; false: *i is what cannot stand there, or the end. */
static bool
closes(const issues *is, size_t *i, char quote, bool three, bool raw)
{
	for (;;) {
		char c = at(is, *i);

		if (*i >= is->text.len || (!three && (c == '\n' || c == '\r')))
			return false;
		if (c == quote && (!three || (at(is, *i + 1) == quote && at(is, *i + 2) == quote)))
			return true;
		++*i;
		if (c == '\\' && !raw && !spans(is, i))
			return false;
	}
}

/* What cannot be read goes on to the character that does not fit, and with it. */
static token
bad(issues *is, uint32_t *pos, size_t end)
{
	token t = {.kind = K_BAD, .pos = *pos};
	int n = end < is->text.len ? pv_utf8_step(is->text.s + end, is->text.len - end, &(uint32_t){0}) : 0;

	if (end < is->text.len)
		end += n > 0 ? (size_t)n : 1;
	t.text = (pv_str){is->text.s + *pos, end - *pos};
	*pos = (uint32_t)end;
	return t;
}

static token
word(issues *is, uint32_t *pos)
{
	static const struct {
		const char *text;
		enum token_kind kind;
	} words[] = {{"true", K_TRUE}, {"false", K_FALSE}, {"null", K_NULL}, {"in", K_IN}};
	token t = {.kind = K_IDENT, .pos = *pos};
	while (is_letter(at(is, *pos)) || is_digit(at(is, *pos)))
		(*pos)++;
	t.text = (pv_str){is->text.s + t.pos, *pos - t.pos};
	for (size_t i = 0; i < PV_LEN(words); i++)
		if (pv_str_is(t.text, words[i].text))
			t.kind = words[i].kind;
	return t;
}

static token
string(issues *is, uint32_t *pos, size_t start, bool raw, bool bytes)
{
	token t = {.kind = bytes ? K_BYTES : K_STRING, .pos = *pos};
	char quote = is->text.s[start];
	bool three = at(is, start + 1) == quote && at(is, start + 2) == quote;
	size_t open = start + (three ? 3 : 1), i = open;
	pv_str text = {"", 0};

	if (!closes(is, &i, quote, three, raw)) {
		if (!three) /* its prefix is a name of its own */
			return start > *pos ? word(is, pos) : bad(is, pos, i);
		three = false; /* then it is an empty one, and something behind it */
		open = i = start + 1;
	}
	*pos = (uint32_t)(i + (three ? 3 : 1));
	t.text = (pv_str){is->text.s + t.pos, *pos - t.pos};
	if (unquote(is, is->text.s + open, i - open, raw, bytes, &text))
		t.value = bytes ? v_bytes(text) : v_str(text);
	else
		t.value = (val){.kind = PV_CEL_ERROR,
				.s = bytes ? "unable to unescape string" : "invalid unicode code point"};
	return t;
}

/* ---- operators ---- */

/* How many letters of b, r stand before a quote; 0: it is no literal. */
static bool
prefix(const issues *is, size_t i, size_t *ret_quote, bool *ret_raw, bool *ret_bytes)
{
	*ret_raw = *ret_bytes = false;
	for (size_t k = i; k < i + 3; k++) {
		char c = (char)(at(is, k) | 0x20);
		if (at(is, k) == '"' || at(is, k) == '\'') {
			*ret_quote = k;
			return true;
		}
		if (c == 'r' && !*ret_raw)
			*ret_raw = true;
		else if (c == 'b' && !*ret_bytes && !*ret_raw)
			*ret_bytes = true;
		else
			return false;
	}
	return false;
}

static token
quoted(issues *is, uint32_t *pos)
{
	token t = {.kind = K_QUOTED, .pos = *pos};
	size_t i = *pos + 1;
	for (char c; (c = at(is, i)) && c != '`'; i++)
		if (!is_letter(c) && !is_digit(c) && !strchr(".-/ ", c))
			break;
	if (at(is, i) != '`' || i == *pos + 1)
		return bad(is, pos, i);
	*pos = (uint32_t)i + 1;
	t.text = (pv_str){is->text.s + t.pos, *pos - t.pos};
	return t;
}

static token
operation(issues *is, uint32_t *pos)
{
	static const struct {
		char text[3];
		enum token_kind kind;
	} ops[] = {
		{"==", K_EQ},      {"!=", K_NE},      {"<=", K_LE},    {">=", K_GE},     {"&&", K_AND},
		{"||", K_OR},      {"<", K_LT},       {">", K_GT},     {"!", K_NOT},     {"+", K_PLUS},
		{"-", K_MINUS},    {"*", K_STAR},     {"/", K_SLASH},  {"%", K_PERCENT}, {"?", K_QUESTION},
		{":", K_COLON},    {".", K_DOT},      {",", K_COMMA},  {"(", K_LPAREN},  {")", K_RPAREN},
		{"[", K_LBRACKET}, {"]", K_RBRACKET}, {"{", K_LBRACE}, {"}", K_RBRACE},
	};
	char c = at(is, *pos);

	for (size_t i = 0; i < PV_LEN(ops); i++) {
		size_t n = ops[i].text[1] ? 2 : 1;

		if (c != ops[i].text[0] || (n == 2 && at(is, *pos + 1) != ops[i].text[1]))
			continue;
		*pos += (uint32_t)n;
		return (token){
			.kind = ops[i].kind, .pos = *pos - (uint32_t)n, .text = {is->text.s + *pos - n, n}};
	}
	return bad(is, pos, *pos + (c == '=' || c == '&' || c == '|'));
}

token
cel_lex(issues *is, uint32_t *pos)
{
	size_t quote;
	bool raw, bytes;
	skip(is, pos);
	char c = at(is, *pos);
	if (*pos >= is->text.len)
		return (token){.kind = K_END, .pos = *pos, .text = PV_STR("<EOF>")};
	if (prefix(is, *pos, &quote, &raw, &bytes))
		return string(is, pos, quote, raw, bytes);
	if (is_digit(c) || (c == '.' && is_digit(at(is, *pos + 1))))
		return number(is, pos);
	if (is_letter(c))
		return word(is, pos);
	return c == '`' ? quoted(is, pos) : operation(is, pos);
}
