/* The language of rules: what expressions say of a document, and where a fault in one stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"
#include "lang/rule/rule.h"

static const char document[] =
	"{\"kind\":\"Pod\",\"metadata\":{\"generation\":3,\"annotations\":{\"a/b\":\"x\"}},"
	"\"spec\":{\"paused\":true,\"replicas\":3,\"off\":false,\"none\":null,\"empty\":\"\",\"limit\":\"12\"},"
	"\"status\":{\"observedGeneration\":2,\"phase\":\"Running\",\"conditions\":["
	"{\"type\":\"Ready\",\"status\":\"True\",\"message\":\"it runs\"},"
	"{\"type\":\"Old\",\"status\":\"False\",\"reason\":\"Gone\"},"
	"{\"type\":\"a.b/c\",\"status\":\"Unknown\"}],"
	"\"list\":[{\"n\":1,\"m\":1},{\"n\":2,\"m\":1}],\"none\":[]}}";

/* The text of the expression, "error: .." if it cannot be read, "-" if it is absent. */
static const char *
say(pv_ctx *cx, const char *text)
{
	pv_rule_reader r;
	pv_rule_env env = {.arena = cx->arena, .now = 1700000000 * PV_SEC};
	const pv_expr *e;
	pv_val v;
	int result;
	if (pv_json_parse(cx, PV_STR(document), NULL, &env.object) < 0)
		fail_msg("%s", pv_error_text(cx));
	pv_rule_init(&r, cx, cx->arena, "x.rules", pv_str_of(text));
	result = pv_rule_expr(&r, &e);
	if (result == 0 && !pv_rule_ends(&r))
		result = pv_rule_fail(&r, "expected the end");
	if (result < 0) {
		text = pv_printf(cx->arena, "error: %s", pv_error_text(cx));
		pv_recover(cx);
		return text;
	}
	v = pv_expr_eval(&env, e);
	return pv_is_absent(&v) ? "-" : pv_json_text(cx->arena, &v);
}

static void
check(const char *const rows[][2], size_t n)
{
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < n; i++)
		if (!pv_streq(say(&cx, rows[i][0]), rows[i][1]))
			fail_msg("%s: expected %s, found %s", rows[i][0], rows[i][1], say(&cx, rows[i][0]));
	pv_ctx_done(&cx);
}

static void
paths_find_or_are_absent(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{".status.phase", "\"Running\""},
		{".status.nothing.there", "-"},
		{".metadata.annotations[\"a/b\"]", "\"x\""},
		{".status.list[1].n", "2"},
		{".status.list[-1].n", "2"},
		{".status.list[7]", "-"},
		{".status.list[n = 2]", "{\"n\":2,\"m\":1}"},
		{".status.list[n != @.m].n", "2"},
		{".status.list[*].n", "[1,2]"},
		{".status.list[* m = 1].n", "[1,2]"},
		{".status.list[* m = 3]", "-"},
		{"%Ready.message", "\"it runs\""},
		{"%Old.reason", "\"Gone\""},
		{"%Old = False", "true"},
		{"%Gone = False", "false"},
		{"%Gone != True", "true"},
		{"%Ready", "{\"type\":\"Ready\",\"status\":\"True\",\"message\":\"it runs\"}"},
		{".status.conditions[type = \"a.b/c\"].status", "\"Unknown\""},
	};
	check(rows, PV_LEN(rows));
}

static void
operators_compare_texts_and_numbers(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{".status.phase = Running|Done", "true"},
		{".status.phase != Running|Done", "false"},
		{".spec.paused = true", "true"},
		{".spec.replicas = 3", "true"},
		{".spec.replicas = \"3\"", "true"},
		{".spec.replicas < .spec.limit", "true"},
		{".spec.replicas >= 3", "true"},
		{".spec.nothing > 1", "false"},
		{".spec.nothing = .status.nothing", "true"},
		{".spec.none = null", "true"},
		{".spec.nothing ?? 1", "1"},
		{".spec.none ?? .spec.replicas", "3"},
		{".spec.replicas + 1 - 2", "2"},
		{".status.phase ~ \"Run*\"", "true"},
		{"\"an Error of a/b\" ~ \"*Error*\"", "true"},
		{"not .spec.off and not .spec.none and not .spec.empty and not .status.none", "true"},
		{".spec.off or .status.phase", "\"Running\""},
		{"(.spec.off or .spec.paused) and .status.phase = Gone", "false"},
		{"\"2026-01-01\" < \"2026-01-02\"", "true"},
	};
	check(rows, PV_LEN(rows));
}

static void
texts_and_functions(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{"\"{.kind} is {.status.phase}, {.nothing}{.spec.replicas}\"", "\"Pod is Running, 3\""},
		{"'it\\'s \\{\"x\"}'", "\"it's {\\\"x\\\"}\""},
		{"\"{.spec.paused and \"paused\"}\"", "\"paused\""},
		{"count(.status.list)", "2"},
		{"count(.status.nothing)", "0"},
		{"each(.status.list, \"{#}:{n}\", \", \")", "\"1:1, 2:2\""},
		{"numbered(.status.list, n = 2, \"{#}\")", "\"2\""},
		{"join(.status.list[*].n, \"-\")", "\"1-2\""},
		{"sum(.status.list[*].n)", "3"},
		{"short(.status.phase)", "\"Running\""},
		{"short(.status.phase, 3)", "\"Run\""},
		{"lower(.kind)", "\"pod\""},
		{"capital(\"pod\")", "\"Pod\""},
		{"before(\"1/2\", \"/\")", "\"1\""},
		{"after(\"1/2\", \"/\")", "\"2\""},
		{"whole(\"12\")", "12"},
		{"whole(\"x\")", "-"},
		{"whole(\"-1\")", "-"},
		{"whole(0 - 1)", "-"},
		{"whole(.spec.replicas)", "3"},
		{"stale()", "true"},
		{"now()", "\"2023-11-14T22:13:20Z\""},
	};
	check(rows, PV_LEN(rows));
}

