/* lower: variables, scopes and plain terms. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/compile.h"

void
rg_unit_init(rg_unit *u, rg_program *p, pv_arena *arena, rg_errors *e, const rg_module *m, rg_group *g,
	     const rg_rule *rule)
{
	memset(u, 0, sizeof *u);
	u->program = p;
	u->offline = p->alone;
	u->arena = arena;
	u->scratch = m ? p->scratch : arena; /* queries: several threads compile them over one program */
	u->errors = e;
	u->module = m;
	u->imports = m ? &m->imports : NULL;
	u->group = g;
	u->deps = rule && rule->part ? &rule->part->deps : g ? &g->deps : NULL;
	u->rule = rule;
	pv_vec_init(&u->vars, arena, sizeof(rg_var));
	pv_vec_init(&u->scope, arena, sizeof(rg_binding));
	pv_vec_init(&u->seen, arena, sizeof(rg_binding));
	pv_vec_init(&u->steps, arena, sizeof(const rg_expr *));
}

void
rg_unit_error(rg_unit *u, const rg_loc *loc, const char *code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = pv_vprintf(u->errors->cx->arena, fmt, ap);
	va_end(ap);
	rg_error_add(u->errors, u->module ? u->module->name : NULL, loc, code, "%s", text);
}

rg_goal *
rg_goal_new(rg_unit *u, int kind, const rg_loc *loc)
{
	rg_goal *g = pv_new(u->arena, rg_goal);
	g->kind = (uint8_t)kind;
	g->loc = loc;
	g->step = u->step;
	pv_vec_push(&u->out->list, &g);
	return g;
}

/* ---- variables ---- */

int32_t
rg_var_new(rg_unit *u, const char *name, const rg_loc *loc)
{
	if (u->vars.len == RG_VARS) {
		if (!u->full)
			rg_unit_error(
				u, u->rule ? &u->rule->loc : loc, "rego_compile_error",
				"more than %d variables in one body, with those of calls and references",
				RG_VARS);
		u->full = true;
		return RG_VARS - 1;
	}
	rg_var *v = pv_vec_add(&u->vars);
	v->name = name;
	v->loc = loc;
	v->wildcard = name && name[0] == '$';
	return (int32_t)u->vars.len - 1;
}

rg_pat *
rg_pat_var(rg_unit *u, int32_t slot)
{
	rg_pat *p = pv_new(u->arena, rg_pat);
	p->kind = PAT_VAR;
	p->slot = slot;
	return p;
}

rg_pat *
rg_pat_temp(rg_unit *u)
{
	return rg_pat_var(u, rg_var_new(u, NULL, NULL));
}

rg_pat *
rg_pat_const(rg_unit *u, pv_val v)
{
	rg_pat *p = pv_new(u->arena, rg_pat);
	p->kind = PAT_CONST;
	p->val = v;
	return p;
}

void
rg_scope_enter(rg_unit *u)
{
	u->level++;
}

void
rg_scope_leave(rg_unit *u)
{
	while (u->scope.len && PV_AT(rg_binding, &u->scope, u->scope.len - 1)->level == u->level) {
		const rg_binding *b = PV_AT(rg_binding, &u->scope, u->scope.len - 1);
		const rg_var *v = PV_AT(rg_var, &u->vars, (size_t)b->slot);
		bool unused = !v->used && !v->wildcard;
		if (unused && v->declared)
			rg_unit_error(u, v->loc, "rego_compile_error", "declared var %s unused", v->name);
		else if (unused && v->assigned && u->program->strict && u->module)
			rg_unit_error(u, v->loc, "rego_compile_error", "assigned var %s unused", v->name);
		pv_vec_pop(&u->scope);
	}
	for (size_t i = 0; i < u->seen.len; i++) { /* siblings do not see each other */
		rg_binding *b = PV_AT(rg_binding, &u->seen, i);
		if (b->level == u->level)
			b->level = 0;
	}
	u->level--;
}

static const rg_binding *
find(const pv_vec *bindings, const char *name)
{
	for (size_t i = bindings->len; i > 0; i--) {
		const rg_binding *b = PV_AT(rg_binding, bindings, i - 1);
		if (strcmp(b->name, name) == 0)
			return b;
	}
	return NULL;
}

int32_t
rg_var_find(rg_unit *u, const char *name)
{
	const rg_binding *b = find(&u->scope, name);
	return b ? b->slot : -1;
}

int32_t
rg_var_declare(rg_unit *u, const char *name, const rg_loc *loc)
{
	rg_binding b = {.name = name, .level = u->level, .slot = rg_var_new(u, name, loc)};
	if (u->module && u->module->v1 && (strcmp(name, "input") == 0 || strcmp(name, "data") == 0))
		rg_unit_error(u, loc, "rego_compile_error",
			      "variables must not shadow %s (use a different variable name)", name);
	if (!u->full)
		pv_vec_push(&u->scope, &b);
	return b.slot;
}

int32_t
rg_var_use(rg_unit *u, const rg_term *t)
{
	int32_t slot = rg_var_find(u, t->name);
	if (slot >= 0) {
		PV_AT(rg_var, &u->vars, (size_t)slot)->used = true;
		return slot;
	}
	const rg_binding *known = find(&u->seen, t->name);
	rg_binding b = {.name = t->name, .level = u->level};
	b.slot = known ? known->slot : rg_var_new(u, t->name, &t->loc);
	if ((!known || known->level != u->level) && !u->full)
		pv_vec_push(&u->seen, &b);
	return b.slot;
}

