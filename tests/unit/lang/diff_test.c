#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/diff/diff.h"
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

static const char *const rows[][3] = {
	{"{a: 1}", "{a: 1.0}", "[]"},
	{"{a: 1, b: 2}", "{b: 2, a: 1}", "[]"},
	{"{a: 1}", "{a: 2}", "[{\"path\":\"a\",\"from\":1,\"to\":2}]"},
	{"{a: 1}", "{b: 1}", "[{\"path\":\"a\",\"from\":1},{\"path\":\"b\",\"to\":1}]"},
	{"{b: {z: 1, x: {k: 1}}, a: 0}", "{b: {z: 2, x: {k: null}}, a: 1}",
	 "[{\"path\":\"a\",\"from\":0,\"to\":1},{\"path\":\"b.x.k\",\"from\":1,\"to\":null},"
	 "{\"path\":\"b.z\",\"from\":1,\"to\":2}]"},
	{"{a: {b: 1}}", "{a: [1]}", "[{\"path\":\"a\",\"from\":{\"b\":1},\"to\":[1]}]"},
	{"{a: [1, 2, 3]}", "{a: [1, 4]}",
	 "[{\"path\":\"a[1]\",\"from\":2,\"to\":4},{\"path\":\"a[2]\",\"from\":3}]"},
	{"{c: [{name: web, image: x}, {name: db, image: y}]}",
	 "{c: [{name: web, image: z}, {name: new}, {name: db, image: y}]}",
	 "[{\"path\":\"c[name=web].image\",\"from\":\"x\",\"to\":\"z\"},{\"path\":\"c[name=new]\",\"to\":{"
	 "\"name\":\"new\"}}]"},
	{"{c: [{name: a}, {name: b}]}", "{c: [{name: b}]}",
	 "[{\"path\":\"c[name=a]\",\"from\":{\"name\":\"a\"}}]"},
	{"{c: [{name: a}, {name: b}]}", "{c: [{name: b}, {name: a}]}",
	 "[{\"path\":\"c\",\"from\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"to\":[{\"name\":\"b\"},{\"name\":"
	 "\"a\"}]}]"},
	{"{c: [{name: a}, {name: a, v: 1}]}", "{c: [{name: a}, {name: a, v: 2}]}",
	 "[{\"path\":\"c[1].v\",\"from\":1,\"to\":2}]"},
	{"{c: [{name: 5}]}", "{c: [{name: 6}]}", "[{\"path\":\"c[0].name\",\"from\":5,\"to\":6}]"},
	{"{m: {annotations: {a.b/c: x}}}", "{m: {annotations: {a.b/c: z, '': 1}}}",
	 "[{\"path\":\"m.annotations[]\",\"to\":1},{\"path\":\"m.annotations[a.b/"
	 "c]\",\"from\":\"x\",\"to\":\"z\"}]"},
	{"[]", "{}", "[{\"path\":\"\",\"from\":[],\"to\":{}}]"},
	{"{c: []}", "{c: [{name: a}]}", "[{\"path\":\"c[0]\",\"to\":{\"name\":\"a\"}}]"},
};

static void
changes_are_listed_by_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_vec changes;
		pv_val v;

		pv_diff(&cx, read(rows[i][0]), read(rows[i][1]), &changes);
		v = pv_diff_val(cx.arena, &changes);
		if (strcmp(pv_json_text(cx.arena, &v), rows[i][2]) != 0)
			fail_msg("%s -> %s\nwanted %s\ngot    %s", rows[i][0], rows[i][1], rows[i][2],
				 pv_json_text(cx.arena, &v));
	}
}

static void
absent_values(void **state)
{
	pv_vec changes;

	(void)state;
	pv_diff(&cx, NULL, NULL, &changes);
	assert_int_equal(changes.len, 0);
	pv_diff(&cx, NULL, read("{a: 1}"), &changes);
	assert_int_equal(changes.len, 1);
	assert_null(PV_AT(pv_change, &changes, 0)->from);
	assert_string_equal(PV_AT(pv_change, &changes, 0)->path, "");
}

/* Applying the JSON Patch of a difference gives the other value, whatever is in its keys. */
static void
json_patches_lead_there(void **state)
{
	static const char *const more[][2] = {{"{a/b: {'~': [1, {x: 1}]}}", "{a/b: {'~': [2, {'': null}]}}"},
					      {"{a: null}", "{b: null}"},
					      {"{l: [1, 2]}", "{l: [2]}"}};
	pv_val patch = pv_diff_patch(cx.arena, read("{a/b: {'~': 1}}"), read("{a/b: {'~': 2}, c: 3}"));
	const pv_val *got;

	(void)state;
	assert_string_equal(pv_json_text(cx.arena, &patch),
			    "[{\"op\":\"replace\",\"path\":\"/a~1b/~0\",\"value\":2},"
			    "{\"op\":\"add\",\"path\":\"/c\",\"value\":3}]");
	for (size_t i = 0; i < PV_LEN(rows) + PV_LEN(more); i++) {
		const char *const *row = i < PV_LEN(rows) ? rows[i] : more[i - PV_LEN(rows)];
		const pv_val *from = read(row[0]), *to = read(row[1]);

		patch = pv_diff_patch(cx.arena, from, to);
		if (pv_patch_json(&cx, from, &patch, &got) < 0 || !pv_eq(got, to))
			fail_msg("%s -> %s by %s", row[0], row[1], pv_json_text(cx.arena, &patch));
	}
}

/* Applying the merge patch of a difference gives the other value, nulls aside. */
static void
merge_patches_lead_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *from = read(rows[i][0]), *to = read(rows[i][1]), *got = NULL;
		pv_val patch = pv_diff_merge(cx.arena, from, to);

		assert_int_equal(pv_patch_merge(&cx, from, &patch, &got), 0);
		if (i != 4 && !pv_eq(got, to)) /* row 4 sets a null, which no merge patch can say */
			fail_msg("%s + %s = %s", rows[i][0], pv_json_text(cx.arena, &patch),
				 pv_json_text(cx.arena, got));
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(changes_are_listed_by_path),
		T(absent_values),
		T(json_patches_lead_there),
		T(merge_patches_lead_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
