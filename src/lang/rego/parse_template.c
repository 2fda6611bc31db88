/* parse_template: $"text {expr} text": taken apart into strings and one set
 * comprehension per expression (OPA's own reading: no value prints <undefined>,
 * two values are a conflict). */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "lang/rego/parse.h"

static bool
add_text(rg_parser *p, pv_vec *parts, const rg_loc *loc, uint32_t from, uint32_t to, bool raw)
{
	pv_buf b;
	const char *s = p->lex.s + from, *error = NULL;
	size_t n = to - from, len;
	if (n == 0)
		return true;
	if (raw) { /* only \{ is an escape */
		pv_buf_init(&b, p->arena);
		for (size_t i = 0; i < n; i++)
			if (!(s[i] == '\\' && i + 1 < n && s[i + 1] == '{'))
				pv_buf_addc(&b, s[i]);
		s = b.s;
		len = b.len;
	} else if ((s = rg_unquote(p->arena, s, n, false, &len, &error)) == NULL) {
		return rg_syntax(p, loc, "%s", error);
	}
	rg_term *t = rg_term_string(p, loc, len ? s : "", len);
	pv_vec_push(parts, &t);
	return true;
}

struct place {
	uint32_t pos, line; /* line: its first byte, of the row of where rows were counted to */
	uint32_t counted;
	int row;
};

/* One {expr}: at->pos is the brace's; it is moved behind the end. */
static bool
add_expr(rg_parser *p, pv_vec *parts, struct place *at)
{
	rg_parser sub = *p;
	sub.lex.pos = at->pos + 1;
	for (; at->counted < sub.lex.pos; at->counted++)
		if (p->lex.s[at->counted] == '\n') {
			at->row++;
			at->line = at->counted + 1;
		}
	sub.lex.row = at->row;
	sub.lex.line = at->line;
	sub.trying = p->trying;
	rg_advance(&sub);
	rg_term *set = rg_term_new(&sub, RG_SETCOMP, &sub.lex.loc);
	rg_expr *e = sub.lex.tok == RG_T_RBRACE
			     ? rg_syntax(&sub, &sub.lex.loc,
					 "invalid template-string expression: expected an expression in {}")
			     : rg_parse_expr(&sub);
	if (e && sub.lex.tok != RG_T_RBRACE)
		e = rg_unexpected(&sub, "}");
	if (e &&
	    (e->kind != RG_E_TERM || e->negated ||
	     (e->term->kind == RG_CALL && e->term->args[0]->generated &&
	      (strcmp(e->term->args[0]->name, "eq") == 0 || strcmp(e->term->args[0]->name, "assign") == 0))))
		e = rg_syntax(&sub, &e->loc, "invalid template-string expression: expected a term");
	p->failed = sub.failed;
	p->wildcards = sub.wildcards;
	p->again = sub.again;
	if (!e || p->failed)
		return false;
	rg_term *x = rg_term_wildcard(p, &e->loc);
	e->term = rg_term_call(p, "eq", x, e->term, NULL);
	if (!e->term || !rg_expr_grow(p, e))
		return false;
	set->n = 1;
	set->args = pv_new_array(p->arena, rg_term *, 1);
	set->args[0] = x;
	set->body = pv_new(p->arena, rg_body);
	set->body->n = 1;
	set->body->exprs = pv_new_array(p->arena, rg_expr *, 1);
	set->body->exprs[0] = e;
	set->body->height = e->height;
	if (!rg_term_grown(p, set))
		return false;
	pv_vec_push(parts, &set);
	at->pos = sub.lex.loc.end;
	return true;
}

rg_term *
rg_parse_template(rg_parser *p)
{
	rg_loc loc = p->lex.loc;
	bool raw = p->lex.tok == RG_T_RAWTEMPLATE;
	uint32_t end = loc.end - 1, from = loc.off + 2;
	struct place at = {from, loc.off - (uint32_t)(loc.col - 1), loc.off, loc.row};
	const char *s = p->lex.s;
	pv_vec parts;
	pv_vec_init(&parts, p->arena, sizeof(rg_term *));
	if (!rg_enter(p))
		return NULL;
	while (at.pos < end) {
		if (s[at.pos] == '\\' && at.pos + 1 < end && (!raw || s[at.pos + 1] == '{')) {
			at.pos += 2;
		} else if (s[at.pos] != '{') {
			at.pos++;
		} else {
			if (!add_text(p, &parts, &loc, from, at.pos, raw) || !add_expr(p, &parts, &at))
				return NULL;
			from = at.pos;
		}
	}
	if (!add_text(p, &parts, &loc, from, end, raw))
		return NULL;
	rg_leave(p);
	rg_advance(p);
	return rg_term_args(p, rg_term_new(p, RG_TEMPLATE, &loc), &parts);
}
