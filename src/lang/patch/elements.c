#include <string.h>
#include "lang/json/json.h"
#include "lang/patch/elements.h"

int
smp_bad_directive(struct smp *s, const pv_val *directive)
{
	return pv_fail(s->cx, PV_EINVALID,
		       "strategic merge patch: unknown patch type found: %.*s: expected delete, replace or "
		       "merge",
		       PV_CLIP(pv_json_text(s->cx->arena, directive)));
}

int
elements_no_key(struct smp *s, const pv_val *item, const char *key)
{
	return pv_fail(s->cx, PV_EINVALID,
		       "strategic merge patch: map: %.*s does not contain declared merge key: %s",
		       PV_CLIP(pv_json_text(s->cx->arena, item)), key);
}

static bool
is_directive(const char *key)
{
	return strcmp(key, DIRECTIVE) == 0 || strcmp(key, RETAIN_KEYS) == 0 ||
	       pv_starts_with(key, DELETE_PRIMITIVES) || pv_starts_with(key, ELEMENT_ORDER);
}

static bool
is_deleted(const pv_val *v)
{
	return strcmp(pv_text(pv_get(v, DIRECTIVE), ""), "delete") == 0;
}

pv_val
smp_without_directives(struct smp *s, const pv_val *v)
{
	pv_listb list;
	pv_objb object;

	if (v->type == PV_LIST) {
		pv_listb_init(&list, s->cx->arena);
		for (size_t i = 0; i < v->len; i++)
			if (!is_deleted(&v->items[i]))
				pv_listb_add(&list, smp_without_directives(s, &v->items[i]));
		return pv_listb_end(&list);
	}
	if (v->type != PV_OBJECT)
		return *v;
	pv_objb_init(&object, s->cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		const pv_member *m = &v->members[i];

		if (!is_directive(m->key.s) && m->val.type != PV_NULL && !is_deleted(&m->val))
			pv_objb_add(&object, m->key, smp_without_directives(s, &m->val));
	}
	return pv_objb_end(&object);
}

pv_vec
elements_of(struct smp *s, const pv_val *list)
{
	pv_vec items;

	pv_vec_init(&items, s->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *item = &list->items[i];

		pv_vec_push(&items, &item);
	}
	return items;
}

const pv_val *
elements_at(const pv_vec *items, size_t i)
{
	return *PV_AT(const pv_val *, items, i);
}

pv_val *
elements_list(struct smp *s, const pv_vec *items)
{
	pv_val *list = pv_alloc(s->cx->arena, sizeof(*list));
	pv_listb b;

	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < items->len; i++)
		pv_listb_add(&b, *elements_at(items, i));
	*list = pv_listb_end(&b);
	return list;
}

int
elements_kind(struct smp *s, const pv_val *a, const pv_val *b, enum element_kind *ret)
{
	const pv_val *lists[] = {a, b};
	int type = -1;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < pv_count(lists[k]); i++) {
			int t = lists[k]->items[i].type;

			if (t == PV_LIST)
				return pv_fail(s->cx, PV_EINVALID,
					       "strategic merge patch: lists of lists are not supported");
			if (type >= 0 && t != type)
				return pv_fail(s->cx, PV_EINVALID,
					       "strategic merge patch: list element types are not identical: "
					       "%s and %s",
					       pv_type_name(&(pv_val){.type = (uint8_t)type}),
					       pv_type_name(&lists[k]->items[i]));
			type = t;
		}
	*ret = type < 0 ? ELEMENT_NONE : type == PV_OBJECT ? ELEMENT_OBJECT : ELEMENT_SCALAR;
	return 0;
}

struct place {
	uint64_t hash;
	size_t i;
	const pv_val *known_by;
};

