/* windows: https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/ */
#include "delivery/application/windows.h"

#include "base/str.h"
#include "base/time.h"
#include "delivery/application/application.h"
#include "delivery/application/destination.h"
#include "delivery/application/project.h"
#include "lang/cron/cron.h"
#include "lang/glob/glob.h"

/* One that is about this Application. */
struct window {
	const pv_val *spec;
	pv_cron cron;
	int64_t duration;
	bool denies, active; /* active: now */
};

/* ---- which ones ---- */

/* 1: a pattern fits, 0: none does, -1: there are none. */
static int
fits(const pv_val *patterns, const char *one, const char *other)
{
	for (size_t i = 0; i < pv_count(patterns); i++) {
		const char *pattern = pv_text(pv_item(patterns, i), "");
		if (pv_glob_spans(pattern, one) || (other && pv_glob_spans(pattern, other)))
			return 1;
	}
	return pv_count(patterns) ? 0 : -1;
}

static bool
is_about(const app *a, const pv_val *window)
{
	int name = fits(pv_get(window, "applications"), a->name, NULL),
	    ns = fits(pv_get(window, "namespaces"), a->dest_ns, NULL),
	    cluster = fits(pv_get(window, "clusters"), a->dest.server, a->dest.name);
	if (pv_truth_at(window, "andOperator", false))
		return name != 0 && ns != 0 && cluster != 0;
	return name == 1 || ns == 1 || cluster == 1;
}

/* Does it last at that time?  It began less than its duration ago. */
static bool
is_active(const struct window *w, int64_t at)
{
	int64_t began = pv_cron_next(&w->cron, at - w->duration);
	return began && began <= at;
}

/* False: it is none, which is told. */
static bool
read_window(app *a, size_t i, const pv_val *spec, int64_t now, struct window *ret)
{
	const char *kind = pv_text_at(spec, "kind", ""), *length = pv_text_at(spec, "duration", ""),
		   *zone = pv_text_at(spec, "timeZone", NULL);
	*ret = (struct window){.spec = spec, .denies = pv_streq(kind, "deny")};
	if (!ret->denies && !pv_streq(kind, "allow"))
		(void)pv_fail(a->cx, PV_EINVALID, "kind is \"%s\": expected allow or deny", kind);
	else if (!pv_duration_parse(pv_str_of(length), &ret->duration) || ret->duration <= 0)
		(void)pv_fail(a->cx, PV_EINVALID, "duration is \"%s\": expected one such as 1h30m", length);
	else if (pv_cron_parse(a->cx, pv_text_at(spec, "schedule", ""), zone, &ret->cron) == 0) {
		ret->active = is_active(ret, now);
		return true;
	}
	app_condition(a, "SyncError", "project '%s': spec.syncWindows[%zu]: %s",
		      pv_text_at(a->project, "metadata.name", ""), i, pv_error_text(a->cx));
	pv_recover(a->cx);
	return false;
}

static bool
collect(app *a, int64_t now, pv_vec *ret)
{
	const pv_val *list = pv_at(project_of(a), "spec.syncWindows");
	bool good = true;
	pv_vec_init(ret, a->cx->arena, sizeof(struct window));
	for (size_t i = 0; i < pv_count(list); i++) {
		struct window w;
		if (!is_about(a, pv_item(list, i)))
			continue;
		if (read_window(a, i, pv_item(list, i), now, &w))
			pv_vec_push(ret, &w);
		else
			good = false;
	}
	return good;
}

/* ---- what they say ---- */

/* The window that prevents it; NULL: none does.  One that denies beats all; without one, where there are
 * windows that allow, one of them must be active.  People may all the same where each that prevents it says
 * manualSync. */
static const struct window *
preventing(const pv_vec *all, bool manual, int64_t at)
{
	const struct window *denies = NULL, *closed = NULL;
	bool open = false, all_manual = true, closed_manual = true;
	for (size_t i = 0; i < all->len; i++) {
		const struct window *w = PV_AT(struct window, all, i);
		bool by_hand = pv_truth_at(w->spec, "manualSync", false), active = is_active(w, at);
		if (w->denies && active) {
			denies = denies ? denies : w;
			all_manual = all_manual && by_hand;
		} else if (!w->denies && active) {
			open = true;
		} else if (!w->denies) {
			closed = closed ? closed : w;
			closed_manual = closed_manual && by_hand;
		}
	}
	if (denies)
		return manual && all_manual ? NULL : denies;
	return open || !closed || (manual && closed_manual) ? NULL : closed;
}

/* A sync that began when it was permitted goes on, if the windows that prevent it now (those that deny), or the
 * one that it began in (it allowed), say syncOverrun. */
static bool
runs_over(const pv_vec *all, bool manual, int64_t since)
{
	bool denied = false, all_over = true, began_over = false;
	if (!since || preventing(all, manual, since))
		return false;
	for (size_t i = 0; i < all->len; i++) {
		const struct window *w = PV_AT(struct window, all, i);
		bool over = pv_truth_at(w->spec, "syncOverrun", false);
		if (w->denies && w->active) {
			denied = true;
			all_over = all_over && over;
		} else if (!w->denies && is_active(w, since)) {
			began_over = began_over || over;
		}
	}
	return denied ? all_over : began_over;
}

/* The next time that one of them begins or ends. */
static int64_t
next_change(const pv_vec *all, int64_t now)
{
	int64_t first = 0;
	for (size_t i = 0; i < all->len; i++) {
		const struct window *w = PV_AT(struct window, all, i);
		int64_t begins = pv_cron_next(&w->cron, now),
			ends = w->active ? pv_cron_next(&w->cron, now - w->duration) + w->duration : 0;
		int64_t change = ends && (!begins || ends < begins) ? ends : begins;
		if (change && (!first || change < first))
			first = change;
	}
	return first;
}

bool
windows_permit(app *a, bool manual, int64_t since, const char **ret_why)
{
	int64_t now = pv_plan_now(a->plan), change;
	const struct window *w;
	pv_vec all;
	*ret_why = NULL;
	if (!pv_count(pv_at(project_of(a), "spec.syncWindows")))
		return true;
	if (!collect(a, now, &all)) {
		*ret_why = "a sync window cannot be read";
		return false;
	}
	w = preventing(&all, manual, now);
	if (!w || runs_over(&all, manual, since))
		return true;
	change = next_change(&all, now);
	if (change > now)
		pv_plan_requeue(a->plan, change - now);
	*ret_why = pv_printf(a->cx->arena, "the sync window \"%s\" (%s) of project '%s' %s%s%s",
			     pv_text_at(w->spec, "schedule", ""), pv_text_at(w->spec, "duration", ""),
			     pv_text_at(a->project, "metadata.name", ""),
			     w->denies ? "denies it" : "would allow it, and is not open",
			     change ? "; the next change is at " : "",
			     change ? pv_time_format(a->cx->arena, change) : "");
	return false;
}

const char *
application_prevented(pv_ctx *cx, pv_plan *plan, const pv_val *application)
{
	const char *why;
	app a;
	app_init(cx, plan, application, &a);
	(void)destination_resolve(&a); /* of one that is not known it says so itself */
	return windows_permit(&a, false, 0, &why) ? NULL : why;
}
