/* What Gatekeeper's objects do where no case and no script gets: a template that stopped compiling, and lists
 * as long as strangers make them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "governance/gatekeeper/auditor.h"
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

/* ---- the audit ---- */

static void
put_any(world *w, const char *type, const char *ns, const char *name, const char *json)
{
	pv_write write = {
		.key = {type, ns, name}, .doc = json ? world_json(w, json) : NULL, .expect = PV_REV_ANY};

	if (pv_store_write(&w->cx, w->store, &write, 1) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
}

static void
put_service(world *w, const char *name, const char *selector)
{
	put_any(w, "/Service", "default", name,
		selector
			? pv_printf(
				  w->cx.arena,
				  "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"%s\","
				  "\"namespace\":\"default\"},\"spec\":{\"selector\":{\"app\":\"%s\"}}}",
				  name, selector)
			: NULL);
}

/* A template and one constraint of its kind that only audits. */
static void
put_rule(world *w, const char *kind, const char *rego, const char *match)
{
	char name[64];
	size_t i = 0;

	for (; kind[i] && i < sizeof name - 1; i++)
		name[i] = (char)(kind[i] | 0x20);
	name[i] = 0;
	put_any(w, "templates.gatekeeper.sh/ConstraintTemplate", "", name,
		pv_printf(
			w->cx.arena,
			"{\"apiVersion\":\"templates.gatekeeper.sh/v1\",\"kind\":\"ConstraintTemplate\",\"metadata\":"
			"{\"name\":\"%s\"},\"spec\":{\"crd\":{\"spec\":{\"names\":{\"kind\":\"%s\"}}},"
			"\"targets\":[{\"target\":\"admission.k8s.gatekeeper.sh\",\"rego\":\"%s\"}]}}",
			name, kind, rego));
	put_any(w, pv_printf(w->cx.arena, "constraints.gatekeeper.sh/%s", kind), "", name,
		pv_printf(
			w->cx.arena,
			"{\"apiVersion\":\"constraints.gatekeeper.sh/v1beta1\",\"kind\":\"%s\",\"metadata\":"
			"{\"name\":\"%s\"},\"spec\":{\"enforcementAction\":\"dryrun\",\"match\":%s}}",
			kind, name, match));
}

static void
expect_total(world *w, const char *constraint, int64_t total)
{
	const pv_val *all, *one;

	assert_int_equal(gk_auditor_now(&w->cx, w->api, &all), 0);
	one = pv_at(all, constraint);
	assert_int_equal(pv_i64_at(one, "total", 0), total);
	assert_int_equal(pv_count(pv_get(one, "violations")), total);
}

static void
put_shared(world *w)
{
	put_any(w, "syncset.gatekeeper.sh/SyncSet", "", "s",
		"{\"apiVersion\":\"syncset.gatekeeper.sh/v1alpha1\",\"kind\":\"SyncSet\",\"metadata\":{\"name\":\"s\"},"
		"\"spec\":{\"gvks\":[{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Service\"}]}}");
	put_rule(
		w, "Unique",
		"package unique\\nviolation[{\\\"msg\\\": msg}] { input.review.kind.kind == \\\"Service\\\"; "
		"other := data.inventory.namespace[_][_].Service[name]; name != input.review.name; "
		"other.spec.selector == input.review.object.spec.selector; msg := name }",
		"{}");
	put_rule(
		w, "Few",
		"package few\\nviolation[{\\\"msg\\\": msg}] { n := count(data.inventory.namespace[\\\"default\\\"].v1."
		"Service); n > 2; msg := sprintf(\\\"%d\\\", [n]) }",
		"{\"kinds\":[{\"apiGroups\":[\"\"],\"kinds\":[\"Service\"]}]}");
}

/* Of a change in data.inventory all are told that see it, whatever they do with it, and nobody else is asked
 * in vain: what is found is what would be found if everything were asked anew. */
static void
an_audit_keeps_up_with_what_rules_read_elsewhere(void **state)
{
	world *w = *state;

	put_shared(w);
	put_service(w, "a", "x");
	put_service(w, "b", "y");
	expect_total(w, "Unique.unique", 0);
	put_service(w, "c", "x");
	expect_total(w, "Unique.unique", 2);
	expect_total(w, "Few.few", 3);
	put_service(w, "b", "x");
	expect_total(w, "Unique.unique", 6);
	put_service(w, "a", "z");
	expect_total(w, "Unique.unique", 2);
	put_service(w, "c", NULL);
	expect_total(w, "Unique.unique", 0);
	expect_total(w, "Few.few", 0);
}

/* More changes at once than are looked at one by one. */
static void
an_audit_keeps_up_with_many_changes_at_once(void **state)
{
	world *w = *state;

	put_shared(w);
	put_service(w, "one", "x");
	expect_total(w, "Unique.unique", 0);
	for (int i = 0; i < 9; i++)
		put_service(w, pv_printf(w->cx.arena, "s%d", i),
			    i == 4 ? "x" : pv_printf(w->cx.arena, "t%d", i));
	expect_total(w, "Unique.unique", 2);
	expect_total(w, "Few.few", 10);
	for (int i = 0; i < 9; i++)
		put_service(w, pv_printf(w->cx.arena, "s%d", i), NULL);
	expect_total(w, "Unique.unique", 0);
	expect_total(w, "Few.few", 0);
}

/* What is in a Namespace is asked about again when that is another, and nothing else is. */
static void
an_audit_keeps_up_with_namespaces(void **state)
{
	static const char space[] =
		"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"default\",\"labels\":%s,"
		"\"annotations\":%s}}";
	world *w = *state;

	put_rule(w, "Strict",
		 "package strict\\nviolation[{\\\"msg\\\": \\\"no\\\"}] { input.review.object.kind == "
		 "\\\"Service\\\" }",
		 "{\"namespaceSelector\":{\"matchLabels\":{\"strict\":\"yes\"}}}");
	put_rule(w, "Noted",
		 "package noted\\nviolation[{\\\"msg\\\": m}] { input.review.kind.kind == \\\"Service\\\"; "
		 "m := input.review.namespaceObject.metadata.annotations.m }",
		 "{}");
	put_any(w, "/Namespace", "", "default", pv_printf(w->cx.arena, space, "{}", "{}"));
	put_service(w, "a", "x");
	expect_total(w, "Strict.strict", 0);
	put_any(w, "/Namespace", "", "default", pv_printf(w->cx.arena, space, "{\"strict\":\"yes\"}", "{}"));
	expect_total(w, "Strict.strict", 1);
	expect_total(w, "Noted.noted", 0);
	put_any(w, "/Namespace", "", "default", pv_printf(w->cx.arena, space, "{}", "{\"m\":\"x\"}"));
	expect_total(w, "Strict.strict", 0);
	expect_total(w, "Noted.noted", 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
	const struct CMUnitTest tests[] = {
		T(a_broken_template_opens_no_door),
		T(a_long_list_is_changed_in_one_go),
		T(an_audit_keeps_up_with_what_rules_read_elsewhere),
		T(an_audit_keeps_up_with_many_changes_at_once),
		T(an_audit_keeps_up_with_namespaces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
