#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/patch/patch.h"
#include "lang/yaml/yaml.h"
#include "unit/context.h"

static const pv_val *
read(const char *text)
{
	const pv_val *v = NULL;

	if (pv_yaml_parse(&cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	return v;
}

/* ---- JSON Patch ---- */

static void
json_patch_gives(const char *doc, const char *ops, const char *wanted)
{
	const pv_val *v = NULL, *before = read(doc);
	const char *was = pv_json_text(cx.arena, before);

	if (pv_patch_json(&cx, before, read(ops), &v) < 0)
		fail_msg("%s: %s", ops, pv_error_text(&cx));
	if (strcmp(pv_json_text(cx.arena, v), wanted) != 0)
		fail_msg("%s on %s\nwanted %s\ngot    %s", ops, doc, wanted, pv_json_text(cx.arena, v));
	assert_string_equal(pv_json_text(cx.arena, before), was);
}

static void
json_patch_fails(const char *doc, const char *ops, int code, const char *part)
{
	const pv_val *v = NULL;

	if (pv_patch_json(&cx, read(doc), read(ops), &v) == 0)
		fail_msg("accepted: %s on %s", ops, doc);
	if (cx.err->code != code || strstr(cx.err->message, part) == NULL)
		fail_msg("%s: wanted ...%s..., got %s", ops, part, pv_error_text(&cx));
	assert_null(v);
	pv_recover(&cx);
}

static void
json_patch_operations(void **state)
{
	static const char *const rows[][3] = {
		{"{\"a\":1}", "[]", "{\"a\":1}"},
		{"{\"a\":1}", "[{op: add, path: /b, value: 2}]", "{\"a\":1,\"b\":2}"},
		{"{\"a\":1}", "[{op: add, path: /a, value: null}]", "{\"a\":null}"},
		{"{\"a\":1}", "[{op: add, path: '', value: [1]}]", "[1]"},
		{"{\"a\":1}", "[{op: add, path: /, value: 3}]", "{\"a\":1,\"\":3}"},
		{"[1,2]", "[{op: add, path: /0, value: 0}]", "[0,1,2]"},
		{"[1,2]", "[{op: add, path: /1, value: x}]", "[1,\"x\",2]"},
		{"[1,2]", "[{op: add, path: /2, value: 3}]", "[1,2,3]"},
		{"[1,2]", "[{op: add, path: /-, value: 3}]", "[1,2,3]"},
		{"[]", "[{op: add, path: /-, value: 1}, {op: add, path: /0, value: 0}]", "[0,1]"},
		{"{\"a\":{\"b\":1,\"c\":2}}", "[{op: remove, path: /a/b}]", "{\"a\":{\"c\":2}}"},
		{"[1,2,3]", "[{op: remove, path: /1}]", "[1,3]"},
		{"{\"a\":[1,{\"b\":2}]}", "[{op: replace, path: /a/1/b, value: 3}]", "{\"a\":[1,{\"b\":3}]}"},
		{"{\"a\":1}", "[{op: replace, path: '', value: {}}]", "{}"},
		{"{\"a\":1}", "[{op: replace, path: /b, value: 2}]", "{\"a\":1,\"b\":2}"},
		{"{\"a\":{\"x\":1},\"b\":{}}", "[{op: move, from: /a/x, path: /b/y}]",
		 "{\"a\":{},\"b\":{\"y\":1}}"},
		{"[1,2,3]", "[{op: move, from: /0, path: /2}]", "[2,3,1]"},
		{"{\"a\":1}", "[{op: move, from: /a, path: /a}]", "{\"a\":1}"},
		{"{\"a\":{\"x\":1}}", "[{op: copy, from: /a, path: /b}, {op: replace, path: /b/x, value: 2}]",
		 "{\"a\":{\"x\":1},\"b\":{\"x\":2}}"},
		{"{\"a\":[1,{\"b\":2.0}]}", "[{op: test, path: /a/1, value: {\"b\": 2}}]",
		 "{\"a\":[1,{\"b\":2}]}"},
		{"{\"a\":null}", "[{op: test, path: /a, value: null}, {op: test, path: /b, value: null}]",
		 "{\"a\":null}"},
		{"{\"a/b\":1,\"c~d\":2}", "[{op: remove, path: /a~1b}, {op: replace, path: /c~0d, value: 3}]",
		 "{\"c~d\":3}"},
		{"{\"m\":{\"~1\":1}}", "[{op: test, path: /m/~01, value: 1}]", "{\"m\":{\"~1\":1}}"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		json_patch_gives(rows[i][0], rows[i][1], rows[i][2]);
}

static void
json_patch_faults_name_operation_and_path(void **state)
{
	(void)state;
	json_patch_fails("{}", "{op: add}", PV_EINVALID, "expected a list of operations, found object");
	json_patch_fails("{}", "[{op: add, path: /a/b, value: 1}]", PV_EINVALID,
			 "operation 0 (add /a/b): the path does not exist");
	json_patch_fails("{\"a\":1}", "[{op: test, path: /a, value: 1}, {op: remove, path: /b}]", PV_EINVALID,
			 "operation 1 (remove /b): the path does not exist");
	json_patch_fails("{\"a\":1}", "[{op: test, path: /a, value: 2}]", PV_EINVALID,
			 "not what the test expects");
	json_patch_fails("{\"a\":1}", "[{op: replace, path: /b/c, value: 2}]", PV_EINVALID,
			 "the path does not exist");
	json_patch_fails("[1]", "[{op: replace, path: /1, value: 2}]", PV_EINVALID,
			 "the path does not exist");
	json_patch_fails("{\"a\":1}", "[{op: add, path: /a/b, value: 2}]", PV_EINVALID,
			 "cannot add to a number");
	json_patch_fails("[1]", "[{op: add, path: /2, value: 2}]", PV_EINVALID,
			 "is no index into a list of 1 items");
	json_patch_fails("[1]", "[{op: add, path: /01, value: 2}]", PV_EINVALID, "is no index");
	json_patch_fails("[1]", "[{op: remove, path: /-}]", PV_EINVALID, "the path does not exist");
	json_patch_fails("[1]", "[{op: add, path: /x, value: 2}]", PV_EINVALID, "is no index");
	json_patch_fails("{}", "[{op: add, path: a, value: 2}]", PV_EINVALID, "malformed path");
	json_patch_fails("{}", "[{op: add, path: /a~2, value: 2}]", PV_EINVALID, "malformed path");
	json_patch_fails("{}", "[{op: add, path: /a}]", PV_EINVALID, "\"value\" is missing");
	json_patch_fails("{}", "[{op: copy, path: /a}]", PV_EINVALID, "\"from\" is missing");
	json_patch_fails("{}", "[{op: add, value: 1}]", PV_EINVALID, "operation 0: \"path\" is missing");
	json_patch_fails("{}", "[{op: frobnicate, path: /a}]", PV_EBADREQUEST, "unknown operation");
	json_patch_fails("{}", "[5]", PV_EINVALID, "\"path\" is missing");
	json_patch_fails("{}", "[{op: remove, path: ''}]", PV_EINVALID, "whole document cannot be removed");
	json_patch_fails("{\"a\":{\"b\":1}}", "[{op: move, from: /a, path: /a/b/c}]", PV_EINVALID,
			 "moved into itself");
}

static void
json_patch_limits(void **state)
{
	const pv_val *v = NULL;
	pv_buf ops;

	(void)state;
	pv_buf_init(&ops, cx.arena);
	pv_buf_addc(&ops, '[');
	for (int i = 0; i < 10001; i++)
		pv_buf_printf(&ops, "%s{\"op\":\"add\",\"path\":\"/a\",\"value\":1}", i > 0 ? "," : "");
	pv_buf_addc(&ops, ']');
	json_patch_fails("{}", ops.s, PV_ETOOLARGE, "maximum operations in a JSON patch is 10000, got 10001");

	pv_buf_clear(&ops); /* doubles each time: 2^60 nodes if nobody counted */
	pv_buf_adds(&ops, "[{\"op\":\"add\",\"path\":\"/a\",\"value\":[\"0123456789\"]}");
	for (int i = 0; i < 60; i++)
		pv_buf_adds(&ops, ",{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/-\"}");
	pv_buf_addc(&ops, ']');
	json_patch_fails("{}", ops.s, PV_ETOOLARGE, "copies more than the limit of 3145728 bytes");

	pv_buf_clear(&ops); /* one level deeper each time */
	pv_buf_adds(&ops, "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{}}");
	for (int i = 0; i < 1500; i++)
		pv_buf_adds(&ops, ",{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/"
				  "b\"},{\"op\":\"add\",\"path\":\"/a\",\"value\":{}},"
				  "{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/a/b\"}");
	pv_buf_addc(&ops, ']');
	json_patch_fails("{}", ops.s, PV_EINVALID, "nested deeper than the limit of 1000 levels");

	pv_buf_clear(&ops); /* ten thousand insertions at the front of a long list */
	pv_buf_addc(&ops, '[');
	for (int i = 0; i < 10000; i++)
		pv_buf_printf(&ops, "%s{\"op\":\"add\",\"path\":\"/l/0\",\"value\":%d}", i > 0 ? "," : "", i);
	pv_buf_addc(&ops, ']');
	assert_int_equal(pv_patch_json(&cx, read("{l: [x]}"), read(ops.s), &v), 0);
	assert_int_equal(pv_count(pv_get(v, "l")), 10001);
	assert_int_equal(pv_i64_at(v, "l.0", -1), 9999);
}

static void
pointers_read(void **state)
{
	const pv_val *v = read("{\"a\": [{\"b/c\": 1, \"d~e\": 2}], \"\": 3}");

	(void)state;
	assert_ptr_equal(pv_pointer_get(v, ""), v);
	assert_int_equal(pv_i64(pv_pointer_get(v, "/a/0/b~1c"), 0), 1);
	assert_int_equal(pv_i64(pv_pointer_get(v, "/a/0/d~0e"), 0), 2);
	assert_int_equal(pv_i64(pv_pointer_get(v, "/"), 0), 3);
	assert_null(pv_pointer_get(v, "a"));
	assert_null(pv_pointer_get(v, "/a/1"));
	assert_null(pv_pointer_get(v, "/a/-"));
	assert_null(pv_pointer_get(v, "/a/00"));
	assert_null(pv_pointer_get(v, "/a/0/b~2c"));
	assert_null(pv_pointer_get(v, "/a/0/b~"));
	assert_null(pv_pointer_get(NULL, "/a"));
}

/* ---- merge patch: the examples of RFC 7386, appendix A ---- */

static void
merge_patch_of_rfc_7386(void **state)
{
	static const char *const rows[][3] = {
		{"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
		{"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
		{"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
		{"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
		{"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
		{"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
		{"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
		{"{\"a\":\"foo\"}", "null", "null"},
		{"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
		{"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
		{"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
		{"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *v = NULL;

		assert_int_equal(pv_patch_merge(&cx, read(rows[i][0]), read(rows[i][1]), &v), 0);
		assert_string_equal(pv_json_text(cx.arena, v), rows[i][2]);
	}
}

static void
a_test_that_does_not_hold_patches_nothing(void **state)
{
	const pv_val *v = NULL;
	bool held;

	(void)state;
	assert_int_equal(
		pv_patch_json_if(&cx, read("{a: 1}"),
				 read("[{op: add, path: /b, value: 2}, {op: test, path: /a, value: 2}]"), &v,
				 &held),
		0);
	assert_false(held);
	assert_int_equal(pv_patch_json_if(&cx, read("{a: 1}"),
					  read("[{op: test, path: /a, value: 1}, {op: remove, path: /a}]"),
					  &v, &held),
			 0);
	assert_true(held);
	assert_int_equal(pv_count(v), 0);
	assert_int_equal(pv_patch_json_if(&cx, read("{a: 1}"), read("[{op: remove, path: /b}]"), &v, &held),
			 -PV_EINVALID);
	(void)pv_recover(&cx);
}

#define T(name) cmocka_unit_test_setup_teardown(name, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_test_that_does_not_hold_patches_nothing),
		T(json_patch_operations),
		T(json_patch_faults_name_operation_and_path),
		T(json_patch_limits),
		T(pointers_read),
		T(merge_patch_of_rfc_7386),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
