/* The 188 CRDs of the outside suite (../shared/conformance/apiplane), where it is
 * at hand: accepted or refused as Kubernetes 1.36 did, with the same causes; and
 * the objects of its samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *
home(void)
{
	static const char *const places[] = {"/../shared/conformance/apiplane",
					     "/../../shared/conformance/apiplane"};
	static char path[1024];

	for (size_t i = 0; i < PV_LEN(places); i++) {
		snprintf(path, sizeof(path), "%s%s", PAVE_SOURCE_DIR, places[i]);
		if (access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

static pv_str
load(pv_ctx *cx, const char *path)
{
	FILE *f = fopen(path, "r");
	char room[65536];
	pv_buf b;
	size_t n;

	pv_buf_init(&b, cx->arena);
	assert_non_null(f);
	while ((n = fread(room, 1, sizeof(room), f)) > 0)
		pv_buf_add(&b, room, n);
	fclose(f);
	return (pv_str){b.s, b.len};
}

static long
resident_kb(void)
{
	char text[256] = "";
	FILE *f = fopen("/proc/self/statm", "r");
	int64_t pages = 0;
	pv_str rest, size, resident;

	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	rest = pv_str_of(text);
	if (pv_str_next(&rest, ' ', &size) && pv_str_next(&rest, ' ', &resident))
		pv_parse_int(resident, &pages);
	return (long)(pages * sysconf(_SC_PAGESIZE) / 1024);
}

static bool
has_cause(const pv_vec *causes, const pv_val *want)
{
	for (size_t i = 0; i < causes->len; i++) {
		const pv_cause *c = PV_AT(pv_cause, causes, i);

		if (pv_streq(c->reason, pv_text(pv_get(want, "reason"), "")) &&
		    pv_streq(c->field, pv_text(pv_get(want, "field"), "")))
			return true;
	}
	return false;
}

/* Each expected cause is there, and no other. */
static bool
same_causes(const pv_vec *causes, const pv_val *want)
{
	bool same = causes->len == pv_count(want);

	for (size_t i = 0; i < pv_count(want); i++)
		same &= has_cause(causes, pv_item(want, i));
	if (!same)
		for (size_t i = 0; i < causes->len; i++)
			printf("#   got %s %s: %s\n", PV_AT(pv_cause, causes, i)->reason,
			       PV_AT(pv_cause, causes, i)->field, PV_AT(pv_cause, causes, i)->message);
	return same;
}

static bool
crd_as_expected(pv_ctx *cx, pv_registry *registry, const pv_val *row)
{
	const pv_resource *res =
		pv_resource_of_type(cx, registry, "apiextensions.k8s.io/CustomResourceDefinition");
	const char *file = pv_printf(cx->arena, "%s/%s", home(), pv_text(pv_get(row, "file"), ""));
	bool accepted = pv_i64(pv_get(row, "code"), 0) == 201;
	const pv_val *crd;
	pv_str text;
	pv_vec causes, unknown;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	text = load(cx, file);
	assert_int_equal(pv_yaml_parse(cx, text, NULL, &crd), 0);
	crd = pv_resource_prune(cx, res, crd, &unknown);
	crd = pv_resource_default(cx, res, crd);
	pv_resource_validate(cx, res, crd, NULL, "", &causes, NULL);
	if (accepted && !causes.len)
		return pv_registry_put_crd(cx, registry, pv_text_at(crd, "metadata.name", ""), crd) == 0;
	return same_causes(&causes, pv_get(row, "causes")) && !accepted;
}

static void
loads_every_crd(void **state)
{
	pv_ctx cx;
	pv_registry *registry;
	pv_str text, line;
	size_t failed = 0, n = 0;
	int64_t begin;
	long before;

	(void)state;
	if (!home())
		skip();
	pv_ctx_init(&cx, "test");
	begin = pv_mono();
	assert_int_equal(pv_registry_new(&cx, &registry), 0);
	printf("# registry of built-in kinds: %.1f ms\n", (double)(pv_mono() - begin) / 1e6);
	text = load(&cx, pv_printf(cx.arena, "%s/crds.expected.jsonl", home()));
	before = resident_kb();
	begin = pv_mono();
	while (pv_str_next(&text, '\n', &line)) {
		const pv_val *row;
		pv_ctx one;

		pv_ctx_init(&one, "crd");
		if (line.len) {
			assert_int_equal(pv_json_parse(&one, line, NULL, &row), 0);
			n++;
			if (!crd_as_expected(&one, registry, row)) {
				failed++;
				printf("# %s: %s\n", pv_text(pv_get(row, "crd"), ""), pv_error_text(&one));
			}
		}
		pv_ctx_done(&one);
	}
	printf("# %zu CRDs in %.2f s, %ld MB more resident\n", n, (double)(pv_mono() - begin) / 1e9,
	       (resident_kb() - before) / 1024);
	assert_int_equal(failed, 0);
	pv_ctx_done(&cx);
	pv_registry_free(registry);
}

