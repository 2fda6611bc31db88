/* rules: actions of kinds, a line for each thing that they do. */
#include "delivery/actions/impl.h"

enum step_kind { SET, UNSET, CREATE, FAIL };

struct step {
	enum step_kind kind;
	const pv_expr *place, *value, *cond;
};

struct param {
	const char *name;
	const pv_expr *otherwise; /* NULL: none */
};

struct action {
	const char *name;
	const pv_expr *icon, *title, *disabled, *shown; /* NULL: "", "", never, always */
	pv_vec params;                                  /* of struct param */
	pv_vec steps;                                   /* of struct step */
};

static void *
begin(pv_arena *arena)
{
	pv_vec *actions = pv_new(arena, pv_vec);
	pv_vec_init(actions, arena, sizeof(struct action));
	return actions;
}

/* ---- reading ---- */

static int
read_action(pv_rule_reader *r, pv_vec *actions)
{
	struct action a = {0};
	pv_str name;
	int result = pv_rule_word(r, "-", "an action's name", &name);
	a.name = pv_strndup(r->arena, name.s, name.len);
	pv_vec_init(&a.params, r->arena, sizeof(struct param));
	pv_vec_init(&a.steps, r->arena, sizeof(struct step));
	pv_vec_push(actions, &a);
	return result;
}

static int
read_param(pv_rule_reader *r, struct action *a)
{
	struct param p = {0};
	pv_str name;
	int result = pv_rule_word(r, "-", "a parameter's name", &name);
	p.name = pv_strndup(r->arena, name.s, name.len);
	if (result == 0 && !pv_rule_ends(r))
		result = pv_rule_expr(r, &p.otherwise);
	pv_vec_push(&a->params, &p);
	return result;
}

static int
read_cond(pv_rule_reader *r, const pv_expr **ret)
{
	if (!pv_rule_accept(r, "if"))
		return pv_rule_fail(r, "expected if");
	return pv_rule_expr(r, ret);
}

/* set PLACE VALUE [if ..], unset PLACE [if ..], fail TEXT [if ..], create */
static int
read_step(pv_rule_reader *r, struct action *a, enum step_kind kind)
{
	struct step s = {.kind = kind};
	int result = 0;
	if (kind == SET || kind == UNSET)
		result = pv_rule_place(r, &s.place);
	if (result == 0 && (kind == SET || kind == FAIL))
		result = pv_rule_expr(r, &s.value);
	if (result == 0 && !pv_rule_ends(r))
		result = read_cond(r, &s.cond);
	pv_vec_push(&a->steps, &s);
	return result;
}

static int
read_line(pv_rule_reader *r, void *of)
{
	pv_vec *actions = of;
	struct action *a = actions->len ? pv_vec_at(actions, actions->len - 1) : NULL;
	if (pv_rule_accept(r, "action"))
		return read_action(r, actions);
	if (!a)
		return pv_rule_fail(r, "expected action NAME first");
	if (pv_rule_accept(r, "icon"))
		return pv_rule_expr(r, &a->icon);
	if (pv_rule_accept(r, "title"))
		return pv_rule_expr(r, &a->title);
	if (pv_rule_accept(r, "param"))
		return read_param(r, a);
	if (pv_rule_accept(r, "disabled"))
		return read_cond(r, &a->disabled);
	if (pv_rule_accept(r, "shown"))
		return read_cond(r, &a->shown);
	if (pv_rule_accept(r, "set"))
		return read_step(r, a, SET);
	if (pv_rule_accept(r, "unset"))
		return read_step(r, a, UNSET);
	if (pv_rule_accept(r, "fail"))
		return read_step(r, a, FAIL);
	if (pv_rule_accept(r, "create"))
		return read_step(r, a, CREATE);
	return pv_rule_fail(
		r,
		"expected action, icon, title, param, disabled, shown, set, unset, create, fail, let or use");
}

static int
end(pv_rule_reader *r, void *of)
{
	const pv_vec *actions = of;
	for (size_t i = 0; i < actions->len; i++)
		if (PV_AT(struct action, actions, i)->steps.len == 0)
			return pv_rule_fail(r, "action %s does nothing",
					    PV_AT(struct action, actions, i)->name);
	return actions->len ? 0 : pv_rule_fail(r, "no action is below");
}

