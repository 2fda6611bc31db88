#include <string.h>
#include "lang/value/impl.h"

/* The object with the value at `at` replaced; its order stays. */
static pv_val
replaced(pv_arena *arena, const pv_val *object, size_t at, pv_val v)
{
	bool index = (object->flags & PV_V_INDEX) != 0;
	pv_member *members = pv_members_new(arena, object->len, index);
	pv_val copy = pv_plain(*object);

	memcpy(members, object->members, pv_members_size(object->len, false));
	if (index)
		memcpy(members + object->len, pv_order(object), object->len * sizeof(uint32_t));
	members[at].val = pv_plain(v);
	copy.members = members;
	return copy;
}

pv_val
pv_with(pv_arena *arena, const pv_val *object, const char *key, pv_val v)
{
	pv_val wanted = pv_string_ref(key);
	ptrdiff_t at;
	pv_objb b;

	if (!pv_is(object, PV_OBJECT)) {
		pv_objb_init(&b, arena);
	} else {
		at = pv_member_find(object, &wanted);
		if (at >= 0)
			return replaced(arena, object, (size_t)at, v);
		pv_objb_from(&b, arena, object);
	}
	pv_objb_add(&b, wanted, v);
	return pv_objb_end(&b);
}

pv_val
pv_without(pv_arena *arena, const pv_val *object, const char *key)
{
	pv_objb b;

	if (pv_get(object, key) == NULL)
		return object != NULL ? pv_plain(*object) : pv_null();
	pv_objb_from(&b, arena, object);
	pv_objb_del(&b, key);
	return pv_objb_end(&b);
}

/* `list` with item i replaced, or appended when i is its length. */
static pv_val
with_item(pv_arena *arena, const pv_val *list, size_t i, pv_val v)
{
	size_t n = i < list->len ? list->len : i + 1;
	pv_val *items = pv_alloc(arena, n * sizeof(*items)), copy = pv_plain(*list);

	if (list->len > 0)
		memcpy(items, list->items, list->len * sizeof(*items));
	items[i] = pv_plain(v);
	copy.items = items;
	copy.len = (uint32_t)n;
	return copy;
}

/* Paths are written in the source, so they are as short as their author. */
static pv_val
with_at(pv_arena *arena, const pv_val *v, pv_str rest, pv_val leaf)
{
	pv_str piece;
	int64_t i;
	const char *key;

	if (!pv_str_next(&rest, '.', &piece))
		return leaf;
	if (pv_is(v, PV_LIST) && pv_parse_int(piece, &i) && i >= 0 && i <= (int64_t)v->len)
		return with_item(arena, v, (size_t)i, with_at(arena, pv_item(v, (size_t)i), rest, leaf));
	key = pv_strndup(arena, piece.s, piece.len);
	return pv_with(arena, v, key, with_at(arena, pv_get(v, key), rest, leaf));
}

pv_val
pv_with_at(pv_arena *arena, const pv_val *object, const char *path, pv_val v)
{
	return with_at(arena, object, pv_str_of(path), v);
}

pv_val
pv_without_at(pv_arena *arena, const pv_val *object, const char *path)
{
	const char *dot = strrchr(path, '.');
	const pv_val *parent;
	const char *above;

	if (dot == NULL)
		return pv_without(arena, object, path);
	above = pv_strndup(arena, path, (size_t)(dot - path));
	parent = pv_at(object, above);
	if (pv_get(parent, dot + 1) == NULL)
		return object != NULL ? pv_plain(*object) : pv_null();
	return pv_with_at(arena, object, above, pv_without(arena, parent, dot + 1));
}

pv_val
pv_copy(pv_arena *arena, const pv_val *v)
{
	pv_val copy;

	if (v == NULL)
		return pv_null();
	copy = pv_plain(*v);
	if (v->type == PV_STRING || (v->type == PV_NUMBER && v->num == PV_DECIMAL)) {
		copy.s = pv_strndup(arena, v->s, v->len);
	} else if (v->type == PV_LIST || v->type == PV_SET) {
		pv_val *items = v->len > 0 ? pv_alloc(arena, v->len * sizeof(*items)) : NULL;

		for (size_t i = 0; i < v->len; i++)
			items[i] = pv_copy(arena, &v->items[i]);
		copy.items = items;
	} else if (v->type == PV_OBJECT) {
		pv_member *members = pv_members_new(arena, v->len, (v->flags & PV_V_INDEX) != 0);

		for (size_t i = 0; i < v->len; i++) {
			members[i].key = pv_copy(arena, &v->members[i].key);
			members[i].val = pv_copy(arena, &v->members[i].val);
		}
		if (v->flags & PV_V_INDEX)
			memcpy(members + v->len, pv_order(v), v->len * sizeof(uint32_t));
		copy.members = members;
	}
	return copy;
}

pv_val
pv_list_union(pv_arena *arena, const pv_val *have, const pv_val *more)
{
	pv_listb b;

	pv_listb_init(&b, arena);
	for (size_t i = 0; i < pv_count(have); i++)
		pv_listb_add(&b, *pv_item(have, i));
	for (size_t i = 0; i < pv_count(more); i++)
		if (!pv_list_has(have, pv_item(more, i)))
			pv_listb_add(&b, *pv_item(more, i));
	return pv_listb_end(&b);
}
