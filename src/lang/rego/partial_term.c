/* partial_term: terms without frames, and the variables in them. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/rego/partial.h"

rg_term *
pe_term(pe_state *pe, uint8_t kind, uint32_t n)
{
	rg_term *t = pv_new(pe->cx->arena, rg_term);
	t->kind = kind;
	t->n = n;
	t->args = n ? pv_new_array(pe->cx->arena, rg_term *, n) : NULL;
	return t;
}

static rg_term *
var_new(pe_state *pe, const char *name, bool named)
{
	rg_term *t = pe_term(pe, RG_VAR, 0);
	pe_slot *s = pv_new(pe->cx->arena, pe_slot);
	t->name = name;
	s->named = named;
	pv_map_puts(pe->slots, name, s);
	return t;
}

rg_term *
pe_fresh(pe_state *pe)
{
	return var_new(pe, pv_printf(pe->cx->arena, "__local%u__", pe->fresh++), false);
}

#define VISITS_EACH 1024 /* between two looks at the clock */

bool
pe_visit(pe_state *pe)
{
	size_t most = pe->eval.memory ? pe->eval.memory : PE_MEMORY;
	if (pe->spent || ++pe->visits % VISITS_EACH)
		return pe->spent;
	pe->spent = pv_arena_used(pe->cx->arena) > most ||
		    (pe->eval.cpu_ns && pv_cpu() > pe->eval.cpu_from + pe->eval.cpu_ns);
	return pe->spent;
}

pe_slot *
pe_slot_of(pe_state *pe, const rg_term *t)
{
	return t->kind == RG_VAR ? pv_map_finds(pe->slots, t->name) : NULL;
}

rg_term *
pe_deref(pe_state *pe, rg_term *t)
{
	while (t->kind == RG_VAR) {
		const pe_slot *s = pe_slot_of(pe, t);
		if (!s || !s->value)
			break;
		t = s->value;
	}
	return t;
}

/* A reference whose head turned out to be a reference is one. */
static rg_term *
joined(pe_state *pe, rg_term *t)
{
	rg_term *head = t->args[0], *all;
	if (head->kind != RG_REF)
		return t;
	all = pe_term(pe, RG_REF, head->n + t->n - 1);
	memcpy(all->args, head->args, head->n * sizeof *head->args);
	memcpy(all->args + head->n, t->args + 1, (t->n - 1) * sizeof *t->args);
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
	return t->kind == RG_REF ? joined(pe, new) : new;
}

unsigned
pe_status(pe_state *pe, rg_term *t)
{
	unsigned all = 0;
	t = pe_deref(pe, t);
	if (t->kind == RG_REF || t->kind == RG_CALL)
		return PE_LEFT;
	if (t->kind == RG_VAR)
		return pe_slot_of(pe, t)->left ? PE_LEFT : PE_OPEN;
	for (uint32_t i = 0; i < t->n && !pe_visit(pe); i++)
		all |= pe_status(pe, t->args[i]);
	return all;
}

bool
pe_holds(pe_state *pe, rg_term *t, const rg_term *var)
{
	t = pe_deref(pe, t);
	if (t->kind == RG_VAR)
		return pv_streq(t->name, var->name);
	for (uint32_t i = 0; i < t->n && !pe_visit(pe); i++)
		if (pe_holds(pe, t->args[i], var))
			return true;
	return false;
}

rg_term *
pe_value(pe_state *pe, const pv_val *v)
{
	uint32_t n = v->type == PV_OBJECT ? 2 * v->len : v->type >= PV_LIST ? v->len : 0;
	uint8_t kind = v->type == PV_OBJECT ? RG_OBJECT
		       : v->type == PV_LIST ? RG_ARRAY
		       : v->type == PV_SET  ? RG_SET
					    : RG_CONST;
	rg_term *t = pe_term(pe, kind, n);
	if (kind == RG_CONST)
		t->val = *v;
	for (uint32_t i = 0; i < v->len && kind != RG_CONST; i++) {
		if (kind == RG_OBJECT) {
			t->args[2 * i] = pe_value(pe, &v->members[i].key);
			t->args[2 * i + 1] = pe_value(pe, &v->members[i].val);
		} else {
			t->args[i] = pe_value(pe, &v->items[i]);
		}
	}
	return t;
}

bool
pe_constant(pe_state *pe, rg_term *t, pv_val *ret)
{
	pv_objb o;
	pv_listb l;
	pv_val key, v;
	t = pe_deref(pe, t);
	if (t->kind == RG_CONST) {
		*ret = t->val;
		return true;
	}
	if (t->kind == RG_OBJECT) {
		pv_objb_init(&o, pe->cx->arena);
		for (uint32_t i = 0; i + 1 < t->n; i += 2) {
			if (pe_visit(pe) || !pe_constant(pe, t->args[i], &key) ||
			    !pe_constant(pe, t->args[i + 1], &v))
				return false;
			pv_objb_putv(&o, key, v);
		}
		*ret = pv_objb_end(&o);
		return true;
	}
	if (t->kind != RG_ARRAY && t->kind != RG_SET)
		return false;
	pv_listb_init(&l, pe->cx->arena);
	for (uint32_t i = 0; i < t->n; i++) {
		if (pe_visit(pe) || !pe_constant(pe, t->args[i], &v))
			return false;
		pv_listb_add(&l, v);
	}
	*ret = t->kind == RG_SET ? pv_listb_end_set(&l) : pv_listb_end(&l);
	return true;
}

/* ---- frames ---- */

