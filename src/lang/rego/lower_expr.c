/* lower_expr: statements of a body -> goals.  What is lifted out of a negation and
 * what stays inside follows OPA's compiler: operands of calls are evaluated
 * before the negation (an undefined operand makes the whole body undefined),
 * the references compared by = and == are evaluated inside it. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/compile.h"

static bool
is_op(const rg_term *t, const char *name)
{
	return t->kind == RG_CALL && t->args[0]->kind == RG_VAR && t->args[0]->generated &&
	       strcmp(t->args[0]->name, name) == 0;
}

static rg_goal *
last_goal(rg_unit *u)
{
	size_t n = u->out->list.len;
	return n ? *PV_AT(rg_goal *, &u->out->list, n - 1) : NULL;
}

static bool
is_temp(rg_unit *u, const rg_pat *p)
{
	return p->kind == PAT_VAR && PV_AT(rg_var, &u->vars, (size_t)p->slot)->name == NULL;
}

/* a = b where the last goal made b: let it bind a's pattern at once. */
static void
unify(rg_unit *u, const rg_loc *loc, rg_pat *a, rg_pat *b)
{
	rg_goal *g = last_goal(u);
	if (g && is_temp(u, b) && g->out == b)
		g->out = a;
	else if (g && is_temp(u, a) && g->out == a)
		g->out = b;
	else
		rg_lower_unify(u, loc, a, b);
}

/* ---- := ---- */

/* A name that is declared here must not have been declared, or used, in this body before. */
static void
check_new(rg_unit *u, const rg_term *t)
{
	for (size_t i = 0; i < u->scope.len; i++) {
		const rg_binding *b = PV_AT(rg_binding, &u->scope, i);
		if (b->level != u->level || strcmp(b->name, t->name) != 0)
			continue;
		const rg_var *v = PV_AT(rg_var, &u->vars, (size_t)b->slot);
		rg_unit_error(u, &t->loc, "rego_compile_error",
			      v->argument   ? "arg %s redeclared"
			      : v->assigned ? "var %s assigned above"
					    : "var %s declared above",
			      t->name);
	}
	for (size_t i = 0; i < u->seen.len; i++) {
		const rg_binding *b = PV_AT(rg_binding, &u->seen, i);
		if (b->level == u->level && strcmp(b->name, t->name) == 0)
			rg_unit_error(u, &t->loc, "rego_compile_error", "var %s referenced above", t->name);
	}
}

static int32_t
assign_var(rg_unit *u, const rg_term *t)
{
	if (t->generated)
		return rg_var_use(u, t);
	check_new(u, t);
	int32_t slot = rg_var_declare(u, t->name, &t->loc);
	PV_AT(rg_var, &u->vars, (size_t)slot)->assigned = true;
	return slot;
}

static rg_pat *
assign_pattern(rg_unit *u, const rg_term *t)
{
	if (t->kind == RG_VAR)
		return rg_pat_var(u, assign_var(u, t));
	if (t->kind != RG_ARRAY && t->kind != RG_OBJECT) {
		if (t->kind == RG_CONST)
			return rg_pat_const(u, t->val);
		rg_unit_error(u, &t->loc, "rego_compile_error", "cannot assign to %s",
			      t->kind == RG_REF    ? "ref"
			      : t->kind == RG_CALL ? "call"
						   : "this term");
		return rg_pat_const(u, pv_null());
	}
	rg_pat *p = pv_new(u->arena, rg_pat);
	p->kind = t->kind == RG_ARRAY ? PAT_ARRAY : PAT_OBJECT;
	p->n = t->n;
	p->args = pv_new_array(u->arena, rg_pat *, t->n);
	for (uint32_t i = 0; i < t->n; i++)
		p->args[i] = t->kind == RG_OBJECT && i % 2 == 0 ? rg_lower_term(u, t->args[i])
								: assign_pattern(u, t->args[i]);
	return p;
}

static void
lower_assign(rg_unit *u, const rg_term *t)
{
	const rg_term *left = t->args[1];
	if (left->kind == RG_CONST) {
		rg_unit_error(u, &t->loc, "rego_compile_error", "cannot assign to %s",
			      pv_type_name(&left->val));
		return;
	}
	rg_pat *value = rg_lower_term(u, t->args[2]);
	rg_goal *made = last_goal(u);
	rg_pat *pattern = assign_pattern(u, left);
	if (made == last_goal(u))
		unify(u, &t->loc, pattern, value);
	else
		rg_lower_unify(u, &t->loc, pattern, value);
}

