/* tree: the tree of documents under `data`: packages, rules by their constant
 * path, and which rules make one document together (a group). */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/compile.h"

/* Names, nearly always. */
static int
compare(const pv_val *a, const pv_val *b)
{
	if (a->type != PV_STRING || b->type != PV_STRING)
		return pv_cmp(a, b);
	int r = memcmp(a->s, b->s, a->len < b->len ? a->len : b->len);
	return r ? r : (a->len > b->len) - (a->len < b->len);
}

rg_node *
rg_node_child(const rg_node *node, const pv_val *key)
{
	for (uint32_t lo = 0, hi = node->n; lo < hi;) {
		uint32_t mid = lo + (hi - lo) / 2;
		int r = compare(&node->kids[mid]->key, key);
		if (r == 0)
			return node->kids[mid];
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static void
add_name(pv_buf *b, const rg_node *node)
{
	if (!node->parent) {
		pv_buf_adds(b, "data");
		return;
	}
	add_name(b, node->parent);
	if (node->key.type == PV_STRING)
		pv_buf_printf(b, ".%s", node->key.s);
	else
		pv_buf_printf(b, "[%lld]", (long long)pv_i64(&node->key, 0));
}

const char *
rg_node_name(pv_arena *arena, const rg_node *node)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	add_name(&b, node);
	return b.s;
}

rg_node *
rg_node_make(pv_arena *arena, rg_node *node, const pv_val *key)
{
	rg_node *kid = rg_node_child(node, key);
	if (kid)
		return kid;
	if (node->n == node->cap) {
		node->cap = node->cap ? node->cap * 2 : 4;
		rg_node **more = pv_new_array(arena, rg_node *, node->cap);
		if (node->n)
			memcpy(more, node->kids, node->n * sizeof *more);
		node->kids = more;
	}
	kid = pv_new(arena, rg_node);
	kid->key = *key;
	kid->parent = node;
	kid->depth = node->depth + 1;
	uint32_t at = node->n++;
	for (; at > 0 && compare(&node->kids[at - 1]->key, key) > 0; at--)
		node->kids[at] = node->kids[at - 1];
	node->kids[at] = kid;
	return kid;
}

rg_node *
rg_tree_package(rg_program *p, const rg_module *m)
{
	rg_node *node = p->root;
	for (uint32_t i = 1; i < m->package->n; i++)
		node = rg_node_make(p->arena, node, &m->package->args[i]->val);
	node->package = true;
	return node;
}

static rg_group *
group_at(rg_program *p, rg_node *node)
{
	if (!node->group) {
		rg_group *g = pv_new(p->arena, rg_group);
		g->node = node;
		g->id = (uint32_t)p->groups.len;
		pv_vec_init(&g->rules, p->arena, sizeof(rg_rule *));
		pv_vec_init(&g->deps, p->arena, sizeof(rg_dep));
		pv_vec_push(&p->groups, &g);
		node->group = g;
	}
	return node->group;
}

/* The node of the head's constant prefix; *ret_whole: nothing is left behind it. */
static rg_node *
rule_node(rg_program *p, rg_node *package, const rg_rule *r, bool *ret_whole)
{
	pv_val name = pv_string_ref(r->ref->args[0]->name);
	rg_node *node = rg_node_make(p->arena, package, &name);
	uint32_t i = 1;
	node->rules = true;
	for (; i < r->ref->n && r->ref->args[i]->kind == RG_CONST; i++)
		node = rg_node_make(p->arena, node, &r->ref->args[i]->val);
	*ret_whole = i == r->ref->n;
	return node;
}

static void
conflict(rg_errors *e, const rg_rule *r, const char *fmt, const rg_group *g)
{
	const char *dot = strstr(fmt, "%s");
	rg_error_add(e, r->module->name, &r->loc, "rego_type_error", "%.*s%s%s", (int)(dot - fmt), fmt,
		     rg_node_name(e->cx->arena, g->node), dot + 2);
}

static void
add_rule(rg_program *p, rg_errors *e, rg_node *package, rg_rule *r)
{
	bool whole;
	rg_node *node = rule_node(p, package, r, &whole);
	rg_group *g = group_at(p, node);
	bool dynamic = !whole;
	uint8_t kind = dynamic               ? RG_G_OBJECT
		       : r->is_func          ? RG_G_FUNC
		       : r->kind == RG_MULTI ? RG_G_SET
					     : RG_G_COMPLETE;
	if (dynamic && r->is_func) {
		conflict(e, r, "rule %s: functions may not have variables in their names", g);
		return;
	}
	if (g->rules.len == 0) {
		g->kind = kind;
		g->arity = r->nargs;
	} else if (g->kind != kind || g->arity != r->nargs) {
		conflict(e, r, "conflicting rules %s found", g);
		return;
	}
	for (size_t i = 0; r->is_default && i < g->rules.len; i++)
		if ((*PV_AT(rg_rule *, &g->rules, i))->is_default)
			conflict(e, r, "multiple default rules %s found", g);
	pv_vec_push(&g->rules, &r);
}

/* All rules below a document with variable keys belong to it. */
static void
absorb(rg_node *node, rg_group *into)
{
	for (uint32_t i = 0; i < node->n; i++) {
		rg_node *kid = node->kids[i];
		for (size_t k = 0; kid->group && k < kid->group->rules.len; k++)
			pv_vec_push(&into->rules, PV_AT(rg_rule *, &kid->group->rules, k));
		if (kid->group)
			kid->group->rules.len = 0;
		kid->group = NULL;
		absorb(kid, into);
	}
	node->n = 0;
}

/* Can one key be evaluated without the others?  Not where `else` follows: whether it
 * counts depends on all keys. */
static bool
members_stand_alone(const rg_group *g)
{
	if (g->kind != RG_G_SET && g->kind != RG_G_OBJECT)
		return false;
	for (size_t i = 0; i < g->rules.len; i++)
		if ((*PV_AT(rg_rule *, &g->rules, i))->orelse)
			return false;
	return true;
}

static void
settle(rg_node *node, rg_errors *e)
{
	rg_group *g = node->group;
	if (g && node->n) {
		if (g->kind == RG_G_OBJECT) {
			absorb(node, g);
		} else {
			const rg_rule *r = *PV_AT(rg_rule *, &g->rules, 0);
			conflict(e, r,
				 node->package ? "package %s conflicts with a rule of that name"
					       : "rule %s conflicts with rules below it",
				 g);
		}
	} else if (g && node->package) {
		conflict(e, *PV_AT(rg_rule *, &g->rules, 0), "package %s conflicts with a rule of that name",
			 g);
	}
	if (g)
		g->keyed = members_stand_alone(g);
	for (uint32_t i = 0; i < node->n; i++)
		settle(node->kids[i], e);
}

static void
check_name(rg_errors *e, const rg_rule *r)
{
	const char *name = r->ref->args[0]->name;
	if (r->module->v1 && (strcmp(name, "input") == 0 || strcmp(name, "data") == 0))
		rg_error_add(e, r->module->name, &r->loc, "rego_compile_error",
			     "rules must not shadow %s (use a different rule name)", name);
}

/* What walks the tree goes as deep as its paths are long. */
static bool
short_enough(rg_errors *e, const rg_module *m, const rg_loc *loc, uint32_t n)
{
	if (n > RG_DEPTH)
		rg_error_add(e, m->name, loc, "rego_compile_error",
			     "a path of %u names: expected at most %d, with those of the package", n,
			     RG_DEPTH);
	return n <= RG_DEPTH;
}

void
rg_tree_build(rg_program *p, rg_errors *e)
{
	p->root = pv_new(p->arena, rg_node);
	for (size_t i = 0; i < p->modules.len; i++) {
		rg_module *m = *PV_AT(rg_module *, &p->modules, i);
		if (!short_enough(e, m, &m->package->loc, m->package->n - 1))
			continue;
		rg_node *package = rg_tree_package(p, m);
		for (size_t k = 0; k < m->rules.len; k++) {
			rg_rule *r = *PV_AT(rg_rule *, &m->rules, k);
			check_name(e, r);
			if (short_enough(e, m, &r->loc, m->package->n - 1 + r->ref->n))
				add_rule(p, e, package, r);
		}
	}
	settle(p->root, e);
}

/* ---- recursion ---- */

typedef struct visit {
	rg_program *program;
	rg_group *from;
	const char *file;
	pv_vec path; /* rg_group * */
	rg_errors *errors;
	pv_ctx *cx;
	bool found;
} visit;

static void visit_group(visit *v, rg_group *g);

/* All rules that the path may lead to. */
static void
visit_node(visit *v, const rg_node *node, rg_term *const *rest, uint32_t n)
{
	if (v->found)
		return;
	if (node->group) {
		visit_group(v, node->group);
		return;
	}
	for (uint32_t i = 0; i < node->n; i++) {
		const rg_node *kid = node->kids[i];
		if (n > 0 && rest[0]->kind == RG_CONST && !pv_eq(&rest[0]->val, &kid->key))
			continue;
		visit_node(v, kid, n ? rest + 1 : NULL, n ? n - 1 : 0);
	}
}

static void
report_cycle(visit *v, rg_group *g)
{
	const char *name = rg_node_name(v->cx->arena, g->node);
	pv_buf chain;
	bool in = false;
	const rg_rule *r = *PV_AT(rg_rule *, &g->rules, 0);
	pv_buf_init(&chain, v->cx->arena);
	for (size_t i = 0; i < v->path.len; i++) {
		const rg_group *x = *PV_AT(rg_group *, &v->path, i);
		in = in || x == g;
		if (in)
			pv_buf_printf(&chain, "%s -> ", rg_node_name(v->cx->arena, x->node));
	}
	rg_error_add(v->errors, r->module->name, &r->loc, "rego_recursion_error",
		     "rule %s is recursive: %s%s", name, chain.s, name);
	v->found = true;
}

enum { NEW, OPEN, DONE };

/* Depth is bounded by RG_CHAIN: a longer chain of rules is refused as too deep. */
#define RG_CHAIN 5000

static void
visit_group(visit *v, rg_group *g)
{
	if (g->mark == DONE || v->found || g->rules.len == 0)
		return;
	if (g->mark == OPEN) {
		report_cycle(v, g);
		return;
	}
	if (v->path.len > RG_CHAIN) {
		const rg_rule *r = *PV_AT(rg_rule *, &g->rules, 0);
		rg_error_add(v->errors, r->module->name, &r->loc, "rego_compile_error",
			     "rules depend on each other more than %d deep", RG_CHAIN);
		v->found = true;
		return;
	}
	g->mark = OPEN;
	pv_vec_push(&v->path, &g);
	for (size_t i = 0; i < g->deps.len; i++) {
		const rg_dep *d = PV_AT(rg_dep, &g->deps, i);
		visit_node(v, d->node, d->rest, d->n);
	}
	pv_vec_pop(&v->path);
	pv_vec_push(&v->program->order, &g);
	g->mark = DONE;
}

void
rg_tree_check(rg_program *p, rg_errors *e)
{
	for (size_t i = 0; i < p->groups.len; i++) {
		visit v = {.program = p, .errors = e, .cx = e->cx};
		pv_vec_init(&v.path, e->cx->arena, sizeof(rg_group *));
		visit_group(&v, *PV_AT(rg_group *, &p->groups, i));
	}
}
