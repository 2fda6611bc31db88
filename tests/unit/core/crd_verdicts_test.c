/* CRDs, each wrong in one way or just right (crd_verdicts.jsonl; crd_rules.jsonl for rules in CEL;
 * crd_costs.jsonl for what rules may cost), and what a kube-apiserver 1.34.4 said of them: the same causes
 * are found, and no others.  Of messages the tables have the beginning, without the rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"
#include "unit/core/rows.h"
#include <stdio.h>
#include <string.h>

typedef struct judge {
	pv_ctx cx;
	pv_registry *registry;
	const pv_val *base; /* the schema of the first row, if that has one */
	size_t n, wrong;
} judge;

static bool
is_told(const pv_vec *causes, const pv_val *want)
{
	for (size_t i = 0; i < causes->len; i++) {
		const pv_cause *c = PV_AT(pv_cause, causes, i);

		if (pv_streq(c->reason, pv_text(pv_get(want, "reason"), "")) &&
		    pv_streq(c->field, pv_text(pv_get(want, "field"), "")) &&
		    strstr(c->message, pv_text(pv_get(want, "message"), "?")))
			return true;
	}
	return false;
}

#define PLAIN \
	"{\"metadata\":{\"name\":\"widgets.x.example.com\"},\"spec\":{\"group\":\"x.example.com\"," \
	"\"scope\":\"Namespaced\",\"names\":{\"plural\":\"widgets\",\"kind\":\"Widget\"},\"versions\":[{" \
	"\"name\":\"v1\",\"served\":true,\"storage\":true,\"schema\":{\"openAPIV3Schema\":%s}}]}}"

/* The schema of the first row with a rule at one of its places. */
static const pv_val *
ruled(pv_ctx *cx, const pv_val *base, const pv_val *row)
{
	const char *at = pv_text(pv_get(row, "at"), "");
	const char *path = pv_printf(cx->arena, "%s%sx-kubernetes-validations", at, *at ? "." : "");
	pv_val rules = pv_list_of(cx->arena, pv_get(row, "rule"), 1);

	return pv_box(cx->arena, pv_with_at(cx->arena, base, path, rules));
}

/* A row has a whole definition, or the schema of one that is right otherwise. */
static const pv_val *
definition(pv_ctx *cx, const pv_val *base, const pv_val *row)
{
	const pv_val *schema = pv_get(row, "schema"), *crd = pv_get(row, "crd");

	if (pv_get(row, "rule"))
		schema = ruled(cx, base, row);
	if (schema)
		assert_int_equal(
			pv_json_parse(cx,
				      pv_str_of(pv_printf(cx->arena, PLAIN, pv_json_text(cx->arena, schema))),
				      NULL, &crd),
			0);
	pv_val whole = pv_with(cx->arena, crd, "apiVersion", pv_string_ref("apiextensions.k8s.io/v1"));

	return pv_box(cx->arena,
		      pv_with(cx->arena, &whole, "kind", pv_string_ref("CustomResourceDefinition")));
}

static const char *
name_of(pv_ctx *cx, const pv_val *row)
{
	return pv_get(row, "rule") ? pv_json_text(cx->arena, pv_get(row, "rule"))
				   : pv_text(pv_get(row, "id"), "");
}

static bool
judged_alike(pv_ctx *cx, pv_registry *registry, const pv_val *base, const pv_val *row)
{
	const pv_resource *res =
		pv_resource_of_type(cx, registry, "apiextensions.k8s.io/CustomResourceDefinition");
	const pv_val *want = pv_get(row, "causes"), *crd = definition(cx, base, row);
	pv_vec causes;
	size_t missed = 0;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	crd = pv_resource_default(cx, res, pv_resource_prune(cx, res, crd, NULL));
	pv_resource_validate(cx, res, crd, NULL, "", &causes, NULL);
	for (size_t i = 0; i < pv_count(want); i++)
		if (!is_told(&causes, pv_item(want, i))) {
			printf("# %s: not told: %s\n", name_of(cx, row),
			       pv_json_text(cx->arena, pv_item(want, i)));
			missed++;
		}
	if (!missed && causes.len == pv_count(want))
		return true;
	for (size_t i = 0; i < causes.len; i++) {
		const pv_cause *c = PV_AT(pv_cause, &causes, i);

		printf("# %s: told: %s %s: %s\n", name_of(cx, row), c->reason, c->field, c->message);
	}
	return false;
}

static void
look_at(pv_ctx *cx, const pv_val *row, void *arg)
{
	judge *j = arg;

	if (pv_get(row, "base"))
		j->base = pv_box(j->cx.arena, pv_copy(j->cx.arena, pv_get(row, "base")));
	else
		j->wrong += !judged_alike(cx, j->registry, j->base, row);
	j->n++;
}

static void
judge_all(const char *file, size_t least)
{
	judge j = {.n = 0};

	pv_ctx_init(&j.cx, "test");
	assert_int_equal(pv_registry_new(&j.cx, &j.registry), 0);
	rows_read(file, look_at, &j);
	printf("# %s: %zu rows, %zu judged otherwise\n", file, j.n, j.wrong);
	assert_true(j.n > least);
	assert_int_equal(j.wrong, 0);
	pv_registry_free(j.registry);
	pv_ctx_done(&j.cx);
}

static void
definitions(void **state)
{
	(void)state;
	judge_all("crd_verdicts.jsonl", 300);
}

static void
rules(void **state)
{
	(void)state;
	judge_all("crd_rules.jsonl", 300);
}

static void
costs(void **state)
{
	(void)state;
	judge_all("crd_costs.jsonl", 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(definitions), cmocka_unit_test(rules),
					   cmocka_unit_test(costs)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
