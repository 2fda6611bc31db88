/* compare: what is against what shall be.  The API is asked what each object would be if
 * it were applied now (defaults filled in, what others own left alone); whatever would
 * change is a difference.  So a comparison and a sync cannot disagree. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "delivery/application/app.h"
#include "delivery/application/destination.h"
#include "delivery/application/hook.h"
#include "delivery/application/ignore.h"
#include "delivery/application/ignore_jq.h"
#include "delivery/application/settings.h"
#include "delivery/application/tracking.h"
#include "lang/patch/patch.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

/* ---- what does not count ---- */

/* Without rules, a role says null or []. */
static pv_val
plainly(app *a, const item *it, pv_val v)
{
	bool role = pv_streq(it->kind, "Role") || pv_streq(it->kind, "ClusterRole");
	return role && !pv_count(pv_get(&v, "rules")) ? pv_without(a->cx->arena, &v, "rules") : v;
}

/* What kubectl notes for itself. */
static pv_val
without_last_applied(app *a, pv_val meta)
{
	const pv_val *annotations = pv_get(&meta, "annotations");
	pv_val left;
	if (!pv_get(annotations, LAST_APPLIED))
		return meta;
	left = pv_without(a->cx->arena, annotations, LAST_APPLIED);
	return pv_count(&left) ? pv_with(a->cx->arena, &meta, "annotations", left)
			       : pv_without(a->cx->arena, &meta, "annotations");
}

static bool
is_noise(const char *field)
{
	static const char *const noise[] = {
		"managedFields", "resourceVersion", "generation", "creationTimestamp",
		"uid",           "selfLink",        "finalizers", "ownerReferences"};
	for (size_t i = 0; i < PV_LEN(noise); i++)
		if (pv_streq(field, noise[i]))
			return true;
	return false;
}

const pv_val *
app_essence(app *a, const item *it, const pv_val *object)
{
	const pv_val *all = pv_get(object, "metadata");
	pv_val v = pv_without(a->cx->arena, object, "status");
	pv_objb meta;
	pv_objb_init(&meta, a->cx->arena);
	for (size_t i = 0; i < pv_member_count(all); i++)
		if (!is_noise(pv_text(&all->members[i].key, "")))
			pv_objb_add(&meta, all->members[i].key, all->members[i].val);
	v = pv_with(a->cx->arena, &v, "metadata", without_last_applied(a, pv_objb_end(&meta)));
	return ignore_without(a, it, pv_box(a->cx->arena, plainly(a, it, v)));
}

/* ---- one object ---- */

static void
look_ahead(app *a, item *it)
{
	const pv_val *merged;
	if (destination_predict(a, it, &it->ahead) == 0)
		return;
	it->predicted = !it->problem;
	it->problem = it->problem ? it->problem : pv_strdup(a->cx->arena, pv_error_text(a->cx));
	pv_recover(a->cx);
	if (pv_patch_merge(a->cx, it->live, it->want, &merged) == 0)
		it->ahead = merged;
	else
		pv_recover(a->cx);
}

static void
compare(app *a, item *it)
{
	it->live = it->hook && !*it->name ? NULL : destination_find(a, it, it->name);
	it->sync = it->live ? SYNCED : OUT_OF_SYNC;
	it->health = it->live ? app_health_of(a, it->live, &it->health_message) : MISSING;
	if (!it->hook && !it->live)
		pv_plan_difference(a->cx, a->plan, it->want, NULL, it->want);
	if (it->hook || !it->live)
		return;
	look_ahead(a, it);
}

/* Whether it differs, as far as that is known: what jq expressions mean may have to be asked for first. */
static void
judge(app *a, item *it)
{
	if (it->hook || !it->live || !it->want)
		return;
	if (a->ignores.len && app_option(a, NULL, "RespectIgnoreDifferences=true"))
		it->kept = ignore_with_live(a, it, it->want);
	it->sync = it->ahead && pv_eq(app_essence(a, it, it->live), app_essence(a, it, it->ahead))
			   ? SYNCED
			   : OUT_OF_SYNC;
}

static void
note_difference(app *a, const item *it)
{
	if (it->hook || !it->live || !it->want || it->sync == SYNCED)
		return;
	pv_plan_difference(a->cx, a->plan, it->want, app_essence(a, it, it->live),
			   it->ahead ? app_essence(a, it, it->ahead) : it->want);
}

