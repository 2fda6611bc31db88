/* lex: bytes -> tokens.  Template strings are one token here (their length found
 * by counting braces and quotes); the parser takes them apart. */
#include "lang/rego/lex.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

static const char *const texts[] = {
	[RG_T_EOF] = "eof",
	[RG_T_ERROR] = "illegal token",
	[RG_T_IDENT] = "ident",
	[RG_T_NUMBER] = "number",
	[RG_T_STRING] = "string",
	[RG_T_RAW] = "rawstring",
	[RG_T_TEMPLATE] = "templatestringpart",
	[RG_T_RAWTEMPLATE] = "rawtemplatestringpart",
	[RG_T_DOT] = ".",
	[RG_T_COMMA] = ",",
	[RG_T_COLON] = ":",
	[RG_T_SEMI] = ";",
	[RG_T_LBRACK] = "[",
	[RG_T_RBRACK] = "]",
	[RG_T_LBRACE] = "{",
	[RG_T_RBRACE] = "}",
	[RG_T_LPAREN] = "(",
	[RG_T_RPAREN] = ")",
	[RG_T_OR] = "|",
	[RG_T_AND] = "&",
	[RG_T_UNIFY] = "=",
	[RG_T_ASSIGN] = ":=",
	[RG_T_EQ] = "==",
	[RG_T_NE] = "!=",
	[RG_T_LT] = "<",
	[RG_T_LE] = "<=",
	[RG_T_GT] = ">",
	[RG_T_GE] = ">=",
	[RG_T_ADD] = "+",
	[RG_T_SUB] = "-",
	[RG_T_MUL] = "*",
	[RG_T_DIV] = "/",
	[RG_T_MOD] = "%",
};

const char *
rg_tok_text(enum rg_tok tok)
{
	return texts[tok];
}

void
rg_lex_init(rg_lex *l, pv_str text)
{
	memset(l, 0, sizeof *l);
	l->s = text.s;
	l->len = (uint32_t)text.len;
	l->row = 1;
	l->prev_row = 1;
	if (text.len >= 3 && memcmp(text.s, "\xef\xbb\xbf", 3) == 0) /* byte order mark */
		l->pos = l->line = 3;
}

static bool
is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || c == '_';
}

static bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static char
at(const rg_lex *l, uint32_t i)
{
	return i < l->len ? l->s[i] : '\0';
}

static void
newline(rg_lex *l, uint32_t pos)
{
	l->row++;
	l->line = pos + 1;
}

static void
comment(rg_lex *l)
{
	uint32_t from = l->pos;
	const rg_loc *last =
		l->comments && l->comments->len ? pv_vec_at(l->comments, l->comments->len - 1) : NULL;
	bool again = last && last->off >= from; /* the parser went back */
	rg_loc *loc = l->comments && !again ? pv_vec_add(l->comments) : NULL;
	const char *end = memchr(l->s + from, '\n', l->len - from);
	l->pos = end ? (uint32_t)(end - l->s) : l->len;
	if (loc)
		*loc = (rg_loc){l->row, (int)(from - l->line) + 1, from, l->pos};
}

static void
skip_space(rg_lex *l)
{
	uint32_t p = l->pos;
	while (p < l->len) {
		char c = l->s[p];
		if (c > ' ' && c != '#')
			break;
		if (c == '\n') {
			newline(l, p);
		} else if (c == '#') {
			l->pos = p;
			comment(l);
			p = l->pos;
			continue;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			break;
		}
		p++;
	}
	l->pos = p;
}

static enum rg_tok
bad(rg_lex *l, const char *why)
{
	l->error = why;
	return RG_T_ERROR;
}

/* Skips "..." from the opening quote; false if it does not end on its line. */
static bool
skip_string(rg_lex *l, uint32_t *pos)
{
	uint32_t p = *pos + 1;
	while (p < l->len && l->s[p] != '"' && l->s[p] != '\n')
		p += l->s[p] == '\\' && p + 1 < l->len ? 2u : 1u;
	*pos = p < l->len ? p + 1 : l->len;
	return p < l->len && l->s[p] == '"';
}

static bool
skip_raw(rg_lex *l, uint32_t *pos)
{
	uint32_t p = *pos + 1;
	for (; p < l->len && l->s[p] != '`'; p++)
		if (l->s[p] == '\n')
			newline(l, p);
	*pos = p < l->len ? p + 1 : l->len;
	return p < l->len;
}

/* Skips a template string from its opening quote.  Strings within {..} may hold
 * quotes and braces of their own, and templates again; `open` is the stack. */
