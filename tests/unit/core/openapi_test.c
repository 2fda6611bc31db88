#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "core/api/openapi.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include "openapi_document.h"
#include <stdio.h>
#include <string.h>

static const pv_val *
component(const pv_val *doc, const char *name)
{
	return pv_get(pv_at(doc, "components.schemas"), name);
}

/* Every "$ref" leads somewhere. */
static void
check_refs(const pv_val *doc, const pv_val *v)
{
	static const char prefix[] = "#/components/schemas/";
	const pv_val *ref = pv_get(v, "$ref");

	if (pv_is(ref, PV_STRING)) {
		assert_true(pv_starts_with(ref->s, prefix));
		if (!component(doc, ref->s + strlen(prefix)))
			fail_msg("%s is not there", ref->s);
	}
	for (size_t i = 0; i < pv_count(v); i++)
		check_refs(doc, v->type == PV_OBJECT ? &v->members[i].val : &v->items[i]);
}

static void
every_group_version_is_whole(void **state)
{
	registry_world *w = *state;
	const pv_val *paths = pv_get(openapi_document(w, "/openapi/v3", NULL), "paths");
	size_t total = 0, len;
	int64_t begin = pv_mono();

	assert_true(pv_count(paths) > 18);
	for (size_t i = 0; i < pv_count(paths); i++) {
		const char *url = pv_text(pv_get(&paths->members[i].val, "serverRelativeURL"), "");
		const char *path = pv_strndup(w->cx.arena, url, strcspn(url, "?"));
		const pv_val *doc = openapi_document(w, path, &len);

		total += len;
		check_refs(doc, doc);
	}
	printf("# %zu documents, %zu kB, %.1f ms with parsing\n", pv_count(paths), total / 1024,
	       (double)(pv_mono() - begin) / 1e6);
}

/* kubectl asks whether PATCH takes fieldValidation, and whether it is strategic. */
static void
patch_says_what_kubectl_looks_for(void **state)
{
	registry_world *w = *state;
	const pv_val *doc = openapi_document(w, "/openapi/v3/apis/apps/v1", NULL);
	const pv_val *patch = pv_get(
		pv_get(pv_get(doc, "paths"), "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"),
		"patch");
	const pv_val *params = pv_get(patch, "parameters");
	bool found = false;

	assert_string_equal(pv_text_at(patch, "x-kubernetes-group-version-kind.kind", ""), "Deployment");
	assert_string_equal(pv_text(pv_get(patch, "x-kubernetes-action"), ""), "patch");
	for (size_t i = 0; i < pv_count(params); i++)
		found |= pv_streq(pv_text(pv_get(pv_item(params, i), "name"), ""), "fieldValidation");
	assert_true(found);
	assert_non_null(
		pv_get(pv_at(patch, "requestBody.content"), "application/strategic-merge-patch+json"));
}

static void
types_carry_keys_and_defaults(void **state)
{
	registry_world *w = *state;
	const pv_val *doc = openapi_document(w, "/openapi/v3/apis/apps/v1", NULL);
	const pv_val *pod = component(doc, "io.k8s.api.core.v1.PodSpec"),
		     *containers = pv_at(pod, "properties.containers");

	assert_string_equal(pv_text(pv_get(containers, "x-kubernetes-patch-merge-key"), ""), "name");
	assert_string_equal(pv_text(pv_get(containers, "x-kubernetes-list-type"), ""), "map");
	/* Filled in by the server, and not published: another version of it may fill in something else. */
	assert_null(pv_at(pod, "properties.restartPolicy.default"));
	assert_string_equal(pv_text_at(component(doc, "io.k8s.api.apps.v1.Deployment"),
				       "x-kubernetes-group-version-kind.0.kind", ""),
			    "Deployment");
}

