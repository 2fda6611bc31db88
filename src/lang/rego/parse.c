/* parse: the parser's ground: tokens, errors, expressions and bodies. */
#include "lang/rego/parse.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"

void
rg_parser_init(rg_parser *p, rg_errors *errors, pv_arena *arena, const char *file, pv_str text,
	       pv_vec *comments)
{
	memset(p, 0, sizeof *p);
	p->cx = errors->cx;
	p->errors = errors;
	p->arena = arena;
	p->file = file;
	p->again = (int64_t)text.len + RG_AGAIN;
	rg_lex_init(&p->lex, text);
	p->lex.comments = comments;
	rg_advance(p);
}

void
rg_advance(rg_parser *p)
{
	p->last_end = p->lex.loc.end;
	p->last_row = p->lex.row;
	rg_lex_next(&p->lex);
	if (p->lex.tok == RG_T_ERROR && !p->trying)
		rg_syntax(p, &p->lex.loc, "%s", p->lex.error);
}

void *
rg_syntax(rg_parser *p, const rg_loc *loc, const char *fmt, ...)
{
	va_list ap;
	if (p->failed)
		return NULL;
	p->failed = true;
	if (p->trying)
		return NULL;
	va_start(ap, fmt);
	char *text = pv_vprintf(p->cx->arena, fmt, ap);
	va_end(ap);
	rg_error_syntax(p->errors, p->file, (pv_str){p->lex.s, p->lex.len}, loc, text);
	return NULL;
}

static const char *
token_text(rg_parser *p)
{
	const rg_lex *l = &p->lex;
	if (l->tok == RG_T_IDENT &&
	    (rg_is_keyword(p) || (l->word == RG_WORD_CONTAINS && p->keywords & RG_KW_CONTAINS)))
		return pv_printf(p->cx->arena, "%.*s keyword", (int)(l->loc.end - l->loc.off),
				 l->s + l->loc.off);
	if (l->tok == RG_T_IDENT)
		return pv_printf(p->cx->arena, "identifier token");
	return pv_printf(p->cx->arena, "%s token", rg_tok_text(l->tok));
}

void *
rg_unexpected(rg_parser *p, const char *fmt, ...)
{
	va_list ap;
	if (p->failed || p->trying) {
		p->failed = true;
		return NULL;
	}
	va_start(ap, fmt);
	char *what = pv_vprintf(p->cx->arena, fmt, ap);
	va_end(ap);
	return rg_syntax(p, &p->lex.loc, "unexpected %s: expected %s", token_text(p), what);
}

void *
rg_unexpected_here(rg_parser *p)
{
	return rg_syntax(p, &p->lex.loc, "unexpected %s", token_text(p));
}

bool
rg_expect(rg_parser *p, enum rg_tok tok, const char *what)
{
	if (p->lex.tok != tok) {
		rg_unexpected(p, "%s", what);
		return false;
	}
	rg_advance(p);
	return !p->failed;
}

bool
rg_go_back(rg_parser *p, const rg_parser *saved)
{
	int64_t left = p->again - (int64_t)(p->lex.loc.end - saved->lex.loc.off);
	*p = *saved;
	p->again = left;
	return left > 0 || rg_syntax(p, &p->lex.loc, "nested in too many ways to read it") != NULL;
}

bool
rg_at_word(const rg_parser *p, enum rg_word word)
{
	const rg_lex *l = &p->lex;
	return l->word == word && !(l->pos < l->len && l->s[l->pos] == '.');
}

bool
rg_accept_word(rg_parser *p, enum rg_word word)
{
	if (!rg_at_word(p, word))
		return false;
	rg_advance(p);
	return true;
}

bool
rg_is_keyword(const rg_parser *p)
{
	const rg_lex *l = &p->lex;
	char next = l->pos < l->len ? l->s[l->pos] : ' ';
	if (l->word == RG_WORD_NONE || next == '.')
		return false;
	switch ((int)l->word) {
	case RG_WORD_IN: return (p->keywords & RG_KW_IN) != 0;
	case RG_WORD_EVERY: return (p->keywords & RG_KW_EVERY) != 0;
	case RG_WORD_CONTAINS: return false; /* it is where a head may have it, and a name elsewhere */
	case RG_WORD_IF: return (p->keywords & RG_KW_IF) != 0;
	case RG_WORD_AND: return (p->keywords & RG_KW_AND) != 0;
	case RG_WORD_OR: return (p->keywords & RG_KW_OR) != 0;
	default: return true;
	}
}

