/* Partial evaluation: what is left of a query when the input, or some data, is not known yet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"
#include "lang/rego/unknowns.h"
#include "unit/context.h"

static const char policy[] =
	"package app\n"
	"\n"
	"import data.roles\n"
	"\n"
	"default allow := false\n"
	"\n"
	"allow if { input.method == \"GET\"; input.path = [\"salary\", user]; user == input.user }\n"
	"allow if roles[input.user] == \"admin\"\n"
	"allow if is_owner(input.user, input.doc)\n"
	"\n"
	"is_owner(who, doc) if doc.owner == who\n"
	"\n"
	"deny contains msg if { some r in input.roles; r == \"guest\"; msg := \"no guests\" }\n"
	"deny contains \"late\" if input.hour > data.closing\n"
	"\n"
	"open if not closed\n"
	"closed if input.door == \"shut\"\n"
	"closed if input.lights == \"off\"\n"
	"\n"
	"visible if data.posts[input.id].author == input.user\n"
	"\n"
	"loud if input.roles[_] == \"loud\"\n"
	"quiet if not loud\n"
	"\n"
	"size if count(input.list) > 2 + data.closing\n"
	"\n"
	"level := \"high\" if input.n > 5\n"
	"else := \"low\"\n"
	"\n"
	"named(input.name) := 1\n"
	"name_fits if named(\"x\") == 1\n"
	"\n"
	"known if data.closing == 18\n"
	"\n"
	"early if time.now_ns() > input.at\n"
	"\n"
	"next(x) := x + 1\n"
	"\n"
	"all_of if every x in data.names { input.given[x] }\n"
	"\n"
	"asks if { x := input.foo }\n"
	"asks_on if { x := input.foo; x.bar }\n"
	"asks_no if { x := input.foo; not x == 1 }\n"
	"\n"
	"graded(n) := 1 if n > 5\n"
	"else := 2\n"
	"\n"
	"default sized := 0\n"
	"sized := data.closing if input.size == \"big\"\n"
	"\n"
	"nobody contains x if { some x in data.names; x == \"z\"; input.z }\n"
	"\n"
	"shadowed if { x := 1; count([x | some x in input.l; x > 1]) > x }\n";

static const char documents[] =
	"{\"roles\":{\"ann\":\"admin\",\"bob\":\"user\",\"eve\":\"admin\"},\"closing\":18,\"names\":[\"a\",\"b\"]}";

/* A term of a left over query, in Rego's words. */
static void
put_term(pv_buf *b, const pv_val *t)
{
	const char *type = pv_text_at(t, "type", "");
	const pv_val *v = pv_get(t, "value");
	if (pv_streq(type, "var")) {
		pv_buf_adds(b, v->s);
	} else if (pv_streq(type, "ref")) {
		put_term(b, pv_item(v, 0));
		for (size_t i = 1; i < pv_count(v); i++) {
			const char *name = pv_text_at(pv_item(v, i), "value", NULL);
			bool word = name && pv_text_at(pv_item(v, i), "type", "")[0] == 's';
			pv_buf_adds(b, word ? "." : "[");
			if (word)
				pv_buf_adds(b, name);
			else
				put_term(b, pv_item(v, i));
			pv_buf_adds(b, word ? "" : "]");
		}
	} else if (pv_streq(type, "array")) {
		pv_buf_addc(b, '[');
		for (size_t i = 0; i < pv_count(v); i++) {
			pv_buf_adds(b, i ? ", " : "");
			put_term(b, pv_item(v, i));
		}
		pv_buf_addc(b, ']');
	} else {
		pv_json_write(b, v);
	}
}

