#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "lang/json/json.h"
#include "unit/core/world.h"
#include <string.h>

#define CM \
	"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"1\"}" \
	"}"

static pv_call
config_map(world *w, const char *name)
{
	return world_call(w, "v1", "ConfigMap", "default", name);
}

static int
code(world *w, int r)
{
	if (r >= 0)
		return 0;
	return pv_recover(&w->cx);
}

static void
create_fills_metadata(void **state)
{
	world *w = *state;
	const pv_val *made = world_create(w, CM);

	assert_int_equal(strlen(pv_text_at(made, "metadata.uid", "")), 36);
	assert_true(pv_ends_with(pv_text_at(made, "metadata.creationTimestamp", ""), "Z"));
	assert_string_equal(pv_text_at(made, "metadata.namespace", ""), "default");
	assert_true(pv_text_at(made, "metadata.resourceVersion", "")[0] != '\0');
	assert_string_equal(pv_text_at(made, "metadata.managedFields.0.manager", ""), "test");
}

static void
create_twice_is_exists(void **state)
{
	world *w = *state;
	pv_call call = config_map(w, "");
	const pv_val *made;

	world_create(w, CM);
	assert_int_equal(pv_api_create(&w->cx, w->api, &call, world_json(w, CM), &made), -PV_EEXISTS);
	assert_string_equal(w->cx.err->message, "configmaps \"a\" already exists");
	code(w, -1);
}

static void
generate_name_draws_a_name(void **state)
{
	world *w = *state;
	const pv_val *made = world_create(
		w, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"generateName\":\"job-\"}}");
	const char *name = pv_text_at(made, "metadata.name", "");

	assert_true(pv_starts_with(name, "job-"));
	assert_int_equal(strlen(name), 9);
}

static void
refuses_missing_namespace(void **state)
{
	world *w = *state;
	pv_call call = config_map(w, "");
	const pv_val *made;

	call.ns = "nowhere";
	assert_int_equal(pv_api_create(&w->cx, w->api, &call, world_json(w, CM), &made), -PV_ENOTFOUND);
	assert_string_equal(w->cx.err->message, "namespaces \"nowhere\" not found");
	assert_string_equal(w->cx.err->kind, "namespaces");
	code(w, -1);
}

static void
dry_run_stores_nothing(void **state)
{
	world *w = *state;
	pv_call call = config_map(w, "");
	const pv_val *made;

	call.dry_run = true;
	assert_int_equal(pv_api_create(&w->cx, w->api, &call, world_json(w, CM), &made), 0);
	assert_null(pv_store_find(&w->cx, w->store, &(pv_key){"/ConfigMap", "default", "a"}));
}

static void
update_without_change_keeps_the_version(void **state)
{
	world *w = *state;
	const pv_val *made = world_create(w, CM), *again;
	pv_call call = config_map(w, "a");

	assert_int_equal(pv_api_update(&w->cx, w->api, &call, made, &again), 0);
	assert_string_equal(pv_text_at(again, "metadata.resourceVersion", "x"),
			    pv_text_at(made, "metadata.resourceVersion", "y"));
}

static void
stale_update_conflicts(void **state)
{
	world *w = *state;
	const pv_val *made = world_create(w, CM), *left;
	pv_call call = config_map(w, "a");
	pv_val first = pv_with_at(w->cx.arena, made, "data.k", pv_string_ref("2"));
	pv_val second = pv_with_at(w->cx.arena, made, "data.k", pv_string_ref("3"));

	assert_int_equal(pv_api_update(&w->cx, w->api, &call, &first, &left), 0);
	assert_int_equal(code(w, pv_api_update(&w->cx, w->api, &call, &second, &left)), PV_ECONFLICT);
}

static void
merge_patch_deletes_by_null(void **state)
{
	world *w = *state;
	pv_call call = config_map(w, "a");
	const pv_val *left;

	world_create(w, CM);
	assert_int_equal(pv_api_patch(&w->cx, w->api, &call, PV_PATCH_MERGE,
				      world_json(w, "{\"data\":{\"k\":null,\"n\":\"2\"}}"), &left, NULL),
			 0);
	assert_null(pv_at(left, "data.k"));
	assert_string_equal(pv_text_at(left, "data.n", ""), "2");
}

