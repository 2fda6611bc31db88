#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/resource/resource.h"
#include "lang/yaml/yaml.h"
#include "unit/core/registry_world.h"
#include <pthread.h>
#include <string.h>

static const char crd_text[] =
	"apiVersion: apiextensions.k8s.io/v1\n"
	"kind: CustomResourceDefinition\n"
	"metadata: {name: widgets.example.org}\n"
	"spec:\n"
	"  group: example.org\n"
	"  scope: Namespaced\n"
	"  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList, shortNames: [wd]}\n"
	"  versions:\n"
	"  - name: v1beta1\n"
	"    served: true\n"
	"    storage: false\n"
	"    deprecated: true\n"
	"    schema: {openAPIV3Schema: {type: object}}\n"
	"  - name: v1\n"
	"    served: true\n"
	"    storage: true\n"
	"    subresources: {status: {}}\n"
	"    schema:\n"
	"      openAPIV3Schema:\n"
	"        type: object\n"
	"        properties:\n"
	"          spec: {type: object, properties: {size: {type: integer, default: 3}}}\n";

static const pv_val *
yaml(registry_world *w, const char *text)
{
	const pv_val *v;

	assert_int_equal(pv_yaml_parse(&w->cx, pv_str_of(text), NULL, &v), 0);
	return v;
}

static void
finds_built_in_kinds(void **state)
{
	registry_world *w = *state;
	const pv_resource *pods = pv_resource_find(&w->cx, w->registry, "", "v1", "pods");
	const pv_resource *deploy = pv_resource_of_kind(&w->cx, w->registry, "apps/v1", "Deployment");

	assert_non_null(pods);
	assert_string_equal(pods->type, "/Pod");
	assert_true(pods->namespaced && pods->has_status && !pods->has_scale);
	assert_non_null(deploy);
	assert_string_equal(deploy->plural, "deployments");
	assert_true(deploy->has_scale);
	assert_ptr_equal(deploy, pv_resource_of_type(&w->cx, w->registry, "apps/Deployment"));
	assert_null(pv_resource_find(&w->cx, w->registry, "", "v1", "deployments"));
	assert_string_equal(
		pv_resource_of_type(&w->cx, w->registry, "autoscaling/HorizontalPodAutoscaler")->version,
		"v2");
}

static void
understands_words(void **state)
{
	registry_world *w = *state;
	static const struct {
		const char *word, *type;
	} cases[] = {
		{"po", "/Pod"},
		{"Pod", "/Pod"},
		{"deploy", "apps/Deployment"},
		{"deployments.apps", "apps/Deployment"},
		{"deployment.v1.apps", "apps/Deployment"},
		{"ev", "/Event"},
		{"crd", "apiextensions.k8s.io/CustomResourceDefinition"},
		{"hpa", "autoscaling/HorizontalPodAutoscaler"},
		{"nothing", NULL},
		{"pods.apps", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < PV_LEN(cases); i++) {
		const pv_resource *res = pv_resource_by_word(&w->cx, w->registry, cases[i].word);

		if (cases[i].type)
			assert_string_equal(res ? res->type : "none", cases[i].type);
		else
			assert_null(res);
	}
}

static void
strategic_merge_knows_the_keys(void **state)
{
	registry_world *w = *state;
	const pv_schema *s = pv_resource_of_type(&w->cx, w->registry, "apps/Deployment")->schema;
	pv_smp_field f = pv_schema_smp(s, "spec");

	f = pv_schema_smp(f.type, "template");
	f = pv_schema_smp(f.type, "spec");
	f = pv_schema_smp(f.type, "containers");
	assert_true(f.known && f.merge);
	assert_string_equal(f.merge_key, "name");
	f = pv_schema_smp(f.type, "command");
	assert_true(f.known);
	assert_false(f.merge);
	assert_false(pv_schema_smp(s, "nonsense").known);

	s = pv_resource_of_type(&w->cx, w->registry, "policy/PodDisruptionBudget")->schema;
	assert_true(pv_schema_smp(pv_schema_smp(s, "spec").type, "selector").replace);
}

static void
a_crd_comes_and_goes(void **state)
{
	registry_world *w = *state;
	uint64_t before = pv_registry_generation(w->registry);
	const pv_resource *res;

	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", yaml(w, crd_text)),
			 0);
	assert_true(pv_registry_generation(w->registry) > before);
	res = pv_resource_by_word(&w->cx, w->registry, "wd");
	assert_non_null(res);
	assert_string_equal(res->version, "v1"); /* stable before beta */
	assert_true(res->storage && res->has_status);
	assert_int_equal(res->n_columns, 2);
	res = pv_resource_find(&w->cx, w->registry, "example.org", "v1beta1", "widgets");
	assert_string_equal(res->deprecation,
			    "example.org/v1beta1 Widget is deprecated; use example.org/v1 Widget");

	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", NULL), 0);
	assert_null(pv_resource_by_word(&w->cx, w->registry, "wd"));
	assert_string_equal(res->plural, "widgets"); /* held by the ctx */
}