static void
put_expr(pv_buf *b, const pv_val *e, bool infix)
{
	const pv_val *terms = pv_get(e, "terms");
	const char *op = pv_text_at(terms, "0.value.0.value", "");
	if (pv_truth_at(e, "negated", false))
		pv_buf_adds(b, "not ");
	if (pv_is(terms, PV_OBJECT)) {
		put_term(b, terms);
		return;
	}
	if (infix && pv_streq(op, "eq")) {
		put_term(b, pv_item(terms, 1));
		pv_buf_adds(b, " = ");
		put_term(b, pv_item(terms, 2));
		return;
	}
	put_term(b, pv_item(terms, 0));
	for (size_t i = 1; i < pv_count(terms); i++) {
		pv_buf_adds(b, i == 1 ? "(" : ", ");
		put_term(b, pv_item(terms, i));
	}
	pv_buf_addc(b, ')');
}

static pv_rego *
compiled(void)
{
	pv_rego_module m = {.name = "app.rego", .text = pv_str_of(policy)};
	pv_rego *rego = NULL;
	if (pv_rego_compile(&cx, &m, 1, NULL, &rego) < 0)
		fail_msg("%s", pv_error_text(&cx));
	return rego;
}

static int
partial(const char *query, const char *unknown, const char *input, pv_val *ret)
{
	const char *unknowns[] = {unknown};
	pv_rego *rego = compiled();
	pv_rego_partial_opts opts = {.query = query, .unknowns = unknowns, .n_unknowns = 1};
	opts.eval.memory = (size_t)512 << 20;
	opts.eval.cpu_ns = 600 * PV_SEC;
	assert_int_equal(pv_json_parse(&cx, pv_str_of(documents), NULL, &opts.eval.data), 0);
	if (input)
		assert_int_equal(pv_json_parse(&cx, pv_str_of(input), NULL, &opts.eval.input), 0);
	pv_rego_left left;
	int r = pv_rego_partial(&cx, rego, &opts, &left);
	*ret = left.queries;
	pv_rego_unref(rego);
	return r;
}

static const char *
text_of(const pv_val *query)
{
	pv_buf b;
	pv_buf_init(&b, cx.arena);
	for (size_t k = 0; k < pv_count(query); k++) {
		pv_buf_adds(&b, k ? "; " : "");
		put_expr(&b, pv_item(query, k), true);
	}
	return pv_count(query) ? b.s : "true";
}

/* Has the query a solution that is no false? */
static bool
holds(pv_rego *rego, const char *query, const pv_rego_eval *eval)
{
	pv_rego_query *q = NULL;
	pv_rego_result rows;
	bool any = false;
	if (pv_rego_prepare(&cx, rego, query, &q) < 0 || pv_rego_run(&cx, q, eval, &rows) < 0)
		fail_msg("%s: %s", query, pv_error_text(&cx));
	for (size_t i = 0; i < rows.expressions.len && !any; i++) {
		const pv_val *values = *PV_AT(const pv_val *, &rows.expressions, i);
		any = true;
		for (size_t k = 0; k < pv_count(values); k++)
			any = any && pv_truth(pv_item(values, k), true);
	}
	pv_rego_query_free(q);
	return any;
}

/* What is left, one query after " | ", expressions after "; ". */
static void
assert_left(const char *query, const char *unknown, const char *input, const char *wanted)
{
	pv_val queries;
	pv_buf b;
	if (partial(query, unknown, input, &queries) < 0)
		fail_msg("%s: %s", query, pv_error_text(&cx));
	pv_buf_init(&b, cx.arena);
	for (size_t i = 0; i < queries.len; i++) {
		pv_buf_adds(&b, i ? " | " : "");
		for (size_t k = 0; k < pv_count(pv_item(&queries, i)); k++) {
			pv_buf_adds(&b, k ? "; " : "");
			put_expr(&b, pv_item(pv_item(&queries, i), k), false);
		}
		if (pv_count(pv_item(&queries, i)) == 0)
			pv_buf_adds(&b, "always");
	}
	if (queries.len == 0)
		pv_buf_adds(&b, "never");
	if (strcmp(b.s, wanted) != 0)
		fail_msg("%s\n  left   %s\n  wanted %s", query, b.s, wanted);
}

