/* partial_known: what depends on unknown documents, and the machine for what does not. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/rego/builtin.h"
#include "lang/rego/partial.h"

/* Do both lead the same way, as far as both say? */
static bool
overlaps(const rg_term *a, const rg_term *b)
{
	if (!pv_streq(a->args[0]->name, b->args[0]->name))
		return false;
	for (uint32_t i = 1; i < a->n && i < b->n; i++)
		if (a->args[i]->kind == RG_CONST && b->args[i]->kind == RG_CONST &&
		    !pv_eq(&a->args[i]->val, &b->args[i]->val))
			return false;
	return true;
}

bool
pe_is_unknown(pe_state *pe, const rg_term *absolute)
{
	for (size_t i = 0; i < pe->unknowns.len; i++)
		if (overlaps(absolute, *PV_AT(rg_term *, &pe->unknowns, i)))
			return true;
	return false;
}

bool
pe_is_volatile(const char *name)
{
	const rg_builtin *b = rg_builtin_find(name);
	return b && (b->flags & RG_B_VOLATILE);
}

/* ---- dependence ---- */

typedef struct search {
	pe_state *pe;
	bool found;
} search;

static void see_function(void *arg, const rg_group *g);

static void
see_ref(void *arg, const rg_term *ref)
{
	search *s = arg;
	uint32_t used;
	if (s->found || (s->found = pe_is_unknown(s->pe, ref)) || !pv_streq(ref->args[0]->name, "data"))
		return;
	s->found = pe_node_depends(s->pe, rg_names_node(&s->pe->rego->p, ref, &used));
}

static void
see_function(void *arg, const rg_group *g)
{
	search *s = arg;
	s->found = s->found || pe_group_depends(s->pe, g);
}

static void
see_builtin(void *arg, const char *name)
{
	search *s = arg;
	s->found = s->found || (!s->pe->volatiles && pe_is_volatile(name));
}

bool
pe_group_depends(pe_state *pe, const rg_group *g)
{
	search s = {.pe = pe};
	rg_seen seen = {.ref = see_ref, .function = see_function, .builtin = see_builtin, .arg = &s};
	if (pe->depends[g->id] == 1 || pe->depends[g->id] == 3) /* rules do not ask themselves */
		return false;
	if (pe->depends[g->id] == 2)
		return true;
	pe->depends[g->id] = 3;
	for (size_t i = 0; !s.found && i < g->rules.len; i++)
		rg_names_rule(&pe->rego->p, pe->cx->arena, *PV_AT(const rg_rule *, &g->rules, i), &seen);
	pe->depends[g->id] = s.found ? 2 : 1;
	return s.found;
}

bool
pe_node_depends(pe_state *pe, const rg_node *node)
{
	if (node->group && pe_group_depends(pe, node->group))
		return true;
	for (uint32_t i = 0; i < node->n; i++)
		if (pe_node_depends(pe, node->kids[i]))
			return true;
	return false;
}

/* A variable of the frame whose value is known only later makes what reads it so, too. */
static bool
reads_left(pe_state *pe, pe_frame *f)
{
	pv_str name;
	void *var;
	for (size_t pos = 0; f; f = f->outer, pos = 0)
		while (pv_map_each(f->vars, &pos, &name, &var))
			if (pe_status(pe, var) & PE_LEFT)
				return true;
	return false;
}

static bool
names_left(pe_state *pe, pe_frame *f, const rg_term *t)
{
	rg_term *var = t->kind == RG_VAR ? pe_var_find(f, t->name) : NULL;
	if (var)
		return pe_status(pe, var) & PE_LEFT;
	for (uint32_t i = 0; i < t->n; i++)
		if (names_left(pe, f, t->args[i]))
			return true;
	return t->body && reads_left(pe, f); /* whichever it reads */
}

bool
pe_term_depends(pe_state *pe, pe_frame *f, const rg_term *t)
{
	search s = {.pe = pe};
	rg_seen seen = {.ref = see_ref, .function = see_function, .builtin = see_builtin, .arg = &s};
	rg_names_term(&f->names, t, &seen);
	return s.found || names_left(pe, f, t);
}

bool
pe_expr_depends(pe_state *pe, pe_frame *f, const rg_expr *e)
{
	search s = {.pe = pe};
	rg_seen seen = {.ref = see_ref, .function = see_function, .builtin = see_builtin, .arg = &s};
	rg_names_expr(&f->names, e, &seen);
	return s.found || (e->term && names_left(pe, f, e->term)) ||
	       (e->domain && names_left(pe, f, e->domain)) ||
	       ((e->body.n || e->sides || e->nwith) && reads_left(pe, f));
}

/* ---- the machine ---- */

static void
add_vars(pe_state *pe, rg_term *t, pv_vec *ret)
{
	if (pe_slot_of(pe, t))
		pv_vec_push(ret, &t);
	for (uint32_t i = 0; i < t->n && !pe_visit(pe); i++)
		add_vars(pe, t->args[i], ret);
}

static bool
is_error(const pv_ctx *cx, const char *code)
{
	return cx->err && pv_streq(pv_rego_error_code(cx), code);
}

/* The row's variables are bound, then it goes on. */
static int
go_on(pe_state *pe, const pv_vec *vars, const pv_val *row, const pe_goal *next)
{
	for (size_t i = vars->len; i > 0; i--) {
		rg_term *var = *PV_AT(rg_term *, vars, i - 1);
		const pv_val *v = pv_get(row, var->name);
		if (v)
			next = pe_push(pe, (pe_goal){.kind = PE_UNIFY, .a = var, .b = pe_value(pe, v)}, next);
	}
	return pe_run(pe, next);
}

int
pe_machine(pe_state *pe, rg_expr *e, const pe_goal *next)
{
	rg_expr *exprs[] = {e};
	rg_body body = {.exprs = exprs, .n = 1};
	pv_rego_result rows;
	pv_vec vars;
	int r = rg_run_body(pe->cx, pe->rego, &body, &pe->eval, &rows);
	if (r < 0 && is_error(pe->cx, "rego_unsafe_var_error")) {
		pv_recover(pe->cx);
		return 1;
	}
	if (r < 0 &&
	    is_error(pe->cx, "rego_type_error")) { /* with the values that are known now it has none */
		pv_recover(pe->cx);
		return 0;
	}
	pv_vec_init(&vars, pe->cx->arena, sizeof(rg_term *));
	if (r == 0 && e->term)
		add_vars(pe, e->term, &vars);
	for (size_t i = 0; r == 0 && i < rows.sets.len; i++) {
		const pv_val *values = *PV_AT(const pv_val *, &rows.expressions, i);
		if (pv_is(pv_item(values, 0), PV_BOOL) && !pv_item(values, 0)->b)
			continue;
		r = go_on(pe, &vars, *PV_AT(const pv_val *, &rows.sets, i), next);
	}
	return r;
}
