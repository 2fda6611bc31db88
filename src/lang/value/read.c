#include <string.h>
#include "lang/value/impl.h"
#include "lang/value/literal.h"

ptrdiff_t
pv_member_findn(const pv_val *object, const char *key, size_t len)
{
	const pv_member *members = object->members;
	const uint32_t *order;
	size_t lo = 0, hi = object->len;

	if (hi <= PV_LINEAR) {
		for (size_t i = 0; i < hi; i++)
			if (members[i].key.len == len && members[i].key.type == PV_STRING &&
			    pv_bytes_same(members[i].key.s, key, len))
				return (ptrdiff_t)i;
		return -1;
	}
	order = pv_order(object);
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2, at = order != NULL ? order[mid] : mid;
		const pv_val *k = &members[at].key;
		/* Keys of other types sort before or after all strings. */
		int r = k->type == PV_STRING ? pv_bytes_cmp(k->s, k->len, key, len)
					     : (k->type < PV_STRING ? -1 : 1);

		if (r == 0)
			return (ptrdiff_t)at;
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

ptrdiff_t
pv_member_find(const pv_val *object, const pv_val *key)
{
	const uint32_t *order;
	size_t lo = 0, hi = object->len;

	if (key->type == PV_STRING)
		return pv_member_findn(object, key->s, key->len);
	order = pv_order(object);
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2, at = order != NULL ? order[mid] : mid;
		int r = pv_cmp(&object->members[at].key, key);

		if (r == 0)
			return (ptrdiff_t)at;
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

const pv_val *
pv_getn(const pv_val *object, const char *key, size_t len)
{
	ptrdiff_t at;

	if (!pv_is(object, PV_OBJECT))
		return NULL;
	at = pv_member_findn(object, key, len);
	return at >= 0 ? &object->members[at].val : NULL;
}

static const pv_val *
set_find(const pv_val *set, const pv_val *wanted)
{
	size_t lo = 0, hi = set->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = pv_cmp(&set->items[mid], wanted);

		if (r == 0)
			return &set->items[mid];
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const pv_val *
pv_getv(const pv_val *object, const pv_val *key)
{
	ptrdiff_t at;

	if (key == NULL)
		return NULL;
	if (pv_is(object, PV_SET))
		return set_find(object, key);
	if (!pv_is(object, PV_OBJECT))
		return NULL;
	at = pv_member_find(object, key);
	return at >= 0 ? &object->members[at].val : NULL;
}

const pv_val *
pv_item(const pv_val *list, size_t i)
{
	if (i >= pv_count(list))
		return NULL;
	return list->type == PV_OBJECT ? &list->members[i].val : &list->items[i];
}

const pv_val *
pv_at(const pv_val *v, const char *path)
{
	const char *end;

	for (; v != NULL && path != NULL; path = *end ? end + 1 : NULL) {
		int64_t i;
		size_t len;

		for (end = path; *end && *end != '.';)
			end++;
		len = (size_t)(end - path);
		if (v->type != PV_LIST)
			v = pv_getn(v, path, len);
		else
			v = pv_parse_int((pv_str){path, len}, &i) && i >= 0 ? pv_item(v, (size_t)i) : NULL;
	}
	return v;
}

size_t
pv_count(const pv_val *v)
{
	return v != NULL && v->type >= PV_LIST ? v->len : 0;
}

size_t
pv_member_count(const pv_val *v)
{
	return pv_is(v, PV_OBJECT) ? v->len : 0;
}

const char *
pv_text(const pv_val *v, const char *otherwise)
{
	return pv_is(v, PV_STRING) ? v->s : otherwise;
}

pv_str
pv_strv(const pv_val *v)
{
	return pv_is(v, PV_STRING) ? (pv_str){v->s, v->len} : (pv_str){"", 0};
}

int64_t
pv_i64(const pv_val *v, int64_t otherwise)
{
	pv_val written;

	if (!pv_is(v, PV_NUMBER))
		return otherwise;
	if (v->num == PV_DECIMAL && pv_number_simple(v, &written))
		v = &written;
	if (v->num == PV_INT)
		return v->i;
	/* Both bounds are doubles; the upper one is 2^63 itself. */
	if (v->num == PV_DOUBLE && v->d >= -0x1p63 && v->d < 0x1p63 && v->d == (double)(int64_t)v->d)
		return (int64_t)v->d;
	return otherwise;
}

double
pv_f64(const pv_val *v, double otherwise)
{
	double d;

	if (!pv_is(v, PV_NUMBER))
		return otherwise;
	if (v->num == PV_INT)
		return (double)v->i;
	if (v->num == PV_DOUBLE)
		return v->d;
	return pv_parse_double(((pv_str){v->s, v->len}), &d) ? d : otherwise;
}

bool
pv_truth(const pv_val *v, bool otherwise)
{
	return pv_is(v, PV_BOOL) ? v->b : otherwise;
}

const char *
pv_text_at(const pv_val *v, const char *path, const char *otherwise)
{
	return pv_text(pv_at(v, path), otherwise);
}

int64_t
pv_i64_at(const pv_val *v, const char *path, int64_t otherwise)
{
	return pv_i64(pv_at(v, path), otherwise);
}

bool
pv_truth_at(const pv_val *v, const char *path, bool otherwise)
{
	return pv_truth(pv_at(v, path), otherwise);
}

const char *
pv_type_name(const pv_val *v)
{
	static const char *const names[] = {"null", "boolean", "number", "string", "array", "object", "set"};

	return v == NULL ? "absent" : names[v->type];
}

const pv_member *
pv_sorted(const pv_val *object, size_t i)
{
	const uint32_t *order;

	if (!pv_is(object, PV_OBJECT) || i >= object->len)
		return NULL;
	order = pv_order(object);
	return &object->members[order != NULL ? order[i] : i];
}

bool
pv_depth_within(const pv_val *v, size_t max)
{
	if (v == NULL || v->type < PV_LIST)
		return true;
	if (max == 0)
		return false;
	for (size_t i = 0; i < v->len; i++) {
		if (v->type == PV_OBJECT) {
			if (!pv_depth_within(&v->members[i].key, max - 1) ||
			    !pv_depth_within(&v->members[i].val, max - 1))
				return false;
		} else if (!pv_depth_within(&v->items[i], max - 1))
			return false;
	}
	return true;
}
