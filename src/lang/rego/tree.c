/* tree: the tree of documents under `data`: packages, rules by their constant
 * path, and which rules make one document together (a group). */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/compile.h"
#include "lang/rego/lex.h"

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

void
pv_rego_put_key(pv_buf *b, const pv_val *key)
{
	bool string = key->type == PV_STRING;
	pv_val v;
	if (string && rg_is_name(pv_strv(key)) && !rg_word_of(key->s, key->len)) {
		pv_buf_addc(b, '.');
		pv_buf_add(b, key->s, key->len);
		return;
	}
	pv_buf_addc(b, '[');
	if (string) {
		pv_buf_add_json(b, key->s, key->len);
	} else {
		v = pv_rego_json(b->arena, key);
		pv_rego_write(b, &v, NULL, true);
	}
	pv_buf_addc(b, ']');
}

static void
add_name(pv_buf *b, const rg_node *node)
{
	if (!node->parent) {
		pv_buf_adds(b, "data");
		return;
	}
	add_name(b, node->parent);
	pv_rego_put_key(b, &node->key);
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
		pv_vec_init(&g->parts, p->arena, sizeof(rg_group *));
		pv_vec_push(&p->groups, &g);
		node->group = g;
	}
	return node->group;
}

const rg_rule *
rg_group_rule(const rg_group *g, size_t i)
{
	return *PV_AT(const rg_rule *, &g->rules, i);
}

uint32_t
rg_rule_length(const rg_rule *r)
{
	return r->module->package->n - 1 + r->ref->n;
}

rg_term *
rg_rule_key(pv_arena *arena, const rg_rule *r, uint32_t depth)
{
	uint32_t package = r->module->package->n;
	if (depth < package)
		return r->module->package->args[depth];
	if (depth > package)
		return r->ref->args[depth - package];
	rg_term *name = pv_new(arena, rg_term);
	name->kind = RG_CONST;
	name->loc = r->ref->args[0]->loc;
	name->val = pv_string_ref(r->ref->args[0]->name);
	return name;
}

bool
rg_rule_goes(const rg_rule *r, uint32_t depth, const pv_val *key)
{
	uint32_t package = r->module->package->n;
	if (depth == package)
		return pv_streq(pv_text(key, NULL), r->ref->args[0]->name);
	const rg_term *t = depth < package ? r->module->package->args[depth] : r->ref->args[depth - package];
	return t->kind != RG_CONST || pv_eq(&t->val, key);
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
		rg_error_add(e, r->module->name, &r->loc, "rego_type_error",
			     "rule %s: functions may not have variables in their names",
			     rg_node_name(e->cx->arena, node));
		return;
	}
	if (g->rules.len == 0) {
		g->kind = kind;
		g->arity = r->nargs;
	}
	g->whole = g->whole || whole;
	g->mixed = g->mixed || g->kind != kind || g->arity != r->nargs ||
		   (g->rules.len && rg_group_rule(g, 0)->kind != r->kind);
	pv_vec_push(&g->rules, &r);
	for (; r; r = r->orelse)
		r->part = g;
}

/* All rules below a document with variable keys belong to it; their nodes stay, for names to resolve and
 * to tell which of them read each other. */
static void
absorb(const rg_node *node, rg_group *into)
{
	for (uint32_t i = 0; i < node->n; i++) {
		rg_group *part = node->kids[i]->group;
		for (size_t k = 0; part && k < part->rules.len; k++)
			pv_vec_push(&into->rules, PV_AT(rg_rule *, &part->rules, k));
		if (part) {
			part->into = into;
			pv_vec_push(&into->parts, &part);
		}
		absorb(node->kids[i], into);
	}
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
settle(rg_node *node)
{
	rg_group *g = node->group;
	if (g && g->kind == RG_G_OBJECT)
		absorb(node, g);
	if (g)
		g->keyed = members_stand_alone(g);
	for (uint32_t i = 0; !g && i < node->n; i++)
		settle(node->kids[i]);
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
	rg_metadata_check_once(p, e);
	if (e->n == 0)
		rg_conflicts_check(p, e);
	if (e->n == 0)
		settle(p->root);
}
