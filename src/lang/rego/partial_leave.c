/* partial_leave: what is left over: calls, references, and statements in their own words. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/partial.h"

rg_expr *
pe_expr(pe_state *pe, rg_term *t)
{
	rg_expr *e = pv_new(pe->cx->arena, rg_expr);
	e->kind = RG_E_TERM;
	e->term = t;
	return e;
}

rg_term *
pe_eq(pe_state *pe, rg_term *a, rg_term *b)
{
	rg_term *call = pe_term(pe, RG_CALL, 3);
	call->args[0] = pe_term(pe, RG_VAR, 0);
	call->args[0]->name = "eq";
	call->args[0]->generated = true;
	call->args[1] = a;
	call->args[2] = b;
	return call;
}

/* Its variables get their values from what is left over. */
static void
leave_vars(pe_state *pe, rg_term *t)
{
	t = pe_deref(pe, t);
	if (t->kind == RG_VAR) {
		pe_slot *s = pe_slot_of(pe, t);
		if (s && !s->left) {
			s->left = true;
			pv_vec_push(&pe->trail, &s);
		}
	}
	for (uint32_t i = 0; i < t->n && !pe_visit(pe); i++)
		leave_vars(pe, t->args[i]);
}

int
pe_save(pe_state *pe, rg_expr *e, const pe_goal *next)
{
	if (e->term && !e->negated) /* what is negated gives no variable a value */
		leave_vars(pe, e->term);
	*(pe_left *)pv_vec_add(&pe->saved) = (pe_left){.expr = e};
	return pe_run(pe, next);
}

/* A name such as net.cidr_contains. */
static rg_term *
name_term(pe_state *pe, const char *op)
{
	rg_term *name = pe_term(pe, RG_REF, 0);
	pv_str rest = pv_str_of(op), piece;
	pv_vec parts;
	pv_vec_init(&parts, pe->cx->arena, sizeof(rg_term *));
	while (pv_str_next(&rest, '.', &piece)) {
		rg_term *part = pe_term(pe, parts.len ? RG_CONST : RG_VAR, 0);
		part->name = pv_strndup(pe->cx->arena, piece.s, piece.len);
		if (parts.len)
			part->val = pv_string_ref(part->name);
		pv_vec_push(&parts, &part);
	}
	name->n = (uint32_t)parts.len;
	name->args = parts.data;
	return name;
}

int
pe_save_call(pe_state *pe, rg_term *op, rg_term *const *args, uint32_t n, rg_term *out, const pe_goal *next)
{
	rg_term *call = pe_term(pe, RG_CALL, 1 + n + (out ? 1 : 0));
	call->args[0] = op;
	memcpy(call->args + 1, args, n * sizeof *args);
	if (out)
		call->args[1 + n] = out;
	return pe_save(pe, pe_expr(pe, call), next);
}

int
pe_save_builtin(pe_state *pe, const char *op, rg_term *const *args, uint32_t n, rg_term *out,
		const pe_goal *next)
{
	return pe_save_call(pe, name_term(pe, op), args, n, out, next);
}

/* The reference stands for its value; that it has one is asked even if nothing else reads it. */
int
pe_leave_ref(pe_state *pe, rg_term *ref, rg_term *out, const pe_goal *next)
{
	leave_vars(pe, ref);
	*(pe_left *)pv_vec_add(&pe->saved) = (pe_left){.asked = ref};
	return pe_run(pe, pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = out, .b = ref}, next));
}

int
pe_leave(pe_state *pe, const pe_goal *g)
{
	return pe_save(pe, pe_subst_expr(pe, g->frame, g->expr), g->next);
}

rg_term *
pe_node_ref(pe_state *pe, const rg_node *node)
{
	rg_term *ref = pe_term(pe, RG_REF, node->depth + 1);
	for (const rg_node *n = node; n->parent; n = n->parent)
		ref->args[n->depth] = pe_value(pe, &n->key);
	ref->args[0] = pe_term(pe, RG_VAR, 0);
	ref->args[0]->name = "data";
	return ref;
}

/* ---- solutions ---- */

/* Is the reference read in any case? */
static bool
reads(pe_state *pe, const rg_term *t, const rg_term *ref)
{
	if (pe_visit(pe) || t->body)
		return false;
	if (t->kind == RG_REF && t->n >= ref->n && pe_same(pe, ref, t))
		return true;
	for (uint32_t i = 0; i < t->n; i++)
		if (reads(pe, t->args[i], ref))
			return true;
	return false;
}

static bool
is_read(pe_state *pe, const pv_vec *all, const rg_term *ref)
{
	for (size_t i = 0; i < all->len; i++) {
		const rg_expr *e = *PV_AT(rg_expr *, all, i);
		if (e->kind == RG_E_TERM && !e->negated && e->nwith == 0 && reads(pe, e->term, ref))
			return true;
	}
	return false;
}

void
pe_left_over(pe_state *pe, pv_vec *ret)
{
	pv_vec_init(ret, pe->cx->arena, sizeof(rg_expr *));
	for (size_t i = 0; i < pe->saved.len; i++) {
		const pe_left *left = PV_AT(pe_left, &pe->saved, i);
		rg_expr *e = left->expr ? pe_plug_expr(pe, left->expr) : NULL;
		if (e)
			pv_vec_push(ret, &e);
	}
}

void
pe_left_asked(pe_state *pe, pv_vec *all)
{
	for (size_t i = 0; i < pe->saved.len; i++) {
		const pe_left *left = PV_AT(pe_left, &pe->saved, i);
		rg_term *ref = left->asked ? pe_plug(pe, left->asked) : NULL;
		if (!ref || is_read(pe, all, ref))
			continue;
		rg_expr *e = pe_expr(pe, pe_eq(pe, ref, pe_fresh(pe)));
		pv_vec_push(all, &e);
	}
}
