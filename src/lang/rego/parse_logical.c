/* parse_logical: statements that `and`, `or` and parentheses join (future.keywords.and, .or).
 * `not` binds closest, then `and`, then `or`.  Braces around an operand hold a body whose names
 * are its own; a set or an object that an operand begins with stands in parentheses. */
#include "lang/rego/parse.h"

#include "base/arena.h"
#include "base/str.h"

static bool parse_or(rg_parser *p, rg_side *ret);

static enum rg_word
joined_by(const rg_parser *p)
{
	if ((p->keywords & RG_KW_AND) && rg_at_word(p, RG_WORD_AND))
		return RG_WORD_AND;
	return (p->keywords & RG_KW_OR) && rg_at_word(p, RG_WORD_OR) ? RG_WORD_OR : RG_WORD_NONE;
}

static rg_side
side_of(rg_parser *p, rg_expr *e)
{
	rg_side s = {.body = {.n = 1, .exprs = pv_new_array(p->arena, rg_expr *, 1), .height = e->height}};
	s.body.exprs[0] = e;
	return s;
}

/* ( ... ): a term, or statements joined. */
static bool
parse_group(rg_parser *p, rg_expr *e, rg_side *ret)
{
	rg_parser saved = *p;
	p->trying++;
	if (rg_parse_term_expr(p, e)) {
		p->trying--;
		*ret = side_of(p, e);
		return true;
	}
	if (!rg_go_back(p, &saved))
		return false;
	rg_advance(p);
	if (!parse_or(p, ret))
		return false;
	const rg_expr *inner = ret->body.exprs[0];
	if (inner->kind == RG_E_TERM && !inner->negated)
		return rg_syntax(p, &p->lex.loc, "non-terminated expression");
	return rg_expect(p, RG_T_RPAREN, "`)` behind the group");
}

/* { ... } before or behind the word is a body. */
static bool
parse_braces(rg_parser *p, rg_expr *e, bool behind, rg_side *ret)
{
	rg_parser saved = *p;
	rg_loc loc = p->lex.loc;
	*ret = (rg_side){.braced = true};
	p->trying++;
	if (rg_parse_braced(p, &ret->body) && (behind || joined_by(p))) {
		p->trying--;
		return true;
	}
	if (!rg_go_back(p, &saved))
		return false;
	p->trying++;
	bool value = rg_parse_term_expr(p, e);
	enum rg_word word = value ? joined_by(p) : RG_WORD_NONE;
	loc.end = p->last_end;
	*ret = side_of(p, e);
	if (value && !word && !behind) {
		p->trying--;
		return true;
	}
	if (!rg_go_back(p, &saved))
		return false;
	if (value)
		return rg_syntax(p, &loc,
				 "operand of `%s` cannot begin with `{` unless the braces hold a body "
				 "(hint: wrap the operand to keep the value: `(%.*s) %s ...`)",
				 word == RG_WORD_AND ? "and" : "or", (int)(loc.end - loc.off),
				 p->lex.s + loc.off, word == RG_WORD_AND ? "and" : "or");
	return behind ? rg_parse_braced(p, &ret->body)
		      : rg_parse_term_expr(p, e); /* once more, for its error */
}

static bool
parse_operand(rg_parser *p, bool behind, rg_side *ret)
{
	rg_side inner;
	rg_expr *e = pv_new(p->arena, rg_expr);
	bool ok;
	e->loc = p->lex.loc;
	if (!rg_enter(p))
		return false;
	*ret = side_of(p, e);
	e->negated = rg_accept_word(p, RG_WORD_NOT);
	e->closed = e->negated && (p->keywords & RG_KW_NOT);
	if (e->closed && p->lex.tok == RG_T_LBRACE) {
		e->kind = RG_E_BODY;
		e->braced = true;
		ok = rg_parse_braced(p, &e->body);
	} else if (p->lex.tok == RG_T_LPAREN && (e->closed || !e->negated)) {
		ok = parse_group(p, e, &inner);
		if (ok && inner.body.exprs[0] != e && e->negated) {
			e->kind = RG_E_BODY;
			e->body = inner.body;
		} else {
			*ret = inner;
		}
	} else {
		ok = p->lex.tok == RG_T_LBRACE && !e->negated ? parse_braces(p, e, behind, ret)
							      : rg_parse_term_expr(p, e);
	}
	e->loc.end = p->last_end;
	ret->loc = e->loc;
	rg_leave(p);
	if (!ok || p->failed || !rg_expr_grow(p, e))
		return false;
	if (ret->body.exprs[0] == e)
		ret->body.height = e->height;
	return true;
}

/* print never fails: as an operand it decides nothing. */
static bool
only_prints(const rg_side *s)
{
	for (uint32_t i = 0; i < s->body.n; i++) {
		const rg_expr *e = s->body.exprs[i];
		const rg_term *op =
			e->kind == RG_E_TERM && e->term->kind == RG_CALL ? e->term->args[0] : NULL;
		if (e->negated || !op || op->kind != RG_VAR || !pv_streq(op->name, "print"))
			return false;
	}
	return true;
}

/* What the word joins so far, and what stands behind it. */
static bool
join(rg_parser *p, rg_side *ret, bool (*parse)(rg_parser *, bool, rg_side *), enum rg_word word)
{
	rg_expr *e = pv_new(p->arena, rg_expr);
	e->kind = word == RG_WORD_OR ? RG_E_OR : RG_E_AND;
	e->sides = pv_new_array(p->arena, rg_side, 2);
	e->sides[0] = *ret;
	rg_advance(p);
	if (!parse(p, true, &e->sides[1]))
		return false;
	for (int i = 0; i < 2; i++)
		if (only_prints(&e->sides[i]))
			return rg_syntax(p, &e->sides[i].body.exprs[0]->loc,
					 "operand of `%s` cannot consist only of calls to `print` (hint: "
					 "`print` produces no value and always succeeds, so the operand can "
					 "never fail; move it out of the operand, or add an expression that "
					 "can fail)",
					 word == RG_WORD_OR ? "or" : "and");
	e->loc = e->sides[0].loc;
	e->loc.end = p->last_end;
	if (!rg_expr_grow(p, e))
		return false;
	*ret = side_of(p, e);
	ret->loc = e->loc;
	return true;
}

static bool
parse_and(rg_parser *p, bool behind, rg_side *ret)
{
	bool ok = parse_operand(p, behind, ret);
	while (ok && joined_by(p) == RG_WORD_AND)
		ok = join(p, ret, parse_operand, RG_WORD_AND);
	return ok;
}

static bool
parse_or(rg_parser *p, rg_side *ret)
{
	bool ok = rg_enter(p) && parse_and(p, false, ret);
	while (ok && joined_by(p) == RG_WORD_OR)
		ok = join(p, ret, parse_and, RG_WORD_OR);
	rg_leave(p);
	return ok;
}

rg_expr *
rg_parse_logical(rg_parser *p)
{
	rg_side all;
	if (!parse_or(p, &all))
		return NULL;
	all.body.exprs[0]->loc = all.loc; /* with the parentheses around it */
	return all.body.exprs[0];
}
