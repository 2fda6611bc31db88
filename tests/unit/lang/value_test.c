#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/value/value.h"
#include "unit/context.h"

static const pv_val *
json(const char *text)
{
	const pv_val *v = NULL;

	if (pv_json_parse(&cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	return v;
}

static void
assert_json(pv_val v, const char *wanted)
{
	assert_string_equal(pv_json_text(cx.arena, &v), wanted);
}

/* ---- building ---- */

static void
builder_keeps_order_and_replaces_in_place(void **state)
{
	pv_objb b;

	(void)state;
	pv_objb_init(&b, cx.arena);
	pv_objb_put(&b, "z", pv_int(1));
	pv_objb_put(&b, "a", pv_int(2));
	pv_objb_put(&b, "z", pv_int(3));
	pv_objb_puts(&b, "m", "text");
	pv_objb_puts(&b, "absent", NULL);
	assert_json(pv_objb_end(&b), "{\"z\":3,\"a\":2,\"m\":\"text\"}");
	assert_true(pv_objb_del(&b, "a"));
	assert_false(pv_objb_del(&b, "a"));
	assert_json(pv_objb_end(&b), "{\"z\":3,\"m\":\"text\"}");
}

static void
empty_builders_give_empty_values(void **state)
{
	pv_objb o;
	pv_listb l;

	(void)state;
	pv_objb_init(&o, cx.arena);
	pv_listb_init(&l, cx.arena);
	assert_json(pv_objb_end(&o), "{}");
	assert_json(pv_listb_end(&l), "[]");
	assert_json(pv_listb_end_set(&l), "[]");
}

static void
large_objects_are_found_sorted_and_deduplicated(void **state)
{
	enum { N = 5000 };
	pv_objb b;
	pv_val o, copy;
	const pv_val *frozen;

	(void)state;
	pv_objb_init(&b, cx.arena);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < N; i++)
			pv_objb_put(&b, pv_printf(cx.arena, "key-%d", (i * 7919) % N), pv_int(i + round * N));
	o = pv_objb_end(&b);
	copy = pv_copy(cx.arena, &o);
	frozen = pv_freeze(&o);
	assert_int_equal(pv_count(&o), N);
	for (int i = 0; i < N; i++) {
		const char *key = pv_printf(cx.arena, "key-%d", (i * 7919) % N);

		assert_string_equal(o.members[i].key.s, key);         /* the first place */
		assert_int_equal(pv_i64(pv_get(&o, key), -1), i + N); /* the last value */
		assert_int_equal(pv_i64(pv_get(&copy, key), -1), i + N);
		assert_int_equal(pv_i64(pv_get(frozen, key), -1), i + N);
		if (i > 0)
			assert_true(strcmp(pv_sorted(&o, (size_t)i - 1)->key.s,
					   pv_sorted(&o, (size_t)i)->key.s) < 0);
	}
	assert_null(pv_get(&o, "key-"));
	assert_null(pv_get(&o, ""));
	assert_null(pv_sorted(&o, N));
	pv_unref(frozen);
}

static void
sets_are_sorted_and_unique(void **state)
{
	pv_listb b;
	pv_val set, wanted;

	(void)state;
	pv_listb_init(&b, cx.arena);
	for (const pv_val *v = json("[3,\"b\",1,1.0,null,[2],{\"a\":1},\"a\",3,true]"), *i = v->items;
	     i < v->items + v->len; i++)
		pv_listb_add(&b, *i);
	set = pv_listb_end_set(&b);
	assert_json(set, "[null,true,1,3,\"a\",\"b\",[2],{\"a\":1}]");
	wanted = pv_int(3);
	assert_non_null(pv_getv(&set, &wanted));
	wanted = pv_int(2);
	assert_null(pv_getv(&set, &wanted));
}

static void
objects_take_any_key(void **state)
{
	pv_objb b;
	pv_val o, key = pv_int(12);

	(void)state;
	pv_objb_init(&b, cx.arena);
	pv_objb_putv(&b, pv_string_ref("s"), pv_int(0));
	for (int i = 20; i > 0; i--)
		pv_objb_putv(&b, pv_int(i), pv_int(i * i));
	pv_objb_putv(&b, *json("[1]"), pv_int(5));
	o = pv_objb_end(&b);
	assert_int_equal(pv_i64(pv_getv(&o, &key), -1), 144);
	assert_int_equal(pv_i64(pv_getv(&o, json("[1]")), -1), 5);
	assert_int_equal(pv_i64(pv_get(&o, "s"), -1), 0);
	assert_null(pv_get(&o, "12"));
	assert_int_equal(pv_sorted(&o, 0)->key.i, 1);
	assert_int_equal(pv_sorted(&o, 21)->key.type, PV_LIST);
}

/* ---- reading ---- */

static void
readers_accept_absent_values(void **state)
{
	(void)state;
	assert_null(pv_get(NULL, "a"));
	assert_null(pv_get(json("[1]"), "a"));
	assert_null(pv_getv(NULL, NULL));
	assert_null(pv_item(NULL, 0));
	assert_null(pv_item(json("[1]"), 1));
	assert_null(pv_at(NULL, "a.b"));
	assert_int_equal(pv_count(NULL), 0);
	assert_int_equal(pv_count(json("\"text\"")), 0);
	assert_string_equal(pv_text(NULL, "x"), "x");
	assert_string_equal(pv_text(json("1"), "x"), "x");
	assert_true(pv_truth(NULL, true));
	assert_string_equal(pv_type_name(NULL), "absent");
	assert_int_equal(pv_strv(NULL).len, 0);
	assert_null(pv_hold(&cx, NULL));
	assert_null(pv_unref(NULL));
}

static void
paths_reach_members_and_items(void **state)
{
	const pv_val *v = json("{\"spec\":{\"containers\":[{\"name\":\"web\",\"ports\":[80,443]}]},\"on\":"
			       "false,\"1\":\"one\"}");

	(void)state;
	assert_string_equal(pv_text_at(v, "spec.containers.0.name", ""), "web");
	assert_int_equal(pv_i64_at(v, "spec.containers.0.ports.1", 0), 443);
	assert_false(pv_truth_at(v, "on", true));
	assert_string_equal(pv_text_at(v, "1", ""), "one");
	assert_null(pv_at(v, "spec.containers.1"));
	assert_null(pv_at(v, "spec.containers.-1"));
	assert_null(pv_at(v, "spec.containers.x"));
	assert_null(pv_at(v, "on.deeper"));
}

/* ---- comparing ---- */

static void
values_have_one_total_order(void **state)
{
	static const char *const rows[] = {
		"null",      "false",        "true",  "-1",        "0",
		"2.5",       "\"\"",         "\"A\"", "\"a\"",     "\"a\\u0000\"",
		"\"ab\"",    "\"\xc3\xa9\"", "[]",    "[null]",    "[1]",
		"[1,2]",     "[2]",          "{}",    "{\"a\":1}", "{\"a\":1,\"b\":1}",
		"{\"a\":2}", "{\"b\":0}",
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		for (size_t j = 0; j < PV_LEN(rows); j++) {
			const pv_val *a = json(rows[i]), *b = json(rows[j]);
			int wanted = i < j ? -1 : i > j;

			if (pv_cmp(a, b) != wanted || pv_eq(a, b) != (wanted == 0))
				fail_msg("%s <=> %s is not %d", rows[i], rows[j], wanted);
		}
	assert_int_equal(pv_cmp(NULL, json("null")), -1);
	assert_true(pv_eq(NULL, NULL));
	assert_false(pv_eq(NULL, json("null")));
}

static void
key_order_does_not_matter_to_equality(void **state)
{
	const pv_val *a = json("{\"a\":1,\"b\":{\"x\":[1,2.0],\"y\":null},\"c\":\"s\"}");
	const pv_val *b = json("{\"c\":\"s\",\"b\":{\"y\":null,\"x\":[1.0,2]},\"a\":1.0}");

	(void)state;
	assert_true(pv_eq(a, b));
	assert_true(pv_val_hash(a) == pv_val_hash(b));
	assert_false(pv_val_hash(a) == pv_val_hash(json("{\"a\":1}")));
}

/* ---- changing ---- */

static void
changes_share_and_do_not_touch_the_original(void **state)
{
	const pv_val *v = json("{\"b\":{\"x\":1},\"a\":[1,2]}");
	pv_val w;

	(void)state;
	assert_json(pv_with(cx.arena, v, "a", pv_int(9)), "{\"b\":{\"x\":1},\"a\":9}");
	assert_json(pv_with(cx.arena, v, "0", pv_int(9)), "{\"b\":{\"x\":1},\"a\":[1,2],\"0\":9}");
	assert_json(pv_without(cx.arena, v, "b"), "{\"a\":[1,2]}");
	assert_json(pv_without(cx.arena, v, "zzz"), "{\"b\":{\"x\":1},\"a\":[1,2]}");
	assert_json(pv_with_at(cx.arena, v, "b.y.z", pv_bool(true)),
		    "{\"b\":{\"x\":1,\"y\":{\"z\":true}},\"a\":[1,2]}");
	assert_json(pv_with_at(cx.arena, v, "a.1", pv_int(7)), "{\"b\":{\"x\":1},\"a\":[1,7]}");
	assert_json(pv_with_at(cx.arena, v, "a.2", pv_int(7)), "{\"b\":{\"x\":1},\"a\":[1,2,7]}");
	assert_json(pv_with_at(cx.arena, NULL, "a.b", pv_int(7)), "{\"a\":{\"b\":7}}");
	assert_json(pv_without_at(cx.arena, v, "b.x"), "{\"b\":{},\"a\":[1,2]}");
	assert_json(pv_without_at(cx.arena, v, "b.q.x"), "{\"b\":{\"x\":1},\"a\":[1,2]}");
	w = pv_with(cx.arena, v, "n", pv_null());
	assert_ptr_equal(pv_get(&w, "b")->members, pv_get(v, "b")->members);
	assert_json(*v, "{\"b\":{\"x\":1},\"a\":[1,2]}");
	w = pv_with(cx.arena, v, "b", pv_int(1)); /* the order is kept with it */
	assert_string_equal(pv_sorted(&w, 0)->key.s, "a");
}

/* ---- freezing ---- */

static void
lists_are_united_without_doubles(void **state)
{
	const pv_val *a = json("[1,\"b\",{\"c\":2}]"), *b = json("[{\"c\":2.0},3,1]");

	(void)state;
	assert_true(pv_list_has(a, pv_item(b, 0)));
	assert_false(pv_list_has(a, pv_item(b, 1)));
	assert_false(pv_list_has(NULL, pv_item(b, 1)));
	assert_true(pv_list_has_text(a, "b"));
	assert_false(pv_list_has_text(a, "1"));
	assert_false(pv_list_has_text(a, ""));
	assert_false(pv_list_has_text(a, NULL));
	assert_json(pv_list_union(cx.arena, a, b), "[1,\"b\",{\"c\":2},3]");
	assert_json(pv_list_union(cx.arena, NULL, a), "[1,\"b\",{\"c\":2}]");
}

static void
frozen_values_outlive_their_arena(void **state)
{
	const char *text = "{\"z\":[1,\"two\",3.5,123456789012345678901,{\"k\":[],\"e\":{}}],\"a\":\"\"}";
	pv_ctx other;
	const pv_val *v = NULL, *frozen;

	(void)state;
	pv_ctx_init(&other, "other");
	assert_int_equal(pv_json_parse(&other, pv_str_of(text), NULL, &v), 0);
	frozen = pv_freeze(v);
	pv_ctx_done(&other);
	assert_json(*frozen, text);
	assert_string_equal(pv_sorted(frozen, 0)->key.s, "a");
	assert_true(pv_frozen_size(frozen) > 100);
	assert_ptr_equal(pv_ref(frozen), frozen);
	assert_null(pv_unref(frozen));
	assert_json(*frozen, text);
	pv_unref(frozen);
}

/* Keys and short texts that come again lie once in a large document; room that was used
 * before, and holds what it held, is no such text. */
static void
large_documents_are_small(void **state)
{
	const size_t size = 128 << 10;
	pv_buf text;
	const pv_val *v = NULL, *frozen;

	(void)state;
	pv_buf_init(&text, cx.arena);
	for (int i = 0; i < 4000; i++)
		pv_buf_printf(&text,
			      "%s{\"user\":\"user-%06d\",\"roles\":[\"viewer\",\"editor-%d\"],"
			      "\"namespace\":\"team-%d\",\"active\":true,\"level\":%d}",
			      i ? "," : "[", i, i % 40, i % 100, i % 9);
	pv_buf_adds(&text, "]");
	for (int round = 0; round < 2; round++) { /* the first only tells malloc to keep such room */
		size_t *used = malloc(size);
		for (size_t i = 0; i < size / sizeof *used; i++)
			used[i] = 4;
		free(used);
	}
	assert_int_equal(pv_json_parse(&cx, (pv_str){text.s, text.len}, NULL, &v), 0);
	frozen = pv_freeze(v);
	assert_true(pv_eq(v, frozen));
	assert_json(*frozen, text.s);
	assert_true(pv_frozen_size(frozen) < text.len * 5 / 2);
	pv_unref(frozen);
}

static void
hold_lets_go_when_the_arena_is_reset(void **state)
{
	const pv_val *frozen = pv_freeze(json("[1]"));

	(void)state;
	assert_ptr_equal(pv_hold(&cx, frozen), frozen);
	pv_unref(frozen);
	assert_json(*frozen, "[1]"); /* the ctx's reference is the last: ASan tells if not */
	pv_ctx_reset(&cx);
}

static void
a_copy_of_a_frozen_root_is_no_root(void **state)
{
	const pv_val *frozen = pv_freeze(json("{\"a\":1}"));
	pv_listb b;

	(void)state;
	pv_listb_init(&b, cx.arena);
	pv_listb_add(&b, *frozen);
	assert_int_equal(pv_listb_end(&b).items[0].flags & PV_V_ROOT, 0);
	assert_int_equal(pv_box(cx.arena, *frozen)->flags & PV_V_ROOT, 0);
	assert_int_equal(pv_copy(cx.arena, frozen).flags & PV_V_ROOT, 0);
	pv_unref(frozen);
	frozen = pv_freeze(NULL);
	assert_true(pv_is(frozen, PV_NULL));
	pv_unref(frozen);
}

static void
depth_is_counted(void **state)
{
	(void)state;
	assert_true(pv_depth_within(NULL, 0));
	assert_true(pv_depth_within(json("1"), 0));
	assert_false(pv_depth_within(json("[]"), 0));
	assert_true(pv_depth_within(json("[{\"a\":[1]}]"), 3));
	assert_false(pv_depth_within(json("[{\"a\":[1]}]"), 2));
}

/* ---- decoding ---- */

struct app {
	bool prune;
	int64_t limit;
	const char *repo;
	const pv_val *any, *list, *object;
};

static const pv_field fields[] = {
	{"spec.prune", PV_F_BOOL, offsetof(struct app, prune), 0},
	{"spec.limit", PV_F_INT, offsetof(struct app, limit), 0},
	{"spec.source.repoURL", PV_F_STRING, offsetof(struct app, repo), PV_F_REQUIRED},
	{"spec.any", PV_F_VAL, offsetof(struct app, any), 0},
	{"spec.list", PV_F_LIST, offsetof(struct app, list), 0},
	{"spec.object", PV_F_OBJECT, offsetof(struct app, object), 0},
	{0},
};

static void
decode_fills_the_struct(void **state)
{
	struct app app = {.limit = 5};

	(void)state;
	assert_int_equal(
		pv_decode(&cx,
			  json("{\"spec\":{\"prune\":true,\"source\":{\"repoURL\":\"git\"},\"any\":null,"
			       "\"list\":[1],\"object\":{},\"limit\":null}}"),
			  fields, &app),
		0);
	assert_true(app.prune);
	assert_int_equal(app.limit, 5); /* null leaves the default */
	assert_string_equal(app.repo, "git");
	assert_true(pv_is(app.any, PV_NULL));
	assert_int_equal(pv_count(app.list), 1);
	assert_true(pv_is(app.object, PV_OBJECT));
}

static void
decode_lists_every_fault(void **state)
{
	static const char *const wanted[][3] = {
		{"FieldValueTypeInvalid", "spec.prune", "expected a boolean, found string"},
		{"FieldValueTypeInvalid", "spec.limit", "expected a whole number, found number"},
		{"FieldValueRequired", "spec.source.repoURL", "expected a string, found nothing"},
		{"FieldValueTypeInvalid", "spec.list", "expected a list, found object"},
		{"FieldValueTypeInvalid", "spec.object", "expected an object, found array"},
	};
	struct app app = {0};
	const pv_cause *cause;
	size_t i = 0;

	(void)state;
	assert_int_equal(
		pv_decode(&cx, json("{\"spec\":{\"prune\":\"yes\",\"limit\":1.5,\"list\":{},\"object\":[]}}"),
			  fields, &app),
		-PV_EINVALID);
	for (cause = cx.err->causes; cause != NULL; cause = cause->next, i++) {
		assert_true(i < PV_LEN(wanted));
		assert_string_equal(cause->reason, wanted[i][0]);
		assert_string_equal(cause->field, wanted[i][1]);
		assert_string_equal(cause->message, wanted[i][2]);
	}
	assert_int_equal(i, PV_LEN(wanted));
	pv_recover(&cx);
}

#define T(name) cmocka_unit_test_setup_teardown(name, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(builder_keeps_order_and_replaces_in_place),
		T(empty_builders_give_empty_values),
		T(large_objects_are_found_sorted_and_deduplicated),
		T(sets_are_sorted_and_unique),
		T(objects_take_any_key),
		T(readers_accept_absent_values),
		T(paths_reach_members_and_items),
		T(values_have_one_total_order),
		T(key_order_does_not_matter_to_equality),
		T(changes_share_and_do_not_touch_the_original),
		T(lists_are_united_without_doubles),
		T(frozen_values_outlive_their_arena),
		T(large_documents_are_small),
		T(hold_lets_go_when_the_arena_is_reset),
		T(a_copy_of_a_frozen_root_is_no_root),
		T(depth_is_counted),
		T(decode_fills_the_struct),
		T(decode_lists_every_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
