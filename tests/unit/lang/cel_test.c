/* CEL: values, types, errors in cel-go's words, costs, and documents seen by a schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/cel/cel.h"
#include "lang/json/json.h"

typedef struct row {
	const char *text, *want; /* JSON of the value, or the error */
} row;

static const char *
written(pv_ctx *cx, const pv_cel_val *v)
{
	pv_val out;
	pv_buf b;
	if (pv_cel_json(cx, v, &out) < 0)
		return pv_error_text(cx);
	pv_buf_init(&b, cx->arena);
	pv_json_write(&b, &out);
	return b.s;
}

/* The value of the text with x = {"a": 1, "names": ["b", "c"]}. */
static const char *
value_of(pv_ctx *cx, const char *text)
{
	static const pv_cel_var vars[] = {{.name = "x"}};
	pv_cel_env env = {.vars = vars, .n_vars = 1, .homogeneous = true};
	const pv_val *doc;
	const pv_cel *program;
	pv_cel_val v;
	assert_int_equal(pv_json_parse(cx, PV_STR("{\"a\":1,\"names\":[\"b\",\"c\"]}"), NULL, &doc), 0);
	v = pv_cel_of(cx->arena, NULL, NULL, doc);
	pv_cel_run run = {.vars = &v};
	if (pv_cel_compile(cx, cx->arena, &env, pv_str_of(text), &program) < 0 ||
	    pv_cel_eval(cx, program, &run, &v) < 0)
		return pv_error_text(cx);
	return written(cx, &v);
}

static void
hold(const row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pv_ctx cx;
		pv_ctx_init(&cx, "test");
		const char *have = value_of(&cx, rows[i].text);
		if (!pv_streq(have, rows[i].want))
			fail_msg("%s\n  is     %s\n  wanted %s", rows[i].text, have, rows[i].want);
		pv_ctx_done(&cx);
	}
}

static void
the_language(void **state)
{
	static const row rows[] = {
		{"1 + 2 * 3 - -4", "11"},
		{"x.a == 1 && x.names[1] == 'c'", "true"},
		{"has(x.a) && !has(x.b)", "true"},
		{"has(x.a.b) || has(dyn(null).b) || has(dyn('').b)", "false"},
		{"x.?b.orValue(7)", "7"},
		{"x.names.map(n, n + '!')", "[\"b!\",\"c!\"]"},
		{"x.names.exists_one(n, n == 'b')", "true"},
		{"[1, 2, 3].filter(i, i % 2 == 1)", "[1,3]"},
		{"{'k': 'v', ?'n': optional.none()}", "{\"k\":\"v\"}"},
		{"cel.bind(s, 'ab', s + s)", "\"abab\""},
		{"[3, 1].transformMap(i, v, v > 1, v * 2)", "{\"0\":6}"},
		{"1 / 0 > 1 || true", "true"},
		{"dyn(1) == 1.0 && 1u in [1u, 2u]", "true"},
		{"r'\\d' + \"\\u00e9\" + '''q'''", "\"\\\\d\xc3\xa9q\""},
		{"duration('1h30m') + duration('1s')", "\"5401s\""},
		{"timestamp('2024-02-28T23:00:00Z') + duration('2h')", "\"2024-02-29T01:00:00Z\""},
		{"timestamp('2024-01-01T00:00:00Z').getDayOfWeek('+02:00')", "1"},
		{"timestamp('2024-12-31T23:00:00Z').getDayOfYear()", "365"},
		{"duration('1h30m').getMinutes() + timestamp('2024-12-31T23:40:00Z').getMinutes()", "130"},
		{"type(1) == int ? 'int' : 'other'", "\"int\""},
		{"-9223372036854775808", "-9223372036854775808"},
	};
	(void)state;
	hold(rows, PV_LEN(rows));
}

