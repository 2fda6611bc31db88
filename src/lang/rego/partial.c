#include "lang/rego/partial.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/rego/ast_json.h"

int
pe_unsupported(pe_state *pe, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *text = pv_vprintf(pe->cx->arena, fmt, ap);
	va_end(ap);
	return pv_fail(pe->cx, PV_EUNSUPPORTED, "partial evaluation: not supported: %s", text);
}

/* Back to where the trail and what is left over were. */
void
pe_undo(pe_state *pe, size_t trail, size_t saved)
{
	while (pe->trail.len > trail) {
		pe_slot *s = *PV_AT(pe_slot *, &pe->trail, pe->trail.len - 1);
		if (s->value) /* one that was left before is so again */
			s->value = NULL;
		else
			s->left = false;
		pv_vec_pop(&pe->trail);
	}
	while (pe->saved.len > saved)
		pv_vec_pop(&pe->saved);
}

/* The query's own variables that have a value are told, too: x = 1. */
static void
tell_vars(pe_state *pe, pv_vec *ret)
{
	pv_str name;
	void *slot;
	size_t pos = 0;
	while (pv_map_each(pe->slots, &pos, &name, &slot)) {
		const pe_slot *s = slot;
		if (!s->named || !s->value)
			continue;
		rg_term *var = pe_term(pe, RG_VAR, 0);
		var->name = pv_strndup(pe->cx->arena, name.s, name.len);
		rg_expr *e = pe_expr(pe, pe_eq(pe, var, pe_plug(pe, s->value)));
		pv_vec_push(ret, &e);
	}
}

static int
solution(pe_state *pe)
{
	pe_found *b = pv_vec_add(pe->found);
	pv_vec all;
	if (pe->found->len > PE_SOLUTIONS)
		return pv_fail(pe->cx, PV_ETOOLARGE, "partial evaluation: more than %d queries",
			       PE_SOLUTIONS);
	pe_left_over(pe, &all);
	if (!pe->inside)
		tell_vars(pe, &all);
	pe_left_asked(pe, &all);
	b->head = pe->head ? pe_plug(pe, pe->head) : NULL;
	b->body = (rg_body){.exprs = all.data, .n = (uint32_t)all.len};
	return 0;
}

/* ---- goals ---- */

/* Nothing is a part of itself: x = [x] has no solution. */
static int
bind(pe_state *pe, rg_term *var, rg_term *value, const pe_goal *next)
{
	pe_slot *s = pe_slot_of(pe, var);
	if (pe_holds(pe, value, var))
		return 0;
	s->value = value;
	pv_vec_push(&pe->trail, &s);
	return pe_run(pe, next);
}

static int
unify_items(pe_state *pe, rg_term *a, rg_term *b, const pe_goal *next)
{
	if (a->n != b->n)
		return 0;
	for (uint32_t i = a->n; i > 0; i--)
		next = pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = a->args[i - 1], .b = b->args[i - 1]},
			       next);
	return pe_run(pe, next);
}

static int
unify(pe_state *pe, rg_term *a, rg_term *b, const pe_goal *next)
{
	rg_term *both[2];
	pv_val x, y;
	a = pe_deref(pe, a);
	b = pe_deref(pe, b);
	if (a == b || (a->kind == RG_VAR && b->kind == RG_VAR && pv_streq(a->name, b->name)))
		return pe_run(pe, next);
	if (b->kind == RG_VAR && !pe_slot_of(pe, b)->left) { /* the variable first */
		rg_term *t = a;
		a = b;
		b = t;
	}
	if (a->kind == RG_VAR && (!pe_slot_of(pe, a)->left || pe_constant(pe, b, &y)))
		return bind(pe, a, b, next);
	if (b->kind == RG_VAR && pe_constant(pe, a, &x)) /* what is left over has its value then */
		return bind(pe, b, a, next);
	if (pe_constant(pe, a, &x) && pe_constant(pe, b, &y))
		return pv_eq(&x, &y) ? pe_run(pe, next) : 0;
	if (a->kind == b->kind && (a->kind == RG_ARRAY || a->kind == RG_OBJECT))
		return unify_items(pe, a, b, next);
	if (!(pe_status(pe, a) & PE_LEFT) && !(pe_status(pe, b) & PE_LEFT))
		return 0; /* a list is no number */
	both[0] = a;
	both[1] = b;
	return pe_save_builtin(pe, "eq", both, 2, NULL, next);
}

