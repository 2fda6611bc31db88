#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/map.h"
#include "base/str.h"
#include "openapi_document.h"
#include <string.h>

/* Names of operations are those of functions in generated clients: there must not be two, nor one without. */
static void
check_operations(const pv_val *paths, pv_map *seen)
{
	for (size_t i = 0; i < pv_count(paths); i++) {
		const pv_val *path = &paths->members[i].val;

		for (size_t k = 0; k < pv_count(path); k++) {
			const pv_val *op = &path->members[k].val;
			const char *id = pv_text(pv_get(op, "operationId"), "");

			if (pv_streq(path->members[k].key.s, "parameters"))
				continue;
			if (!*id || pv_map_finds(seen, id))
				fail_msg("%s %s: %s", path->members[k].key.s, paths->members[i].key.s,
					 *id ? id : "no name");
			pv_map_puts(seen, id, seen);
			assert_string_equal(pv_text_at(op, "responses.401.description", ""), "Unauthorized");
			assert_true(*pv_text_at(op, "tags.0", "") && *pv_text_at(op, "description", ""));
		}
	}
}

static void
operations_have_names_of_their_own(void **state)
{
	registry_world *w = *state;
	pv_map *seen = pv_map_new(w->cx.arena), *seen2 = pv_map_new(w->cx.arena);
	const pv_val *index = pv_get(openapi_document(w, "/openapi/v3", NULL), "paths");

	for (size_t i = 0; i < pv_count(index); i++) {
		const char *url = pv_text(pv_get(&index->members[i].val, "serverRelativeURL"), "");
		const char *path = pv_strndup(w->cx.arena, url, strcspn(url, "?"));

		check_operations(pv_get(openapi_document(w, path, NULL), "paths"), seen);
	}
	check_operations(pv_get(openapi_document(w, "/openapi/v2", NULL), "paths"), seen2);
	assert_int_equal(pv_map_len(seen), pv_map_len(seen2));
	assert_true(pv_map_len(seen) > 850);
}

/* Every "$ref" of v2 leads to a definition or to a parameter that is shared. */
static void
check_refs2(const pv_val *doc, const pv_val *v)
{
	const char *ref = pv_text(pv_get(v, "$ref"), NULL);
	bool parameter = ref && pv_starts_with(ref, "#/parameters/");

	if (ref && !pv_get(pv_get(doc, parameter ? "parameters" : "definitions"), strrchr(ref, '/') + 1))
		fail_msg("%s is not there", ref);
	for (size_t i = 0; i < pv_count(v); i++)
		check_refs2(doc, v->type == PV_OBJECT ? &v->members[i].val : &v->items[i]);
}

static void
v2_shares_its_parameters(void **state)
{
	registry_world *w = *state;
	const pv_val *doc = openapi_document(w, "/openapi/v2", NULL);

	check_refs2(doc, doc);
	assert_int_equal(pv_count(pv_get(doc, "parameters")), 46);
	assert_string_equal(pv_text_at(doc, "securityDefinitions.BearerToken.in", ""), "header");
	assert_non_null(pv_at(doc, "security.0.BearerToken"));
}

/* Read off a kube-apiserver 1.34.4. */
static void
operations_are_kubernetes_own(void **state)
{
	static const struct {
		const char *document, *path, *method, *id, *tag;
	} rows[] = {
		{"api/v1", "/api/v1/namespaces/{namespace}/pods/{name}/exec", "post",
		 "connectCoreV1PostNamespacedPodExec", "core_v1"},
		{"api/v1", "/api/v1/nodes/{name}/proxy/{path}", "head", "connectCoreV1HeadNodeProxyWithPath",
		 "core_v1"},
		{"api/v1", "/api/v1/watch/configmaps", "get", "watchCoreV1ConfigMapListForAllNamespaces",
		 "core_v1"},
		{"api/v1", "/api/v1/watch/namespaces/{namespace}/events/{name}", "get",
		 "watchCoreV1NamespacedEvent", "core_v1"},
		{"apis/apps/v1", "/apis/apps/v1/namespaces/{namespace}/deployments", "delete",
		 "deleteAppsV1CollectionNamespacedDeployment", "apps_v1"},
		{"apis/apps/v1", "/apis/apps/v1/", "get", "getAppsV1APIResources", "apps_v1"},
		{"apis/rbac.authorization.k8s.io", "/apis/rbac.authorization.k8s.io/", "get",
		 "getRbacAuthorizationAPIGroup", "rbacAuthorization"},
		{"version", "/version/", "get", "getCodeVersion", "version"},
		{"apis/argoproj.io/v1alpha1", "/apis/argoproj.io/v1alpha1/applications", "get",
		 "listArgoprojIoV1alpha1ApplicationForAllNamespaces", "argoprojIo_v1alpha1"},
	};
	registry_world *w = *state;

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *at = pv_printf(w->cx.arena, "/openapi/v3/%s", rows[i].document);
		const pv_val *path = pv_get(pv_get(openapi_document(w, at, NULL), "paths"), rows[i].path),
			     *op = pv_get(path, rows[i].method);

		assert_string_equal(pv_text(pv_get(op, "operationId"), ""), rows[i].id);
		assert_string_equal(pv_text_at(op, "tags.0", ""), rows[i].tag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v2_shares_its_parameters),
		cmocka_unit_test(operations_have_names_of_their_own),
		cmocka_unit_test(operations_are_kubernetes_own),
	};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