static void
assert_refused(const char *query, const char *text)
{
	pv_val queries;
	assert_true(partial(query, "input", NULL, &queries) < 0);
	if (!strstr(pv_error_text(&cx), text))
		fail_msg("%s: expected \"%s\", found \"%s\"", query, text, pv_error_text(&cx));
	pv_recover(&cx);
}

static void
rules_stand_in_the_place_of_their_references(void **state)
{
	(void)state;
	assert_left(
		"data.app.allow == true", "input", NULL,
		"eq(input.method, \"GET\"); eq(input.path, [\"salary\", __local6__]); eq(__local6__, input.user) | "
		"eq(\"ann\", input.user) | eq(\"eve\", input.user) | eq(input.doc.owner, input.user)");
	assert_left("data.app.visible", "input", NULL, "never"); /* there are no posts */
	assert_left("data.app.name_fits", "input", NULL, "eq(\"x\", input.name)");
	assert_left("data.app.size", "input", NULL, "count(input.list, __local3__); gt(__local3__, 20)");
}

static void
what_is_known_is_no_more_a_question(void **state)
{
	(void)state;
	assert_left("data.app.known", "input", NULL, "always");
	assert_left("data.closing == 17", "input", NULL, "never");
	assert_left("data.closing > input.x", "input", NULL, "gt(18, input.x)");
	assert_left("x := data.closing; input.h == x", "input", NULL, "eq(input.h, 18); eq(x, 18)");
	assert_left("data.app.allow == true", "data.posts", "{\"user\":\"ann\"}", "always");
	assert_left("data.app.visible", "data.posts", "{\"user\":\"ann\",\"id\":7}",
		    "eq(data.posts[7].author, \"ann\")");
}

static void
iteration_leaves_a_variable(void **state)
{
	(void)state;
	assert_left("data.app.deny[x]", "input", NULL,
		    "eq(input.roles[__local6__], \"guest\"); eq(x, \"no guests\") | "
		    "gt(input.hour, 18); eq(x, \"late\")");
}

static void
a_negation_is_every_way_to_fail(void **state)
{
	(void)state;
	assert_left("data.app.open", "input", NULL,
		    "not eq(input.door, \"shut\"); not eq(input.lights, \"off\")");
	assert_left("not data.closing == 18", "input", NULL, "never");
	assert_left("not data.app.open", "input", NULL,
		    "eq(input.door, \"shut\") | eq(input.lights, \"off\")");
	assert_left("data.app.all_of", "input", NULL, "input.given.a; input.given.b");
}

static void
what_is_left_decides_as_the_whole(void **state)
{
	static const char *const queries[] = {"data.app.allow == true", "data.app.deny[x]",
					      "data.app.open",          "data.app.size",
					      "data.app.all_of",        "not data.app.open"};
	static const char *const inputs[] = {
		"{}",
		"{\"user\":\"ann\"}",
		"{\"user\":\"bob\",\"doc\":{\"owner\":\"bob\"}}",
		"{\"method\":\"GET\",\"path\":[\"salary\",\"x\"],\"user\":\"x\"}",
		"{\"method\":\"GET\",\"path\":[\"salary\",\"x\"],\"user\":\"y\"}",
		"{\"roles\":[\"user\",\"guest\"],\"door\":\"shut\",\"hour\":19}",
		"{\"hour\":18,\"lights\":\"on\"}",
		"{\"list\":[1,2],\"given\":{\"a\":true,\"b\":1},\"lights\":\"off\"}"};
	pv_rego *rego = compiled();
	(void)state;
	for (size_t i = 0; i < PV_LEN(queries); i++) {
		pv_val left;
		assert_int_equal(partial(queries[i], "input", NULL, &left), 0);
		for (size_t k = 0; k < PV_LEN(inputs); k++) {
			pv_rego_eval eval = {0};
			bool any = false;
			assert_int_equal(pv_json_parse(&cx, pv_str_of(documents), NULL, &eval.data), 0);
			assert_int_equal(pv_json_parse(&cx, pv_str_of(inputs[k]), NULL, &eval.input), 0);
			for (size_t n = 0; n < left.len; n++)
				any = holds(rego, text_of(pv_item(&left, n)), &eval) || any;
			if (any != holds(rego, queries[i], &eval))
				fail_msg("%s with %s: what is left says %d", queries[i], inputs[k], any);
		}
	}
	pv_rego_unref(rego);
}