/* A function's parameter: new names are declared, whatever a rule is called. */
rg_pat *
rg_lower_arg(rg_unit *u, const rg_term *t)
{
	if (t->kind == RG_VAR && !t->generated && rg_var_find(u, t->name) < 0) {
		int32_t slot = rg_var_declare(u, t->name, &t->loc);
		rg_var *v = PV_AT(rg_var, &u->vars, (size_t)slot);
		v->used = v->argument = true;
		return rg_pat_var(u, slot);
	}
	if (t->kind != RG_ARRAY && t->kind != RG_OBJECT)
		return rg_lower_term(u, t);
	rg_pat *p = pv_new(u->arena, rg_pat);
	p->kind = t->kind == RG_ARRAY ? PAT_ARRAY : PAT_OBJECT;
	p->n = t->n;
	p->args = pv_new_array(u->arena, rg_pat *, t->n);
	for (uint32_t i = 0; i < t->n; i++)
		p->args[i] = rg_lower_arg(u, t->args[i]);
	return p;
}

/* ---- some ---- */

static void
check_new_vars(rg_unit *u, const rg_term *t)
{
	if (t->kind == RG_VAR && !t->generated)
		check_new(u, t);
	if (t->kind == RG_ARRAY || t->kind == RG_SET || t->kind == RG_OBJECT)
		for (uint32_t i = 0; i < t->n; i++)
			if (!(t->kind == RG_OBJECT && i % 2 == 0))
				check_new_vars(u, t->args[i]);
}

static void
declare_vars(rg_unit *u, const rg_term *t)
{
	if (t->kind == RG_VAR && !t->generated) {
		int32_t slot = rg_var_declare(u, t->name, &t->loc);
		PV_AT(rg_var, &u->vars, (size_t)slot)->used = true;
	}
	if (t->kind == RG_ARRAY || t->kind == RG_SET || t->kind == RG_OBJECT)
		for (uint32_t i = 0; i < t->n; i++)
			if (!(t->kind == RG_OBJECT && i % 2 == 0))
				declare_vars(u, t->args[i]);
}

static void
lower_some(rg_unit *u, const rg_expr *e)
{
	if (!e->term) {
		for (uint32_t i = 0; i < e->nvars && !u->full; i++) {
			if (e->vars[i]->generated)
				continue;
			check_new(u, e->vars[i]);
			int32_t slot = rg_var_declare(u, e->vars[i]->name, &e->vars[i]->loc);
			PV_AT(rg_var, &u->vars, (size_t)slot)->declared = true;
		}
		return;
	}
	const rg_term *t = e->term;
	bool keyed = t->n == 4;
	rg_pat *domain = rg_lower_term(u, t->args[t->n - 1]);
	for (uint32_t i = 1; i + 1 < t->n; i++)
		check_new_vars(u, t->args[i]);
	declare_vars(u, t->args[1]);
	if (keyed)
		declare_vars(u, t->args[2]);
	rg_pat *key = keyed ? rg_lower_term(u, t->args[1]) : rg_pat_var(u, rg_var_new(u, "$", NULL));
	rg_pat *val = rg_lower_term(u, t->args[keyed ? 2 : 1]);
	rg_goal *g = rg_goal_new(u, GOAL_REF, &e->loc);
	g->base = BASE_PAT;
	g->a = domain;
	g->npath = 1;
	g->path = pv_new_array(u->arena, rg_pat *, 1);
	g->path[0] = key;
	g->out = val;
}

/* ---- every, not { } ---- */

static void
lower_every(rg_unit *u, const rg_expr *e)
{
	rg_goals body;
	rg_pat *domain = rg_lower_term(u, e->domain);
	rg_pat **path = pv_new_array(u->arena, rg_pat *, 2);
	pv_vec_init(&body.list, u->arena, sizeof(rg_goal *));
	rg_scope_enter(u);
	for (int i = 0; i < 2; i++) {
		const rg_term *t = e->vars[i];
		bool named = t && !t->generated;
		int32_t slot = named ? rg_var_declare(u, t->name, &t->loc) : rg_var_new(u, "$", NULL);
		PV_AT(rg_var, &u->vars, (size_t)slot)->declared =
			named && strncmp(t->name, "__local", 7) != 0; /* of what partial evaluation left */
		path[i] = rg_pat_var(u, slot);
	}
	rg_lower_body(u, &e->body, &body, true);
	rg_scope_leave(u);
	rg_goal *g = rg_goal_new(u, GOAL_EVERY, &e->loc);
	g->a = domain;
	g->path = path;
	g->npath = 2;
	g->body = body;
}