static void
finalizers_keep_what_is_deleted(void **state)
{
	world *w = *state;
	pv_call call = config_map(w, "f");
	const pv_val *left;

	world_create(w, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"f\","
			"\"finalizers\":[\"x.dev/hold\"]}}");
	assert_int_equal(pv_api_delete(&w->cx, w->api, &call, &left), 0);
	assert_true(pv_text_at(left, "metadata.deletionTimestamp", "")[0] != '\0');
	assert_int_equal(pv_i64_at(left, "metadata.deletionGracePeriodSeconds", -1), 0);
	assert_int_equal(
		code(w,
		     pv_api_patch(
			     &w->cx, w->api, &call, PV_PATCH_MERGE,
			     world_json(w, "{\"metadata\":{\"finalizers\":[\"x.dev/hold\",\"y.dev/new\"]}}"),
			     &left, NULL)),
		PV_EINVALID);
	assert_int_equal(pv_api_patch(&w->cx, w->api, &call, PV_PATCH_MERGE,
				      world_json(w, "{\"metadata\":{\"finalizers\":null}}"), &left, NULL),
			 0);
	assert_int_equal(code(w, pv_api_get(&w->cx, w->api, &call, &left)), PV_ENOTFOUND);
}

static void
delete_checks_preconditions(void **state)
{
	world *w = *state;
	pv_call call = config_map(w, "a");
	const pv_val *left;

	world_create(w, CM);
	call.expect_uid = "00000000-0000-0000-0000-000000000000";
	assert_int_equal(code(w, pv_api_delete(&w->cx, w->api, &call, &left)), PV_ECONFLICT);
	call.expect_uid = NULL;
	assert_int_equal(code(w, pv_api_delete(&w->cx, w->api, &call, &left)), 0);
}

static void
strict_lists_every_unknown_field(void **state)
{
	world *w = *state;
	pv_call call = config_map(w, "");
	const pv_val *made;

	call.validation = "Strict";
	assert_int_equal(
		pv_api_create(
			&w->cx, w->api, &call,
			world_json(
				w,
				"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"s\"},"
				"\"dat\":{},\"more\":1}"),
			&made),
		-PV_EBADREQUEST);
	assert_non_null(strstr(w->cx.err->message, "unknown field \"dat\""));
	assert_non_null(strstr(w->cx.err->message, "unknown field \"more\""));
	code(w, -1);
}

static void
secret_text_is_stored_as_data(void **state)
{
	world *w = *state;
	const pv_val *made = world_create(w, "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{"
					     "\"name\":\"s\"},\"stringData\":{\"a\":\"b\"}}");

	assert_string_equal(pv_text_at(made, "data.a", ""), "Yg==");
	assert_null(pv_get(made, "stringData"));
}

static void
services_get_their_own_addresses(void **state)
{
	static const char text[] =
		"{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"generateName\":\"s-\"},"
		"\"spec\":{\"ports\":[{\"port\":80}]}}";
	world *w = *state;
	const char *a = pv_text_at(world_create(w, text), "spec.clusterIP", "");
	const char *b = pv_text_at(world_create(w, text), "spec.clusterIP", "");
	pv_call call = world_call(w, "v1", "Service", "default", "");
	pv_val wish = pv_with_at(w->cx.arena, world_json(w, text), "spec.clusterIP", pv_string_ref(a));
	const pv_val *made;

	assert_true(pv_starts_with(a, "10.96."));
	assert_string_not_equal(a, b);
	assert_int_equal(pv_api_create(&w->cx, w->api, &call, &wish, &made), -PV_EINVALID);
	assert_non_null(strstr(w->cx.err->message, "already allocated"));
	code(w, -1);
}

static void
namespaces_that_last_are_kept(void **state)
{
	world *w = *state;
	pv_call call = world_call(w, "v1", "Namespace", "", "default");
	const pv_val *left;

	assert_int_equal(code(w, pv_api_delete(&w->cx, w->api, &call, &left)), PV_EFORBIDDEN);
}

static void
ending_namespaces_take_nothing_new(void **state)
{
	world *w = *state;
	pv_call ns = world_call(w, "v1", "Namespace", "", "team"), call = config_map(w, "");
	const pv_val *left;

	world_create(w, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"team\"}}");
	assert_int_equal(pv_api_delete(&w->cx, w->api, &ns, &left), 0);
	assert_string_equal(pv_text_at(left, "status.phase", ""), "Terminating");
	call.ns = "team";
	assert_int_equal(pv_api_create(&w->cx, w->api, &call, world_json(w, CM), &left), -PV_EFORBIDDEN);
	assert_string_equal(w->cx.err->causes->reason, "NamespaceTerminating");
	code(w, -1);
}

