#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "fields_world.h"
#include "lang/json/json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
an_intent_is_recorded(void **state)
{
	fixture *f = *state;

	apply(f, "alpha",
	      "{\"color\":\"red\",\"ports\":[{\"name\":\"a\",\"port\":1}],\"set\":[\"x\"],\"amap\":{\"k\":"
	      "\"v\"},\"atom\":[\"1\"]}");
	expect(f, owned(f, "alpha"),
	       "{\"f:spec\":{\"f:amap\":{},\"f:atom\":{},\"f:color\":{},\"f:ports\":{\"k:{\\\"name\\\":"
	       "\\\"a\\\"}\":"
	       "{\".\":{},\"f:name\":{},\"f:port\":{}}},\"f:set\":{\"v:\\\"x\\\"\":{}}}}");
	assert_string_equal(pv_text_at(f->live, "metadata.managedFields.0.operation", ""), "Apply");
}

static void
two_managers_share_lists(void **state)
{
	fixture *f = *state;

	apply(f, "alpha", "{\"color\":\"red\",\"ports\":[{\"name\":\"a\",\"port\":1}],\"set\":[\"x\"]}");
	apply(f, "beta", "{\"color\":\"red\",\"ports\":[{\"name\":\"b\",\"port\":2}],\"set\":[\"y\"]}");
	expect(f, pv_at(f->live, "spec.set"), "[\"x\",\"y\"]");
	expect(f, pv_at(f->live, "spec.ports"), "[{\"name\":\"a\",\"port\":1},{\"name\":\"b\",\"port\":2}]");
	expect(f, owned(f, "beta"),
	       "{\"f:spec\":{\"f:color\":{},\"f:ports\":{\"k:{\\\"name\\\":\\\"b\\\"}\":{\".\":{},\"f:name\":"
	       "{},"
	       "\"f:port\":{}}},\"f:set\":{\"v:\\\"y\\\"\":{}}}}");
}

static void
values_of_a_map_are_held_to_its_schema(void **state)
{
	fixture *f = *state;

	apply(f, "alpha", "{\"boxes\":{\"k\":{\"a\":\"x\"}}}");
	assert_int_equal(try(f, "alpha", false, "{\"boxes\":{\"k\":{\"b\":\"x\"}}}"), -PV_EINTERNAL);
	assert_non_null(strstr(pv_error_text(&f->cx), ".spec.boxes.k.b: field not declared in schema"));
	pv_recover(&f->cx);
}

static const char *
set_of(fixture *f, const char *letters)
{
	pv_buf text;

	pv_buf_init(&text, f->cx.arena);
	for (const char *c = letters; *c; c++)
		pv_buf_printf(&text, "%s\"%c\"", c > letters ? "," : "", *c);
	return text.s;
}

/* The order that Kubernetes 1.34 gave the same lists: alpha's, beta's, and alpha's next one. */
static void
lists_are_ordered_as_upstream(void **state)
{
	static const char *const rows[][4] = {
		{"ca", "cfa", "dgcf", "dgcfa"},
		{"dacbe", "dceb", "fag", "dfacebg"},
		{"fcbe", "d", "cbfd", "cbfd"},
		{"b", "bcaefg", "debf", "cadegbf"},
		{"d", "egcb", "a", "egcba"},
		{"ceabf", "g", "efa", "efga"},
		{"bcfea", "ed", "ca", "cead"},
		{"da", "adcb", "b", "adcb"},
		{"adf", "bafcge", "egc", "bafegc"},
		{"ceda", "cfg", "cdfa", "cdfga"},
		{"d", "bega", "b", "bega"},
		{"bafced", "daecbg", "cebfg", "dacebfg"},
		{"baced", "dcbefg", "agbfe", "adcgbfe"},
		{"cdbf", "efc", "dgebf", "dgecbf"},
	};
	fixture *f = *state;

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		f->live = NULL;
		for (size_t k = 0; k < 3; k++)
			apply(f, k == 1 ? "beta" : "alpha",
			      pv_printf(f->cx.arena, "{\"set\":[%s]}", set_of(f, rows[i][k])));
		expect(f, pv_at(f->live, "spec.set"), pv_printf(f->cx.arena, "[%s]", set_of(f, rows[i][3])));
	}
}

