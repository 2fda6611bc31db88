/* partial_keep: rules that cannot be solved in the place of their references: they are kept, partially
 * evaluated, in modules of their own (below data.partial), and the reference leads there. */
#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/rego/partial.h"

/* The module of a package, data.a as data.partial.a. */
static rg_module *
module_of(pe_state *pe, const rg_term *package)
{
	rg_module *m;
	for (size_t i = 0; i < pe->kept.len; i++) {
		m = *PV_AT(rg_module *, &pe->kept, i);
		if (m->package->n == package->n && pe_same(pe, m->package, package))
			return m;
	}
	m = pv_new(pe->cx->arena, rg_module);
	m->package = (rg_term *)(uintptr_t)package;
	m->v1 = true;
	m->keywords = RG_KW_V1;
	m->name = "";
	pv_vec_init(&m->imports, pe->cx->arena, sizeof(rg_import));
	pv_vec_init(&m->notes, pe->cx->arena, sizeof(rg_note));
	pv_vec_init(&m->rules, pe->cx->arena, sizeof(rg_rule *));
	pv_vec_push(&pe->kept, &m);
	return m;
}

/* What changes the syntax of the rule's module does so here. */
static void
add_switches(pe_state *pe, rg_module *m, const rg_rule *rule)
{
	for (size_t i = 0; i < rule->module->imports.len; i++) {
		const rg_import *import = PV_AT(rg_import, &rule->module->imports, i);
		bool known = !import->is_switch;
		for (size_t k = 0; k < m->imports.len && !known; k++)
			known = pe_same(pe, PV_AT(rg_import, &m->imports, k)->path, import->path);
		if (!known)
			pv_vec_push(&m->imports, import);
	}
}

static bool
same_body(pe_state *pe, const rg_body *a, const rg_body *b)
{
	for (uint32_t i = 0; i < a->n && i < b->n; i++) {
		const rg_expr *x = a->exprs[i], *y = b->exprs[i];
		if (x->kind != RG_E_TERM || y->kind != RG_E_TERM || x->negated != y->negated || x->nwith ||
		    y->nwith || !pe_same(pe, x->term, y->term) || !pe_same(pe, y->term, x->term))
			return false;
	}
	return a->n == b->n;
}

/* The rule with one of the solutions of its body; head: keys, then what it is worth. */
static void
add_rule(pe_state *pe, rg_module *m, const rg_group *g, const rg_rule *rule, const pe_found *found)
{
	rg_rule *new = pv_new(pe->cx->arena, rg_rule);
	const rg_term *head = found->head;
	new->module = m;
	new->kind = rule->kind;
	new->is_default = rule->is_default;
	new->implied_value = true; /* it is nobody's text */
	new->body = found->body;
	new->has_body = found->body.n > 0;
	new->ref = pe_term(pe, RG_REF, head->n);
	new->ref->args[0] = pe_term(pe, RG_VAR, 0);
	new->ref->args[0]->name = g->node->key.s;
	for (uint32_t i = 0; i + 1 < head->n; i++)
		new->ref->args[i + 1] = head->args[i];
	if (rule->kind == RG_MULTI)
		new->key = head->args[head->n - 1];
	else
		new->value = head->args[head->n - 1];
	for (size_t i = 0; i < m->rules.len; i++) {
		const rg_rule *old = *PV_AT(rg_rule *, &m->rules, i);
		const rg_term *a = old->key ? old->key : old->value, *b = new->key ? new->key : new->value;
		if (old->is_default == new->is_default &&
		    old->ref->n == new->ref->n &&pe_same(pe, old->ref, new->ref) && pe_same(pe, a, b) &&
		    pe_same(pe, b, a) && same_body(pe, &old->body, &new->body))
			return;
	}
	pv_vec_push(&m->rules, &new);
	add_switches(pe, m, rule);
}

static int
keep_rule(pe_state *pe, rg_module *m, const rg_group *g, const rg_rule *rule)
{
	uint32_t n = rule->ref->kind == RG_REF ? rg_rule_length(rule) - g->node->depth : 0;
	pe_frame *f = pe_frame_new(pe, rule, NULL);
	rg_term *head = pe_term(pe, RG_ARRAY, n + 1);
	const pe_goal *goals = NULL;
	pv_vec found;
	for (uint32_t i = head->n; i > 0; i--) {
		const rg_term *t = i < head->n ? rg_rule_key(pe->cx->arena, rule, g->node->depth + i)
				   : rule->kind == RG_MULTI ? rule->key
							    : rule->value;
		head->args[i - 1] = pe_fresh(pe);
		goals = pe_push_value(pe, f, t, head->args[i - 1], goals);
	}
	int r = pe_inside(pe, pe_push_body(pe, f, &rule->body, goals), head, &found);
	for (size_t i = 0; r == 0 && i < found.len; i++)
		add_rule(pe, m, g, rule, PV_AT(pe_found, &found, i));
	return r;
}

/* No rule has a solution: its document is empty then, or not there. */
static bool
has_rules(const rg_module *m, const rg_group *g)
{
	for (size_t i = 0; i < m->rules.len; i++)
		if (pv_streq((*PV_AT(const rg_rule *, &m->rules, i))->ref->args[0]->name, g->node->key.s))
			return true;
	return false;
}

int
pe_keep(pe_state *pe, const rg_group *g, rg_term **ret)
{
	rg_term *path = pe_node_ref(pe, g->node), *ref = pe_term(pe, RG_REF, path->n + 1),
		*package = pe_term(pe, RG_REF, path->n);
	pv_val name = pv_string_ref("partial");
	int r = 0;
	ref->args[0] = path->args[0];
	ref->args[1] = pe_value(pe, &name);
	for (uint32_t i = 1; i < path->n; i++)
		ref->args[i + 1] = path->args[i];
	for (uint32_t i = 0; i < package->n; i++)
		package->args[i] = ref->args[i];
	rg_module *m = module_of(pe, package);
	for (size_t i = 0; r == 0 && i < g->rules.len && !pe->keeps[g->id]; i++)
		r = keep_rule(pe, m, g, *PV_AT(const rg_rule *, &g->rules, i));
	pe->keeps[g->id] = 1;
	*ret = has_rules(m, g) || g->kind == RG_G_COMPLETE
		       ? ref
		       : pe_term(pe, g->kind == RG_G_SET ? RG_SET : RG_OBJECT, 0);
	return r;
}

bool
pe_apart(pe_state *pe, const rg_node *node)
{
	const rg_term *ref = pe_node_ref(pe, node);
	for (size_t i = 0; i < pe->apart.len; i++) {
		const rg_term *prefix = *PV_AT(rg_term *, &pe->apart, i);
		if (prefix->n <= ref->n && pe_same(pe, prefix, ref))
			return true;
	}
	return pe->shallow;
}
