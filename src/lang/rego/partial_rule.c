/* partial_rule: rules solved in the place of the references and calls that ask them. */
#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/rego/partial.h"

/* Does what comes next fail with the default value, or not care?  Then the default adds no solution. */
static bool
fails_with(pe_state *pe, const pv_val *value, const rg_term *out, const pe_goal *next)
{
	pv_val wanted;
	if (!next || !out)
		return false;
	if (next->kind == PE_TRUE && next->a == out)
		return pv_is(value, PV_BOOL) && !value->b;
	if (next->kind == PE_UNIFY && (next->a == out || next->b == out) &&
	    pe_constant(pe, next->a == out ? next->b : next->a, &wanted))
		return !pv_eq(value, &wanted);
	return false;
}

/* What is done with a reference to a document of rules. */
enum way {
	WAY_SOLVE, /* its rules are solved in its place */
	WAY_KEEP,  /* they are kept beside the queries, and the reference leads there */
	WAY_LEAVE, /* it is left as it is */
};

/* How many elements of a reference behind a document a rule's head has names for. */
static uint32_t
keys_of(const rg_group *g, const rg_rule *rule)
{
	uint32_t n = rule->kind == RG_MULTI ? 1 : 0;
	return rule->ref->kind == RG_REF && g->kind == RG_G_OBJECT ? n + rg_rule_length(rule) - g->node->depth
								   : n;
}

static enum way
way_of(pe_state *pe, const rg_group *g, uint32_t given, const rg_term *out, const pe_goal *next)
{
	enum way way = g->kind != RG_G_FUNC && pe_apart(pe, g->node) ? WAY_KEEP : WAY_SOLVE;
	for (size_t i = 0; i < g->rules.len; i++) {
		const rg_rule *rule = *PV_AT(const rg_rule *, &g->rules, i);
		if (rule->orelse || (rule->is_default && g->kind == RG_G_FUNC))
			return WAY_LEAVE;
		if (rule->is_default &&
		    (rule->value->kind != RG_CONST || !fails_with(pe, &rule->value->val, out, next)))
			way = WAY_KEEP;
		if (given < keys_of(g, rule))
			way = WAY_KEEP;
	}
	return way;
}

const pe_goal *
pe_push_body(pe_state *pe, pe_frame *f, const rg_body *b, const pe_goal *next)
{
	for (uint32_t i = b->n; i > 0; i--)
		next = pe_push(pe, (pe_goal){.kind = PE_EXPR, .frame = f, .expr = b->exprs[i - 1]}, next);
	return next;
}

/* b = a, of the rule's frame. */
const pe_goal *
pe_push_value(pe_state *pe, pe_frame *f, const rg_term *t, rg_term *out, const pe_goal *next)
{
	pv_vec before;
	pv_vec_init(&before, pe->cx->arena, sizeof(pe_goal));
	rg_term *value = pe_flatten(pe, f, t, &before);
	return pe_push_all(pe, &before, pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = out, .b = value}, next));
}

/* out = base[rest...] */
static const pe_goal *
push_rest(pe_state *pe, rg_term *base, const rg_term *ref, uint32_t used, rg_term *out, const pe_goal *next)
{
	if (used == ref->n)
		return pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = out, .b = base}, next);
	rg_term *rest = pe_term(pe, RG_REF, ref->n - used + 1);
	rest->args[0] = base;
	for (uint32_t i = used; i < ref->n; i++)
		rest->args[i - used + 1] = ref->args[i];
	return pe_push(pe, (pe_goal){.kind = PE_GET, .a = rest, .b = out}, next);
}

/* One rule of a document whose reference has rest elements. */
static int
solve_rule(pe_state *pe, const rg_group *g, const rg_rule *rule, const rg_term *ref, uint32_t used,
	   rg_term *out, const pe_goal *next)
{
	uint32_t more = keys_of(g, rule);
	pe_frame *f = pe_frame_new(pe, rule, NULL);
	rg_term *value = pe_fresh(pe);
	next = push_rest(pe, value, ref, used + more, out, next);
	if (rule->kind == RG_MULTI) { /* a member of a set is its own key */
		next = pe_push_value(pe, f, rule->key, value, next);
		next = pe_push_value(pe, f, rule->key, ref->args[used + more - 1], next);
		more--;
	} else {
		next = pe_push_value(pe, f, rule->value, value, next);
	}
	for (uint32_t i = more; i > 0; i--)
		next = pe_push_value(pe, f, rg_rule_key(pe->cx->arena, rule, g->node->depth + i),
				     ref->args[used + i - 1], next);
	return pe_run(pe, pe_push_body(pe, f, &rule->body, next));
}