/* "v1beta1!": deprecated, "v1-": not served.  What 1.34.4 says of the first. */
static void
a_deprecated_version_names_the_next(void **state)
{
	static const struct {
		const char *versions, *next;
	} rows[] = {{"v1beta1! v1", "v1"},
		    {"v2alpha1! v2", "v2"},
		    {"v1! v2beta1", NULL},
		    {"v1! v2alpha1 v2", "v2"},
		    {"v1alpha1! v1-", NULL},
		    {"v1alpha1! v1! v1beta1", "v1beta1"},
		    {"v1alpha1! v1beta1 v1 v2 v10", "v10"},
		    {"v1alpha1! v1beta1 v1- v1alpha2", "v1beta1"},
		    {"v1! foo", NULL},
		    {"foo! v1", "v1"},
		    {"foo! bar", "bar"},
		    {"bar! foo", NULL},
		    {"v1beta1! v1alpha1 v1beta2", "v1beta2"},
		    {"v2! v1", NULL},
		    {"v1beta1! v2alpha1", NULL}};
	registry_world *w = *state;

	for (size_t i = 0; i < PV_LEN(rows); i++) {
		const char *all = rows[i].versions, *want;
		int first = (int)strcspn(all, "!");
		const pv_resource *res;
		pv_buf text;

		pv_buf_init(&text, w->cx.arena);
		pv_buf_adds(&text, "metadata: {name: x.example.org}\nspec: {group: example.org, "
				   "names: {plural: x, kind: X}, versions: [");
		for (const char *p = all; *p; p += strcspn(p, " "), p += *p == ' ') {
			size_t len = strcspn(p, "!- ");

			pv_buf_printf(&text,
				      "%s{name: %.*s, served: %s, storage: %s, deprecated: %s, "
				      "schema: {openAPIV3Schema: {type: object}}}",
				      p == all ? "" : ", ", (int)len, p, p[len] == '-' ? "false" : "true",
				      p == all ? "true" : "false", p[len] == '!' ? "true" : "false");
		}
		pv_buf_adds(&text, "]}\n");
		assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "x.example.org", yaml(w, text.s)),
				 0);
		res = pv_resource_find(&w->cx, w->registry, "example.org",
				       pv_printf(w->cx.arena, "%.*s", first, all), "x");
		want = pv_printf(w->cx.arena, "example.org/%.*s X is deprecated%s%s%s", first, all,
				 rows[i].next ? "; use example.org/" : "", rows[i].next ? rows[i].next : "",
				 rows[i].next ? " X" : "");
		assert_string_equal(res->deprecation, want);
	}
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "x.example.org", NULL), 0);
}