/* ---- objects ---- */

typedef struct tally {
	size_t total, verdict, causes, objects, compared, ruled;
} tally;

static const char *const samples[] = {
	"argo-cd",
	"argo-helm",
	"argocd-image-updater",
	"cert-manager",
	"crossplane-provider-sql",
	"crossplane",
	"external-secrets",
	"gatekeeper",
	"gateway-api",
	"istio",
	"kcp",
	"kyverno-cli-data",
	"kyverno-tests",
	"kyverno",
	"prometheus-operator",
	"tekton-pipeline",
};

static void
load_crds(pv_ctx *cx, pv_registry *registry)
{
	pv_str text = load(cx, pv_printf(cx->arena, "%s/crds.expected.jsonl", home())), line;

	while (pv_str_next(&text, '\n', &line)) {
		const pv_val *row, *crd;
		pv_ctx one;

		pv_ctx_init(&one, "crd");
		if (line.len && pv_json_parse(&one, line, NULL, &row) == 0 &&
		    pv_i64(pv_get(row, "code"), 0) == 201 &&
		    pv_yaml_parse(&one,
				  load(&one, pv_printf(one.arena, "%s/%s", home(),
						       pv_text(pv_get(row, "file"), ""))),
				  NULL, &crd) == 0)
			assert_int_equal(pv_registry_put_crd(&one, registry,
							     pv_text_at(crd, "metadata.name", ""), crd),
					 0);
		pv_ctx_done(&one);
	}
}

/* What the reference said of CEL rules has no place yet: those have no reason of the schema. */
static bool
is_ruled(const pv_val *causes)
{
	for (size_t i = 0; i < pv_count(causes); i++) {
		const char *message = pv_text(pv_get(pv_item(causes, i), "message"), "");

		if (pv_starts_with(message, "Invalid value: ") &&
		    !pv_starts_with(message, "Invalid value: \"\": \"") && !strstr(message, "in body") &&
		    !strstr(message, ": must not be empty") && !strstr(message, "regex used for validation"))
			return true;
	}
	return false;
}

/* What is kept is the stored version; the answer is made from it. */
static const pv_val *
through_storage(pv_ctx *cx, pv_registry *registry, const pv_resource *res, const pv_val *object)
{
	const pv_resource *stored = pv_resource_of_type(cx, registry, res->type);
	const pv_val *there = stored == res ? object : pv_resource_as(cx, stored, object);

	if (!there)
		pv_recover(cx); /* a conversion webhook: not asked here */
	return there ? pv_resource_as(cx, res, there) : object;
}

static void
judge(pv_ctx *cx, pv_registry *registry, const pv_val *row, tally *t)
{
	const pv_val *object = pv_get(row, "input"), *want = pv_get(row, "warn"),
		     *strict = pv_get(row, "strict");
	const char *crd = pv_text(pv_get(row, "crd"), ""), *version = pv_text(pv_get(row, "apiVersion"), "");
	const pv_resource *res = pv_resource_of_kind(cx, registry, version, pv_text(pv_get(row, "kind"), ""));
	int64_t code = pv_i64(pv_get(want, "code"), 0);
	bool accepted, same;
	pv_vec causes, unknown;

	if (!res || code == 500 || code == 400 || res->kind_facts || res->view)
		return;
	t->total++;
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	object = pv_resource_prune(cx, res, object, &unknown);
	if (res->has_status) /* a create does not set it */
		object = pv_box(cx->arena, pv_without(cx->arena, object, "status"));
	object = through_storage(cx, registry, res, pv_resource_default(cx, res, object));
	pv_resource_validate(cx, res, object, NULL, "", &causes, NULL);
	accepted = !causes.len;
	if (accepted && code == 422 && is_ruled(pv_get(want, "causes"))) {
		t->ruled++;
		return;
	}
	same = accepted == (code == 201) && (unknown.len > 0) == (pv_i64(pv_get(strict, "code"), 0) == 400);
	t->verdict += same;
	if (!same ||
	    (!accepted && !is_ruled(pv_get(want, "causes")) && !same_causes(&causes, pv_get(want, "causes"))))
		printf("# %s %s: want %s\n", crd, pv_text(pv_get(row, "id"), ""),
		       pv_text(pv_get(want, "message"), "accepted"));
	else
		t->causes++;
	if (!accepted || code != 201)
		return;
	t->compared++;
	if (pv_eq(pv_get(object, "spec"), pv_at(want, "object.spec")))
		t->objects++;
	else
		printf("# %s %s: %s\n#   want %s\n", crd, pv_text(pv_get(row, "id"), ""),
		       pv_json_text(cx->arena, pv_get(object, "spec")),
		       pv_json_text(cx->arena, pv_at(want, "object.spec")));
}

