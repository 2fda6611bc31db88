/* parse_rule: rules.  The differences between Rego v0 and v1 are here: `p[x] { .. }` is a set in
 * v0; v1 wants `if` and `contains`. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/errors.h"
#include "lang/rego/parse.h"

#define ELSE_MOST 1000 /* of one rule: what walks a rule goes as deep */

/* What makes the rule wrong, and the rules behind it readable all the same. */
static void
wrong(rg_parser *p, const rg_rule *r, const char *text)
{
	rg_error_add(p->later, p->file, &r->loc, "rego_parse_error", "%s", text);
}

rg_term *
rg_as_ref(rg_parser *p, rg_term *t)
{
	if (t->kind == RG_REF)
		return t;
	rg_term *ref = rg_term_new(p, RG_REF, &t->loc);
	ref->n = 1;
	ref->args = pv_new_array(p->arena, rg_term *, 1);
	ref->args[0] = t;
	return ref;
}

static rg_term *
cut_ref(rg_parser *p, const rg_term *ref)
{
	rg_term *cut = rg_term_new(p, RG_REF, &ref->loc);
	*cut = *ref;
	cut->n--;
	return cut;
}

/* What is an expression to OPA, and no rule. */
static bool
no_name(rg_parser *p, const char *what)
{
	if (!p->failed && !p->trying)
		rg_error_add(p->errors, p->file, &p->lex.loc, "rego_parse_error",
			     "%s cannot be used for rule name", what);
	p->failed = true;
	return false;
}

/* `contains` is a name, but none of a whole document or function. */
static bool
at_name(rg_parser *p)
{
	rg_lex next = p->lex;
	enum rg_word word = p->lex.word;
	if (rg_is_keyword(p) && (word == RG_WORD_TRUE || word == RG_WORD_FALSE || word == RG_WORD_NULL))
		return no_name(p, word == RG_WORD_NULL ? "null" : "boolean");
	if (word == RG_WORD_CONTAINS && p->keywords & RG_KW_CONTAINS) {
		rg_lex_next(&next);
		if (next.tok == RG_T_LPAREN || next.tok == RG_T_ASSIGN || next.tok == RG_T_UNIFY)
			return !p->v1 || no_name(p, "contains keyword");
		if (next.word == RG_WORD_IF || next.word == RG_WORD_CONTAINS)
			return no_name(p, "var");
	}
	if (p->lex.tok == RG_T_IDENT && !rg_is_keyword(p))
		return true;
	if (p->lex.tok == RG_T_IDENT)
		rg_unexpected_here(p);
	else
		rg_unexpected(p, "rule head name");
	return false;
}

/* The head's name, path and arguments. */
static bool
parse_name(rg_parser *p, rg_rule *r)
{
	uint32_t keywords = p->keywords;
	p->keywords &= ~(uint32_t)(RG_KW_AND | RG_KW_OR); /* rules may be called so */
	if (!at_name(p))
		return false;
	rg_term *t = rg_parse_primary(p);
	p->keywords = keywords;
	if (t && p->lex.tok == RG_T_LPAREN && t->kind != RG_CALL) { /* f (x): a space is fine here */
		p->lex.space = false;
		t = rg_parse_path(p, t, true);
	}
	if (!t)
		return false;
	if (t->kind == RG_CALL) {
		r->is_func = true;
		r->args = t->args + 1;
		r->nargs = t->n - 1;
		t = t->args[0];
		r->is_func = r->nargs > 0; /* f() is a rule without arguments */
	}
	if (t->kind != RG_VAR && (t->kind != RG_REF || t->args[0]->kind != RG_VAR))
		return rg_syntax(p, &r->loc, "expected rule head name");
	r->ref = rg_as_ref(p, t);
	if (r->ref->args[0]->generated)
		return rg_syntax(p, &r->loc, "expected rule head name, found _");
	return true;
}

static rg_term *
parse_value(rg_parser *p, const rg_rule *r)
{
	rg_advance(p);
	rg_term *t = rg_parse_infix(p, false);
	bool joined = p->lex.loc.row == p->last_row &&
		      (rg_at_word(p, RG_WORD_AND) || rg_at_word(p, RG_WORD_OR)) && rg_is_keyword(p);
	return t && joined ? rg_syntax(p, &r->loc, "expression cannot be used for rule head") : t;
}

static bool
at_value(const rg_parser *p)
{
	return p->lex.tok == RG_T_ASSIGN || p->lex.tok == RG_T_UNIFY;
}

