#include "governance/gatekeeper/tally.h"

#include <stdio.h>
#include <string.h>

#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"

typedef struct tally { /* of a constraint */
	char *kind, *name;
	int64_t total;
	char **objects; /* sorted; each once */
	size_t n, cap;
} tally;

struct gk_tallies {
	pv_map *all; /* "kind\nname" -> tally */
};

gk_tallies *
gk_tallies_new(void)
{
	gk_tallies *t = pv_heap_new(sizeof *t);

	t->all = pv_map_new(NULL);
	return t;
}

static void
drop(tally *one)
{
	for (size_t i = 0; i < one->n; i++)
		pv_heap_free(one->objects[i]);
	pv_heap_free(one->objects);
	pv_heap_free(one->kind);
	pv_heap_free(one->name);
	pv_heap_free(one);
}

void
gk_tallies_clear(gk_tallies *t)
{
	size_t pos = 0;
	void *one;

	while (pv_map_each(t->all, &pos, NULL, &one))
		drop(one);
	pv_map_free(t->all);
	t->all = pv_map_new(NULL);
}

void
gk_tallies_free(gk_tallies *t)
{
	gk_tallies_clear(t);
	pv_map_free(t->all);
	pv_heap_free(t);
}

/* ---- one constraint ---- */

static tally *
of(gk_tallies *t, const pv_val *row)
{
	const char *kind = pv_text_at(row, "kind", ""), *name = pv_text_at(row, "constraint", "");
	char key[1024];
	size_t len = (size_t)snprintf(key, sizeof key, "%s\n%s", kind, name);
	tally *one;

	len = len < sizeof key ? len : sizeof key - 1;
	one = pv_map_find(t->all, key, len);
	if (!one) {
		one = pv_heap_new(sizeof *one);
		one->kind = pv_heap_printf("%s", kind);
		one->name = pv_heap_printf("%s", name);
		(void)pv_map_put(t->all, key, len, one);
	}
	return one;
}

/* Where it stands, or is to stand. */
static size_t
place(const tally *one, const char *object, bool *ret_there)
{
	size_t lo = 0, hi = one->n;

	*ret_there = false;
	if (hi && strcmp(one->objects[hi - 1], object) < 0)
		return hi; /* as they come, mostly */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(one->objects[mid], object);

		if (order == 0) {
			*ret_there = true;
			return mid;
		}
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
enter(tally *one, const char *object)
{
	bool there;
	size_t at = place(one, object, &there);

	one->total++;
	if (there)
		return;
	if (one->n == one->cap) {
		char **more = pv_heap_new((2 * one->cap + 16) * sizeof *more);

		if (one->n)
			memcpy(more, one->objects, one->n * sizeof *more);
		pv_heap_free(one->objects);
		one->objects = more;
		one->cap = 2 * one->cap + 16;
	}
	memmove(&one->objects[at + 1], &one->objects[at], (one->n - at) * sizeof *one->objects);
	one->objects[at] = pv_heap_printf("%s", object);
	one->n++;
}

static void
leave(tally *one, const char *object)
{
	bool there;
	size_t at = place(one, object, &there);

	one->total--;
	if (!there)
		return;
	pv_heap_free(one->objects[at]);
	memmove(&one->objects[at], &one->objects[at + 1], (one->n - at - 1) * sizeof *one->objects);
	one->n--;
}

void
gk_tallies_change(gk_tallies *t, const char *object, const pv_val *before, const pv_val *now)
{
	for (size_t i = 0; i < pv_count(before); i++)
		if (pv_get(pv_item(before, i), "violation"))
			leave(of(t, pv_item(before, i)), object);
	for (size_t i = 0; i < pv_count(now); i++)
		if (pv_get(pv_item(now, i), "violation"))
			enter(of(t, pv_item(now, i)), object);
}

/* ---- what a status says ---- */

static void
list_rows(const tally *one, const pv_val *rows, size_t *left, pv_listb *list)
{
	for (size_t k = 0; k < pv_count(rows) && *left; k++) {
		const pv_val *row = pv_item(rows, k);

		if (!pv_get(row, "violation") || !pv_streq(pv_text_at(row, "constraint", ""), one->name) ||
		    !pv_streq(pv_text_at(row, "kind", ""), one->kind))
			continue;
		pv_listb_add(list, *pv_get(row, "violation"));
		--*left;
	}
}

pv_val
gk_tallies_value(pv_ctx *cx, const gk_tallies *t,
		 const pv_val *(*rows)(void *arg, const char *object, size_t i), void *arg)
{
	pv_val all = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	size_t pos = 0;
	void *v;

	while (pv_map_each(t->all, &pos, NULL, &v)) {
		const tally *one = v;
		const pv_val *kind = pv_get(&all, one->kind), *some;
		size_t left = GK_LISTED_MOST;
		pv_objb counted, of_kind;
		pv_listb list;

		if (!one->total)
			continue;
		pv_listb_init(&list, cx->arena);
		for (size_t i = 0; i < one->n && left; i++)
			for (size_t k = 0; (some = rows(arg, one->objects[i], k)); k++)
				list_rows(one, some, &left, &list);
		pv_objb_init(&counted, cx->arena);
		pv_objb_put(&counted, "total", pv_int(one->total));
		pv_objb_put(&counted, "violations", pv_listb_end(&list));
		pv_objb_init(&of_kind, cx->arena);
		if (kind)
			pv_objb_from(&of_kind, cx->arena, kind);
		pv_objb_put(&of_kind, one->name, pv_objb_end(&counted));
		all = pv_with(cx->arena, &all, one->kind, pv_objb_end(&of_kind));
	}
	return all;
}
