/* What is ignored in objects, and how much of it there may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "delivery/application/application.h"
#include "delivery/application/ignore.h"
#include "delivery/application/ignore_jq.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define MANY 20000 /* each of them copied for each would end the process */

static pv_ctx cx;

static const pv_val *
yaml(const char *text)
{
	const pv_val *v;
	pv_yaml_opts opts = {.file = "test"};
	assert_int_equal(pv_yaml_parse(&cx, pv_str_of(text), &opts, &v), 0);
	return v;
}

static const pv_val *
respecting(const pv_val *rule, const pv_val *want, const pv_val *live)
{
	pv_vec rules;
	pv_vec_init(&rules, cx.arena, sizeof(rule));
	pv_vec_push(&rules, &rule);
	return application_respecting(&cx, &rules, want, live);
}

static void
live_values_stay_where_a_rule_points(void **state)
{
	static const char *const rows[][4] = {
		{"jsonPointers: [/l/1]", "{l: [1, 2, 3]}", "{l: [1]}", "{\"l\":[1,3]}"},
		{"jsonPointers: [/l/1, /l/2]", "{l: [1, 2, 3]}", "{l: [1]}", "{\"l\":[1]}"},
		{"jsonPointers: [/l/1, /l/2]", "{l: [1]}", "{l: [4, 5, 6]}", "{\"l\":[1,5]}"},
		{"jsonPointers: [/a/b/c, /a/b/d]", "{}", "{a: {b: {c: 1, d: 2}}}",
		 "{\"a\":{\"b\":{\"c\":1,\"d\":2}}}"},
		{"jsonPointers: [/a, /a/b]", "{a: {b: 1, c: 2}}", "{a: {b: 3}}", "{\"a\":{\"b\":3}}"},
		{"jsonPointers: [/a/b]", "{a: 1}", "{a: {b: 3}}", "{\"a\":1}"},
		{"jsonPointers: [/a/b]", "{a: [1]}", "{a: {b: 3}}", "{\"a\":[1]}"},
		{"jsonPointers: ['', a, /gone]", "{a: 1}", "{}", "{}"},
		/* What is no place spoils no other. */
		{"jsonPointers: [/a, a, /b~2, /l/01, /l/-, /l/x, /l/0/y]", "{a: 1, l: [2]}",
		 "{a: 3, b~2: 4, l: [5, 6]}", "{\"a\":3,\"l\":[2]}"},
		{"jsonPointers: [/m/1, /m/01, /m/1, /m/01, /m/1, /m/2]", "{m: {'1': a, '01': b, '2': c}}",
		 "{}", "{\"m\":{}}"},
		{"jsonPointers: [/a/b, /a!x, /a/c]", "{a: {b: 1, c: 2}, 'a!x': 3}", "{}", "{\"a\":{}}"},
		{"jsonPointers: [/l/10, /l/9, /l/2]", "{l: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}", "{}",
		 "{\"l\":[0,1,3,4,5,6,7,8]}"},
		{"jsonPointers: [/l/0/x, /l/2/x]", "{l: []}", "{l: [{x: 1}, 2, {x: 3}]}",
		 "{\"l\":[{\"x\":1}]}"},
		{"jsonPointers: [/a~1b/c~0d]", "{}", "{a/b: {c~d: 1}}", "{\"a/b\":{\"c~d\":1}}"},
		{"jqPathExpressions: ['.l[].v']", "{l: [{v: 1}, {v: 2}]}", "{l: [{v: 3}]}",
		 "{\"l\":[{\"v\":3},{}]}"},
	};
	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *v = respecting(yaml(rows[i][0]), yaml(rows[i][1]), yaml(rows[i][2]));
		print_message("%s\n", rows[i][0]);
		assert_string_equal(pv_json_text(cx.arena, v), rows[i][3]);
	}
}

