/* Who owns what over the versions of a kind, and in lists that an update left with one key twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "fields_world.h"

/* ---- versions: in v2 spec.color is spec.colour, and there is a status subresource; v3 is gone ---- */

static const pv_resource *
find_version(void *arg, const pv_resource *resource, const char *api_version)
{
	const pv_resource *all = arg;

	(void)resource;
	return strcmp(api_version, "x.dev/v2") == 0 ? &all[1]
	       : strcmp(api_version, "x.dev/v1")    ? NULL
						    : &all[0];
}

static int
convert_version(pv_ctx *cx, void *arg, const pv_resource *to, const pv_val *object, const pv_val **ret)
{
	const pv_resource *all = arg;
	bool newer = to == &all[1];
	const char *from = newer ? "spec.color" : "spec.colour", *into = newer ? "spec.colour" : "spec.color";
	pv_val v = pv_with(cx->arena, object, "apiVersion", pv_string_ref(to->api_version));

	if (pv_at(&v, from)) {
		v = pv_with_at(cx->arena, &v, into, *pv_at(&v, from));
		v = pv_without_at(cx->arena, &v, from);
	}
	*ret = pv_box(cx->arena, v);
	return 0;
}

typedef struct two_versions {
	pv_resource all[2];
	pv_fields_versions versions;
} two_versions;

static void
begin_versions(fixture *f, two_versions *w)
{
	w->all[0] = w->all[1] = f->res;
	w->all[0].has_status = false;
	w->all[1].version = "v2";
	w->all[1].api_version = "x.dev/v2";
	w->versions = (pv_fields_versions){w->all, find_version, convert_version};
}

static int
apply_as(fixture *f, two_versions *w, int version, const char *manager, const char *rest)
{
	const pv_fields_write by = {.resource = &w->all[version - 1],
				    .manager = manager,
				    .now_ns = 1000000000,
				    .versions = &w->versions};
	const pv_val *left, *live = f->live;
	char text[1024];
	int r = 0;

	snprintf(text, sizeof text,
		 "{\"apiVersion\":\"x.dev/v%d\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"w\"},%s}",
		 version, rest);
	if (live && strcmp(pv_text_at(live, "apiVersion", ""), by.resource->api_version) != 0)
		r = convert_version(&f->cx, w->all, by.resource, live, &live);
	assert_int_equal(r, 0);
	r = pv_fields_apply(&f->cx, &by, false, live, json(f, text), &left);
	if (r == 0)
		f->live = left;
	return r;
}

static void
managers_of_other_versions_are_asked_in_theirs(void **state)
{
	fixture *f = *state;
	two_versions w;

	begin_versions(f, &w);
	assert_int_equal(apply_as(f, &w, 1, "alpha", "\"spec\":{\"color\":\"red\",\"note\":\"n\"}"), 0);
	assert_int_equal(apply_as(f, &w, 2, "beta", "\"spec\":{\"colour\":\"blue\"}"), -PV_ECONFLICT);
	assert_string_equal(f->cx.err->causes->field, ".spec.color");
	pv_recover(&f->cx);
	assert_int_equal(apply_as(f, &w, 2, "beta", "\"spec\":{\"colour\":\"red\"}"), 0);
	assert_int_equal(apply_as(f, &w, 2, "alpha", "\"spec\":{\"note\":\"n\"}"), 0);
	expect(f, pv_get(f->live, "spec"), "{\"colour\":\"red\",\"note\":\"n\"}"); /* beta has it still */
	assert_int_equal(apply_as(f, &w, 1, "beta", "\"spec\":{}"), 0);
	expect(f, pv_get(f->live, "spec"), "{\"note\":\"n\"}");
	assert_string_equal(pv_text_at(f->live, "metadata.managedFields.0.apiVersion", ""), "x.dev/v2");
}

static void
managers_of_versions_that_are_gone_own_nothing(void **state)
{
	fixture *f = *state;
	pv_val v;
	two_versions w;

	begin_versions(f, &w);
	assert_int_equal(apply_as(f, &w, 1, "alpha", "\"spec\":{\"color\":\"red\"}"), 0);
	v = pv_with_at(f->cx.arena, f->live, "metadata.managedFields.0.apiVersion",
		       pv_string_ref("x.dev/v3"));
	f->live = &v;
	assert_non_null(owned(f, "alpha"));
	assert_int_equal(apply_as(f, &w, 1, "beta", "\"spec\":{\"color\":\"blue\"}"), 0);
	assert_null(owned(f, "alpha"));
}

static void
a_version_with_a_status_subresource_owns_no_status(void **state)
{
	fixture *f = *state;
	two_versions w;

	begin_versions(f, &w);
	assert_int_equal(apply_as(f, &w, 1, "alpha", "\"spec\":{\"note\":\"n\"},\"status\":{\"a\":1}"), 0);
	expect(f, owned(f, "alpha"), "{\"f:spec\":{\"f:note\":{}},\"f:status\":{\"f:a\":{}}}");
	assert_int_equal(apply_as(f, &w, 2, "beta", "\"spec\":{\"note\":\"n\"},\"status\":{\"a\":1}"), 0);
	expect(f, owned(f, "beta"), "{\"f:spec\":{\"f:note\":{}}}");
}

/* What an apply of the object says of status is not written, so it takes nothing from who wrote the status. */
static void
the_owner_of_the_status_has_no_conflict_with_an_apply_of_the_object(void **state)
{
	static const char text[] =
		"{\"apiVersion\":\"x.dev/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"w\"},\"status\":{\"a\":%d}}";
	fixture *f = *state;

	apply(f, "alpha", "{\"note\":\"n\"}");
	assert_int_equal(apply_in(f, "status", "beta", false, pv_printf(f->cx.arena, text, 1)), 0);
	assert_int_equal(apply_in(f, "", "gamma", false, pv_printf(f->cx.arena, text, 2)), 0);
	assert_non_null(owned(f, "beta"));
}

/* ---- a list by key that has a key twice, as an update may have stored it ---- */

static void
elements_of_one_key_are_owned_as_one(void **state)
{
	fixture *f = *state;
	const pv_val *object =
		json(f, "{\"spec\":{\"ports\":[{\"name\":\"a\",\"port\":1},{\"name\":\"a\",\"port\":2}]}}");

	assert_int_equal(update(f, "alpha", 1, NULL, &object), 0);
	f->live = object;
	expect(f, owned(f, "alpha"),
	       "{\"f:spec\":{\".\":{},\"f:ports\":{\".\":{},\"k:{\\\"name\\\":\\\"a\\\"}\":{}}}}");
	assert_int_equal(try(f, "beta", false, "{\"ports\":[{\"name\":\"a\",\"port\":1}]}"), -PV_ECONFLICT);
	pv_recover(&f->cx);
	assert_int_equal(try(f, "beta", true, "{\"ports\":[{\"name\":\"a\",\"port\":3}]}"), 0);
	expect(f, pv_at(f->live, "spec.ports"), "[{\"name\":\"a\",\"port\":3}]");
}

#define T(test) cmocka_unit_test_setup_teardown(test, fields_setup, fields_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(managers_of_other_versions_are_asked_in_theirs),
		T(managers_of_versions_that_are_gone_own_nothing),
		T(a_version_with_a_status_subresource_owns_no_status),
		T(the_owner_of_the_status_has_no_conflict_with_an_apply_of_the_object),
		T(elements_of_one_key_are_owned_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