/* Not yet: behind all others, in the hope that they bind what is missing. */
static int
defer(pe_state *pe, const pe_goal *g)
{
	const pe_goal *all = NULL;
	pv_vec list;
	unsigned n = 0;
	pv_vec_init(&list, pe->cx->arena, sizeof(pe_goal));
	for (const pe_goal *x = g->next; x; x = x->next, n++)
		pv_vec_push(&list, x);
	if (pe->stalled > n)
		return pe_unsupported(pe, "a variable that is bound nowhere, or only by what is unknown");
	pv_vec_push(&list, g);
	pe->stalled++;
	all = pe_push_all(pe, &list, NULL);
	return pe_run(pe, all);
}

static int
machine(pe_state *pe, const pe_goal *g, rg_term *value)
{
	rg_term *call = g->b ? pe_eq(pe, pe_plug(pe, g->b), value) : value;
	int r = pe_machine(pe, pe_expr(pe, call), g->next);
	return r == 1 ? defer(pe, g) : r;
}

static int
solve_ref(pe_state *pe, const pe_goal *g)
{
	rg_term *ref = pe_plug(pe, g->a);
	const pe_goal *next = g->next;
	uint32_t used = 1;
	if (pe_is_unknown(pe, ref))
		return pe_leave_ref(pe, ref, g->b, next);
	if (pv_streq(ref->args[0]->name, "data")) {
		const rg_node *node = rg_names_node(&pe->rego->p, ref, &used);
		if (node->group && pe_group_depends(pe, node->group))
			return pe_rules(pe, node->group, ref, used, g->b, next);
		if (!node->group && used <= ref->n && pe_node_depends(pe, node) &&
		    (used == ref->n || ref->args[used]->kind != RG_CONST))
			return pe_leave_ref(pe, ref, g->b, next); /* a package as a whole */
	}
	for (uint32_t i = 1; i < ref->n; i++) /* a key that is known later is any key, now */
		if (pe_status(pe, ref->args[i]) & PE_LEFT) {
			rg_term *key = pe_fresh(pe);
			next = pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = key, .b = ref->args[i]}, next);
			ref->args[i] = key;
		}
	pe_goal asked = *g;
	asked.next = next;
	return machine(pe, &asked, ref);
}

/* A member of a known list or object. */
static int
solve_members(pe_state *pe, rg_term *base, const rg_term *ref, const pe_goal *g)
{
	bool object = base->kind == RG_OBJECT;
	int r = 0;
	for (uint32_t i = 0; r == 0 && i < base->n; i += object ? 2 : 1) {
		size_t trail = pe->trail.len, saved = pe->saved.len;
		rg_term *key = object ? base->args[i] : base->args[i],
			*member = base->args[object ? i + 1 : i];
		rg_term *rest = pe_term(pe, RG_REF, ref->n - 1);
		const pe_goal *next = g->next;
		if (base->kind == RG_ARRAY) {
			pv_val index = pv_int(i);
			key = pe_value(pe, &index);
		}
		rest->args[0] = member;
		memcpy(rest->args + 1, ref->args + 2, (ref->n - 2) * sizeof *ref->args);
		next = rest->n == 1 ? pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = g->b, .b = member}, next)
				    : pe_push(pe, (pe_goal){.kind = PE_GET, .a = rest, .b = g->b}, next);
		r = pe_run(pe, pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = ref->args[1], .b = key}, next));
		pe_undo(pe, trail, saved);
	}
	return r;
}

static int
solve_get(pe_state *pe, const pe_goal *g)
{
	rg_term *ref = pe_plug(pe, g->a), *base = ref->kind == RG_REF ? ref->args[0] : ref;
	if (ref->kind != RG_REF || ref->n == 1)
		return unify(pe, g->b, base, g->next);
	if (base->kind == RG_ARRAY || base->kind == RG_OBJECT || base->kind == RG_SET)
		return solve_members(pe, base, ref, g);
	if (base->kind == RG_CONST)
		return 0; /* a number has no members */
	if (pe_slot_of(pe, base) && !pe_slot_of(pe, base)->left)
		return defer(pe, g);
	return pe_leave_ref(pe, ref, g->b, g->next);
}

