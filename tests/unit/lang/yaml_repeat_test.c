/* Keys that a mapping repeats, as versions of go-yaml tell them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/vec.h"
#include "lang/yaml/yaml.h"
#include "unit/context.h"

/* By the line of the value, or as go-yaml v3 of the key. */
static void
repeats_are_told_in_two_ways(void **state)
{
	static const char text[] = "a:\n  b: 1\n  b:\n  - 2\na: c\nd: {a: 1}\n";
	pv_vec told;

	(void)state;
	pv_vec_init(&told, cx.arena, sizeof(const char *));
	pv_yaml_repeats(&cx, PV_STR(text), &told);
	assert_int_equal(told.len, 2);
	assert_string_equal(*PV_AT(const char *, &told, 0), "line 4: key \"b\" already set in map");
	assert_string_equal(*PV_AT(const char *, &told, 1), "line 5: key \"a\" already set in map");
	pv_vec_init(&told, cx.arena, sizeof(pv_yaml_fault));
	pv_yaml_repeats_v3(&cx, PV_STR(text), &told);
	assert_int_equal(told.len, 2);
	assert_int_equal(PV_AT(pv_yaml_fault, &told, 0)->line, 3);
	assert_string_equal(PV_AT(pv_yaml_fault, &told, 0)->message,
			    "mapping key \"b\" already defined at line 2");
	assert_string_equal(PV_AT(pv_yaml_fault, &told, 1)->message,
			    "mapping key \"a\" already defined at line 1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(repeats_are_told_in_two_ways, context_begin, context_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
