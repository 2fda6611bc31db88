/* What is published of custom kinds, as a kube-apiserver 1.34 does of the same CRD. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "lang/yaml/yaml.h"
#include "openapi_document.h"

static const char crd_text[] =
	"metadata: {name: odds.example.org}\n"
	"spec:\n"
	"  group: example.org\n"
	"  scope: Namespaced\n"
	"  names: {plural: odds, kind: Odd, listKind: OddList}\n"
	"  versions:\n"
	"  - name: v1\n"
	"    served: true\n"
	"    storage: true\n"
	"    selectableFields: [{jsonPath: .spec.color}]\n"
	"    schema:\n"
	"      openAPIV3Schema:\n"
	"        type: object\n"
	"        properties:\n"
	"          apiVersion: {type: string, enum: [mine]}\n"
	"          spec:\n"
	"            type: object\n"
	"            required: [a, whole]\n"
	"            properties:\n"
	"              color: {type: string, default: red, example: blue, externalDocs: {url: 'http://x'}}\n"
	"              a: {type: string, nullable: true, minLength: 1, title: A}\n"
	"              map: {type: object, nullable: true, additionalProperties: {type: string}}\n"
	"              either: {x-kubernetes-int-or-string: true, pattern: '^a', anyOf: [{type: integer}, {type: "
	"string}]}\n"
	"              open: {type: object, x-kubernetes-preserve-unknown-fields: true, required: [q], "
	"properties: {q: {type: string}}}\n"
	"              ruled: {type: integer, x-kubernetes-validations: [{rule: self > 1}]}\n"
	"              whole: {type: object, x-kubernetes-embedded-resource: true, required: [spec, kind], "
	"properties: {spec: {type: object}, metadata: {type: object}}}\n"
	"              any: {type: array, items: {type: object, x-kubernetes-embedded-resource: true, "
	"x-kubernetes-preserve-unknown-fields: true}}\n";

typedef struct row {
	const char *path, *want;
} row;

static void
check(registry_world *w, const pv_val *v, const row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		openapi_check(w, v, rows[i].path, rows[i].want);
}

#define SELECTABLE "[{\"fieldPath\":\"spec.color\"}]"
#define META(where) "{\"$ref\":\"#/" where "/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta\"}"

static void
v3_has_what_every_whole_object_has(void **state)
{
	registry_world *w = *state;
	static const row kind[] = {
		{"x-kubernetes-selectable-fields", SELECTABLE},
		{"properties.apiVersion.enum", NULL},
		{"properties.metadata.allOf", "[" META("components/schemas") "]"},
		{"properties.spec.properties.color.default", "\"red\""},
		{"properties.spec.properties.color.example", NULL},
		{"properties.spec.properties.color.externalDocs", NULL},
		{"properties.spec.properties.whole.required", "[\"spec\",\"kind\",\"apiVersion\"]"},
		{"properties.spec.properties.whole.properties.kind.type", "\"string\""},
		{"properties.spec.properties.whole.properties.metadata.allOf",
		 "[" META("components/schemas") "]"},
		{"properties.spec.properties.whole.properties.metadata.type", NULL},
		{"properties.spec.properties.any.items.required", "[\"kind\",\"apiVersion\"]"},
		{"properties.spec.properties.open.required", "[\"q\"]"},
	};
	const pv_val *schemas =
		pv_at(openapi_document(w, "/openapi/v3/apis/example.org/v1", NULL), "components.schemas");
	const pv_val *list = pv_get(schemas, "org.example.v1.OddList"),
		     *options = pv_get(schemas, "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions");

	check(w, pv_get(schemas, "org.example.v1.Odd"), kind, PV_LEN(kind));
	openapi_check(w, list, "x-kubernetes-selectable-fields", SELECTABLE);
	openapi_check(w, list, "properties.items.items",
		      "{\"$ref\":\"#/components/schemas/org.example.v1.Odd\"}");
	/* Of fewer groups than in documents of built-in kinds (62). */
	assert_int_equal(pv_count(pv_get(options, "x-kubernetes-group-version-kind")), 55);
}

static void
v2_says_what_it_can(void **state)
{
	registry_world *w = *state;
	static const row kind[] = {
		{"x-kubernetes-selectable-fields", SELECTABLE},
		{"properties.spec.required", "[\"whole\"]"},
		{"properties.spec.properties.color", "{\"type\":\"string\"}"},
		{"properties.spec.properties.a", "{\"minLength\":1,\"title\":\"A\"}"},
		{"properties.spec.properties.map", "{\"additionalProperties\":{\"type\":\"string\"}}"},
		{"properties.spec.properties.either.pattern", "\"^a\""},
		{"properties.spec.properties.either.anyOf", NULL},
		{"properties.spec.properties.open.required", "[\"q\"]"},
		{"properties.spec.properties.open.properties", NULL},
		{"properties.spec.properties.ruled.x-kubernetes-validations", "[{\"rule\":\"self > 1\"}]"},
		{"properties.spec.properties.whole.required", "[\"spec\",\"kind\",\"apiVersion\"]"},
		{"properties.spec.properties.any.items.required", NULL},
	};
	const pv_val *definitions = pv_get(openapi_document(w, "/openapi/v2", NULL), "definitions");

	check(w, pv_get(definitions, "org.example.v1.Odd"), kind, PV_LEN(kind));
}

static int
setup(void **state)
{
	int r = registry_setup(state);
	registry_world *w = *state;
	const pv_val *crd;

	if (r == 0)
		r = pv_yaml_parse(&w->cx, pv_str_of(crd_text), NULL, &crd);
	return r ? r : pv_registry_put_crd(&w->cx, w->registry, "odds.example.org", crd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v3_has_what_every_whole_object_has),
		cmocka_unit_test(v2_says_what_it_can),
	};

	return cmocka_run_group_tests(tests, setup, registry_teardown);
}
