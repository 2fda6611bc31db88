/* partial_words: statements in their own words, without frames: for the machine, and to be left over. */
#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/rego/partial.h"

/* ---- scopes ---- */

static void
declare(pe_state *pe, pe_frame *f, const rg_term *pattern)
{
	if (pattern->kind == RG_VAR)
		pv_map_puts(f->vars, pattern->name, pe_fresh(pe));
	for (uint32_t i = pattern->kind == RG_REF || pattern->kind == RG_CALL ? pattern->n : 0;
	     i < pattern->n; i++)
		declare(pe, f, pattern->args[i]);
}

/* some x; some x in xs; x := 1 */
static void
declare_of(pe_state *pe, pe_frame *f, const rg_expr *e)
{
	if (e->kind == RG_E_SOME)
		for (uint32_t i = 0; i < e->nvars; i++)
			declare(pe, f, e->vars[i]);
	if (!e->term || e->term->kind != RG_CALL)
		return;
	if (e->kind == RG_E_SOME)
		for (uint32_t i = 1; i + 1 < e->term->n; i++)
			declare(pe, f, e->term->args[i]);
	else if (pv_streq(e->term->args[0]->name, "assign"))
		declare(pe, f, e->term->args[1]);
}

pe_frame *
pe_scope(pe_state *pe, pe_frame *f, const rg_body *b)
{
	pe_frame *new = pv_new(pe->cx->arena, pe_frame);
	*new = *f;
	new->outer = f;
	new->vars = pv_map_new(pe->cx->arena);
	for (uint32_t i = 0; i < b->n; i++)
		declare_of(pe, new, b->exprs[i]);
	return new;
}

/* ---- words ---- */

static rg_body
subst_body(pe_state *pe, pe_frame *f, const rg_body *b)
{
	rg_body new = {.n = b->n, .exprs = pv_new_array(pe->cx->arena, rg_expr *, b->n + 1)};
	for (uint32_t i = 0; i < b->n; i++)
		new.exprs[i] = pe_subst_expr(pe, f, b->exprs[i]);
	return new;
}

rg_term *
pe_subst(pe_state *pe, pe_frame *f, const rg_term *t)
{
	const rg_term *absolute =
		t->kind == RG_VAR || t->kind == RG_REF ? rg_names_absolute(&f->names, t) : NULL;
	const rg_term *from = absolute ? absolute : t;
	const char *builtin;
	rg_term *new;
	if (from->kind == RG_VAR)
		return pe_plug(pe, pe_var(pe, f, from));
	if (from->body)
		f = pe_scope(pe, f, from->body);
	new = pe_term(pe, from->kind, from->n);
	new->val = from->val;
	new->loc = from->loc;
	for (uint32_t i = 0; i < from->n; i++)
		new->args[i] = i == 0 && (absolute || from->kind == RG_CALL) ? from->args[0]
									     : pe_subst(pe, f, from->args[i]);
	if (from->kind == RG_CALL && !from->args[0]->generated) {
		const rg_group *g = rg_names_function(&f->names, from->args[0], &builtin);
		if (g)
			new->args[0] = rg_names_absolute(&f->names, from->args[0]);
	}
	if (from->body) {
		new->body = pv_new(pe->cx->arena, rg_body);
		*new->body = subst_body(pe, f, from->body);
	}
	return new;
}

/* A builtin's name, which no variable has. */
static bool
is_function(const pe_frame *f, const rg_term *t)
{
	const char *builtin = NULL;
	const rg_term *head = t->kind == RG_REF ? t->args[0] : t;
	if (head->kind != RG_VAR || pe_var_find(f, head->name))
		return false;
	return !rg_names_function(&f->names, t, &builtin) && builtin && rg_builtin_find(builtin);
}

static void
subst_with(pe_state *pe, pe_frame *f, const rg_expr *e, rg_expr *new)
{
	new->with = pv_new_array(pe->cx->arena, rg_with, e->nwith + 1);
	for (uint32_t i = 0; i < e->nwith; i++) {
		const rg_term *target = rg_names_absolute(&f->names, e->with[i].target);
		new->with[i] = e->with[i];
		if (target)
			new->with[i].target = (rg_term *)(uintptr_t)target;
		if (!is_function(f, e->with[i].value))
			new->with[i].value = pe_subst(pe, f, e->with[i].value);
	}
}