static bool
skip_template(rg_lex *l, uint32_t *pos)
{
	enum { DEPTH = 64 };
	char quote[DEPTH]; /* of each template that is open */
	int braces[DEPTH]; /* open within it; 0: in its text */
	int n = 0;
	uint32_t p = *pos;
	quote[0] = l->s[p++];
	braces[0] = 0;
	while (p < l->len) {
		char c = l->s[p];
		if (c == '\n')
			newline(l, p);
		if (braces[n] == 0) {
			if (c == '\\' && p + 1 < l->len && (quote[n] == '"' || l->s[p + 1] == '{')) {
				p += 2;
				continue;
			}
			if (c == '\n' && quote[n] == '"')
				break;
			p++;
			if (c == '{')
				braces[n] = 1;
			else if (c == quote[n] && n-- == 0) {
				*pos = p;
				return true;
			}
			continue;
		}
		if (c == '$' && (at(l, p + 1) == '"' || at(l, p + 1) == '`')) {
			if (++n == DEPTH)
				break;
			quote[n] = l->s[p + 1];
			braces[n] = 0;
			p += 2;
		} else if (c == '"') {
			if (!skip_string(l, &p))
				break;
		} else if (c == '`') {
			if (!skip_raw(l, &p))
				break;
		} else {
			braces[n] += c == '{' ? 1 : c == '}' ? -1 : 0;
			p++;
		}
	}
	*pos = l->len;
	return false;
}

static enum rg_tok
number(rg_lex *l)
{
	uint32_t p = l->pos;
	if (at(l, p) == '0' && is_digit(at(l, p + 1))) {
		l->pos = p + 1;
		return bad(l, "expected number without leading zero");
	}
	while (is_digit(at(l, p)))
		p++;
	if (at(l, p) == '.' && is_digit(at(l, p + 1)))
		for (p++; is_digit(at(l, p));)
			p++;
	else if (at(l, p) == '.') {
		l->pos = p + 1;
		return bad(l, "illegal number format: expected a digit after the point");
	}
	if (at(l, p) == 'e' || at(l, p) == 'E') {
		p++;
		if (at(l, p) == '+' || at(l, p) == '-')
			p++;
		if (!is_digit(at(l, p))) {
			l->pos = p;
			return bad(l, "illegal number format: expected a digit in the exponent");
		}
		while (is_digit(at(l, p)))
			p++;
	}
	l->pos = p;
	if (is_letter(at(l, p)))
		return bad(l, "illegal number format");
	return RG_T_NUMBER;
}

static enum rg_tok
punctuation(rg_lex *l)
{
	static const uint8_t one[128] = {
		['.'] = RG_T_DOT,    [','] = RG_T_COMMA,  [':'] = RG_T_COLON,  [';'] = RG_T_SEMI,
		['['] = RG_T_LBRACK, [']'] = RG_T_RBRACK, ['{'] = RG_T_LBRACE, ['}'] = RG_T_RBRACE,
		['('] = RG_T_LPAREN, [')'] = RG_T_RPAREN, ['|'] = RG_T_OR,     ['&'] = RG_T_AND,
		['='] = RG_T_UNIFY,  ['<'] = RG_T_LT,     ['>'] = RG_T_GT,     ['+'] = RG_T_ADD,
		['-'] = RG_T_SUB,    ['*'] = RG_T_MUL,    ['/'] = RG_T_DIV,    ['%'] = RG_T_MOD,
	};
	static const uint8_t equals[128] = {
		[':'] = RG_T_ASSIGN, ['='] = RG_T_EQ, ['!'] = RG_T_NE, ['<'] = RG_T_LE, ['>'] = RG_T_GE,
	};
	unsigned char c = (unsigned char)l->s[l->pos++];
	uint8_t tok = RG_T_EOF;
	if (c < PV_LEN(one)) {
		bool two = at(l, l->pos) == '=' && equals[c];
		tok = two ? equals[c] : one[c];
		l->pos += two;
	}
	return tok ? (enum rg_tok)tok : bad(l, "illegal token");
}

bool
rg_is_name(pv_str s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	return s.len && strspn(s.s, letters) == s.len && !(*s.s >= '0' && *s.s <= '9');
}