const pv_rule_form action_rule_form = {begin, read_line, end};

/* ---- asking ---- */

static pv_rule_env
env_of(pv_ctx *cx, const target *t)
{
	return (pv_rule_env){.arena = cx->arena, .object = t->object, .now = t->now};
}

static pv_val
params_of(pv_rule_env *env, const struct action *a)
{
	pv_listb b;
	pv_listb_init(&b, env->arena);
	for (size_t i = 0; i < a->params.len; i++) {
		const struct param *p = PV_AT(struct param, &a->params, i);
		pv_objb o;
		pv_objb_init(&o, env->arena);
		pv_objb_puts(&o, "name", p->name);
		if (p->otherwise)
			pv_objb_puts(&o, "default", pv_expr_text(env, p->otherwise));
		pv_listb_add(&b, pv_objb_end(&o));
	}
	return pv_listb_end(&b);
}

/* Those that are given, and what the others are if nobody says. */
static const pv_val *
filled(pv_rule_env *env, const struct action *a, const pv_val *given)
{
	pv_objb b;
	pv_objb_from(&b, env->arena, given);
	for (size_t i = 0; i < a->params.len; i++) {
		const struct param *p = PV_AT(struct param, &a->params, i);
		if (p->otherwise && !pv_get(given, p->name))
			pv_objb_puts(&b, p->name, pv_expr_text(env, p->otherwise));
	}
	return pv_box(env->arena, pv_objb_end(&b));
}

static bool
holds(pv_rule_env *env, const pv_expr *cond, bool otherwise)
{
	return cond ? pv_expr_is_true(env, cond) : otherwise;
}

void
rules_list(pv_ctx *cx, const pv_rule_set *set, const target *t, pv_listb *ret)
{
	const pv_vec *actions = pv_rule_set_find(set, t->group, t->kind);
	pv_rule_env env = env_of(cx, t);
	for (size_t i = 0; actions && i < actions->len; i++) {
		const struct action *a = PV_AT(struct action, actions, i);
		if (holds(&env, a->shown, true))
			pv_listb_add(ret, action_row(cx->arena, a->name, holds(&env, a->disabled, false),
						     a->icon ? pv_expr_text(&env, a->icon) : NULL,
						     a->title ? pv_expr_text(&env, a->title) : NULL,
						     params_of(&env, a)));
	}
}

static int
carry_out(pv_ctx *cx, pv_rule_env *env, const struct action *a, pv_val *ret)
{
	pv_val now = *env->object, gone = {.type = 255};
	const char *operation = "patch";
	for (size_t i = 0; i < a->steps.len; i++) {
		const struct step *s = PV_AT(struct step, &a->steps, i);
		pv_val v = gone;
		if (!holds(env, s->cond, true))
			continue;
		switch (s->kind) {
		case FAIL: return pv_fail(cx, PV_EINVALID, "%s", pv_expr_text(env, s->value));
		case CREATE:
			now = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
			operation = "create";
			break;
		case SET:
			v = pv_expr_eval(env, s->value);
			if (pv_is_absent(&v)) /* nothing to set */
				break;
			now = pv_expr_put(env, s->place, pv_box(cx->arena, now), &v);
			break;
		case UNSET: now = pv_expr_put(env, s->place, pv_box(cx->arena, now), &gone); break;
		}
	}
	now = impact(cx->arena, operation, now);
	*ret = pv_list_of(cx->arena, &now, 1);
	return 1;
}

int
rules_run(pv_ctx *cx, const pv_rule_set *set, const target *t, const char *name, const pv_val *params,
	  pv_val *ret)
{
	const pv_vec *actions = pv_rule_set_find(set, t->group, t->kind);
	pv_rule_env env = env_of(cx, t);
	for (size_t i = 0; actions && i < actions->len; i++) {
		const struct action *a = PV_AT(struct action, actions, i);
		if (!pv_streq(a->name, name))
			continue;
		env.params = filled(&env, a, params);
		return carry_out(cx, &env, a, ret);
	}
	return 0;
}