/* not X, of which a part may be undefined, is not {X}. */
static rg_expr *
closed(pe_state *pe, rg_expr *e)
{
	if (!e->closed || !e->negated || e->kind != RG_E_TERM)
		return e;
	rg_expr *inner = pe_expr(pe, e->term);
	e->kind = RG_E_BODY;
	e->term = NULL;
	e->body = (rg_body){.n = 1, .exprs = pv_new_array(pe->cx->arena, rg_expr *, 1)};
	e->body.exprs[0] = inner;
	return e;
}

rg_expr *
pe_subst_expr(pe_state *pe, pe_frame *f, const rg_expr *e)
{
	rg_expr *new = pv_new(pe->cx->arena, rg_expr);
	pe_frame *inner = e->body.n ? pe_scope(pe, f, &e->body) : f;
	*new = *e;
	new->term = e->term ? pe_subst(pe, f, e->term) : NULL;
	new->domain = e->domain ? pe_subst(pe, f, e->domain) : NULL;
	if (e->kind == RG_E_EVERY)
		for (uint32_t i = 0; i < e->nvars; i++)
			if (e->vars[i])
				pv_map_puts(inner->vars, e->vars[i]->name, pe_fresh(pe));
	new->body = subst_body(pe, inner, &e->body);
	new->sides = e->sides ? pv_new_array(pe->cx->arena, rg_side, 2) : NULL;
	for (int i = 0; e->sides && i < 2; i++) {
		const rg_side *s = &e->sides[i];
		new->sides[i] = *s;
		new->sides[i].body = subst_body(pe, s->braced ? pe_scope(pe, f, &s->body) : f, &s->body);
	}
	new->vars = pv_new_array(pe->cx->arena, rg_term *, e->nvars + 1);
	for (uint32_t i = 0; i < e->nvars; i++)
		new->vars[i] = e->vars[i] ? pe_var(pe, inner, e->vars[i]) : NULL;
	subst_with(pe, f, e, new);
	return closed(pe, new);
}

/* ---- with the values of variables ---- */

static rg_body
plug_body(pe_state *pe, const rg_body *b)
{
	rg_body new = {.n = b->n, .exprs = pv_new_array(pe->cx->arena, rg_expr *, b->n + 1)};
	for (uint32_t i = 0; i < b->n; i++)
		new.exprs[i] = pe_plug_expr(pe, b->exprs[i]);
	return new;
}

rg_expr *
pe_plug_expr(pe_state *pe, const rg_expr *e)
{
	rg_expr *new = pv_new(pe->cx->arena, rg_expr);
	*new = *e;
	new->term = e->term ? pe_plug(pe, e->term) : NULL;
	new->domain = e->domain ? pe_plug(pe, e->domain) : NULL;
	new->body = plug_body(pe, &e->body);
	new->sides = e->sides ? pv_new_array(pe->cx->arena, rg_side, 2) : NULL;
	for (int i = 0; e->sides && i < 2; i++) {
		new->sides[i] = e->sides[i];
		new->sides[i].body = plug_body(pe, &e->sides[i].body);
	}
	new->with = pv_new_array(pe->cx->arena, rg_with, e->nwith + 1);
	for (uint32_t i = 0; i < e->nwith; i++) {
		new->with[i] = e->with[i];
		new->with[i].value = pe_plug(pe, e->with[i].value);
	}
	return new;
}

/* A reference whose head turned out to be a reference is one. */
static rg_term *
joined(pe_state *pe, rg_term *t)
{
	rg_term *head = t->args[0], *all;
	if (head->kind != RG_REF)
		return t;
	all = pe_term(pe, RG_REF, head->n + t->n - 1);
	for (uint32_t i = 0; i < head->n; i++)
		all->args[i] = head->args[i];
	for (uint32_t i = 1; i < t->n; i++)
		all->args[head->n + i - 1] = t->args[i];
	return all;
}

/* Is what it begins with a function's name, or the root of a document, and no variable? */
static bool
is_name(pe_state *pe, const rg_term *t)
{
	return t->kind == RG_CALL ||
	       (t->kind == RG_REF && t->args[0]->kind == RG_VAR && !pe_slot_of(pe, t->args[0]));
}

rg_term *
pe_plug(pe_state *pe, rg_term *t)
{
	rg_term *new;
	t = pe_deref(pe, t);
	if (pe_visit(pe) || t->n == 0)
		return t;
	new = pe_term(pe, t->kind, t->n);
	for (uint32_t i = 0; i < t->n; i++)
		new->args[i] = i == 0 && is_name(pe, t) ? t->args[0] : pe_plug(pe, t->args[i]);
	if (t->body) {
		new->body = pv_new(pe->cx->arena, rg_body);
		*new->body = plug_body(pe, t->body);
	}
	return t->kind == RG_REF ? joined(pe, new) : new;
}
