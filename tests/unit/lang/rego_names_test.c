/* Names of a body: each is declared once, and before it is used. */
#include "rego_case.h"

static void
a_name_is_declared_once_and_first(void **state)
{
	static const char *const rows[][2] = {
		{"p if { x := 1; x := 2 }", "2: rego_compile_error: var x assigned above"},
		{"p if { x > 1; x := 2 }", "2: rego_compile_error: var x referenced above"},
		{"p if { x = 0; some x in [1] }", "2: rego_compile_error: var x referenced above"},
		{"p if { x = 0\n some y, x in [1] }", "3: rego_compile_error: var x referenced above"},
		{"p if { x == 0; some x }", "2: rego_compile_error: var x referenced above"},
		{"p if { x := 0; some y, x in [1] }", "2: rego_compile_error: var x assigned above"},
		{"p if { some x in [0]; some [x, y] in [1] }", "2: rego_compile_error: var x declared above"},
		{"f(x) if { some x in [1] }", "2: rego_compile_error: arg x redeclared"},
		{"f([x]) := 1 if { x := 1 }", "2: rego_compile_error: arg x redeclared"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		rego_case c = {.module = pv_printf(cx.arena, "package a\n%s", rows[i][0])};
		pv_rego_result result;
		assert_true(rego_run(&c, &result) < 0);
		if (!strstr(pv_error_text(&cx), rows[i][1]))
			fail_msg("%s\n%s", rows[i][0], pv_error_text(&cx));
		pv_recover(&cx);
	}
}

/* In a body of its own, or as the key and the value of one statement. */
static void
what_is_inside_is_another(void **state)
{
	static const char *const rows[] = {
		"p if { some x, x in [0] }",
		"p if { every x in [1] { x == 1 }; some x in [2] }",
		"p if { some y in [1]; every x in [1] { some y in [1]; x == y } }",
		"p if { f(1) == [1] }\nf(x) := [x | some x in [1]]",
		"p if { xs := [x | some x in [1]]; some x in xs }",
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		rego_case c = {.module = pv_printf(cx.arena, "package a\n%s", rows[i]),
			       .query = "x = data.a.p"};
		assert_string_equal(rego_rows(&c), "[{\"x\":true}]");
	}
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(a_name_is_declared_once_and_first),
		CASE(what_is_inside_is_another),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