static void
refuses_a_schema_that_is_not_structural(void **state)
{
	registry_world *w = *state;
	const pv_val *crd = yaml(
		w,
		"metadata: {name: x.example.org}\n"
		"spec: {group: example.org, names: {plural: x, kind: X}, versions: [{name: v1, served: true, "
		"storage: true, schema: {openAPIV3Schema: {type: object, properties: {a: {}}}}}]}\n");

	assert_true(pv_registry_put_crd(&w->cx, w->registry, "x.example.org", crd) == -PV_EINVALID);
	assert_string_equal(w->cx.err->causes->field,
			    "spec.versions[0].schema.openAPIV3Schema.properties[a].type");
	assert_string_equal(w->cx.err->causes->message,
			    "Required value: must not be empty for specified object fields");
	pv_recover(&w->cx);
	assert_null(pv_resource_by_word(&w->cx, w->registry, "x"));
}

static void
tells_which_names_are_taken(void **state)
{
	registry_world *w = *state;
	const pv_val *crd = yaml(w, crd_text), *ret, *twin;

	assert_int_equal(pv_registry_crd_status(&w->cx, w->registry, crd, NULL, &ret), 0);
	assert_string_equal(pv_text_at(ret, "status.conditions.1.type", ""), "Established");
	assert_string_equal(pv_text_at(ret, "status.conditions.1.status", ""), "True");
	assert_string_equal(pv_text_at(ret, "status.storedVersions.0", ""), "v1");
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", crd), 0);
	twin = yaml(w, "metadata: {name: others.example.org}\nspec: {group: example.org, names: {plural: "
		       "others, kind: Other, "
		       "shortNames: [wd]}, versions: []}\n");
	assert_int_equal(pv_registry_crd_status(&w->cx, w->registry, twin, NULL, &ret), 0);
	assert_string_equal(pv_text_at(ret, "status.conditions.0.reason", ""), "ShortNamesConflict");
	assert_string_equal(pv_text_at(ret, "status.conditions.1.status", ""), "False");
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", NULL), 0);
}

static const char strict_text[] =
	"metadata: {name: gadgets.example.org}\n"
	"spec:\n"
	"  group: example.org\n"
	"  scope: Cluster\n"
	"  names: {plural: gadgets, kind: Gadget}\n"
	"  versions:\n"
	"  - name: v1\n    served: true\n    storage: true\n"
	"    schema:\n"
	"      openAPIV3Schema:\n"
	"        type: object\n"
	"        properties:\n"
	"          spec:\n"
	"            type: object\n"
	"            required: [size]\n"
	"            properties:\n"
	"              size: {type: integer, maximum: 3}\n"
	"              list: {type: array, items: {type: string, maxLength: 2}}\n"
	"              parts: {type: array, x-kubernetes-list-type: map,\n"
	"                x-kubernetes-list-map-keys: [name], items: {type: object, required: [name],\n"
	"                properties: {name: {type: string}, n: {type: integer, maximum: 5}}}}\n";

static size_t
faults(registry_world *w, const char *text, const char *old_text)
{
	const pv_resource *res = pv_resource_of_type(&w->cx, w->registry, "example.org/Gadget");
	const pv_val *old = old_text ? yaml(w, old_text) : NULL;
	pv_vec causes;

	pv_vec_init(&causes, w->cx.arena, sizeof(pv_cause));
	return pv_resource_validate(&w->cx, res, yaml(w, text), old, "", &causes, NULL);
}

