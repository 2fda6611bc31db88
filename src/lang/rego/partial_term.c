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
	pe->spent = pe->visits > PE_VISITS || pv_arena_used(pe->cx->arena) > most ||
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

unsigned
pe_status(pe_state *pe, rg_term *t)
{
	unsigned all = 0;
	t = pe_deref(pe, t);
	if (t->kind == RG_REF || t->kind == RG_CALL || t->body || t->kind == RG_TEMPLATE)
		return PE_LEFT;
	if (t->kind == RG_VAR)
		return pe_slot_of(pe, t)->left ? PE_LEFT : PE_OPEN;
	for (uint32_t i = 0; i < t->n && !pe_visit(pe); i++)
		all |= pe_status(pe, t->args[i]);
	return all;
}

static bool
body_holds(pe_state *pe, const rg_body *b, const rg_term *var)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const rg_expr *e = b->exprs[i];
		if ((e->term && pe_holds(pe, e->term, var)) || (e->domain && pe_holds(pe, e->domain, var)) ||
		    body_holds(pe, &e->body, var))
			return true;
		for (int k = 0; e->sides && k < 2; k++)
			if (body_holds(pe, &e->sides[k].body, var))
				return true;
		for (uint32_t k = 0; k < e->nwith; k++)
			if (pe_holds(pe, e->with[k].value, var))
				return true;
	}
	return false;
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
	return t->body && body_holds(pe, t->body, var);
}

bool
pe_same(pe_state *pe, const rg_term *a, const rg_term *b)
{
	if (a == b)
		return true;
	if (pe_visit(pe) || a->kind != b->kind || a->body || a->n > b->n ||
	    (a->kind == RG_CONST && !pv_eq(&a->val, &b->val)) ||
	    (a->kind == RG_VAR && !pv_streq(a->name, b->name)))
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!pe_same(pe, a->args[i], b->args[i]))
			return false;
	return true;
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
pe_var_find(const pe_frame *f, const char *name)
{
	rg_term *v = NULL;
	for (; f && !v; f = f->outer)
		v = pv_map_finds(f->vars, name);
	return v;
}

rg_term *
pe_var(pe_state *pe, pe_frame *f, const rg_term *t)
{
	rg_term *v = pv_map_finds(f->vars, t->name);
	if (!v && f->outer)
		return pe_var(pe, f->outer, t);
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
