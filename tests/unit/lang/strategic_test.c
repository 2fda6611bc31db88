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
#include "shared.h"
#include "unit/context.h"

static const pv_val *
read(const char *text)
{
	const pv_val *v = NULL;

	if (pv_yaml_parse(&cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	return v;
}

/* apimachinery's test type: a MergeItem, with lists of MergeItems in it. */
static pv_smp_field
lookup(const void *type, const char *field)
{
	static const struct {
		const char *name;
		bool object, merge, replace, retain;
		const char *key;
	} fields[] = {
		{"name", false, false, false, false, NULL},
		{"value", false, false, false, false, NULL},
		{"other", false, false, false, false, NULL},
		{"mergingList", true, true, false, false, "name"},
		{"nonMergingList", true, false, false, false, NULL},
		{"mergingIntList", false, true, false, false, NULL},
		{"nonMergingIntList", false, false, false, false, NULL},
		{"mergeItemPtr", true, true, false, false, "name"},
		{"simpleMap", false, false, false, false, NULL},
		{"replacingItem", false, false, true, false, NULL},
		{"retainKeysMap", true, false, false, true, NULL},
		{"retainKeysMergingList", true, true, false, true, "name"},
	};

	for (size_t i = 0; i < PV_LEN(fields); i++)
		if (strcmp(fields[i].name, field) == 0)
			return (pv_smp_field){.type = fields[i].object ? type : NULL,
					      .merge = fields[i].merge,
					      .replace = fields[i].replace,
					      .retain_keys = fields[i].retain,
					      .known = true,
					      .merge_key = fields[i].key};
	return (pv_smp_field){.known = false};
}

static const pv_val *
strategic(const pv_val *doc, const pv_val *patch)
{
	const pv_val *v = NULL;

	if (pv_patch_strategic(&cx, doc, patch, "MergeItem", lookup, &v) < 0)
		fail_msg("%s: %s", pv_json_text(cx.arena, patch), pv_error_text(&cx));
	return v;
}

/* An absent document is the empty object. */
static const pv_val *
part(const pv_val *c, const char *key)
{
	const char *text = pv_text(pv_get(c, key), NULL);
	const pv_val *v = text != NULL ? read(text) : pv_get(c, key);

	return v == NULL || pv_is(v, PV_NULL) ? read("{}") : v;
}

static void
check(const pv_val *c, const char *from, const char *patch, const char *to)
{
	const pv_val *got = strategic(part(c, from), part(c, patch)), *wanted = part(c, to);

	if (!pv_eq(got, wanted))
		fail_msg("%s: %s on %s\nwanted %s\ngot    %s", pv_text(pv_get(c, "description"), ""), patch,
			 from, pv_json_text(cx.arena, wanted), pv_json_text(cx.arena, got));
}

static void
check_raw(const pv_val *c)
{
	const char *expected = pv_text(pv_get(c, "ExpectedError"), NULL);
	const pv_val *v = NULL;

	if (expected == NULL) {
		check(c, "Original", "TwoWay",
		      pv_get(c, "TwoWayResult") != NULL ? "TwoWayResult" : "Modified");
		if (pv_get(c, "ThreeWay") != NULL)
			check(c, "Current", "ThreeWay", "Result");
		return;
	}
	assert_int_equal(
		pv_patch_strategic(&cx, part(c, "Original"), part(c, "TwoWay"), "MergeItem", lookup, &v),
		strstr(expected, "retainKeys") ? -PV_EBADREQUEST : -PV_EINVALID);
	if (strstr(cx.err->message, expected) == NULL)
		fail_msg("wanted an error with '%s', got %s", expected, pv_error_text(&cx));
	pv_recover(&cx);
}

static void
strategic_raw_cases_of_apimachinery(void **state)
{
	const char *path = shared_path(cx.arena, "apiplane/smp/rawTestCases.json");
	const pv_val *cases = NULL;

	(void)state;
	if (path == NULL)
		skip();
	assert_int_equal(pv_json_parse(&cx, shared_read(cx.arena, path), NULL, &cases), 0);
	assert_int_equal(pv_count(cases), 81);
	for (size_t i = 0; i < cases->len; i++)
		check_raw(&cases->items[i]);
}

static void
strategic_table_cases_of_apimachinery(void **state)
{
	static const char *const files[] = {"customStrategicMergePatchTestCaseData.yaml",
					    "createStrategicMergePatchTestCaseData.yaml"};
	size_t n = 0;

	(void)state;
	for (size_t f = 0; f < PV_LEN(files); f++) {
		const char *path = shared_path(cx.arena, pv_printf(cx.arena, "apiplane/smp/%s", files[f]));
		const pv_val *doc, *cases;

		if (path == NULL)
			skip();
		doc = read(shared_read(cx.arena, path).s);
		cases = pv_get(doc, "testCases");
		for (size_t i = 0; i < pv_count(cases); i++, n++) {
			check(&cases->items[i], "original", "twoWay",
			      pv_get(&cases->items[i], "twoWayResult") != NULL ? "twoWayResult" : "modified");
			if (pv_get(&cases->items[i], "threeWay") != NULL)
				check(&cases->items[i], "current", "threeWay", "result");
		}
	}
	assert_true(n > 25);
}

static void
strategic_directives(void **state)
{
	static const char *const rows[][3] = {
		{"{mergingList: [{name: a, value: 1}, {name: b}]}", "{mergingList: [{name: a, value: 2}]}",
		 "{\"mergingList\":[{\"name\":\"a\",\"value\":2},{\"name\":\"b\"}]}"},
		{"{mergingList: [{name: a}, {name: b}]}", "{mergingList: [{name: a, $patch: delete}]}",
		 "{\"mergingList\":[{\"name\":\"b\"}]}"},
		{"{mergingList: [{name: a}]}", "{mergingList: [{name: c}, {$patch: replace}]}",
		 "{\"mergingList\":[{\"name\":\"c\"}]}"},
		{"{nonMergingList: [{name: a}]}", "{nonMergingList: [{name: b}]}",
		 "{\"nonMergingList\":[{\"name\":\"b\"}]}"},
		{"{mergingIntList: [1, 2]}",
		 "{mergingIntList: [2, 3], $deleteFromPrimitiveList/mergingIntList: [1]}",
		 "{\"mergingIntList\":[2,3]}"},
		{"{retainKeysMap: {name: a, value: 1}}",
		 "{retainKeysMap: {$retainKeys: [name, other], other: x}}",
		 "{\"retainKeysMap\":{\"name\":\"a\",\"other\":\"x\"}}"},
		{"{mergingList: [{name: a}, {name: b}]}",
		 "{mergingList: [{$patch: replace}, {name: c}, {name: d}], $setElementOrder/mergingList: [{name: c}, "
		 "{name: a}, {name: d}]}",
		 "{\"mergingList\":[{\"name\":\"c\"},{\"name\":\"d\"}]}"},
		{"{mergingIntList: [1]}", "{mergingIntList: [2], $setElementOrder/mergingIntList: []}",
		 "{\"mergingIntList\":[2,1]}"},
		{"{simpleMap: {a: 1}}", "{simpleMap: {$patch: replace, b: 2}}", "{\"simpleMap\":{\"b\":2}}"},
		{"{replacingItem: {a: 1}}", "{replacingItem: {b: 2}}", "{\"replacingItem\":{\"b\":2}}"},
		{"{unknown: {a: [1], b: 2}}", "{unknown: {a: [2], b: null, c: {d: null, e: 3}}}",
		 "{\"unknown\":{\"a\":[2],\"c\":{\"e\":3}}}"},
		{"{}", "{mergingList: [{name: a, $patch: delete}, {name: b, value: {x: null}}]}",
		 "{\"mergingList\":[{\"name\":\"b\",\"value\":{}}]}"},
		{"{mergingList: [{name: a}]}", "{mergingList: [{name: b, value: 1}, {name: b, other: 2}]}",
		 "{\"mergingList\":[{\"name\":\"b\",\"value\":1,\"other\":2},{\"name\":\"a\"}]}"},
		{"{mergingList: [{name: a}, {name: b}]}", "{mergingList: [{name: c}, {name: b, value: 1}]}",
		 "{\"mergingList\":[{\"name\":\"c\"},{\"name\":\"a\"},{\"name\":\"b\",\"value\":1}]}"},
		{"{mergingList: []}", "{mergingList: []}", "{\"mergingList\":[]}"},
		{"{a: 1}", "{$patch: delete}", "{}"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *got = pv_json_text(cx.arena, strategic(read(rows[i][0]), read(rows[i][1])));

		if (strcmp(got, rows[i][2]) != 0)
			fail_msg("%s on %s\nwanted %s\ngot    %s", rows[i][1], rows[i][0], rows[i][2], got);
	}
}

static void
strategic_faults(void **state)
{
	static const char *const rows[][2] = {
		{"5", "expected an object, found number"},
		{"{$patch: frobnicate}", "unknown patch type found"},
		{"{mergingList: [{value: 1}]}", "does not contain declared merge key: name"},
		{"{mergingList: [{$patch: delete}]}", "does not contain declared merge key: name"},
		{"{mergingList: [{name: a, $patch: merge}]}", "merging lists cannot yet be specified"},
		{"{mergingList: [{name: a, $patch: 5}]}", "unknown patch type found"},
		{"{mergingList: [1]}", "list element types are not identical"},
		{"{mergingList: [[1]]}", "lists of lists"},
		{"{retainKeysMap: {$retainKeys: x}}", "must be a list of keys"},
		{"{retainKeysMap: {$retainKeys: [a], b: 1}}", "invalid patch format of $retainKeys"},
		{"{$setElementOrder/mergingList: 5}", "expected a list, found number"},
		{"{$setElementOrder/nothing: []}", "there is no such field"},
		{"{$setElementOrder/mergingList: [{name: a}], mergingList: [{name: a}, {$patch: replace}]}",
		 "{\"$patch\":\"replace\"} is not where it belongs"},
		{"{$setElementOrder/mergingList: [{name: b}], mergingList: [{name: a}]}",
		 "doesn't match $setElementOrder"},
	};
	const pv_val *doc = read("{mergingList: [{name: a}], retainKeysMap: {a: 1}}"), *v = NULL;

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		if (pv_patch_strategic(&cx, doc, read(rows[i][0]), "MergeItem", lookup, &v) == 0)
			fail_msg("accepted: %s", rows[i][0]);
		if (cx.err->code != (strstr(rows[i][0], ": {$retainKeys") ? PV_EBADREQUEST : PV_EINVALID) ||
		    strstr(cx.err->message, rows[i][1]) == NULL)
			fail_msg("%s: wanted ...%s..., got %s", rows[i][0], rows[i][1], pv_error_text(&cx));
		pv_recover(&cx);
	}
}

/* Long lists take no quadratic time: a test that would run for minutes otherwise. */
static void
strategic_long_lists(void **state)
{
	pv_buf doc, patch;

	(void)state;
	pv_buf_init(&doc, cx.arena);
	pv_buf_init(&patch, cx.arena);
	pv_buf_adds(&doc, "{\"mergingIntList\":[0");
	pv_buf_adds(&patch, "{\"mergingIntList\":[0");
	for (int i = 1; i < 30000; i++) {
		pv_buf_printf(&doc, ",%d", i);
		pv_buf_printf(&patch, ",%d", i + 15000);
	}
	pv_buf_adds(&doc, "]}");
	pv_buf_adds(&patch, "]}");
	assert_int_equal(pv_count(pv_get(strategic(read(doc.s), read(patch.s)), "mergingIntList")), 45000);
}

/* An item that is patched again and again is copied as often. */
static void
strategic_asks_whether_it_may_go_on(void **state)
{
	const pv_val *v = NULL;

	(void)state;
	cx.deadline_ns = 1;
	assert_int_equal(pv_patch_strategic(&cx, read("{mergingList: [{name: a}]}"),
					    read("{mergingList: [{name: a, value: 1}, {name: a, value: 2}]}"),
					    "MergeItem", lookup, &v),
			 -PV_ETIMEOUT);
	cx.deadline_ns = 0;
	(void)pv_recover(&cx);
}

/* A patch that depends on what is there. */
#define T(name) cmocka_unit_test_setup_teardown(name, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(strategic_raw_cases_of_apimachinery),
		T(strategic_table_cases_of_apimachinery),
		T(strategic_directives),
		T(strategic_faults),
		T(strategic_long_lists),
		T(strategic_asks_whether_it_may_go_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
