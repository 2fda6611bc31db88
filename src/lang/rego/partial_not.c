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
	const rg_body *b = PV_AT(rg_body, found, i);
	for (uint32_t k = 0; r == 0 && k < b->n; k++) {
		size_t trail = pe->trail.len, saved = pe->saved.len;
		rg_expr *e = pv_new(pe->cx->arena, rg_expr);
		*e = *b->exprs[k];
		if (has_vars(pe, e->term))
			r = pe_unsupported(pe, "not, over what runs through an unknown document");
		e->negated = !e->negated;
		pv_vec_push(&pe->saved, &e);
		if (r == 0)
			r = refute(pe, found, i + 1, next);
		pe_undo(pe, trail, saved);
	}
	pe->depth--;
	return r;
}

int
pe_not(pe_state *pe, const pe_goal *g)
{
	rg_expr positive = *g->expr;
	pv_vec found, *outer = pe->found, saved = pe->saved;
	size_t trail = pe->trail.len;
	const pe_goal *inner = NULL;
	positive.negated = false;
	rg_expr *e = pv_new(pe->cx->arena, rg_expr);
	*e = positive;
	if (e->kind == RG_E_BODY)
		for (uint32_t i = e->body.n; i > 0; i--)
			inner = pe_push(
				pe,
				(pe_goal){.kind = PE_EXPR, .frame = g->frame, .expr = e->body.exprs[i - 1]},
				inner);
	else
		inner = pe_push(pe, (pe_goal){.kind = PE_EXPR, .frame = g->frame, .expr = e}, NULL);
	pv_vec_init(&found, pe->cx->arena, sizeof(rg_body));
	pv_vec_init(&pe->saved, pe->cx->arena, sizeof(rg_expr *));
	pe->found = &found;
	pe->inside++;
	int r = pe_run(pe, inner);
	pe->inside--;
	pe->found = outer;
	pe->saved = saved;
	pe_undo(pe, trail, saved.len);
	for (size_t i = 0; r == 0 && i < found.len; i++)
		if (PV_AT(rg_body, &found, i)->n == 0)
			return 0; /* it holds whatever is unknown */
	return r < 0 ? r : refute(pe, &found, 0, g->next);
}
