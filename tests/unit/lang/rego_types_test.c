/* The static type checker, held to what OPA 1.20.2's says of the same bodies. */
#include "rego_case.h"

#include "base/arena.h"

#define HEAD \
	"package a\nnothing := []\nnobody := {}\nlimits := {\"of\": {}}\nnum := 1\nnums contains 1\nf(x) := 1\n" \
	"g([]) := 1\np if { "

/* NULL: taken; else what the error says. */
static const char *
verdict(const char *body)
{
	pv_rego_result result;
	rego_case c = {.module = pv_printf(cx.arena, HEAD "%s }", body), .query = "1"};
	if (rego_run(&c, &result) == 0)
		return NULL;
	const char *text = pv_printf(cx.arena, "%s: %s", pv_rego_error_code(&cx), cx.err->message);
	pv_recover(&cx);
	return text;
}

static void
equal_sides_must_meet(void **state)
{
	static const struct {
		const char *body, *left, *right;
	} rows[] = {
		{"x := \"a\"; x == 1", "string", "number"},
		{"\"a\" == 1", "string", "number"},
		{"count(input) == \"a\"", "number", "string"},
		{"count(input) + 1 == \"a\"", "number", "string"},
		{"f(1) == \"a\"", "number", "string"},
		{"{\"a\": 1} == [1]", "object<a: number>", "array<number>"},
		{"{1, 2} == [1, 2]", "set[number]", "array<number, number>"},
		{"{\"a\"} == {1}", "set[string]", "set[number]"},
		{"set() == {}", "set[any]", "object[any: any]"},
		{"1 == true", "number", "boolean"},
		{"x := null; x == false", "null", "boolean"},
		{"num == \"a\"", "number", "string"},
		{"nums == \"a\"", "set[number]", "string"},
		{"nums[_] == \"a\"", "number", "string"},
		{"some i; [1, 2][i] == \"a\"", "number", "string"},
		{"x := {\"a\": 1}; x == {\"b\": 1}", "object<a: number>", "object<b: number>"},
		{"(1 == 2) == 3", "boolean", "number"},
		{"x := [y | y := 1; y == \"a\"]", "number", "string"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *want =
			pv_printf(cx.arena, "rego_type_error: match error\n\tleft  : %s\n\tright : %s",
				  rows[i].left, rows[i].right);
		const char *found = verdict(rows[i].body);
		if (!found || !strstr(found, want))
			fail_msg("%s\nwanted: %s\nfound: %s", rows[i].body, want, found ? found : "taken");
	}
}

static void
what_may_hold_is_taken(void **state)
{
	static const char *const rows[] = {
		"x := 1 == \"a\"", /* a value: false */
		"x := \"a\"; x != 1",
		"x := \"a\"; x < 1",
		"input.x == 1; input.x == \"a\"",
		"some i; [1, \"a\"][i] == \"a\"",
		"1 == input.x with input.x as \"a\"",
		/* an empty constant may be filled some day */
		"some e in nothing; e == input.x",
		"nothing[_] == input.x",
		"nothing[0] > 3",
		"some k, v in nobody; v == k",
		"nobody[input.k]",
		"nobody.foo.bar",
		"limits.of[input.ns] > 3",
		"startswith(nothing[_], \"a\")",
		"x := []; x[y]",
		"nothing == [1]",
		"[1] == []",
		"{} == {\"a\": 1}",
		"[1] = nothing",
		"{\"a\": x} = nobody; x == 1",
		"g([1])",
		/* what `every` holds is not looked at */
		"every k in [1] { k == \"a\" }",
		"every k, v in {\"a\": 1} { startswith(k, v) }",
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (verdict(rows[i]))
			fail_msg("%s\nfound: %s", rows[i], verdict(rows[i]));
}

static void
variables_of_every_are_used(void **state)
{
	static const struct {
		const char *body, *unused;
	} rows[] = {
		{"every k, v in input { count(v) > 0 }", "declared var k unused"},
		{"every k, v in input { k == 1 }", "declared var v unused"},
		{"every v in input { true }", "declared var v unused"},
		{"every _, v in input { v == 1 }", NULL},
		{"every k, _ in input { k == 1 }", NULL},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *found = verdict(rows[i].body);
		if (rows[i].unused ? !found || !strstr(found, rows[i].unused) : found != NULL)
			fail_msg("%s\nwanted: %s\nfound: %s", rows[i].body, rows[i].unused, found);
	}
}

static void
queries_compare_anything(void **state)
{
	pv_rego_result result;
	(void)state;
	rego_case c = {.module = "package a", .query = "x := \"a\"; y := [1 | x == 1]; 1 == \"a\""};
	assert_int_equal(rego_run(&c, &result), 0);
}

/* A function has no value. */
static void
functions_are_called(void **state)
{
	static const char *const rows[] = {
		"x := f",
		"x := data.a.f",
		"f[x]",
		"f == f(1)",
		"sort(f)",
		"x := f(f)",
		"x := {\"a\": f}",
		"not f",
		"some x in f",
		"every x in f { x }",
		"[1 | f]",
		"x := $\"{f}\"",
		"f(1) with input as f",
		"data.a[\"f\"].x",
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *found = verdict(rows[i]);
		if (!found || !strstr(found, "rego_type_error: function data.a.f used as reference, not "
					     "called\n\thave: (any) => number"))
			fail_msg("%s\nfound: %s", rows[i], found ? found : "taken");
	}
	assert_null(verdict("f(1) with f as g; f(1) with count as f; [f | some f in [1]]"));
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(equal_sides_must_meet),       CASE(what_may_hold_is_taken),
		CASE(variables_of_every_are_used), CASE(queries_compare_anything),
		CASE(functions_are_called),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
