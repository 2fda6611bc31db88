/* expr: what conditions of notification triggers say of an Application, and where a fault in one stands.
 * What is wanted is what github.com/expr-lang/expr documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "lang/expr/expr.h"
#include "lang/json/json.h"

static const char document[] =
	"{\"app\":{\"metadata\":{\"name\":\"shop\",\"annotations\":{\"a.b/c\":\"v1\"},\"labels\":{}},"
	"\"spec\":{\"replicas\":3,\"ratio\":0.5,\"source\":{\"repoURL\":\"https://x/y\"}},"
	"\"status\":{\"health\":{\"status\":\"Healthy\"},\"sync\":{\"status\":\"Synced\",\"revision\":\"abc\"},"
	"\"operationState\":{\"phase\":\"Succeeded\",\"finishedAt\":\"2026-11-27T03:00:00Z\"},"
	"\"resources\":[{\"kind\":\"Deployment\",\"n\":1},{\"kind\":\"Service\",\"n\":2}],"
	"\"conditions\":[]}},\"nil\":1}";

static const char *
text_of(pv_ctx *cx, const pv_tv *v)
{
	pv_val out;
	if (!pv_tv_to(cx->arena, v, &out))
		return "no document";
	return pv_json_text(cx->arena, &out);
}

static const char *
say(pv_ctx *cx, const char *text)
{
	const pv_ex_run how = {.now = 1700000000 * PV_SEC, .steps = 100000};
	const pv_val *doc;
	const pv_ex *e;
	pv_tv v;
	int r = pv_json_parse(cx, PV_STR(document), NULL, &doc);
	if (r == 0)
		r = pv_ex_parse(cx, cx->arena, pv_str_of(text), &e);
	if (r == 0)
		r = pv_ex_eval(cx, e, &how, pv_tv_from(cx->arena, doc, false), &v);
	if (r == 0)
		return text_of(cx, &v);
	text = pv_printf(cx->arena, "error: %s", pv_error_text(cx));
	pv_recover(cx);
	return text;
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
#define CHECK(rows) check(rows, PV_LEN(rows))

static void
test_literals(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{"1_000", "1000"},
		{"0x1F + 0b11 + 0o17", "49"},
		{".5", "0.5"},
		{"1e3", "1000"},
		{"'it''s'", "error: 1:5: unexpected token 's': expected the end"},
		{"'it\\'s' + \"\\n\\u00e9\\x41\"", "\"it's\\n\xc3\xa9"
						   "A\""},
		{"`a\\n`", "\"a\\\\n\""},
		{"[1, 'a', true, nil,]", "[1,\"a\",true,null]"},
		{"{a: 1, 'b c': 2, (\"x\" + \"y\"): 3}", "{\"a\":1,\"b c\":2,\"xy\":3}"},
		{"true and not false", "true"},
		{"// nothing\n1 /* one */", "1"},
		{"", "error: 1:1: unexpected end: expected a value"},
		{"'a", "error: 1:1: literal not terminated: expected '"},
		{"1 +", "error: 1:4: unexpected end: expected a value"},
		{"(1", "error: 1:3: unexpected end: expected )"},
		{"a b", "error: 1:3: unexpected token b: expected the end"},
		{"12abc", "error: 1:1: bad number: found \"a\" in it"},
		{"'\\q'", "error: 1:1: bad escape in a text: \\q"},
		{"a @ b", "error: 1:3: unrecognized character: \"@\""},
	};
	CHECK(rows);
}

static void
test_operators(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{"1 + 2 * 3", "7"},
		{"(1 + 2) * 3", "9"},
		{"7 / 2", "3.5"},
		{"7 % 4", "3"},
		{"7 % 0", "error: 1:3: integer divide by zero"},
		{"2 ** 3 ** 2", "512"},
		{"2 ^ 3", "8"},
		{"-2 + 5", "3"},
		{"1 == 1.0", "true"},
		{"1 != 2 and 2 >= 2 and 1 < 1.5", "true"},
		{"'a' < 'b'", "true"},
		{"'a' < 1", "error: 1:5: invalid operation: string < int"},
		{"'a' == 1", "false"},
		{"nil == nil", "true"},
		{"[1, 2] == [1, 2]", "true"},
		{"1 in [1, 2]", "true"},
		{"'x' not in ['a', 'b']", "true"},
		{"'name' in app.metadata", "true"},
		{"'x' in nil", "false"},
		{"'abc' matches '^a.c$'", "true"},
		{"'abc' matches '('", "error: 1:7: error parsing regexp: missing closing ): `(`"},
		{"'abc' contains 'b' && 'abc' startsWith 'a' && 'abc' endsWith 'c'", "true"},
		{"not ('abc' contains 'z')", "true"},
		{"'abc' not contains 'z'", "true"},
		{"!true || true", "true"},
		{"true or 1", "true"},
		{"false or 1", "1"},
		{"1 or true", "error: 1:1: expected true or false, found int"},
		{"nil contains 'a' or 'a' matches nil", "false"},
		{"true ? 'a' : 'b'", "\"a\""},
		{"false ? 1 : true ? 2 : 3", "2"},
		{"app.x ?? 'none'", "\"none\""},
		{"nil ?? nil ?? 3", "3"},
		{"1..3", "[1,2,3]"},
		{"1..1000000", "error: 1:2: a range of more than 100000 numbers"},
		{"let x = 2; x * x", "4"},
		{"not true == false", "true"},
		{"1 not 2", "error: 1:3: unexpected token not: expected the end"},
	};
	CHECK(rows);
}