/* What a list is beside `many` elements that both managers name is what it is alone. */
static const char *
shared_set(fixture *f, const char *many, const char *first, const char *second)
{
	pv_buf text;

	f->live = NULL;
	apply(f, "alpha", pv_printf(f->cx.arena, "{\"set\":[%s%s]}", many, first));
	apply(f, "beta", pv_printf(f->cx.arena, "{\"set\":[%s%s]}", many, second));
	apply(f, "alpha", pv_printf(f->cx.arena, "{\"set\":[%s\"b\"]}", many));
	pv_buf_init(&text, f->cx.arena);
	pv_json_write_sorted(&text, pv_at(f->live, "spec.set"));
	return text.s;
}

static void
long_lists_merge_as_short_ones(void **state)
{
	static const char *const seconds[] = {"\"x\",\"a\"", "\"c\",\"a\"", "\"y\",\"c\",\"x\"", "\"d\""};
	fixture *f = *state;
	pv_buf many;

	pv_buf_init(&many, f->cx.arena);
	for (int i = 0; i < 40; i++)
		pv_buf_printf(&many, "\"m%d\",", i);
	for (size_t i = 0; i < PV_LEN(seconds); i++) {
		const char *first = "\"a\",\"b\",\"c\",\"d\"", *alone = shared_set(f, "", first, seconds[i]);

		assert_string_equal(shared_set(f, many.s, first, seconds[i]),
				    pv_printf(f->cx.arena, "[%s%s", many.s, alone + 1));
	}
	assert_int_equal(try(f, "beta", false, pv_printf(f->cx.arena, "{\"set\":[%s\"m7\"]}", many.s)),
			 -PV_EINTERNAL);
	pv_recover(&f->cx);
}

static void
another_managers_field_conflicts(void **state)
{
	fixture *f = *state;
	const pv_cause *cause;

	apply(f, "alpha",
	      "{\"color\":\"red\",\"ports\":[{\"name\":\"a\",\"port\":1}],\"amap\":{\"k\":\"v\"}}");
	assert_int_equal(
		try(f, "beta", false,
		    "{\"color\":\"blue\",\"ports\":[{\"name\":\"a\",\"port\":9}],\"amap\":{\"k\":\"z\"}}"),
		-PV_ECONFLICT);
	assert_string_equal(f->cx.err->message,
			    "Apply failed with 3 conflicts: conflicts with \"alpha\":\n- .spec.amap\n"
			    "- .spec.color\n- .spec.ports[name=\"a\"].port");
	cause = f->cx.err->causes;
	assert_string_equal(cause->reason, "FieldManagerConflict");
	assert_string_equal(cause->message, "conflict with \"alpha\"");
	assert_string_equal(cause->next->next->field, ".spec.ports[name=\"a\"].port");
	pv_recover(&f->cx);
}

static void
force_takes_the_field(void **state)
{
	fixture *f = *state;

	apply(f, "alpha", "{\"color\":\"red\",\"note\":\"n\"}");
	assert_int_equal(try(f, "beta", true, "{\"color\":\"blue\"}"), 0);
	assert_string_equal(pv_text_at(f->live, "spec.color", ""), "blue");
	expect(f, owned(f, "alpha"), "{\"f:spec\":{\"f:note\":{}}}");
	expect(f, owned(f, "beta"), "{\"f:spec\":{\"f:color\":{}}}");
}