bool
rg_enter(rg_parser *p)
{
	if (++p->depth > RG_DEPTH)
		rg_syntax(p, &p->lex.loc, "nesting is deeper than %d levels", RG_DEPTH);
	else if (pv_arena_used(p->arena) > RG_TREES)
		rg_syntax(p, &p->lex.loc, "memory limit reached: the trees of modules take more than %zu MiB",
			  RG_TREES >> 20);
	return !p->failed;
}

void
rg_leave(rg_parser *p)
{
	p->depth--;
}

/* ---- terms made by the parser ---- */

rg_term *
rg_term_new(rg_parser *p, int kind, const rg_loc *loc)
{
	rg_term *t = pv_new(p->arena, rg_term);
	t->kind = (uint8_t)kind;
	t->loc = *loc;
	return t;
}

static bool
too_high(rg_parser *p, const rg_loc *loc)
{
	return rg_syntax(p, loc, "more than %d terms and statements in each other", RG_HEIGHT) == NULL;
}

rg_term *
rg_term_grown(rg_parser *p, rg_term *t)
{
	uint16_t most = t->body ? t->body->height : 0;
	for (uint32_t i = 0; i < t->n; i++)
		most = t->args[i]->height > most ? t->args[i]->height : most;
	t->height = (uint16_t)(most + 1);
	return t->height > RG_HEIGHT && too_high(p, &t->loc) ? NULL : t;
}

bool
rg_expr_grow(rg_parser *p, rg_expr *e)
{
	uint16_t most = e->body.height;
	const rg_term *terms[] = {e->term, e->domain};
	for (size_t i = 0; i < PV_LEN(terms); i++)
		most = terms[i] && terms[i]->height > most ? terms[i]->height : most;
	for (int i = 0; e->sides && i < 2; i++)
		most = e->sides[i].body.height > most ? e->sides[i].body.height : most;
	for (uint32_t i = 0; i < e->nwith; i++)
		most = e->with[i].value->height > most ? e->with[i].value->height : most;
	e->height = (uint16_t)(most + 1);
	return e->height <= RG_HEIGHT || !too_high(p, &e->loc);
}

rg_term *
rg_term_args(rg_parser *p, rg_term *t, const pv_vec *args)
{
	t->n = (uint32_t)args->len;
	t->args = pv_new_array(p->arena, rg_term *, args->len);
	if (args->len)
		memcpy(t->args, args->data, args->len * sizeof *t->args);
	return rg_term_grown(p, t);
}

rg_term *
rg_term_string(rg_parser *p, const rg_loc *loc, const char *s, size_t len)
{
	rg_term *t = rg_term_new(p, RG_CONST, loc);
	t->val = pv_stringn(p->arena, s, len);
	return t;
}

rg_term *
rg_term_bool(rg_parser *p, const rg_loc *loc, bool b)
{
	rg_term *t = rg_term_new(p, RG_CONST, loc);
	t->val = pv_bool(b);
	t->generated = true;
	return t;
}

rg_term *
rg_term_wildcard(rg_parser *p, const rg_loc *loc)
{
	rg_term *t = rg_term_new(p, RG_VAR, loc);
	t->name = pv_printf(p->arena, "$%d", p->wildcards++);
	t->generated = true;
	return t;
}

rg_term *
rg_term_call(rg_parser *p, const char *op, rg_term *a, rg_term *b, rg_term *c)
{
	rg_term *t = rg_term_new(p, RG_CALL, &a->loc);
	rg_term *name = rg_term_new(p, RG_VAR, &a->loc);
	name->name = op;
	name->generated = true; /* an operator: never shadowed by a rule of that name */
	t->n = c ? 4 : 3;
	t->args = pv_new_array(p->arena, rg_term *, 4);
	t->args[0] = name;
	t->args[1] = a;
	t->args[2] = b;
	t->args[3] = c;
	t->loc.end = p->last_end;
	return rg_term_grown(p, t);
}

/* ---- expressions ---- */

