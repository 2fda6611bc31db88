/* places: what is told of environments and exemptions that no object is in, as a misspelt one is: it passes its gate
 * at once, or covers nothing. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "governance/rollout/inside.h"
#include "lang/selector/selector.h"

#define TOLD_MOST 5

static void
tell(pv_vec *warnings, const char *text)
{
	pv_vec_push(warnings, &text);
}

static void
tell_missing(pv_ctx *cx, const pv_val *names, const pv_map *there, const char *what, pv_vec *warnings)
{
	size_t told = 0;

	for (size_t i = 0; i < pv_count(names); i++) {
		const char *name = pv_text(pv_item(names, i), "");

		if (!strchr(name, '*') && !pv_map_finds(there, name) && told++ < TOLD_MOST)
			tell(warnings, pv_printf(cx->arena, "%s: there is no namespace \"%s\"", what, name));
	}
}

static bool
selects_any(const pv_selector *selector, const pv_listing *spaces)
{
	for (size_t i = 0; i < spaces->len; i++)
		if (pv_selector_match(selector, pv_at(pv_rec_val(spaces->recs[i]), "metadata.labels")))
			return true;
	return false;
}

static void
tell_of(pv_ctx *cx, const pv_val *place, const char *what, const pv_listing *spaces, const pv_map *there,
	pv_vec *warnings)
{
	const pv_val *selector = pv_get(place, "namespaceSelector");
	pv_selector *s;

	tell_missing(cx, pv_get(place, "namespaces"), there, what, warnings);
	if (!selector)
		return;
	if (pv_selector_from(cx, selector, &s) < 0)
		(void)pv_recover(cx); /* that is refused */
	else if (!selects_any(s, spaces))
		tell(warnings,
		     pv_printf(cx->arena, "%s: its namespaceSelector selects no namespace today", what));
}

int
rollout_tell_places(pv_ctx *cx, pv_store *store, const pv_val *spec, pv_vec *warnings)
{
	const pv_val *list = pv_get(spec, "environments"), *objects = pv_get(spec, "objects");
	const pv_list_query query = {.type = "/Namespace"};
	pv_map *there = pv_map_new(cx->arena);
	const char *all = NULL;
	pv_listing spaces;
	int r = pv_store_list(cx, store, &query, &spaces);

	for (size_t i = 0; r == 0 && i < spaces.len; i++)
		pv_map_puts(there, pv_rec_key(spaces.recs[i])->name, there);
	if (r == 0 && objects)
		tell_of(cx, objects, "spec.objects", &spaces, there, warnings);
	for (size_t i = 0; r == 0 && i < pv_count(list); i++) {
		const pv_val *place = pv_item(list, i);
		const char *name = pv_text_at(place, "name", ""),
			   *what = pv_printf(cx->arena, "environment \"%s\"", name);

		tell_of(cx, place, what, &spaces, there, warnings);
		if (all)
			tell(warnings,
			     pv_printf(cx->arena, "%s has no object: \"%s\" in front of it has them all",
				       what, all));
		else if (!pv_get(place, "namespaces") && !pv_get(place, "namespaceSelector"))
			all = name;
	}
	return r;
}
