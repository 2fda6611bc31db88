/* What lists that are sets or maps hold their items to. */
#include "base/map.h"
#include "base/str.h"
#include "core/schema/walk.h"

#define NO_KEYS "must be an object for an array of list-type map"

/* Sets and maps hold each item once. */
static void
check_unique(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	pv_map *seen = pv_map_new(w->f.cx->arena);

	for (size_t i = 0; i < pv_count(v); i++) {
		const char *text = walk_key(w, s, pv_item(v, i));

		if (pv_map_finds(seen, text)) {
			const path at = {p, NULL, i};

			if (walk_heard(w))
				pv_fault(&w->f, "FieldValueDuplicate", walk_text(w, &at),
					 "Duplicate value: %s", text);
		}
		pv_map_puts(seen, text, w);
	}
}

static bool
are_objects(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	for (size_t i = 0; s->list == PV_LIST_MAP && i < pv_count(v); i++) {
		const path at = {p, NULL, i};

		if (pv_is(pv_item(v, i), PV_OBJECT) || pv_is(pv_item(v, i), PV_NULL))
			continue;
		walk_bad_value(w, &at, pv_fault_text(w->f.cx->arena, pv_item(v, i)), NO_KEYS);
		return false;
	}
	return true;
}

bool
pv_schema_is_list_fault(const pv_cause *cause)
{
	return pv_streq(cause->reason, "FieldValueDuplicate") || pv_ends_with(cause->message, NO_KEYS);
}

void
walk_list(walk *w, const pv_schema *s, const pv_val *v, const path *p)
{
	if (are_objects(w, s, v, p) && pv_count(v) > 1)
		check_unique(w, s, v, p);
}
