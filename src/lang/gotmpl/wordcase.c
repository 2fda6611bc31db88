/* wordcase: snake_case, kebab-case and PascalCase, cut into words as xstrings does. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/impl.h"

enum word { W_NONE, W_NUMBER, W_UPPER, W_LETTERS, W_CONNECTOR, W_PUNCT, W_OTHER };

static bool
is_connector(char c)
{
	return c == '-' || c == '_' || c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_letter(char c)
{
	return is_upper(c) || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool
is_lower(char c)
{
	return is_letter(c) && !is_upper(c);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_punct(char c)
{
	return c && strchr("!\"#%&'()*,./:;?@[\\]{}", c) != NULL;
}

static bool
is_other(char c)
{
	return !is_connector(c) && !is_letter(c) && !is_digit(c) && !is_punct(c);
}

static size_t
run_of(pv_str s, bool (*is)(char))
{
	size_t n = 0;
	while (n < s.len && is(s.s[n]))
		n++;
	return n;
}

/* HTTPStatus is HTTP and Status: the last capital belongs to what follows. */
static size_t
upper_word(pv_str s)
{
	size_t n = run_of(s, is_upper);
	if (n == 1)
		return n + run_of((pv_str){s.s + 1, s.len - 1}, is_lower);
	return n < s.len && is_letter(s.s[n]) ? n - 1 : n;
}

static enum word
next_word(pv_str *s, pv_str *ret)
{
	static bool (*const is[])(char) = {NULL, is_digit, NULL, is_lower, is_connector, is_punct, is_other};
	enum word type = W_OTHER;
	*ret = (pv_str){s->s, 0};
	if (s->len == 0)
		return W_NONE;
	char c = *s->s;
	if (is_connector(c))
		type = W_CONNECTOR;
	else if (is_punct(c))
		type = W_PUNCT;
	else if (is_upper(c))
		type = W_UPPER;
	else if (is_letter(c))
		type = W_LETTERS;
	else if (is_digit(c))
		type = W_NUMBER;
	ret->len = type == W_UPPER ? upper_word(*s) : run_of(*s, is[type]);
	s->s += ret->len;
	s->len -= ret->len;
	return type;
}

static void
put(pv_buf *b, enum word type, pv_str w, char connector)
{
	for (size_t i = 0; i < w.len; i++) {
		char c = w.s[i];
		if (type == W_UPPER || type == W_CONNECTOR)
			c = is_connector(c) ? connector : is_upper(c) ? (char)(c + 32) : c;
		pv_buf_addc(b, c);
	}
}

struct words {
	pv_buf *b;
	pv_str rest, word;
	enum word type;
	char connector;
};

static void
connect(struct words *w)
{
	if (w->type != W_NONE && w->type != W_CONNECTOR && w->type != W_PUNCT)
		pv_buf_addc(w->b, w->connector);
}

/* Letters and digits behind a number belong to it. */
static void
after_number(struct words *w)
{
	while (w->type == W_LETTERS || w->type == W_NUMBER) {
		put(w->b, w->type, w->word, w->connector);
		w->type = next_word(&w->rest, &w->word);
	}
	connect(w);
}

/* A word is written, the next is at hand. */
static void
after_word(struct words *w)
{
	if (w->type != W_NUMBER) {
		if (w->type != W_CONNECTOR && w->type != W_PUNCT)
			pv_buf_addc(w->b, w->connector);
		return;
	}
	if (w->rest.len == 0)
		return;
	pv_str digits = w->word;
	w->type = next_word(&w->rest, &w->word);
	if (w->type != W_LETTERS) { /* Bld4Floor: bld4_floor */
		put(w->b, W_NUMBER, digits, w->connector);
		if (w->type != W_CONNECTOR && w->type != W_PUNCT)
			pv_buf_addc(w->b, w->connector);
		return;
	}
	pv_buf_addc(w->b, w->connector); /* HTTP2xx: http_2xx */
	put(w->b, W_NUMBER, digits, w->connector);
	after_number(w);
}

static int
lower_words(pv_trun *r, pv_str s, char connector, pv_tv *ret)
{
	pv_buf b;
	struct words w = {.b = &b, .rest = s, .connector = connector};
	pv_buf_init(&b, r->arena);
	w.type = next_word(&w.rest, &w.word);
	while (w.rest.len > 0) {
		enum word before = w.type;
		pv_str last = w.word;
		if (before != W_CONNECTOR)
			put(&b, before, last, connector);
		w.type = next_word(&w.rest, &w.word);
		if (before == W_NUMBER)
			after_number(&w);
		else if (before == W_CONNECTOR)
			put(&b, before, last, connector);
		else if (before != W_PUNCT)
			after_word(&w);
	}
	put(&b, w.type, w.word, connector);
	return tret_buf(r, &b, ret);
}

int
case_snake(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	(void)n;
	return lower_words(r, targ(args, 0), '_', ret);
}

int
case_kebab(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	(void)n;
	return lower_words(r, targ(args, 0), '-', ret);
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

int
case_pascal(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret)
{
	pv_str s = targ(args, 0);
	size_t i = 0;
	bool first_upper;
	pv_buf b;
	(void)n;
	pv_buf_init(&b, r->arena);
	while (i < s.len && is_connector(s.s[i])) /* in front they stay */
		pv_buf_addc(&b, s.s[i++]);
	if (i == s.len)
		return tret_buf(r, &b, ret);
	first_upper = is_upper(s.s[i]);
	char c = upper(s.s[i]);
	for (i++; i < s.len; i++) {
		char before = c;
		c = s.s[i];
		if (is_connector(c) && is_connector(before)) {
			pv_buf_addc(&b, before);
			continue;
		}
		if (is_connector(before)) {
			first_upper = is_upper(c);
			c = upper(c);
			continue;
		}
		if (first_upper && is_upper(c))
			c = (char)(c + 32);
		else
			first_upper = false;
		pv_buf_addc(&b, before);
	}
	pv_buf_addc(&b, c);
	return tret_buf(r, &b, ret);
}