static int
by_hash(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

struct elements_index
elements_index_of(struct smp *s, const pv_vec *items, const char *key)
{
	struct elements_index index = {.key = key};

	pv_vec_init(&index.places, s->cx->arena, sizeof(struct place));
	for (size_t i = 0; i < items->len; i++) {
		const pv_val *item = elements_at(items, i),
			     *known_by = key != NULL ? pv_get(item, key) : item;
		struct place place = {known_by != NULL ? pv_val_hash(known_by) : 0, i, known_by};

		if (known_by != NULL)
			pv_vec_push(&index.places, &place);
	}
	pv_vec_sort(&index.places, by_hash);
	return index;
}

ptrdiff_t
elements_find(const struct elements_index *index, const pv_val *wanted)
{
	uint64_t hash = pv_val_hash(wanted);
	size_t lo = 0, hi = index->places.len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (PV_AT(struct place, &index->places, mid)->hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < index->places.len; lo++) {
		const struct place *place = PV_AT(struct place, &index->places, lo);

		if (place->hash != hash)
			break;
		if (pv_eq(place->known_by, wanted))
			return (ptrdiff_t)place->i;
	}
	return -1;
}

static ptrdiff_t
place_in(const struct elements_index *index, const pv_val *item)
{
	const pv_val *wanted = index->key != NULL ? pv_get(item, index->key) : item;

	return wanted != NULL ? elements_find(index, wanted) : -1;
}

static int
check_keys(struct smp *s, const pv_vec *items, const char *key)
{
	for (size_t i = 0; key != NULL && i < items->len; i++)
		if (pv_get(elements_at(items, i), key) == NULL)
			return elements_no_key(s, elements_at(items, i), key);
	return 0;
}

struct ranked { /* an item and where it stands in the list that orders it */
	const pv_val *item;
	ptrdiff_t at, server;
	size_t i;
};

static int
by_place(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

int
elements_order(struct smp *s, const pv_vec *items, const pv_vec *order, const pv_vec *server, const char *key,
	       pv_vec *ret)
{
	struct elements_index in_order = elements_index_of(s, order, key),
			      in_server = elements_index_of(s, server, key);
	pv_vec listed, others, out;
	size_t i = 0, j = 0;
	int r = check_keys(s, items, key);

	if (r == 0)
		r = check_keys(s, order, key);
	if (r < 0)
		return r;
	pv_vec_init(&listed, s->cx->arena, sizeof(struct ranked));
	pv_vec_init(&others, s->cx->arena, sizeof(struct ranked));
	pv_vec_init(&out, s->cx->arena, sizeof(const pv_val *));
	for (size_t k = 0; k < items->len; k++) {
		const pv_val *item = elements_at(items, k);
		struct ranked ranked = {item, place_in(&in_order, item), place_in(&in_server, item), k};
		bool known = ranked.at >= 0;

		if (!known)
			ranked.at = ranked.server;
		pv_vec_push(known ? &listed : &others, &ranked);
	}
	pv_vec_sort(&listed, by_place);
	pv_vec_sort(&others, by_place);
	while (i < others.len || j < listed.len) {
		const struct ranked *l = i < others.len ? PV_AT(struct ranked, &others, i) : NULL;
		const struct ranked *q = j < listed.len ? PV_AT(struct ranked, &listed, j) : NULL;
		bool other =
			q == NULL || (l != NULL && l->server >= 0 && q->server >= 0 && l->server < q->server);

		pv_vec_push(&out, other ? &l->item : &q->item);
		i += other;
		j += !other;
	}
	*ret = out;
	return 0;
}

/* The place in the order from `at` on that is of the same key as the item; the order's length if there is none. */
static size_t
place_from(const pv_vec *order, size_t at, const pv_val *item, const char *key)
{
	const pv_val *wanted = key != NULL ? pv_get(item, key) : item;

	for (; at < order->len; at++) {
		const pv_val *one = elements_at(order, at), *have = key != NULL ? pv_get(one, key) : one;

		if (wanted != NULL && have != NULL && pv_eq(wanted, have))
			break;
	}
	return at;
}

/* Upstream passes over a directive as long as the order has not come to its end. */
int
elements_check_order(struct smp *s, const pv_val *patch, const pv_vec *order, const char *key)
{
	size_t at = 0;

	for (size_t i = 0; order->len > 0 && i < pv_count(patch); i++) {
		const pv_val *item = &patch->items[i];
		bool directive = pv_get(item, DIRECTIVE) != NULL;

		if (is_deleted(item))
			continue;
		if (!directive)
			at = place_from(order, at, item, key);
		if (at >= order->len)
			return pv_fail(s->cx, PV_EINVALID,
				       "strategic merge patch: the order in the patch list doesn't match "
				       "$setElementOrder: %.*s is not where it belongs",
				       PV_CLIP(pv_json_text(s->cx->arena, item)));
		at += !directive;
	}
	return 0;
}
