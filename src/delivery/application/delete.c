/* delete: an Application with the finalizer takes its objects along, in the opposite of the
 * order in which they came. */
#include "base/str.h"
#include "delivery/application/app.h"
#include "delivery/application/depends.h"
#include "delivery/application/destination.h"
#include "delivery/application/hook.h"
#include "delivery/application/project.h"
#include "delivery/application/task.h"
#include "delivery/application/tracking.h"

#define FINALIZER "resources-finalizer.argocd.argoproj.io"

/* The finalizer that has the Application's objects go with it, or NULL. */
static const char *
cascade(const pv_val *object)
{
	const pv_val *list = pv_at(object, "metadata.finalizers");
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *f = pv_text(pv_item(list, i), "");
		if (pv_streq(f, FINALIZER) || pv_streq(f, FINALIZER "/foreground") ||
		    pv_streq(f, FINALIZER "/background"))
			return f;
	}
	return NULL;
}

void
app_put_finalizers(app *a, pv_val list)
{
	pv_objb meta, b;
	if (pv_eq(pv_at(a->object, "metadata.finalizers"), &list))
		return;
	pv_objb_init(&meta, a->cx->arena);
	pv_objb_put(&meta, "finalizers", pv_count(&list) ? list : pv_null());
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_plan_patch(a->cx, a->plan, a->object, "", pv_objb_end(&b));
}

static void
drop_finalizer(app *a, const char *finalizer)
{
	const pv_val *list = pv_at(a->object, "metadata.finalizers");
	pv_listb left;
	pv_listb_init(&left, a->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (!pv_streq(pv_text(pv_item(list, i), ""), finalizer))
			pv_listb_add(&left, *pv_item(list, i));
	app_put_finalizers(a, pv_listb_end(&left));
}

static bool
is_ours(const char *finalizer)
{
	return pv_starts_with(finalizer, FINALIZER) || pv_starts_with(finalizer, BEFORE_DELETE) ||
	       pv_starts_with(finalizer, AFTER_DELETE);
}

/* True: what is there is not known: not yet, or the cluster cannot be asked, which is told. */
static bool
told_away(app *a, int r)
{
	if (r < 0) {
		app_condition(a, "DeletionError", "waiting for cluster \"%s\": %s", a->dest.name,
			      a->away_why);
		pv_plan_status(a->cx, a->plan, app_status_conditions(a));
	}
	return r != 1;
}

/* Waves from the last to the first; within one, the kinds that came last. */
static int
by_departure(const void *x, const void *y)
{
	const pv_val *a = *(const pv_val *const *)x, *b = *(const pv_val *const *)y;
	int64_t wa = hook_wave(a), wb = hook_wave(b);
	if (wa != wb)
		return wa > wb ? -1 : 1;
	return kind_rank(pv_text_at(b, "kind", "")) - kind_rank(pv_text_at(a, "kind", ""));
}

static bool
stays(const app *a, const pv_val *object)
{
	return app_option(a, object, "Delete=false") || hook_runs(object, PHASE_BEFORE_DELETE) ||
	       hook_runs(object, PHASE_AFTER_DELETE) ||
	       pv_streq(pv_text(pv_get(pv_at(object, "metadata.annotations"), "helm.sh/resource-policy"), ""),
			"keep");
}

/* How many objects go only when a person has said so (Delete=confirm). */
static size_t
unconfirmed(const app *a, const pv_vec *tracked)
{
	size_t n = 0;
	if (app_deletion_approved(a, pv_text_at(a->object, "metadata.deletionTimestamp", "")))
		return 0;
	for (size_t i = 0; i < tracked->len; i++)
		n += app_option(a, *PV_AT(const pv_val *, tracked, i), "Delete=confirm");
	return n;
}

/* Why the project does not permit what is there, which may be another hub's of the same name; NULL: it does. */
static const char *
refused(app *a, const pv_val *object)
{
	item it = {0};
	if (!a->dest.secret)
		return NULL;
	item_identify(a, object, &it);
	return project_refuses(a, &it);
}

/* What the destination does not let be read cannot be deleted, either. */
static void
tell_left(app *a, const pv_vec *tracked)
{
	pv_vec left;
	destination_unseen(a, &left);
	for (size_t i = 0; i < tracked->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, tracked, i);
		const char *why = refused(a, object), *line;
		if (!why)
			continue;
		line = pv_printf(a->cx->arena, "%s/%s: %s", pv_text_at(object, "kind", ""),
				 pv_text_at(object, "metadata.name", ""), why);
		pv_vec_push(&left, &line);
	}
	if (left.len)
		pv_plan_event(a->cx, a->plan, "Warning", "ResourcesLeft", "%s may stay where it is%s: %s",
			      pv_counted(a->cx->arena, left.len, "object"), left.len > 1 ? ", the first" : "",
			      *PV_AT(const char *, &left, 0));
}