static void
faults_have_a_place(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{".status.", "error: x.rules:1:9: expected a field's name"},
		{".a = ", "error: x.rules:1:6: expected a value"},
		{"(.a", "error: x.rules:1:4: expected )"},
		{"\"{.a\"", "error: x.rules:1:5: expected }"},
		{"\"open", "error: x.rules:1:6: expected \": the text is not closed"},
		{"\"\\x\"", "error: x.rules:1:2: expected n, t, {, a quote or \\ behind \\"},
		{"phase = Running",
		 "error: x.rules:1:1: expected a path such as .status.phase, or a text in quotes"},
		{"nothing(.a)", "error: x.rules:1:1: there is no function nothing()"},
		{"count()", "error: x.rules:1:8: count() takes 1 to 1 values"},
		{"$x", "error: x.rules:1:3: no `let x` stands above"},
		{"#", "error: x.rules:1:1: # stands inside [..] and each(..)"},
		{".a[\"{.b}\"]", "error: x.rules:1:10: expected a key without values in it"},
		{".a[1-]", "error: x.rules:1:6: expected a position such as 0 or -1"},
		{".a .b", "error: x.rules:1:4: expected the end"},
		{"((((((((((((((((((((((((((((((((((((((((((.a",
		 "error: x.rules:1:41: nested deeper than 40"},
	};
	check(rows, PV_LEN(rows));
}

/* What is read need not end with a NUL: a corpus' file, an embedded one. */
static void
nothing_behind_the_text_is_read(void **state PV_UNUSED)
{
	static const char *const rows[] = {".a[1",   ".a[-", ".a[n = 2", "\"a{", "1",
					   "%Ready", ".a ~", "#",        "$a"};
	pv_ctx cx;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		size_t len = strlen(rows[i]);
		char *exact = malloc(len);
		pv_rule_reader r;
		const pv_expr *e;
		memcpy(exact, rows[i], len);
		pv_rule_init(&r, &cx, cx.arena, "x", (pv_str){exact, len});
		if (pv_rule_expr(&r, &e) < 0)
			pv_recover(&cx);
		free(exact);
	}
	pv_ctx_done(&cx);
}

static void
places_are_set(void **state PV_UNUSED)
{
	static const char *const rows[][4] = {
		/* document, place, with 1 there, with nothing there */
		{"{}", ".spec.paused", "{\"spec\":{\"paused\":1}}", "{}"},
		{"{\"spec\":{\"a\":2}}", ".spec[\"x/y\"]", "{\"spec\":{\"a\":2,\"x/y\":1}}",
		 "{\"spec\":{\"a\":2}}"},
		{"{\"spec\":{\"a\":2,\"b\":3}}", ".spec.a", "{\"spec\":{\"a\":1,\"b\":3}}",
		 "{\"spec\":{\"b\":3}}"},
		{"{\"spec\":null}", ".spec.a", "{\"spec\":{\"a\":1}}", "{\"spec\":null}"},
	};
	static const char *const none[] = {".a[b = 1].c", ".a[*]", "$params", ".", "1", "\"a\""};
	pv_ctx cx;
	pv_rule_env env = {0};
	pv_rule_reader r;
	pv_val one = pv_int(1), gone = {.type = 255}, made;
	const pv_expr *e;
	const pv_val *v;
	pv_ctx_init(&cx, "test");
	env.arena = cx.arena;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		assert_int_equal(pv_json_parse(&cx, pv_str_of(rows[i][0]), NULL, &v), 0);
		pv_rule_init(&r, &cx, cx.arena, "x", pv_str_of(rows[i][1]));
		assert_int_equal(pv_rule_place(&r, &e), 0);
		made = pv_expr_put(&env, e, v, &one);
		assert_string_equal(pv_json_text(cx.arena, &made), rows[i][2]);
		made = pv_expr_put(&env, e, v, &gone);
		assert_string_equal(pv_json_text(cx.arena, &made), rows[i][3]);
	}
	for (size_t i = 0; i < PV_LEN(none); i++) {
		pv_rule_init(&r, &cx, cx.arena, "x", pv_str_of(none[i]));
		assert_int_equal(pv_rule_place(&r, &e), -PV_EINVALID);
		assert_string_equal(pv_error_text(&cx),
				    "x:1:1: expected a path of names, such as .spec.paused");
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_find_or_are_absent),
		cmocka_unit_test(operators_compare_texts_and_numbers),
		cmocka_unit_test(texts_and_functions),
		cmocka_unit_test(faults_have_a_place),
		cmocka_unit_test(nothing_behind_the_text_is_read),
		cmocka_unit_test(places_are_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
