#include "cmd/order.h"

#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "lang/jsonpath/jsonpath.h"
#include "lang/quantity/quantity.h"

typedef struct ordered {
	const pv_val *item, *key; /* key NULL: it lacks the field */
	size_t at;
} ordered;

static bool
text_less(const pv_val *a, const pv_val *b)
{
	pv_quantity x, y;

	if (pv_quantity_parse(pv_strv(a), &x) && pv_quantity_parse(pv_strv(b), &y))
		return pv_quantity_cmp(&x, &y) < 0;
	return strcmp(pv_text(a, ""), pv_text(b, "")) < 0;
}

static bool
is_less(const pv_val *a, const pv_val *b)
{
	if (!a || !b)
		return !a && b;
	return pv_is(a, PV_STRING) ? text_less(a, b) : pv_cmp(a, b) < 0;
}

static int
by_key(const void *a, const void *b)
{
	const ordered *x = a, *y = b;

	if (is_less(x->key, y->key))
		return -1;
	if (is_less(y->key, x->key))
		return 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Text among text, numbers among numbers. */
static int
check(pv_ctx *cx, const char *path, const pv_vec *all)
{
	const pv_val *first = NULL;

	for (size_t i = 0; i < all->len; i++) {
		const pv_val *key = PV_AT(ordered, all, i)->key;

		first = first ? first : key;
		if (key && (key->type != first->type || key->type > PV_STRING))
			return pv_fail(cx, PV_EINVALID,
				       "--sort-by %s: expected texts or numbers, found a %s%s%s", path,
				       pv_type_name(first), key == first ? "" : " and a ",
				       key == first ? "" : pv_type_name(key));
	}
	if (!first && all->len)
		return pv_fail(cx, PV_EINVALID, "--sort-by %s: none of the objects has such a field", path);
	return 0;
}

int
order_by(pv_ctx *cx, const char *path, const pv_val *list, const pv_val **ret)
{
	const char *member = pv_get(list, "rows") ? "rows" : "items";
	const pv_val *items = pv_get(list, member);
	pv_jsonpath *compiled;
	pv_vec all, found;
	pv_listb out;
	int r = pv_jsonpath_parse(cx, path, &compiled);

	*ret = list;
	pv_vec_init(&all, cx->arena, sizeof(ordered));
	for (size_t i = 0; r == 0 && i < pv_count(items); i++) {
		const pv_val *item = pv_item(items, i),
			     *object = pv_get(list, "rows") ? pv_get(item, "object") : item;
		ordered *o = pv_vec_add(&all);

		r = pv_jsonpath_find(cx, compiled, object, true, &found);
		*o = (ordered){item, r == 0 && found.len ? *PV_AT(const pv_val *, &found, 0) : NULL, i};
		if (pv_is(o->key, PV_NULL))
			o->key = NULL;
	}
	if (r == 0)
		r = check(cx, path, &all);
	if (r < 0)
		return r;
	pv_vec_sort(&all, by_key);
	pv_listb_init(&out, cx->arena);
	for (size_t i = 0; i < all.len; i++)
		pv_listb_add(&out, *PV_AT(ordered, &all, i)->item);
	*ret = pv_box(cx->arena, pv_with(cx->arena, list, member, pv_listb_end(&out)));
	return 0;
}
