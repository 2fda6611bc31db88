#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include "unit/context.h"

static void
reads(const char *text, const char *wanted)
{
	const pv_val *v = NULL;
	const char *json;

	if (pv_yaml_parse(&cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	json = pv_json_text(cx.arena, v);
	if (strcmp(json, wanted) != 0)
		fail_msg("%s\nwanted %s\ngot    %s", text, wanted, json);
}

static void
is_refused(const char *text, int line, int column, const char *part)
{
	pv_yaml_opts opts = {.file = "in.yaml"};
	const pv_val *v = NULL;

	if (pv_yaml_parse(&cx, pv_str_of(text), &opts, &v) == 0)
		fail_msg("accepted: %s", text);
	if (cx.err->code != PV_EBADREQUEST || cx.err->line != line || cx.err->column != column ||
	    strstr(cx.err->message, part) == NULL)
		fail_msg("%s: wanted %d:%d ...%s..., got %s", text, line, column, part, pv_error_text(&cx));
	assert_null(v);
	pv_recover(&cx);
}

/* ---- reading ---- */

static const char *const plain_scalars[][2] = {
	{"y", "true"},
	{"Y", "true"},
	{"yes", "true"},
	{"Yes", "true"},
	{"YES", "true"},
	{"yEs", "\"yEs\""},
	{"on", "true"},
	{"On", "true"},
	{"ON", "true"},
	{"true", "true"},
	{"TRUE", "true"},
	{"tRue", "\"tRue\""},
	{"n", "false"},
	{"N", "false"},
	{"no", "false"},
	{"NO", "false"},
	{"off", "false"},
	{"Off", "false"},
	{"False", "false"},
	{"~", "null"},
	{"null", "null"},
	{"Null", "null"},
	{"NULL", "null"},
	{"nuLL", "\"nuLL\""},
	{"", "null"},
	{"nil", "\"nil\""},
	{"0", "0"},
	{"-0", "0"},
	{"+12", "12"},
	{"1_000", "1000"},
	{"0x1F", "31"},
	{"0X1f", "31"},
	{"0o17", "15"},
	{"017", "15"},
	{"0777", "511"},
	{"08", "8"},
	{"0b101", "5"},
	{"-0b11", "-3"},
	{"0b12", "\"0b12\""},
	{"0x", "\"0x\""},
	{"0xg", "\"0xg\""},
	{"-", "[null]"},
	{"+", "\"+\""},
	{"9223372036854775807", "9223372036854775807"},
	{"18446744073709551615", "18446744073709551615"},
	{"123456789012345678901234567890", "123456789012345678901234567890"},
	{"1.5", "1.5"},
	{"1.50", "1.5"},
	{"1.", "1"},
	{".5", "0.5"},
	{"-.5", "-0.5"},
	{"+.5e3", "500"},
	{"1e3", "1000"},
	{"1e400", "\"1e400\""},
	{"1e", "\"1e\""},
	{"1.2.3", "\"1.2.3\""},
	{"1_0.5", "10.5"},
	{"._5", "\"._5\""},
	{".0_5", "0.05"},
	{"12e03", "12000"},
	{"1:30", "\"1:30\""},
	{"190:20:30", "\"190:20:30\""},
	{"2001-12-14", "\"2001-12-14\""},
	{"2001-12-14T21:59:43.10-05:00", "\"2001-12-14T21:59:43.10-05:00\""},
	{"1.2.0", "\"1.2.0\""},
	{"'5'", "\"5\""},
	{"\"yes\"", "\"yes\""},
	{"!!str 5", "\"5\""},
	{"!!int \"5\"", "5"},
	{"!!float 5", "5"},
	{"! \"5\"", "\"5\""},
	{"!custom 5", "\"5\""},
	{"!!binary aGVsbG8=", "\"hello\""},
	{"!!binary /w==", "\"\xef\xbf\xbd\""},
	{"=", "\"=\""},
};

static void
plain_scalars_resolve_as_yaml_1_1(void **state)
{
	(void)state;
	for (size_t i = 0; i < PV_LEN(plain_scalars); i++)
		reads(plain_scalars[i][0], plain_scalars[i][1]);
}

static void
keys_become_strings(void **state)
{
	(void)state;
	reads("1: a\n0x1F: b\n1.5: c\n1e10: d\n3.14159265: e\ntrue: f\non: g\n\"5\": h\n2001-01-01: i\n.inf: "
	      "j",
	      "{\"1\":\"a\",\"31\":\"b\",\"1.5\":\"c\",\"1e+10\":\"d\",\"3.1415927\":\"e\",\"true\":\"g\","
	      "\"5\":\"h\","
	      "\"2001-01-01\":\"i\",\".inf\":\"j\"}");
	is_refused("a: 1\n~: x", 2, 1, "a key is null");
	is_refused("? [1]\n: x", 1, 3, "a key is a mapping or a list");
	is_refused("&k [1]: x", 1, 1, "a key is a mapping or a list");
}

static void
collections_and_block_scalars(void **state)
{
	(void)state;
	reads("a:\n- b\n- c: d\n  e: [f, {g: h}]\n",
	      "{\"a\":[\"b\",{\"c\":\"d\",\"e\":[\"f\",{\"g\":\"h\"}]}]}");
	reads("a: >-\n  folded\n  text\n\n  more\nb: |+\n  keep\n\nc: |2\n    two\n",
	      "{\"a\":\"folded text\\nmore\",\"b\":\"keep\\n\\n\",\"c\":\"  two\\n\"}");
	reads("a: 'it''s'\nb: \"x\\ty\\u00e9\\x41\"\nc: plain # comment\n",
	      "{\"a\":\"it's\",\"b\":\"x\\ty\xc3\xa9"
	      "A\",\"c\":\"plain\"}");
	reads("{\"json\": [1, 1.0, true, null, \"\\/\"]}", "{\"json\":[1,1,true,null,\"/\"]}");
	reads("# nothing\n", "null");
	reads("", "null");
	reads("{}", "{}");
}

static void
anchors_and_merge_keys(void **state)
{
	(void)state;
	reads("a: &a {x: 1, w: 2}\nb: *a\n", "{\"a\":{\"x\":1,\"w\":2},\"b\":{\"x\":1,\"w\":2}}");
	reads("a: &a {x: 1, w: 2}\nb:\n  <<: *a\n  w: 3\n",
	      "{\"a\":{\"x\":1,\"w\":2},\"b\":{\"x\":1,\"w\":3}}");
	/* go-yaml v2: what comes later wins, a merge too. */
	reads("a: &a {w: 2}\nb:\n  w: 3\n  <<: *a\n", "{\"a\":{\"w\":2},\"b\":{\"w\":2}}");
	reads("a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc:\n  <<: [*a, *b]\n",
	      "{\"a\":{\"x\":1},\"b\":{\"x\":2,\"z\":3},\"c\":{\"x\":1,\"z\":3}}");
	reads("\"<<\": 5\n", "{\"<<\":5}");
	reads("&k key: *k\n", "{\"key\":\"key\"}");
	reads("x: &a 1\nw: &a 2\nz: *a\n", "{\"x\":1,\"w\":2,\"z\":2}");
	is_refused("a: &a [1]\nb: {<<: *a}\n", 2, 9, "merge key <<");
	is_refused("a:\n  <<: 5\n", 2, 7, "merge key <<");
	is_refused("a: *nope\n", 1, 4, "unknown anchor 'nope'");
	is_refused("a: &a\n  b: *a\n", 2, 6, "anchor 'a' value contains itself");
	is_refused("x: &x 1\n---\ny: *x\n", 3, 4, "unknown anchor 'x'");
}

static void
faults_name_line_and_column(void **state)
{
	(void)state;
	is_refused("a: b: c\n", 1, 5, "mapping values are not allowed in this context");
	is_refused("a: 1\n\tb: 2\n", 2, 1, "found a tab character that violates indentation");
	is_refused("a: [1, 2\nb: 3\n", 2, 2, "did not find expected ',' or ']'");
	is_refused("a: @x\n", 1, 4, "cannot start any token");
	is_refused("a: \"x\n", 2, 1, "unexpected end of stream");
	is_refused("a: !!int x\n", 1, 4, "cannot decode `x` as a !!int");
	is_refused("a: !!binary \"x\"\n", 1, 4, "invalid base64");
	is_refused("a: .nan\n", 1, 4, "expected a finite number");
	is_refused("a: ok\nb: \"\xff\"\n", 2, 5, "save the text as UTF-8");
	is_refused("a: \x01\n", 1, 4, "control characters are not allowed");
	is_refused("{\"a\": 1,\n \"b\" 2}\n", 2, 6, "did not find expected ',' or '}'");
	is_refused("a: 1\n---\nb: 2\n", 2, 1, "expected one YAML document");
	is_refused("a: 1\n b: 2\n", 2, 3, "mapping values are not allowed");
}

static void
streams_keep_empty_documents_and_lines(void **state)
{
	static const struct {
		int line;
		const char *json;
	} wanted[] = {{2, "{\"a\":1}"}, {4, "null"}, {6, "[2]"}, {8, "\"x\""}};
	pv_vec docs;

	(void)state;
	assert_int_equal(pv_yaml_parse_all(&cx, PV_STR("# head\na: 1\n# c\n---\n# none\n---\n- 2\n---\nx\n"),
					   NULL, &docs),
			 0);
	assert_int_equal(docs.len, PV_LEN(wanted));
	for (size_t i = 0; i < docs.len; i++) {
		assert_int_equal(PV_AT(pv_yaml_doc, &docs, i)->line, wanted[i].line);
		assert_string_equal(pv_json_text(cx.arena, PV_AT(pv_yaml_doc, &docs, i)->val),
				    wanted[i].json);
	}
	assert_int_equal(pv_yaml_parse_all(&cx, PV_STR("\n\n{\"a\":\n1}\n"), NULL, &docs), 0);
	assert_int_equal(docs.len, 1);
	assert_int_equal(PV_AT(pv_yaml_doc, &docs, 0)->line, 3);
	assert_int_equal(pv_yaml_parse_all(&cx, PV_STR(""), NULL, &docs), 0);
	assert_int_equal(docs.len, 0);
	reads("---\n---\na: 1\n---\n", "{\"a\":1}");
}

static void
a_fault_costs_its_own_document(void **state)
{
	static const char text[] = "%YAML 1.1\n# first\n---\na: |\n  x\n  ---\n--- # second\nb: {c: 1\nd: 2\n"
				   "---\r\ne: 3\n---\n\tf: 4\n";
	pv_vec docs, faults;

	(void)state;
	pv_yaml_parse_each(&cx, PV_STR(text), NULL, &docs, &faults);
	assert_int_equal(docs.len, 2);
	assert_string_equal(pv_json_text(cx.arena, PV_AT(pv_yaml_doc, &docs, 0)->val),
			    "{\"a\":\"x\\n---\\n\"}");
	assert_string_equal(pv_json_text(cx.arena, PV_AT(pv_yaml_doc, &docs, 1)->val), "{\"e\":3}");
	assert_int_equal(PV_AT(pv_yaml_doc, &docs, 1)->line, 10);
	assert_int_equal(faults.len, 2);
	assert_in_range(PV_AT(pv_yaml_fault, &faults, 0)->line, 8, 10);
	assert_int_equal(PV_AT(pv_yaml_fault, &faults, 1)->line, 13);
	pv_yaml_parse_each(&cx, PV_STR("a: 1\n---\nb: 2\n"), NULL, &docs, &faults);
	assert_int_equal(docs.len, 2);
	assert_int_equal(faults.len, 0);
}

static void
repeated_keys_are_reported_by_path(void **state)
{
	static const char *const wanted[] = {"spec.containers[1].image", "spec.x.w", "a"};
	pv_vec paths;
	pv_yaml_opts opts = {.duplicates = &paths};
	const pv_val *v = NULL;

	(void)state;
	pv_vec_init(&paths, cx.arena, sizeof(const char *));
	assert_int_equal(
		pv_yaml_parse(&cx,
			      PV_STR("base: &b {w: 1, z: 1}\nspec:\n  containers:\n  - {}\n"
				     "  - image: 1\n    name: 2\n    image: 3\n  m:\n    <<: *b\n    z: 2\n"
				     "  x: {<<: *b, w: 1, w: 2}\na: 1\na: 2\n"),
			      &opts, &v),
		0);
	assert_int_equal(paths.len, PV_LEN(wanted));
	for (size_t i = 0; i < PV_LEN(wanted); i++)
		assert_string_equal(*PV_AT(const char *, &paths, i), wanted[i]);
	assert_int_equal(pv_i64_at(v, "a", 0), 2);
	assert_int_equal(pv_i64_at(v, "spec.m.z", 0), 2);
	paths.len = 0;
	assert_int_equal(pv_yaml_parse(&cx, PV_STR("{\"j\":{\"k\":1,\"k\":2}}"), &opts, &v), 0);
	assert_int_equal(paths.len, 1);
	assert_string_equal(*PV_AT(const char *, &paths, 0), "j.k");
}

/* ---- limits ---- */

static void
bombs_are_refused_by_a_named_limit(void **state)
{
	pv_yaml_opts opts = {.nodes = 1000};
	const pv_val *v = NULL;
	pv_buf b;

	(void)state;
	pv_buf_init(&b, cx.arena);
	pv_buf_adds(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 12; i++)
		pv_buf_printf(&b, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
			      i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	assert_int_equal(pv_yaml_parse(&cx, (pv_str){b.s, b.len}, NULL, &v), -PV_EBADREQUEST);
	assert_non_null(strstr(cx.err->message, "more than the limit of 2000000 nodes, aliases expanded"));
	assert_int_equal(cx.err->line, 7);
	pv_recover(&cx);

	pv_buf_clear(&b); /* few nodes, much text */
	pv_buf_adds(&b, "a: &a \"");
	for (int i = 0; i < 1 << 20; i++)
		pv_buf_addc(&b, 'x');
	pv_buf_adds(&b, "\"\nb: [");
	for (int i = 0; i < 100; i++)
		pv_buf_adds(&b, "*a ,");
	pv_buf_adds(&b, "]\n");
	assert_int_equal(pv_yaml_parse(&cx, (pv_str){b.s, b.len}, NULL, &v), -PV_EBADREQUEST);
	assert_non_null(strstr(cx.err->message, "bytes of text, aliases expanded"));
	pv_recover(&cx);

	assert_int_equal(pv_yaml_parse(&cx, PV_STR("a: &a [1,2,3,4]\nb: [*a, *a]"), &opts, &v), 0);
	opts.nodes = 18;
	assert_int_equal(pv_yaml_parse(&cx, PV_STR("a: &a [1,2,3,4]\nb: [*a, *a]"), &opts, &v),
			 -PV_EBADREQUEST);
	pv_recover(&cx);
}

static void
depth_is_limited_through_aliases_too(void **state)
{
	pv_yaml_opts opts = {.depth = 4};
	const pv_val *v = NULL;
	char *deep = pv_alloc(cx.arena, 20001);

	(void)state;
	assert_int_equal(pv_yaml_parse(&cx, PV_STR("a: [[[1]]]"), &opts, &v), 0);
	assert_int_equal(pv_yaml_parse(&cx, PV_STR("a: [[[[1]]]]"), &opts, &v), -PV_EBADREQUEST);
	assert_non_null(strstr(cx.err->message, "nested deeper than the limit of 4 levels"));
	pv_recover(&cx);
	assert_int_equal(pv_yaml_parse(&cx, PV_STR("a: &a [[1]]\nb: [*a]"), &opts, &v), 0);
	assert_int_equal(pv_yaml_parse(&cx, PV_STR("a: &a [[1]]\nb: [[*a]]"), &opts, &v), -PV_EBADREQUEST);
	pv_recover(&cx);
	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	assert_int_equal(pv_yaml_parse(&cx, (pv_str){deep, 20000}, NULL, &v), -PV_EBADREQUEST);
	pv_recover(&cx);
	for (int i = 0; i < 10000; i++) /* block style: - - - - */
		memcpy(deep + 2 * i, "- ", 2);
	assert_int_equal(pv_yaml_parse(&cx, (pv_str){deep, 20000}, NULL, &v), -PV_EBADREQUEST);
	pv_recover(&cx);
}

/* libyaml's work grows with the depth for each token: minutes, if nobody counted. */
static void
much_text_deep_in_flow_style_is_refused(void **state)
{
	size_t n = 3 << 20;
	char *text = pv_alloc(cx.arena, n);
	const pv_val *v = NULL;

	(void)state;
	for (size_t i = 0; i < n; i++)
		text[i] = i < 900 ? '[' : i % 2 == 0 ? 'a' : ',';
	assert_int_equal(pv_yaml_parse(&cx, (pv_str){text, n}, NULL, &v), -PV_EBADREQUEST);
	assert_non_null(strstr(cx.err->message, "900 levels of [ and { passes the limit of 50000000"));
	pv_recover(&cx);
}

static void
expansions_add_up_over_documents(void **state)
{
	pv_yaml_opts opts = {.nodes = 100};
	pv_vec docs;
	pv_buf b;

	(void)state;
	pv_buf_init(&b, cx.arena);
	for (int i = 0; i < 11; i++)
		pv_buf_adds(&b, "- &a [1,2,3,4]\n- [*a,*a]\n---\n");
	assert_int_equal(pv_yaml_parse_all(&cx, (pv_str){b.s, b.len / 11 * 4}, &opts, &docs), 0);
	assert_int_equal(pv_yaml_parse_all(&cx, (pv_str){b.s, b.len}, &opts, &docs), -PV_EBADREQUEST);
	assert_non_null(strstr(cx.err->message, "limit of 100 nodes, aliases expanded"));
	pv_recover(&cx);
}

static void
nonsense_is_an_ordinary_error(void **state)
{
	size_t n = 3 << 20;
	char *text = pv_alloc(cx.arena, n);
	const pv_val *v = NULL;
	static const char good[] =
		"a: &x {b: [1, 'two', \"t\\u0068ree\"]}\nc: |\n  text\n<<: *x\n? d\n: - e\n";

	(void)state;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(i * 2654435761u >> 13);
	assert_int_equal(pv_yaml_parse(&cx, (pv_str){text, n}, NULL, &v), -PV_EBADREQUEST);
	pv_recover(&cx);
	memset(text, 'a', n);
	assert_int_equal(pv_yaml_parse(&cx, (pv_str){text, n}, NULL, &v), 0);
	for (size_t at = 0; at < sizeof(good) - 1; at++)
		for (int c = 0; c < 256; c += 7) {
			char *changed = pv_strndup(cx.arena, good, sizeof(good) - 1);

			changed[at] = (char)c;
			if (pv_yaml_parse(&cx, (pv_str){changed, sizeof(good) - 1}, NULL, &v) < 0)
				pv_recover(&cx);
		}
}

/* ---- locating ---- */

static void
the_core_schema_has_fewer_words(void **state)
{
	static const char text[] =
		"{a: [y, N, yes, on, off, 1_000, 1_0.5], b: [true, False, 12, 0.5, null, ~], on: !!bool yes, n: n}";
	const pv_val *v;

	(void)state;
	assert_int_equal(pv_yaml_parse(&cx, PV_STR(text), &(pv_yaml_opts){.core = true}, &v), 0);
	assert_string_equal(pv_json_text(cx.arena, v),
			    "{\"a\":[\"y\",\"N\",\"yes\",\"on\",\"off\",\"1_000\",\"1_0.5\"],"
			    "\"b\":[true,false,12,0.5,null,null],\"on\":true,\"n\":\"n\"}");
	assert_int_equal(pv_yaml_parse(&cx, PV_STR(text), &(pv_yaml_opts){.v3 = true}, &v), 0);
	assert_string_equal(pv_json_text(cx.arena, v),
			    "{\"a\":[\"y\",\"N\",\"yes\",\"on\",\"off\",1000,10.5],"
			    "\"b\":[true,false,12,0.5,null,null],\"on\":true,\"n\":\"n\"}");
	assert_int_equal(pv_yaml_parse(&cx, PV_STR(text), &(pv_yaml_opts){.written = true}, &v), 0);
	assert_string_equal(
		pv_json_text(cx.arena, v),
		"{\"a\":[\"y\",\"N\",\"yes\",\"on\",\"off\",\"1_000\",\"1_0.5\"],"
		"\"b\":[\"true\",\"False\",\"12\",\"0.5\",null,null],\"on\":\"yes\",\"n\":\"n\"}");
	assert_int_equal(pv_yaml_parse(&cx, PV_STR("[y, 1_000]"), NULL, &v), 0);
	assert_string_equal(pv_json_text(cx.arena, v), "[true,1000]");
}

static void
nodes_are_located(void **state)
{
	static const char text[] =
		"kind: A\n---\nkind: B\nmetadata:\n  annotations:\n    a.b/c: x\n    a: y\n"
		"spec:\n  containers:\n  - name: web\n    image: nginx\n  - {name: db, image: pg}\n";
	static const struct {
		const char *path;
		int line, column;
	} rows[] = {
		{"kind", 3, 7},
		{"spec.containers[0].image", 11, 12},
		{"spec.containers[1].image", 12, 23},
		{".spec.containers[1]", 12, 5},
		{"spec.containers.1.name", 12, 12},
		{"metadata.annotations[a.b/c]", 6, 12},
		{"metadata.annotations.a.b/c", 6, 12},
		{"metadata.annotations.a", 7, 8},
		{"", 3, 1},
		/* not there: the deepest one on the way */
		{"spec.containers[2]", 9, 3},
		{"spec.containers[0].ports[0]", 10, 5},
		{"spec.contain", 8, 1},
		{"spec.containers[x]", 9, 3},
		{"kind.deeper", 3, 1},
		{"metadata.annotations.b.c", 5, 3},
		{"status", 3, 1},
	};
	int line, column;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		line = column = 0;
		pv_yaml_locate(&cx, PV_STR(text), 2, rows[i].path, &line, &column);
		if (line != rows[i].line || column != rows[i].column)
			fail_msg("%s: wanted %d:%d, got %d:%d", rows[i].path, rows[i].line, rows[i].column,
				 line, column);
	}
	assert_true(pv_yaml_locate(&cx, PV_STR(text), 1, "kind", &line, &column));
	assert_int_equal(line, 1);
	assert_false(pv_yaml_locate(&cx, PV_STR("a: ["), 1, "b", &line, &column));
	/* what is in front of the document is not read, be it broken or long */
	assert_true(pv_yaml_locate(&cx, PV_STR("a: [\n---\nb: 1\n"), 2, "b", &line, &column));
	assert_int_equal(line, 3);
	assert_false(pv_yaml_locate(&cx, PV_STR("a: 1\n"), 3, "a", &line, &column));
	assert_false(pv_yaml_locate(&cx, PV_STR(""), 1, "b", &line, &column));
}

#define T(name) cmocka_unit_test_setup_teardown(name, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(plain_scalars_resolve_as_yaml_1_1),       T(keys_become_strings),
		T(collections_and_block_scalars),           T(anchors_and_merge_keys),
		T(the_core_schema_has_fewer_words),         T(faults_name_line_and_column),
		T(streams_keep_empty_documents_and_lines),  T(repeated_keys_are_reported_by_path),
		T(bombs_are_refused_by_a_named_limit),      T(depth_is_limited_through_aliases_too),
		T(much_text_deep_in_flow_style_is_refused), T(expansions_add_up_over_documents),
		T(nonsense_is_an_ordinary_error),           T(nodes_are_located),
		T(a_fault_costs_its_own_document),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