static void
what_the_intent_drops_goes(void **state)
{
	fixture *f = *state;

	apply(f, "alpha",
	      "{\"color\":\"red\",\"note\":\"n\",\"ports\":[{\"name\":\"a\",\"port\":1}],\"set\":[\"x\","
	      "\"y\"]}");
	apply(f, "alpha", "{\"color\":\"red\",\"set\":[\"y\"]}");
	expect(f, pv_get(f->live, "spec"), "{\"color\":\"red\",\"set\":[\"y\"]}");
}

static void
what_others_own_stays(void **state)
{
	fixture *f = *state;

	apply(f, "alpha", "{\"color\":\"red\",\"note\":\"n\"}");
	apply(f, "beta", "{\"note\":\"n\"}");
	apply(f, "alpha", "{\"color\":\"red\"}");
	assert_string_equal(pv_text_at(f->live, "spec.note", "gone"), "n");
	expect(f, owned(f, "alpha"), "{\"f:spec\":{\"f:color\":{}}}");
}

static void
the_same_intent_changes_nothing(void **state)
{
	fixture *f = *state;
	const pv_val *before;

	apply(f, "alpha", "{\"color\":\"red\",\"set\":[\"x\"]}");
	before = f->live;
	apply(f, "alpha", "{\"color\":\"red\",\"set\":[\"x\"]}");
	assert_ptr_equal(before, f->live);
}

static void
an_update_owns_what_it_changed(void **state)
{
	fixture *f = *state;
	const pv_val *old, *object;
	pv_val v;

	apply(f, "alpha", "{\"color\":\"red\"}");
	old = f->live;
	v = pv_with_at(f->cx.arena, old, "spec.note", pv_string_ref("hey"));
	v = pv_with_at(f->cx.arena, &v, "spec.color", pv_string_ref("green"));
	object = &v;
	assert_int_equal(update(f, "gamma", 2000000000, old, &object), 0);
	f->live = object;
	expect(f, owned(f, "gamma"), "{\"f:spec\":{\"f:color\":{},\"f:note\":{}}}");
	assert_null(owned(f, "alpha"));
}

/* What charts write of a map with nothing in it, over what somebody filled meanwhile. */
static void
null_leaves_a_filled_container_as_it_is(void **state)
{
	static const char filled[] =
		"{\"amap\":{\"a\":\"b\"},\"boxes\":{\"k\":{\"a\":\"x\"}},\"color\":\"red\",\"ports\":[{\"name\":"
		"\"p\",\"port\":1}],\"set\":[\"a\"]}";
	static const struct {
		const char *spec, *nulls; /* where null may not be */
	} rows[] = {
		{"{\"boxes\":null}", ""},
		{"{\"boxes\":{\"k\":null}}", ""},
		{"{\"boxes\":{\"l\":null}}", "spec.boxes.l "},
		{"{\"set\":null,\"ports\":null}", ""},
		{"{\"ports\":[{\"name\":\"p\",\"port\":null}]}", "spec.ports[0].port "},
		{"{\"color\":null,\"amap\":null}", "spec.color spec.amap "}, /* a scalar, and an atomic map */
		{"null", ""},
	};
	fixture *f = *state;

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *intent = json(f, pv_printf(f->cx.arena,
							 "{\"apiVersion\":\"x.dev/v1\",\"kind\":\"Widget\","
							 "\"metadata\":{\"name\":\"w\"},\"spec\":%s}",
							 rows[i].spec));
		pv_vec nulls;
		pv_buf told;

		f->live = NULL;
		apply(f, "alpha", filled);
		assert_int_equal(apply_in(f, "", "beta", true, pv_json_text(f->cx.arena, intent)), 0);
		pv_fields_nulls(&f->cx, &f->res, intent, f->live, &nulls);
		pv_buf_init(&told, f->cx.arena);
		pv_buf_adds(&told, "");
		for (size_t k = 0; k < nulls.len; k++)
			pv_buf_printf(&told, "%s ", PV_AT(pv_cause, &nulls, k)->field);
		assert_string_equal(told.s, rows[i].nulls);
		if (!nulls.len)
			expect(f, pv_get(f->live, "spec"), filled);
	}
}

