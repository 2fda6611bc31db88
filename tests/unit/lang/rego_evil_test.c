/* Evil policies: each asks for more than anybody has, and ends with an error that names
 * what it went over. */
#include "rego_case.h"

#include "base/arena.h"
#include "base/time.h"

typedef struct evil {
	const char *rules, *query, *error;
} evil;

static void
refused(const evil *e, const char *input)
{
	rego_case c = {.module = pv_printf(cx.arena, "package p\n%s", e->rules),
		       .query = e->query,
		       .input = input,
		       .strict = true,
		       .memory = pv_arena_used(cx.arena) + ((size_t)64 << 20)};
	pv_rego_result result;
	assert_true(rego_run(&c, &result) < 0);
	if (!strstr(pv_error_text(&cx), e->error))
		fail_msg("%s %s\nwanted: %s\nfound: %s", e->rules, e->query, e->error, pv_error_text(&cx));
	pv_recover(&cx);
}

static char *
times(const char *piece, int n)
{
	pv_buf b;
	pv_buf_init(&b, cx.arena);
	for (int i = 0; i < n; i++)
		pv_buf_adds(&b, piece);
	return b.s;
}

/* name0 := first, and n times name_i := `step` of its predecessor, which is # there. */
static char *
chain(const char *first, const char *step, int n)
{
	pv_buf b;
	pv_buf_init(&b, cx.arena);
	pv_buf_printf(&b, "v0 := %s\n", first);
	for (int i = 0; i < n; i++) {
		pv_buf_printf(&b, "v%d := ", i + 1);
		for (const char *s = step; *s; s++)
			if (*s == '#')
				pv_buf_printf(&b, "v%d", i);
			else
				pv_buf_addc(&b, *s);
		pv_buf_addc(&b, '\n');
	}
	return b.s;
}

/* Each is one deeper in the tree. */
static void
elses_without_end(void **state)
{
	(void)state;
	refused(&(evil){pv_printf(cx.arena, "q if false%s\n", times(" else := 1 if false", 70000)),
			"data.p.q", "a rule has more than 1000 else"},
		NULL);
}

static void
blocks_without_end(void **state)
{
	(void)state;
	refused(&(evil){pv_printf(cx.arena, "%sq := 1\n", times("# METADATA\n# title: x\n", 20000)),
			"data.p.q", "a rule has more than 1000 METADATA blocks"},
		NULL);
	refused(&(evil){pv_printf(cx.arena, "# METADATA\n# organizations:\n%sq := 1\n",
				  times("# - []\n", 50000)),
			"data.p.q", "line 21: cannot unmarshal !!seq into string"},
		NULL);
	refused(&(evil){"# METADATA\n# custom:\n#   a: &a [0,0,0,0,0,0,0,0,0,0]\n#   b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
			"#   c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n#   d: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\nq := 1\n",
			"data.p.q", "nodes, aliases expanded"},
		NULL);
}

/* What is built once takes no more than that. */
static void
many_in_one(void **state)
{
	static const char *const queries[] = {
		"o := urlquery.decode_object(concat(\"&\", [\"a=b\" | numbers.range(1, 20000)[_]])); x := count(o.a)",
		"o := object.union_n([{i: 1} | some i in numbers.range(1, 20000)]); x := count(o)",
		"o := object.union_n([{\"a\": {i: 1}} | some i in numbers.range(1, 20000)]); x := count(o.a)",
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(queries); i++) {
		rego_case c = {.module = "package p", .query = queries[i], .memory = (size_t)256 << 20};
		pv_rego_result result;
		if (rego_run(&c, &result) < 0)
			fail_msg("%s", pv_error_text(&cx));
		const pv_val *set = *PV_AT(const pv_val *, &result.sets, 0);
		assert_int_equal(pv_i64(pv_get(set, "x"), 0), 20000);
	}
}

