/* delete_hook: hooks before an Application's objects are deleted, and after.  Finalizers hold the
 * Application until they are done; one that fails holds it until a person has mended or removed it.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/ */
#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "delivery/application/app.h"
#include "delivery/application/destination.h"
#include "delivery/application/hook.h"
#include "delivery/application/task.h"
#include "delivery/application/tracking.h"
#include "lang/json/json.h"

static void
hooks_of(app *a, enum phase phase, pv_vec *ret /* of task */)
{
	pv_vec_init(ret, a->cx->arena, sizeof(task));
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		if (it->hook && hook_runs(it->want, phase))
			*(task *)pv_vec_add(ret) =
				(task){it,
				       phase,
				       hook_wave(it->want),
				       false,
				       kind_rank(it->kind),
				       hook_name(a, it, phase,
						 pv_text_at(a->object, "metadata.deletionTimestamp", "")),
				       NULL};
	}
	pv_vec_sort(ret, task_cmp);
}

/* Which deletion made it: the Application may have been there before, and its hooks be left. */
static const char *
mark(const app *a)
{
	return pv_printf(a->cx->arena, "%s/delete", pv_text_at(a->object, "metadata.uid", ""));
}

/* The same, and what it was made of: one that failed is tried again when Git has another. */
static const char *
whole_mark(const app *a, const task *t)
{
	const char *text = pv_json_text(a->cx->arena, t->item->want);
	return pv_printf(a->cx->arena, "%s/%.12s", mark(a), pv_sha256_hex(a->cx->arena, text, strlen(text)));
}

static const pv_val *
hook_object(app *a, const task *t)
{
	pv_val v = pv_with_at(a->cx->arena, t->item->want, "metadata.name", pv_string_ref(t->name));
	pv_objb b;
	v = pv_without_at(a->cx->arena, &v, "metadata.generateName");
	v = tracking_marked(a, t->item, t->name, &v);
	pv_objb_from(&b, a->cx->arena, pv_at(&v, "metadata.annotations"));
	pv_objb_put(&b, MADE_BY, pv_string_ref(whole_mark(a, t)));
	return pv_box(a->cx->arena, pv_with_at(a->cx->arena, &v, "metadata.annotations", pv_objb_end(&b)));
}

static const pv_val *
live_of(app *a, const task *t)
{
	return destination_find(a, t->item, t->name);
}

static const char *
mark_of(const pv_val *live)
{
	return pv_text(pv_get(pv_at(live, "metadata.annotations"), MADE_BY), "");
}

static bool
is_of_this_deletion(const app *a, const pv_val *live)
{
	return pv_starts_with(mark_of(live), mark(a));
}

/* ---- a hook ---- */

enum progress { DONE, WAITING, FAILED };

static enum progress
run(app *a, const task *t, const char **ret_why)
{
	const pv_val *live = live_of(a, t);
	enum health health;
	bool failed;
	*ret_why = t->item->problem;
	if (t->item->problem)
		return FAILED;
	if (!live) {
		if (destination_apply(a, hook_object(a, t), whole_mark(a, t)) < 0) {
			*ret_why = pv_strdup(a->cx->arena, pv_error_text(a->cx));
			pv_recover(a->cx);
		}
		return *ret_why ? FAILED : WAITING;
	}
	health = app_health_of(a, live, ret_why);
	failed = health == DEGRADED || health == HEALTH_UNKNOWN;
	if (hook_policy(t->item->want, "BeforeHookCreation") &&
	    (!is_of_this_deletion(a, live) || (failed && !pv_streq(mark_of(live), whole_mark(a, t))))) {
		if (!pv_at(live, "metadata.deletionTimestamp"))
			destination_delete(a, live, "Background");
		return WAITING;
	}
	if (health == HEALTHY || health == HEALTH_NONE)
		return DONE;
	return failed ? FAILED : WAITING;
}

/* ---- all of them ---- */

