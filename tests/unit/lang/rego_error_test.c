/* What a person is told who wrote a policy that cannot be: the code, the place, and
 * what was expected. */
#include "rego_case.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/time.h"

static void
refused(const rego_case *c, const char *code, int line, int column, const char *part)
{
	pv_rego_result result;
	if (rego_run(c, &result) == 0)
		fail_msg("accepted: %s", c->module);
	if (cx.err->line != line || cx.err->column != column || !strstr(cx.err->message, part) ||
	    !pv_streq(pv_rego_error_code(&cx), code))
		fail_msg("%s\nwanted %s %d:%d ...%s...\ngot %s %s", c->module, code, line, column, part,
			 pv_rego_error_code(&cx), pv_error_text(&cx));
	pv_recover(&cx);
}

static void
syntax_errors_say_where_and_what_was_expected(void **state)
{
	static const struct {
		const char *module;
		int line, column;
		const char *part;
	} rows[] = {
		{"", 1, 1, "package expected"},
		{"p := 1", 1, 1, "package expected"},
		{"package", 1, 8, "expected the package's path"},
		{"package a\n\np if {\n\tx ==\n}", 5, 1, "unexpected } token: expected a term"},
		{"package a\np if { x = }", 2, 12, "unexpected } token: expected a term"},
		{"package a\np := -(3)", 2, 7,
		 "unexpected ( token: expected a number, a name or a call behind the sign"},
		{"package a\np := -true", 2, 7, "unexpected true keyword: expected a number, a name"},
		{"package a\np := - -1", 2, 8, "expected a number, a name or a call behind the sign"},
		{"package a\ndefault p := -x", 2, 14, "value cannot contain call"},
		{"package a\np if { true", 2, 12, "unexpected eof token: expected"},
		{"package a\np := 1 if { 1 = 1 } else := 2 if {}", 2, 35, "found empty body"},
		{"package a\np if x := 1; x == 1", 2, 12, "unexpected ; token"},
		{"package a\np := 1; q := 2", 2, 1, "multiple expressions cannot be used for rule head"},
		{"package a\np := 1;", 2, 8, "unexpected eof token"},
		{"package a\ndefault p contains 1", 2, 1, "illegal default rule (must have a value)"},
		{"package a\np if { a b }", 2, 10, "expected \\n or ; or }"},
		{"package a\np := [1, 2", 2, 11, "expected \",\" or \"]\""},
		{"package a\np := {\"a\": }", 2, 12, "expected a term"},
		{"package a\np := {\"a\" 1}", 2, 11, "expected \",\", \":\" or \"}\""},
		{"package a\np := \"abc", 2, 6, "non-terminated string"},
		{"package a\np := `abc", 2, 6, "non-terminated raw string"},
		{"package a\np := $\"abc {x\"", 2, 6, "non-terminated template string"},
		{"package a\np := \"\\q\"", 2, 6, "illegal string escape"},
		{"package a\np := 01", 2, 6, "leading zero"},
		{"package a\np := 1.", 2, 6, "expected a digit"},
		{"package a\np := 1e", 2, 6, "expected a digit in the exponent"},
		{"package a\np := ?", 2, 6, "illegal token"},
		{"package a\np { true }", 2, 1, "`if` keyword is required before rule body"},
		{"package a\np[1]", 2, 1, "`contains` keyword is required"},
		{"package a\np", 2, 1, "var cannot be used for rule name"},
		{"package a\ndefault p", 2, 10, "expected default rule value"},
		{"package a\ndefault p := input.x", 2, 14, "value cannot contain ref"},
		{"package a\np contains 1 if { true } else := 2", 2, 26,
		 "else keyword cannot be used on multi-value rules"},
		{"package a\np if { every x { true } }", 2, 16,
		 "expected `in` after the variables of `every`"},
		{"package a\np if { not some x in [] }", 2, 8, "illegal negation"},
		{"package a\np if { x with input 1 }", 2, 21, "expected `as`"},
		{"package a\nimport foo.bar", 2, 8, "must begin with one of: {data, future, input, rego}"},
		{"package a\nimport future.keywords.nope", 2, 8, "unexpected keyword"},
		{"package a\nimport data.b as", 2, 17, "expected var"},
		{"package a\np := $\"{}\"", 2, 9, "invalid template-string expression"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&(rego_case){.module = rows[i].module}, "rego_parse_error", rows[i].line,
			rows[i].column, rows[i].part);
}

static void
words_that_are_no_names_are_refused(void **state)
{
	static const struct {
		const char *module;
		int line, column;
		const char *part;
	} rows[] = {
		{"package a\nimport input.x as data\np := 1", 3, 1,
		 "unexpected identifier token: expected var"},
		{"package a\nimport data.x as contains", 2, 18, "unexpected contains keyword: expected var"},
		{"package a\nimport data[\"if\"]", 2, 13, "must not end with a keyword, got: if"},
		{"package a\ncontains := 1", 2, 1, "contains keyword cannot be used for rule name"},
		{"package a\ncontains if true", 2, 1, "var cannot be used for rule name"},
		{"package a\n(x) := 1", 2, 1, "unexpected ( token: expected rule head name"},
		{"package a\nif := 1", 2, 1, "unexpected if keyword"},
		{"package a\nnull := 1", 2, 1, "null cannot be used for rule name"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&(rego_case){.module = rows[i].module}, "rego_parse_error", rows[i].line,
			rows[i].column, rows[i].part);
}

static void
broken_utf8_is_refused(void **state)
{
	pv_rego *rego;
	pv_rego_module m = {.name = "bad.rego", .text = {"package a\np := \"\xff\"", 18}};
	(void)state;
	assert_true(pv_rego_compile(&cx, &m, 1, NULL, &rego) < 0);
	assert_non_null(strstr(cx.err->message, "bad.rego: rego_parse_error: invalid UTF-8 at byte 16"));
}

static void
compile_errors_have_codes_and_places(void **state)
{
	static const struct {
		const char *module, *code;
		int line, column;
		const char *part;
	} rows[] = {
		{"package a\np if { x > 1 }", "rego_unsafe_var_error", 2, 8, "var x is unsafe"},
		{"package a\np contains x if { true }", "rego_unsafe_var_error", 2, 1, "var x is unsafe"},
		{"package a\np if { not input.xs[i] == 1 }", "rego_unsafe_var_error", 2, 8,
		 "var i is unsafe"},
		{"package a\np if { not input.xs[_] == 1 }", "rego_unsafe_var_error", 2, 8,
		 "var _ is unsafe"},
		{"package a\np := [y | true]", "rego_unsafe_var_error", 2, 6, "var y is unsafe"},
		{"package a\np if { x = y; y = x }", "rego_unsafe_var_error", 2, 8, "var x is unsafe"},
		{"package a\np := q\nq := p", "rego_recursion_error", 2, 1,
		 "rule data.a.p is recursive: data.a.p -> data.a.q -> data.a.p"},
		{"package a\nf(x) := f(x)", "rego_recursion_error", 2, 1, "data.a.f -> data.a.f"},
		{"package a\np := data.a[x]", "rego_recursion_error", 2, 1, "recursive"},
		{"package a\np := nope(1)", "rego_type_error", 2, 6, "undefined function nope"},
		{"package a\np := startwith(1)", "rego_type_error", 2, 6,
		 "undefined function startwith (did you mean startswith?)"},
		{"package a\np := json.unmarshall(1)", "rego_type_error", 2, 6,
		 "undefined function json.unmarshall (did you mean json.unmarshal?)"},
		{"package a\np := count(1, 2, 3)", "rego_type_error", 2, 6,
		 "count: arity mismatch\n\thave: (number, number, number, ??\?)\n\twant: (collection: any<"},
		{"package a\np if trim(input.x)", "rego_type_error", 2, 6,
		 "trim: arity mismatch\n\thave: (any)\n\twant: (value: string, cutset: string)"},
		{"package a\np if every v in input.x { true }", "rego_compile_error", 2, 12,
		 "declared var v unused"},
		{"package a\nf(x) := x\np := f(1, 2)", "rego_type_error", 3, 6,
		 "function data.a.f has arity 1, got 2 arguments"},
		{"package a\np if { x := 1; x := 2 }", "rego_compile_error", 2, 16, "var x assigned above"},
		{"package a\np if { some x; x := 2 }", "rego_compile_error", 2, 13, "var x declared above"},
		{"package a\np if { x > 1; x := 2 }", "rego_compile_error", 2, 15, "var x referenced above"},
		{"package a\np if { some x; true }", "rego_compile_error", 2, 13, "declared var x unused"},
		{"package a\np if { input.x := 2 }", "rego_compile_error", 2, 8, "cannot assign to ref"},
		{"package a\np if { not x := 2 }", "rego_compile_error", 2, 12,
		 "cannot assign vars inside negated"},
		{"package a\np if { true with foo as 1 }", "rego_type_error", 2, 13,
		 "with keyword target must reference"},
		{"package a\np := all([true])", "rego_type_error", 2, 6, "deprecated built-in function"},
		{"package a\np := startswith(1, \"x\")", "rego_type_error", 2, 6,
		 "startswith: invalid argument(s)\n\thave: (number, string, ??\?)"},
		{"package a\np if { data := 1; data == 1 }", "rego_compile_error", 2, 8,
		 "variables must not shadow data"},
		{"package a\ninput := 1", "rego_compile_error", 2, 1, "rules must not shadow input"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&(rego_case){.module = rows[i].module}, rows[i].code, rows[i].line, rows[i].column,
			rows[i].part);
}

static void
what_can_never_hold_is_a_type_error(void **state)
{
	static const struct {
		const char *body; /* of a rule, at column 8 of line 2 */
		const char *error;
	} rows[] = {
		{"startswith(1, \"a\")",
		 "startswith: invalid argument(s)\n\thave: (number, string)\n\twant: (search: string, base: "
		 "string, result: boolean)"},
		{"x := [1, \"a\"]; sum(x) > 1",
		 "sum: invalid argument(s)\n\thave: (array<number, string>, ??\?)\n\twant: (collection: "
		 "any<array[number], set[number]>, n: number)"},
		{"x := 1; x = \"a\"", "match error\n\tleft  : number\n\tright : string"},
		{"[x, 1] = [1, 2, 3]",
		 "match error\n\tleft  : array<any, number>\n\tright : array<number, number, number>"},
		{"x := {\"a\": {\"b\": 1}}; x.a.c",
		 "undefined ref: x.a.c\n\thave: \"c\"\n\twant (one of): [\"b\"]"},
		{"x := 1; x.a", "undefined ref: x.a\n\thave: number"},
		{"some x in 7; x", "undefined ref: some x in 7\n\thave: number"},
		{"lower(num) == \"a\"",
		 "lower: invalid argument(s)\n\thave: (number, ??\?)\n\twant: (x: string, y: string)"},
		{"f(1)", "data.a.f: invalid argument(s)\n\thave: (number)\n\twant: (string, string)"},
		{"count(input.x); upper(count(input.x)) == 1",
		 "upper: invalid argument(s)\n\thave: (number, ??\?)\n\twant: (x: string, y: string)"},
		{"y := {v | some v in [1, 2]}; concat(\",\", y)",
		 "concat: invalid argument(s)\n\thave: (string, set[number])\n\twant: (delimiter: string, "
		 "collection: any<array[string], set[string]>, output: string)"},
		{"set_of_numbers[\"a\"]",
		 "undefined ref: set_of_numbers[\"a\"]\n\thave: \"a\"\n\twant (type): number"},
	};
	static const char rest[] = " }\nnum := 1\nf(x) := upper(x)\nset_of_numbers contains 1";
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_rego_result result;
		rego_case c = {.module = pv_printf(cx.arena, "package a\np if { %s%s", rows[i].body, rest)};
		if (rego_run(&c, &result) == 0)
			fail_msg("accepted: %s", rows[i].body);
		const char *want = pv_printf(cx.arena, "1 error occurred: policy.rego:2: rego_type_error: %s",
					     rows[i].error);
		assert_string_equal(pv_take_error(&cx)->message, want);
	}
}

static void
what_may_hold_is_no_type_error(void **state)
{
	static const char *const bodies[] = {
		"startswith(input.x, \"a\")",
		"x := input.x; x.a; x[0]; x = 1",
		"x := [1, \"a\"][_]; upper(x)",
		"x := {\"a\": 1}[input.k]; x > 0",
		"x := object.get(input, \"a\", 1); x.b",
		"json.marshal_with_options([1], {\"indent\": \" \"})",
		"o := {\"indent\": \" \"}; json.marshal_with_options([1], o)",
		"walk(input, [path, value]); count(path) > 0; value.x",
		"x := data.other.thing; upper(x)",
		"mixed.b > 1; mixed[input.k]",
		"not upper(\"a\") == \"b\"",
		"f(input.x, 1) with f as 7",
		"x := rec({\"a\": 1}); x.anything",
		"{x | x := [1, 2][_]} & {1} == {1}",
	};
	static const char rest[] =
		" }\nmixed.a := 1\nmixed[k] := v if { some k, v in input }\nf(_, _) := 1\nrec(x) := x";
	(void)state;
	for (size_t i = 0; i < PV_LEN(bodies); i++) {
		pv_rego_result result;
		rego_case c = {.module = pv_printf(cx.arena, "package a\np if { %s%s", bodies[i], rest)};
		if (rego_run(&c, &result) < 0)
			fail_msg("%s: %s", bodies[i], pv_error_text(&cx));
	}
}

static void
the_strict_compiler_refuses_what_is_unused(void **state)
{
	rego_case c = {.module = "package a\nimport data.b\np if { x := 1; y := x; y > 0 }",
		       .strict_compiler = true};
	pv_rego_result result;
	(void)state;
	refused(&c, "rego_compile_error", 2, 1, "import data.b unused");
	c.module = "package a\np if { x := 1; true }";
	refused(&c, "rego_compile_error", 2, 8, "assigned var x unused");
	c.module = "package a\nimport data.b\nimport data.c.b\np := b";
	refused(&c, "rego_compile_error", 3, 1, "import must not shadow import data.b");
	c.module = "package a\nimport data.b\np if { x := b; x > 0 }\nf(x, _) := 1";
	assert_int_equal(rego_run(&c, &result), 0);
}

static void
conflicts_end_the_evaluation(void **state)
{
	static const struct {
		const char *module;
		int line, column;
		const char *part;
	} rows[] = {
		{"package a\np := 1\np := 2", 3, 1, "complete rules must not produce multiple outputs"},
		{"package a\np := x if { x = [1, 2][_] }", 2, 1,
		 "complete rules must not produce multiple outputs"},
		{"package a\nf(x) := 1\nf(x) := x\np := f(2)", 3, 1,
		 "functions must not produce multiple outputs for same inputs"},
		{"package a\np[k] := v if { k := \"a\"; v := [1, 2][_] }", 2, 1,
		 "object keys must be unique"},
		{"package a\np := {\"a\": v | v := [1, 2][_]}", 2, 1, "object keys must be unique"},
		{"package a\np := $\"{[1, 2][_]}\"", 2, 1,
		 "template-strings must not produce multiple outputs"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_rego_result result;
		if (rego_run(&(rego_case){.module = rows[i].module}, &result) == 0)
			fail_msg("no conflict: %s", rows[i].module);
		if (!strstr(cx.err->message, rows[i].part) ||
		    !pv_streq(pv_rego_error_code(&cx), "eval_conflict_error") ||
		    !pv_streq(cx.err->file, "policy.rego"))
			fail_msg("%s: got %s", rows[i].module, pv_error_text(&cx));
		pv_recover(&cx);
	}
}

static void
builtin_errors_are_undefined_unless_strict(void **state)
{
	rego_case c = {.module = "package a\np := 1 / 0\nq := startswith(input.n, \"x\")",
		       .query = "x = data.a",
		       .input = "{\"n\": 1}"};
	(void)state;
	assert_string_equal(rego_rows(&c), "[{\"x\":{}}]");
	c.strict = true;
	c.query = "data.a.p";
	refused(&c, "eval_builtin_error", 2, 1, "policy.rego:2: eval_builtin_error: div: divide by zero");
	c.query = "data.a.q";
	refused(&c, "eval_type_error", 3, 1, "startswith: operand 1 must be string but got number");
}

/* "((((...": depth times open, 1, depth times close. */
static char *
nested(const char *before, char open, char close, size_t depth)
{
	pv_buf b;
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, before);
	for (size_t i = 0; i < depth; i++)
		pv_buf_addc(&b, open);
	pv_buf_adds(&b, "1");
	for (size_t i = 0; i < depth; i++)
		pv_buf_addc(&b, close);
	return b.s;
}

static void
deep_nesting_is_an_ordinary_error(void **state)
{
	static const char pairs[][2] = {{'(', ')'}, {'[', ']'}, {'{', '}'}};
	pv_rego_result result;
	(void)state;
	for (size_t i = 0; i < PV_LEN(pairs); i++) {
		rego_case c = {.module = nested("package a\np := ", pairs[i][0], pairs[i][1], 10000)};
		assert_true(rego_run(&c, &result) < 0);
		assert_non_null(strstr(cx.err->message, "nesting is deeper than 500 levels"));
		pv_recover(&cx);
		c.module = nested("package a\np := ", pairs[i][0], pairs[i][1], 400);
		if (rego_run(&c, &result) < 0)
			fail_msg("%s", pv_error_text(&cx));
	}
}

/* 100 rules, each of which nests the next one 400 times. */
static void
rules_cannot_nest_values_without_end(void **state)
{
	pv_rego_result result;
	pv_buf b;
	(void)state;
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "package a\np100 := 1\n");
	for (int i = 0; i < 100; i++) {
		pv_buf_printf(&b, "p%d := ", i);
		for (int k = 0; k < 400; k++)
			pv_buf_addc(&b, '[');
		pv_buf_printf(&b, "p%d", i + 1);
		for (int k = 0; k < 400; k++)
			pv_buf_addc(&b, ']');
		pv_buf_addc(&b, '\n');
	}
	rego_case c = {.module = b.s, .query = "data.a.p0 == data.a.p0"};
	assert_true(rego_run(&c, &result) < 0);
	assert_non_null(strstr(cx.err->message, "values are nested more than 2000 deep"));
	pv_recover(&cx);
	c.query = "data.a.p96";
	assert_int_equal(rego_run(&c, &result), 0);
	c.module =
		"package a\nf(x) := object.union({\"a\": {\"b\": [x]}}, {\"a\": {}})\n"
		"g(x) := f(f(f(f(f(f(f(f(f(f(x))))))))))\nh(x) := g(g(g(g(g(g(g(g(g(g(x))))))))))\np := h(h(h(h(h(h(h(1)))))))";
	c.query = "data.a.p";
	assert_true(rego_run(&c, &result) < 0);
	assert_non_null(strstr(cx.err->message, "values are nested more than 2000 deep"));
	pv_recover(&cx);
}

/* A chain of calls as deep as is allowed fits on the stack, one more is an error. */
static void
calls_nest_to_a_limit(void **state)
{
	pv_rego_result result;
	(void)state;
	for (int depth = 990; depth <= 1010; depth += 20) {
		pv_buf b;
		pv_buf_init(&b, cx.arena);
		pv_buf_printf(&b, "package a\np%d := 1\n", depth);
		for (int i = 0; i < depth; i++)
			pv_buf_printf(&b, "p%d := p%d + 1\n", i, i + 1);
		rego_case c = {.module = b.s, .query = "x = data.a.p0"};
		if (depth < 1000) {
			assert_string_equal(rego_rows(&c), pv_printf(cx.arena, "[{\"x\":%d}]", depth + 1));
			continue;
		}
		assert_true(rego_run(&c, &result) < 0);
		assert_non_null(strstr(cx.err->message, "calls are nested more than 1000 deep"));
		pv_recover(&cx);
	}
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(syntax_errors_say_where_and_what_was_expected),
		CASE(words_that_are_no_names_are_refused),
		CASE(broken_utf8_is_refused),
		CASE(compile_errors_have_codes_and_places),
		CASE(what_can_never_hold_is_a_type_error),
		CASE(what_may_hold_is_no_type_error),
		CASE(the_strict_compiler_refuses_what_is_unused),
		CASE(conflicts_end_the_evaluation),
		CASE(builtin_errors_are_undefined_unless_strict),
		CASE(deep_nesting_is_an_ordinary_error),
		CASE(rules_cannot_nest_values_without_end),
		CASE(calls_nest_to_a_limit),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