/* `some KEY, VALUE in BASE`: is a variable in it that only the members can bind? */
static bool
is_some_in(pe_state *pe, const pe_goal *g, const rg_term *call)
{
	const char *op = call->args[0]->name;
	if (g->function || g->b ||
	    !((pv_streq(op, "internal.member_2") && call->n == 3) ||
	      (pv_streq(op, "internal.member_3") && call->n == 4)))
		return false;
	for (uint32_t i = 1; i + 1 < call->n; i++)
		if (pe_status(pe, call->args[i]) & PE_OPEN)
			return true;
	return false;
}

/* Then it is VALUE = BASE[KEY]. */
static int
solve_some_in(pe_state *pe, const pe_goal *g, const rg_term *call)
{
	rg_term *ref = pe_term(pe, RG_REF, 2);
	ref->args[0] = call->args[call->n - 1];
	ref->args[1] = call->n == 4 ? call->args[1] : pe_fresh(pe);
	return pe_run(
		pe, pe_push(pe, (pe_goal){.kind = PE_GET, .a = ref, .b = call->args[call->n - 2]}, g->next));
}

static int
solve_call(pe_state *pe, const pe_goal *g)
{
	rg_term *call = pe_plug(pe, g->a);
	const char *op = call->args[0]->name;
	bool later = !pe->volatiles && !g->function && pe_is_volatile(op);
	if (!g->function && g->b == NULL && call->n == 3 &&
	    (pv_streq(op, "eq") || pv_streq(op, "equal") || pv_streq(op, "assign")))
		return unify(pe, call->args[1], call->args[2], g->next);
	for (uint32_t i = 1; i < call->n; i++)
		later = later || (pe_status(pe, call->args[i]) & PE_LEFT);
	if (g->function && (later || pe_group_depends(pe, g->function)))
		return pe_function(pe, g->function, call, g->b, g->next);
	if (is_some_in(pe, g, call))
		return solve_some_in(pe, g, call);
	if (later)
		return pe_save_builtin(pe, op, call->args + 1, call->n - 1, g->b, g->next);
	if (g->function) /* by its path */
		call->args[0] = pe_node_ref(pe, g->function->node);
	return machine(pe, g, call);
}

static int
solve_true(pe_state *pe, const pe_goal *g)
{
	rg_term *t = pe_plug(pe, g->a);
	unsigned status = pe_status(pe, t);
	if (status & PE_LEFT)
		return pe_save(pe, pe_expr(pe, t), g->next);
	if (status & PE_OPEN)
		return defer(pe, g);
	return t->kind == RG_CONST && t->val.type == PV_BOOL && !t->val.b ? 0 : pe_run(pe, g->next);
}

/* ---- statements ---- */

static const pe_goal *
statement(pe_state *pe, pe_frame *f, const rg_term *t, const pe_goal *next)
{
	pv_vec before;
	pv_vec_init(&before, pe->cx->arena, sizeof(pe_goal));
	rg_term *value = pe_flatten(pe, f, t, &before);
	if (t->kind == RG_CALL && before.len) { /* it holds: its value is of no interest */
		pe_goal *last = PV_AT(pe_goal, &before, before.len - 1);
		const char *op = last->a->args[0]->name;
		if (!last->function && last->a->n == 3 &&
		    (pv_streq(op, "eq") || pv_streq(op, "equal") || pv_streq(op, "assign")))
			*last = (pe_goal){.kind = PE_UNIFY, .a = last->a->args[1], .b = last->a->args[2]};
		else
			last->b = NULL;
		return pe_push_all(pe, &before, next);
	}
	return pe_push_all(pe, &before, pe_push(pe, (pe_goal){.kind = PE_TRUE, .a = value}, next));
}

