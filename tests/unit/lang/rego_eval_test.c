/* What evaluations promise beyond what OPA's own cases ask: results that outlive the
 * policy, traces, limits, exact numbers, scopes. */
#include "rego_case.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/buf.h"

static const char admission[] =
	"package kubernetes.admission\n"
	"deny[msg] {\n"
	"  input.request.kind.kind == \"Deployment\"\n"
	"  container := input.request.object.spec.template.spec.containers[_]\n"
	"  not startswith(container.image, \"registry.internal.company.com/\")\n"
	"  msg := sprintf(\"Image '%v' must be sourced from the internal registry\", [container.image])\n"
	"}\n"
	"deny[msg] {\n"
	"  input.request.kind.kind == \"Deployment\"\n"
	"  container := input.request.object.spec.template.spec.containers[_]\n"
	"  not container.resources.limits\n"
	"  msg := sprintf(\"Container '%v' must declare resource limits\", [container.name])\n"
	"}\n";

static char *
review(const char *kind, const char *image, const char *resources)
{
	return pv_printf(
		cx.arena,
		"{\"request\":{\"kind\":{\"kind\":\"%s\"},\"object\":{\"spec\":{\"template\":{\"spec\":"
		"{\"containers\":[{\"name\":\"web\",\"image\":\"%s\",\"resources\":%s}]}}}}}}",
		kind, image, resources);
}

static void
both_admission_rules_speak_at_once(void **state)
{
	rego_case c = {.module = admission, .query = "x = data.kubernetes.admission.deny", .v0 = true};
	(void)state;
	c.input = review("Deployment", "nginx:1.25", "{}");
	assert_string_equal(rego_rows(&c),
			    "[{\"x\":[\"Container 'web' must declare resource limits\","
			    "\"Image 'nginx:1.25' must be sourced from the internal registry\"]}]");
	c.input = review("Deployment", "registry.internal.company.com/web:1", "{\"limits\":{\"cpu\":1}}");
	assert_string_equal(rego_rows(&c), "[{\"x\":[]}]");
	c.input = review("Service", "nginx:1.25", "{}");
	assert_string_equal(rego_rows(&c), "[{\"x\":[]}]");
}

static void
a_trace_names_the_expression_that_decided(void **state)
{
	rego_case c = {
		.module = admission, .query = "data.kubernetes.admission.deny", .v0 = true, .trace = true};
	pv_rego_result result = {0};
	(void)state;
	c.input = review("Deployment", "registry.internal.company.com/web:1", "{}");
	assert_int_equal(rego_run(&c, &result), 0);
	assert_int_equal(result.trace.len, 2);
	const struct pv_rego_step *first = PV_AT(struct pv_rego_step, &result.trace, 0);
	const struct pv_rego_step *second = PV_AT(struct pv_rego_step, &result.trace, 1);
	assert_string_equal(first->rule, "data.kubernetes.admission.deny");
	assert_string_equal(first->file, "policy.rego");
	assert_false(first->defined);
	assert_int_equal(first->line, 5);
	assert_string_equal(first->expression,
			    "not startswith(container.image, \"registry.internal.company.com/\")");
	assert_true(second->defined);
	assert_int_equal(second->line, 8);
}

static void
results_outlive_policy_and_query(void **state)
{
	rego_case c = {.module = "package a\np := {\"constant\": [\"kept\"]}", .query = "data.a.p"};
	pv_rego_result result = {0};
	(void)state;
	assert_int_equal(rego_run(&c, &result), 0); /* both are gone now */
	const pv_val *values = *PV_AT(const pv_val *, &result.expressions, 0);
	assert_string_equal(pv_json_text(cx.arena, values), "[{\"constant\":[\"kept\"]}]");
}