static bool
parse_withs(rg_parser *p, rg_expr *e)
{
	pv_vec withs;
	pv_vec_init(&withs, p->arena, sizeof(rg_with));
	while (!p->failed && rg_at_word(p, RG_WORD_WITH)) {
		rg_with *w = pv_vec_add(&withs);
		w->loc = p->lex.loc;
		rg_advance(p);
		w->target = rg_parse_primary(p);
		if (p->failed)
			return false;
		if (w->target->kind != RG_VAR && w->target->kind != RG_REF)
			return rg_syntax(p, &w->loc, "expected with target path (input, data or a function)");
		if (!rg_accept_word(p, RG_WORD_AS))
			return rg_unexpected(p, "`as` after the target of `with`");
		w->value = rg_parse_infix(p, false);
		w->loc.end = p->last_end;
	}
	e->with = withs.data;
	e->nwith = (uint32_t)withs.len;
	return !p->failed;
}

/* some x, y | some x in xs | some k, v in xs */
static bool
parse_some(rg_parser *p, rg_expr *e)
{
	pv_vec vars;
	pv_vec_init(&vars, p->arena, sizeof(rg_term *));
	e->kind = RG_E_SOME;
	do {
		rg_term *t = rg_parse_relation(p);
		if (!t)
			return false;
		pv_vec_push(&vars, &t);
		if (p->lex.tok != RG_T_COMMA)
			break;
		rg_advance(p);
	} while (!p->failed);
	rg_term **v = vars.data;
	if ((p->keywords & RG_KW_IN) && rg_at_word(p, RG_WORD_IN)) {
		if (vars.len > 2)
			return rg_syntax(p, &e->loc, "expected 1 or 2 variables before `in`, found %zu",
					 vars.len);
		rg_advance(p);
		rg_term *domain = rg_parse_infix(p, false);
		if (!domain)
			return false;
		e->term = vars.len == 1 ? rg_term_call(p, "internal.member_2", v[0], domain, NULL)
					: rg_term_call(p, "internal.member_3", v[0], v[1], domain);
		return e->term != NULL;
	}
	for (size_t i = 0; i < vars.len; i++)
		if (v[i]->kind != RG_VAR)
			return rg_syntax(
				p, &v[i]->loc, "expected a variable or `in` after `some`%s",
				p->keywords & RG_KW_IN ? "" : " (hint: `import rego.v1` for `some x in xs`)");
	e->vars = v;
	e->nvars = (uint32_t)vars.len;
	return true;
}

static bool
parse_every(rg_parser *p, rg_expr *e)
{
	rg_term *first = rg_parse_primary(p), *second = NULL;
	e->kind = RG_E_EVERY;
	e->nvars = 2;
	e->vars = pv_new_array(p->arena, rg_term *, 2);
	if (first && p->lex.tok == RG_T_COMMA) {
		rg_advance(p);
		second = rg_parse_primary(p);
	}
	if (p->failed)
		return false;
	e->vars[0] = second ? first : NULL;
	e->vars[1] = second ? second : first;
	for (int i = 0; i < 2; i++)
		if (e->vars[i] && e->vars[i]->kind != RG_VAR)
			return rg_syntax(p, &e->vars[i]->loc, "expected a variable after `every`");
	if (!rg_accept_word(p, RG_WORD_IN))
		return rg_unexpected(p, "`in` after the variables of `every`");
	e->domain = rg_parse_infix(p, false);
	return e->domain && rg_parse_braced(p, &e->body);
}

bool
rg_parse_term_expr(rg_parser *p, rg_expr *e)
{
	rg_term *left = rg_parse_infix(p, true);
	if (!left)
		return false;
	e->term = left;
	if (p->lex.tok == RG_T_UNIFY || p->lex.tok == RG_T_ASSIGN) {
		const char *op = p->lex.tok == RG_T_UNIFY ? "eq" : "assign";
		rg_advance(p);
		rg_term *right = rg_parse_infix(p, true);
		if (!right)
			return false;
		e->term = rg_term_call(p, op, left, right, NULL);
	}
	return e->term != NULL;
}

static bool
begins_declaration(const rg_parser *p)
{
	return rg_at_word(p, RG_WORD_SOME) || ((p->keywords & RG_KW_EVERY) && rg_at_word(p, RG_WORD_EVERY));
}