/* ---- terms ---- */

static bool
is_const(const rg_pat *const *args, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (args[i]->kind != PAT_CONST)
			return false;
	return true;
}

static rg_pat *
fold(rg_unit *u, rg_pat *p)
{
	pv_listb list;
	pv_objb object;
	if (!is_const((const rg_pat *const *)p->args, p->n))
		return p;
	if (p->kind == PAT_OBJECT) {
		pv_objb_init(&object, u->arena);
		for (uint32_t i = 0; i + 1 < p->n; i += 2)
			pv_objb_add(&object, p->args[i]->val, p->args[i + 1]->val);
		return rg_pat_const(u, pv_objb_end(&object));
	}
	pv_listb_init(&list, u->arena);
	for (uint32_t i = 0; i < p->n; i++)
		pv_listb_add(&list, p->args[i]->val);
	return rg_pat_const(u, p->kind == PAT_SET ? pv_listb_end_set(&list) : pv_listb_end(&list));
}

static rg_pat *
lower_composite(rg_unit *u, const rg_term *t, int kind)
{
	rg_pat *p = pv_new(u->arena, rg_pat);
	p->kind = (uint8_t)kind;
	p->n = t->n;
	p->args = pv_new_array(u->arena, rg_pat *, t->n);
	for (uint32_t i = 0; i < t->n; i++)
		p->args[i] = rg_lower_term(u, t->args[i]);
	return fold(u, p);
}

static rg_pat *
lower_template(rg_unit *u, const rg_term *t)
{
	rg_pat *parts = lower_composite(u, t, PAT_ARRAY), *out = rg_pat_temp(u);
	rg_goal *g = rg_goal_new(u, GOAL_CALL, &t->loc);
	g->builtin = rg_builtin_find("internal.template_string");
	g->npath = 1;
	g->path = pv_new_array(u->arena, rg_pat *, 1);
	g->path[0] = parts;
	g->out = out;
	return out;
}

static rg_pat *
lower_any(rg_unit *u, const rg_term *t)
{
	switch ((enum rg_term_kind)t->kind) {
	case RG_CONST: return rg_pat_const(u, t->val);
	case RG_VAR:
		if (rg_var_find(u, t->name) < 0 && rg_resolves(u, t->name))
			return rg_lower_ref(u, t, NULL);
		return rg_pat_var(u, rg_var_use(u, t));
	case RG_REF: return rg_lower_ref(u, t, NULL);
	case RG_CALL: return rg_lower_call(u, t, NULL, false);
	case RG_ARRAY: return lower_composite(u, t, PAT_ARRAY);
	case RG_SET: return lower_composite(u, t, PAT_SET);
	case RG_OBJECT: return lower_composite(u, t, PAT_OBJECT);
	case RG_ARRAYCOMP:
	case RG_SETCOMP:
	case RG_OBJCOMP: return rg_lower_comprehension(u, t);
	case RG_TEMPLATE: return lower_template(u, t);
	}
	return rg_pat_const(u, pv_null());
}

rg_pat *
rg_lower_term(rg_unit *u, const rg_term *t)
{
	if (++u->depth > RG_HEIGHT) {
		u->depth--;
		rg_unit_error(u, &t->loc, "rego_compile_error", "nesting is deeper than %d levels",
			      RG_HEIGHT);
		return rg_pat_const(u, pv_null());
	}
	rg_pat *p = lower_any(u, t);
	u->depth--;
	return p;
}

/* a = b: arrays and objects are taken apart as far as their shapes agree, so that
 * each part may bind in its own direction. */
void
rg_lower_unify(rg_unit *u, const rg_loc *loc, rg_pat *a, rg_pat *b)
{
	if (a->kind == PAT_ARRAY && b->kind == PAT_ARRAY && a->n == b->n) {
		for (uint32_t i = 0; i < a->n; i++)
			rg_lower_unify(u, loc, a->args[i], b->args[i]);
		return;
	}
	if (a->kind == PAT_CONST && a->val.type == PV_LIST && b->kind == PAT_ARRAY) {
		rg_pat *swap = a;
		a = b;
		b = swap;
	}
	if (a->kind == PAT_ARRAY && b->kind == PAT_CONST && b->val.type == PV_LIST && a->n == b->val.len) {
		for (uint32_t i = 0; i < a->n; i++)
			rg_lower_unify(u, loc, a->args[i], rg_pat_const(u, b->val.items[i]));
		return;
	}
	if (a->kind == PAT_OBJECT && b->kind == PAT_OBJECT && a->n == b->n) {
		bool same = true;
		for (uint32_t i = 0; i < a->n; i += 2)
			same = same && a->args[i]->kind == PAT_CONST && b->args[i]->kind == PAT_CONST &&
			       pv_eq(&a->args[i]->val, &b->args[i]->val);
		for (uint32_t i = 1; same && i < a->n; i += 2)
			rg_lower_unify(u, loc, a->args[i], b->args[i]);
		if (same)
			return;
	}
	rg_goal *g = rg_goal_new(u, GOAL_UNIFY, loc);
	g->a = a;
	g->b = b;
}
