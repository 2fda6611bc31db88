/* Indexes change no result: everything here is evaluated twice, the second time with a
 * trace, which walks all that is written, and the first time takes far fewer steps. */
#include "rego_case.h"

#include "base/arena.h"

static const char items[] = "items := [{\"id\": n % 40, \"v\": n} | some n in numbers.range(1, 800)]\n";

static char *
values_of(const pv_rego_result *result)
{
	const pv_val *list = *PV_AT(const pv_val *, &result->expressions, 0);
	pv_val v = pv_rego_json(cx.arena, list);
	return pv_json_text(cx.arena, &v);
}

/* How many times fewer steps than as written. */
static uint64_t
gain(rego_case *c)
{
	pv_rego_result fast = {0}, slow = {0};
	c->trace = false;
	if (rego_run(c, &fast) < 0)
		fail_msg("%s\n%s", c->module, pv_error_text(&cx));
	c->trace = true;
	if (rego_run(c, &slow) < 0)
		fail_msg("%s\n%s", c->module, pv_error_text(&cx));
	c->trace = false;
	assert_int_equal(fast.sets.len, slow.sets.len);
	if (slow.expressions.len)
		assert_string_equal(values_of(&fast), values_of(&slow));
	return slow.steps / (fast.steps + 1);
}

static uint64_t
gain_of(const char *rules, const char *query)
{
	rego_case c = {.module = pv_printf(cx.arena, "package p\n%s%s", items, rules), .query = query};
	return gain(&c);
}

static void
comprehensions_in_loops_are_evaluated_once(void **state)
{
	static const char *const rules[] = {
		"r[id] := vs if { some id in numbers.range(0, 39); vs := [x.v | some x in items; x.id == id] }",
		"r[id] := vs if { some id in numbers.range(0, 39); vs := {x.v | x := items[_]; id = x.id} }",
		"r[id] := vs if { some id in numbers.range(0, 39); vs := {x.v: y | x := items[_]; x.id == id; y := x.v * 2} }",
		"r contains n if { some id in numbers.range(0, 39); n := count([1 | items[_].id == id]) }",
		"r contains n if { some x in items; n := count({y.id | some y in items}) + x.v }",
		"f(id) := [x.v | some x in items; x.id == id]\nr := [f(id) | some id in numbers.range(0, 39)]",
		"r := {id: vs | some id in numbers.range(0, 50); vs := [[a, b] | some a, x in items; [x.id, b] = [id, x.v]]}",
		"r := {[i, w]: vs | some i in numbers.range(0, 9); some w in [0, 1.0]; vs := [x | some x in items; x.id == i; x.v % 2 == w]}",
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rules); i++)
		if (gain_of(rules[i], "data.p.r") < 3)
			fail_msg("as slow as written: %s", rules[i]);
}

/* A key is looked up, not iterated over; what is different each time is not kept. */
static void
what_is_no_index_stays_as_written(void **state)
{
	static const char *const rules[] = {
		"r[k] := vs if { some k in [3, 4, 5, 5, 799, 800]; vs := [x | x := items[k].v] }",
		"r[k] := vs if { some k in [3, 4, 5, 5]; vs := [y | some x in items; y := [1, 2, 3, 4, 5, 6][k]] }",
		"r[k] := vs if { some k in [3, 4, 5, 5]; vs := [p | walk({\"a\": [7, 3, 4]}, [p, k])] }",
		"r[k] := vs if { some k in [3, 4, 5, 5]; vs := [x.v | some x in items; not x.id == k] }",
		"r[k] := vs if { some k in [3, 4, 5, 5]; vs := {y | some x in items; y := x.v with input as k} }",
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rules); i++)
		(void)gain_of(rules[i], "data.p.r");
}

static void
a_scope_of_with_has_its_own(void **state)
{
	(void)state;
	(void)gain_of(
		"vs(id) := [x.v | some x in input.items; x.id == id]\n"
		"all := [vs(n) | some n in numbers.range(1, 5)]\n"
		"r := [a, b, c] if { a := all with input as {\"items\": [{\"id\": 1, \"v\": 2}]};\n"
		" b := all with input as {\"items\": [{\"id\": 4, \"v\": 9}]}; c := all with input as {\"items\": items} }",
		"data.p.r");
}