static void
test_members(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{"app.status.sync.status", "\"Synced\""},
		{"app.metadata.annotations[\"a.b/c\"]", "\"v1\""},
		{"app['metadata'].name", "\"shop\""},
		{"app.status.resources[0].kind", "\"Deployment\""},
		{"app.status.resources[-1].kind", "\"Service\""},
		{"app.status.resources[2]", "error: 1:21: index out of range: 2 (array length is 2)"},
		{"app.status.none", "null"},
		{"app.status.none.x", "error: 1:17: cannot fetch x from <nil>"},
		{"app.status.none?.x", "null"},
		{"app.status.none?.x.y.z", "null"},
		{"app.status.operationState?.syncResult?.revision", "null"},
		{"app.status?.sync?.revision", "\"abc\""},
		{"app.x?.y[0]", "error: 1:9: cannot fetch int from <nil>"},
		{"app.x?.y?.[0]", "null"},
		{"app.metadata?.name?.x", "error: 1:21: cannot fetch x from string"},
		{"nowhere", "null"},
		{"app.metadata.name.x", "error: 1:19: cannot fetch x from string"},
		{"app.metadata.in", "null"},
		{"'shop'[1:3]", "\"ho\""},
		{"[1, 2, 3][1:]", "[2,3]"},
		{"[1, 2, 3][:-1]", "[1,2]"},
		{"$env.app.metadata.name", "\"shop\""},
		{"app.metadata()", "error: 1:5: metadata is not a function"},
		{"#", "error: 1:1: cannot use pointer accessor outside closure"},
	};
	CHECK(rows);
}

static void
test_functions(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{"len('h\xc3\xa9') + len([1]) + len({a: 1})", "4"},
		{"all(app.status.resources, {.n > 0})", "true"},
		{"any(app.status.resources, .kind == 'Service')", "true"},
		{"none([1, 2], # > 2) and one([1, 2], # > 1)", "true"},
		{"filter(1..5, # % 2 == 0)", "[2,4]"},
		{"map(app.status.resources, {.kind + string(#index)})", "[\"Deployment0\",\"Service1\"]"},
		{"count([true, false, true])", "2"},
		{"count(1..5, # > 3)", "2"},
		{"find(1..5, # > 3)", "4"},
		{"findLastIndex(1..5, # < 3)", "1"},
		{"reduce(1..4, #acc + #)", "10"},
		{"reduce(1..4, #acc + #, 10)", "20"},
		{"sum(app.status.resources, .n)", "3"},
		{"mean([1, 2])", "1.5"},
		{"min(3, 1, 2) + max([4, 9])", "10"},
		{"sort([3, 1, 2])", "[1,2,3]"},
		{"sortBy(app.status.resources, .n, 'desc')[0].kind", "\"Service\""},
		{"groupBy(app.status.resources, .kind).Service[0].n", "2"},
		{"keys({b: 1, a: 2})", "[\"a\",\"b\"]"},
		{"first([1, 2]) + last([1, 2])", "3"},
		{"first([])", "null"},
		{"reverse(uniq([1, 1.0, 2]))", "[2,1]"},
		{"flatten([1, [2, [3]]])", "[1,2,3]"},
		{"concat([1], [[2]])", "[1,[2]]"},
		{"get(app, 'none') == nil and get([1], 3) == nil", "true"},
		{"' a ' | trim() | upper()", "\"A\""},
		{"split('a,b,c', ',')", "[\"a\",\"b\",\"c\"]"},
		{"splitAfter('a,b,c', ',', 2)", "[\"a,\",\"b,c\"]"},
		{"split('h\xc3\xa9', '')", "[\"h\",\"\xc3\xa9\"]"},
		{"len(split('', ''))", "0"},
		{"replace('ab', '', 'x')", "error: 1:15: replace: expected a text that is not empty"},
		{"join(split('a,b', ','), '-')", "\"a-b\""},
		{"replace('aXbX', 'X', '')", "\"ab\""},
		{"trim('xxaxx', 'x') + trim(' b ')", "\"ab\""},
		{"hasPrefix('v1', 'v') and not hasSuffix('v1', 'v') and hasPrefix('', '')", "true"},
		{"trimPrefix('v1', 'v') + trimSuffix('a.git', '.git')", "\"1a\""},
		{"indexOf('abcb', 'b') * 10 + lastIndexOf('abcb', 'b')", "13"},
		{"int('12') + float('0.5')", "12.5"},
		{"int('x')", "error: 1:1: invalid operation: int(string)"},
		{"type(1) + type(nil) + type([]) + type('')", "\"intnilarraystring\""},
		{"fromJSON('{\"a\":[1]}').a[0]", "1"},
		{"toJSON({b: 1, a: 'x'})", "\"{\\n  \\\"a\\\": \\\"x\\\",\\n  \\\"b\\\": 1\\n}\""},
		{"fromBase64(toBase64('hello'))", "\"hello\""},
		{"round(1.5) + ceil(0.1) + floor(0.9) + abs(-1)", "4"},
		{"len()", "error: 1:5: len: expected 1 arguments, found 0"},
		{"lower(1)", "error: 1:1: wrong type for value of lower; expected string; got int"},
		{"findIndex([1], # > 1) == nil", "true"},
		{"len([1],) + count([1], # > 0,)", "2"},
		{"len(,)", "error: 1:5: unexpected token ,: expected a value"},
		{"filter([1], #)", "error: 1:13: filter: expected true or false of an item, found int"},
		{"let f = 1; f()", "error: 1:12: f is not a function"},
	};
	CHECK(rows);
}

