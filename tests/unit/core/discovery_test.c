#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "core/api/discovery.h"
#include "lang/json/json.h"
#include "unit/core/registry_world.h"

#define V2 "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#define V2BETA1 "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"

static pv_document
answer(registry_world *w, const char *path, const char *accept, const char *etag)
{
	pv_document_query query = {.path = path, .accept = accept, .if_none_match = etag};
	pv_document doc = {0};

	assert_int_equal(pv_discovery(&w->cx, w->registry, &query, &doc), 0);
	return doc;
}

static const pv_val *
parsed(registry_world *w, const pv_document *doc)
{
	const pv_val *v;

	assert_int_equal(pv_json_parse(&w->cx, doc->body, NULL, &v), 0);
	return v;
}

/* The item of a list whose field has this text. */
static const pv_val *
named(const pv_val *list, const char *field, const char *text)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), field, ""), text))
			return pv_item(list, i);
	return NULL;
}

static void
lists_resources_of_a_version(void **state)
{
	registry_world *w = *state;
	pv_document doc = answer(w, "/apis/apps/v1", "application/json", NULL);
	const pv_val *list = parsed(w, &doc),
		     *deploy = named(pv_get(list, "resources"), "name", "deployments");
	const pv_val *scale = named(pv_get(list, "resources"), "name", "deployments/scale");

	assert_string_equal(pv_text(pv_get(list, "kind"), ""), "APIResourceList");
	assert_string_equal(pv_text(pv_get(deploy, "singularName"), ""), "deployment");
	assert_string_equal(pv_text_at(deploy, "shortNames.0", ""), "deploy");
	assert_string_equal(pv_text_at(deploy, "categories.0", ""), "all");
	assert_true(pv_truth(pv_get(deploy, "namespaced"), false));
	assert_int_equal(pv_count(pv_get(deploy, "verbs")), 8);
	assert_string_equal(pv_text(pv_get(scale, "group"), ""), "autoscaling");
	assert_string_equal(pv_text(pv_get(scale, "kind"), ""), "Scale");
}

static void
lists_groups_with_their_preferred_version(void **state)
{
	registry_world *w = *state;
	pv_document doc = answer(w, "/apis", "application/json, */*", NULL);
	const pv_val *groups = pv_get(parsed(w, &doc), "groups"),
		     *scaling = named(groups, "name", "autoscaling");

	assert_string_equal(doc.type, "application/json");
	assert_string_equal(pv_text_at(scaling, "preferredVersion.groupVersion", ""), "autoscaling/v2");
	assert_int_equal(pv_count(pv_get(scaling, "versions")), 2);
	assert_null(named(groups, "name", "")); /* the core group is under /api */
}

/* Answering v2 to a client that asked for v2beta1 makes it find nothing. */
static void
aggregates_only_as_asked(void **state)
{
	registry_world *w = *state;
	static const struct {
		const char *accept, *type, *version;
	} cases[] = {
		{V2 "," V2BETA1 ",application/json", V2, "apidiscovery.k8s.io/v2"},
		{V2BETA1 ",application/json", V2BETA1, "apidiscovery.k8s.io/v2beta1"},
		{"application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList,application/json",
		 "application/json", "v1"},
		{NULL, "application/json", "v1"},
	};

	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_document doc = answer(w, "/apis", cases[i].accept, NULL);

		assert_string_equal(doc.type, cases[i].type);
		assert_string_equal(pv_text(pv_get(parsed(w, &doc), "apiVersion"), ""), cases[i].version);
	}
}

static void
aggregates_the_core_group(void **state)
{
	registry_world *w = *state;
	pv_document doc = answer(w, "/api", V2, NULL);
	const pv_val *version = pv_at(parsed(w, &doc), "items.0.versions.0");
	const pv_val *pods = named(pv_get(version, "resources"), "resource", "pods");

	assert_string_equal(pv_text(pv_get(version, "version"), ""), "v1");
	assert_string_equal(pv_text(pv_get(pods, "scope"), ""), "Namespaced");
	assert_string_equal(pv_text_at(pods, "responseKind.kind", ""), "Pod");
	assert_non_null(named(pv_get(pods, "subresources"), "subresource", "status"));
}

static void
a_client_that_has_it_gets_304(void **state)
{
	registry_world *w = *state;
	pv_document doc = answer(w, "/apis", V2, NULL), again = answer(w, "/apis", V2, doc.etag);

	assert_int_equal(again.status, 304);
	assert_int_equal(again.body.len, 0);
	assert_int_equal(answer(w, "/apis", V2, "\"other\"").status, 200);
}

static void
refuses_what_it_cannot_write(void **state)
{
	registry_world *w = *state;
	static const struct {
		const char *path, *accept;
		int code;
	} cases[] = {
		{"/apis", "application/vnd.kubernetes.protobuf", PV_ENOTACCEPTABLE},
		{"/apis/no.such.group", NULL, PV_ENOTFOUND},
		{"/apis/apps/v9", NULL, PV_ENOTFOUND},
		{"/api/v2", NULL, PV_ENOTFOUND},
	};

	for (size_t i = 0; i < PV_LEN(cases); i++) {
		pv_document_query query = {.path = cases[i].path, .accept = cases[i].accept};
		pv_document doc;

		assert_int_equal(pv_discovery(&w->cx, w->registry, &query, &doc), -cases[i].code);
		pv_recover(&w->cx);
	}
}

static void
knows_its_paths(void **state)
{
	static const struct {
		const char *path;
		bool has;
	} cases[] = {
		{"/api", true},
		{"/apis/", true},
		{"/apis/apps", true},
		{"/apis/apps/v1/", true},
		{"/version", true},
		{"/api/v1/pods", false},
		{"/apis/apps/v1/deployments", false},
		{"/apix", false},
		{"/", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(cases); i++)
		assert_int_equal(pv_discovery_has(cases[i].path), cases[i].has);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_resources_of_a_version),
		cmocka_unit_test(lists_groups_with_their_preferred_version),
		cmocka_unit_test(aggregates_only_as_asked),
		cmocka_unit_test(aggregates_the_core_group),
		cmocka_unit_test(a_client_that_has_it_gets_304),
		cmocka_unit_test(refuses_what_it_cannot_write),
		cmocka_unit_test(knows_its_paths),
	};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