/* An update is not refused for what it leaves as it was. */
static void
old_faults_do_not_stop_an_update(void **state)
{
	registry_world *w = *state;
#define GADGET(spec) "{apiVersion: example.org/v1, kind: Gadget, metadata: {name: g}, spec: " spec "}"

	assert_int_equal(
		pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", yaml(w, strict_text)), 0);
	assert_int_equal(faults(w, GADGET("{size: 9}"), NULL), 1);
	assert_int_equal(faults(w, GADGET("{size: 9, list: [a]}"), GADGET("{size: 9}")), 0);
	assert_int_equal(faults(w, GADGET("{size: 8}"), GADGET("{size: 9}")), 1);
	/* items of a list that is no map have nothing that tells them apart: it changes as a whole */
	assert_int_equal(faults(w, GADGET("{size: 1, list: [new, long]}"), GADGET("{size: 1, list: [long]}")),
			 2);
	assert_int_equal(faults(w, GADGET("{size: 1, list: [x, long]}"), GADGET("{size: 1, list: [long]}")),
			 1);
	assert_int_equal(faults(w, GADGET("{size: 2, list: [long]}"), GADGET("{size: 1, list: [long]}")), 0);
	assert_int_equal(faults(w, GADGET("{list: [a]}"), GADGET("{list: [b]}")),
			 1); /* spec changed: size is missed */
	assert_int_equal(faults(w, GADGET("{list: [b]}"), GADGET("{list: [b]}")), 0);
	/* those of a map are told apart by their keys, in whatever order */
	assert_int_equal(faults(w, GADGET("{size: 1, parts: [{name: b, n: 1}, {name: a, n: 9}]}"),
				GADGET("{size: 1, parts: [{name: a, n: 9}]}")),
			 0);
	assert_int_equal(faults(w, GADGET("{size: 1, parts: [{name: a, n: 8}, {name: b, n: 9}]}"),
				GADGET("{size: 1, parts: [{name: a, n: 9}]}")),
			 2);
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", NULL), 0);
}

/* A schema is built and packed once for as long as its text is the same. */
static void
keeps_a_schema_that_is_the_same(void **state)
{
	registry_world *w = *state;
	const pv_val *crd = yaml(w, strict_text), *openapi;
	pv_val v = pv_with_at(w->cx.arena, crd, "status.seen", pv_bool(true));
	const pv_schema *before;

	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", crd), 0);
	before = pv_resource_by_word(&w->cx, w->registry, "gadgets")->schema;
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", &v), 0);
	assert_ptr_equal(pv_resource_by_word(&w->cx, w->registry, "gadgets")->schema, before);
	assert_true(pv_truth(pv_at(pv_resource_by_word(&w->cx, w->registry, "gadgets")->crd, "status.seen"),
			     false));
	assert_int_equal(
		pv_resource_openapi(&w->cx, pv_resource_by_word(&w->cx, w->registry, "gadgets"), &openapi),
		0);
	assert_true(pv_eq(openapi, pv_at(crd, "spec.versions.0.schema.openAPIV3Schema")));
	v = pv_with_at(w->cx.arena, crd, "spec.versions.0.schema.openAPIV3Schema.properties.spec.type",
		       pv_string_ref("object"));
	v = pv_with_at(w->cx.arena, &v,
		       "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.size.maximum",
		       pv_int(9));
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", &v), 0);
	assert_ptr_not_equal(pv_resource_by_word(&w->cx, w->registry, "gadgets")->schema, before);
	assert_int_equal(faults(w, GADGET("{size: 9}"), NULL), 0);
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "gadgets.example.org", NULL), 0);
}

/* Two versions that only a webhook turns into each other. */
static void
serves_what_a_webhook_converts(void **state)
{
	registry_world *w = *state;
	const pv_val *crd = yaml(w, crd_text), *status;
	pv_val v = pv_with_at(w->cx.arena, crd, "spec.conversion.strategy", pv_string_ref("Webhook"));

	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", &v), 0);
	assert_non_null(pv_resource_find(&w->cx, w->registry, "example.org", "v1", "widgets"));
	assert_non_null(pv_resource_find(&w->cx, w->registry, "example.org", "v1beta1", "widgets"));
	assert_true(pv_registry_converts(w->registry));
	assert_int_equal(pv_registry_crd_status(&w->cx, w->registry, &v, NULL, &status), 0);
	assert_int_equal(pv_count(pv_at(status, "status.conditions")), 2);
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", NULL), 0);
}

/* ---- many threads ---- */

#define TURNS 300

typedef struct reader {
	pv_registry *registry;
	_Atomic int *stop;
	size_t found, missed;
} reader;

static void *
reads(void *arg)
{
	reader *r = arg;

	while (!*r->stop) {
		pv_ctx cx;
		const pv_resource *res;

		pv_ctx_init(&cx, "reader");
		res = pv_resource_find(&cx, r->registry, "example.org", "v1", "widgets");
		if (res && pv_schema_field(res->schema, "spec") && pv_streq(res->kind, "Widget"))
			r->found++;
		else
			r->missed++;
		for (size_t pos = 0; pv_resource_each(&cx, r->registry, &pos, &res);)
			if (!res->plural[0])
				r->missed += 1000000;
		pv_ctx_done(&cx);
	}
	return NULL;
}