static void
the_libraries(void **state)
{
	static const row rows[] = {
		{"'a,b,c'.split(',', 2)", "[\"a\",\"b,c\"]"},
		{"'%s is %d and %.2f'.format(['x', 5, 1.5])", "\"x is 5 and 1.50\""},
		{"'hello'.substring(1, 3) + 'World'.lowerAscii()", "\"elworld\""},
		{"'abc'.find('[b-z]+') + 'a1b22'.findAll('[0-9]+')[1]", "\"bc22\""},
		{"[2, 1, 3].max() + [1, 2].sum() + [5, 6].indexOf(6)", "7"},
		{"[1, 2].isSorted() && !['b', 'a'].isSorted()", "true"},
		{"sets.contains([1, 2, 3], [2, 3]) && sets.intersects([1], [1, 2])", "true"},
		{"url('https://u:p@[::1]:8443/a%20b?k=1&k=2').getHostname()", "\"::1\""},
		{"url('https://h:80/p?k=1&k=2').getQuery()", "{\"k\":[\"1\",\"2\"]}"},
		{"isURL('/a/b') && !isURL('a/b') && !isURL('http://a b')", "true"},
		{"isURL('http:') && isURL('*') && !isURL('http://u p@a')", "true"},
		{"url('https://a/b#c').getEscapedPath()", "\"/b\""},
		{"cidr('10.0.0.0/8').containsIP('10.1.2.3') && !isIP('1.2.3.04')", "true"},
		{"quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1k').asInteger() == 1000",
		 "true"},
		{"quantity('200m').add(quantity('1')).asApproximateFloat()", "1.2"},
		{"semver('1.2.0').isLessThan(semver('1.10.0-rc.1')) && isSemver('v1.2', true)", "true"},
		{"format.dns1123Label().validate('ok').hasValue()", "false"},
		{"format.named('dns1123Label').value().validate('Not').value().size()", "1"},
		{"base64.encode(b'hello') + string(base64.decode('aGk'))", "\"aGVsbG8=hi\""},
		{"math.greatest(1, 2.5)", "2.5"},
		{"math.bitShiftRight(-1, 60)", "15"},
		{"jsonpatch.escapeKey('a/b~c')", "\"a~1b~0c\""},
		{"'aa'.replace('', '-', -9223372036854775808) + 'aa'.replace('a', 'b', -9223372036854775807)",
		 "\"-a-a-bb\""},
	};
	(void)state;
	hold(rows, PV_LEN(rows));
}

static void
errors_say_what_and_where(void **state)
{
	static const row rows[] = {
		{"1 +",
		 "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', "
		 "'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 +\n | ...^"},
		{"1 + 'a'",
		 "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + 'a'\n | ..^"},
		{"y.a", "ERROR: <input>:1:1: undeclared reference to 'y' (in container '')\n | y.a\n | ^"},
		{"'a'.b",
		 "ERROR: <input>:1:4: type 'string' does not support field selection\n | 'a'.b\n | ...^"},
		{"true &&\n 1", "ERROR: <input>:2:2: expected type 'bool' but found 'int'\n |  1\n | .^"},
		{"[1, 'a']",
		 "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, 'a']\n | ....^"},
		{"x.names.all(1, true)",
		 "ERROR: <input>:1:13: argument must be a simple name\n | x.names.all(1, true)\n | ............^"},
		{"'a'.nope()",
		 "ERROR: <input>:1:9: undeclared reference to 'nope' (in container '')\n | 'a'.nope()\n | ........^"},
		{"x.b", "no such key: b"},
		{"x.names[2]", "index out of bounds: 2"},
		{"x.a + 'b'", "no such overload"},
		{"1 / 0", "division by zero"},
		{"9223372036854775807 + 1", "integer overflow"},
		{"int('x')", "type conversion error from 'string' to 'int'"},
	};
	(void)state;
	hold(rows, PV_LEN(rows));
}

/* As many rows of operators, one within the other, as a text has room for. */
/* Where no host asks for cel-go's bare words. */
static void
errors_of_values_say_where_and_of_what_types(void **state)
{
	static const pv_cel_var vars[] = {{.name = "x"}};
	static const row rows[] = {
		{"x + \"a\"", "ERROR: <input>:1:3: no such overload: '_+_' applied to '(int, string)'\n"
			      " | x + \"a\"\n"
			      " | ..^"},
		{"[1].map(y, y + x.size())",
		 "ERROR: <input>:1:22: no such overload: 'size' applied to 'int.()'\n"
		 " | [1].map(y, y + x.size())\n"
		 " | .....................^"},
		{"true &&\n  x.b",
		 "ERROR: <input>:2:4: no such overload: expected a map or an object, found int\n"
		 " |   x.b\n"
		 " | ...^"},
		{"x[0]", "ERROR: <input>:1:2: no such overload: expected a list or a map, found int\n"
			 " | x[0]\n"
			 " | .^"},
		{"x ? 1 : 2", "ERROR: <input>:1:3: no such overload: expected bool, found int\n"
			      " | x ? 1 : 2\n"
			      " | ..^"},
		{"1 / (x - 1)", "ERROR: <input>:1:3: division by zero\n"
				" | 1 / (x - 1)\n"
				" | ..^"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_cel_env env = {.vars = vars, .n_vars = 1};
		pv_cel_val one = {.kind = PV_CEL_INT, .i = 1}, v;
		pv_cel_run run = {.vars = &one, .placed = true};
		const pv_cel *program;
		pv_ctx cx;
		pv_ctx_init(&cx, "test");
		assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, pv_str_of(rows[i].text), &program), 0);
		assert_int_equal(pv_cel_eval(&cx, program, &run, &v), -PV_EINVALID);
		assert_string_equal(pv_error_text(&cx), rows[i].want);
		pv_ctx_done(&cx);
	}
}