/* What an unused value is asked for is that it is there. */
static void
a_value_that_nothing_reads_must_be_there(void **state)
{
	(void)state;
	assert_left("x := input.foo", "input", NULL, "eq(x, input.foo)");
	assert_left("data.app.asks", "input", NULL, "eq(input.foo, __local5__)");
	assert_left("data.app.asks_on", "input", NULL, "input.foo.bar");
	assert_left("data.app.asks_no", "input", NULL, "not eq(input.foo, 1); eq(input.foo, __local6__)");
}

static void
what_cannot_be_solved_is_left_in_its_own_words(void **state)
{
	(void)state;
	assert_left("data.app.level == \"low\"", "input", NULL, "eq(data.app.level, \"low\")");
	assert_left("x := data.app", "input", NULL, "eq(x, data.app)");
	assert_left("x = data", "data.posts", NULL, "eq(x, data)");
	assert_left("data.app.quiet", "input", NULL, "not data.app.loud");
	assert_left("data.app.graded(input.n) == 1", "input", NULL, "data.app.graded(input.n, 1)");
}

/* The support modules, a rule a line. */
static const char *
kept(const char *query)
{
	const char *unknowns[] = {"input"};
	pv_rego *rego = compiled();
	pv_rego_partial_opts opts = {.query = query, .unknowns = unknowns, .n_unknowns = 1};
	pv_rego_left left;
	pv_buf b;
	pv_buf_init(&b, cx.arena);
	assert_int_equal(pv_json_parse(&cx, pv_str_of(documents), NULL, &opts.eval.data), 0);
	if (pv_rego_partial(&cx, rego, &opts, &left) < 0)
		fail_msg("%s: %s", query, pv_error_text(&cx));
	pv_rego_unref(rego);
	for (size_t i = 0; i < pv_count(pv_at(&left.support, "0.rules")); i++) {
		const pv_val *rule = pv_item(pv_at(&left.support, "0.rules"), i),
			     *head = pv_get(rule, "head");
		pv_buf_adds(&b, pv_truth_at(rule, "default", false) ? "default " : "");
		pv_buf_adds(&b, pv_text_at(head, "name", ""));
		pv_buf_adds(&b, pv_get(head, "key") ? " contains " : " = ");
		put_term(&b, pv_get(head, "key") ? pv_get(head, "key") : pv_get(head, "value"));
		for (size_t k = 0; k < pv_count(pv_get(rule, "body")); k++) {
			pv_buf_adds(&b, k ? "; " : " if ");
			put_expr(&b, pv_item(pv_get(rule, "body"), k), false);
		}
		pv_buf_addc(&b, '\n');
	}
	return b.s;
}

static void
rules_that_count_as_a_whole_are_kept(void **state)
{
	(void)state;
	assert_left("x := data.app.sized", "input", NULL, "eq(x, data.partial.app.sized)");
	assert_string_equal(kept("x := data.app.sized"), "default sized = 0 if true\n"
							 "sized = 18 if eq(input.size, \"big\")\n");
	assert_left("count(data.app.deny) == 0", "input", NULL, "count(data.partial.app.deny, 0)");
	assert_string_equal(kept("count(data.app.deny) == 0"),
			    "deny contains \"no guests\" if eq(input.roles[__local8__], \"guest\")\n"
			    "deny contains \"late\" if gt(input.hour, 18)\n");
	assert_left("x := data.app.nobody", "input", NULL, "eq(x, [])"); /* a set */
}

