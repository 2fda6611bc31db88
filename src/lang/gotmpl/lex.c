/* lex: the states of Go's lexer as functions that give one token each. */
#include "lang/gotmpl/lex.h"

#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"

#define NO_RUNE UINT32_MAX

void
lex_init(lexer *l, pv_arena *arena, pv_str input, pv_str left, pv_str right)
{
	*l = (lexer){
		.arena = arena, .input = input, .left = left, .right = right, .line = 1, .start_line = 1};
	if (left.len == 0)
		l->left = PV_STR("{{");
	if (right.len == 0)
		l->right = PV_STR("}}");
}

/* ---- characters ---- */

static bool
is_space(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Blocks that hold neither letters nor digits; all else above ASCII counts as such. */
bool
lex_is_letter(uint32_t c)
{
	if (c < 0x80)
		return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	if (c < 0xc0)
		return c == 0xaa || c == 0xb5 || c == 0xba;
	if (c == 0xd7 || c == 0xf7 || (c >= 0x2000 && c <= 0x206f) || (c >= 0x20a0 && c <= 0x2bff) ||
	    (c >= 0x3000 && c <= 0x3004) || (c >= 0x3007 && c <= 0x3020))
		return false;
	return c != NO_RUNE && !(c >= 0xd800 && c <= 0xf8ff) && c < 0x1f000;
}

static pv_str
rest(const lexer *l)
{
	return (pv_str){l->input.s + l->pos, l->input.len - l->pos};
}

/* The rune at the point and its length; NO_RUNE at the end. */
static uint32_t
peek(const lexer *l, size_t *ret_len)
{
	uint32_t rune;
	int n;
	*ret_len = 0;
	if (l->pos >= l->input.len)
		return NO_RUNE;
	*ret_len = 1;
	if ((unsigned char)l->input.s[l->pos] < 0x80)
		return (unsigned char)l->input.s[l->pos];
	n = pv_utf8_step(l->input.s + l->pos, l->input.len - l->pos, &rune);
	*ret_len = n ? (size_t)n : 1;
	return n ? rune : 0xfffd;
}

static uint32_t
next(lexer *l)
{
	size_t n;
	uint32_t c = peek(l, &n);
	l->pos += n;
	l->line += c == '\n';
	return c;
}

static uint32_t
look(const lexer *l)
{
	size_t n;
	return peek(l, &n);
}

static bool
accept(lexer *l, const char *of)
{
	if (l->pos >= l->input.len || !l->input.s[l->pos] || strchr(of, l->input.s[l->pos]) == NULL)
		return false;
	l->pos++;
	return true;
}

static bool
begins(pv_str s, pv_str with)
{
	return s.len >= with.len && memcmp(s.s, with.s, with.len) == 0;
}

static pv_str
from(pv_str s, size_t n)
{
	return n > s.len ? (pv_str){s.s + s.len, 0} : (pv_str){s.s + n, s.len - n};
}

static bool
left_marker(pv_str s)
{
	return s.len >= 2 && s.s[0] == '-' && is_space((unsigned char)s.s[1]);
}

static bool
right_marker(pv_str s)
{
	return s.len >= 2 && is_space((unsigned char)s.s[0]) && s.s[1] == '-';
}

/* ---- tokens ---- */

static uint32_t
lines(pv_str s)
{
	uint32_t n = 0;
	const char *end = s.s + s.len;
	for (const char *p = s.s; p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		n++;
	return n;
}

static token
emit(lexer *l, enum token_type type)
{
	token t = {type, (uint32_t)l->start, l->start_line, {l->input.s + l->start, l->pos - l->start}};
	l->start = l->pos;
	l->start_line = l->line;
	return t;
}

/* Skips what was not taken rune by rune. */
static void
ignore(lexer *l)
{
	l->line += lines((pv_str){l->input.s + l->start, l->pos - l->start});
	l->start = l->pos;
	l->start_line = l->line;
}

static token
fail(lexer *l, const char *what)
{
	token t = {T_ERROR, (uint32_t)l->start, l->start_line, pv_str_of(what)};
	l->input.len = l->pos = l->start = 0;
	l->inside = false;
	return t;
}

/* U+0021 '!' */
static token
fail_rune(lexer *l, const char *what, uint32_t rune)
{
	pv_buf b;
	pv_buf_init(&b, l->arena);
	pv_buf_adds(&b, what);
	if (rune == NO_RUNE)
		pv_buf_adds(&b, "U+FFFFFFFFFFFFFFFF");
	else
		(void)pv_verb_rune(&b, &(pv_verb){.sharp = true, .width = -1, .precision = -1, .verb = 'U'},
				   rune);
	return fail(l, b.s);
}

/* At the closing delimiter, with or without its trim marker? */
static bool
at_right(const lexer *l, bool *ret_trim)
{
	pv_str s = rest(l);
	*ret_trim = right_marker(s) && begins(from(s, 2), l->right);
	return *ret_trim || begins(s, l->right);
}

static size_t
spaces_before(pv_str s)
{
	size_t n = 0;
	while (n < s.len && is_space((unsigned char)s.s[s.len - 1 - n]))
		n++;
	return n;
}

static size_t
spaces_after(pv_str s)
{
	size_t n = 0;
	while (n < s.len && is_space((unsigned char)s.s[n]))
		n++;
	return n;
}

/* Behind the comment's opening; true if it ends well. */
static bool
comment(lexer *l, token *ret)
{
	bool trim;
	l->pos += 2;
	const char *end = memmem(l->input.s + l->pos, l->input.len - l->pos, "*/", 2);
	if (end == NULL) {
		*ret = fail(l, "unclosed comment");
		return false;
	}
	l->pos = (size_t)(end - l->input.s) + 2;
	if (!at_right(l, &trim)) {
		*ret = fail(l, "comment ends before closing delimiter");
		return false;
	}
	l->pos += (trim ? 2 : 0) + l->right.len;
	if (trim)
		l->pos += spaces_after(rest(l));
	ignore(l);
	return true;
}

/* The opening delimiter is at the point; false after a comment: text goes on. */
static bool
left(lexer *l, token *ret)
{
	size_t at = l->left.len;
	bool trim = left_marker(from(rest(l), at));
	if (begins(from(rest(l), at + (trim ? 2 : 0)), PV_STR("/*"))) {
		l->pos += at + (trim ? 2 : 0);
		ignore(l);
		return !comment(l, ret);
	}
	l->pos += at;
	*ret = emit(l, T_LEFT);
	l->inside = true;
	l->pos += trim ? 2 : 0;
	ignore(l);
	l->parens = 0;
	return true;
}

static token
text(lexer *l)
{
	token t;
	for (;;) {
		const char *at = memmem(l->input.s + l->pos, l->input.len - l->pos, l->left.s, l->left.len);
		if (at == NULL)
			break;
		size_t x = (size_t)(at - l->input.s) - l->pos;
		if (x > 0) {
			size_t trim = 0;
			l->pos += x;
			if (left_marker(from(rest(l), l->left.len)))
				trim = spaces_before((pv_str){l->input.s + l->start, l->pos - l->start});
			l->pos -= trim;
			l->line += lines((pv_str){l->input.s + l->start, l->pos - l->start});
			t = emit(l, T_TEXT);
			l->pos += trim;
			ignore(l);
			if (t.val.len > 0)
				return t;
		}
		if (left(l, &t))
			return t;
	}
	l->pos = l->input.len;
	if (l->pos == l->start)
		return (token){T_EOF, (uint32_t)l->pos, l->start_line, PV_STR("EOF")};
	l->line += lines((pv_str){l->input.s + l->start, l->pos - l->start});
	return emit(l, T_TEXT);
}

static token
right(lexer *l, bool trim)
{
	if (trim) {
		l->pos += 2;
		ignore(l);
	}
	l->pos += l->right.len;
	token t = emit(l, T_RIGHT);
	if (trim) {
		l->pos += spaces_after(rest(l));
		ignore(l);
	}
	l->inside = false;
	return t;
}

/* ---- inside an action ---- */

static bool
at_end_of_word(const lexer *l)
{
	uint32_t c = look(l);
	if (c == NO_RUNE || is_space(c) || (c < 0x80 && c > 0 && strchr(".,|:)(", (int)c) != NULL))
		return true;
	return begins(rest(l), l->right);
}

static token
space(lexer *l)
{
	size_t n = 0;
	while (is_space(look(l))) {
		(void)next(l);
		n++;
	}
	pv_str last = {l->input.s + l->pos - 1, l->input.len - l->pos + 1};
	if (right_marker(last) && begins(from(last, 2), l->right)) {
		l->pos--;
		l->line -= l->input.s[l->pos] == '\n';
		if (n == 1)
			return right(l, true);
	}
	return emit(l, T_SPACE);
}

static void
letters(lexer *l)
{
	size_t n;
	while (lex_is_letter(peek(l, &n)))
		l->pos += n;
}

static enum token_type
word_type(pv_str w)
{
	static const struct {
		const char *word;
		enum token_type type;
	} words[] = {
		{"block", T_BLOCK},
		{"break", T_BREAK},
		{"continue", T_CONTINUE},
		{"define", T_DEFINE},
		{"else", T_ELSE},
		{"end", T_END},
		{"if", T_IF},
		{"nil", T_NIL},
		{"range", T_RANGE},
		{"template", T_TEMPLATE},
		{"with", T_WITH},
		{"true", T_BOOL},
		{"false", T_BOOL},
	};
	if (w.len < 2 || w.len > 8)
		return T_IDENT;
	for (size_t i = 0; i < PV_LEN(words); i++)
		if (*w.s == *words[i].word && pv_str_is(w, words[i].word))
			return words[i].type;
	return T_IDENT;
}

static token
word(lexer *l)
{
	letters(l);
	if (!at_end_of_word(l))
		return fail_rune(l, "bad character ", look(l));
	return emit(l, word_type((pv_str){l->input.s + l->start, l->pos - l->start}));
}

/* Behind the . or $. */
static token
field_or_variable(lexer *l, enum token_type type)
{
	if (at_end_of_word(l))
		return emit(l, type == T_VARIABLE ? T_VARIABLE : T_DOT);
	letters(l);
	if (!at_end_of_word(l))
		return fail_rune(l, "bad character ", look(l));
	return emit(l, type);
}

static token
quoted(lexer *l, uint32_t quote, enum token_type type, const char *open)
{
	for (;;) {
		uint32_t c = next(l);
		bool escaped = c == '\\' && type != T_RAW_STRING;
		if (escaped)
			c = next(l);
		if (c == NO_RUNE || (c == '\n' && type != T_RAW_STRING))
			return fail(l, open);
		if (c == quote && !escaped)
			return emit(l, type);
	}
}

static void
accept_run(lexer *l, const char *of)
{
	while (accept(l, of))
		;
}

static bool
scan_number(lexer *l)
{
	const char *digits = "0123456789_";
	accept(l, "+-");
	if (accept(l, "0")) {
		if (accept(l, "xX"))
			digits = "0123456789abcdefABCDEF_";
		else if (accept(l, "oO"))
			digits = "01234567_";
		else if (accept(l, "bB"))
			digits = "01_";
	}
	accept_run(l, digits);
	if (accept(l, "."))
		accept_run(l, digits);
	if ((strlen(digits) == 11 && accept(l, "eE")) || (strlen(digits) == 23 && accept(l, "pP"))) {
		accept(l, "+-");
		accept_run(l, "0123456789_");
	}
	accept(l, "i");
	if (!lex_is_letter(look(l)))
		return true;
	(void)next(l);
	return false;
}

static token
bad_number(lexer *l)
{
	pv_buf b;
	pv_buf_init(&b, l->arena);
	pv_buf_adds(&b, "bad number syntax: ");
	pv_go_quote(&b, (pv_str){l->input.s + l->start, l->pos - l->start}, false);
	return fail(l, b.s);
}

static token
number(lexer *l)
{
	if (!scan_number(l))
		return bad_number(l);
	if (look(l) != '+' && look(l) != '-')
		return emit(l, T_NUMBER);
	if (!scan_number(l) || l->input.s[l->pos - 1] != 'i')
		return bad_number(l);
	return emit(l, T_COMPLEX);
}

static token
symbol(lexer *l, uint32_t c)
{
	switch (c) {
	case '=': return emit(l, T_ASSIGN);
	case ':': return next(l) == '=' ? emit(l, T_DECLARE) : fail(l, "expected :=");
	case '|': return emit(l, T_PIPE);
	case '(': l->parens++; return emit(l, T_LEFT_PAREN);
	case ')':
		if (--l->parens < 0)
			return fail(l, "unexpected right paren");
		return emit(l, T_RIGHT_PAREN);
	default:
		if (c > 0x20 && c < 0x7f)
			return emit(l, T_CHAR);
		return fail_rune(l, "unrecognized character in action: ", c);
	}
}

static token
inside(lexer *l)
{
	bool trim;
	if (at_right(l, &trim))
		return l->parens == 0 ? right(l, trim) : fail(l, "unclosed left paren");
	uint32_t c = look(l);
	if (c == NO_RUNE)
		return fail(l, "unclosed action");
	if (is_space(c))
		return space(l);
	if (c == '+' || c == '-' || (c >= '0' && c <= '9'))
		return number(l);
	if (c == '.' && l->pos + 1 < l->input.len && l->input.s[l->pos + 1] >= '0' &&
	    l->input.s[l->pos + 1] <= '9')
		return number(l);
	if (lex_is_letter(c))
		return word(l);
	(void)next(l);
	switch (c) {
	case '"': return quoted(l, '"', T_STRING, "unterminated quoted string");
	case '`': return quoted(l, '`', T_RAW_STRING, "unterminated raw quoted string");
	case '\'': return quoted(l, '\'', T_CHAR_CONST, "unterminated character constant");
	case '$': return field_or_variable(l, T_VARIABLE);
	case '.': return field_or_variable(l, T_FIELD);
	default: return symbol(l, c);
	}
}

token
lex_next(lexer *l)
{
	return l->inside ? inside(l) : text(l);
}