static void
values_are_exact(void **state)
{
	static const char *const rows[][2] = {
		{"x = 18446744073709551616 + 1", "18446744073709551617"},
		{"x = 9223372036854775807 * 9223372036854775807", "85070591730234615847396907784232501249"},
		{"x = 0.1 + 0.2", "0.3"},
		{"x = 10 / 4", "2.5"},
		{"x = 12345678901234567890123 / 3", "4115226300411522630041"},
		{"x = 7 % -3", "1"},
		{"x = -7 % 3", "-1"},
		{"x = bits.lsh(9223372036854775807, 1)", "18446744073709551614"},
		{"x = sum([1, 1e3, 0.5])", "1001.5"},
		{"x = 0.1234567890123456789 > 0.1234567890123456788", "true"},
		{"x = count({1, 1.0, 1e0})", "1"},
		{"x = round(2.5)", "3"},
		{"x = round(-2.5)", "-3"},
		{"x = numbers.range_step(-9223372036854775807, 9223372036854775807, 9223372036854775807)",
		 "[-9223372036854775807,0,9223372036854775807]"},
		{"x = substring(\"abc\", 0, -9223372036854775808)", "\"abc\""},
		{"x = numbers.range(-9223372036854775808, -9223372036854775807)",
		 "[-9223372036854775808,-9223372036854775807]"},
		{"x = array.slice([1, 2], -9223372036854775808, 1)", "[1]"},
		{"x = regex.find_n(\"a\", \"aa\", -9223372036854775808)", "[\"a\",\"a\"]"},
		{"x = rand.intn(\"a\", -9223372036854775808) >= 0", "true"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_string_equal(rego_rows(&(rego_case){.query = rows[i][0]}),
				    pv_printf(cx.arena, "[{\"x\":%s}]", rows[i][1]));
}

static void
sprintf_prints_as_go(void **state)
{
	static const char *const rows[][2] = {
		{"sprintf(\"%5d|%-5d|%05d\", [42, 42, 42])", "   42|42   |00042"},
		{"sprintf(\"%x %X %o %b\", [255, 255, 8, 5])", "ff FF 10 101"},
		{"sprintf(\"%.2f %e %g\", [2.345, 1234.5, 1e21])", "2.35 1.234500e+03 %!g(string=1e21)"},
		{"sprintf(\"%q %10s|%-4s|\", [\"hi\", \"r\", \"l\"])", "\\\"hi\\\"          r|l   |"},
		{"sprintf(\"%v %v\", [{\"a\": [1, \"x\"]}, {2, 1}])", "{\\\"a\\\": [1, \\\"x\\\"]} {1, 2}"},
		{"sprintf(\"%s %d\", [1.5, \"a\"])", "%!s(float64=1.5) %!d(string=a)"},
		{"sprintf(\"%s\", [])", "%!s(MISSING)"},
		{"sprintf(\"a\", [1])", "a%!(EXTRA int64=1)"},
		{"sprintf(\"%v %v %v\", [123456789.5, 100000.5, 0.000001])",
		 "1.234567895e+08 100000.5 1e-06"},
		{"sprintf(\"100%%\", [])", "100%"},
		{"sprintf(\"%[2]v %[1]v\", [\"a\", \"b\"])", "b a"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_string_equal(
			rego_rows(&(rego_case){.query = pv_printf(cx.arena, "x = %s", rows[i][0])}),
			pv_printf(cx.arena, "[{\"x\":\"%s\"}]", rows[i][1]));
}

static void
undefined_is_neither_false_nor_null(void **state)
{
	rego_case c = {
		.module =
			"package a\np := input.missing\nq if not input.missing\nr if not input.no\ns if input.null == null",
		.query = "x = data.a",
		.input = "{\"no\": false, \"null\": null}"};
	(void)state;
	assert_string_equal(rego_rows(&c), "[{\"x\":{\"q\":true,\"r\":true,\"s\":true}}]");
}

static void
with_ends_where_its_statement_ends(void **state)
{
	rego_case c = {
		.module =
			"package a\nq := input.x\np := [a, b, c] if {\n\ta := q\n\tb := q with input.x as 2\n\tc := q\n}",
		.query = "x = data.a.p",
		.input = "{\"x\": 1}"};
	(void)state;
	assert_string_equal(rego_rows(&c), "[{\"x\":[1,2,1]}]");
	c.module =
		"package a\np contains [a, input] if { some a in [1, 2]; input.y == a with input as {\"y\": a} }";
	c.input = "0";
	assert_string_equal(rego_rows(&c), "[{\"x\":[[1,0],[2,0]]}]");
}

static void
base_documents_and_rules_are_seen_once(void **state)
{
	rego_case c = {.module = "package a.b\np := 1",
		       .data = "{\"a\": {\"b\": {\"p\": 2, \"q\": 3}, \"c\": 4}}"};
	(void)state;
	c.query = "data.a.b[k] = x";
	assert_string_equal(rego_rows(&c), "[{\"k\":\"p\",\"x\":1},{\"k\":\"q\",\"x\":3}]");
	c.query = "x = data.a.b.p";
	assert_string_equal(rego_rows(&c), "[{\"x\":1}]");
}

static void
a_member_is_the_same_alone_and_in_the_whole(void **state)
{
	rego_case c = {
		.module =
			"package a\n"
			"p[k] := v if { some k; v := input[k]; v > 1 }\n"
			"p.fixed := 7\n"
			"s contains [k, v] if { some k; v := input[k] }\n"
			"deep[k].n contains v if { some k; v := input[k] }\n"
			"all := [x | some k in [\"a\", \"b\", \"c\", \"fixed\", \"none\"]; x := [k, p[k]]]\n"
			"sets := [k | some k in [\"a\", \"b\"]; s[[k, 2]]]\n"
			"both := [deep.b.n, deep]\n"
			"many := count([i | some i in numbers.range(1, 40); p[[\"b\", \"c\"][i % 2]]])",
		.input = "{\"a\": 1, \"b\": 2, \"c\": 3}"};
	(void)state;
	c.query = "x = data.a.all";
	assert_string_equal(rego_rows(&c), "[{\"x\":[[\"b\",2],[\"c\",3],[\"fixed\",7]]}]");
	c.query = "x = data.a.sets";
	assert_string_equal(rego_rows(&c), "[{\"x\":[\"b\"]}]");
	c.query = "x = data.a.both";
	assert_string_equal(rego_rows(&c),
			    "[{\"x\":[[2],{\"a\":{\"n\":[1]},\"b\":{\"n\":[2]},\"c\":{\"n\":[3]}}]}]");
	c.query = "x = data.a.many";
	assert_string_equal(rego_rows(&c), "[{\"x\":40}]");
}

static void
a_conflict_between_keys_nobody_asked_for_is_none(void **state)
{
	rego_case c = {.module = "package a\np[k] := v if { k := [\"x\", \"x\", \"y\"][v] }\n"
				 "q := count([1 | numbers.range(1, 50)[_]; p.y == 2])",
		       .query = "x = data.a.q"};
	pv_rego_result result = {0};
	(void)state;
	assert_string_equal(rego_rows(&c), "[{\"x\":50}]");
	c.query = "data.a.p.x";
	assert_true(rego_run(&c, &result) < 0);
	assert_string_equal(pv_rego_error_code(&cx), "eval_conflict_error");
	pv_recover(&cx);
}

static void
the_index_changes_no_result(void **state)
{
	pv_buf b;
	rego_case c = {.query = "x = data.a.p"};
	(void)state;
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "package a\np contains \"always\" if true\n");
	for (int i = 0; i < 20; i++)
		pv_buf_printf(&b, "p contains %d if { input.m == %d; input.n != %d }\n", i, i % 10, i);
	pv_buf_adds(&b, "p contains \"last\" if input.n == 1\n");
	c.module = b.s;
	c.input = "{\"m\": 3, \"n\": 1}";
	assert_string_equal(rego_rows(&c), "[{\"x\":[3,13,\"always\",\"last\"]}]");
	c.input = "{\"m\": 3.0, \"n\": 13}";
	assert_string_equal(rego_rows(&c), "[{\"x\":[3,\"always\"]}]");
	c.input = "{\"m\": 99}";
	assert_string_equal(rego_rows(&c), "[{\"x\":[\"always\"]}]");
	c.input = NULL;
	assert_string_equal(rego_rows(&c), "[{\"x\":[\"always\"]}]");
}

typedef struct shared {
	pv_rego *rego;
	pv_rego_query *query;
	int turn, wrong;
} shared;

static void *
evaluate_often(void *arg)
{
	shared *s = arg;
	pv_ctx own;
	pv_ctx_init(&own, "thread");
	for (int i = 0; i < 300; i++) {
		const pv_val *input = NULL, *row;
		pv_rego_result result = {0};
		char *text = pv_printf(own.arena, "{\"n\": %d, \"xs\": [1, 2, 3]}", i);
		int r = pv_json_parse(&own, pv_str_of(text), NULL, &input);
		pv_rego_eval eval = {.input = input, .now_ns = 1};
		if (r == 0)
			r = pv_rego_run(&own, s->query, &eval, &result);
		if (r < 0 || result.sets.len != 1)
			__atomic_add_fetch(&s->wrong, 1, __ATOMIC_RELAXED);
		else if (row = *PV_AT(const pv_val *, &result.sets, 0),
			 pv_i64(pv_get(row, "x"), -1) != 3 * i + 6)
			__atomic_add_fetch(&s->wrong, 1, __ATOMIC_RELAXED);
		pv_ctx_reset(&own);
	}
	pv_ctx_done(&own);
	return NULL;
}

static void
threads_share_a_query(void **state)
{
	const char *text =
		"package a\nf(x) := x + input.n\ns contains i if { some i in input.xs; regex.match(`^[0-9]$`, sprintf(\"%d\", [i])) }\n"
		"total := sum([f(x) | some x in s])";
	pv_rego_module m = {.name = "policy.rego", .text = pv_str_of(text)};
	pv_rego *rego;
	shared s = {0};
	pthread_t threads[4];
	(void)state;
	assert_int_equal(pv_rego_compile(&cx, &m, 1, NULL, &rego), 0);
	assert_int_equal(pv_rego_prepare(&cx, rego, "x = data.a.total", &s.query), 0);
	pv_rego_unref(rego);
	for (size_t i = 0; i < PV_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, evaluate_often, &s), 0);
	for (size_t i = 0; i < PV_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	pv_rego_query_free(s.query);
	assert_int_equal(s.wrong, 0);
}

enum { RULES = 24 };

/* Rule i is i, by the rules before it: each query reaches some that others wrote, or write now. */
static void *
prepare_often(void *arg)
{
	shared *s = arg;
	pv_ctx own;
	pv_ctx_init(&own, "thread");
	int from = __atomic_fetch_add(&s->turn, 7, __ATOMIC_RELAXED);
	for (int k = 0; k < RULES; k++) {
		int i = (from + k) % RULES;
		pv_rego_query *query;
		pv_rego_result result = {0};
		pv_rego_eval eval = {.now_ns = 1};
		char *text = i % 3 ? pv_printf(own.arena, "x = data.a.r%d", i)
				   : pv_printf(own.arena, "x = data.a[\"r%d\"] with input as 1", i);
		int r = pv_rego_prepare(&own, s->rego, text, &query);
		bool prepared = r == 0;
		r = prepared ? pv_rego_run(&own, query, &eval, &result) : r;
		if (r < 0 || result.sets.len != 1 ||
		    pv_i64(pv_get(*PV_AT(const pv_val *, &result.sets, 0), "x"), -1) != i)
			__atomic_add_fetch(&s->wrong, 1, __ATOMIC_RELAXED);
		if (prepared)
			pv_rego_query_free(query);
		pv_ctx_reset(&own);
	}
	pv_ctx_done(&own);
	return NULL;
}

static void
threads_prepare_queries_of_one_policy(void **state)
{
	pv_buf b;
	shared s = {0};
	pthread_t threads[4];
	(void)state;
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "package a\nr0 := 0\n");
	for (int i = 1; i < RULES; i++)
		pv_buf_printf(&b, "r%d := count([x | some x in numbers.range(0, r%d)]) if r%d >= 0\n", i,
			      i - 1, i / 2);
	pv_rego_module m = {.name = "policy.rego", .text = {b.s, b.len}};
	assert_int_equal(pv_rego_compile(&cx, &m, 1, NULL, &s.rego), 0);
	for (size_t i = 0; i < PV_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, prepare_often, &s), 0);
	for (size_t i = 0; i < PV_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	pv_rego_unref(s.rego);
	assert_int_equal(s.wrong, 0);
}

static void
a_false_statement_is_shown_only_alone(void **state)
{
	rego_case c = {.query = "1 == 2"};
	pv_rego_result result = {0};
	(void)state;
	assert_int_equal(rego_run(&c, &result), 0);
	assert_int_equal(result.sets.len, 1);
	c.query = "1 == 2; true";
	assert_int_equal(rego_run(&c, &result), 0);
	assert_int_equal(result.sets.len, 0);
}

static void
a_set_input_is_a_term(void **state)
{
	const pv_val *v;
	(void)state;
	assert_int_equal(pv_rego_term(&cx, "{1, \"a\", {\"k\": set()}}", &v), 0);
	assert_int_equal(v->type, PV_SET);
	assert_int_equal(v->len, 3);
	assert_true(pv_rego_term(&cx, "input.x", &v) < 0);
	assert_non_null(strstr(cx.err->message, "expected a ground term"));
	pv_recover(&cx);
}

static void
print_tells_what_is_undefined_and_stops_nothing(void **state)
{
	pv_buf lines;
	rego_case c = {.module = "package p\n"
				 "ok if {\n"
				 "  some x in input.xs\n"
				 "  print(\"x is\", x, input.gone, {\"a\": [x, \"s\"]}, input.ys[_])\n"
				 "  x > 1\n"
				 "}\n",
		       .query = "data.p.ok = x",
		       .input = "{\"xs\": [1, 2], \"ys\": [\"a\", \"b\"]}"};
	(void)state;
	assert_string_equal(rego_rows(&c), "[{\"x\":true}]"); /* erased */
	pv_buf_init(&lines, cx.arena);
	c.printed = &lines;
	assert_string_equal(rego_rows(&c), "[{\"x\":true}]");
	assert_string_equal(lines.s, "x is 1 <undefined> {\"a\": [1, \"s\"]} a\n"
				     "x is 1 <undefined> {\"a\": [1, \"s\"]} b\n"
				     "x is 2 <undefined> {\"a\": [2, \"s\"]} a\n"
				     "x is 2 <undefined> {\"a\": [2, \"s\"]} b\n");
}

/* What a request would have said is not known, so what a rule decides by it is not either. */
static void
what_needs_a_network_fails(void **state)
{
	pv_rego_result result;
	rego_case c = {
		.module =
			"package p\n"
			"deny contains \"no\" if http.send({\"method\": \"get\", \"url\": input}).status_code != 200\n"
			"mocked if deny == {\"no\"} with http.send as {\"status_code\": 500}\n",
		.query = "data.p.deny = x",
		.input = "\"https://example.com\""};
	(void)state;
	assert_true(rego_run(&c, &result) < 0);
	assert_non_null(
		strstr(pv_error_text(&cx), "http.send: opens a network connection, and no host is allowed"));
	pv_recover(&cx);
	c.query = "data.p.mocked = x";
	assert_string_equal(rego_rows(&c), "[{\"x\":true}]");
	c.alone = true;
	assert_true(rego_run(&c, &result) < 0);
	assert_non_null(
		strstr(pv_error_text(&cx), "policy.rego:2: rego_type_error: http.send: opens network"));
	pv_recover(&cx);
}

static int
count_lookup(void *arg, pv_ctx *asker PV_UNUSED, const char *name PV_UNUSED, pv_vec *ret)
{
	const char *address = "192.0.2.7";
	++*(int *)arg;
	pv_vec_push(ret, &address);
	return 0;
}

static void
a_name_is_looked_up_once_an_evaluation(void **state)
{
	int n = 0;
	const pv_rego_outside outside = {.arg = &n, .lookup = count_lookup};
	rego_case c = {.module = "package p",
		       .query = "x := [net.lookup_ip_addr(\"a.example\") | numbers.range(1, 3)[_]]",
		       .outside = &outside};
	(void)state;
	assert_string_equal(rego_rows(&c), "[{\"x\":[[\"192.0.2.7\"],[\"192.0.2.7\"],[\"192.0.2.7\"]]}]");
	assert_int_equal(n, 1);
}

/* What OPA 1.20.2 makes of them. */
static void
a_sign_stands_before_names_and_calls(void **state)
{
	static const char *const rows[][2] = {
		{"x = -input.n", "3"},
		{"x = -count([1, 2])", "-2"},
		{"x = 2 * -input.n", "6"},
		{"x = 1 - -input.n", "-2"},
		{"x = -input.n - 1", "2"},
		{"x = -input.n * 2", "6"},
		{"x = [-y | y = 1]", "[-1]"},
		{"x = {-input.n: -1}", "{\"3\":-1}"},
		{"x = - input.xs[-input.n - 3]", "-5"},
		{"x = -input.n in [3]", "true"},
		{"x = 2 - -3", "5"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		rego_case c = {.query = rows[i][0], .input = "{\"n\": -3, \"xs\": [5]}"};
		assert_string_equal(rego_rows(&c), pv_printf(cx.arena, "[{\"x\":%s}]", rows[i][1]));
	}
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
	const struct CMUnitTest tests[] = {
		CASE(both_admission_rules_speak_at_once),
		CASE(a_sign_stands_before_names_and_calls),
		CASE(a_trace_names_the_expression_that_decided),
		CASE(results_outlive_policy_and_query),
		CASE(values_are_exact),
		CASE(sprintf_prints_as_go),
		CASE(undefined_is_neither_false_nor_null),
		CASE(with_ends_where_its_statement_ends),
		CASE(base_documents_and_rules_are_seen_once),
		CASE(a_member_is_the_same_alone_and_in_the_whole),
		CASE(a_conflict_between_keys_nobody_asked_for_is_none),
		CASE(the_index_changes_no_result),
		CASE(threads_share_a_query),
		CASE(threads_prepare_queries_of_one_policy),
		CASE(a_false_statement_is_shown_only_alone),
		CASE(a_set_input_is_a_term),
		CASE(print_tells_what_is_undefined_and_stops_nothing),
		CASE(what_needs_a_network_fails),
		CASE(a_name_is_looked_up_once_an_evaluation),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