static void
warn_if_shared(app *a, const item *it)
{
	const char *owner = it->live ? item_tracked_by(a, it, it->live) : NULL;
	if (owner && !pv_streq(owner, a->key))
		app_condition(a, "SharedResourceWarning", "%s/%s is part of applications %s and %s", it->kind,
			      it->name, a->key, owner);
}

/* ---- what is ours and no longer wanted ---- */

static void
add_extra(app *a, const pv_map *wanted, const pv_val *object)
{
	item extra = {.live = object, .sync = OUT_OF_SYNC};
	item_identify(a, object, &extra);
	if (settings_exclude(a, &extra))
		return;
	if (hook_is(object)) {
		pv_vec_push(&a->live_hooks, &object);
		return;
	}
	if (pv_map_finds(wanted, item_key(a, &extra)))
		return;
	extra.health = app_health_of(a, object, &extra.health_message);
	pv_plan_difference(a->cx, a->plan, object, object, NULL);
	pv_vec_push(&a->items, &extra);
}

static bool
ignores_extraneous(const pv_val *object)
{
	const char *options = pv_text(
		pv_get(pv_at(object, "metadata.annotations"), "argocd.argoproj.io/compare-options"), "");
	return strstr(options, "IgnoreExtraneous") != NULL;
}

static bool
counts_for_health(const pv_val *live)
{
	const pv_val *notes = pv_at(live, "metadata.annotations");
	return !pv_streq(pv_text(pv_get(notes, "argocd.argoproj.io/ignore-healthcheck"), ""), "true");
}

static void
sum_up(app *a)
{
	bool any_live = false, any = false;
	a->sync = SYNCED;
	a->health = HEALTHY;
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		if (it->hook)
			continue;
		any = true;
		if (it->sync != SYNCED && !(it->live && !it->want && ignores_extraneous(it->live)))
			a->sync = OUT_OF_SYNC;
		if (!it->live)
			continue;
		any_live = true;
		if (counts_for_health(it->live))
			a->health = health_worse(a->health, it->health);
	}
	if (any && !any_live)
		a->health = MISSING;
}

void
app_assess(app *a)
{
	pv_vec tracked;
	for (size_t i = 0; i < a->conditions.len; i++)
		if (pv_streq(pv_text_at(PV_AT(pv_val, &a->conditions, i), "type", ""), "InvalidSpecError"))
			return;
	if (a->away || (!a->there && (destination_connect(a) != 1 || destination_look(a) != 1)))
		return;
	a->unloaded = true;
	a->health = HEALTHY;
	tracking_objects(a, &tracked);
	for (size_t i = 0; i < tracked.len; i++) {
		const pv_val *live = *PV_AT(const pv_val *, &tracked, i);
		const char *message;
		if (!hook_is(live) && counts_for_health(live))
			a->health = health_worse(a->health, app_health_of(a, live, &message));
	}
}

/* Judges all; again when what jq expressions mean in them is known. */
static int
judge_all(app *a, size_t wanted)
{
	int r;
	for (size_t i = 0; i < wanted; i++)
		judge(a, PV_AT(item, &a->items, i));
	r = ignore_check(a);
	if (r == 0 && !a->jq)
		return 1;
	if (r == 0)
		r = ignore_jq_ask(a);
	for (size_t i = 0; r == 1 && i < wanted; i++)
		judge(a, PV_AT(item, &a->items, i));
	if (r == 1 && ignore_check(a) < 0)
		r = -PV_ETOOLARGE;
	if (r < 0) {
		app_condition(a, "ComparisonError", "ignoreDifferences: %s", pv_error_text(a->cx));
		pv_plan_fail(a->cx, a->plan, "ComparisonError");
	}
	return r;
}

int
app_compare(app *a)
{
	int r = destination_look(a);
	pv_vec tracked;
	size_t wanted_len = a->items.len;
	pv_map *wanted = pv_map_new(a->cx->arena);
	if (r != 1)
		return r;
	for (size_t i = 0; i < wanted_len; i++) {
		pv_map_puts(wanted, item_key(a, PV_AT(item, &a->items, i)), PV_AT(item, &a->items, i));
		compare(a, PV_AT(item, &a->items, i));
		warn_if_shared(a, PV_AT(item, &a->items, i));
	}
	r = judge_all(a, wanted_len);
	if (r != 1)
		return r;
	for (size_t i = 0; i < wanted_len; i++)
		note_difference(a, PV_AT(item, &a->items, i));
	tracking_objects(a, &tracked);
	for (size_t i = 0; i < tracked.len; i++)
		add_extra(a, wanted, *PV_AT(const pv_val *, &tracked, i));
	a->compared = true;
	sum_up(a);
	return 1;
}
