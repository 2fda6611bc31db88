/* clause: rules and queries -> code. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/compile.h"

/* ---- rules ---- */

/* Arguments: a plain new variable is its register; all else is matched first. */
static void
lower_args(rg_unit *u, const rg_rule *r, rg_goals *goals)
{
	for (uint32_t i = 0; i < r->nargs; i++)
		rg_var_new(u, NULL, NULL);
	for (uint32_t i = 0; i < r->nargs && !u->full; i++) {
		const rg_term *t = r->args[i];
		if (t->kind != RG_VAR || t->generated || rg_var_find(u, t->name) >= 0)
			continue;
		rg_binding *b = pv_vec_add(&u->scope);
		*b = (rg_binding){.name = t->name, .slot = (int32_t)i, .level = u->level};
		rg_var *v = PV_AT(rg_var, &u->vars, i);
		v->name = t->name;
		v->loc = &t->loc;
		v->used = v->argument = true;
	}
	u->out = goals;
	for (uint32_t i = 0; i < r->nargs; i++) {
		const rg_term *t = r->args[i];
		if (t->kind == RG_VAR && (t->generated || rg_var_find(u, t->name) == (int32_t)i))
			continue;
		rg_pat *p = rg_lower_arg(u, t);
		rg_lower_unify(u, &t->loc, rg_pat_var(u, (int32_t)i), p);
	}
	u->out = NULL;
}

static bool
is_true_const(const rg_rule *r)
{
	return r->value && r->value->kind == RG_CONST;
}

static void
lower_head(rg_unit *u, const rg_rule *r, rg_goals *goals, rg_head *head)
{
	const rg_group *g = u->group;
	uint32_t first = g->node->depth + 1, n = 0;
	uint32_t rest = g->kind == RG_G_OBJECT ? rg_rule_length(r) + 1 - first : 0;
	const rg_term *last = r->kind == RG_MULTI ? r->key : r->value;
	u->out = goals;
	head->pats = pv_new_array(u->arena, rg_pat *, rest + 1);
	for (uint32_t i = 0; i < rest; i++)
		head->pats[n++] = rg_lower_term(u, rg_rule_key(u->arena, r, first + i));
	head->pats[n++] = rg_lower_term(u, last);
	head->n = n;
	head->nargs = r->nargs;
	head->kind = g->kind == RG_G_OBJECT ? OP_RETPATH : g->kind == RG_G_SET ? OP_RETSET : OP_RETURN;
	head->into_set = r->kind == RG_MULTI;
	u->out = NULL;
}

/* The head's first key equals the one asked for: as the first goal, so that it binds
 * the key before anything iterates over it.  One solution answers for a set. */
static void
match_key(rg_unit *u, const rg_rule *r, rg_goals *goals, rg_head *head)
{
	rg_goals all;
	pv_vec_init(&all.list, u->arena, sizeof(rg_goal *));
	u->out = &all;
	rg_lower_unify(u, &r->loc, head->pats[0], rg_pat_var(u, 0));
	u->out = NULL;
	for (size_t i = 0; i < goals->list.len; i++)
		pv_vec_push(&all.list, PV_AT(rg_goal *, &goals->list, i));
	*goals = all;
	head->nargs = 1;
	if (head->kind == OP_RETSET) {
		head->kind = OP_RETURN;
		head->final = true;
		head->pats[0] = rg_pat_var(u, 0);
	}
}

/* What is given out is known by then. */
static void
check_bound(rg_unit *u, const rg_loc *loc, rg_pat *const *pats, size_t n, const uint64_t *bound)
{
	rg_bits used = rg_bits_new(u);
	for (size_t i = 0; i < n; i++)
		rg_pat_bind(pats[i], used);
	for (size_t s = 0; s < u->vars.len; s++) {
		const rg_var *v = PV_AT(rg_var, &u->vars, s);
		uint64_t bit = UINT64_C(1) << (s % 64);
		if ((used[s / 64] & bit) && !(bound[s / 64] & bit) && v->name)
			rg_unit_error(u, loc, "rego_unsafe_var_error", "var %s is unsafe",
				      v->wildcard ? "_" : v->name);
	}
}

