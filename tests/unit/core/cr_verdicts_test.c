/* Custom objects of one kind, new or in place of an older one, and what a kube-apiserver 1.34.4 said of
 * them (cr_verdicts.jsonl): causes with the same reasons and fields, as often, and of those that it took the
 * same object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"
#include "unit/core/rows.h"
#include <stdio.h>

typedef struct judge {
	pv_ctx cx;
	pv_registry *registry;
	const pv_resource *res; /* of the row with the definition, which is the first */
	size_t n, wrong;
} judge;

static size_t
times_told(const pv_vec *causes, const pv_val *want)
{
	size_t n = 0;

	for (size_t i = 0; i < causes->len; i++) {
		const pv_cause *c = PV_AT(pv_cause, causes, i);

		n += pv_streq(c->reason, pv_text(pv_get(want, "reason"), "")) &&
		     pv_streq(c->field, pv_text(pv_get(want, "field"), ""));
	}
	return n;
}

static size_t
times_wanted(const pv_val *list, const pv_val *want)
{
	size_t n = 0;

	for (size_t i = 0; i < pv_count(list); i++)
		n += pv_eq(pv_item(list, i), want);
	return n;
}

/* As it is written, without what the schema does not know and with its defaults. */
static const pv_val *
object_of(pv_ctx *cx, const pv_resource *res, const pv_val *spec)
{
	static const char head[] =
		"{\"apiVersion\":\"o.example.com/v1\",\"kind\":\"Thing\",\"metadata\":{\"name\":\"a\"}}";
	const pv_val *object;

	if (!spec)
		return NULL;
	assert_int_equal(pv_json_parse(cx, pv_str_of(head), NULL, &object), 0);
	object = pv_box(cx->arena, pv_with(cx->arena, object, "spec", *spec));
	return pv_resource_default(cx, res, pv_resource_prune(cx, res, object, NULL));
}

static bool
judged_alike(pv_ctx *cx, const pv_resource *res, const pv_val *row)
{
	const pv_val *want = pv_get(row, "causes"), *result = pv_get(row, "result");
	const pv_val *object = object_of(cx, res, pv_get(row, "spec")),
		     *old = object_of(cx, res, pv_get(row, "old"));
	bool alike;
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_resource_validate(cx, res, object, old, "", &causes, NULL);
	alike = causes.len == pv_count(want) && (!result || pv_eq(result, pv_get(object, "spec")));
	for (size_t i = 0; i < pv_count(want); i++)
		alike &= times_told(&causes, pv_item(want, i)) == times_wanted(want, pv_item(want, i));
	if (alike)
		return true;
	printf("# %s\n#   is %s\n", pv_json_text(cx->arena, row), pv_json_text(cx->arena, object));
	for (size_t i = 0; i < causes.len; i++) {
		const pv_cause *c = PV_AT(pv_cause, &causes, i);

		printf("#   told: %s %s: %s\n", c->reason, c->field, c->message);
	}
	return false;
}

static void
look_at(pv_ctx *cx, const pv_val *row, void *arg)
{
	const pv_val *base = pv_get(row, "base");
	judge *j = arg;

	if (base) {
		assert_int_equal(
			pv_registry_put_crd(cx, j->registry, pv_text_at(base, "metadata.name", ""), base), 0);
		j->res = pv_resource_of_type(&j->cx, j->registry, "o.example.com/Thing");
		assert_non_null(j->res);
	} else {
		j->wrong += !judged_alike(cx, j->res, row);
		j->n++;
	}
}

static void
says_what_kubernetes_says(void **state)
{
	judge j = {.n = 0};

	(void)state;
	pv_ctx_init(&j.cx, "test");
	assert_int_equal(pv_registry_new(&j.cx, &j.registry), 0);
	rows_read("cr_verdicts.jsonl", look_at, &j);
	printf("# %zu objects, %zu judged otherwise\n", j.n, j.wrong);
	assert_true(j.n > 300);
	assert_int_equal(j.wrong, 0);
	pv_ctx_done(&j.cx);
	pv_registry_free(j.registry);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_kubernetes_says)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