enum rg_word
rg_word_of(const char *s, size_t len)
{
	static const struct {
		const char text[9];
		uint8_t len;
	} words[] = {
		[RG_WORD_AND] = {"and", 3},         [RG_WORD_OR] = {"or", 2},
		[RG_WORD_AS] = {"as", 2},           [RG_WORD_CONTAINS] = {"contains", 8},
		[RG_WORD_DEFAULT] = {"default", 7}, [RG_WORD_ELSE] = {"else", 4},
		[RG_WORD_EVERY] = {"every", 5},     [RG_WORD_FALSE] = {"false", 5},
		[RG_WORD_IF] = {"if", 2},           [RG_WORD_IMPORT] = {"import", 6},
		[RG_WORD_IN] = {"in", 2},           [RG_WORD_NOT] = {"not", 3},
		[RG_WORD_NULL] = {"null", 4},       [RG_WORD_PACKAGE] = {"package", 7},
		[RG_WORD_SOME] = {"some", 4},       [RG_WORD_TRUE] = {"true", 4},
		[RG_WORD_WITH] = {"with", 4},
	};
	static const uint8_t first[26] = {
		['a' - 'a'] = RG_WORD_AND,  ['c' - 'a'] = RG_WORD_CONTAINS, ['d' - 'a'] = RG_WORD_DEFAULT,
		['e' - 'a'] = RG_WORD_ELSE, ['f' - 'a'] = RG_WORD_FALSE,    ['i' - 'a'] = RG_WORD_IF,
		['n' - 'a'] = RG_WORD_NOT,  ['o' - 'a'] = RG_WORD_OR,       ['p' - 'a'] = RG_WORD_PACKAGE,
		['s' - 'a'] = RG_WORD_SOME, ['t' - 'a'] = RG_WORD_TRUE,     ['w' - 'a'] = RG_WORD_WITH,
	};
	size_t w = *s >= 'a' && *s <= 'z' ? first[*s - 'a'] : RG_WORD_NONE;
	for (; w && w < PV_LEN(words) && words[w].text[0] == *s; w++)
		if (words[w].len == len && memcmp(words[w].text, s, len) == 0)
			return (enum rg_word)w;
	return RG_WORD_NONE;
}

static enum rg_tok
scan(rg_lex *l)
{
	char c = l->s[l->pos];
	bool ok;
	if (is_letter(c)) {
		uint32_t from = l->pos, to = from + 1;
		while (to < l->len && (is_letter(l->s[to]) || is_digit(l->s[to])))
			to++;
		l->pos = to;
		l->word = rg_word_of(l->s + from, to - from);
		return RG_T_IDENT;
	}
	if (is_digit(c))
		return number(l);
	if (c == '"') {
		ok = skip_string(l, &l->pos);
		return ok ? RG_T_STRING : bad(l, "non-terminated string");
	}
	if (c == '`') {
		ok = skip_raw(l, &l->pos);
		return ok ? RG_T_RAW : bad(l, "non-terminated raw string");
	}
	if (c == '$' && (at(l, l->pos + 1) == '"' || at(l, l->pos + 1) == '`')) {
		bool raw = at(l, ++l->pos) == '`';
		ok = skip_template(l, &l->pos);
		return ok ? (raw ? RG_T_RAWTEMPLATE : RG_T_TEMPLATE)
			  : bad(l, "non-terminated template string");
	}
	return punctuation(l);
}

void
rg_lex_next(rg_lex *l)
{
	l->prev_row = l->row;
	uint32_t before = l->pos;
	skip_space(l);
	l->space = l->pos != before;
	l->loc = (rg_loc){l->row, (int)(l->pos - l->line) + 1, l->pos, l->pos};
	l->word = RG_WORD_NONE;
	if (l->pos >= l->len)
		l->tok = RG_T_EOF;
	else
		l->tok = scan(l);
	l->loc.end = l->pos;
}

static bool
hex4(const char *s, size_t len, uint32_t *ret)
{
	uint32_t r = 0;
	for (size_t i = 0; i < 4; i++) {
		int d = i < len ? pv_hex_digit(s[i]) : -1;
		if (d < 0)
			return false;
		r = r << 4 | (uint32_t)d;
	}
	*ret = r;
	return true;
}

/* \uXXXX at s (behind the 'u'), surrogate pairs included: bytes read; 0 if malformed. */
static size_t
unescape_rune(const char *s, size_t len, uint32_t *ret)
{
	uint32_t low = 0;
	if (!hex4(s, len, ret))
		return 0;
	if (*ret < 0xd800 || *ret > 0xdfff)
		return 4;
	bool pair = *ret < 0xdc00 && len >= 10 && s[4] == '\\' && s[5] == 'u' && hex4(s + 6, 4, &low) &&
		    low >= 0xdc00 && low <= 0xdfff;
	*ret = pair ? 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
	return pair ? 10 : 4;
}

const char *
rg_unquote(pv_arena *arena, const char *s, size_t len, bool raw, size_t *ret_len, const char **ret_error)
{
	static const char from[] = "\"\\/bfnrt{", to[] = "\"\\/\b\f\n\r\t{";
	char *out = pv_alloc(arena, len + 1), *p = out;
	*ret_error = NULL;
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '\\' || raw) {
			*p++ = s[i];
			continue;
		}
		char c = ++i < len ? s[i] : '\0';
		const char *f = c ? strchr(from, c) : NULL;
		uint32_t rune;
		size_t used;
		if (f) {
			*p++ = to[f - from];
		} else if (c == 'u' && (used = unescape_rune(s + i + 1, len - i - 1, &rune)) != 0) {
			p += pv_utf8_put(p, rune);
			i += used;
		} else {
			*ret_error = "illegal string escape sequence";
			return NULL;
		}
	}
	*p = '\0';
	*ret_len = (size_t)(p - out);
	return out;
}
