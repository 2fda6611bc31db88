/* delete: what is done before an ApplicationSet goes.  Its Applications go with it (their owner), unless
 * spec.syncPolicy.applicationsSync keeps them, and the last step first where strategy.deletionOrder says so.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Application-Deletion/ */
#include <strings.h>

#include "base/str.h"
#include "delivery/applicationset/appset.h"

static bool
in_reverse(const pv_val *spec)
{
	return appset_rollout_is_on(spec) &&
	       strcasecmp(pv_text_at(spec, "strategy.deletionOrder", ""), "Reverse") == 0;
}

static void
put_finalizer(appset *s, bool present)
{
	const pv_val *list = pv_at(s->object, "metadata.finalizers");
	pv_listb b;
	pv_val patch = pv_null();
	if (pv_list_has_text(list, APPSET_FINALIZER) == present)
		return;
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (!pv_streq(pv_text(pv_item(list, i), ""), APPSET_FINALIZER))
			pv_listb_add(&b, *pv_item(list, i));
	if (present)
		pv_listb_add(&b, pv_string_ref(APPSET_FINALIZER));
	patch = pv_with_at(s->cx->arena, &patch, "metadata.finalizers", pv_listb_end(&b));
	pv_plan_patch(s->cx, s->plan, s->object, "", patch);
}

void
appset_hold(appset *s)
{
	if (in_reverse(s->spec))
		put_finalizer(s, true);
}

static void
disown(appset *s)
{
	const char *uid = pv_text_at(s->object, "metadata.uid", "");
	for (size_t i = 0; i < s->children.len; i++) {
		const pv_val *child = *PV_AT(const pv_val *, &s->children, i),
			     *list = pv_at(child, "metadata.ownerReferences");
		pv_val patch = pv_null();
		pv_listb b;
		pv_listb_init(&b, s->cx->arena);
		for (size_t k = 0; k < pv_count(list); k++)
			if (!pv_streq(pv_text_at(pv_item(list, k), "uid", ""), uid))
				pv_listb_add(&b, *pv_item(list, k));
		patch = pv_with_at(s->cx->arena, &patch, "metadata.ownerReferences", pv_listb_end(&b));
		pv_plan_patch(s->cx, s->plan, child, "", patch);
	}
}

/* Deletes the last step that has Applications left.  False: none has. */
static bool
delete_step(appset *s)
{
	int last = -1;
	size_t left = 0;
	for (size_t i = 0; i < s->children.len; i++) {
		int step = appset_rollout_step_of(s->spec, *PV_AT(const pv_val *, &s->children, i));
		last = step > last ? step : last;
	}
	for (size_t i = 0; last > 0 && i < s->children.len; i++) {
		const pv_val *child = *PV_AT(const pv_val *, &s->children, i);
		if (appset_rollout_step_of(s->spec, child) != last)
			continue;
		left++;
		if (!pv_at(child, "metadata.deletionTimestamp"))
			pv_plan_delete(s->cx, s->plan, child, NULL);
	}
	if (left)
		pv_plan_summary(s->cx, s->plan, "being deleted: waits for %s of step %d",
				pv_counted(s->cx->arena, left, "application"), last);
	return left > 0;
}

bool
appset_delete(appset *s)
{
	const pv_val *list = pv_at(s->object, "metadata.finalizers");
	if (!pv_at(s->object, "metadata.deletionTimestamp"))
		return false;
	if (!pv_list_has_text(list, APPSET_FINALIZER))
		return true;
	if (!appset_may(s->spec).remove)
		disown(s);
	else if (in_reverse(s->spec) && !pv_list_has_text(list, "orphan") && delete_step(s))
		return true;
	put_finalizer(s, false);
	return true;
}