static void
test_times(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{"now().Unix()", "1700000000"},
		{"date('2026-11-27').Year()", "2026"},
		{"(date('2026-11-27T01:00:00Z') - date('2026-11-27T00:00:00Z')).Hours()", "1"},
		{"date('2026-11-27').Add(2 * duration('30m')).Before(date('2026-11-27T02:00:00Z'))", "true"},
		{"date('2026-11-27') + duration('1h') == date('2026-11-27T01:00:00Z')", "true"},
		{"duration('90m').Minutes() >= 5", "true"},
		{"date('2026-11-28') > date('2026-11-27')", "true"},
		{"date('9999-12-31') > now() and date('0001-01-01') < now()", "true"},
		{"(date('9999-12-31') - now()).Hours() > 2000000", "true"},
		{"date('x')", "error: 1:1: invalid date x"},
		{"date('2026-11-27').Sub(1)",
		 "error: 1:23: wrong type for value of Sub; expected time.Time; got int"},
		{"date('2026-11-27').Year(1)", "error: 1:24: wrong number of args for Year: want 0 got 1"},
	};
	CHECK(rows);
}

/* As Argo CD's own catalogue has them. */
static void
test_conditions(void **state PV_UNUSED)
{
	static const char *const rows[][2] = {
		{"app.status.operationState != nil and app.status.operationState.phase in ['Error', 'Failed']",
		 "false"},
		{"app.status.operationState != nil and app.status.operationState.phase in ['Succeeded'] and "
		 "app.status.health.status == 'Healthy'",
		 "true"},
		{"app.metadata.deletionTimestamp != nil", "false"},
		{"app.status.sync.status == 'Unknown'", "false"},
		{"app.status.operationState.phase in ['Running']", "false"},
	};
	CHECK(rows);
}

static void
repeat(pv_buf *b, const char *what, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pv_buf_adds(b, what);
}