static void
an_emptied_container_that_may_be_null_is(void **state)
{
	fixture *f = *state;
	const pv_val *object;
	pv_val v;

	apply(f, "alpha", "{\"box\":{\"a\":\"x\"}}");
	apply(f, "alpha", "{\"box\":null}");
	expect(f, pv_get(f->live, "spec"), "{\"box\":null}");
	expect(f, owned(f, "alpha"), "{\"f:spec\":{\"f:box\":{}}}");
	/* What comes into it is the newcomer's; the container stays with who spoke of it. */
	v = pv_with_at(f->cx.arena, f->live, "spec.box", *json(f, "{\"a\":\"y\"}"));
	object = &v;
	assert_int_equal(update(f, "gamma", 2000000000, f->live, &object), 0);
	f->live = object;
	expect(f, owned(f, "gamma"), "{\"f:spec\":{\"f:box\":{\"f:a\":{}}}}");
	expect(f, owned(f, "alpha"), "{\"f:spec\":{\"f:box\":{}}}");
}

static void
a_create_owns_its_containers(void **state)
{
	fixture *f = *state;
	const pv_val *object =
		json(f, "{\"apiVersion\":\"x.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"w\","
			"\"labels\":{\"a\":\"b\"}},\"spec\":{\"color\":\"red\"}}");

	assert_int_equal(update(f, "gamma", 1000000000, NULL, &object), 0);
	f->live = object;
	expect(f, owned(f, "gamma"),
	       "{\"f:metadata\":{\"f:labels\":{\".\":{},\"f:a\":{}}},\"f:spec\":{\".\":{},\"f:color\":{}}}");
}

static void
status_is_owned_by_its_subresource(void **state)
{
	fixture *f = *state;

	apply(f, "alpha", "{\"color\":\"red\"}");
	assert_int_equal(
		apply_in(f, "status", "ctl", false,
			 "{\"apiVersion\":\"x.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"w\"},"
			 "\"spec\":{\"note\":\"not here\"},\"status\":{\"phase\":\"Up\"}}"),
		0);
	expect(f, owned(f, "ctl"), "{\"f:status\":{\"f:phase\":{}}}");
}

static void
empty_managed_fields_give_up_tracking(void **state)
{
	fixture *f = *state;
	const pv_val *old, *object;
	pv_val v;

	apply(f, "alpha", "{\"color\":\"red\"}");
	old = f->live;
	v = pv_with_at(f->cx.arena, old, "metadata.managedFields", *json(f, "[{}]"));
	object = &v;
	assert_int_equal(update(f, "gamma", 1000000000, old, &object), 0);
	assert_null(pv_at(object, "metadata.managedFields"));
}

static void
twice_the_same_key_is_refused(void **state)
{
	fixture *f = *state;

	assert_int_equal(try(f, "alpha", false, "{\"ports\":[{\"name\":\"q\"},{\"name\":\"q\"}]}"),
			 -PV_EINTERNAL);
	assert_string_equal(f->cx.err->message, ".spec.ports: duplicate entries for key [name=\"q\"]");
	pv_recover(&f->cx);
}

static void
a_missing_key_is_refused(void **state)
{
	fixture *f = *state;

	assert_int_equal(try(f, "alpha", false, "{\"ports\":[{\"port\":1}]}"), -PV_EINTERNAL);
	pv_recover(&f->cx);
}