static void
true_value(rg_parser *p, rg_rule *r)
{
	r->value = rg_term_bool(p, &r->loc, true);
	r->implied_value = true;
}

/* Which kind of rule is it, now that all of the head and `if` were seen? */
static void
settle_kind(rg_parser *p, rg_rule *r, bool has_if)
{
	r->kind = r->key ? RG_MULTI : RG_COMPLETE;
	if (r->key || r->value)
		return;
	if (!has_if && !r->is_func && !r->is_default && r->ref->n == 2) {
		if (p->v1)
			wrong(p, r, "`contains` keyword is required for partial set rules");
		r->kind = RG_MULTI;
		r->key = r->ref->args[1];
		r->ref = cut_ref(p, r->ref);
		return;
	}
	true_value(p, r);
}

static bool
ends_statement(const rg_parser *p)
{
	return p->lex.tok == RG_T_EOF || p->lex.tok == RG_T_SEMI || p->lex.tok == RG_T_IDENT ||
	       p->lex.loc.row != p->last_row;
}

static bool
single_expr(rg_parser *p, rg_rule *r)
{
	r->has_body = true;
	r->body.n = 1;
	r->body.exprs = pv_new_array(p->arena, rg_expr *, 1);
	r->body.exprs[0] = rg_parse_expr(p);
	return r->body.exprs[0] != NULL;
}

/* Behind `if` braces are a body, unless an object or a comprehension can be read
 * there (OPA's rule; a set is never false, so it must be a body). */
static bool
parse_if_braces(rg_parser *p, rg_rule *r, bool otherwise)
{
	rg_parser saved = *p;
	rg_lex next = p->lex;
	rg_lex_next(&next);
	if (otherwise && next.tok == RG_T_RBRACE)
		return rg_parse_braced(p, &r->body); /* an empty body; behind a head it is an empty object */
	p->trying++;
	bool ok = single_expr(p, r) && ends_statement(p);
	p->trying = saved.trying;
	const rg_expr *e = ok ? r->body.exprs[0] : NULL;
	if (e && !(e->kind == RG_E_TERM && e->term->kind == RG_SET))
		return true;
	return rg_go_back(p, &saved) && rg_parse_braced(p, &r->body);
}

/* `if` body, { body }, or nothing; of `else`, or behind a head. */
static bool
parse_rule_body(rg_parser *p, rg_rule *r, bool has_if, bool otherwise)
{
	if (has_if && p->lex.tok != RG_T_LBRACE)
		return single_expr(p, r);
	if (p->lex.tok != RG_T_LBRACE)
		return true;
	r->has_body = true;
	return has_if ? parse_if_braces(p, r, otherwise) : rg_parse_braced(p, &r->body);
}

static bool
parse_else(rg_parser *p, rg_rule *r)
{
	for (size_t n = 0; !p->failed && rg_at_word(p, RG_WORD_ELSE); n++) {
		rg_rule *e = pv_new(p->arena, rg_rule);
		if (n == ELSE_MOST)
			return rg_syntax(p, &p->lex.loc, "a rule has more than %d else", ELSE_MOST);
		*e = *r;
		e->loc = p->lex.loc;
		e->orelse = NULL;
		e->has_body = false;
		e->body = (rg_body){0};
		if (r->kind == RG_MULTI)
			return rg_syntax(p, &e->loc, "else keyword cannot be used on multi-value rules");
		if (!r->has_body)
			return rg_syntax(p, &e->loc, "else keyword cannot be used on rules without a body");
		rg_advance(p);
		true_value(p, e);
		e->implied_value = true;
		if (at_value(p)) {
			e->implied_value = false;
			if ((e->value = parse_value(p, e)) == NULL)
				return false;
		}
		bool has_if = (p->keywords & RG_KW_IF) && rg_accept_word(p, RG_WORD_IF);
		if (e->implied_value && !has_if && p->lex.tok != RG_T_LBRACE)
			return rg_unexpected(p, "else rule body or value");
		if (!has_if && p->v1 && p->lex.tok == RG_T_LBRACE)
			wrong(p, e, "`if` keyword is required before rule body");
		if (!parse_rule_body(p, e, has_if, true))
			return false;
		r->orelse = e;
		r = e;
	}
	return !p->failed;
}

static bool
default_value_ok(rg_parser *p, const rg_term *t)
{
	const char *what = t->kind == RG_VAR    ? "var"
			   : t->kind == RG_REF  ? "ref"
			   : t->kind == RG_CALL ? "call"
						: NULL;
	if (what)
		return rg_syntax(p, &t->loc, "illegal default rule (value cannot contain %s)", what);
	if (t->body) /* comprehensions are closed, their refs are fine */
		return true;
	for (uint32_t i = 0; i < t->n; i++)
		if (!default_value_ok(p, t->args[i]))
			return false;
	return true;
}

