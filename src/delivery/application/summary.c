/* summary: the first line of `pave why` of an Application: its state, and how it got there; of what
 * failed the reason, not the revision. */
#include "base/str.h"
#include "delivery/application/app.h"
#include "delivery/application/operation.h"
#include "delivery/application/sources.h"
#include "delivery/application/sync.h"

/* How many resources of a sync came to the status; the first of them, and its message. */
static size_t
count_results(const pv_val *state, const char *status, const pv_val **ret_first)
{
	const pv_val *list = pv_at(state, "syncResult.resources");
	size_t n = 0;
	*ret_first = NULL;
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "status", ""), status)) {
			*ret_first = *ret_first ? *ret_first : pv_item(list, i);
			n++;
		}
	return n;
}

static const char *
named(app *a, const pv_val *first, size_t n)
{
	const char *label = pv_printf(a->cx->arena, "%s/%s", pv_text_at(first, "kind", ""),
				      pv_text_at(first, "name", ""));
	return n > 1 ? pv_printf(a->cx->arena, "%s and %zu more", label, n - 1) : label;
}

static const char *
reason_of(app *a, const pv_val *state)
{
	const pv_val *first;
	const char *place, *why;
	size_t n = count_results(state, "SyncFailed", &first);
	if (!n)
		return pv_text_at(state, "message", "");
	why = progress_fault(a, first, &place);
	return pv_printf(a->cx->arena, "%s%s%s (%s)", place ? place : "", place ? ": " : "",
			 progress_advised(a, why), named(a, first, n));
}

static bool
has_failed(const pv_val *state)
{
	return op_finished(state) && !pv_streq(pv_text_at(state, "phase", ""), "Succeeded");
}

/* What there is to do about a sync that nobody tries again. */
static const char *
next_step(app *a, const pv_val *state)
{
	bool automated = pv_at(a->spec, "syncPolicy.automated") &&
			 pv_truth_at(a->spec, "syncPolicy.automated.enabled", true);
	if (!op_finished(state))
		return "";
	if (automated && pv_get(state, OP_BLOCKED))
		return "; it goes on by itself when that is mended";
	return pv_printf(a->cx->arena, "; `pave sync %s -n %s` tries again", a->name, a->ns);
}

static void
tell_failure(app *a, const pv_val *state)
{
	long long tries = pv_i64_at(state, "retryCount", 0);
	bool over = op_finished(state);
	if (over)
		tries++;
	if (tries > 1)
		pv_plan_summary(a->cx, a->plan, "sync failed %lld times, %s: %s%s", tries,
				over ? "gave up" : "will try again", reason_of(a, state),
				next_step(a, state));
	else
		pv_plan_summary(a->cx, a->plan, "sync failed%s: %s%s", over ? "" : ", will try again",
				reason_of(a, state), next_step(a, state));
}

/* Of what a sync healed: how many were made (they had been deleted), or else changed; and the first. */
static size_t
count_healed(const pv_val *state, bool made, const pv_val **ret_first)
{
	const pv_val *list = pv_at(state, "syncResult.resources");
	size_t n = 0;
	*ret_first = NULL;
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);
		if (!pv_streq(pv_text_at(one, "status", ""), "Synced") || pv_get(one, "hookType") ||
		    pv_ends_with(pv_text_at(one, "message", ""), " created") != made)
			continue;
		*ret_first = *ret_first ? *ret_first : one;
		n++;
	}
	return n;
}

static const char *
told_healing(app *a, const pv_val *state)
{
	const pv_val *first_made, *first_changed;
	size_t made = count_healed(state, true, &first_made),
	       changed = count_healed(state, false, &first_changed);
	const char *gone =
		!made ? ""
		      : pv_printf(a->cx->arena, "; the last sync made again what had been deleted: %s",
				  named(a, first_made, made));
	return !changed ? gone
			: pv_printf(a->cx->arena, "; the last sync put back what was changed by hand: %s%s",
				    named(a, first_changed, changed), gone);
}

/* What the last sync was for, if it is the reason for what is there.  Healing prunes, too: what was
 * still ending when the commit was synced. */