static void
is_read_while_it_changes(void **state)
{
	registry_world *w = *state;
	const pv_val *crd = yaml(w, crd_text);
	_Atomic int stop = 0;
	reader readers[3];
	pthread_t threads[3];

	for (size_t i = 0; i < 3; i++) {
		readers[i] = (reader){w->registry, &stop, 0, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, reads, &readers[i]), 0);
	}
	for (size_t i = 0; i < TURNS; i++) {
		pv_ctx cx;

		pv_ctx_init(&cx, "writer");
		assert_int_equal(
			pv_registry_put_crd(&cx, w->registry, "widgets.example.org", i % 2 ? NULL : crd), 0);
		pv_ctx_done(&cx);
	}
	stop = 1;
	for (size_t i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		assert_true(readers[i].missed < 1000000);
	}
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", NULL), 0);
}

/* ---- the store ---- */

static void
serves_what_the_store_holds(void **state)
{
	registry_world *w = *state;
	pv_store_conf conf = {.url = "memory:"};
	pv_key good = {"apiextensions.k8s.io/CustomResourceDefinition", "", "widgets.example.org"};
	pv_key bad = {"apiextensions.k8s.io/CustomResourceDefinition", "", "broken.example.org"};
	pv_write writes[] = {
		{.key = good, .doc = yaml(w, crd_text), .expect = PV_REV_ABSENT},
		{.key = bad,
		 .doc = yaml(w, "metadata: {name: broken.example.org}\nspec: {group: example.org, names: "
				"{plural: broken, kind: Broken}, "
				"versions: [{name: v1, served: true, storage: true, schema: "
				"{openAPIV3Schema: {type: string}}}]}\n"),
		 .expect = PV_REV_ABSENT},
	};
	pv_registry *next;
	pv_store *store;
	pv_vec skipped;
	int64_t rev;

	pv_vec_init(&skipped, w->cx.arena, sizeof(const char *));
	assert_int_equal(pv_store_open(&w->cx, &conf, &store), 0);
	assert_int_equal(pv_store_write(&w->cx, store, writes, PV_LEN(writes)), 0);
	assert_int_equal(pv_registry_install(&w->cx, w->registry, store, &skipped), 0);
	assert_non_null(pv_resource_by_word(&w->cx, w->registry, "widgets"));
	assert_int_equal(skipped.len, 1);
	assert_true(pv_starts_with(*PV_AT(const char *, &skipped, 0), "broken.example.org: "));

	/* A second start changes nothing. */
	rev = pv_store_rev(store);
	assert_int_equal(pv_registry_new(&w->cx, &next), 0);
	assert_int_equal(pv_registry_install(&w->cx, next, store, NULL), 0);
	assert_non_null(pv_resource_by_word(&w->cx, next, "widgets"));
	assert_int_equal(pv_store_rev(store), rev);
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", NULL), 0);
	pv_ctx_reset(&w->cx); /* lets go of records and snapshots */
	pv_registry_free(next);
	pv_store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_built_in_kinds),
		cmocka_unit_test(understands_words),
		cmocka_unit_test(strategic_merge_knows_the_keys),
		cmocka_unit_test(a_crd_comes_and_goes),
		cmocka_unit_test(a_deprecated_version_names_the_next),
		cmocka_unit_test(refuses_a_schema_that_is_not_structural),
		cmocka_unit_test(tells_which_names_are_taken),
		cmocka_unit_test(old_faults_do_not_stop_an_update),
		cmocka_unit_test(keeps_a_schema_that_is_the_same),
		cmocka_unit_test(serves_what_a_webhook_converts),
		cmocka_unit_test(is_read_while_it_changes),
		cmocka_unit_test(serves_what_the_store_holds),
	};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
