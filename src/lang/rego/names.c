#include "lang/rego/names.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/rego/compile.h"

/* ---- what is declared ---- */

static void
declare(rg_names *n, const rg_term *t)
{
	if (t->kind == RG_VAR)
		pv_map_puts(n->declared, t->name, n);
	for (uint32_t i = 0; i < t->n && t->kind != RG_VAR && t->kind != RG_REF && t->kind != RG_CALL; i++)
		declare(n, t->args[i]);
}

static void declare_body(rg_names *n, const rg_body *b);

/* Variables of closures are taken for the whole rule's: a name is local in all of it, or nowhere. */
static void
declare_inside(rg_names *n, const rg_term *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		declare_inside(n, t->args[i]);
	if (t->body)
		declare_body(n, t->body);
}

static void
declare_expr(rg_names *n, const rg_expr *e)
{
	const rg_term *t = e->term;
	for (uint32_t i = 0; i < e->nvars; i++)
		if (e->vars[i])
			declare(n, e->vars[i]);
	if (t && t->kind == RG_CALL && t->args[0]->kind == RG_VAR && t->n >= 3) {
		if (pv_streq(t->args[0]->name, "assign"))
			declare(n, t->args[1]);
		for (uint32_t i = 1; e->kind == RG_E_SOME && i + 1 < t->n; i++)
			declare(n, t->args[i]);
	}
	if (t)
		declare_inside(n, t);
	if (e->domain)
		declare_inside(n, e->domain);
	declare_body(n, &e->body);
	for (int i = 0; e->sides && i < 2; i++)
		declare_body(n, &e->sides[i].body);
}

static void
declare_body(rg_names *n, const rg_body *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		declare_expr(n, b->exprs[i]);
}

void
rg_names_of_query(rg_names *ret, const rg_program *p, pv_arena *arena, const rg_body *body)
{
	*ret = (rg_names){.program = p, .arena = arena, .declared = pv_map_new(arena)};
	declare_body(ret, body);
}

void
rg_names_of_rule(rg_names *ret, const rg_program *p, pv_arena *arena, const rg_rule *rule)
{
	*ret = (rg_names){
		.program = p, .module = rule->module, .arena = arena, .declared = pv_map_new(arena)};
	for (uint32_t i = 0; i < rule->nargs; i++)
		declare(ret, rule->args[i]);
	declare_body(ret, &rule->body);
	if (rule->value)
		declare_inside(ret, rule->value);
	if (rule->key)
		declare_inside(ret, rule->key);
}

/* ---- what a name stands for ---- */

static bool
is_root(const char *name)
{
	return pv_streq(name, "input") || pv_streq(name, "data");
}

static const rg_import *
find_import(const rg_names *n, const char *name)
{
	for (size_t i = 0; n->module && i < n->module->imports.len; i++) {
		const rg_import *im = PV_AT(rg_import, &n->module->imports, i);
		if (!im->is_switch && pv_streq(im->alias, name))
			return im;
	}
	return NULL;
}

static const rg_node *
find_rule(const rg_names *n, const char *name)
{
	const rg_node *node = n->program->root;
	pv_val key = pv_string_ref(name);
	if (!n->module)
		return NULL;
	for (uint32_t i = 1; node && i < n->module->package->n; i++)
		node = rg_node_child(node, &n->module->package->args[i]->val);
	node = node ? rg_node_child(node, &key) : NULL;
	return node && node->rules ? node : NULL;
}

static rg_term *
term_new(pv_arena *arena, uint8_t kind, uint32_t n)
{
	rg_term *t = pv_new(arena, rg_term);
	t->kind = kind;
	t->n = n;
	t->args = n ? pv_new_array(arena, rg_term *, n) : NULL;
	return t;
}

static rg_term *
node_ref(pv_arena *arena, const rg_node *node, uint32_t more)
{
	rg_term *ref = term_new(arena, RG_REF, node->depth + 1 + more);
	for (; node->parent; node = node->parent) {
		ref->args[node->depth] = term_new(arena, RG_CONST, 0);
		ref->args[node->depth]->val = node->key;
	}
	ref->args[0] = term_new(arena, RG_VAR, 0);
	ref->args[0]->name = "data";
	return ref;
}

