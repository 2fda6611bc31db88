/* conflicts: rules, and packages, of which no one document can be made. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/compile.h"

/* As its author wrote it. */
static void
put_name(pv_buf *b, const rg_rule *r)
{
	pv_buf_adds(b, r->ref->args[0]->name);
	for (uint32_t i = 1; i < r->ref->n; i++) {
		const rg_term *t = r->ref->args[i];
		if (t->kind == RG_CONST)
			pv_rego_put_key(b, &t->val);
		else
			pv_buf_printf(b, "[%s]", t->kind == RG_VAR ? t->name : "_");
	}
}

static const char *
rule_name(pv_arena *arena, const rg_rule *r)
{
	const rg_term *package = r->module->package;
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "data");
	for (uint32_t i = 1; i < package->n; i++)
		pv_rego_put_key(&b, &package->args[i]->val);
	pv_buf_addc(&b, '.');
	put_name(&b, r);
	return b.s;
}

/* The first rule that counts; NULL: none. */
static const rg_rule *
first_rule(const rg_group *g, bool functions)
{
	for (size_t i = 0; g && i < g->rules.len; i++)
		if (!functions || rg_group_rule(g, i)->is_func)
			return rg_group_rule(g, i);
	return NULL;
}

/* The nearest documents. */
static void
list_below(pv_buf *b, const rg_node *node, bool functions)
{
	for (uint32_t i = 0; i < node->n && b->len < RG_LISTED; i++) {
		const rg_rule *r = first_rule(node->kids[i]->group, functions);
		if (r)
			pv_buf_printf(b, "\n  rule %s at %s:%d", rule_name(b->arena, r), r->module->name,
				      r->loc.row);
		else
			list_below(b, node->kids[i], functions);
	}
}

static bool
is_package(const rg_program *p, const rg_module *m, const rg_node *node)
{
	const rg_node *at = p->root;
	for (uint32_t i = 1; at && i < m->package->n; i++)
		at = rg_node_child(at, &m->package->args[i]->val);
	return at == node;
}

static const char *
defaults(pv_arena *arena, const rg_group *g)
{
	pv_buf b;
	int n = 0;
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < g->rules.len && b.len < RG_LISTED; i++) {
		const rg_rule *r = rg_group_rule(g, i);
		if (r->is_default)
			pv_buf_printf(&b, "%s%s:%d", n++ ? ", " : "", r->module->name, r->loc.row);
	}
	return n > 1 ? b.s : NULL;
}

/* No package is what a rule without variables in its name makes. */
static void
check_packages(const rg_program *p, rg_errors *e, const rg_node *node)
{
	const rg_group *g = node->group;
	for (size_t i = 0; g && g->whole && node->package && i < p->modules.len; i++) {
		const rg_module *m = *PV_AT(rg_module *, &p->modules, i);
		for (size_t k = 0; is_package(p, m, node) && k < g->rules.len && !rg_errors_full(e); k++) {
			const rg_rule *r = rg_group_rule(g, k);
			pv_buf name;
			pv_buf_init(&name, e->cx->arena);
			put_name(&name, r);
			rg_error_add(e, r->module->name, &r->module->loc, "rego_type_error",
				     "package %s conflicts with rule %s defined at %s:%d",
				     rg_node_name(e->cx->arena, node) + strlen("data."), name.s,
				     r->module->name, r->loc.row);
		}
	}
	for (uint32_t i = 0; i < node->n; i++)
		check_packages(p, e, node->kids[i]);
}

static void
conflict(rg_errors *e, const rg_group *g, const rg_loc *loc, const char *before, const char *behind)
{
	const rg_rule *first = rg_group_rule(g, 0), *last = rg_group_rule(g, g->rules.len - 1);
	rg_error_add(e, first->module->name, loc ? loc : &first->loc, "rego_type_error", "%s %s %s", before,
		     rule_name(e->cx->arena, last), behind);
}

/* What makes no document: rules of one name that differ, other rules below them. */
static void
check_group(rg_errors *e, const rg_node *node)
{
	const rg_group *g = node->group;
	const char *twice;
	pv_buf below;
	pv_buf_init(&below, e->cx->arena);
	list_below(&below, node, !g->whole);
	if (below.len)
		conflict(e, g, NULL, "rule", pv_printf(e->cx->arena, "conflicts with:%s", below.s));
	else if (g->mixed)
		conflict(e, g, NULL, "conflicting rules", "found");
	else if ((twice = defaults(e->cx->arena, g)) != NULL)
		conflict(e, g, &rg_group_rule(g, 0)->module->loc, "multiple default rules",
			 pv_printf(e->cx->arena, "found at %s", twice));
}

static void
check_rules(rg_errors *e, const rg_node *node)
{
	if (node->group)
		check_group(e, node);
	for (uint32_t i = 0; i < node->n; i++)
		check_rules(e, node->kids[i]);
}

void
rg_conflicts_check(const rg_program *p, rg_errors *e)
{
	check_rules(e, p->root);
	check_packages(p, e, p->root);
}