static void
a_type_that_is_none_is_named(void **state)
{
	static const char *const good[] = {"int",       "list(string)", "map(string, list(dyn))",
					   "timestamp", "null",         "optional_type(int)",
					   "net.IP"};
	static const row bad[] = {
		{"nosuch", "no type \"nosuch\": expected one of CEL's"},
		{"map(string, strng)", "no type \"strng\": did you mean \"string\"?"},
		{"map(string)", "found \"map(string)\""},
		{"list(", "found \"list(\""},
		{"", "found \"\""},
		{"int)", "found \"int)\""},
	};
	pv_ctx cx;
	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(good); i++)
		assert_int_equal(pv_cel_type_check(&cx, good[i]), 0);
	for (size_t i = 0; i < PV_LEN(bad); i++) {
		assert_int_equal(pv_cel_type_check(&cx, bad[i].text), -PV_EINVALID);
		if (!strstr(pv_error_text(&cx), bad[i].want))
			fail_msg("%s is not in: %s", bad[i].want, pv_error_text(&cx));
		pv_recover(&cx);
	}
	pv_ctx_done(&cx);
}

static void
deep_trees_are_refused(void **state)
{
	static const char *const links[] = {" + 1", ".a", "[0]", " - 1"};
	(void)state;
	for (size_t i = 0; i < PV_LEN(links); i++) {
		pv_ctx cx;
		pv_buf b;
		pv_cel_env env = {.vars = &(pv_cel_var){.name = "x"}, .n_vars = 1};
		const pv_cel *program;
		pv_ctx_init(&cx, "test");
		pv_buf_init(&b, cx.arena);
		for (int k = 0; k < 20; k++)
			pv_buf_addc(&b, '(');
		pv_buf_adds(&b, "x");
		for (int k = 0; k < 20; k++) {
			for (int link = 0; link < 900; link++)
				pv_buf_adds(&b, links[i]);
			pv_buf_addc(&b, ')');
		}
		for (int unchecked = 0; unchecked < 2; unchecked++) {
			env.unchecked = unchecked;
			assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, (pv_str){b.s, b.len}, &program),
					 -PV_EINVALID);
			assert_non_null(
				strstr(pv_error_text(&cx), "expression is nested more than 600 deep"));
			pv_recover(&cx);
		}
		pv_ctx_done(&cx);
	}
}

/* What users write never runs away: nesting and cost are limited. */
static void
limits_hold(void **state)
{
	pv_ctx cx;
	pv_buf b;
	pv_cel_env env = {0};
	pv_cel_run run = {.limit = 1000};
	const pv_cel *program;
	pv_cel_val v;
	(void)state;
	pv_ctx_init(&cx, "test");
	pv_buf_init(&b, cx.arena);
	for (int i = 0; i < 300; i++)
		pv_buf_addc(&b, '(');
	assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, (pv_str){b.s, b.len}, &program), -PV_EINVALID);
	assert_non_null(strstr(pv_error_text(&cx), "expression recursion limit exceeded: 250"));
	pv_recover(&cx);
	pv_str loops = PV_STR(
		"[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, [1,2,3,4,5,6,7,8].all(c, 1/0 > a || true)))");
	assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, loops, &program), 0);
	assert_int_equal(pv_cel_eval(&cx, program, &run, &v), -PV_ETOOMANY);
	assert_string_equal(pv_error_text(&cx), "operation cancelled: actual cost limit exceeded");
	pv_recover(&cx);
	run.limit = 0;
	assert_int_equal(pv_cel_eval(&cx, program, &run, &v), 0);
	assert_true(pv_cel_true(&v));
	pv_ctx_done(&cx);
}