rg_term *
rg_names_absolute(const rg_names *n, const rg_term *t)
{
	const rg_term *head = t->kind == RG_REF ? t->args[0] : t;
	uint32_t more = t->kind == RG_REF ? t->n - 1 : 0, at;
	const rg_import *im;
	const rg_node *rule;
	rg_term *ref;
	if (head->kind != RG_VAR || pv_map_finds(n->declared, head->name))
		return NULL;
	im = find_import(n, head->name);
	rule = im ? NULL : find_rule(n, head->name);
	if (is_root(head->name)) {
		ref = term_new(n->arena, RG_REF, 1 + more);
		ref->args[0] = term_new(n->arena, RG_VAR, 0);
		ref->args[0]->name = head->name;
		at = 1;
	} else if (rule) {
		at = rule->depth + 1;
		ref = node_ref(n->arena, rule, more);
	} else if (im) {
		at = im->path->n;
		ref = term_new(n->arena, RG_REF, at + more);
		memcpy(ref->args, im->path->args, at * sizeof *ref->args);
	} else {
		return NULL;
	}
	for (uint32_t i = 0; i < more; i++)
		ref->args[at + i] = t->args[i + 1];
	return ref;
}

const rg_node *
rg_names_node(const rg_program *p, const rg_term *ref, uint32_t *ret_used)
{
	const rg_node *node = p->root;
	uint32_t i = 1;
	for (; i < ref->n && !node->group && ref->args[i]->kind == RG_CONST; i++) {
		const rg_node *kid = rg_node_child(node, &ref->args[i]->val);
		if (!kid)
			break;
		node = kid;
	}
	*ret_used = i;
	return node;
}

const rg_group *
rg_names_function(const rg_names *n, const rg_term *op, const char **ret_builtin)
{
	const rg_term *ref = op->generated ? NULL : rg_names_absolute(n, op);
	uint32_t used;
	*ret_builtin = NULL;
	if (ref && pv_streq(ref->args[0]->name, "data")) {
		const rg_node *node = rg_names_node(n->program, ref, &used);
		if (node->group && node->group->kind == RG_G_FUNC && used == ref->n)
			return node->group;
	}
	*ret_builtin = rg_dotted_name(n->arena, op);
	return NULL;
}

/* ---- walking ---- */

static void
see_call(const rg_names *n, const rg_term *t, const rg_seen *seen)
{
	const char *builtin;
	const rg_group *g = rg_names_function(n, t->args[0], &builtin);
	if (g && seen->function)
		seen->function(seen->arg, g);
	if (!g && seen->builtin)
		seen->builtin(seen->arg, builtin);
	for (uint32_t i = 1; i < t->n; i++)
		rg_names_term(n, t->args[i], seen);
}

void
rg_names_term(const rg_names *n, const rg_term *t, const rg_seen *seen)
{
	const rg_term *ref;
	if (t->kind == RG_CALL) {
		see_call(n, t, seen);
		return;
	}
	ref = t->kind == RG_VAR || t->kind == RG_REF ? rg_names_absolute(n, t) : NULL;
	if (ref)
		seen->ref(seen->arg, ref);
	for (uint32_t i = t->kind == RG_REF && ref ? 1 : 0; i < t->n; i++)
		rg_names_term(n, t->args[i], seen);
	if (t->body)
		rg_names_body(n, t->body, seen);
}

void
rg_names_expr(const rg_names *n, const rg_expr *e, const rg_seen *seen)
{
	if (e->term)
		rg_names_term(n, e->term, seen);
	if (e->domain)
		rg_names_term(n, e->domain, seen);
	rg_names_body(n, &e->body, seen);
	for (int i = 0; e->sides && i < 2; i++)
		rg_names_body(n, &e->sides[i].body, seen);
	for (uint32_t i = 0; i < e->nwith; i++)
		rg_names_term(n, e->with[i].value, seen);
}

void
rg_names_body(const rg_names *n, const rg_body *b, const rg_seen *seen)
{
	for (uint32_t i = 0; i < b->n; i++)
		rg_names_expr(n, b->exprs[i], seen);
}

void
rg_names_rule(const rg_program *p, pv_arena *arena, const rg_rule *rule, const rg_seen *seen)
{
	for (; rule; rule = rule->orelse) {
		rg_names n;
		rg_names_of_rule(&n, p, arena, rule);
		if (rule->key)
			rg_names_term(&n, rule->key, seen);
		if (rule->value)
			rg_names_term(&n, rule->value, seen);
		for (uint32_t i = 0; i < rule->nargs; i++)
			rg_names_term(&n, rule->args[i], seen);
		for (uint32_t i = 1; rule->ref->kind == RG_REF && i < rule->ref->n; i++)
			rg_names_term(&n, rule->ref->args[i], seen);
		rg_names_body(&n, &rule->body, seen);
	}
}
