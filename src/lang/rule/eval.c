/* eval: expressions over a document.  Values are borrowed; only texts with values in them, sums of text and
 * chosen lists take room. */
#include <math.h>
#include <string.h>

#include "lang/glob/glob.h"
#include "lang/rule/inside.h"

/* ---- values ---- */

const char *
rule_text_of(pv_arena *arena, const pv_val *v)
{
	return pv_is_absent(v) ? "" : pv_scalar_text(arena, v);
}

bool
rule_is_true(const pv_val *v)
{
	switch (v->type) {
	case PV_NULL: return false;
	case PV_BOOL: return v->b;
	case PV_NUMBER: return true;
	default: return !pv_is_absent(v) && v->len > 0;
	}
}

static bool
is_none(const pv_val *v)
{
	return pv_is_absent(v) || v->type == PV_NULL;
}

/* Scalars are equal as texts: true and "true", 1 and "1". */
static bool
equal(const pv_val *a, const pv_val *b)
{
	char room_a[PV_NUMBER_ROOM], room_b[PV_NUMBER_ROOM];
	pv_str x, y;
	if (is_none(a) || is_none(b))
		return is_none(a) && is_none(b);
	if (a->type == b->type)
		return pv_eq(a, b);
	if (a->type > PV_STRING || b->type > PV_STRING)
		return false;
	x = a->type == PV_STRING   ? pv_strv(a)
	    : a->type == PV_NUMBER ? pv_number_text(a, room_a)
				   : pv_str_of(a->b ? "true" : "false");
	y = b->type == PV_STRING   ? pv_strv(b)
	    : b->type == PV_NUMBER ? pv_number_text(b, room_b)
				   : pv_str_of(b->b ? "true" : "false");
	return pv_str_eq(x, y);
}

static bool
is_number(const pv_val *v, double *ret)
{
	if (v->type == PV_NUMBER)
		*ret = pv_f64(v, 0);
	return v->type == PV_NUMBER || (v->type == PV_STRING && pv_parse_double(pv_strv(v), ret));
}

/* Numbers by size, other texts by their letters (times); false if they cannot be compared. */
static bool
ordered(enum op op, const pv_val *a, const pv_val *b)
{
	double x, y;
	int order;
	if (is_number(a, &x) && is_number(b, &y))
		order = x < y ? -1 : x > y;
	else if (a->type == PV_STRING && b->type == PV_STRING)
		order = pv_str_cmp(pv_strv(a), pv_strv(b));
	else
		return false;
	return op == LESS ? order < 0 : op == LESS_EQUAL ? order <= 0 : op == MORE ? order > 0 : order >= 0;
}

static pv_val
added(const pv_val *a, const pv_val *b, bool minus)
{
	double x = 0, y = 0;
	int64_t sum;
	if (!is_number(a, &x))
		x = 0;
	if (!is_number(b, &y))
		y = 0;
	if (minus)
		y = -y;
	if (x == floor(x) && y == floor(y) && fabs(x) < 9e15 && fabs(y) < 9e15 &&
	    !__builtin_add_overflow((int64_t)x, (int64_t)y, &sum))
		return pv_int(sum);
	return isfinite(x + y) ? pv_double(x + y) : pv_int(0);
}

/* ---- paths ---- */

static bool
holds(const pv_rule_env *env, const pv_expr *cond, const pv_val *item, size_t i)
{
	pv_rule_env inner = *env;
	inner.item = item;
	inner.index = i + 1;
	return !cond || pv_expr_is_true(&inner, cond);
}

static const pv_val *
take(const pv_rule_env *env, const struct step *s, const pv_val *v)
{
	int64_t n = (int64_t)pv_count(v), i = s->position < 0 ? s->position + n : s->position;
	switch (s->kind) {
	case NAME: return pv_is(v, PV_OBJECT) ? pv_getn(v, s->name.s, s->name.len) : NULL;
	case POSITION: return pv_is(v, PV_LIST) && i >= 0 && i < n ? pv_item(v, (size_t)i) : NULL;
	case FIND:
		for (size_t k = 0; pv_is(v, PV_LIST) && k < (size_t)n; k++)
			if (holds(env, s->cond, pv_item(v, k), k))
				return pv_item(v, k);
		return NULL;
	case EACH: break;
	}
	return NULL;
}

/* All that the steps choose, in order.  Of an object, EACH takes the members' values. */
static void
choose(const pv_rule_env *env, const struct step *s, size_t n, const pv_val *v, pv_listb *b)
{
	for (; n > 0 && s->kind != EACH; s++, n--)
		v = take(env, s, v);
	if (!v)
		return;
	if (n == 0) {
		pv_listb_add(b, *v);
		return;
	}
	for (size_t i = 0; i < pv_count(v); i++)
		if (holds(env, s->cond, pv_item(v, i), i))
			choose(env, s + 1, n - 1, pv_item(v, i), b);
}