int
pe_rules(pe_state *pe, const rg_group *g, const rg_term *ref, uint32_t used, rg_term *out,
	 const pe_goal *next)
{
	enum way way = way_of(pe, g, ref->n - used, out, next);
	rg_term *kept = NULL, *all;
	int r = way == WAY_KEEP ? pe_keep(pe, g, &kept) : 0;
	if (r == 0 && kept && kept->kind != RG_REF)
		return pe_run(pe, push_rest(pe, kept, ref, used, out, next));
	if (r == 0 && way != WAY_SOLVE) {
		all = pe_term(pe, RG_REF, ref->n + (kept ? 1 : 0));
		for (uint32_t i = 0; i < ref->n; i++)
			all->args[i + (kept ? 1 : 0)] = ref->args[i];
		for (uint32_t i = 0; kept && i < kept->n; i++)
			all->args[i] = kept->args[i];
		return pe_leave_ref(pe, all, out, next);
	}
	for (size_t i = 0; r == 0 && i < g->rules.len; i++) {
		const rg_rule *rule = *PV_AT(const rg_rule *, &g->rules, i);
		if (!rule->is_default)
			r = solve_rule(pe, g, rule, ref, used, out, next);
	}
	return r;
}

int
pe_function(pe_state *pe, const rg_group *g, const rg_term *call, rg_term *out, const pe_goal *next)
{
	int r = 0;
	if (way_of(pe, g, 0, out, next) == WAY_LEAVE)
		return pe_save_call(pe, pe_node_ref(pe, g->node), call->args + 1, call->n - 1, out, next);
	for (size_t i = 0; r == 0 && i < g->rules.len; i++) {
		const rg_rule *rule = *PV_AT(const rg_rule *, &g->rules, i);
		pe_frame *f = pe_frame_new(pe, rule, NULL);
		bool given = !out && call->n > rule->nargs + 1; /* f(x, y): y is its value */
		rg_term *value = out ? out : given ? call->args[call->n - 1] : pe_fresh(pe);
		const pe_goal *goals = next;
		if (!out && !given)
			goals = pe_push(pe, (pe_goal){.kind = PE_TRUE, .a = value}, goals);
		goals = pe_push_body(pe, f, &rule->body, pe_push_value(pe, f, rule->value, value, goals));
		for (uint32_t k = rule->nargs; k > 0 && k < call->n; k--)
			goals = pe_push_value(pe, f, rule->args[k - 1], call->args[k], goals);
		r = pe_run(pe, goals);
	}
	return r;
}

/* ---- every ---- */

/* The frame of one turn: names of the body are its own, those before it are shared. */
static pe_frame *
turn_of(pe_state *pe, const pe_goal *g, rg_term *key, rg_term *member)
{
	pe_frame *f = pe_scope(pe, g->frame, &g->expr->body);
	if (g->expr->vars[0])
		pv_map_puts(f->vars, g->expr->vars[0]->name, key);
	pv_map_puts(f->vars, g->expr->vars[1]->name, member);
	return f;
}

int
pe_every(pe_state *pe, const pe_goal *g)
{
	rg_term *all = pe_plug(pe, g->a);
	const pe_goal *next = g->next;
	uint32_t each = all->kind == RG_OBJECT ? 2 : 1;
	if (pe_status(pe, all) & PE_LEFT && all->kind != RG_ARRAY && all->kind != RG_OBJECT)
		return pe_leave(pe, g);
	if (all->kind != RG_ARRAY && all->kind != RG_OBJECT && all->kind != RG_SET)
		return 0;
	for (uint32_t i = all->n; i > 0; i -= each) {
		pv_val index = pv_int(i - 1);
		rg_term *key = all->kind == RG_ARRAY ? pe_value(pe, &index) : all->args[i - each];
		pe_frame *f;
		rg_term *vars[] = {pe_fresh(pe), pe_fresh(pe)};
		f = turn_of(pe, g, vars[0], vars[1]);
		next = pe_push_body(pe, f, &g->expr->body, next);
		next = pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = vars[1], .b = all->args[i - 1]}, next);
		next = pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = vars[0], .b = key}, next);
	}
	return pe_run(pe, next);
}
