/* Right objects, new or in place of an older one, and what a kube-apiserver 1.34.4 told their writer
 * (warnings.jsonl): the same texts in the same order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/kinds/kinds.h"
#include "lang/json/json.h"
#include "unit/core/refusal.h"
#include "unit/core/rows.h"
#include <stdio.h>

typedef struct tally {
	registry_world *w;
	size_t n, wrong;
} tally;

static const pv_val *
completed(registry_world *w, pv_ctx *cx, const pv_val *object)
{
	return object ? pv_resource_default(cx, refusal_resource_of(w, object), object) : NULL;
}

static void
tell(registry_world *w, pv_ctx *cx, const pv_val *row, pv_vec *texts)
{
	pv_write_told write = {.object = completed(w, cx, pv_get(row, "object")),
			       .old = completed(w, cx, pv_get(row, "old")),
			       .subresource = pv_text(pv_get(row, "sub"), ""),
			       .renewed = pv_truth(pv_get(row, "renewed"), false)};

	pv_vec_init(texts, cx->arena, sizeof(const char *));
	pv_kind_warnings(cx, refusal_resource_of(w, write.object)->kind_facts, &write, texts);
}

/* Each once, as answers have them. */
static bool
told_alike(pv_ctx *cx, const pv_val *row, const pv_vec *texts)
{
	const pv_val *want = pv_get(row, "told");
	size_t n = 0;
	bool alike = true;

	for (size_t i = 0; i < texts->len; i++) {
		const char *text = *PV_AT(const char *, texts, i);
		bool twice = false;

		for (size_t k = 0; k < i; k++)
			twice |= pv_streq(text, *PV_AT(const char *, texts, k));
		if (!twice)
			alike &= pv_streq(text, pv_text(pv_item(want, n++), ""));
	}
	if (alike && n == pv_count(want))
		return true;
	printf("# %s\n", pv_json_text(cx->arena, row));
	for (size_t i = 0; i < texts->len; i++)
		printf("#   told: %s\n", *PV_AT(const char *, texts, i));
	return false;
}

static void
look_at(pv_ctx *cx, const pv_val *row, void *arg)
{
	tally *t = arg;
	pv_vec texts;

	tell(t->w, cx, row, &texts);
	t->wrong += !told_alike(cx, row, &texts);
	t->n++;
}

static void
tells_what_kubernetes_tells(void **state)
{
	tally t = {.w = *state};

	rows_read("warnings.jsonl", look_at, &t);
	printf("# %zu objects, %zu told otherwise\n", t.n, t.wrong);
	assert_true(t.n > 150);
	assert_int_equal(t.wrong, 0);
}

/* Ports are held against one another pair by pair, so a million pairs are enough: of the last port, which
 * is the first one's double, nobody is told. */
static void
a_million_pairs_are_enough(void **state)
{
	registry_world *w = *state;
	pv_listb ports;
	pv_val port, container, spec, pod;
	pv_write_told write = {.subresource = ""};
	pv_vec texts;

	pv_listb_init(&ports, w->cx.arena);
	for (int i = 0; i < 2000; i++) {
		port = *refusal_yaml(w, "{containerPort: 80, protocol: TCP}");
		port = pv_with(w->cx.arena, &port, "hostPort", pv_int(i == 1999 ? 1 : i + 1));
		pv_listb_add(&ports, port);
	}
	container = *refusal_yaml(w, "{name: c, image: x}");
	container = pv_with(w->cx.arena, &container, "ports", pv_listb_end(&ports));
	spec = pv_list_of(w->cx.arena, &container, 1);
	pod = *refusal_yaml(w, "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {}}");
	pod = pv_with_at(w->cx.arena, &pod, "spec.containers", spec);
	write.object = &pod;
	pv_vec_init(&texts, w->cx.arena, sizeof(const char *));
	pv_kind_warnings(&w->cx, refusal_resource_of(w, &pod)->kind_facts, &write, &texts);
	assert_int_equal(texts.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tells_what_kubernetes_tells),
					   cmocka_unit_test(a_million_pairs_are_enough)};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