/* {a: {x0: {y: 0}, ...}}, and the pointers to each y. */
static pv_val
many(pv_val *ret_pointers)
{
	pv_listb pointers;
	pv_objb b;
	pv_val members;
	pv_listb_init(&pointers, cx.arena);
	pv_objb_init(&b, cx.arena);
	for (int i = 0; i < MANY; i++) {
		pv_listb_add(&pointers, pv_stringf(cx.arena, "/a/x%d/y", i));
		pv_objb_add(&b, pv_stringf(cx.arena, "x%d", i), pv_with(cx.arena, NULL, "y", pv_int(i)));
	}
	*ret_pointers = pv_listb_end(&pointers);
	members = pv_objb_end(&b);
	return pv_with(cx.arena, NULL, "a", members);
}

static void
a_rule_may_mean_very_many_places(void **state)
{
	pv_val pointers, all = many(&pointers), rule = pv_with(cx.arena, NULL, "jsonPointers", pointers),
			 list = pv_with(cx.arena, NULL, "list", pointers);
	const pv_val *v;
	(void)state;
	assert_true(pv_eq(respecting(&rule, yaml("{}"), &all), &all));
	v = respecting(&rule, &all, yaml("{}"));
	assert_int_equal(pv_count(pv_get(v, "a")), MANY);
	assert_int_equal(pv_count(pv_at(v, "a.x7")), 0);
	v = respecting(yaml("jqPathExpressions: ['.list[]']"), &list, yaml("{}"));
	assert_string_equal(pv_json_text(cx.arena, v), "{\"list\":[]}");
}

static void
there_may_be_very_many_rules(void **state)
{
	pv_val pointers, all = many(&pointers);
	pv_vec rules;
	(void)state;
	pv_vec_init(&rules, cx.arena, sizeof(const pv_val *));
	for (size_t i = 0; i < MANY; i++) {
		pv_val one = pv_list_of(cx.arena, pv_item(&pointers, i), 1);
		const pv_val *rule = pv_box(cx.arena, pv_with(cx.arena, NULL, "jsonPointers", one));
		pv_vec_push(&rules, &rule);
	}
	assert_true(pv_eq(application_respecting(&cx, &rules, yaml("{}"), &all), &all));
}

/* An object with a list of MANY, each owned by manager m: {l: [{name: x0}, ...]}. */
static pv_val
owned(void)
{
	pv_val list, entries, fields, entry, managed, meta, v;
	pv_objb b;
	pv_listb l;
	pv_objb_init(&b, cx.arena);
	pv_listb_init(&l, cx.arena);
	for (int i = 0; i < MANY; i++) {
		pv_listb_add(&l, pv_with(cx.arena, NULL, "name", pv_stringf(cx.arena, "x%d", i)));
		pv_objb_add(&b, pv_stringf(cx.arena, "k:{\"name\":\"x%d\"}", MANY - 1 - i), *yaml("{}"));
	}
	list = pv_listb_end(&l);
	entries = pv_objb_end(&b);
	fields = pv_with(cx.arena, NULL, "f:l", entries);
	entry = pv_with(cx.arena, yaml("{manager: m}"), "fieldsV1", fields);
	managed = pv_list_of(cx.arena, &entry, 1);
	meta = pv_with(cx.arena, NULL, "managedFields", managed);
	v = pv_with(cx.arena, NULL, "metadata", meta);
	return pv_with(cx.arena, &v, "l", list);
}

static app
an_app(const char *rule_text)
{
	app a = {.cx = &cx, .ignores_of = pv_map_new(cx.arena)};
	const pv_val *rule = yaml(rule_text);
	pv_vec_init(&a.ignores, cx.arena, sizeof(rule));
	pv_vec_push(&a.ignores, &rule);
	return a;
}

/* What is left of the object without what manager m of the live one set. */
static const char *
without_ms(const pv_val *live, const pv_val *object)
{
	app a = an_app("{group: '*.org', kind: 'X*', managedFieldsManagers: [m]}");
	item it = {.group = "x.org", .kind = "Xs", .name = "x", .ns = "", .live = live};
	const pv_val *left = ignore_without(&a, &it, object);
	assert_int_equal(ignore_check(&a), 0);
	return pv_json_text(cx.arena, left);
}

