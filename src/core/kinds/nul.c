/* nul: U+0000 in the texts of an object. */
#include <string.h>

#include "core/kinds/names.h"

#define DEPTH 1000 /* parsers take less */

static const char *below(pv_arena *arena, const pv_val *v, size_t depth);

/* "spec" and "[0].name" are "spec[0].name". */
static const char *
joined(pv_arena *arena, const char *head, const char *rest)
{
	return pv_printf(arena, "%s%s%s", head, *rest && *rest != '[' ? "." : "", rest);
}

static const char *
in_list(pv_arena *arena, const pv_val *list, size_t depth)
{
	for (size_t i = 0; i < list->len; i++) {
		const char *rest = below(arena, &list->items[i], depth);

		if (rest)
			return joined(arena, pv_printf(arena, "[%zu]", i), rest);
	}
	return NULL;
}

/* `free` ends with NULL: keys whose values may have it. */
static const char *
in_object(pv_arena *arena, const pv_val *object, const char *const *free, size_t depth)
{
	for (size_t i = 0; i < object->len; i++) {
		const pv_member *m = &object->members[i];
		const char *rest = below(arena, &m->key, depth), *const *f = free;

		while (f && *f && !pv_streq(*f, m->key.s))
			f++;
		if (!rest && (!f || !*f))
			rest = below(arena, &m->val, depth);
		if (rest)
			return joined(arena, m->key.s, rest);
	}
	return NULL;
}

static const char *
below(pv_arena *arena, const pv_val *v, size_t depth)
{
	if (v->type == PV_STRING)
		return memchr(v->s, '\0', v->len) ? "" : NULL;
	if (depth == 0)
		return NULL;
	if (v->type == PV_LIST)
		return in_list(arena, v, depth - 1);
	return v->type == PV_OBJECT ? in_object(arena, v, NULL, depth - 1) : NULL;
}

const char *
pv_nul_find(pv_arena *arena, const pv_val *object)
{
	static const char *const free[] = {"data", "stringData", "status", "metadata", NULL},
				 *const notes[] = {"annotations", NULL};
	const pv_val *meta = pv_get(object, "metadata");
	const char *rest = pv_is(meta, PV_OBJECT) ? in_object(arena, meta, notes, DEPTH) : NULL;

	if (rest)
		return joined(arena, "metadata", rest);
	return pv_is(object, PV_OBJECT) ? in_object(arena, object, free, DEPTH) : NULL;
}
