/* Whether an update left a value as it was (KEP-4008). */
#include "base/map.h"
#include "core/schema/walk.h"
#include <string.h>

static bool same(walk *w, const pv_schema *s, const pv_val *now, const pv_val *was);

const char *
pv_schema_item_key(pv_ctx *cx, const pv_schema *list, const pv_val *item)
{
	walk w = {.f = {.cx = cx}};
	bool full = list->list == PV_LIST_MAP && pv_is(item, PV_OBJECT);

	for (size_t i = 0; full && i < list->n_keys; i++) {
		const pv_prop *prop = pv_schema_prop(list->items, list->keys[i], strlen(list->keys[i]));

		full = pv_get(item, list->keys[i]) ||
		       (prop && prop->schema->facets && prop->schema->facets->def);
	}
	return full ? walk_key(&w, list, item) : NULL;
}

pv_map *
pv_schema_keyed(pv_ctx *cx, const pv_schema *list, const pv_val *v)
{
	pv_map *map;

	if (list->list != PV_LIST_MAP || !pv_is(v, PV_LIST))
		return NULL;
	map = pv_map_new(cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		const char *key = pv_schema_item_key(cx, list, &v->items[i]);

		if (key && !pv_map_finds(map, key))
			pv_map_puts(map, key, (void *)(uintptr_t)&v->items[i]);
	}
	return map;
}

/* Of lists of the type map items are told apart by their keys, in any order; what has none never was. */
static bool
same_lists(walk *w, const pv_schema *s, const pv_val *now, const pv_val *was)
{
	pv_map *before;

	if (now->len != was->len)
		return false;
	if (s->list != PV_LIST_MAP)
		return pv_eq(now, was);
	before = pv_schema_keyed(w->f.cx, s, was);
	for (size_t i = 0; i < now->len; i++) {
		const char *key = pv_schema_item_key(w->f.cx, s, &now->items[i]);
		const pv_val *item = key ? pv_map_finds(before, key) : NULL;

		if (!item || !same(w, s->items, &now->items[i], item))
			return false;
	}
	return true;
}

static bool
same_objects(walk *w, const pv_schema *s, const pv_val *now, const pv_val *was)
{
	if (now->len != was->len)
		return false;
	for (size_t i = 0; i < now->len; i++) {
		const pv_member *m = &now->members[i];
		const pv_prop *prop = pv_schema_prop(s, m->key.s, m->key.len);

		if (!same(w, prop ? prop->schema : s->rest, &m->val, pv_getv(was, &m->key)))
			return false;
	}
	return true;
}

static bool
same(walk *w, const pv_schema *s, const pv_val *now, const pv_val *was)
{
	bool alike;

	if (!now || !was || now->type != was->type)
		return false;
	if (!s || w->depth >= WALK_DEPTH || (now->type != PV_LIST && now->type != PV_OBJECT))
		return pv_eq(now, was);
	w->depth++;
	alike = now->type == PV_LIST ? same_lists(w, s, now, was) : same_objects(w, s, now, was);
	w->depth--;
	return alike;
}

bool
pv_schema_same(pv_ctx *cx, const pv_schema *schema, const pv_val *now, const pv_val *was)
{
	walk w = {.f = {.cx = cx}};

	return same(&w, schema, now, was);
}
