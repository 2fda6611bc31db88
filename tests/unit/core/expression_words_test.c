/* Expressions of policies and of webhooks' conditions, many of them broken, and what a kube-apiserver 1.34.4
 * said of them (expression_words.jsonl).  A row has an expression of a validation with its error, a condition of
 * a webhook with its error, the spec of a policy with all that is wrong with it, or what an expression gives or
 * how it fails when it runs (objects there as below). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/admission/expr.h"
#include "core/policy/policy.h"
#include "lang/json/json.h"
#include "unit/core/rows.h"
#include <stdio.h>
#include <string.h>

#define POLICY \
	"{\"kind\":\"ValidatingAdmissionPolicy\",\"metadata\":{\"name\":\"p\"},\"spec\":{" \
	"\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\"],\"apiVersions\":[\"v1\"]," \
	"\"resources\":[\"configmaps\"],\"operations\":[\"*\"]}]},\"validations\":[{\"expression\":\"\"}]}}"

typedef struct tally {
	size_t n, wrong;
} tally;

static const pv_val *
parsed(pv_ctx *cx, const char *text)
{
	const pv_val *v;

	assert_int_equal(pv_json_parse(cx, pv_str_of(text), NULL, &v), 0);
	return v;
}

/* The spec that a row has, or one with its expression. */
static const pv_val *
policy_of(pv_ctx *cx, const pv_val *row)
{
	const pv_val *base = parsed(cx, POLICY), *expr = pv_get(row, "expr");
	pv_val v;

	if (expr) {
		pv_val rule =
			pv_with(cx->arena, pv_item(pv_at(base, "spec.validations"), 0), "expression", *expr);

		v = pv_with_at(cx->arena, base, "spec.validations", pv_list_of(cx->arena, &rule, 1));
	} else {
		v = pv_with(cx->arena, base, "spec", *pv_get(row, "spec"));
		v = pv_with(cx->arena, &v, "kind", *pv_get(row, "kind"));
	}
	return pv_box(cx->arena, v);
}

static bool
is_told(const pv_vec *causes, const pv_val *want)
{
	for (size_t i = 0; i < causes->len; i++) {
		const pv_cause *c = PV_AT(pv_cause, causes, i);

		if (pv_streq(c->field, pv_text(pv_item(want, 0), "")) &&
		    pv_streq(c->reason, pv_text(pv_item(want, 1), "")) &&
		    pv_streq(c->message, pv_text(pv_item(want, 2), "")))
			return true;
	}
	return false;
}

static bool
policy_alike(pv_ctx *cx, const pv_val *row)
{
	const pv_val *want = pv_get(row, "causes");
	const char *error = pv_text(pv_get(row, "error"), "?");
	bool alike = true;
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_policy_check(cx, policy_of(cx, row), &causes);
	if (pv_get(row, "expr"))
		alike = causes.len == 1 && pv_ends_with(PV_AT(pv_cause, &causes, 0)->message, error);
	else
		alike = causes.len == pv_count(want);
	for (size_t i = 0; i < pv_count(want); i++)
		alike &= is_told(&causes, pv_item(want, i));
	for (size_t i = 0; !alike && i < causes.len; i++)
		printf("#   told: %s: %s\n", PV_AT(pv_cause, &causes, i)->field,
		       PV_AT(pv_cause, &causes, i)->message);
	return alike;
}

static bool
condition_alike(pv_ctx *cx, const pv_val *row)
{
	const pv_cel *program;
	int r = expr_compile(cx, cx->arena, pv_strv(pv_get(row, "condition")), &program);
	const char *told = r < 0 ? cx->err->message : "";
	bool alike = pv_streq(told, pv_text(pv_get(row, "error"), ""));

	if (!alike)
		printf("#   told: %s\n", told);
	if (r < 0)
		(void)pv_recover(cx);
	return alike;
}

/* ---- what runs ---- */

#define OBJECT \
	"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"obj\"," \
	"\"namespace\":\"pa\",\"labels\":{\"case\":\"1\"}},\"data\":{\"a\":\"b\"}}"
#define REQUEST \
	"{\"name\":\"obj\",\"operation\":\"CREATE\",\"options\":{\"kind\":\"CreateOptions\"," \
	"\"dryRun\":[\"All\"]}}"
#define SPACE "{\"metadata\":{\"name\":\"pa\"}}"

static const char *
run_of(pv_ctx *cx, pv_str text, bool *ret_fails)
{
	pv_cel_val values[EXPR_VARS], v;
	pv_cel_run run = {.vars = values, .limit = EXPR_CALL_COST};
	const pv_cel *program;

	for (size_t i = 0; i < EXPR_VARS; i++)
		values[i] = (pv_cel_val){.kind = PV_CEL_NULL};
	values[EXPR_OBJECT] = pv_cel_of(cx->arena, NULL, NULL, parsed(cx, OBJECT));
	values[EXPR_REQUEST] = pv_cel_of(cx->arena, &expr_shapes, expr_request, parsed(cx, REQUEST));
	values[EXPR_SPACE] = expr_space(cx->arena, parsed(cx, SPACE));
	*ret_fails =
		expr_compile(cx, cx->arena, text, &program) < 0 || pv_cel_eval(cx, program, &run, &v) < 0;
	if (*ret_fails) {
		const char *error = pv_strdup(cx->arena, pv_error_text(cx));

		(void)pv_recover(cx);
		return error;
	}
	return v.kind == PV_CEL_STRING ? pv_strndup(cx->arena, v.s, v.len)
	       : pv_cel_true(&v)       ? "true"
				       : "false";
}

static bool
run_alike(pv_ctx *cx, const pv_val *row)
{
	bool fails, alike;
	const char *told = run_of(cx, pv_strv(pv_get(row, "run")), &fails);

	alike = pv_streq(told, pv_text(pv_get(row, fails ? "error" : "value"), "?"));
	if (!alike)
		printf("#   %s: %s\n", fails ? "failed" : "gave", told);
	return alike;
}

static void
look_at(pv_ctx *cx, const pv_val *row, void *arg)
{
	tally *t = arg;
	bool alike = pv_get(row, "condition") ? condition_alike(cx, row)
		     : pv_get(row, "run")     ? run_alike(cx, row)
					      : policy_alike(cx, row);

	if (!alike)
		printf("# %s\n", pv_json_text(cx->arena, row));
	t->n++;
	t->wrong += !alike;
}

static void
says_what_kubernetes_says(void **state)
{
	tally t = {.n = 0};

	(void)state;
	rows_read("expression_words.jsonl", look_at, &t);
	printf("# %zu rows, %zu judged otherwise\n", t.n, t.wrong);
	assert_true(t.n > 500);
	assert_int_equal(t.wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_kubernetes_says)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