/* The code of one body; keyed: register 0 holds the key that is asked for. */
static void
compile_body(rg_program *p, rg_errors *e, rg_group *g, const rg_rule *r, bool keyed, rg_clause *c)
{
	rg_unit *u = pv_new(p->arena, rg_unit);
	rg_goals *goals = pv_new(p->arena, rg_goals);
	rg_head *head = pv_new(p->arena, rg_head);
	int before = e->n;
	pv_arena_reset(p->scratch);
	rg_unit_init(u, p, p->arena, e, r->module, g, r);
	u->package = rg_tree_package(p, r->module);
	pv_vec_init(&goals->list, p->arena, sizeof(rg_goal *));
	u->level = 1;
	if (keyed)
		rg_var_new(u, NULL, NULL);
	lower_args(u, r, goals);
	rg_lower_body(u, &r->body, goals, false);
	u->step = (uint16_t)u->steps.len;
	lower_head(u, r, goals, head);
	if (keyed)
		match_key(u, r, goals, head);
	rg_scope_leave(u);
	if (u->full)
		return;
	u->words = (uint32_t)u->vars.len / 64 + 1;
	rg_analyse(u, goals);
	rg_bits bound = rg_bits_new(u);
	for (uint32_t i = 0; i < head->nargs; i++)
		bound[i / 64] |= UINT64_C(1) << (i % 64);
	if (e->n == before && rg_order(u, goals, bound, true))
		check_bound(u, &r->loc, head->pats, head->n, bound);
	if (e->n != before)
		return;
	if (!keyed)
		rg_find_guards(u, goals, c);
	*(keyed ? &c->keyed_draft : &c->draft) = (rg_draft){u, goals, head};
	*(keyed ? &c->keyed : &c->code) = rg_code_of(u);
}

static rg_clause *
compile_rule(rg_program *p, rg_errors *e, rg_group *g, const rg_rule *r)
{
	rg_clause *c = pv_new(p->arena, rg_clause);
	int before = e->n;
	c->rule = r;
	c->at = g->n;
	compile_body(p, e, g, r, false, c);
	if (g->keyed && e->n == before)
		compile_body(p, e, g, r, true, c);
	return c;
}

void
rg_compile_group(rg_program *p, rg_errors *e, rg_group *g)
{
	int before = e->n;
	g->clauses = pv_new_array(p->arena, rg_clause *, g->rules.len + 1);
	g->same = g->kind == RG_G_COMPLETE || g->kind == RG_G_FUNC;
	const pv_val *same = NULL;
	for (size_t i = 0; i < g->rules.len; i++) {
		const rg_rule *r = *PV_AT(rg_rule *, &g->rules, i);
		rg_clause *c = compile_rule(p, e, g, r);
		if (r->is_default) {
			g->otherwise = c;
			continue;
		}
		g->clauses[g->n++] = c;
		for (const rg_rule *x = r; x; x = x->orelse) {
			if (!is_true_const(x) || (same && !pv_eq(same, &x->value->val)))
				g->same = false;
			else
				same = &x->value->val;
			if (x->orelse) {
				c->orelse = compile_rule(p, e, g, x->orelse);
				c = c->orelse;
			}
		}
	}
	if (e->n == before)
		rg_index_clauses(p->arena, g);
}

/* ---- queries ---- */

static bool
iterates(const rg_term *t)
{
	const rg_builtin *b;
	if (t->body)
		return false;
	if (t->kind == RG_CALL && t->args[0]->kind == RG_VAR &&
	    (b = rg_builtin_find(t->args[0]->name)) != NULL && (b->flags & RG_B_RELATION))
		return true;
	for (uint32_t i = 0; i < t->n; i++)
		if ((t->kind == RG_REF && i > 0 && t->args[i]->kind == RG_VAR) || iterates(t->args[i]))
			return true;
	return false;
}

