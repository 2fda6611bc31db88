/* Objects of built-in kinds with one thing changed, and what a kube-apiserver 1.34.4 said of them
 * (kind_verdicts.jsonl of new ones, update_verdicts.jsonl of updates and of writes of their status): causes with the
 * same reasons and fields, and messages where a row has one.  A row's object is the base of its kind with a JSON
 * patch; of an update, in place of the base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"
#include "lang/patch/patch.h"
#include "unit/core/rows.h"
#include <stdio.h>

typedef struct judge {
	pv_ctx cx;
	pv_registry *registry;
	pv_map *bases; /* by id: as it is written */
	size_t n, wrong;
} judge;

/* want: reason, field, and the message if that is kept, too */
static bool
is_cause(const pv_val *want, const pv_cause *cause)
{
	return pv_streq(pv_text(pv_item(want, 0), ""), cause->reason) &&
	       pv_streq(pv_text(pv_item(want, 1), ""), cause->field) &&
	       (pv_count(want) < 3 || pv_streq(pv_text(pv_item(want, 2), ""), cause->message));
}

static bool
is_told(const pv_vec *causes, const pv_val *want)
{
	for (size_t i = 0; i < causes->len; i++)
		if (is_cause(want, PV_AT(pv_cause, causes, i)))
			return true;
	return false;
}

static bool
is_wanted(const pv_val *list, const pv_cause *cause)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (is_cause(pv_item(list, i), cause))
			return true;
	return false;
}

/* As a server has it before it asks what is wrong. */
static const pv_val *
completed(pv_ctx *cx, const pv_resource *res, const pv_val *object, const pv_val *old)
{
	const pv_val *now = pv_resource_default(cx, res, pv_resource_prune(cx, res, object, NULL));

	return pv_resource_give(cx, res, now, old, object);
}

static void
tell(pv_ctx *cx, const pv_val *row, const pv_vec *causes)
{
	printf("# %s\n", pv_json_text(cx->arena, row));
	for (size_t i = 0; i < causes->len; i++) {
		const pv_cause *c = PV_AT(pv_cause, causes, i);

		printf("#   told: %s %s: %s\n", c->reason, c->field, c->message);
	}
}

static bool
judged_alike(judge *j, pv_ctx *cx, const pv_val *row)
{
	const pv_val *want = pv_get(row, "causes"), *object, *old = NULL,
		     *base = pv_map_finds(j->bases, pv_text(pv_get(row, "of"), ""));
	const pv_resource *res;
	bool alike = true;
	pv_vec causes;

	assert_non_null(base);
	res = pv_resource_of_kind(cx, j->registry, pv_text_at(base, "apiVersion", ""),
				  pv_text_at(base, "kind", ""));
	assert_non_null(res);
	assert_int_equal(pv_patch_json(cx, base, pv_get(row, "patch"), &object), 0);
	if (pv_truth(pv_get(row, "update"), false))
		old = completed(cx, res, base, NULL);
	object = completed(cx, res, object, old);
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_resource_validate(cx, res, object, old, pv_text(pv_get(row, "sub"), ""), &causes, NULL);
	for (size_t i = 0; i < causes.len; i++)
		alike &= is_wanted(want, PV_AT(pv_cause, &causes, i));
	for (size_t i = 0; i < pv_count(want); i++)
		alike &= is_told(&causes, pv_item(want, i));
	if (!alike)
		tell(cx, row, &causes);
	return alike;
}

static void
look_at(pv_ctx *cx, const pv_val *row, void *arg)
{
	judge *j = arg;

	if (pv_get(row, "base")) {
		pv_map_puts(
			j->bases, pv_strdup(j->cx.arena, pv_text(pv_get(row, "id"), "")),
			(void *)((uintptr_t)pv_box(j->cx.arena, pv_copy(j->cx.arena, pv_get(row, "base")))));
	} else {
		j->wrong += !judged_alike(j, cx, row);
		j->n++;
	}
}

static void
judge_rows(const char *file, size_t least)
{
	judge j = {.n = 0};

	pv_ctx_init(&j.cx, "test");
	j.bases = pv_map_new(j.cx.arena);
	assert_int_equal(pv_registry_new(&j.cx, &j.registry), 0);
	rows_read(file, look_at, &j);
	printf("# %zu objects, %zu judged otherwise\n", j.n, j.wrong);
	assert_true(j.n > least);
	assert_int_equal(j.wrong, 0);
	pv_ctx_done(&j.cx);
	pv_registry_free(j.registry);
}

static void
says_what_kubernetes_says(void **state)
{
	(void)state;
	judge_rows("kind_verdicts.jsonl", 500);
}

static void
says_of_updates_what_kubernetes_says(void **state)
{
	(void)state;
	judge_rows("update_verdicts.jsonl", 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_kubernetes_says),
					   cmocka_unit_test(says_of_updates_what_kubernetes_says)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