static void
test_limits(void **state PV_UNUSED)
{
	pv_ctx cx;
	pv_buf b;
	pv_ctx_init(&cx, "test");
	pv_buf_init(&b, cx.arena);
	repeat(&b, "(", 5000);
	assert_non_null(strstr(say(&cx, b.s), "more than 100 within one another"));
	pv_buf_clear(&b);
	pv_buf_adds(&b, "1");
	repeat(&b, "+1", 5000);
	assert_non_null(strstr(say(&cx, b.s), "more than 400 within one another"));
	pv_buf_clear(&b);
	pv_buf_adds(&b, "x");
	repeat(&b, "?.x", 5000);
	assert_non_null(strstr(say(&cx, b.s), "more than 400 within one another"));
	pv_buf_clear(&b);
	repeat(&b, "1 ", 50000);
	assert_non_null(strstr(say(&cx, b.s), "of more than 65536 bytes"));
	assert_non_null(strstr(say(&cx, "map(1..1000, map(1..1000, #))"), "the limit of steps is met"));
	assert_non_null(
		strstr(say(&cx, "toJSON(reduce(1..60, [#acc, #acc], [1]))"), "the limit of steps is met"));
	assert_non_null(
		strstr(say(&cx, "let s = repeat('aaaaaaaaaaaaaaaa', 1000); len(string(map(1..1000, s))) > 0"),
		       "the limit of steps is met"));
	assert_non_null(
		strstr(say(&cx, "let s = repeat('aaaaaaaaaaaaaaaa', 1000); lastIndexOf(s, s[1:8000] + 'b')"),
		       "the limit of steps is met"));
	assert_non_null(strstr(say(&cx, "let x = reduce(1..60, [#acc, #acc], []); x == x"),
			       "the limit of steps is met"));
	assert_non_null(strstr(say(&cx, "map(1..1000, 'a' matches ('a{1,900}b{1,900}' + string(#)))"),
			       "the limit of steps is met"));
	assert_non_null(strstr(say(&cx, "repeat(repeat(repeat('aaaaaaaaaaaaaaaa', 1000), 1000), 1000)"),
			       "the limit of steps is met"));
	pv_ctx_done(&cx);
}

/* Whether the clock was asked: what depends on it is asked again later. */
static void
test_clock(void **state PV_UNUSED)
{
	bool clock = false;
	const pv_ex_run how = {.now = 1, .ret_clock = &clock};
	const pv_ex *e;
	pv_ctx cx;
	pv_tv v;
	pv_ctx_init(&cx, "test");
	assert_int_equal(pv_ex_parse(&cx, cx.arena, PV_STR("false and now().Unix() > 0"), &e), 0);
	assert_int_equal(pv_ex_eval(&cx, e, &how, pv_tv_nil(), &v), 0);
	assert_false(clock);
	assert_int_equal(pv_ex_parse(&cx, cx.arena, PV_STR("now().Unix() > 0"), &e), 0);
	assert_int_equal(pv_ex_eval(&cx, e, &how, pv_tv_nil(), &v), 0);
	assert_true(clock);
	pv_ctx_done(&cx);
}

/* A function of the caller's: of conditions, and of templates through `call`. */
static int
twice(pv_trun *r PV_UNUSED, const pv_tv *args, size_t n PV_UNUSED, pv_tv *ret)
{
	*ret = pv_tv_int(args[1].i * (int64_t)(intptr_t)args[0].object->of);
	return 0;
}

static void
test_functions_of_callers(void **state PV_UNUSED)
{
	static const pv_tfunc row = {"Twice", "i", twice};
	static const pv_tclass class = {.type = "func(int) int", .call = &row};
	const pv_ex_run how = {0};
	pv_tmap *own, *env;
	const pv_ex *e;
	pv_tmpl *t;
	pv_ctx cx;
	pv_buf b;
	pv_tv v;
	pv_ctx_init(&cx, "test");
	own = pv_tmap_new(cx.arena);
	env = pv_tmap_new(cx.arena);
	pv_tmap_puts(own, "Twice", pv_tv_object(cx.arena, &class, (void *)(intptr_t)2));
	pv_tmap_puts(env, "my", pv_tv_map(own));
	assert_int_equal(pv_ex_parse(&cx, cx.arena, PV_STR("my.Twice(21) + my?.Twice(1)"), &e), 0);
	assert_int_equal(pv_ex_eval(&cx, e, &how, pv_tv_map(env), &v), 0);
	assert_int_equal(v.i, 44);
	assert_int_equal(pv_ex_parse(&cx, cx.arena, PV_STR("my.Twice('x')"), &e), 0);
	assert_int_equal(pv_ex_eval(&cx, e, &how, pv_tv_map(env), &v), -PV_EINVALID);
	assert_string_equal(pv_error_text(&cx),
			    "1:9: wrong type for value of Twice; expected int; got string");
	pv_recover(&cx);
	t = pv_tmpl_new(cx.arena, &(pv_tmpl_opts){0});
	pv_buf_init(&b, cx.arena);
	assert_int_equal(pv_tmpl_parse(&cx, t, PV_STR("t"), PV_STR("{{call .my.Twice 4}}")), 0);
	assert_int_equal(pv_tmpl_execute(&cx, t, NULL, PV_STR("t"), pv_tv_map(env), &b), 0);
	assert_string_equal(b.s, "8");
	pv_ctx_done(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_functions_of_callers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