static void
collections_without_end(void **state)
{
	const evil rows[] = {
		{"", "count([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000)])",
		 "memory limit reached"},
		{"xs := numbers.range(1, 100000)\nr contains x if { some x in xs; some y in xs; y > 0 }",
		 "data.p.r", "memory limit reached"},
		{"xs := numbers.range(1, 100000)\nr if { some x in xs; some y in xs; x + y < 0 }", "data.p.r",
		 "memory limit reached"},
		{"xs := numbers.range(1, 100000)\nr if { some x in xs; some y in xs; x == -1 }", "data.p.r",
		 "step limit reached"},
		{"", "count(numbers.range(1, 10000000000))",
		 "step limit reached: a range of 9999999999 numbers"},
		{"", "count(net.cidr_expand(\"0.0.0.0/0\"))", "more than 65536 addresses"},
		{"g := {n: numbers.range(0, 300) | some n in numbers.range(0, 300)}",
		 "graph.reachable_paths(data.p.g, {0})", "more than 100000 paths"},
		{"",
		 "json.patch([], [{\"op\": \"add\", \"path\": \"/0\", \"value\": x} | some x in numbers.range(1, 20000)])",
		 "memory limit reached"},
		{chain("[1, 2]", "[#, #]", 16),
		 "json.match_schema({\"a\": data.p.v16}, {\"properties\": {\"a\": {\"$ref\": \"#/d/x\"}},"
		 " \"d\": {\"x\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/d/x\"}}}})",
		 "memory limit reached"},
		{chain("[1, 2]", "array.concat(#, #)", 50), "count(data.p.v50)", "memory limit reached"},
		{chain("[1]", "[#, #]", 50), "data.p.v50", "memory limit reached: a value"},
		{chain("\"abcdefgh\"", "concat(\"\", [#, #])", 50), "count(data.p.v50)",
		 "memory limit reached"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&rows[i], NULL);
}

static void
numbers_without_end(void **state)
{
	const evil rows[] = {
		{chain("99999999999999999999", "# * #", 40), "data.p.v40", "mul: number out of range"},
		{"", "product(numbers.range(1, 100000))",
		 "product: number out of range: more than 100000 digits"},
		{"", "bits.lsh(1, 100000000000)", "shift by more than 400000 bits"},
		{"", "x := 1e999999999 + 1", "plus: number out of range"},
		{"", "to_number(\"1e999999999999\")", "to_number: operand 1 invalid syntax"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&rows[i], NULL);
}

static void
nesting_without_end(void **state)
{
	const evil rows[] = {
		{"", pv_printf(cx.arena, "json.unmarshal(\"%s\")", times("[", 20000)),
		 "JSON is nested deeper than the limit"},
		{"", pv_printf(cx.arena, "yaml.unmarshal(\"%s\")", times("[", 20000)), "nested"},
		{pv_printf(cx.arena, "v := %s1%s", times("[", 2000), times("]", 2000)), "data.p.v",
		 "nesting is deeper than 500 levels"},
		{chain("[1]", "[#]", 2500), "data.p.v2500", "nested more than"},
		{pv_printf(cx.arena, "r%s := 1", times(".a", 500)), "data.p.r",
		 "a path of 502 names: expected at most 500"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&rows[i], NULL);
}

/* What could be read in several ways is read again in another one, each time with all that is in it. */
static void
readings_without_end(void **state)
{
	char *many = pv_printf(cx.arena, "[%s1]", times("1,", 100000));
	const evil rows[] = {
		{pv_printf(cx.arena, "r := %s%s%s", times("[1 | ", 100), many, times(", 2]", 100)),
		 "data.p.r", "nested in too many ways to read it"},
		{pv_printf(cx.arena, "import future.keywords.or\nr if %s%s%s", times("(", 100), many,
			   times(" or 1)", 100)),
		 "data.p.r", "nested in too many ways to read it"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&rows[i], NULL);
}

/* Of many rules that are wrong the first are told. */
static void
faults_without_end(void **state)
{
	const evil e = {times("p { 1 }\n", 3000), "data.p.p", "rego_compile_error: error limit reached"};
	(void)state;
	refused(&e, NULL);
}

/* Chains are high without being nested. */
static void
chains_without_end(void **state)
{
	char *sum = pv_printf(cx.arena, "%s1", times("1 + ", 100000));
	const evil rows[] = {
		{"", sum, "more than 1000 terms and statements in each other"},
		{pv_printf(cx.arena, "r := %s", sum), "data.p.r", "more than 1000 terms and statements"},
		{pv_printf(cx.arena, "import future.keywords.or\nr if %s1", times("input or ", 100000)),
		 "data.p.r", "more than 1000 terms and statements"},
		{pv_printf(cx.arena, "import future.keywords.and\nr if { %s1 }", times("input and ", 100000)),
		 "data.p.r", "more than 1000 terms and statements"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&rows[i], NULL);
}

/* What was read before counts: the room that it takes is not touched here. */
static void
texts_without_end(void **state)
{
	(void)state;
	pv_rego_module module = {.name = "p.rego", .text = PV_STR("package p\nx := 1")};
	const char *name;
	assert_int_equal(pv_rego_package(&cx, &module, NULL, &name), 0);
	(void)pv_alloc(cx.arena, ((size_t)1 << 30) + 1);
	assert_true(pv_rego_package(&cx, &module, NULL, &name) < 0);
	assert_non_null(strstr(pv_error_text(&cx), "the trees of modules take more than 1024 MiB"));
	pv_recover(&cx);
}

/* Types that share parts are not written out: beyond a limit they can be anything. */
static void
types_without_end(void **state)
{
	static const char *const ways[] = {"[#, #]", "{\"a\": #, \"b\": #}", "{[#, #]}", "[#, {\"a\": #}]"};
	static const char *const rules[][2] = {
		{"r if v40 == w40", "memory limit reached: a value"},
		{"r if v40 == \"a\"", "rego_type_error: match error"},
		{"r := {v40, w40}", "memory limit reached: a value"},
		{"r := {v40: 1}[w40]", "memory limit reached: a value"},
		{"r := f(v40) if f(w40)\nf(x) := [x]\nf(x) := [[x]]", "memory limit reached: a value"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(ways); i++)
		for (size_t k = 0; k < PV_LEN(rules); k++) {
			char *other = chain("[1, 2]", ways[i], 40), *v = other;
			while ((v = strchr(v, 'v')) != NULL)
				*v = 'w';
			evil e = {pv_printf(cx.arena, "%s%s%s", chain("[1, 2]", ways[i], 40), other,
					    rules[k][0]),
				  "data.p.r", rules[k][1]};
			refused(&e, NULL);
		}
}

/* Variables of a body are weighed against all others of it. */
static void
variables_without_end(void **state)
{
	char *many = pv_printf(cx.arena, "[%s1]", times("count(input), ", 10000));
	const evil rows[] = {
		{pv_printf(cx.arena, "r := %s", many), "data.p.r", "more than 10000 variables in one body"},
		{pv_printf(cx.arena, "r if {\n%s}", chain("1", "#", 10000)), "data.p.r",
		 "more than 10000 variables in one body"},
		{pv_printf(cx.arena, "f(%sx) := 1", times("_, ", 10000)), "data.p.f",
		 "more than 10000 variables in one body"},
		{"", many, "more than 10000 variables in one body"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&rows[i], NULL);
}

/* The name of a package is not written out for each of its rules. */
static void
long_names(void **state)
{
	rego_case c = {
		.module = pv_printf(cx.arena, "package %s\n%s", times("p", 1 << 20), chain("1", "#", 5000)),
		.query = "x = 1"};
	pv_rego_result result;
	(void)state;
	assert_int_equal(rego_run(&c, &result), 0);
}

/* What a rule reads is not known before the input is: that it could be itself is an error. */
static void
recursion_by_data(void **state)
{
	const evil rows[] = {
		{"r := data[input.a][input.b]", "data.p.r",
		 "rego_recursion_error: rule data.p.r is recursive"},
		{"f(x) := data[x.a][x.b]\nr contains f(input)", "data.p.r", "rego_recursion_error"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		refused(&rows[i], "{\"a\": \"p\", \"b\": \"r\"}");
}

/* Patterns are matched in time that grows with their text, whatever they look like. */
static void
patterns_that_others_choke_on(void **state)
{
	char *as = times("a", 3000);
	rego_case c = {.module =
			       pv_printf(cx.arena,
					 "package p\nr := [regex.match(\"(a*)*(a*)*(a*)*b\", \"%s\"),"
					 " glob.match(\"%sb\", [], \"%s\"), glob.match(\"%s\", [], \"%sc\")]",
					 as, times("*a", 200), as, times("{a,b*}", 200), times("ab", 200)),
		       .query = "x = data.p.r",
		       .cpu_ns = INT64_C(20000000000)};
	(void)state;
	assert_string_equal(rego_rows(&c), "[{\"x\":[false,false,true]}]");
	refused(&(evil){"", "regex.match(\"(((a{1,100}){1,100}){1,100}){1,100}\", \"aaaa\")",
			"error parsing regexp: invalid repeat count"},
		NULL);
}

/* Each match looks at all of the text behind it: two seconds, if nobody looked at the clock meanwhile. */
static void
matches_without_end(void **state)
{
	static const char *const queries[] = {
		"x := count(regex.find_n(\"a*b|a\", input, -1))",
		"x := count(regex.find_all_string_submatch_n(\"a*b|a\", input, -1))",
		"x := count(regex.split(\"a*b|a\", input))",
		"x := count(regex.replace(input, \"a*b|a\", \"c\"))",
	};
	char *text = pv_printf(cx.arena, "\"%s\"", times("a", 60000));
	(void)state;
	for (size_t i = 0; i < PV_LEN(queries); i++) {
		rego_case c = {
			.module = "package p", .query = queries[i], .input = text, .cpu_ns = 50 * PV_MS};
		pv_rego_result result;
		if (rego_run(&c, &result) >= 0 || !strstr(pv_error_text(&cx), "time limit reached"))
			fail_msg("%s: %s", queries[i], pv_error_text(&cx));
		pv_recover(&cx);
		c.input = "\"aaab\"";
		assert_int_equal(rego_run(&c, &result), 0);
	}
}

static void
an_endless_policy_is_stopped(void **state)
{
	rego_case c = {
		.module = "package a\np if { numbers.range(1, 1000)[_]; numbers.range(1, 1000)[_]; false }",
		.query = "data.a.p",
		.steps = 10000};
	pv_rego_result result;
	(void)state;
	assert_true(rego_run(&c, &result) < 0);
	assert_string_equal(pv_rego_error_code(&cx), "eval_cancel_error");
	assert_non_null(strstr(cx.err->message, "policy.rego:2: eval_cancel_error: step limit reached"));
	pv_recover(&cx);
	c.module = "package a\np := count(numbers.range(1, 1000000000000))";
	assert_true(rego_run(&c, &result) < 0);
	assert_string_equal(pv_rego_error_code(&cx), "eval_cancel_error");
	pv_recover(&cx);
}

/* Each doubles, or multiplies, what a few lines wrote: without limits they take all
 * memory, or time without end in a single step. */
static void
a_policy_that_swells_is_stopped(void **state)
{
	static const char *const last[] = {
		"p := concat(\"\", [s | numbers.range(1, 500000)[_]; s := big])",
		"p := replace(big, \"x\", big)",
		"p := regex.replace(big, \"x\", big)",
		"p := regex.replace(big, \"x+\", replace(big, \"x\", \"$0$0$0$0$0$0$0$0$0$0$0$0\"))",
		"p := strings.replace_n({\"x\": big}, big)",
		"p := sprintf(concat(\"\", [s | numbers.range(1, 1000)[_]; s := \"%01000000d\"]), numbers.range(1, 1000))",
		"p := [s | numbers.range(1, 100000)[_]; s := split(big, \"\")]",
		"p := json.marshal(l9)",
		"p if { l9 == m9 }",
		"p := count([1 | walk(l9, _)])",
		"p := {l9, m9}",
		"p := x if { x := [a | a := numbers.range(1, 1000)[_]; b := [a | numbers.range(1, 10000)[_]; true]] }",
	};
	pv_buf b;
	pv_rego_result result;
	(void)state;
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(
		&b,
		"package a\nbig := concat(\"\", [\"x\" | numbers.range(1, 20000)[_]])\nl0 := [1]\nm0 := [1]\n");
	for (int i = 0; i < 9; i++)
		pv_buf_printf(
			&b,
			"l%d := [l%d | numbers.range(1, 10)[_]]\nm%d := [m%d | numbers.range(1, 10)[_]]\n",
			i + 1, i, i + 1, i);
	for (size_t i = 0; i < PV_LEN(last); i++) {
		rego_case c = {.module = pv_printf(cx.arena, "%s%s\n", b.s, last[i]),
			       .query = "x = data.a.p",
			       .memory = pv_arena_used(cx.arena) + ((size_t)16 << 20)};
		assert_true(rego_run(&c, &result) < 0);
		assert_string_equal(pv_rego_error_code(&cx), "eval_cancel_error");
		assert_non_null(strstr(cx.err->message, "memory limit reached: "));
		pv_recover(&cx);
	}
}

static void
a_policy_that_burns_time_in_builtins_is_stopped(void **state)
{
	static const char *const last[] = {
		"p if { numbers.range(1, 100000)[_]; crypto.sha256(big) == \"\" }",
		"p if object.subset([1 | many[_]], array.concat([1 | many[x]; x < 30000], [2]))",
		"p if object.subset(many, {y | some x in many; y := x + 1})",
	};
	pv_rego_result result;
	(void)state;
	for (size_t i = 0; i < PV_LEN(last); i++) {
		rego_case c = {
			.module = pv_printf(
				cx.arena,
				"package a\nmany := numbers.range(1, 60000)\nbig := concat(\"\", [\"x\" | "
				"numbers.range(1, 20000)[_]])\n%s",
				last[i]),
			.query = "data.a.p",
			.cpu_ns = 300 * PV_MS};
		assert_true(rego_run(&c, &result) < 0);
		assert_string_equal(pv_rego_error_code(&cx), "eval_cancel_error");
		assert_non_null(strstr(cx.err->message,
				       "policy.rego:4: eval_cancel_error: time limit reached: "
				       "the policy takes more than 300ms of a processor"));
		pv_recover(&cx);
	}
}

/* Not behind it: the arena has an end, and so has the process there. */
static void
a_builtin_is_stopped_before_it_swells(void **state)
{
	static const char *const last[] = {
		"p := split(huge, \"\")",
		"p := regex.find_all_string_submatch_n(\"((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((.*))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))\", huge, 1)",
		"p := net.cidr_contains_matches([c | many[_]; c := \"10.0.0.0/8\"], [c | many[_]; c := \"11.0.0.0/8\"])",
	};
	pv_rego_result result;
	(void)state;
	for (size_t i = 0; i < PV_LEN(last); i++) {
		rego_case c = {
			.module = pv_printf(
				cx.arena,
				"package a\nmany := numbers.range(1, 2000)\nhuge := concat(\"\", [s | numbers.range(1, "
				"50000)[_]; s := \"01234567890123456789\"])\n%s\n",
				last[i]),
			.query = "x = data.a.p",
			.memory = pv_arena_used(cx.arena) + ((size_t)16 << 20)};
		assert_true(rego_run(&c, &result) < 0);
		assert_string_equal(pv_rego_error_code(&cx), "eval_cancel_error");
		assert_in_range(pv_arena_used(cx.arena), 0, c.memory + ((size_t)16 << 20));
		pv_recover(&cx);
	}
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(texts_without_end),
		CASE(collections_without_end),
		CASE(numbers_without_end),
		CASE(nesting_without_end),
		CASE(variables_without_end),
		CASE(long_names),
		CASE(recursion_by_data),
		CASE(patterns_that_others_choke_on),
		CASE(many_in_one),
		CASE(readings_without_end),
		CASE(chains_without_end),
		CASE(types_without_end),
		CASE(faults_without_end),
		CASE(elses_without_end),
		CASE(blocks_without_end),
		CASE(matches_without_end),
		CASE(an_endless_policy_is_stopped),
		CASE(a_policy_that_swells_is_stopped),
		CASE(a_builtin_is_stopped_before_it_swells),
		CASE(a_policy_that_burns_time_in_builtins_is_stopped),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