/* What doubles with each word of a rule is paid for before it is made. */
static void
what_swells_is_paid_first(void **state)
{
	static const struct {
		const char *first, *more, *last;
	} rows[] = {
		{"[1]", "v + v", "v.size() > 0"},
		{"[1]", "[v, v]", "'%s'.format([v]) != ''"},
		{"[1]", "[v, v]", "v == [v[0] + [], v[1]]"},
		{"'xxxxxxxx'", "v + v", "v != ''"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx cx;
		pv_cel_env env = {0};
		pv_cel_run run = {.limit = 1000000};
		const pv_cel *program;
		pv_cel_val v;
		pv_buf b;
		pv_ctx_init(&cx, "test");
		pv_buf_init(&b, cx.arena);
		pv_buf_printf(&b, "cel.bind(v, %s, ", rows[i].first);
		for (int k = 0; k < 32; k++)
			pv_buf_printf(&b, "cel.bind(v, %s, ", rows[i].more);
		pv_buf_adds(&b, rows[i].last);
		for (int k = 0; k < 33; k++)
			pv_buf_addc(&b, ')');
		assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, (pv_str){b.s, b.len}, &program), 0);
		assert_int_equal(pv_cel_eval(&cx, program, &run, &v), -PV_ETOOMANY);
		assert_true(pv_arena_used(cx.arena) < (size_t)128 << 20);
		pv_ctx_done(&cx);
	}
}

/* So is a text that each hit, or each item, makes longer. */
static void
long_texts_are_paid_as_they_grow(void **state)
{
	static const char *const rows[] = {
		"t.replace('x', t).size() > 0", "t.replace('', t).size() > 0",
		"l.map(e, t).join().size() > 0", "cel.bind(u, t + '', l.map(e, t) == l.map(e, u))",
		"cel.bind(m, l.transformMap(i, e, e), l.transformMapEntry(i, e, m).size() > 0)"};
	static const pv_cel_var vars[] = {{.name = "t", .type = "string"},
					  {.name = "l", .type = "list(string)"}};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx cx;
		pv_cel_env env = {.vars = vars, .n_vars = PV_LEN(vars)};
		const pv_cel *program;
		pv_cel_val v, *items;
		pv_ctx_init(&cx, "test");
		char *text = pv_alloc(cx.arena, 100000);
		memset(text, 'x', 100000);
		items = pv_new_array(cx.arena, pv_cel_val, 5000);
		for (size_t k = 0; k < 5000; k++)
			items[k] = (pv_cel_val){.kind = PV_CEL_STRING, .s = "x", .len = 1};
		pv_cel_val values[] = {{.kind = PV_CEL_STRING, .s = text, .len = 100000},
				       {.kind = PV_CEL_LIST, .items = items, .len = 5000}};
		pv_cel_run run = {.vars = values, .limit = 1000000};
		assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, pv_str_of(rows[i]), &program), 0);
		assert_int_equal(pv_cel_eval(&cx, program, &run, &v), -PV_ETOOMANY);
		assert_true(pv_arena_used(cx.arena) < (size_t)128 << 20);
		pv_ctx_done(&cx);
	}
}

/* ---- a schema: {"when": date-time, "a-b": int, "tags": set of strings} ---- */

enum { ROOT = 1, WHEN, NUMBER, TAGS, TAG };
static const char nodes[TAG + 1];

static pv_cel_shape
shape_of(const void *node)
{
	static const pv_cel_shape shapes[] = {
		[ROOT] = {.kind = PV_CEL_OBJECT}, [WHEN] = {.kind = PV_CEL_TIMESTAMP},
		[NUMBER] = {.kind = PV_CEL_INT},  [TAGS] = {.kind = PV_CEL_LIST, .flags = PV_CEL_SET},
		[TAG] = {.kind = PV_CEL_STRING},
	};
	return shapes[(const char *)node - nodes];
}

static const void *
field_of(const void *node, const char *name, size_t len)
{
	static const char *const names[] = {[WHEN] = "when", [NUMBER] = "a-b", [TAGS] = "tags"};
	for (size_t i = WHEN; node == &nodes[ROOT] && i <= TAGS; i++)
		if (pv_str_is((pv_str){name, len}, names[i]))
			return &nodes[i];
	return NULL;
}

static const void *
items_of(const void *node)
{
	return node == &nodes[TAGS] ? &nodes[TAG] : NULL;
}