static void
lower_not_body(rg_unit *u, const rg_expr *e)
{
	rg_goals body;
	pv_vec_init(&body.list, u->arena, sizeof(rg_goal *));
	rg_lower_body(u, &e->body, &body, true);
	rg_goal *g = rg_goal_new(u, GOAL_NOT, &e->loc);
	g->closed = true;
	g->body = body;
}

/* ---- plain expressions ---- */

static void
lower_true(rg_unit *u, const rg_loc *loc, rg_pat *p)
{
	if (p->kind == PAT_CONST && !(p->val.type == PV_BOOL && !p->val.b))
		return;
	rg_goal *g = rg_goal_new(u, GOAL_TRUE, loc);
	g->a = p;
}

/* The value of a whole statement: true enough, and shown if it is a query's. */
static void
lower_value(rg_unit *u, const rg_loc *loc, rg_pat *p)
{
	bool captures = u->capture && u->level == 1;
	if (captures)
		*u->capture = p;
	if (!captures || !u->lenient)
		lower_true(u, loc, p);
}

static void
lower_term_expr(rg_unit *u, const rg_term *t)
{
	if (is_op(t, "assign")) {
		lower_assign(u, t);
	} else if (is_op(t, "eq")) {
		rg_pat *a = rg_lower_term(u, t->args[1]);
		rg_goal *made = last_goal(u);
		rg_pat *b = rg_lower_term(u, t->args[2]);
		if (made == last_goal(u) || !is_temp(u, a) || a->kind != PAT_VAR || (made && made->out != a))
			unify(u, &t->loc, a, b);
		else
			unify(u, &t->loc, b, a);
	} else if (is_op(t, "equal") && !(u->capture && u->level == 1)) {
		rg_pat *a = rg_lower_term(u, t->args[1]), *b = rg_lower_term(u, t->args[2]);
		rg_goal *g = rg_goal_new(u, GOAL_UNIFY, &t->loc);
		g->a = a;
		g->b = b;
		g->compares = true;
	} else if (t->kind == RG_CALL) {
		rg_pat *out = rg_lower_call(u, t, NULL, true);
		if (out)
			lower_value(u, &t->loc, out);
	} else {
		lower_value(u, &t->loc, rg_lower_term(u, t));
	}
}

/* The goal that a reference or call ends in goes into the negation. */
static void
move_last(rg_unit *u, rg_goals *into, const rg_pat *made)
{
	rg_goal *g = last_goal(u);
	if (!g || g->out != made || (g->kind != GOAL_REF && g->kind != GOAL_CALL))
		return;
	pv_vec_pop(&u->out->list);
	pv_vec_push(&into->list, &g);
}

static rg_pat *
negated_operand(rg_unit *u, const rg_term *t, rg_goals *into)
{
	rg_pat *p = rg_lower_term(u, t);
	if (t->kind == RG_REF || t->kind == RG_VAR)
		move_last(u, into, p);
	return p;
}

static void
lower_negated(rg_unit *u, const rg_expr *e)
{
	rg_goals body, *outer = u->out;
	const rg_term *t = e->term;
	rg_pat *a, *b;
	pv_vec_init(&body.list, u->arena, sizeof(rg_goal *));
	if (is_op(t, "assign")) {
		rg_unit_error(u, &t->loc, "rego_compile_error",
			      "cannot assign vars inside negated expression");
		return;
	}
	if (e->closed) {
		rg_scope_enter(u);
		u->out = &body;
		lower_term_expr(u, t);
		rg_scope_leave(u);
	} else if (is_op(t, "eq") || is_op(t, "equal")) {
		a = negated_operand(u, t->args[1], &body);
		b = negated_operand(u, t->args[2], &body);
		u->out = &body;
		rg_lower_unify(u, &t->loc, a, b);
	} else {
		a = t->kind == RG_CALL ? rg_lower_call(u, t, NULL, true) : rg_lower_term(u, t);
		rg_goal *g = last_goal(u);
		if (t->kind == RG_CALL || t->kind == RG_REF || t->kind == RG_VAR)
			move_last(u, &body, a ? a : g ? g->out : NULL);
		u->out = &body;
		if (a)
			lower_true(u, &t->loc, a);
	}
	u->out = outer;
	rg_goal *g = rg_goal_new(u, GOAL_NOT, &e->loc);
	g->closed = e->closed;
	g->body = body;
}

