/* What Gatekeeper's objects do where no case and no script gets: a template that stopped compiling, and lists
 * as long as strangers make them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "governance/gatekeeper/path.h"
#include "unit/core/world.h"

#define ITEMS 2000
#define BYTES_EACH 4096 /* far more than an item needs, far less than a list of them */

/* As it lies in the store of somebody who brought it along: no admission looked at it. */
static void
store_put(world *w, const char *type, const char *name, const char *json)
{
	pv_write write = {.key = {type, "", name}, .doc = world_json(w, json), .expect = PV_REV_ABSENT};

	if (pv_store_write(&w->cx, w->store, &write, 1) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
}

/* A template that does not compile refuses the writes that it is asked about, and no others. */
static void
a_broken_template_opens_no_door(void **state)
{
	world *w = *state;
	pv_call call = world_call(w, "v1", "ConfigMap", "default", "kept");
	const pv_val *gone;

	store_put(
		w, "templates.gatekeeper.sh/ConstraintTemplate", "keep",
		"{\"apiVersion\":\"templates.gatekeeper.sh/v1\",\"kind\":\"ConstraintTemplate\","
		"\"metadata\":{\"name\":\"keep\"},\"spec\":{\"crd\":{\"spec\":{\"names\":{\"kind\":\"Keep\"}}},"
		"\"targets\":[{\"target\":\"admission.k8s.gatekeeper.sh\",\"operations\":[\"DELETE\"],"
		"\"rego\":\"package keep\\nviolation[{\\\"msg\\\": nope(1)}]\"}]}}");
	store_put(w, "constraints.gatekeeper.sh/Keep", "keep",
		  "{\"apiVersion\":\"constraints.gatekeeper.sh/v1beta1\",\"kind\":\"Keep\","
		  "\"metadata\":{\"name\":\"keep\"},"
		  "\"spec\":{\"match\":{\"kinds\":[{\"apiGroups\":[\"\"],\"kinds\":[\"ConfigMap\"]}]}}}");
	(void)world_create(w, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\","
			      "\"metadata\":{\"name\":\"kept\",\"namespace\":\"default\"}}");
	assert_int_equal(pv_api_delete(&w->cx, w->api, &call, &gone), -PV_EFORBIDDEN);
	assert_non_null(strstr(pv_error_text(&w->cx), "undefined function nope"));
	(void)pv_recover(&w->cx);
}

static int
put(pv_ctx *cx PV_UNUSED, const void *arg, const pv_val *was PV_UNUSED, const pv_val **ret)
{
	*ret = arg;
	return 0;
}

/* The list is copied once, however many of its items are changed. */
static void
a_long_list_is_changed_in_one_go(void **state)
{
	world *w = *state;
	pv_ctx *cx = &w->cx;
	const enum gk_test tests[4] = {GK_ANY};
	const pv_val value = pv_int(1), *item = world_json(w, "{\"name\":\"x\"}"), *object, *changed;
	const gk_setter setter = {false, put, &value};
	size_t before;
	gk_path path;
	pv_listb list;
	bool any;

	pv_listb_init(&list, cx->arena);
	for (int i = 0; i < ITEMS; i++)
		pv_listb_add(&list, *item);
	object = pv_box(cx->arena, pv_with(cx->arena, world_json(w, "{}"), "items", pv_listb_end(&list)));
	assert_int_equal(gk_path_parse(cx, cx->arena, "items[name:*].n", &path), 0);
	before = pv_arena_used(cx->arena);
	assert_int_equal(gk_path_apply(cx, &path, tests, &setter, object, &changed, &any), 0);
	assert_in_range(pv_arena_used(cx->arena) - before, 1, (size_t)ITEMS * BYTES_EACH);
	assert_true(any);
	assert_int_equal(pv_i64_at(pv_at(changed, "items.1999"), "n", 0), 1);
	assert_int_equal(pv_i64_at(pv_at(changed, "items.0"), "n", 0), 1);
	assert_null(pv_at(object, "items.0.n"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
	const struct CMUnitTest tests[] = {
		T(a_broken_template_opens_no_door),
		T(a_long_list_is_changed_in_one_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
