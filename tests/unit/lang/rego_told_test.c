/* All that is wrong with a policy is told at once, in the order of its files. */
#include "rego_case.h"

#include "base/arena.h"

static void
all_errors_are_told_in_the_order_of_the_file(void **state)
{
	const char *text = "package a\np if { x > 1 }\nq if { y > 1 }";
	pv_rego_result result;
	(void)state;
	assert_true(rego_run(&(rego_case){.module = text}, &result) < 0);
	assert_string_equal(cx.err->message, "2 errors occurred:\n"
					     "policy.rego:2: rego_unsafe_var_error: var x is unsafe\n"
					     "policy.rego:3: rego_unsafe_var_error: var y is unsafe");
	const pv_cause *first = cx.err->causes;
	assert_string_equal(first->reason, "rego_unsafe_var_error");
	assert_string_equal(first->field, "policy.rego:2:8");
	assert_string_equal(first->message, "var x is unsafe");
	assert_string_equal(first->next->field, "policy.rego:3:8");
}

/* As OPA 1.20.2 tells them, but for the words of the syntax. */
static void
all_modules_are_told(void **state)
{
	static const struct {
		const char *a, *b, *error;
	} rows[] = {
		{"package a\np if {\n\tx ==\n}", "package b\n\np := [1, 2\n",
		 "2 errors occurred:\na.rego:4: rego_parse_error: unexpected } token: expected a term\n\t}\n\t^\n"
		 "b.rego:4: rego_parse_error: unexpected eof token: expected \",\" or \"]\"\n\tp := [1, 2\n\t         ^"},
		{"package a\np { true }\nq[x] { x := 1 }\nr\na.b.c\ndeny[1]",
		 "package b\np {\n\t\tq +\n\t\t\t* 1\n}",
		 "7 errors occurred:\na.rego:4: rego_parse_error: var cannot be used for rule name\n"
		 "a.rego:2: rego_parse_error: `if` keyword is required before rule body\n"
		 "a.rego:3: rego_parse_error: `if` keyword is required before rule body\n"
		 "a.rego:3: rego_parse_error: `contains` keyword is required for partial set rules\n"
		 "a.rego:5: rego_parse_error: rule must have value assignment and/or body declaration\n"
		 "a.rego:6: rego_parse_error: `contains` keyword is required for partial set rules\n"
		 "b.rego:4: rego_parse_error: unexpected * token: expected a term\n\t* 1\n\t^"},
		{"package a\np if { q } else if { q }\nq if { input.x } else if { p }\nr if { q }\nr if { r }",
		 "package b",
		 "4 errors occurred:\na.rego:2: rego_recursion_error: rule data.a.p is recursive: data.a.p -> data.a.q -> data.a.p\n"
		 "a.rego:2: rego_recursion_error: rule data.a.p is recursive: data.a.p -> data.a.q -> data.a.p\n"
		 "a.rego:3: rego_recursion_error: rule data.a.q is recursive: data.a.q -> data.a.p -> data.a.q\n"
		 "a.rego:5: rego_recursion_error: rule data.a.r is recursive: data.a.r -> data.a.r"},
		{"package a\nb.c := 1", "package a.b.c",
		 "1 error occurred: a.rego:1: rego_type_error: package a.b.c conflicts with rule b.c defined at a.rego:2"},
		{"package a\nb.c := 1\nb[x] := 2 if { x := input.y }\nb.c.d := 3",
		 "package a.b\nf(x) := 1\nc.d := 4",
		 "2 errors occurred:\na.rego:3: rego_type_error: rule data.a.b[x] conflicts with:\n"
		 "  rule data.a.b.f at b.rego:2\n"
		 "a.rego:2: rego_type_error: rule data.a.b.c conflicts with:\n  rule data.a.b.c.d at a.rego:4"},
		{"package a\nb := 1", "package a.b\nc := 1",
		 "2 errors occurred:\na.rego:2: rego_type_error: rule data.a.b conflicts with:\n"
		 "  rule data.a.b.c at b.rego:2\n"
		 "a.rego:1: rego_type_error: package a.b conflicts with rule b defined at a.rego:2"},
		{"package a\nb[x] := 1 if { x := input.y }\nb.c := b.c.d", "package a.b.c\ne := 1",
		 "2 errors occurred:\na.rego:3: rego_type_error: rule data.a.b.c conflicts with:\n"
		 "  rule data.a.b.c.e at b.rego:2\n"
		 "a.rego:1: rego_type_error: package a.b.c conflicts with rule b.c defined at a.rego:3"},
		{"package a\nb[x] := 1 if { x := input.y }\nb.c := b.d", "package a.b\nd := data.a.b.c",
		 "2 errors occurred:\na.rego:3: rego_recursion_error: rule data.a.b.c is recursive: "
		 "data.a.b.c -> data.a.b.d -> data.a.b.c\n"
		 "b.rego:2: rego_recursion_error: rule data.a.b.d is recursive: data.a.b.d -> data.a.b.c -> data.a.b.d"},
		{"package a\np if { x; x; not y }", "package b\nq if z",
		 "3 errors occurred:\na.rego:2: rego_unsafe_var_error: var x is unsafe\n"
		 "a.rego:2: rego_unsafe_var_error: var y is unsafe\nb.rego:2: rego_unsafe_var_error: var z is unsafe"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_rego_module both[] = {{.name = "a.rego", .text = {rows[i].a, strlen(rows[i].a)}},
					       {.name = "b.rego", .text = {rows[i].b, strlen(rows[i].b)}}};
		pv_rego *rego;
		assert_true(pv_rego_compile(&cx, both, 2, NULL, &rego) < 0);
		assert_string_equal(cx.err->message, rows[i].error);
		pv_recover(&cx);
	}
}

static void
an_error_of_syntax_has_its_line_as_details(void **state)
{
	const char *text = "package a\np if {\n\t\tx == [1,,\n}";
	const pv_rego_module m = {.name = "a.rego", .text = {text, strlen(text)}};
	pv_rego *rego;
	pv_buf b;
	(void)state;
	assert_true(pv_rego_compile(&cx, &m, 1, NULL, &rego) < 0);
	pv_val told = pv_rego_errors_json(&cx);
	pv_buf_init(&b, cx.arena);
	pv_rego_write(&b, pv_item(&told, 0), NULL, false);
	assert_string_equal(
		b.s,
		"{\"message\":\"unexpected , token: expected a term\","
		"\"details\":{\"line\":\"\\t\\tx == [1,,\",\"idx\":10},"
		"\"code\":\"rego_parse_error\",\"location\":{\"file\":\"a.rego\",\"row\":3,\"col\":11}}");
	pv_recover(&cx);
}

/* A name of the author's may have the signs that stand before such a line. */
static void
an_error_without_a_line_has_no_details(void **state)
{
	const char *text = "# METADATA\n# scope: \"a\\n\\tb\\n\\t^\"\npackage a";
	const pv_rego_module m = {.name = "a.rego", .text = {text, strlen(text)}};
	pv_rego *rego;
	(void)state;
	assert_true(pv_rego_compile(&cx, &m, 1, NULL, &rego) < 0);
	pv_val told = pv_rego_errors_json(&cx);
	assert_string_equal(
		pv_text(pv_get(pv_item(&told, 0), "message"), ""),
		"invalid annotation scope 'a\n\tb\n\t^'. Use one of 'rule', 'document', 'package', or "
		"'subpackages'");
	assert_null(pv_get(pv_item(&told, 0), "details"));
	pv_recover(&cx);
}

/* One error at the first of the rules, with where the others are. */
static void
rules_that_make_no_document_are_told(void **state)
{
	static const struct {
		const char *module, *code;
		int line, column;
		const char *part;
	} rows[] = {
		{"package a\np := 1\np contains 2", "rego_type_error", 2, 1,
		 "conflicting rules data.a.p found"},
		{"package a\nf(x) := 1\nf(x, y) := 2", "rego_type_error", 2, 1,
		 "conflicting rules data.a.f found"},
		{"package a\ndefault p := 1\ndefault p := 2", "rego_type_error", 1, 1,
		 "multiple default rules data.a.p found at policy.rego:2, policy.rego:3"},
		{"package a\np := 1\np.q := 2\np.r[\"s t\"] := 3\np.r.s.t contains 1", "rego_type_error", 2,
		 1,
		 "rule data.a.p conflicts with:\n  rule data.a.p.q at policy.rego:3\n"
		 "  rule data.a.p.r.s.t at policy.rego:5\n  rule data.a.p.r[\"s t\"] at policy.rego:4"},
		{"package a\np[x].s := 2 if { x := input.y }\np[x] contains 1 if { x := input.y }",
		 "rego_type_error", 2, 1, "conflicting rules data.a.p[x] found"},
		{"package a\np[x].s := 2 if { x := input.y }\np.q(x) := 1", "rego_type_error", 2, 1,
		 "rule data.a.p[x].s conflicts with:\n  rule data.a.p.q at policy.rego:3"},
		{"package a\np := 1\np[x].s := 2 if { x := input.y }", "rego_type_error", 2, 1,
		 "conflicting rules data.a.p[x].s found"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_rego_result result;
		assert_true(rego_run(&(rego_case){.module = rows[i].module}, &result) < 0);
		if (cx.err->line != rows[i].line || cx.err->column != rows[i].column ||
		    !strstr(cx.err->message, rows[i].part) ||
		    !pv_streq(pv_rego_error_code(&cx), rows[i].code))
			fail_msg("%s: got %s", rows[i].module, pv_error_text(&cx));
		pv_recover(&cx);
	}
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(all_errors_are_told_in_the_order_of_the_file),
		CASE(all_modules_are_told),
		CASE(an_error_of_syntax_has_its_line_as_details),
		CASE(an_error_without_a_line_has_no_details),
		CASE(rules_that_make_no_document_are_told),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
