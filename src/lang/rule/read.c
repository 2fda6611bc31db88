/* read: lines and words of rules, and where a fault stands. */
#include <string.h>

#include "lang/rule/inside.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* ---- places ---- */

void
pv_rule_init(pv_rule_reader *r, pv_ctx *cx, pv_arena *arena, const char *file, pv_str text)
{
	*r = (pv_rule_reader){.cx = cx, .arena = arena, .file = file, .text = text};
}

char
rule_peek(const pv_rule_reader *r)
{
	return r->at < r->text.len ? r->text.s[r->at] : '\0';
}

int(pv_rule_fail)(pv_rule_reader *r, const char *fmt, ...)
{
	int line = 1, column = 1;
	va_list args;
	const char *message;
	for (size_t i = 0; i < r->at && i < r->text.len; i++) {
		column = r->text.s[i] == '\n' ? 1 : column + 1;
		line += r->text.s[i] == '\n';
	}
	va_start(args, fmt);
	message = pv_vprintf(r->cx->arena, fmt, args);
	va_end(args);
	return pv_fail_at(r->cx, PV_EINVALID, r->file, line, column, "%s", message);
}

/* Blanks, and the end of a line that the next one continues with two tabs. */
void
rule_skip(pv_rule_reader *r)
{
	for (;;) {
		while (rule_peek(r) == ' ' || rule_peek(r) == '\t')
			r->at++;
		if (r->at + 2 >= r->text.len || strncmp(r->text.s + r->at, "\n\t\t", 3) != 0)
			return;
		r->at += 3;
	}
}

bool
pv_rule_ends(pv_rule_reader *r)
{
	rule_skip(r);
	return rule_peek(r) == '\n' || r->at >= r->text.len;
}

bool
pv_rule_line(pv_rule_reader *r, bool *ret_indented)
{
	while (r->at < r->text.len) {
		size_t start = r->at;
		while (rule_peek(r) == ' ' || rule_peek(r) == '\t')
			r->at++;
		*ret_indented = r->at > start;
		if (r->at < r->text.len && rule_peek(r) != '\n' && rule_peek(r) != '#')
			return true;
		while (r->at < r->text.len && rule_peek(r) != '\n')
			r->at++;
		r->at++;
	}
	r->at = r->text.len;
	return false;
}

bool
rule_is_letter(char c)
{
	return c != '\0' && strchr(LETTERS, c) != NULL;
}

bool
pv_rule_accept(pv_rule_reader *r, const char *word)
{
	size_t len = strlen(word);
	rule_skip(r);
	if (r->text.len - r->at < len || memcmp(r->text.s + r->at, word, len) != 0)
		return false;
	if (rule_is_letter(word[len - 1]) && r->at + len < r->text.len &&
	    (rule_is_letter(r->text.s[r->at + len]) || r->text.s[r->at + len] == '-'))
		return false;
	r->at += len;
	return true;
}

int
pv_rule_word(pv_rule_reader *r, const char *more, const char *what, pv_str *ret)
{
	size_t start;
	rule_skip(r);
	start = r->at;
	while (rule_is_letter(rule_peek(r)) || (rule_peek(r) && strchr(more, rule_peek(r))))
		r->at++;
	*ret = (pv_str){r->text.s + start, r->at - start};
	return ret->len ? 0 : pv_rule_fail(r, "expected %s", what);
}

int
pv_rule_name(pv_rule_reader *r, pv_str name, const pv_expr *is)
{
	if (r->n_names == PV_RULE_NAMES)
		return pv_rule_fail(r, "more than %d names", PV_RULE_NAMES);
	r->names[r->n_names].name = name;
	r->names[r->n_names++].is = is;
	return 0;
}

/* ---- nodes ---- */

pv_expr *
rule_node(pv_rule_reader *r, enum op op, size_t n)
{
	pv_expr *e = pv_new(r->arena, pv_expr);
	*e = (pv_expr){.op = op, .n = n};
	if (n)
		e->args = pv_alloc(r->arena, n * sizeof(*e->args));
	return e;
}

const pv_expr *
rule_literal(pv_rule_reader *r, pv_val v)
{
	pv_expr *e = rule_node(r, LITERAL, 0);
	e->value = v;
	return e;
}

const pv_expr *
rule_word(pv_rule_reader *r, pv_str word)
{
	return rule_literal(r, pv_stringn(r->arena, word.s, word.len));
}

int
rule_expect(pv_rule_reader *r, const char *sign)
{
	return pv_rule_accept(r, sign) ? 0 : pv_rule_fail(r, "expected %s", sign);
}
