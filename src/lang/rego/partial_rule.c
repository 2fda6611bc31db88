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

static int
check_rules(pe_state *pe, const rg_group *g, const rg_term *out, const pe_goal *next)
{
	for (size_t i = 0; i < g->rules.len; i++) {
		const rg_rule *rule = *PV_AT(const rg_rule *, &g->rules, i);
		if (rule->orelse)
			return pe_unsupported(pe, "%s: else, of a rule that depends on what is unknown",
					      rg_node_name(pe->cx->arena, g->node));
		if (rule->is_default && (rule->value->kind != RG_CONST || g->kind == RG_G_FUNC ||
					 !fails_with(pe, &rule->value->val, out, next))) {
			const char *name = rg_node_name(pe->cx->arena, g->node);
			return pe_unsupported(
				pe,
				"%s: its default value counts here: ask for a value that differs "
				"from it (%s == true)",
				name, name);
		}
	}
	return 0;
}

static const pe_goal *
push_body(pe_state *pe, pe_frame *f, const rg_body *b, const pe_goal *next)
{
	for (uint32_t i = b->n; i > 0; i--)
		next = pe_push(pe, (pe_goal){.kind = PE_EXPR, .frame = f, .expr = b->exprs[i - 1]}, next);
	return next;
}

/* b = a, of the rule's frame. */
static const pe_goal *
push_value(pe_state *pe, pe_frame *f, const rg_term *t, rg_term *out, const pe_goal *next)
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
	uint32_t head = g->node->depth - (rule->module->package->n - 1), more = 0;
	uint32_t given = ref->n - used;
	pe_frame *f = pe_frame_new(pe, rule, NULL);
	rg_term *value = pe_fresh(pe);
	if (rule->ref->kind == RG_REF && g->kind == RG_G_OBJECT)
		more = rule->ref->n - head;
	if (rule->kind == RG_MULTI)
		more++;
	if (given < more) {
		const char *name = rg_node_name(pe->cx->arena, g->node);
		return pe_unsupported(pe,
				      "%s: all of a document that depends on what is unknown: ask for its "
				      "members (%s[x])",
				      name, name);
	}
	next = push_rest(pe, value, ref, used + more, out, next);
	if (rule->kind == RG_MULTI) { /* a member of a set is its own key */
		next = push_value(pe, f, rule->key, value, next);
		next = push_value(pe, f, rule->key, ref->args[used + more - 1], next);
		more--;
	} else {
		next = push_value(pe, f, rule->value, value, next);
	}
	for (uint32_t i = more; i > 0; i--)
		next = push_value(pe, f, rule->ref->args[head + i - 1], ref->args[used + i - 1], next);
	return pe_run(pe, push_body(pe, f, &rule->body, next));
}

int
pe_rules(pe_state *pe, const rg_group *g, const rg_term *ref, uint32_t used, rg_term *out,
	 const pe_goal *next)
{
	int r = check_rules(pe, g, out, next);
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
	int r = check_rules(pe, g, out, next);
	for (size_t i = 0; r == 0 && i < g->rules.len; i++) {
		const rg_rule *rule = *PV_AT(const rg_rule *, &g->rules, i);
		pe_frame *f = pe_frame_new(pe, rule, NULL);
		bool given = !out && call->n > rule->nargs + 1; /* f(x, y): y is its value */
		rg_term *value = out ? out : given ? call->args[call->n - 1] : pe_fresh(pe);
		const pe_goal *goals = next;
		if (!out && !given)
			goals = pe_push(pe, (pe_goal){.kind = PE_TRUE, .a = value}, goals);
		goals = push_body(pe, f, &rule->body, push_value(pe, f, rule->value, value, goals));
		for (uint32_t k = rule->nargs; k > 0 && k < call->n; k--)
			goals = push_value(pe, f, rule->args[k - 1], call->args[k], goals);
		r = pe_run(pe, goals);
	}
	return r;
}

/* ---- every ---- */

/* The frame of one turn: names of the body are its own, those before it are shared. */
static pe_frame *
turn_of(pe_state *pe, const pe_goal *g, rg_term *key, rg_term *member)
{
	pe_frame *f = pv_new(pe->cx->arena, pe_frame);
	pv_str name;
	void *var;
	size_t pos = 0;
	*f = *g->frame;
	f->query = false;
	f->vars = pv_map_new(pe->cx->arena);
	while (pv_map_each(g->frame->vars, &pos, &name, &var))
		pv_map_put(f->vars, name.s, name.len, var);
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
		return pe_unsupported(pe, "line %d: every, over what is unknown", g->expr->loc.row);
	if (all->kind != RG_ARRAY && all->kind != RG_OBJECT && all->kind != RG_SET)
		return 0;
	for (uint32_t i = all->n; i > 0; i -= each) {
		pv_val index = pv_int(i - 1);
		rg_term *key = all->kind == RG_ARRAY ? pe_value(pe, &index) : all->args[i - each];
		pe_frame *f;
		rg_term *vars[] = {pe_fresh(pe), pe_fresh(pe)};
		f = turn_of(pe, g, vars[0], vars[1]);
		next = push_body(pe, f, &g->expr->body, next);
		next = pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = vars[1], .b = all->args[i - 1]}, next);
		next = pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = vars[0], .b = key}, next);
	}
	return pe_run(pe, next);
}