static bool
parse_default(rg_parser *p, rg_rule *r)
{
	r->is_default = true;
	if (!parse_name(p, r))
		return false;
	if ((p->keywords & RG_KW_CONTAINS) && rg_at_word(p, RG_WORD_CONTAINS))
		return rg_syntax(p, &r->loc, "illegal default rule (must have a value)");
	if (!at_value(p))
		return rg_unexpected(p, "default rule value token");
	r->value = parse_value(p, r);
	if (!r->value || !default_value_ok(p, r->value))
		return false;
	for (uint32_t i = 0; i < r->nargs; i++)
		if (r->args[i]->kind != RG_VAR && r->args[i]->kind != RG_CONST)
			return rg_syntax(p, &r->args[i]->loc,
					 "illegal default rule (arguments must be variables or constants)");
	if (rg_at_word(p, RG_WORD_IF) || p->lex.tok == RG_T_LBRACE)
		return rg_unexpected(p, "the end of the default rule: it has no body");
	return true;
}

static void
add_rule(rg_parser *p, rg_module *m, rg_rule *r)
{
	for (rg_rule *e = r; e; e = e->orelse) {
		e->module = m;
		e->loc.end = p->last_end;
	}
	pv_vec_push(&m->rules, &r);
}

/* v0's `p { a } { b }`: further bodies under the same head. */
static bool
parse_chained(rg_parser *p, rg_module *m, const rg_rule *head)
{
	while (!p->failed && p->lex.tok == RG_T_LBRACE) {
		rg_rule *r = pv_new(p->arena, rg_rule);
		*r = *head;
		r->loc = p->lex.loc;
		r->orelse = NULL;
		if (!rg_parse_braced(p, &r->body) || !parse_else(p, r))
			return false;
		add_rule(p, m, r);
	}
	return !p->failed;
}

/* `p := 1; ...` is a body, to OPA. */
static bool
more_follow(rg_parser *p, const rg_rule *r)
{
	rg_advance(p);
	if (p->lex.tok == RG_T_EOF || p->lex.tok == RG_T_SEMI)
		return rg_unexpected_here(p);
	rg_error_add(p->errors, p->file, &r->loc, "rego_parse_error",
		     "multiple expressions cannot be used for rule head");
	p->failed = true;
	return false;
}

bool
rg_parse_rule(rg_parser *p, rg_module *m)
{
	rg_rule *r = pv_new(p->arena, rg_rule);
	r->loc = p->lex.loc;
	if (rg_accept_word(p, RG_WORD_DEFAULT)) {
		if (!parse_default(p, r))
			return false;
		add_rule(p, m, r);
		return true;
	}
	if (!parse_name(p, r))
		return false;
	if ((p->keywords & RG_KW_CONTAINS) && rg_accept_word(p, RG_WORD_CONTAINS)) {
		if (r->is_func)
			return rg_syntax(
				p, &r->loc,
				"the contains keyword can only be used with multi-value rules, not functions");
		if ((r->key = rg_parse_infix(p, false)) == NULL)
			return false;
		if (at_value(p))
			return rg_unexpected(p,
					     "`if` or the end of the rule: a multi-value rule has no value");
	} else if (at_value(p)) {
		if ((r->value = parse_value(p, r)) == NULL)
			return false;
	}
	bool has_if = (p->keywords & RG_KW_IF) && rg_accept_word(p, RG_WORD_IF);
	bool bare = !has_if && p->lex.tok != RG_T_LBRACE && !r->key && !r->value;
	if (bare && r->ref->n == 1 && !r->is_func)
		rg_error_add(p->names, p->file, &r->loc, "rego_parse_error",
			     "var cannot be used for rule name");
	else if (bare && p->v1 && (r->ref->n > 2 || r->is_func))
		wrong(p, r, "rule must have value assignment and/or body declaration");
	if (!has_if && p->v1 && p->lex.tok == RG_T_LBRACE)
		wrong(p, r, "`if` keyword is required before rule body");
	settle_kind(p, r, has_if);
	if (!parse_rule_body(p, r, has_if, false) || !parse_else(p, r))
		return false;
	add_rule(p, m, r);
	if (p->lex.tok == RG_T_SEMI && !r->key && !r->has_body)
		return more_follow(p, r);
	if (!has_if && r->has_body && !parse_chained(p, m, r))
		return false;
	return true;
}
