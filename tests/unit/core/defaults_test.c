/* New objects of built-in kinds, and what a kube-apiserver 1.34.4 made of them (defaults.jsonl): the same spec,
 * labels and class of service, behind defaults and what the server gives.  Left out: what takes another object or
 * a choice (addresses, ports of nodes, classes, tolerations). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "lang/json/json.h"
#include "unit/core/refusal.h"
#include "unit/core/rows.h"
#include <stdio.h>

typedef struct tally {
	registry_world *w;
	size_t n, wrong;
} tally;

static const pv_val *
made_of(registry_world *w, pv_ctx *cx, const pv_val *sent)
{
	const pv_resource *res = refusal_resource_of(w, sent);
	const pv_val *object = pv_resource_default(cx, res, pv_resource_prune(cx, res, sent, NULL));

	object = pv_box(cx->arena, pv_copy(cx->arena, object)); /* what is given depends on values alone */
	return pv_resource_give(cx, res, object, NULL, sent);
}

static bool
is_same(const pv_val *made, const pv_str key, const pv_val *want)
{
	static const pv_val none = {.type = PV_OBJECT};
	const pv_val *have = pv_get(made, key.s);

	if (pv_str_is(key, "labels"))
		have = pv_at(made, "metadata.labels");
	if (pv_str_is(key, "labels") && !have)
		have = &none;
	if (pv_str_is(key, "status"))
		return pv_streq(pv_text_at(made, "status.qosClass", ""), pv_text_at(want, "qosClass", ""));
	return pv_eq(have, want);
}

static void
look_at(pv_ctx *cx, const pv_val *row, void *arg)
{
	tally *t = arg;
	const pv_val *made = made_of(t->w, cx, pv_get(row, "object")), *want = pv_get(row, "made");
	bool alike = true;

	for (size_t i = 0; i < pv_count(want); i++)
		alike &= is_same(made, pv_strv(&want->members[i].key), &want->members[i].val);
	if (!alike)
		printf("# %s\n#   made: %s\n", pv_json_text(cx->arena, row), pv_json_text(cx->arena, made));
	t->wrong += !alike;
	t->n++;
}

static void
makes_what_kubernetes_makes(void **state)
{
	tally t = {.w = *state};

	rows_read("defaults.jsonl", look_at, &t);
	printf("# %zu objects, %zu made otherwise\n", t.n, t.wrong);
	assert_true(t.n > 200);
	assert_int_equal(t.wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(makes_what_kubernetes_makes)};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
