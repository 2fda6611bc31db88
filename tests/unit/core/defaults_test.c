/* New objects of built-in kinds, and what a kube-apiserver 1.34.4 made of them (defaults.jsonl): the same spec,
 * labels and class of service, behind defaults and what the server gives.  Left out: what takes another object or
 * a choice (addresses, ports of nodes, classes, tolerations). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "lang/json/json.h"
#include "unit/core/refusal.h"
#include <stdio.h>

static const pv_val *
made_of(registry_world *w, const pv_val *object)
{
	const pv_resource *res = refusal_resource_of(w, object);

	object = pv_resource_default(&w->cx, res, pv_resource_prune(&w->cx, res, object, NULL));
	return pv_resource_give(&w->cx, res, object, NULL);
}

static bool
is_same(registry_world *w, const pv_val *made, const pv_str key, const pv_val *want)
{
	pv_val none = pv_object_of(w->cx.arena, NULL, 0, NULL, NULL);
	const pv_val *have = pv_get(made, key.s);

	if (pv_str_is(key, "labels"))
		have = pv_at(made, "metadata.labels");
	if (pv_str_is(key, "labels") && !have)
		have = &none;
	if (pv_str_is(key, "status"))
		return pv_streq(pv_text_at(made, "status.qosClass", ""), pv_text_at(want, "qosClass", ""));
	return pv_eq(have, want);
}

static bool
is_made_alike(registry_world *w, const pv_val *row)
{
	const pv_val *made = made_of(w, pv_get(row, "object")), *want = pv_get(row, "made");
	bool alike = true;

	for (size_t i = 0; i < pv_count(want); i++)
		alike &= is_same(w, made, pv_strv(&want->members[i].key), &want->members[i].val);
	if (!alike)
		printf("# %s\n#   made: %s\n", pv_json_text(w->cx.arena, row),
		       pv_json_text(w->cx.arena, made));
	return alike;
}

static void
makes_what_kubernetes_makes(void **state)
{
	static const char path[] = PAVE_SOURCE_DIR "/tests/unit/core/defaults.jsonl";
	registry_world *w = *state;
	size_t n = 0, wrong = 0;
	pv_str text, line;

	assert_int_equal(pv_file_load(&w->cx, path, 1 << 24, &text), 0);
	while (pv_str_next(&text, '\n', &line)) {
		const pv_val *row;

		if (!line.len)
			continue;
		assert_int_equal(pv_json_parse(&w->cx, line, NULL, &row), 0);
		wrong += !is_made_alike(w, row);
		n++;
	}
	printf("# %zu objects, %zu made otherwise\n", n, wrong);
	assert_true(n > 200);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(makes_what_kubernetes_makes)};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