static void
documents_are_seen_by_their_schema(void **state)
{
	static const pv_cel_shapes shapes = {shape_of, field_of, items_of, NULL};
	static const pv_cel_var vars[] = {{.name = "self", .node = &nodes[ROOT]},
					  {.name = "oldSelf", .node = &nodes[ROOT]}};
	static const row rows[] = {
		{"self.when > timestamp('2024-01-01T00:00:00Z')", "true"},
		{"self.a__dash__b + 1", "6"},
		{"self.tags == oldSelf.tags", "true"},
		{"(self.tags + ['a', 'z']).size()", "3"},
		{"self.tags + ['z'] == ['z', 'b', 'a']", "true"},
		{"['z', 'b', 'a'] == self.tags + ['z']", "true"},
		{"(self.tags + ['z'] + ['a', 'z', 'c']) == ['c', 'z', 'b', 'a']", "true"},
		{"['z'] + self.tags == ['a', 'b', 'z']", "false"},
		{"self.other", "ERROR: <input>:1:5: undefined field 'other'\n | self.other\n | ....^"},
		{"self.when + 1",
		 "ERROR: <input>:1:11: found no matching overload for '_+_' applied to '(timestamp, int)'\n"
		 " | self.when + 1\n | ..........^"},
	};
	pv_cel_env env = {.vars = vars, .n_vars = 2, .shapes = &shapes, .homogeneous = true};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_ctx cx;
		const pv_val *now, *old;
		const pv_cel *program;
		const char *have;
		pv_cel_val v;
		pv_ctx_init(&cx, "test");
		assert_int_equal(
			pv_json_parse(
				&cx,
				PV_STR("{\"when\":\"2024-05-01T00:00:00Z\",\"a-b\":5,\"tags\":[\"a\",\"b\"]}"),
				NULL, &now),
			0);
		assert_int_equal(pv_json_parse(&cx, PV_STR("{\"tags\":[\"b\",\"a\"]}"), NULL, &old), 0);
		pv_cel_val values[] = {pv_cel_of(cx.arena, &shapes, &nodes[ROOT], now),
				       pv_cel_of(cx.arena, &shapes, &nodes[ROOT], old)};
		pv_cel_run run = {.vars = values};
		bool ok = pv_cel_compile(&cx, cx.arena, &env, pv_str_of(rows[i].text), &program) == 0 &&
			  pv_cel_eval(&cx, program, &run, &v) == 0;
		have = ok ? written(&cx, &v) : pv_error_text(&cx);
		assert_string_equal(have, rows[i].want);
		if (ok)
			assert_int_equal(pv_cel_uses(program, "oldSelf"),
					 strstr(rows[i].text, "oldSelf") != NULL);
		pv_ctx_done(&cx);
	}
}

/* Looking for the items of a set in another order has a price, too. */
static void
sets_cost_what_they_look_at(void **state)
{
	static const pv_cel_shapes shapes = {shape_of, field_of, items_of, NULL};
	static const pv_cel_var vars[] = {{.name = "self", .node = &nodes[TAGS]},
					  {.name = "oldSelf", .node = &nodes[TAGS]}};
	static const char *const rules[] = {"self == oldSelf", "(self + oldSelf).size() > 0"};
	pv_cel_env env = {.vars = vars, .n_vars = 2, .shapes = &shapes};
	(void)state;
	for (size_t k = 0; k < PV_LEN(rules); k++) {
		pv_ctx cx;
		const pv_cel *program;
		pv_listb up, down;
		pv_cel_val v;
		pv_ctx_init(&cx, "test");
		pv_listb_init(&up, cx.arena);
		pv_listb_init(&down, cx.arena);
		for (int i = 0; i < 1000; i++) {
			pv_listb_add(&up, pv_stringf(cx.arena, "%d", i));
			pv_listb_add(&down, pv_stringf(cx.arena, "%d", 999 - i));
		}
		pv_val lists[] = {pv_listb_end(&up), pv_listb_end(&down)};
		pv_cel_val values[] = {pv_cel_of(cx.arena, &shapes, &nodes[TAGS], &lists[0]),
				       pv_cel_of(cx.arena, &shapes, &nodes[TAGS], &lists[1])};
		pv_cel_run run = {.vars = values, .limit = 10000};
		assert_int_equal(pv_cel_compile(&cx, cx.arena, &env, pv_str_of(rules[k]), &program), 0);
		assert_int_equal(pv_cel_eval(&cx, program, &run, &v), -PV_ETOOMANY);
		pv_recover(&cx);
		run.limit = 0;
		assert_int_equal(pv_cel_eval(&cx, program, &run, &v), 0);
		assert_true(pv_cel_true(&v));
		pv_ctx_done(&cx);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_language),
		cmocka_unit_test(the_libraries),
		cmocka_unit_test(errors_say_what_and_where),
		cmocka_unit_test(errors_of_values_say_where_and_of_what_types),
		cmocka_unit_test(a_type_that_is_none_is_named),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(what_swells_is_paid_first),
		cmocka_unit_test(long_texts_are_paid_as_they_grow),
		cmocka_unit_test(deep_trees_are_refused),
		cmocka_unit_test(documents_are_seen_by_their_schema),
		cmocka_unit_test(sets_cost_what_they_look_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
