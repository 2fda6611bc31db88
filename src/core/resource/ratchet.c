/* Ratcheting: an update is not refused for what it leaves as it was (KEP-4008).
 * Faults of a custom resource whose value is the same in the old object go. */
#include "base/str.h"
#include "base/vec.h"
#include "core/resource/impl.h"
#include <string.h>

#define LOOKS_MOST ((size_t)1 << 24) /* comparisons of list items, in one update */

/* One step of "spec.a[0].b" or "spec.m[key]"; false at the end. */
static bool
step(const char **path, pv_str *ret, bool *ret_index)
{
	const char *p = *path, *end;

	if (*p == '.')
		p++;
	if (!*p)
		return false;
	*ret_index = *p == '[';
	if (*ret_index) {
		end = strchr(++p, ']');
		*ret = (pv_str){p, end ? (size_t)(end - p) : strlen(p)};
		*path = end ? end + 1 : p + ret->len;
		return true;
	}
	ret->len = strcspn(p, ".[");
	ret->s = p;
	*path = p + ret->len;
	return true;
}

/* The value at a fault's path; *ret_parent is what holds it. */
static const pv_val *
at(const pv_val *v, const char *path, const pv_val **ret_parent)
{
	pv_str piece;
	bool index;

	*ret_parent = NULL;
	while (step(&path, &piece, &index)) {
		int64_t i;

		*ret_parent = v;
		if (index && pv_is(v, PV_LIST))
			v = pv_parse_int(piece, &i) && i >= 0 ? pv_item(v, (size_t)i) : NULL;
		else
			v = pv_getn(v, piece.s, piece.len);
	}
	return v;
}

static bool
is_same(const pv_val *a, const pv_val *b)
{
	return a && b && pv_eq(a, b);
}

/* Indexes shift; an item is also unchanged when an equal one stood anywhere in the old list.  Of lists in
 * which more is wrong than *looks last for, the rest is told as if it were new. */
static bool
stood_before(const pv_val *value, const pv_val *old_list, size_t *looks)
{
	for (size_t i = 0; pv_is(old_list, PV_LIST) && i < old_list->len && *looks; i++, --*looks)
		if (is_same(value, &old_list->items[i]))
			return true;
	return false;
}

static bool
is_unchanged(const pv_cause *cause, const pv_val *object, const pv_val *old, size_t *looks)
{
	const pv_val *parent, *old_parent;
	const pv_val *now = at(object, cause->field, &parent), *was = at(old, cause->field, &old_parent);

	if (pv_streq(cause->reason, "FieldValueRequired"))
		return is_same(parent, old_parent);
	return is_same(now, was) || stood_before(now, old_parent, looks);
}

size_t
pv_ratchet(pv_vec *causes, size_t from, const pv_val *object, const pv_val *old)
{
	size_t kept = from, looks = LOOKS_MOST;

	for (size_t i = from; i < causes->len; i++) {
		const pv_cause *cause = PV_AT(pv_cause, causes, i);

		if (*cause->field != '<' && is_unchanged(cause, object, old, &looks))
			continue;
		if (kept != i)
			*PV_AT(pv_cause, causes, kept) = *cause;
		kept++;
	}
	while (causes->len > kept)
		pv_vec_pop(causes);
	return kept - from;
}