static void
lower_plain(rg_unit *u, const rg_expr *e)
{
	switch ((enum rg_expr_kind)e->kind) {
	case RG_E_SOME: lower_some(u, e); break;
	case RG_E_EVERY: lower_every(u, e); break;
	case RG_E_BODY: lower_not_body(u, e); break;
	case RG_E_AND:
	case RG_E_OR: rg_lower_logical(u, e); break;
	case RG_E_TERM:
		if (e->negated)
			lower_negated(u, e);
		else
			lower_term_expr(u, e->term);
		break;
	}
}

/* ---- with ---- */

static bool
with_path(rg_unit *u, const rg_term *ref, rg_mock *m)
{
	pv_val *path = pv_new_array(u->arena, pv_val, ref->n);
	for (uint32_t i = 1; i < ref->n; i++) {
		if (ref->args[i]->kind != RG_CONST) {
			rg_unit_error(u, &ref->loc, "rego_type_error",
				      "with keyword target must be a path of constants");
			return false;
		}
		path[i - 1] = ref->args[i]->val;
	}
	m->path = path;
	m->npath = ref->n - 1;
	return true;
}

/* The target; a function may be replaced by a function, all else by a value. */
static bool
lower_mock(rg_unit *u, const rg_with *w, rg_mock *m, rg_pat **ret_value)
{
	rg_group *group, *by_group;
	const rg_builtin *by_builtin = NULL;
	const rg_term *ref = rg_resolve_ref(u, w->target);
	const char *root = ref->args[0]->kind == RG_VAR ? ref->args[0]->name : "";
	*ret_value = NULL;
	if (pv_streq(root, "input")) {
		m->target = RG_W_INPUT;
		if (!with_path(u, ref, m))
			return false;
	} else if (rg_resolve_function(u, w->target, &group, &m->builtin)) {
		m->target = group ? RG_W_GROUP : RG_W_BUILTIN;
		m->group = group;
		if ((w->value->kind == RG_VAR || w->value->kind == RG_REF) &&
		    rg_resolve_function(u, w->value, &by_group, &by_builtin)) {
			m->by_group = by_group;
			m->by_builtin = by_builtin;
			rg_check_network(u, &w->loc, by_builtin);
			if (by_group)
				rg_note_dependency(u, by_group->node, NULL, 0);
			return true;
		}
	} else if (pv_streq(root, "data")) {
		m->target = RG_W_DATA;
		if (!with_path(u, ref, m))
			return false;
	} else {
		rg_unit_error(u, &w->loc, "rego_type_error",
			      "with keyword target must reference existing input, data, or a function");
		return false;
	}
	*ret_value = rg_lower_term(u, w->value);
	return true;
}

static void
lower_with(rg_unit *u, const rg_expr *e)
{
	rg_goals body, *outer = u->out;
	rg_mock *mocks = pv_new_array(u->arena, rg_mock, e->nwith);
	rg_pat **values = pv_new_array(u->arena, rg_pat *, e->nwith);
	for (uint32_t i = 0; i < e->nwith; i++)
		if (!lower_mock(u, &e->with[i], &mocks[i], &values[i]))
			return;
	pv_vec_init(&body.list, u->arena, sizeof(rg_goal *));
	u->out = &body;
	lower_plain(u, e);
	u->out = outer;
	rg_goal *g = rg_goal_new(u, GOAL_WITH, &e->loc);
	g->mocks = mocks;
	g->values = values;
	g->nmocks = e->nwith;
	g->body = body;
}

void
rg_lower_expr(rg_unit *u, const rg_expr *e)
{
	if (u->steps.len < UINT16_MAX) {
		u->step = (uint16_t)u->steps.len;
		pv_vec_push(&u->steps, &e);
	}
	if (e->nwith)
		lower_with(u, e);
	else
		lower_plain(u, e);
}

void
rg_lower_body(rg_unit *u, const rg_body *body, rg_goals *out, bool new_scope)
{
	rg_goals *saved = u->out;
	if (new_scope)
		rg_scope_enter(u);
	u->out = out;
	for (uint32_t i = 0; i < body->n && !u->full; i++)
		rg_lower_expr(u, body->exprs[i]);
	u->out = saved;
	if (new_scope)
		rg_scope_leave(u);
}
