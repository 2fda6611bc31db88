#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/json/pick.h"
#include "unit/context.h"

static void
round_trips(const char *text, size_t len, const char *wanted)
{
	const pv_val *v = NULL;

	if (pv_json_parse(&cx, (pv_str){text, len}, NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	assert_string_equal(pv_json_text(cx.arena, v), wanted);
}

static void
is_refused(const char *text, size_t len, int line, int column, const char *part)
{
	pv_json_opts opts = {.file = "in.json"};
	const pv_val *v = NULL;

	if (pv_json_parse(&cx, (pv_str){text, len}, &opts, &v) == 0)
		fail_msg("accepted: %s", text);
	if (cx.err->code != PV_EBADREQUEST || cx.err->line != line || cx.err->column != column ||
	    strstr(cx.err->message, part) == NULL)
		fail_msg("%s: wanted %d:%d ...%s..., got %s", text, line, column, part, pv_error_text(&cx));
	assert_string_equal(cx.err->file, "in.json");
	assert_null(v);
	pv_recover(&cx);
}

static void
reads_what_rfc_8259_allows(void **state)
{
	static const char *const rows[][2] = {
		{"null", "null"},
		{" true ", "true"},
		{"\t\r\n false\n", "false"},
		{"\"\"", "\"\""},
		{"[]", "[]"},
		{"[ ]", "[]"},
		{"{}", "{}"},
		{"{ }", "{}"},
		{"[1,2 , 3]", "[1,2,3]"},
		{"{\"a\" : {\"b\":[{}]} }", "{\"a\":{\"b\":[{}]}}"},
		{"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"a\\\"\\\\/\\b\\f\\n\\r\\t\""},
		{"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
		{"\"\\u001f\\u0000\"", "\"\\u001f\\u0000\""},
		{"\"\\ud83d\"", "\"\xef\xbf\xbd\""},
		{"\"\\ude00x\"", "\"\xef\xbf\xbdx\""},
		{"\"\\ud83d\\u0041\"", "\"\xef\xbf\xbd"
				       "A\""},
		{"\"\x7f\"", "\"\x7f\""},
		{"[-1,0,-0,1e2,1.25,9223372036854775807,9223372036854775808]",
		 "[-1,0,0,100,1.25,9223372036854775807,9223372036854775808]"},
		{"{\"b\":1,\"a\":2,\"b\":3}", "{\"b\":3,\"a\":2}"},
		{"{\"\":{\"\":0}}", "{\"\":{\"\":0}}"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		round_trips(rows[i][0], strlen(rows[i][0]), rows[i][1]);
}

static void
refuses_with_line_column_and_what_was_expected(void **state)
{
	static const struct {
		const char *text;
		int line, column;
		const char *part;
	} rows[] = {
		{"", 1, 1, "expected a value, found the end"},
		{"  \n ", 2, 2, "expected a value, found the end"},
		{"nul", 1, 1, "expected a value"},
		{"True", 1, 1, "found 'T'"},
		{"[1,]", 1, 4, "found ']'"},
		{"[1 2]", 1, 4, "expected ',' or ']', found '2'"},
		{"[1", 1, 3, "expected ',' or ']', found the end"},
		{"{\"a\" 1}", 1, 6, "expected ':' after the key, found '1'"},
		{"{a:1}", 1, 2, "expected a key in double quotes, found 'a'"},
		{"{\"a\":1,}", 1, 8, "expected a key in double quotes, found '}'"},
		{"{\n  \"a\": 1\n  \"b\": 2\n}", 3, 3, "expected ',' or '}', found '\"'"},
		{"[1}", 1, 3, "expected ',' or ']', found '}'"},
		{"]", 1, 1, "found ']'"},
		{"\"abc", 1, 5, "the closing '\"'"},
		{"\"abc\\", 1, 6, "the closing '\"'"},
		{"\"a\nb\"", 1, 3, "control character"},
		{"\"a\\x\"", 1, 3, "no such escape"},
		{"\"\\u12g4\"", 1, 2, "no such escape"},
		{"\"\\u12\"", 1, 2, "no such escape"},
		{"1 2", 1, 3, "expected the end of the text"},
		{"{}{}", 1, 3, "expected the end of the text"},
		{"01", 1, 1, "malformed number"},
		{"-", 1, 1, "malformed number"},
		{"[1.]", 1, 2, "malformed number"},
		{"1e999999999999", 1, 1, "malformed number"},
		{"'a'", 1, 1, "found '''"},
		{"\xef\xbb\xbf{}", 1, 1, "found byte 0xef"},
		{"[\"\xc3\xa9\xc3\xa9\", x]", 1, 8, "found 'x'"}, /* columns are characters */
		{"// comment\n1", 1, 1, "found '/'"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		is_refused(rows[i].text, strlen(rows[i].text), rows[i].line, rows[i].column, rows[i].part);
	is_refused("[\0]", 3, 1, 2, "found byte 0x00");
	is_refused("\"a\0b\"", 5, 1, 3, "control character");
}

static void
broken_utf8_is_an_error_with_its_place(void **state)
{
	static const char *const rows[] = {
		"\"\x80\"",         "\"\xc3\"",         "\"\xc0\xaf\"",
		"\"\xe0\x80\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
		"\"\xff\"",         "\"\xf0\x9f\x98\"",
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		is_refused(rows[i], strlen(rows[i]), 1, 2, "not UTF-8");
	is_refused("{\"key\": \"0123456789abcdef0123\xff\"}", 31, 1, 30, "not UTF-8");
	is_refused("[\"\\n\xff\"]", 7, 1, 5, "not UTF-8");
	is_refused("{\"\xff\":1}", 7, 1, 3, "not UTF-8");
}

/* Every length and place of a special byte: the wide scanners' edges. */
static void
strings_of_every_length_survive(void **state)
{
	(void)state;
	for (size_t len = 0; len < 70; len++)
		for (size_t at = 0; at <= len; at++) {
			char text[200], wanted[200];
			size_t n = 0;

			text[n++] = '"';
			for (size_t i = 0; i < len; i++) {
				if (i == at)
					text[n++] = '\\';
				text[n++] = i == at ? "\"\\nt"[len % 4] : (char)('a' + i % 26);
			}
			text[n++] = '"';
			memcpy(wanted, text, n);
			wanted[n] = '\0';
			/* An exact copy on the heap shows a byte read too far. */
			char *exact = pv_strndup(cx.arena, text, n);

			round_trips(exact, n, wanted);
		}
}

static void
depth_is_limited(void **state)
{
	pv_json_opts opts = {.depth = 3};
	const pv_val *v = NULL;
	static char deep[20001];

	(void)state;
	assert_int_equal(pv_json_parse(&cx, PV_STR("[[{}]]"), &opts, &v), 0);
	assert_int_equal(pv_json_parse(&cx, PV_STR("[[[[]]]]"), &opts, &v), -PV_EBADREQUEST);
	assert_string_equal(cx.err->message, "JSON is nested deeper than the limit of 3 levels");
	assert_int_equal(cx.err->column, 4);
	pv_recover(&cx);
	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	assert_int_equal(pv_json_parse(&cx, (pv_str){deep, 20000}, NULL, &v), -PV_EBADREQUEST);
	assert_non_null(strstr(cx.err->message, "limit of 1000 levels"));
	pv_recover(&cx);
	assert_int_equal(pv_json_parse(&cx, (pv_str){deep + 9000, 2000}, NULL, &v), 0);
	assert_true(pv_depth_within(v, 1000));
	assert_string_equal(pv_json_text(cx.arena, v), pv_strndup(cx.arena, deep + 9000, 2000));
}

static void
repeated_keys_are_reported_by_path(void **state)
{
	pv_vec paths;
	pv_json_opts opts = {.duplicates = &paths};
	const pv_val *v = NULL;

	(void)state;
	pv_vec_init(&paths, cx.arena, sizeof(const char *));
	assert_int_equal(
		pv_json_parse(&cx,
			      PV_STR("{\"spec\":{\"containers\":[{},{\"image\":1,\"name\":2,\"image\":3}],"
				     "\"x\":{\"y\":1,\"y\":1,\"y\":2}},\"a\":1,\"a\":2}"),
			      &opts, &v),
		0);
	assert_int_equal(paths.len, 3);
	assert_string_equal(*PV_AT(const char *, &paths, 0), "spec.containers[1].image");
	assert_string_equal(*PV_AT(const char *, &paths, 1), "spec.x.y");
	assert_string_equal(*PV_AT(const char *, &paths, 2), "a");
	assert_string_equal(
		pv_json_text(cx.arena, v),
		"{\"spec\":{\"containers\":[{},{\"image\":3,\"name\":2}],\"x\":{\"y\":2}},\"a\":2}");
}

static void
streams_are_read_one_by_one(void **state)
{
	pv_str text = PV_STR(" {\"a\":1}\n[2] 3\"x\"  ");
	static const char *const wanted[] = {"{\"a\":1}", "[2]", "3", "\"x\""};
	const pv_val *v = NULL;

	(void)state;
	for (size_t i = 0; i < PV_LEN(wanted); i++) {
		assert_int_equal(pv_json_next(&cx, &text, NULL, &v), 0);
		assert_string_equal(pv_json_text(cx.arena, v), wanted[i]);
	}
	assert_int_equal(pv_json_next(&cx, &text, NULL, &v), 0);
	assert_null(v);
	text = PV_STR("1 [");
	assert_int_equal(pv_json_next(&cx, &text, NULL, &v), 0);
	assert_int_equal(pv_json_next(&cx, &text, NULL, &v), -PV_EBADREQUEST);
	pv_recover(&cx);
}

static void
pretty_and_sorted_forms(void **state)
{
	const pv_val *v = NULL;
	pv_buf b;

	(void)state;
	pv_buf_init(&b, cx.arena);
	assert_int_equal(pv_json_parse(&cx, PV_STR("{\"b\":[1,{\"z\":null,\"y\":[]}],\"a\":{}}"), NULL, &v),
			 0);
	pv_json_write_pretty(&b, v, 4);
	assert_string_equal(b.s, "{\n    \"b\": [\n        1,\n        {\n            \"z\": null,\n"
				 "            \"y\": []\n        }\n    ],\n    \"a\": {}\n}");
	pv_buf_clear(&b);
	pv_json_write_sorted(&b, v);
	assert_string_equal(b.s, "{\"a\":{},\"b\":[1,{\"y\":[],\"z\":null}]}");
	pv_buf_clear(&b);
	pv_json_write(&b, NULL);
	assert_string_equal(b.s, "null");
}

static void
keys_that_are_no_strings_are_written_as_their_json(void **state)
{
	pv_objb b;
	pv_val o;

	(void)state;
	pv_objb_init(&b, cx.arena);
	pv_objb_putv(&b, pv_int(1), pv_bool(true));
	pv_objb_putv(&b, pv_null(), pv_bool(false));
	o = pv_objb_end(&b);
	assert_string_equal(pv_json_text(cx.arena, &o), "{\"1\":true,\"null\":false}");
}

static void
broken_text_is_written_as_json(void **state)
{
	pv_val v = pv_stringn(cx.arena, "a\xff\"\xc3\xa9\xe2\x82", 7);

	(void)state;
	assert_string_equal(pv_json_text(cx.arena, &v),
			    "\"a\xef\xbf\xbd\\\"\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"");
}

/* Deep below long keys, thousands of them: the report stays small. */
static void
reports_of_repeated_keys_are_limited(void **state)
{
	pv_vec paths;
	pv_json_opts opts = {.duplicates = &paths};
	const pv_val *v = NULL;
	pv_buf b;

	(void)state;
	pv_buf_init(&b, cx.arena);
	pv_vec_init(&paths, cx.arena, sizeof(const char *));
	for (int i = 0; i < 900; i++)
		pv_buf_printf(&b, "{\"%01000d\":", i);
	pv_buf_addc(&b, '{');
	for (int i = 0; i < 50000; i++)
		pv_buf_printf(&b, "%s\"k%d\":1", i > 0 ? "," : "", i % 25000);
	for (int i = 0; i < 901; i++)
		pv_buf_addc(&b, '}');
	assert_int_equal(pv_json_parse(&cx, (pv_str){b.s, b.len}, &opts, &v), 0);
	assert_int_equal(paths.len, PV_JSON_REPEATED);
	assert_true(strlen(*PV_AT(const char *, &paths, 0)) < 200 * 1000);
}

static void
three_megabytes_of_anything(void **state)
{
	size_t n = 3 << 20;
	char *text = pv_alloc(cx.arena, n + 1);
	const pv_val *v = NULL;

	(void)state;
	memset(text, 'x', n);
	text[0] = text[n - 1] = '"';
	assert_int_equal(pv_json_parse(&cx, (pv_str){text, n}, NULL, &v), 0);
	assert_int_equal(v->len, n - 2);
	memset(text, '7', n); /* one number */
	assert_int_equal(pv_json_parse(&cx, (pv_str){text, n}, NULL, &v), 0);
	assert_int_equal(v->num, PV_DECIMAL);
	for (size_t i = 0; i < n; i++)
		text[i] = i % 2 == 0 ? ',' : '1';
	text[0] = '[';
	text[n - 2] = ' ';
	text[n - 1] = ']';
	assert_int_equal(pv_json_parse(&cx, (pv_str){text, n}, NULL, &v), 0);
	assert_int_equal(v->len, n / 2 - 1);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(i * 2654435761u >> 13);
	assert_int_equal(pv_json_parse(&cx, (pv_str){text, n}, NULL, &v), -PV_EBADREQUEST);
	pv_recover(&cx);
}

/* Any prefix of a document fails as an ordinary error, any byte changed is read or
 * refused; the sanitizers watch. */
static void
mangled_documents_never_crash(void **state)
{
	static const char text[] =
		"{\"a\":[1,2.5e3,\"\\u00e9\\ud83d\\ude00 x\",null,true],\"b\":{\"c\":\"0123456789abcdef\"}}";
	const pv_val *v = NULL;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *cut = pv_strndup(cx.arena, text, n);

		assert_int_equal(pv_json_parse(&cx, (pv_str){cut, n}, NULL, &v), -PV_EBADREQUEST);
		pv_recover(&cx);
	}
	for (size_t at = 0; at < sizeof(text) - 1; at++)
		for (int c = 0; c < 256; c += 3) {
			char *changed = pv_strndup(cx.arena, text, sizeof(text) - 1);

			changed[at] = (char)c;
			if (pv_json_parse(&cx, (pv_str){changed, sizeof(text) - 1}, NULL, &v) < 0)
				pv_recover(&cx);
		}
}

static void
picks(const char *parts, const char *text, const char *wanted)
{
	const pv_json_parts *of = NULL;
	pv_buf out;

	if (pv_json_parts_parse(&cx, parts, &of) < 0)
		fail_msg("%s: %s", parts, pv_error_text(&cx));
	pv_buf_init(&out, cx.arena);
	pv_json_pick(&out, pv_str_of(text), of);
	assert_string_equal(pv_strndup(cx.arena, out.s, out.len), wanted);
}

static void
picks_parts_without_reading_the_rest(void **state)
{
	static const char app[] =
		"{\"a\":{\"name\":\"x\",\"labels\":{\"k/x\":\"v\",\"n\":[1,{}]},\"n\":-1.5e3},"
		"\"b\":[{\"id\":0,\"t\":\"\\\"}],\"},{\"id\":1,\"t\":\"]\"}],\"c\":null,\"d\":[],\"e\":[[{\"id\":2}]]}";

	const pv_json_parts *of = NULL;

	(void)state;
	picks("a(name)", app, "{\"a\":{\"name\":\"x\"}}");
	picks("c,a(n,labels)", app,
	      "{\"a\":{\"labels\":{\"k/x\":\"v\",\"n\":[1,{}]},\"n\":-1.5e3},\"c\":null}");
	picks("a(labels(k/x))", app, "{\"a\":{\"labels\":{\"k/x\":\"v\"}}}");
	picks("b(id)", app, "{\"b\":[{\"id\":0},{\"id\":1}]}");
	picks("b[-1](id)", app, "{\"b\":[{\"id\":1}]}");
	picks("b[-1],d[-1]", app, "{\"b\":[{\"id\":1,\"t\":\"]\"}],\"d\":[]}");
	picks("c(x),d(x),a(n(x))", app, "{\"a\":{\"n\":-1.5e3},\"c\":null,\"d\":[]}");
	picks("e(id)", app, "{\"e\":[[{\"id\":2}]]}");
	picks("nothing", app, "{}");
	picks("b", app, "{\"b\":[{\"id\":0,\"t\":\"\\\"}],\"},{\"id\":1,\"t\":\"]\"}]}");
	for (size_t n = 0; n < sizeof(app) - 1;
	     n++) { /* no JSON: something short, and nothing beyond its end */
		pv_buf out;

		assert_int_equal(pv_json_parts_parse(&cx, "a(n(x)),b[-1](t)", &of), 0);
		pv_buf_init(&out, cx.arena);
		pv_json_pick(&out, (pv_str){pv_strndup(cx.arena, app, n), n}, of);
		assert_true(out.len <= n + 4);
	}
}

static void
wrong_parts_are_refused_with_their_place(void **state)
{
	static const char *const wrong[] = {"", "a(", "a(b", "a)", "a,,b", "a()", "a[0]", "a[-1]x", "a(b)c"};
	const pv_json_parts *of = NULL;
	char deep[64] = "a";

	(void)state;
	for (size_t i = 0; i < PV_LEN(wrong); i++) {
		if (pv_json_parts_parse(&cx, wrong[i], &of) != -PV_EBADREQUEST)
			fail_msg("accepted: %s", wrong[i]);
		assert_non_null(strstr(cx.err->message, "expected"));
		pv_recover(&cx);
	}
	for (size_t i = 1; i < 40; i++)
		deep[i] = i % 2 ? '(' : 'a';
	assert_int_equal(pv_json_parts_parse(&cx, deep, &of), -PV_EBADREQUEST);
	assert_non_null(strstr(cx.err->message, "16 levels"));
	pv_recover(&cx);
}

#define T(name) cmocka_unit_test_setup_teardown(name, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_what_rfc_8259_allows),
		T(refuses_with_line_column_and_what_was_expected),
		T(broken_utf8_is_an_error_with_its_place),
		T(strings_of_every_length_survive),
		T(depth_is_limited),
		T(repeated_keys_are_reported_by_path),
		T(streams_are_read_one_by_one),
		T(pretty_and_sorted_forms),
		T(keys_that_are_no_strings_are_written_as_their_json),
		T(broken_text_is_written_as_json),
		T(reports_of_repeated_keys_are_limited),
		T(three_megabytes_of_anything),
		T(mangled_documents_never_crash),
		T(picks_parts_without_reading_the_rest),
		T(wrong_parts_are_refused_with_their_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