/* The Application's objects, wave by wave; the finalizer goes with the last. */
static void
delete_objects(app *a, const char *finalizer)
{
	const char *how = pv_streq(finalizer, FINALIZER "/background") ? "Background" : "Foreground";
	pv_vec tracked;
	size_t left = 0;
	int64_t wave = 0;
	if (told_away(a, destination_look(a)))
		return;
	tracking_objects(a, &tracked);
	if (unconfirmed(a, &tracked)) {
		pv_plan_reason(a->cx, a->plan,
			       "the deletion of %s has to be confirmed: set the annotation "
			       "argocd.argoproj.io/deletion-approved to the time",
			       pv_counted(a->cx->arena, unconfirmed(a, &tracked), "object"));
		return;
	}
	pv_vec_sort(&tracked, by_departure);
	for (size_t i = 0; i < tracked.len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, &tracked, i);
		if (stays(a, object) || refused(a, object))
			continue;
		if (left++ == 0)
			wave = hook_wave(object);
		if (hook_wave(object) == wave && !pv_at(object, "metadata.deletionTimestamp"))
			destination_delete(a, object, how);
	}
	pv_plan_reason(a->cx, a->plan, "%s left to delete", pv_counted(a->cx->arena, left, "object"));
	if (left > 0)
		return;
	tell_left(a, &tracked);
	drop_finalizer(a, finalizer);
}

static bool
has_finalizer(const app *a, const char *finalizer)
{
	return pv_list_has_text(pv_at(a->object, "metadata.finalizers"), finalizer);
}

/* One finalizer for the hooks of a phase, one for clearing them away.  True: one is there. */
static bool
held_by_hooks(app *a, enum phase phase, const char *finalizer, const char *cleanup)
{
	bool runs = has_finalizer(a, finalizer);
	if (!runs && !has_finalizer(a, cleanup))
		return false;
	if (runs ? app_delete_hooks(a, phase) : app_delete_hooks_clear(a, phase))
		drop_finalizer(a, runs ? finalizer : cleanup);
	return true;
}

/* By one of ours? */
static bool
is_held(const app *a)
{
	const pv_val *list = pv_at(a->object, "metadata.finalizers");
	for (size_t i = 0; i < pv_count(list); i++)
		if (is_ours(pv_text(pv_item(list, i), "")))
			return true;
	return false;
}

/* What lies in a cluster that nobody knows any more stays there: nothing holds the Application. */
static void
let_go(app *a)
{
	pv_listb left;
	const pv_val *list = pv_at(a->object, "metadata.finalizers");
	pv_listb_init(&left, a->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *f = pv_text(pv_item(list, i), "");
		if (!is_ours(f))
			pv_listb_add(&left, *pv_item(list, i));
	}
	pv_plan_event(a->cx, a->plan, "Warning", "ResourcesLeft",
		      "what was deployed stays where it is, for its destination is not known: %s",
		      pv_text_at(PV_AT(pv_val, &a->conditions, 0), "message", ""));
	app_put_finalizers(a, pv_listb_end(&left));
}

/* False: there is none, or what is there is not known (yet). */
static bool
reaches_destination(app *a)
{
	int r;
	if (!destination_resolve(a)) {
		let_go(a);
		return false;
	}
	/* Who writes the Application names its destination: another hub may have one of the same name there. */
	if (a->dest.secret && !project_allows_destination(a)) {
		pv_plan_status(a->cx, a->plan, app_status_conditions(a));
		return false;
	}
	r = destination_connect(a);
	return !told_away(a, r);
}

/* Who needs what this one deployed goes first. */
static bool
awaits_dependents(app *a)
{
	const char *who = depends_held(a);
	if (!who)
		return false;
	app_condition(a, "WaitingForDependents",
		      "what it deployed stays until those are gone that depend on it, or do so no more "
		      "(annotation " DEPENDS_ON "): %s",
		      who);
	pv_plan_summary(a->cx, a->plan, "its deletion waits for what depends on it: %s", who);
	pv_plan_status(a->cx, a->plan, app_status_conditions(a));
	return true;
}

int
app_delete(app *a)
{
	const char *finalizer = cascade(a->object);
	if (!pv_at(a->object, "metadata.deletionTimestamp"))
		return 0;
	if (is_held(a) && (awaits_dependents(a) || !reaches_destination(a)))
		return 1;
	if (held_by_hooks(a, PHASE_BEFORE_DELETE, BEFORE_DELETE, BEFORE_DELETE "/cleanup"))
		return 1;
	if (finalizer)
		delete_objects(a, finalizer);
	else
		(void)held_by_hooks(a, PHASE_AFTER_DELETE, AFTER_DELETE, AFTER_DELETE "/cleanup");
	return 1;
}