static void
judges_every_sample(void **state)
{
	pv_ctx cx;
	pv_registry *registry;
	tally t = {0};
	int64_t begin;

	(void)state;
	if (!home())
		skip();
	pv_ctx_init(&cx, "test");
	assert_int_equal(pv_registry_new(&cx, &registry), 0);
	load_crds(&cx, registry);
	begin = pv_mono();
	for (size_t i = 0; i < PV_LEN(samples); i++) {
		pv_str text = load(&cx, pv_printf(cx.arena, "%s/samples/%s.jsonl", home(), samples[i])), line;

		while (pv_str_next(&text, '\n', &line)) {
			const pv_val *row;
			pv_ctx one;

			pv_ctx_init(&one, "sample");
			if (line.len) {
				assert_int_equal(pv_json_parse(&one, line, NULL, &row), 0);
				judge(&one, registry, row, &t);
			}
			pv_ctx_done(&one);
		}
	}
	printf("# %zu objects: verdict %zu, causes %zu, result %zu of %zu; %zu refused by CEL rules only; "
	       "%.2f s\n",
	       t.total, t.verdict, t.causes, t.objects, t.compared, t.ruled,
	       (double)(pv_mono() - begin) / 1e9);
	assert_int_equal(t.verdict + t.ruled, t.total);
	assert_int_equal(t.objects, t.compared);
	pv_ctx_done(&cx);
	pv_registry_free(registry);
}

/* ---- built-in kinds: one object of each with every field set ---- */

static void
knows_the_types_of_built_in_kinds(void **state)
{
	pv_ctx cx;
	pv_registry *registry;
	size_t n, seen = 0, bad = 0, newer = 0;
	const pv_resource *const *all;

	(void)state;
	if (!home())
		skip();
	pv_ctx_init(&cx, "test");
	assert_int_equal(pv_registry_new(&cx, &registry), 0);
	all = pv_resource_all(&cx, registry, &n);
	for (size_t i = 0; i < n; i++) {
		const char *group = *all[i]->group ? all[i]->group : "core";
		const char *path = pv_printf(cx.arena, "%s/roundtrip/HEAD/%s.%s.%s.json", home(), group,
					     all[i]->version, all[i]->kind);
		const pv_val *object;
		pv_vec unknown, causes;

		if (!all[i]->kind_facts || access(path, R_OK) != 0)
			continue;
		seen++;
		pv_vec_init(&unknown, cx.arena, sizeof(const char *));
		pv_vec_init(&causes, cx.arena, sizeof(pv_cause));
		assert_int_equal(pv_json_parse(&cx, load(&cx, path), NULL, &object), 0);
		pv_resource_prune(&cx, all[i], object, &unknown);
		newer += unknown.len; /* the objects are of a later version than the facts */
		pv_schema_validate(&cx, all[i]->schema, object, "", &causes);
		for (size_t k = 0; k < causes.len; k++) {
			const pv_cause *c = PV_AT(pv_cause, &causes, k);

			/* Values are made up, so enums do not hold; types do. */
			if (!pv_streq(c->reason, "FieldValueTypeInvalid") &&
			    !pv_streq(c->reason, "FieldValueRequired"))
				continue;
			printf("# %s: %s: %s\n", all[i]->type, c->field, c->message);
			bad++;
		}
	}
	printf("# %zu built-in kinds, %zu fields newer than our facts\n", seen, newer);
	assert_true(seen > 40);
	assert_int_equal(bad, 0);
	pv_ctx_done(&cx);
	pv_registry_free(registry);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_every_crd),
		cmocka_unit_test(judges_every_sample),
		cmocka_unit_test(knows_the_types_of_built_in_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