static void
fields_of_a_manager_are_found_in_lists(void **state)
{
	const pv_val *live =
		yaml("{metadata: {managedFields: [{manager: m, fieldsV1: {'f:p': {"
		     "'k:{\"port\":1,\"protocol\":\"TCP\"}': {'.': {}, 'f:name': {}}, "
		     "'k:{\"port\":1,\"protocol\":\"UDP\"}': {'f:name': {}}, 'k:{\"zone\":1}': {}}, "
		     "'f:s': {'v:\"x\"': {}, 'v:3': {}, 'v:{': {}}}}]}}");
	const pv_val *object = yaml("{p: [{port: 2}, {port: 1, name: a}, {port: 1, protocol: UDP, name: b}, "
				    "{zone: 1}], s: [3, why, x]}");
	(void)state;
	assert_string_equal(
		without_ms(live, object),
		"{\"p\":[{\"port\":2},{\"port\":1},{\"port\":1,\"protocol\":\"UDP\"},{\"zone\":1}],"
		"\"s\":[\"why\"]}");
}

static void
a_manager_may_own_very_many_elements(void **state)
{
	pv_val v = owned(), all = pv_with(cx.arena, NULL, "l", *pv_get(&v, "l"));
	(void)state;
	assert_string_equal(without_ms(&v, yaml("{l: [{name: none}, {name: x7}]}")),
			    "{\"l\":[{\"name\":\"none\"}]}");
	assert_string_equal(without_ms(&v, &all), "{\"l\":[]}");
}

/* Each place of a list is named by a long way to it. */
static void
what_places_take_is_limited(void **state)
{
	app a;
	item it = {.group = "", .kind = "X", .name = "x", .ns = ""};
	char *name = pv_alloc(cx.arena, 1 << 16);
	pv_val pointers, all = many(&pointers), object;
	(void)state;
	memset(name, 'n', 1 << 16);
	object = pv_with(cx.arena, NULL, pv_strndup(cx.arena, name, (1 << 16) - 1), pointers);
	a = an_app(pv_printf(cx.arena, "{group: '', kind: X, jqPathExpressions: ['.%.*s[]']}", (1 << 16) - 1,
			     name));
	(void)ignore_without(&a, &it, &all);
	assert_int_equal(ignore_check(&a), 0);
	(void)ignore_without(&a, &it, &object);
	assert_int_equal(ignore_check(&a), -PV_ETOOLARGE);
	pv_recover(&cx);
	assert_null(respecting(*PV_AT(const pv_val *, &a.ignores, 0), &object, &object));
}

/* What was noted lies on the way of what is asked, which is too much here. */
static void
what_jq_is_asked_is_limited(void **state)
{
	app a = {.cx = &cx};
	char *text = pv_alloc(cx.arena, 1 << 20);
	pv_val object;
	(void)state;
	memset(text, 'x', 1 << 20);
	object = pv_with(cx.arena, NULL, "text", pv_stringn(cx.arena, text, 1 << 20));
	for (int i = 0; i < MANY; i++)
		assert_null(
			ignore_jq_places(&a, pv_printf(cx.arena, ".i | select(. > %d)", i % 100), &object));
	for (int i = 0; i < MANY; i++) {
		pv_val other = pv_with(cx.arena, &object, "i", pv_int(i));
		assert_null(ignore_jq_places(&a, ".i | select(. > 1)", pv_box(cx.arena, other)));
	}
	assert_int_equal(ignore_jq_ask(&a), -PV_ETOOLARGE);
	assert_non_null(strstr(pv_error_text(&cx), "more than 32 MiB"));
	pv_recover(&cx);
}

static int
start(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	pv_ctx_done(&cx);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_values_stay_where_a_rule_points),
		cmocka_unit_test(a_rule_may_mean_very_many_places),
		cmocka_unit_test(there_may_be_very_many_rules),
		cmocka_unit_test(fields_of_a_manager_are_found_in_lists),
		cmocka_unit_test(a_manager_may_own_very_many_elements),
		cmocka_unit_test(what_places_take_is_limited),
		cmocka_unit_test(what_jq_is_asked_is_limited),
	};
	return cmocka_run_group_tests(tests, start, end);
}