rg_expr *
rg_parse_expr(rg_parser *p)
{
	rg_expr *e = pv_new(p->arena, rg_expr);
	bool ok;
	if (!rg_enter(p))
		return NULL;
	e->loc = p->lex.loc;
	if ((p->keywords & (RG_KW_AND | RG_KW_OR)) && !begins_declaration(p)) {
		e = rg_parse_logical(p);
		ok = e && parse_withs(p, e);
		if (ok) {
			e->loc.end = p->last_end;
			ok = rg_expr_grow(p, e);
		}
		rg_leave(p);
		return ok && !p->failed ? e : NULL;
	}
	if (rg_accept_word(p, RG_WORD_NOT)) {
		e->negated = true;
		e->closed = (p->keywords & RG_KW_NOT) != 0;
	}
	if (e->negated && e->closed && p->lex.tok == RG_T_LBRACE) {
		e->kind = RG_E_BODY;
		e->braced = true;
		ok = rg_parse_braced(p, &e->body);
	} else if (rg_accept_word(p, RG_WORD_SOME)) {
		ok = !e->negated ? parse_some(p, e)
				 : rg_syntax(p, &e->loc, "illegal negation of `some`") != NULL;
	} else if ((p->keywords & RG_KW_EVERY) && rg_accept_word(p, RG_WORD_EVERY)) {
		ok = !e->negated ? parse_every(p, e)
				 : rg_syntax(p, &e->loc, "illegal negation of `every`") != NULL;
	} else {
		ok = rg_parse_term_expr(p, e);
	}
	ok = ok && parse_withs(p, e) && rg_expr_grow(p, e);
	e->loc.end = p->last_end;
	rg_leave(p);
	return ok && !p->failed ? e : NULL;
}

bool
rg_parse_body(rg_parser *p, enum rg_tok end, rg_body *ret)
{
	rg_expr *room[RG_ROOM];
	pv_vec exprs;
	pv_vec_init_in(&exprs, p->arena, sizeof *room, room, RG_ROOM);
	ret->height = 0;
	while (p->lex.tok == RG_T_SEMI)
		rg_advance(p);
	if (p->lex.tok == end)
		return rg_syntax(p, &p->lex.loc, "found empty body");
	while (!p->failed) {
		rg_expr *e = rg_parse_expr(p);
		if (!e)
			return false;
		pv_vec_push(&exprs, &e);
		ret->height = e->height > ret->height ? e->height : ret->height;
		bool semi = p->lex.tok == RG_T_SEMI;
		while (p->lex.tok == RG_T_SEMI)
			rg_advance(p);
		if (p->lex.tok == end)
			break;
		if (!semi && p->lex.loc.row == p->last_row)
			return rg_unexpected(p, "\\n or ; or %s", rg_tok_text(end));
	}
	ret->exprs = pv_vec_copy(&exprs, p->arena);
	ret->n = (uint32_t)exprs.len;
	return !p->failed;
}

bool
rg_parse_braced(rg_parser *p, rg_body *ret)
{
	return rg_expect(p, RG_T_LBRACE, "{") && rg_parse_body(p, RG_T_RBRACE, ret) &&
	       rg_expect(p, RG_T_RBRACE, "}");
}

int
rg_parse_query(pv_ctx *cx, pv_arena *arena, pv_str text, bool v0, rg_body *ret)
{
	rg_errors e;
	rg_parser p;
	rg_errors_init(&e, cx);
	rg_parser_init(&p, &e, arena, "", text, NULL);
	p.v1 = !v0;
	p.keywords = v0 ? 0 : RG_KW_V1;
	if (!p.failed && p.lex.tok == RG_T_EOF)
		rg_syntax(&p, &p.lex.loc, "empty query");
	(void)rg_parse_body(&p, RG_T_EOF, ret);
	return rg_errors_end(&e);
}

int
rg_parse_term(pv_ctx *cx, pv_arena *arena, pv_str text, rg_term **ret)
{
	rg_errors e;
	rg_parser p;
	rg_errors_init(&e, cx);
	rg_parser_init(&p, &e, arena, "", text, NULL);
	rg_term *t = rg_parse_infix(&p, false);
	if (t && p.lex.tok != RG_T_EOF)
		t = rg_unexpected(&p, "the end of the term");
	*ret = t;
	return rg_errors_end(&e);
}