/* As a kube-apiserver 1.34 publishes it. */
static void
types_are_published_as_kubernetes_does(void **state)
{
	registry_world *w = *state;
#define REF(name) "{\"$ref\":\"#/components/schemas/io.k8s." name "\"}"
	static const struct {
		const char *component, *path, *want;
	} rows[] = {
		{"api.apps.v1.RollingUpdateDeployment", "properties.maxSurge.allOf",
		 "[" REF("apimachinery.pkg.util.intstr.IntOrString") "]"},
		{"apimachinery.pkg.util.intstr.IntOrString", "oneOf",
		 "[{\"type\":\"integer\"},{\"type\":\"string\"}]"},
		{"apimachinery.pkg.util.intstr.IntOrString", "format", "\"int-or-string\""},
		{"apimachinery.pkg.api.resource.Quantity", "oneOf",
		 "[{\"type\":\"string\"},{\"type\":\"number\"}]"},
		{"apimachinery.pkg.apis.meta.v1.Time", "format", "\"date-time\""},
		{"apimachinery.pkg.apis.meta.v1.FieldsV1", "type", "\"object\""},
		{"api.core.v1.ResourceRequirements", "properties.limits.additionalProperties",
		 REF("apimachinery.pkg.api.resource.Quantity")},
		{"api.apps.v1.Deployment", "properties.spec.default", "{}"},
		{"api.apps.v1.DeploymentSpec", "properties.selector.default", NULL}, /* a pointer */
		{"api.apps.v1.DeploymentSpec", "required", "[\"selector\",\"template\"]"},
		{"api.apps.v1.DeploymentCondition", "required", "[\"type\",\"status\"]"},
		{"api.apps.v1.DeploymentCondition", "properties.lastUpdateTime.default", NULL},
		{"api.core.v1.Container", "properties.name.default", "\"\""},
		{"api.core.v1.Container", "properties.args.items.default", "\"\""},
		{"api.core.v1.Container", "properties.args.x-kubernetes-list-type", "\"atomic\""},
		{"api.core.v1.Container", "properties.env.items.default", "{}"},
		{"api.core.v1.ContainerPort", "properties.containerPort.default", "0"},
		{"api.core.v1.ContainerPort", "properties.protocol.default", "\"TCP\""},
		{"apimachinery.pkg.apis.meta.v1.APIResource", "properties.namespaced.default", "false"},
		{"api.core.v1.LocalObjectReference", "properties.name.default", "\"\""},
		{"api.core.v1.PodSpec", "properties.restartPolicy.enum",
		 "[\"Always\",\"Never\",\"OnFailure\"]"},
		{"api.core.v1.PersistentVolumeClaimSpec", "properties.accessModes.items.enum",
		 "[\"ReadOnlyMany\",\"ReadWriteMany\",\"ReadWriteOnce\",\"ReadWriteOncePod\"]"},
		{"apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", "properties.operator.enum", NULL},
		{"api.core.v1.SeccompProfile", "x-kubernetes-unions",
		 "[{\"discriminator\":\"type\",\"fields-to-discriminateBy\":{\"localhostProfile\":"
		 "\"LocalhostProfile\"}}]"},
		{"api.core.v1.PersistentVolumeClaim",
		 "x-kubernetes-group-version-kind", /* of another group */
		 "[{\"group\":\"\",\"kind\":\"PersistentVolumeClaim\",\"version\":\"v1\"}]"},
		{"apimachinery.pkg.apis.meta.v1.Status", "x-kubernetes-group-version-kind",
		 "[{\"group\":\"\",\"kind\":\"Status\",\"version\":\"v1\"}]"},
		{"apimachinery.pkg.apis.meta.v1.DeleteOptions", "x-kubernetes-group-version-kind.61.group",
		 "\"storagemigration.k8s.io\""},
		{"api.apps.v1.DeploymentList", "properties.items.items.default", "{}"},
	};
	const pv_val *doc = openapi_document(w, "/openapi/v3/apis/apps/v1", NULL);

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const pv_val *of = component(doc, pv_printf(w->cx.arena, "io.k8s.%s", rows[i].component));

		openapi_check(w, of, rows[i].path, rows[i].want);
	}
}