static const pe_goal *
every(pe_state *pe, const pe_goal *g)
{
	pe_goal turn = {.kind = PE_EVERY, .frame = g->frame, .expr = g->expr};
	pv_vec before;
	pv_vec_init(&before, pe->cx->arena, sizeof(pe_goal));
	turn.a = pe_flatten(pe, g->frame, g->expr->domain, &before);
	return pe_push_all(pe, &before, pe_push(pe, turn, g->next));
}

/* The value of a closure. */
static int
solve_closure(pe_state *pe, const pe_goal *g)
{
	pe_goal asked = {.kind = PE_EXPR, .b = g->b, .next = g->next};
	if (pe_term_depends(pe, g->frame, g->expr->term)) {
		rg_term *value = pe_subst(pe, g->frame, g->expr->term);
		return pe_run(pe, pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = g->b, .b = value}, g->next));
	}
	asked.frame = g->frame;
	asked.expr = g->expr;
	return machine(pe, &asked, pe_subst(pe, g->frame, g->expr->term));
}

static int
solve_expr(pe_state *pe, const pe_goal *g)
{
	const rg_expr *e = g->expr;
	bool plain = e->nwith == 0 && (e->kind == RG_E_TERM || e->kind == RG_E_SOME);
	if (g->b)
		return solve_closure(pe, g);
	if (e->kind == RG_E_SOME && !e->term)
		return pe_run(pe, g->next);
	if (plain && !e->negated)
		return pe_run(pe, statement(pe, g->frame, e->term, g->next));
	if (!pe_expr_depends(pe, g->frame, e)) {
		int r = pe_machine(pe, pe_subst_expr(pe, g->frame, e), g->next);
		return r == 1 ? defer(pe, g) : r;
	}
	if (e->kind == RG_E_EVERY && e->nwith == 0 && !e->negated)
		return pe_run(pe, every(pe, g));
	if (e->negated && e->nwith == 0 && (plain || e->kind == RG_E_BODY))
		return pe_not(pe, g);
	return pe_leave(pe, g);
}

int
pe_check(pe_state *pe)
{
	if (!pe_visit(pe) && pe->steps <= PE_STEPS && pe->depth <= PE_DEPTH)
		return 0;
	return pv_fail(
		pe->cx, PV_ETOOLARGE,
		"partial evaluation: over the limit of %d steps, %d looks at terms, %d goals, or of memory or time",
		PE_STEPS, PE_VISITS, PE_DEPTH);
}

int
pe_run(pe_state *pe, const pe_goal *g)
{
	size_t trail = pe->trail.len, saved = pe->saved.len;
	unsigned stalled = pe->stalled;
	int r = 0;
	if (!g)
		return solution(pe);
	pe->steps++;
	r = pe_check(pe);
	if (r < 0)
		return r;
	pe->depth++;
	switch (g->kind) {
	case PE_EXPR: r = solve_expr(pe, g); break;
	case PE_UNIFY: r = unify(pe, g->a, g->b, g->next); break;
	case PE_REF: r = solve_ref(pe, g); break;
	case PE_GET: r = solve_get(pe, g); break;
	case PE_CALL: r = solve_call(pe, g); break;
	case PE_TRUE: r = solve_true(pe, g); break;
	case PE_EVERY: r = pe_every(pe, g); break;
	}
	pe->depth--;
	pe->stalled = stalled;
	pe_undo(pe, trail, saved);
	return r;
}

int
pe_inside(pe_state *pe, const pe_goal *goals, rg_term *head, pv_vec *ret)
{
	pv_vec *outer = pe->found, saved = pe->saved;
	rg_term *outer_head = pe->head;
	size_t trail = pe->trail.len;
	unsigned stalled = pe->stalled;
	pv_vec_init(ret, pe->cx->arena, sizeof(pe_found));
	pv_vec_init(&pe->saved, pe->cx->arena, sizeof(pe_left));
	pe->found = ret;
	pe->head = head;
	pe->stalled = 0;
	pe->inside++;
	int r = pe_run(pe, goals);
	pe->inside--;
	pe->stalled = stalled;
	pe->head = outer_head;
	pe->found = outer;
	pe->saved = saved;
	pe_undo(pe, trail, saved.len);
	return r;
}