static void
query_exprs(rg_unit *u, const rg_body *body, rg_goals *goals, rg_pat **values)
{
	bool lenient = body->n == 1 && body->exprs[0]->term && !iterates(body->exprs[0]->term);
	u->out = goals;
	for (uint32_t i = 0; i < body->n && !u->full; i++) {
		values[i] = rg_pat_const(u, pv_bool(true));
		u->capture = body->exprs[i]->negated ? NULL : &values[i];
		u->lenient = lenient;
		rg_lower_expr(u, body->exprs[i]);
	}
	u->capture = NULL;
	u->out = NULL;
}

/* Named variables of the query itself (not of closures), in order of appearance. */
static uint32_t
query_names(rg_unit *u, rg_bits bound, const char **names, rg_pat **pats)
{
	uint32_t n = 0;
	for (size_t s = 0; s < u->vars.len; s++) {
		const rg_var *v = PV_AT(rg_var, &u->vars, s);
		if (!v->name || v->wildcard || !((bound[s / 64] >> (s % 64)) & 1))
			continue;
		names[n] = v->name;
		pats[n++] = rg_pat_var(u, (int32_t)s);
	}
	return n;
}

/* The package's node, which a query must not make. */
static rg_node *
package_of(const rg_program *p, const rg_module *m)
{
	rg_node *node = p->root;
	for (uint32_t i = 1; node && i < m->package->n; i++)
		node = rg_node_child(node, &m->package->args[i]->val);
	return node;
}

int
rg_compile_query(pv_ctx *cx, rg_program *p, pv_arena *arena, const rg_body *body, pv_str text,
		 const rg_module *within, rg_query_code *ret)
{
	rg_unit u;
	rg_goals goals;
	rg_errors e;
	pv_vec deps;
	rg_errors_init(&e, cx);
	rg_unit_init(&u, p, arena, &e, NULL, NULL, NULL);
	pv_vec_init(&deps, arena, sizeof(rg_dep));
	u.deps = &deps;
	u.offline = p->alone || (p->offline && text.len); /* without a text: a piece of anything, in part */
	u.imports = within ? &within->imports : NULL;
	u.package = within ? package_of(p, within) : NULL;
	pv_vec_init(&goals.list, arena, sizeof(rg_goal *));
	rg_pat **values = pv_new_array(arena, rg_pat *, body->n + 1);
	u.level = 1;
	query_exprs(&u, body, &goals, values);
	rg_scope_leave(&u);
	if (u.full)
		return rg_errors_end(&e);
	u.words = (uint32_t)u.vars.len / 64 + 1;
	rg_analyse(&u, &goals);
	rg_bits bound = rg_bits_new(&u);
	if (e.n || !rg_order(&u, &goals, bound, true))
		return rg_errors_end(&e);
	if (!p->untyped)
		rg_type_body(&u, text, &goals);
	ret->names = pv_new_array(arena, const char *, u.vars.len + 1);
	rg_pat **pats = pv_new_array(arena, rg_pat *, u.vars.len + body->n + 1);
	ret->n = query_names(&u, bound, ret->names, pats);
	ret->nexprs = 0;
	ret->locs = pv_new_array(arena, const rg_loc *, body->n + 1);
	for (uint32_t i = 0; i < body->n; i++) {
		if (body->exprs[i]->kind == RG_E_SOME && !body->exprs[i]->term)
			continue;
		pats[ret->n + ret->nexprs] = values[i];
		check_bound(&u, &body->exprs[i]->loc, &values[i], 1, bound);
		ret->locs[ret->nexprs++] = &body->exprs[i]->loc;
	}
	if (e.n)
		return rg_errors_end(&e);
	rg_head head = {.kind = OP_SOLUTION, .pats = pats, .n = ret->n + ret->nexprs};
	rg_generate(&u, &goals, &head, &ret->code);
	rg_write_reached(p, &deps);
	ret->code.text = text;
	return rg_errors_end(&e);
}