static void
a_field_says_over_its_type(void **state)
{
	registry_world *w = *state;
	static const char disruption[] = "io.k8s.api.policy.v1.PodDisruptionBudgetSpec",
			  volume[] = "io.k8s.api.core.v1.PersistentVolumeSpec",
			  claim[] = "io.k8s.api.core.v1.PersistentVolumeClaimStatus",
			  map_type[] = "x-kubernetes-map-type";
	const pv_val *core = openapi_document(w, "/openapi/v3/api/v1", NULL),
		     *v = pv_at(
			     component(openapi_document(w, "/openapi/v3/apis/policy/v1", NULL), disruption),
			     "properties.selector");

	assert_string_equal(pv_text(pv_get(v, "x-kubernetes-patch-strategy"), ""), "replace");
	assert_null(pv_get(v, "$ref")); /* nothing beside it would count */
	v = pv_at(component(core, volume), "properties.claimRef");
	assert_string_equal(pv_text(pv_get(v, map_type), ""), "granular");
	v = pv_at(component(core, claim), "properties.allocatedResourceStatuses");
	assert_string_equal(pv_text(pv_get(v, map_type), ""), "granular");
	v = component(core, "io.k8s.api.core.v1.ObjectReference");
	assert_string_equal(pv_text(pv_get(v, map_type), ""), "atomic");
}