static void
closures_keep_their_own_names(void **state)
{
	pv_rego *rego = compiled();
	pv_rego_eval eval = {0};
	pv_val left;
	(void)state;
	assert_int_equal(partial("data.app.shadowed", "input", NULL, &left), 0);
	assert_int_equal(left.len, 1);
	assert_non_null(strstr(pv_json_text(cx.arena, &left), "arraycomprehension"));
	assert_int_equal(pv_json_parse(&cx, PV_STR("{\"l\":[1,2,3]}"), NULL, &eval.input), 0);
	assert_true(holds(rego, "data.app.shadowed", &eval));
	pv_rego_unref(rego);
}

/* Each is twice the one before it: small as they are, what they come to fits nowhere. */
static void
what_has_no_end_is_given_up(void **state)
{
	pv_buf doubled;
	(void)state;
	assert_left("x = [x]; input.a = x", "input", NULL, "never");
	assert_left("x = [y]; y = {\"a\": x}; input.a = x", "input", NULL, "never");
	pv_buf_init(&doubled, cx.arena);
	pv_buf_adds(&doubled, "x0 = input.a");
	for (int i = 1; i < 60; i++)
		pv_buf_printf(&doubled, "; x%d = [x%d, x%d]", i, i - 1, i - 1);
	pv_buf_adds(&doubled, "; input.b = x59");
	assert_refused(doubled.s, "over the limit");
}

static void
a_part_of_what_is_half_known_is_found(void **state)
{
	(void)state;
	assert_left("x := [[input.a, 1]]; y := x[0][1]", "input", NULL, "eq(x, [[input.a, 1]]); eq(y, 1)");
}

static void
patterns_are_found_in_what_is_unknown(void **state)
{
	(void)state;
	assert_left("some [\"a\", x] in input.list; x > 1", "input", NULL,
		    "eq([\"a\", x], input.list[__local2__]); gt(x, 1)");
	assert_left("some k, [x] in input.list; x > k", "input", NULL, "eq([x], input.list[k]); gt(x, k)");
}

static void
the_last_argument_may_be_the_value(void **state)
{
	(void)state;
	assert_left("data.app.next(input.n, 5)", "input", NULL, "plus(input.n, 1, 5)");
	assert_left("data.app.next(input.n, x); x > 5", "input", NULL,
		    "plus(input.n, 1, __local3__); gt(__local3__, 5); eq(x, __local3__)");
}

/* Each is told once; laying it beside all before it takes minutes. */
static void
many_queries_are_told_apart_at_once(void **state)
{
	pv_val queries;
	(void)state;
	assert_int_equal(partial("input.a == numbers.range(1, 30000)[_]", "input", NULL, &queries), 0);
	assert_int_equal(pv_count(&queries), 30000);
	assert_left("input.a == [1, 2, 1, 2][_]", "input", NULL, "eq(input.a, 1) | eq(input.a, 2)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_stand_in_the_place_of_their_references),
		cmocka_unit_test(what_is_known_is_no_more_a_question),
		cmocka_unit_test(iteration_leaves_a_variable),
		cmocka_unit_test(a_negation_is_every_way_to_fail),
		cmocka_unit_test(what_is_left_decides_as_the_whole),
		cmocka_unit_test(a_value_that_nothing_reads_must_be_there),
		cmocka_unit_test(what_cannot_be_solved_is_left_in_its_own_words),
		cmocka_unit_test(rules_that_count_as_a_whole_are_kept),
		cmocka_unit_test(closures_keep_their_own_names),
		cmocka_unit_test(what_has_no_end_is_given_up),
		cmocka_unit_test(a_part_of_what_is_half_known_is_found),
		cmocka_unit_test(patterns_are_found_in_what_is_unknown),
		cmocka_unit_test(the_last_argument_may_be_the_value),
		cmocka_unit_test(many_queries_are_told_apart_at_once),
	};
	return cmocka_run_group_tests(tests, context_begin, context_end);
}