static void
errors_of_what_nobody_asks_for_are_none(void **state)
{
	rego_case c = {
		.module =
			"package p\n"
			"f(7) := 1\nf(7) := 2\nf(x) := x if x != 7\n"
			"r := [vs | some id in [1, 2, 3, 4, 5, 6]; vs := [y | some x in numbers.range(1, 50);"
			" x == id; y := f(x)]]\n"
			"asked := [vs | some id in [1, 2, 3, 4, 7]; vs := [y | some x in numbers.range(1, 50);"
			" x == id; y := f(x)]]\n"
			"keys := [o | some id in [1, 2, 3, 4]; o := {\"k\": y | some x in [[1, 1], [2, 2], [3, 3],"
			" [4, 4], [5, 5], [5, 6]]; x[0] == id; y := x[1]}]\n",
		.query = "data.p.r"};
	pv_rego_result result;
	(void)state;
	(void)gain(&c);
	c.query = "data.p.keys";
	(void)gain(&c);
	c.query = "data.p.asked";
	assert_true(rego_run(&c, &result) < 0);
	assert_non_null(strstr(pv_error_text(&cx), "functions must not produce multiple outputs"));
	pv_recover(&cx);
}

/* As written three evaluations look at three elements; an index would look at all pairs. */
static void
an_index_that_costs_too_much_is_given_up(void **state)
{
	rego_case c = {.module = "package p\n"
				 "xs := numbers.range(1, 3000)\n"
				 "r := [n | some id in [1, 2, 3, 4]; n := count([1 | some x in xs; x == id;"
				 " some y in xs; y > 2999])]\n",
		       .query = "data.p.r",
		       .steps = 2000000};
	pv_rego_result result;
	(void)state;
	assert_int_equal(rego_run(&c, &result), 0);
	assert_string_equal(values_of(&result), "[[1,1,1,1]]");
	assert_true(result.steps < 2000000);
}

static char *
rules(const char *format, int n)
{
	pv_buf b;
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "package p\n");
	for (int i = 0; i < n; i++) {
		for (const char *s = format; *s; s++)
			if (*s == '#')
				pv_buf_printf(&b, "%d", i);
			else
				pv_buf_addc(&b, *s);
		pv_buf_addc(&b, '\n');
	}
	return b.s;
}

static void
of_many_clauses_those_run_that_can_succeed(void **state)
{
	static const char *const cases[][2] = {
		{"r contains # if { input.kind == \"a\"; input.name == \"n#\" }", "data.p.r"},
		{"r := # if { input.name == \"n#\"; input.kind == \"a\" }", "data.p.r"},
		{"r contains # if { x := input.name; x == \"n#\" }", "data.p.r"},
		{"f(\"n#\") := #", "data.p.f(input.name)"},
		{"f(_, \"a\", \"n#\") := # if true", "data.p.f(1, input.kind, input.name)"},
		{"f(x) := # if { x.kind == \"a\"; x.name == \"n#\" }", "data.p.f(input)"},
		{"r contains # if input.list[1] == #", "data.p.r"},
	};
	rego_case c = {.input = "{\"kind\": \"a\", \"name\": \"n250\", \"list\": [0, 250.0]}"};
	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++) {
		c.module = rules(cases[i][0], 500);
		c.query = cases[i][1];
		if (gain(&c) < 50)
			fail_msg("all clauses run: %s", cases[i][0]);
	}
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(comprehensions_in_loops_are_evaluated_once),
		CASE(what_is_no_index_stays_as_written),
		CASE(a_scope_of_with_has_its_own),
		CASE(errors_of_what_nobody_asks_for_are_none),
		CASE(an_index_that_costs_too_much_is_given_up),
		CASE(of_many_clauses_those_run_that_can_succeed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
