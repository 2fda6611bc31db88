/* partial_not: negation: every way in which what is negated does not hold. */
#include "base/arena.h"
#include "lang/rego/partial.h"

static bool
has_vars(pe_state *pe, rg_term *t)
{
	if (pe_slot_of(pe, t))
		return true;
	for (uint32_t i = 0; i < t->n && !pe_visit(pe); i++)
		if (has_vars(pe, t->args[i]))
			return true;
	return false;
}

/* Can each be negated alone? */
static bool
are_plain(pe_state *pe, const pv_vec *found)
{
	for (size_t i = 0; i < found->len; i++) {
		const rg_body *b = &PV_AT(pe_found, found, i)->body;
		for (uint32_t k = 0; k < b->n; k++)
			if (b->exprs[k]->kind != RG_E_TERM || b->exprs[k]->nwith ||
			    has_vars(pe, b->exprs[k]->term))
				return false;
	}
	return true;
}

/* Not any of the solutions: of each, one of its expressions does not hold. */
static int
refute(pe_state *pe, const pv_vec *found, size_t i, const pe_goal *next)
{
	int r = pe_check(pe);
	if (r < 0)
		return r;
	if (i == found->len)
		return pe_run(pe, next);
	pe->depth++;
	const rg_body *b = &PV_AT(pe_found, found, i)->body;
	for (uint32_t k = 0; r == 0 && k < b->n; k++) {
		size_t trail = pe->trail.len, saved = pe->saved.len;
		rg_expr *e = pv_new(pe->cx->arena, rg_expr);
		*e = *b->exprs[k];
		e->negated = !e->negated;
		*(pe_left *)pv_vec_add(&pe->saved) = (pe_left){.expr = e};
		r = refute(pe, found, i + 1, next);
		pe_undo(pe, trail, saved);
	}
	pe->depth--;
	return r;
}

int
pe_not(pe_state *pe, const pe_goal *g)
{
	const rg_body *body = &g->expr->body;
	const pe_goal *inner = NULL;
	pv_vec found;
	rg_expr *e = pv_new(pe->cx->arena, rg_expr);
	*e = *g->expr;
	e->negated = false;
	if (e->kind == RG_E_BODY)
		inner = pe_push_body(pe, pe_scope(pe, g->frame, body), body, NULL);
	else
		inner = pe_push(pe, (pe_goal){.kind = PE_EXPR, .frame = g->frame, .expr = e}, NULL);
	int r = pe_inside(pe, inner, NULL, &found);
	for (size_t i = 0; r == 0 && i < found.len; i++)
		if (PV_AT(pe_found, &found, i)->body.n == 0)
			return 0; /* it holds whatever is unknown */
	if (r < 0)
		return r;
	return are_plain(pe, &found) ? refute(pe, &found, 0, g->next) : pe_leave(pe, g);
}
