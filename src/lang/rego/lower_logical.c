/* lower_logical: `and` and `or` as negations: a or b is not {not a; not b}, a and b is
 * not {not a} and then not {not b}.  Neither gives a variable a value. */
#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/compile.h"

static rg_goal *
negation(rg_unit *u, const rg_loc *loc, rg_goals body, bool closed)
{
	rg_goal *g = rg_goal_new(u, GOAL_NOT, loc);
	g->closed = closed;
	g->unchecked = true;
	g->body = body;
	return g;
}

/* The names in braces are their own; without braces all must be known from outside. */
static void
lower_side(rg_unit *u, const rg_expr *e, const rg_side *side, rg_goals *into)
{
	rg_goals body, *outer = u->out;
	const rg_expr *first = side->body.exprs[0];
	const rg_term *t = first->term;
	uint16_t step = u->step;
	pv_vec_init(&body.list, u->arena, sizeof(rg_goal *));
	if (side->braced) {
		rg_lower_body(u, &side->body, &body, true);
	} else if (t && !first->negated && t->kind == RG_CALL && t->args[0]->generated &&
		   pv_streq(t->args[0]->name, "assign")) {
		rg_unit_error(u, &t->loc, "rego_compile_error",
			      "cannot assign vars inside implicit %s operand",
			      e->kind == RG_E_OR ? "or" : "and");
	} else {
		rg_lower_body(u, &side->body, &body, false);
	}
	u->step = step;
	u->out = into;
	negation(u, &e->loc, body, side->braced);
	u->out = outer;
}

void
rg_lower_logical(rg_unit *u, const rg_expr *e)
{
	rg_pat **capture = u->capture;
	rg_goals refuted;
	u->capture = NULL; /* the operands' values are not the statement's */
	for (int i = 0; i < 2; i++) {
		if (i == 0 || e->kind == RG_E_AND)
			pv_vec_init(&refuted.list, u->arena, sizeof(rg_goal *));
		lower_side(u, e, &e->sides[i], &refuted);
		if (i == 1 || e->kind == RG_E_AND)
			negation(u, &e->loc, refuted, true);
	}
	u->capture = capture;
}
