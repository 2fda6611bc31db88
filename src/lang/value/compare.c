/* The total order of values (Rego's): null < boolean < number < string < array <
 * object < set; arrays and sets item by item, objects key, value, key, value. */
#include <string.h>
#include "lang/value/impl.h"

static int
list_cmp(const pv_val *a, const pv_val *b)
{
	size_t n = a->len < b->len ? a->len : b->len;

	for (size_t i = 0; i < n; i++) {
		int r = pv_cmp(&a->items[i], &b->items[i]);

		if (r != 0)
			return r;
	}
	return a->len < b->len ? -1 : a->len > b->len;
}

static int
object_cmp(const pv_val *a, const pv_val *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	const uint32_t *oa = pv_order(a), *ob = pv_order(b);

	for (size_t i = 0; i < n; i++) {
		const pv_member *ma = &a->members[oa != NULL ? oa[i] : i];
		const pv_member *mb = &b->members[ob != NULL ? ob[i] : i];
		int r = pv_key_cmp(&ma->key, &mb->key);

		if (r == 0)
			r = pv_cmp(&ma->val, &mb->val);
		if (r != 0)
			return r;
	}
	return a->len < b->len ? -1 : a->len > b->len;
}

int
pv_cmp(const pv_val *a, const pv_val *b)
{
	if (a == b)
		return 0;
	if (a == NULL || b == NULL) /* absent sorts first */
		return a == NULL ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	switch ((enum pv_type)a->type) {
	case PV_NULL: return 0;
	case PV_BOOL: return (int)a->b - (int)b->b;
	case PV_NUMBER: return pv_number_cmp(a, b);
	case PV_STRING:
		return a->s == b->s && a->len == b->len ? 0 : pv_bytes_cmp(a->s, a->len, b->s, b->len);
	case PV_LIST:
	case PV_SET: return a->items == b->items && a->len == b->len ? 0 : list_cmp(a, b);
	case PV_OBJECT: return a->members == b->members && a->len == b->len ? 0 : object_cmp(a, b);
	}
	return 0;
}

bool
pv_eq(const pv_val *a, const pv_val *b)
{
	if (a == b)
		return true;
	if (a == NULL || b == NULL || a->type != b->type)
		return false;
	if (a->type >= PV_STRING && a->len != b->len)
		return false;
	if (a->type == PV_STRING)
		return a->s == b->s || memcmp(a->s, b->s, a->len) == 0;
	if (a->type == PV_LIST || a->type == PV_SET) {
		for (size_t i = 0; a->items != b->items && i < a->len; i++)
			if (!pv_eq(&a->items[i], &b->items[i]))
				return false;
		return true;
	}
	return pv_cmp(a, b) == 0;
}

bool
pv_list_has(const pv_val *list, const pv_val *item)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_eq(pv_item(list, i), item))
			return true;
	return false;
}

bool
pv_list_has_text(const pv_val *list, const char *text)
{
	for (size_t i = 0; text && i < pv_count(list); i++)
		if (pv_streq(pv_text(pv_item(list, i), NULL), text))
			return true;
	return false;
}

static uint64_t
mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 29);
}

uint64_t
pv_val_hash(const pv_val *v)
{
	uint64_t h;

	if (v == NULL)
		return 0;
	h = mix(UINT64_C(0x51ed270b), v->type);
	switch ((enum pv_type)v->type) {
	case PV_NULL: return h;
	case PV_BOOL: return mix(h, v->b);
	case PV_NUMBER: return mix(h, pv_number_hash(v));
	case PV_STRING: return mix(h, pv_hash(v->s, v->len));
	case PV_LIST:
	case PV_SET:
		for (size_t i = 0; i < v->len; i++)
			h = mix(h, pv_val_hash(&v->items[i]));
		return mix(h, v->len);
	case PV_OBJECT: { /* a sum: whatever the author's order */
		uint64_t sum = 0;

		for (size_t i = 0; i < v->len; i++)
			sum += mix(pv_val_hash(&v->members[i].key), pv_val_hash(&v->members[i].val));
		return mix(h, sum + v->len);
	}
	}
	return h;
}