/* What is no request is answered with a Status of the same code. */
static void
refusals_are_statuses(void **state)
{
	static const int codes[] = {400, 413, 414, 431, 500, 505};
	pv_ctx cx;

	(void)state;
	pv_ctx_init(&cx, "test");
	for (size_t i = 0; i < PV_LEN(codes); i++) {
		const pv_val *status;

		assert_int_equal(
			pv_json_parse(&cx, pv_str_of(pv_api_refuse(&cx, codes[i], NULL)), NULL, &status), 0);
		assert_string_equal(pv_text_at(status, "kind", ""), "Status");
		assert_int_equal(pv_i64_at(status, "code", 0), codes[i]);
		assert_true(pv_text_at(status, "message", "")[0] != '\0');
	}
	pv_ctx_done(&cx);
}

#define T(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

/* The shape, the kind's own rules and what is allotted: none hides another. */
static void
every_fault_is_told_at_once(void **state)
{
	static const char *const fields[] = {"metadata.name", "spec.type", "spec.ports[0].protocol",
					     "spec.ports[0].port", "spec.clusterIPs"};
	world *w = *state;
	pv_call call = world_call(w, "v1", "Service", "default", "");
	const pv_val *made;

	assert_int_equal(
		pv_api_create(
			&w->cx, w->api, &call,
			world_json(
				w,
				"{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"X_1\"},"
				"\"spec\":{\"type\":\"Bar\",\"clusterIP\":\"1.2.3.4\",\"ports\":"
				"[{\"port\":99999,\"protocol\":\"FOO\"}]}}"),
			&made),
		-PV_EINVALID);
	for (size_t i = 0; i < PV_LEN(fields); i++) {
		size_t n = 0;

		for (const pv_cause *c = w->cx.err->causes; c; c = c->next)
			n += pv_streq(c->field, fields[i]);
		if (n != 1)
			fail_msg("%s is told %zu times: %s", fields[i], n, pv_error_text(&w->cx));
	}
	pv_recover(&w->cx);
}

/* A name with U+0000 would be taken for what stands before it. */
static void
names_have_no_nul(void **state)
{
	static const struct {
		const char *kind, *text, *field;
	} bad[] = {
		{"ConfigMap", "{\"metadata\":{\"generateName\":\"g\\u0000b\"}}", "metadata.generateName"},
		{"ConfigMap", "{\"metadata\":{\"name\":\"n\",\"namespace\":\"default\\u0000x\"}}",
		 "metadata.namespace"},
		{"ConfigMap", "{\"metadata\":{\"name\":\"n\",\"annotations\":{\"a\\u0000b\":\"c\"}}}",
		 "metadata.annotations"},
		{"Service",
		 "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"ports\":[{\"port\":1}],\"externalIPs\":[],"
		 "\"externalName\":\"a\\u0000b\"}}",
		 "spec.externalName"},
		{"Service",
		 "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"ports\":[{\"port\":1}],\"selector\":{\"a\\u0000\":\"b\"}}}",
		 "spec.selector.a"},
	};
	world *w = *state;
	pv_call call;
	const pv_val *made;

	for (size_t i = 0; i < PV_LEN(bad); i++) {
		call = world_call(w, "v1", bad[i].kind, "default", "");
		assert_int_equal(pv_api_create(&w->cx, w->api, &call, world_json(w, bad[i].text), &made),
				 -PV_EINVALID);
		assert_string_equal(w->cx.err->causes->field, bad[i].field);
		assert_non_null(strstr(w->cx.err->causes->message, "must not contain the character U+0000"));
		pv_recover(&w->cx);
	}
	made = world_create(w,
			    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"free\","
			    "\"namespace\":\"default\",\"annotations\":{\"a\":\"b\\u0000\"}},"
			    "\"data\":{\"a\":\"b\\u0000c\"}}");
	assert_int_equal(pv_at(made, "data.a")->len, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(create_fills_metadata),
		T(create_twice_is_exists),
		T(generate_name_draws_a_name),
		T(refuses_missing_namespace),
		T(dry_run_stores_nothing),
		T(update_without_change_keeps_the_version),
		T(stale_update_conflicts),
		T(merge_patch_deletes_by_null),
		T(finalizers_keep_what_is_deleted),
		T(delete_checks_preconditions),
		T(strict_lists_every_unknown_field),
		T(secret_text_is_stored_as_data),
		T(services_get_their_own_addresses),
		T(namespaces_that_last_are_kept),
		T(ending_namespaces_take_nothing_new),
		T(every_fault_is_told_at_once),
		T(names_have_no_nul),
		cmocka_unit_test(refusals_are_statuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