static const char *
last_sync(app *a, const pv_val *state)
{
	const pv_val *healed = pv_at(state, "operation.sync.resources"), *first, *one = pv_item(healed, 0);
	size_t pruned = count_results(state, "Pruned", &first);
	if (has_failed(state))
		return pv_printf(a->cx->arena, "; the last sync failed: %s", reason_of(a, state));
	if (!op_finished(state) || !sources_are_at(a, pv_get(state, "syncResult")))
		return "";
	if (!pv_i64_at(state, "operation.sync.autoHealAttemptsCount", 0))
		one = NULL;
	if (!pruned && one && !op_item(a, one)) {
		pruned = pv_count(healed);
		first = one;
	}
	if (pruned)
		return pv_printf(a->cx->arena, "; the last sync pruned %s, not in Git any more",
				 named(a, first, pruned));
	return one ? told_healing(a, state) : "";
}

static const char *
health_note(app *a)
{
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		if (!it->hook && it->live && it->health == a->health && a->health != HEALTHY &&
		    a->health != HEALTH_UNKNOWN)
			return pv_printf(a->cx->arena, ", %s: %s/%s%s%s", health_name(a->health), it->kind,
					 it->name, it->health_message && *it->health_message ? ": " : "",
					 it->health_message ? it->health_message : "");
	}
	return "";
}

static const char *
condition_message(app *a, const char *type)
{
	for (size_t i = 0; i < a->conditions.len; i++) {
		const pv_val *c = PV_AT(pv_val, &a->conditions, i);
		if (pv_streq(pv_text_at(c, "type", ""), type))
			return pv_text_at(c, "message", "");
	}
	return NULL;
}

/* Why nothing is done about what differs. */
static const char *
idle_note(app *a)
{
	const char *refused = condition_message(a, "SyncError");
	refused = refused ? refused : condition_message(a, "SharedResourceWarning");
	if (a->prevented)
		return pv_printf(a->cx->arena, "; not synced now: %s", a->prevented);
	if (refused)
		return pv_printf(a->cx->arena, "; %s", refused);
	return pv_at(a->spec, "syncPolicy.automated")
		       ? ""
		       : pv_printf(
				 a->cx->arena,
				 "; a sync must be started by hand (`pave sync %s -n %s`): spec.syncPolicy.automated "
				 "is not set",
				 a->name, a->ns);
}

static void
tell_difference(app *a, const pv_val *state)
{
	size_t off = 0;
	for (size_t i = 0; i < a->items.len; i++)
		off += !PV_AT(item, &a->items, i)->hook && PV_AT(item, &a->items, i)->sync != SYNCED;
	pv_plan_summary(a->cx, a->plan, "out of sync: %zu of %zu objects differ from %s%s%s%s", off,
			a->items.len, app_at(a), health_note(a), idle_note(a),
			has_failed(state) ? last_sync(a, state) : "");
}

void
app_summary(app *a, const sync_state *sync)
{
	const pv_val *state = sync->operation ? sync->operation : pv_get(a->status, "operationState");
	const char *wrong = condition_message(a, "ComparisonError");
	wrong = wrong ? wrong : condition_message(a, "InvalidSpecError");
	if (wrong && a->asked && has_failed(state))
		tell_failure(a, state);
	else if (wrong)
		pv_plan_summary(a->cx, a->plan, "cannot be compared with Git: %s", wrong);
	else if (op_running(state) && pv_i64_at(state, "retryCount", 0))
		tell_failure(a, state);
	else if (op_running(state))
		pv_plan_summary(a->cx, a->plan, "syncing to %s: %s%s%s", app_at(a),
				pv_text_at(state, "message", ""), a->prevented ? "; " : "",
				a->prevented ? a->prevented : "");
	else if (a->sync == SYNCED)
		pv_plan_summary(a->cx, a->plan, "synced to %s%s%s", app_at(a), last_sync(a, state),
				health_note(a));
	else if (has_failed(state) && sources_are_at(a, pv_get(state, "syncResult")))
		tell_failure(a, state);
	else
		tell_difference(a, state);
}