static void
old_updates_are_bundled(void **state)
{
	fixture *f = *state;
	size_t updates = 0;

	apply(f, "alpha", "{\"color\":\"red\"}");
	for (int i = 0; i < 15; i++) {
		pv_val v = pv_with_at(f->cx.arena, f->live, pv_printf(f->cx.arena, "spec.amap.k%d", i),
				      pv_string_ref("v"));
		const pv_val *object;

		v = pv_with_at(f->cx.arena, &v, pv_printf(f->cx.arena, "metadata.labels.l%d", i),
			       pv_string_ref("v"));
		object = &v;
		assert_int_equal(update(f, pv_printf(f->cx.arena, "m%02d", i), i * INT64_C(1000000000),
					f->live, &object),
				 0);
		f->live = pv_box(f->cx.arena, *object);
	}
	for (size_t i = 0; i < pv_count(pv_at(f->live, "metadata.managedFields")); i++)
		updates += strcmp(pv_text_at(pv_item(pv_at(f->live, "metadata.managedFields"), i),
					     "operation", ""),
				  "Update") == 0;
	assert_int_equal(updates, 10);
	assert_non_null(owned(f, "ancient-changes"));
}

/* `kubectl apply`, then `kubectl apply --server-side` by the same author. */
static void
client_side_apply(fixture *f, const char *then, const char *spec)
{
	char text[1024];
	const pv_val *object;

	snprintf(
		text, sizeof text,
		"{\"apiVersion\":\"x.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"w\",\"annotations\":{"
		"\"kubectl.kubernetes.io/last-applied-configuration\":\"%s\"}},\"spec\":%s}",
		then, spec);
	object = json(f, text);
	if (update(f, "kubectl-client-side-apply", 0, NULL, &object) < 0)
		fail_msg("%s", pv_error_text(&f->cx));
	f->live = object;
}

#define RED "{\\\"apiVersion\\\":\\\"x.dev/v1\\\",\\\"spec\\\":{\\\"color\\\":\\\"red\\\"}}"

static void
kubectl_takes_over_what_it_applied_before(void **state)
{
	fixture *f = *state;

	client_side_apply(f, RED, "{\"color\":\"red\"}");
	assert_int_equal(try(f, "other", false, "{\"color\":\"<b>\"}"),
			 -PV_ECONFLICT); /* under another name */
	pv_recover(&f->cx);
	assert_int_equal(try(f, "kubectl", false, "{\"color\":\"<b>\"}"), 0);
	assert_string_equal(pv_text_at(f->live, "spec.color", ""), "<b>");
	assert_string_equal(pv_text(pv_get(pv_at(f->live, "metadata.annotations"),
					   "kubectl.kubernetes.io/last-applied-configuration"),
				    ""),
			    "{\"apiVersion\":\"x.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"w\"},"
			    "\"spec\":{\"color\":\"\\u003cb\\u003e\"}}\n");
}

static void
kubectl_takes_over_nothing_that_another_changed_since(void **state)
{
	fixture *f = *state;

	client_side_apply(f, RED, "{\"color\":\"blue\"}");
	assert_int_equal(try(f, "kubectl", false, "{\"color\":\"green\"}"), -PV_ECONFLICT);
	pv_recover(&f->cx);
	client_side_apply(f, "no JSON", "{\"color\":\"red\"}");
	assert_int_equal(try(f, "kubectl", false, "{\"color\":\"green\"}"), -PV_ECONFLICT);
	pv_recover(&f->cx);
}

#define T(test) cmocka_unit_test_setup_teardown(test, fields_setup, fields_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_intent_is_recorded),
		T(two_managers_share_lists),
		T(values_of_a_map_are_held_to_its_schema),
		T(lists_are_ordered_as_upstream),
		T(long_lists_merge_as_short_ones),
		T(another_managers_field_conflicts),
		T(force_takes_the_field),
		T(what_the_intent_drops_goes),
		T(what_others_own_stays),
		T(the_same_intent_changes_nothing),
		T(an_update_owns_what_it_changed),
		T(null_leaves_a_filled_container_as_it_is),
		T(an_emptied_container_that_may_be_null_is),
		T(a_create_owns_its_containers),
		T(status_is_owned_by_its_subresource),
		T(empty_managed_fields_give_up_tracking),
		T(twice_the_same_key_is_refused),
		T(a_missing_key_is_refused),
		T(old_updates_are_bundled),
		T(kubectl_takes_over_what_it_applied_before),
		T(kubectl_takes_over_nothing_that_another_changed_since),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