static void
tell(app *a)
{
	if (!pv_eq(pv_get(a->status, "conditions"),
		   pv_get(pv_box(a->cx->arena, app_status_conditions(a)), "conditions")))
		pv_plan_status(a->cx, a->plan, app_status_conditions(a));
}

/* What shall be, for the hooks in it.  False: not known, or it cannot be known, or nobody whom the project wants
 * signed for it. */
static bool
known(app *a, enum phase phase)
{
	int r = app_desired(a);
	if (r == 1)
		r = a->unverified ? -1 : destination_look(a);
	if (r < 0)
		app_condition(
			a, "DeletionError",
			"the %s hooks are not known: mend what the other condition says, or remove the finalizers",
			phase_name(phase));
	if (r < 0)
		tell(a);
	return r == 1;
}

bool
app_delete_hooks(app *a, enum phase phase)
{
	const task *waits = NULL;
	bool failed = false;
	pv_vec hooks;
	if (!known(a, phase))
		return false;
	hooks_of(a, phase, &hooks);
	for (size_t i = 0; i < hooks.len; i++) {
		const task *t = PV_AT(task, &hooks, i);
		const char *why = NULL;
		enum progress progress;
		if ((waits || failed) && t->wave != PV_AT(task, &hooks, i - 1)->wave)
			break;
		progress = run(a, t, &why);
		if (progress == FAILED)
			app_condition(a, "DeletionError", "%s hook %s/%s failed%s%s", phase_name(phase),
				      t->item->kind, t->name, why && *why ? ": " : "", why ? why : "");
		failed = failed || progress == FAILED;
		waits = !waits && progress == WAITING ? t : waits;
	}
	tell(a);
	if (waits)
		pv_plan_reason(a->cx, a->plan, "waiting for completion of %s hook %s/%s", phase_name(phase),
			       waits->item->kind, waits->name);
	return !waits && !failed;
}

bool
app_delete_hooks_clear(app *a, enum phase phase)
{
	size_t left = 0;
	pv_vec hooks;
	if (!known(a, phase))
		return false;
	hooks_of(a, phase, &hooks);
	for (size_t i = 0; i < hooks.len; i++) {
		const task *t = PV_AT(task, &hooks, i);
		const pv_val *live = live_of(a, t);
		if (!live || !is_of_this_deletion(a, live) || !hook_policy(t->item->want, "HookSucceeded"))
			continue;
		left++;
		if (!pv_at(live, "metadata.deletionTimestamp"))
			destination_delete(a, live, "Background");
	}
	if (left)
		pv_plan_reason(a->cx, a->plan, "%s left to delete",
			       pv_counted(a->cx->arena, left,
					  pv_printf(a->cx->arena, "%s hook", phase_name(phase))));
	return left == 0;
}

/* ---- while it lives ---- */

static bool
is_ours(const char *finalizer)
{
	return pv_starts_with(finalizer, BEFORE_DELETE) || pv_starts_with(finalizer, AFTER_DELETE);
}

void
app_hold(app *a)
{
	static const struct {
		enum phase phase;
		const char *finalizers[2];
	} rows[] = {{PHASE_BEFORE_DELETE, {BEFORE_DELETE, BEFORE_DELETE "/cleanup"}},
		    {PHASE_AFTER_DELETE, {AFTER_DELETE, AFTER_DELETE "/cleanup"}}};
	const pv_val *list = pv_at(a->object, "metadata.finalizers");
	pv_listb b;
	pv_val wanted;
	pv_listb_init(&b, a->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (!is_ours(pv_text(pv_item(list, i), "")))
			pv_listb_add(&b, *pv_item(list, i));
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_vec hooks;
		hooks_of(a, rows[i].phase, &hooks);
		for (size_t k = 0; hooks.len && k < PV_LEN(rows[i].finalizers); k++)
			pv_listb_add(&b, pv_string_ref(rows[i].finalizers[k]));
	}
	wanted = pv_listb_end(&b);
	if (pv_count(&wanted) || pv_count(list))
		app_put_finalizers(a, wanted);
}