static void
a_crd_is_published_as_written(void **state)
{
	registry_world *w = *state;
	static const char text[] = "metadata: {name: widgets.example.org}\n"
				   "spec:\n"
				   "  group: example.org\n"
				   "  scope: Namespaced\n"
				   "  names: {plural: widgets, kind: Widget}\n"
				   "  versions: [{name: v1, served: true, storage: true, schema: "
				   "{openAPIV3Schema: {type: object, description: A widget.,"
				   " properties: {spec: {type: object, description: What is wanted., "
				   "x-kubernetes-preserve-unknown-fields: true}}}}}]\n";
	const pv_val *crd, *doc, *schema;
	uint64_t before = pv_registry_hash(&w->cx, w->registry, "example.org/v1");

	assert_int_equal(pv_yaml_parse(&w->cx, pv_str_of(text), NULL, &crd), 0);
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", crd), 0);
	assert_true(before != pv_registry_hash(&w->cx, w->registry, "example.org/v1"));
	doc = openapi_document(w, "/openapi/v3/apis/example.org/v1", NULL);
	schema = component(doc, "org.example.v1.Widget");
	assert_string_equal(pv_text_at(schema, "properties.spec.description", ""), "What is wanted.");
	assert_string_equal(pv_text(pv_get(pv_at(schema, "properties.metadata.allOf.0"), "$ref"), ""),
			    "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
	check_refs(doc, doc);
	assert_null(pv_get(pv_at(pv_get(pv_get(pv_get(doc, "paths"),
					       "/apis/example.org/v1/namespaces/{namespace}/widgets/{name}"),
					"patch"),
				 "requestBody.content"),
			   "application/strategic-merge-patch+json"));
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", NULL), 0);
}

static void
unknown_versions_are_not_found(void **state)
{
	registry_world *w = *state;
	pv_document_query query = {.path = "/openapi/v3/apis/nothing.example/v1"};
	pv_document doc;

	assert_int_equal(pv_openapi(&w->cx, w->registry, &query, &doc), -PV_ENOTFOUND);
	pv_recover(&w->cx);
}

/* ---- v2 ---- */

static int
ask(registry_world *w, const char *accept, const char *if_none_match, pv_document *ret)
{
	pv_document_query query = {.path = "/openapi/v2", .accept = accept, .if_none_match = if_none_match};

	return pv_openapi(&w->cx, w->registry, &query, ret);
}

/* What kubectl's reader insists on: references lead somewhere and are alone, lists have items. */
static void
check_v2(const pv_val *definitions, const pv_val *v)
{
	static const char prefix[] = "#/definitions/";
	const pv_val *ref = pv_get(v, "$ref");

	if (pv_is(ref, PV_STRING)) {
		assert_true(pv_starts_with(ref->s, prefix));
		if (!pv_get(definitions, ref->s + strlen(prefix)))
			fail_msg("%s is not there", ref->s);
		assert_null(pv_get(v, "type"));
	}
	if (pv_streq(pv_text(pv_get(v, "type"), ""), "array"))
		assert_non_null(pv_get(v, "items"));
	assert_false(pv_is(pv_get(v, "oneOf"), PV_LIST) || pv_is(pv_get(v, "allOf"), PV_LIST));
	for (size_t i = 0; i < pv_count(v); i++)
		check_v2(definitions, v->type == PV_OBJECT ? &v->members[i].val : &v->items[i]);
}

static void
v2_says_what_it_can(void **state)
{
	registry_world *w = *state;
	const pv_val *doc = openapi_document(w, "/openapi/v2", NULL),
		     *definitions = pv_get(doc, "definitions");
	const pv_val *deployment = pv_get(definitions, "io.k8s.api.apps.v1.Deployment");
	const pv_val *patch = pv_get(
		pv_get(pv_get(doc, "paths"), "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"),
		"patch");

	assert_string_equal(pv_text(pv_get(doc, "swagger"), ""), "2.0");
	check_v2(definitions, definitions);
	assert_string_equal(pv_text_at(deployment, "x-kubernetes-group-version-kind.0.kind", ""),
			    "Deployment");
	assert_string_equal(pv_text(pv_get(pv_at(deployment, "properties.spec"), "$ref"), ""),
			    "#/definitions/io.k8s.api.apps.v1.DeploymentSpec");
	assert_string_equal(pv_text_at(pv_get(definitions, "io.k8s.api.core.v1.ContainerPort"),
				       "properties.containerPort.type", ""),
			    "integer");
	assert_string_equal(pv_text(pv_get(pv_at(patch, "parameters.0"), "$ref"), ""),
			    "#/parameters/body-78PwaGsr");
	assert_string_equal(pv_text_at(patch, "parameters.1.name", ""), "dryRun");
	assert_string_equal(pv_text_at(patch, "consumes.0", ""), "application/json-patch+json");
}

/* One field off the wire; false at the end. */
static bool
next_field(pv_str *rest, unsigned *ret_number, pv_str *ret)
{
	uint64_t n[2] = {0};

	if (!rest->len)
		return false;
	for (int i = 0; i < 2; i++) {
		for (unsigned shift = 0;; shift += 7) {
			uint8_t byte = (uint8_t)*rest->s++;

			rest->len--;
			n[i] |= (uint64_t)(byte & 0x7f) << shift;
			if (byte < 0x80)
				break;
			assert_true(rest->len > 0);
		}
	}
	assert_int_equal(n[0] & 7, 2); /* all there is at these depths: bytes */
	assert_true(n[1] <= rest->len);
	*ret_number = (unsigned)(n[0] >> 3);
	*ret = (pv_str){rest->s, (size_t)n[1]};
	*rest = (pv_str){rest->s + n[1], rest->len - (size_t)n[1]};
	return true;
}

/* Both forms have the same definitions and paths, in one order. */
static void
v2_in_protobuf_is_the_same(void **state)
{
	registry_world *w = *state;
	const pv_val *json = openapi_document(w, "/openapi/v2", NULL);
	const pv_val *sections[2] = {pv_get(json, "paths"), pv_get(json, "definitions")};
	size_t seen[2] = {0};
	pv_document doc;
	pv_str rest, section, entry, name;
	unsigned number, inner, field;

	assert_int_equal(ask(w, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", NULL, &doc), 0);
	assert_string_equal(doc.type, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
	rest = doc.body;
	while (next_field(&rest, &number, &section)) {
		const pv_member *m;

		if (number == 1)
			assert_true(pv_str_is(section, "2.0"));
		if (number != 8 && number != 9)
			continue;
		m = &sections[number - 8]->members[seen[number - 8]++];
		assert_true(next_field(&section, &inner, &entry));
		assert_int_equal(inner, number == 8 ? 2 : 1);
		assert_true(next_field(&entry, &field, &name));
		assert_int_equal(field, 1);
		assert_true(pv_str_is(name, m->key.s));
		assert_true(next_field(&entry, &field, &name));
		assert_int_equal(field, 2);
	}
	assert_int_equal(seen[0], pv_count(sections[0]));
	assert_int_equal(seen[1], pv_count(sections[1]));
	printf("# %zu definitions, %zu kB\n", seen[1], doc.body.len / 1024);
}

static void
v2_is_negotiated_and_kept(void **state)
{
	registry_world *w = *state;
	pv_document_query query = {.path = "/openapi/v2"};
	pv_document doc, again;

	assert_int_equal(ask(w, "*/*", NULL, &doc), 0);
	assert_string_equal(doc.type, "application/json");
	assert_int_equal(ask(w, "*/*", doc.etag, &again), 0);
	assert_int_equal(again.status, 304);
	query.accept_encoding = "deflate, gzip;q=0.5";
	assert_int_equal(pv_openapi(&w->cx, w->registry, &query, &again), 0);
	assert_string_equal(again.encoding, "gzip");
	assert_memory_equal(again.body.s, "\x1f\x8b", 2);
	assert_true(again.body.len < doc.body.len / 4);
	query.accept_encoding = "gzip;q=0";
	assert_int_equal(pv_openapi(&w->cx, w->registry, &query, &again), 0);
	assert_null(again.encoding);
	assert_int_equal(again.body.len, doc.body.len);
	assert_int_equal(ask(w, "text/html", NULL, &doc), -PV_ENOTACCEPTABLE);
	pv_recover(&w->cx);
}

/* kubectl would refuse what such a kind does not name. */
static void
v2_says_nothing_of_a_kind_open_at_its_root(void **state)
{
	static const char text[] =
		"metadata: {name: gadgets.example.org}\n"
		"spec:\n"
		"  group: example.org\n"
		"  scope: Cluster\n"
		"  names: {plural: gadgets, kind: Gadget}\n"
		"  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: "
		"object, x-kubernetes-preserve-unknown-fields: true, properties: {spec: {type: object}}}}}]\n";
	registry_world *w = *state;
	const pv_val *crd, *gadget;

	assert_int_equal(pv_yaml_parse(&w->cx, pv_str_of(text), NULL, &crd), 0);
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", crd), 0);
	gadget = pv_get(pv_get(openapi_document(w, "/openapi/v2", NULL), "definitions"),
			"org.example.v1.Gadget");
	assert_int_equal(pv_count(gadget), 2);
	assert_string_equal(pv_text_at(gadget, "type", ""), "object");
	assert_non_null(pv_get(gadget, "x-kubernetes-group-version-kind"));
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", NULL), 0);
}

static void
v2_opens_what_it_cannot_say(void **state)
{
	static const char text[] =
		"metadata: {name: gadgets.example.org}\n"
		"spec:\n"
		"  group: example.org\n"
		"  scope: Cluster\n"
		"  names: {plural: gadgets, kind: Gadget}\n"
		"  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: "
		"object, "
		"properties: {spec: {type: object, required: [a, b], properties: {"
		"a: {type: string, nullable: true}, b: {type: string, maxLength: 3, not: {enum: [x]}}, "
		"c: {type: object, properties: {d: {type: string}}, x-kubernetes-preserve-unknown-fields: "
		"true}, "
		"e: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}}}}}}}]\n";
	registry_world *w = *state;
	const pv_val *crd, *definitions, *spec;

	assert_int_equal(pv_yaml_parse(&w->cx, pv_str_of(text), NULL, &crd), 0);
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", crd), 0);
	definitions = pv_get(openapi_document(w, "/openapi/v2", NULL), "definitions");
	check_v2(definitions, definitions);
	spec = pv_at(pv_get(definitions, "org.example.v1.Gadget"), "properties.spec");
	assert_int_equal(pv_count(pv_get(spec, "required")), 1);
	assert_string_equal(pv_text_at(spec, "required.0", ""), "b");
	assert_null(pv_at(spec, "properties.a.type"));
	assert_int_equal(pv_i64_at(spec, "properties.b.maxLength", 0), 3);
	assert_null(pv_at(spec, "properties.b.not"));
	assert_null(pv_at(spec, "properties.c.properties"));
	assert_null(pv_at(spec, "properties.e.type"));
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", NULL), 0);
	assert_null(pv_get(pv_get(openapi_document(w, "/openapi/v2", NULL), "definitions"),
			   "org.example.v1.Gadget"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_group_version_is_whole),
		cmocka_unit_test(patch_says_what_kubectl_looks_for),
		cmocka_unit_test(types_carry_keys_and_defaults),
		cmocka_unit_test(types_are_published_as_kubernetes_does),
		cmocka_unit_test(a_field_says_over_its_type),
		cmocka_unit_test(a_crd_is_published_as_written),
		cmocka_unit_test(unknown_versions_are_not_found),
		cmocka_unit_test(v2_says_what_it_can),
		cmocka_unit_test(v2_in_protobuf_is_the_same),
		cmocka_unit_test(v2_is_negotiated_and_kept),
		cmocka_unit_test(v2_says_nothing_of_a_kind_open_at_its_root),
		cmocka_unit_test(v2_opens_what_it_cannot_say),
	};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
