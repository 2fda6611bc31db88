#include "core/admission/expr.h"

#include "base/str.h"

int
expr_compile(pv_ctx *cx, pv_arena *arena, pv_str text, const pv_cel **ret)
{
	static const pv_cel_var vars[EXPR_VARS] = {
		{.name = "object"}, {.name = "oldObject"}, {.name = "request"}};
	const pv_cel_env env = {.vars = vars, .n_vars = EXPR_VARS, .want = "bool", .homogeneous = true};

	return pv_cel_compile(cx, arena, &env, text, ret);
}

pv_cel_val *
expr_values(pv_ctx *cx, const pv_admit *seen, const pv_val *request)
{
	static const pv_val none = {.type = PV_NULL};
	const pv_val *given[EXPR_VARS] = {seen->object, seen->old, request};
	pv_cel_val *values = pv_new_array(cx->arena, pv_cel_val, EXPR_VARS);

	for (size_t i = 0; i < EXPR_VARS; i++)
		values[i] = pv_cel_of(cx->arena, NULL, NULL, given[i] ? given[i] : &none);
	return values;
}

/* One condition: true, false, or an error that is set. */
static int
holds(pv_ctx *cx, const pv_val *condition, const pv_cel_val *values, uint64_t *budget, bool *ret)
{
	pv_str text = pv_strv(pv_get(condition, "expression"));
	pv_cel_run run = {.vars = values, .limit = *budget < EXPR_CALL_COST ? *budget : EXPR_CALL_COST};
	const pv_cel *program;
	pv_cel_val verdict;
	int r = expr_compile(cx, cx->arena, text, &program);

	if (r == 0)
		r = pv_cel_eval(cx, program, &run, &verdict);
	*budget -= run.cost < *budget ? run.cost : *budget - 1;
	if (r < 0) {
		const char *why = cx->err->message;

		(void)pv_recover(cx);
		return pv_fail(cx, PV_EINVALID, "expression '%.*s' resulted in error: %s", (int)text.len,
			       text.s, why);
	}
	*ret = pv_cel_true(&verdict);
	return 0;
}

int
expr_conditions(pv_ctx *cx, const pv_val *conditions, const pv_cel_val *values, bool *ret)
{
	uint64_t budget = EXPR_CONDITIONS_COST;
	const char *first = NULL;

	*ret = true;
	for (size_t i = 0; i < pv_count(conditions); i++) {
		bool held = true;

		if (holds(cx, pv_item(conditions, i), values, &budget, &held) < 0) {
			first = first ? first : cx->err->message;
			(void)pv_recover(cx);
		} else if (!held) {
			*ret = false;
			return 0;
		}
	}
	return first ? pv_fail(cx, PV_EINVALID, "%s", first) : 0;
}