static pv_val
walk(pv_rule_env *env, const pv_expr *e)
{
	pv_val of = ABSENT;
	const pv_val *v = e->base == ROOT     ? env->object
			  : e->base == ITEM   ? env->item
			  : e->base == PARAMS ? env->params
					      : &of;
	pv_listb b;
	if (e->base == OF) {
		of = pv_expr_eval(env, e->of);
		if (pv_is_absent(&of))
			return ABSENT;
	}
	if (e->many) {
		pv_listb_init(&b, env->arena);
		choose(env, e->steps, e->n_steps, v, &b);
		return b.len ? pv_listb_end(&b) : ABSENT;
	}
	for (size_t i = 0; v && i < e->n_steps; i++)
		v = take(env, &e->steps[i], v);
	return v ? *v : ABSENT;
}

/* ---- expressions ---- */

static pv_val template(pv_rule_env *env, const pv_expr *e)
{
	pv_buf b;
	pv_buf_init(&b, env->arena);
	for (size_t i = 0; i < e->n; i++)
		pv_buf_adds(&b, pv_expr_text(env, e->args[i]));
	return pv_string_ref(b.len ? b.s : "");
}

static bool
one_of(pv_rule_env *env, const pv_expr *e)
{
	pv_val a = pv_expr_eval(env, e->args[0]), b;
	for (size_t i = 1; i < e->n; i++) {
		b = pv_expr_eval(env, e->args[i]);
		if (equal(&a, &b))
			return true;
	}
	return false;
}

pv_val
pv_expr_eval(pv_rule_env *env, const pv_expr *e)
{
	pv_val a, b;
	switch (e->op) {
	case LITERAL: return e->value;
	case PATH: return walk(env, e);
	case TEMPLATE: return template(env, e);
	case AND: return pv_expr_is_true(env, e->args[0]) ? pv_expr_eval(env, e->args[1]) : ABSENT;
	case OR:
		a = pv_expr_eval(env, e->args[0]);
		return rule_is_true(&a) ? a : pv_expr_eval(env, e->args[1]);
	case NOT: return pv_bool(!pv_expr_is_true(env, e->args[0]));
	case EQUAL: return pv_bool(one_of(env, e));
	case UNEQUAL: return pv_bool(!one_of(env, e));
	case OTHERWISE:
		a = pv_expr_eval(env, e->args[0]);
		return is_none(&a) ? pv_expr_eval(env, e->args[1]) : a;
	case CALL: return e->fn(env, e);
	case INDEX_NUMBER: return pv_int((int64_t)env->index);
	default: break;
	}
	a = pv_expr_eval(env, e->args[0]);
	b = pv_expr_eval(env, e->args[1]);
	switch (e->op) {
	case PLUS: return added(&a, &b, false);
	case MINUS: return added(&a, &b, true);
	case LIKE: return pv_bool(a.type == PV_STRING && b.type == PV_STRING && pv_glob_spans(b.s, a.s));
	default: return pv_bool(ordered(e->op, &a, &b));
	}
}

bool
pv_expr_is_true(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = pv_expr_eval(env, e);
	return rule_is_true(&v);
}

const char *
pv_expr_text(pv_rule_env *env, const pv_expr *e)
{
	pv_val v = pv_expr_eval(env, e);
	return rule_text_of(env->arena, &v);
}

static pv_val
put(pv_arena *arena, const struct step *s, size_t n, const pv_val *at, const pv_val *v)
{
	const char *name = pv_strndup(arena, s->name.s, s->name.len);
	const pv_val *below = pv_is(at, PV_OBJECT) ? pv_getn(at, s->name.s, s->name.len) : NULL;
	pv_val made, empty = pv_object_of(arena, NULL, 0, NULL, NULL);
	if (pv_is_absent(v) && !below)
		return at ? *at : empty;
	if (!pv_is(at, PV_OBJECT))
		at = &empty;
	if (n == 1)
		return pv_is_absent(v) ? pv_without(arena, at, name) : pv_with(arena, at, name, *v);
	made = put(arena, s + 1, n - 1, below, v);
	return pv_with(arena, at, name, made);
}

pv_val
pv_expr_put(pv_rule_env *env, const pv_expr *place, const pv_val *document, const pv_val *v)
{
	return put(env->arena, place->steps, place->n_steps, document, v);
}