pe_frame *
pe_frame_new(pe_state *pe, const rg_rule *rule, const rg_body *query)
{
	pe_frame *f = pv_new(pe->cx->arena, pe_frame);
	if (rule)
		rg_names_of_rule(&f->names, &pe->rego->p, pe->cx->arena, rule);
	else
		rg_names_of_query(&f->names, &pe->rego->p, pe->cx->arena, query);
	f->vars = pv_map_new(pe->cx->arena);
	f->query = rule == NULL;
	return f;
}

rg_term *
pe_var(pe_state *pe, pe_frame *f, const rg_term *t)
{
	rg_term *v = pv_map_finds(f->vars, t->name);
	if (!v) {
		v = f->query && t->name[0] != '$' ? var_new(pe, t->name, true) : pe_fresh(pe);
		pv_map_puts(f->vars, t->name, v);
	}
	return v;
}

const pe_goal *
pe_push(pe_state *pe, pe_goal g, const pe_goal *next)
{
	pe_goal *new = pv_new(pe->cx->arena, pe_goal);
	*new = g;
	new->next = next;
	return new;
}

const pe_goal *
pe_push_all(pe_state *pe, const pv_vec *before, const pe_goal *next)
{
	for (size_t i = before->len; i > 0; i--)
		next = pe_push(pe, *PV_AT(pe_goal, before, i - 1), next);
	return next;
}

/* ---- flat terms ---- */

static rg_term *
goal_for(pe_state *pe, pv_vec *before, enum pe_kind kind, rg_term *a)
{
	rg_term *out = pe_fresh(pe);
	*(pe_goal *)pv_vec_add(before) = (pe_goal){.kind = kind, .a = a, .b = out};
	return out;
}

static rg_term *
flatten_ref(pe_state *pe, pe_frame *f, const rg_term *t, pv_vec *before)
{
	const rg_term *absolute = rg_names_absolute(&f->names, t), *from = absolute ? absolute : t;
	rg_term *ref = pe_term(pe, RG_REF, from->n);
	ref->args[0] = absolute ? absolute->args[0] : pe_flatten(pe, f, t->args[0], before);
	for (uint32_t i = 1; i < from->n; i++)
		ref->args[i] = pe_flatten(pe, f, from->args[i], before);
	return goal_for(pe, before, absolute ? PE_REF : PE_GET, ref);
}

static rg_term *
flatten_call(pe_state *pe, pe_frame *f, const rg_term *t, pv_vec *before)
{
	const char *builtin;
	const rg_group *g = rg_names_function(&f->names, t->args[0], &builtin);
	rg_term *call = pe_term(pe, RG_CALL, t->n), *out;
	call->args[0] = pe_term(pe, RG_VAR, 0);
	call->args[0]->name = g ? rg_node_name(pe->cx->arena, g->node) : builtin;
	call->args[0]->generated = true;
	for (uint32_t i = 1; i < t->n; i++)
		call->args[i] = pe_flatten(pe, f, t->args[i], before);
	out = goal_for(pe, before, PE_CALL, call);
	PV_AT(pe_goal, before, before->len - 1)->function = g;
	return out;
}

rg_term *
pe_flatten(pe_state *pe, pe_frame *f, const rg_term *t, pv_vec *before)
{
	rg_term *new, *out;
	switch ((enum rg_term_kind)t->kind) {
	case RG_CONST: return (rg_term *)(uintptr_t)t;
	case RG_VAR:
		return rg_names_absolute(&f->names, t) ? flatten_ref(pe, f, t, before) : pe_var(pe, f, t);
	case RG_REF: return flatten_ref(pe, f, t, before);
	case RG_CALL: return flatten_call(pe, f, t, before);
	case RG_ARRAY:
	case RG_SET:
	case RG_OBJECT:
		new = pe_term(pe, t->kind, t->n);
		for (uint32_t i = 0; i < t->n; i++)
			new->args[i] = pe_flatten(pe, f, t->args[i], before);
		return new;
	case RG_ARRAYCOMP:
	case RG_SETCOMP:
	case RG_OBJCOMP:
	case RG_TEMPLATE: break;
	}
	out = pe_fresh(pe); /* a closure: the machine's, if it is known */
	rg_expr *e = pv_new(pe->cx->arena, rg_expr);
	e->kind = RG_E_TERM;
	e->loc = t->loc;
	e->term = (rg_term *)(uintptr_t)t;
	*(pe_goal *)pv_vec_add(before) = (pe_goal){.kind = PE_EXPR, .frame = f, .expr = e, .b = out};
	return out;
}

/* ---- for the machine ---- */

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

rg_expr *
pe_subst_expr(pe_state *pe, pe_frame *f, const rg_expr *e)
{
	rg_expr *new = pv_new(pe->cx->arena, rg_expr);
	*new = *e;
	new->term = e->term ? pe_subst(pe, f, e->term) : NULL;
	new->domain = e->domain ? pe_subst(pe, f, e->domain) : NULL;
	new->body = subst_body(pe, f, &e->body);
	new->vars = pv_new_array(pe->cx->arena, rg_term *, e->nvars + 1);
	for (uint32_t i = 0; i < e->nvars; i++)
		new->vars[i] = e->vars[i] ? pe_var(pe, f, e->vars[i]) : NULL;
	new->with = pv_new_array(pe->cx->arena, rg_with, e->nwith + 1);
	for (uint32_t i = 0; i < e->nwith; i++) {
		const rg_term *target = rg_names_absolute(&f->names, e->with[i].target);
		new->with[i] = e->with[i];
		if (target)
			new->with[i].target = (rg_term *)(uintptr_t)target;
		new->with[i].value = pe_subst(pe, f, e->with[i].value);
	}
	return new;
}
