/* fold: what a list of plans would repeat is counted. */
#include "core/reconcile/fold.h"

#include "base/str.h"
#include "base/time.h"

#define CHANGES_MOST 16         /* kept of one cause; the rest is counted */
#define ONE_CAUSE (10 * PV_SEC) /* deeds further apart are not of one sync */

static bool
same_text(const pv_val *a, const pv_val *b, const char *key)
{
	return pv_streq(pv_text_at(a, key, ""), pv_text_at(b, key, ""));
}

bool
fold_alike(const pv_val *last, bool last_quiet, const pv_val *next, bool next_quiet)
{
	if (last_quiet || next_quiet)
		return last_quiet && next_quiet;
	if (pv_get(last, "refused") || pv_get(next, "refused")) /* again by the same, for the same reasons */
		return pv_eq(pv_get(last, "refused"), pv_get(next, "refused")) &&
		       same_text(last, next, "user") && same_text(last, next, "controller");
	return pv_get(next, "error") && same_text(last, next, "error") &&
	       pv_count(pv_get(next, "changes")) == 0;
}

pv_val
fold_plans(pv_arena *arena, const pv_val *last, const pv_val *next)
{
	const char *since = pv_text_at(last, "since", pv_text_at(last, "at", ""));
	pv_objb b;
	pv_objb_from(&b, arena, next);
	if (pv_count(pv_get(last, "changes")))
		pv_objb_put(&b, "changes", *pv_get(last, "changes"));
	pv_objb_put(&b, "times", pv_int(pv_i64_at(last, "times", 1) + 1));
	pv_objb_puts(&b, "since", since);
	return pv_objb_end(&b);
}

bool
fold_one_cause(const pv_val *last, const pv_val *next)
{
	return pv_get(last, "deed") && pv_get(next, "deed") && !pv_get(last, "refused") &&
	       !pv_get(next, "refused") && same_text(last, next, "controller") &&
	       same_text(last, next, "user") && same_text(last, next, "reason") &&
	       same_text(last, next, "undid") && pv_eq(pv_get(last, "by"), pv_get(next, "by")) &&
	       pv_time_at(next, "at") - pv_time_at(last, "at") < ONE_CAUSE;
}

/* Newest first, as everything else is: the first change is the one that counts. */
pv_val
fold_deeds(pv_arena *arena, const pv_val *last, const pv_val *next)
{
	const pv_val *before = pv_get(last, "changes");
	int64_t more = pv_i64_at(last, "moreChanges", 0) + (pv_count(before) >= CHANGES_MOST);
	pv_listb changes;
	pv_objb b;
	pv_listb_init(&changes, arena);
	pv_listb_add(&changes, *pv_item(pv_get(next, "changes"), 0));
	for (size_t i = 0; i < pv_count(before) && changes.len < CHANGES_MOST; i++)
		pv_listb_add(&changes, *pv_item(before, i));
	pv_objb_from(&b, arena, next);
	pv_objb_put(&b, "changes", pv_listb_end(&changes));
	if (more)
		pv_objb_put(&b, "moreChanges", pv_int(more));
	return pv_objb_end(&b);
}
