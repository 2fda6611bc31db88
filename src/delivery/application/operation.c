/* operation: how a sync begins, ends, and is tried again. */
#include "delivery/application/operation.h"

#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/application/depends.h"
#include "delivery/application/sources.h"
#include "delivery/application/task.h"
#include "delivery/application/windows.h"

#define RETRY_LIMIT 5
#define HEAL_FIRST (2 * PV_SEC)
#define HEAL_MOST (300 * PV_SEC)
#define HISTORY 10

static const char *
phase_of(const pv_val *state)
{
	return pv_text_at(state, "phase", "");
}

bool
op_running(const pv_val *state)
{
	return pv_streq(phase_of(state), "Running") || op_terminating(state);
}

bool
op_terminating(const pv_val *state)
{
	return pv_streq(phase_of(state), "Terminating");
}

bool
op_partial(const pv_val *state)
{
	return pv_count(pv_at(state, "operation.sync.resources")) > 0 ||
	       pv_truth_at(state, "operation.sync.dryRun", false);
}

bool
op_finished(const pv_val *state)
{
	const char *phase = phase_of(state);
	return pv_streq(phase, "Succeeded") || pv_streq(phase, "Failed") || pv_streq(phase, "Error");
}

static pv_val
now_val(app *a)
{
	return pv_string_ref(pv_time_format(a->cx->arena, pv_plan_now(a->plan)));
}

static const pv_val *
with(app *a, const pv_val *state, const char *key, pv_val v)
{
	return pv_box(a->cx->arena, pv_with(a->cx->arena, state, key, v));
}

/* What an attempt finds when it begins, and keeps to: what it is about with ApplyOutOfSyncOnly=true, and
 * its waves. */
static const pv_val *
with_finds(app *a, const pv_val *state)
{
	pv_listb list;
	state = pv_box(a->cx->arena, pv_without(a->cx->arena, state, OP_DIFFERING));
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		if (!it->hook && it->sync != SYNCED)
			pv_listb_add(&list, pv_string_ref(item_key(a, it)));
	}
	if (app_option(a, NULL, "ApplyOutOfSyncOnly=true"))
		state = with(a, state, OP_DIFFERING, pv_listb_end(&list));
	return with(a, state, OP_WAVES, tasks_waves(a, state));
}

static const pv_val *
begun(app *a, const pv_val *operation, bool resolved)
{
	pv_listb none;
	pv_objb result, b;
	pv_listb_init(&none, a->cx->arena);
	pv_objb_init(&result, a->cx->arena);
	pv_objb_put(&result, "revision", pv_string_ref("")); /* the CRD wants one, of several sources, too */
	if (resolved)
		sources_put_revisions(a, &result);
	sources_put(a, &result);
	pv_objb_put(&result, "resources", pv_listb_end(&none));
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "phase", pv_string_ref("Running"));
	pv_objb_put(&b, "message", pv_string_ref("the sync has started"));
	pv_objb_put(&b, "startedAt", now_val(a));
	pv_objb_put(&b, "operation", *operation);
	pv_objb_puts(&b, OP_SPEC, op_spec(a));
	pv_objb_puts(&b, OP_LET, pv_text_at(a->status, "operationState." OP_LET, NULL));
	pv_objb_put(&b, "syncResult", pv_objb_end(&result));
	return pv_box(a->cx->arena, pv_objb_end(&b));
}

const pv_val *
op_begin(app *a, const pv_val *operation)
{
	return with_finds(a, begun(a, operation, true));
}

const pv_val *
op_take(app *a, const pv_val *operation)
{
	const pv_val *state;
	sources_take(a, pv_get(operation, "sync"));
	state = begun(a, operation, false);
	return pv_box(a->cx->arena, pv_with(a->cx->arena, state, OP_SINCE, pv_int(pv_plan_now(a->plan))));
}

/* The object at the key, with the commits that were compared with. */
static const pv_val *
with_revisions(app *a, const pv_val *state, const char *key)
{
	pv_objb b;
	pv_objb_from(&b, a->cx->arena, pv_at(state, key));
	sources_put_revisions(a, &b);
	return pv_box(a->cx->arena, pv_with_at(a->cx->arena, state, key, pv_objb_end(&b)));
}

const pv_val *
op_resolve(app *a, const pv_val *state)
{
	return with_finds(a, with_revisions(a, state, "syncResult"));
}

/* ---- automated ---- */

static bool
would_prune_all(const app *a)
{
	for (size_t i = 0; i < a->items.len; i++)
		if (PV_AT(item, &a->items, i)->want)
			return false;
	return a->items.len > 0;
}

static bool
only_prunes(const app *a)
{
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		if (it->want && !it->hook && it->sync != SYNCED)
			return false;
	}
	return true;
}

/* A person's operation about objects that are not of this Application: no attempt at the commit. */
static bool
missed(const pv_val *last)
{
	return op_partial(last) && pv_streq(phase_of(last), "Error") &&
	       !pv_truth_at(last, "operation.initiatedBy.automated", false) &&
	       !pv_count(pv_at(last, "syncResult.resources"));
}

/* The same commit was synced before: only self-healing does it again, each time later.  What failed is
 * tried again when the spec has changed, or what it failed for. */
static bool
may_repeat(app *a, const pv_val *last, int64_t *ret_attempt)
{
	int64_t attempt = pv_i64_at(last, "operation.sync.autoHealAttemptsCount", 0);
	int64_t since = pv_plan_now(a->plan) - pv_time_at(last, "finishedAt");
	int64_t wait = attempt ? HEAL_FIRST : 0;
	*ret_attempt = 0;
	if (!sources_are_at(a, pv_get(last, "syncResult")) || !sources_are_of(a, pv_get(last, "syncResult")))
		return true;
	if (!pv_streq(phase_of(last), "Succeeded") && !missed(last)) {
		if (op_outdated(a, last) || op_unblocked(a, last))
			return true;
		app_condition(a, "SyncError", "Failed last sync attempt to [%s]: %s", sources_revisions(a),
			      pv_text_at(last, "message", ""));
		return false;
	}
	if (!pv_truth_at(a->spec, "syncPolicy.automated.selfHeal", false))
		return false;
	for (int64_t i = 1; i < attempt && wait < HEAL_MOST; i++)
		wait *= 3;
	wait = wait < HEAL_MOST ? wait : HEAL_MOST;
	if (since > HEAL_MOST)
		attempt = 0;
	if (since < wait && since >= 0) { /* less: the clock was set back, nobody knows by how much */
		pv_plan_requeue(a->plan, wait - since);
		return false;
	}
	*ret_attempt = attempt + 1;
	return true;
}

/* Of two Applications that want one object, the one that synced it last has it: healing would be
 * undone by healing for ever. */
static bool
is_left(app *a, const item *it)
{
	const char *holder = item_held_by(a, it);
	if (holder)
		app_condition(
			a, "SharedResourceWarning",
			"selfHeal leaves %s/%s to application %s, which wants it, too: drop it from one of the two, "
			"or sync this one to take it",
			it->kind, it->name, holder);
	return holder != NULL;
}

/* It was pruned and ends: to prune it again heals nothing. */
static bool
is_going(const item *it)
{
	return !it->want && it->live && pv_at(it->live, "metadata.deletionTimestamp");
}

/* Healing puts right what differs and nothing else. */
static pv_val
differing(app *a)
{
	pv_listb list;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		pv_objb b;
		if (it->hook || it->sync == SYNCED || is_going(it) || is_left(a, it))
			continue;
		pv_objb_init(&b, a->cx->arena);
		if (*it->group)
			pv_objb_puts(&b, "group", it->group);
		pv_objb_puts(&b, "kind", it->kind);
		if (*it->ns)
			pv_objb_puts(&b, "namespace", it->ns);
		pv_objb_puts(&b, "name", it->name);
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

static const pv_val *
automated_operation(app *a, const pv_val *automated, int64_t attempt)
{
	const pv_val *retry = pv_at(a->spec, "syncPolicy.retry"),
		     *options = pv_at(a->spec, "syncPolicy.syncOptions");
	pv_val healed = attempt ? differing(a) : pv_null();
	pv_objb sync, by, b;
	if (attempt && !pv_count(&healed))
		return NULL;
	pv_objb_init(&sync, a->cx->arena);
	sources_put_revisions(a, &sync);
	if (pv_truth_at(automated, "prune", false))
		pv_objb_put(&sync, "prune", pv_bool(true));
	if (options)
		pv_objb_put(&sync, "syncOptions", *options);
	if (attempt) {
		pv_objb_put(&sync, "autoHealAttemptsCount", pv_int(attempt));
		pv_objb_put(&sync, "resources", healed);
	}
	pv_objb_init(&by, a->cx->arena);
	pv_objb_put(&by, "automated", pv_bool(true));
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "sync", pv_objb_end(&sync));
	pv_objb_put(&b, "initiatedBy", pv_objb_end(&by));
	if (retry)
		pv_objb_put(&b, "retry", *retry);
	else
		pv_objb_put(&b, "retry", pv_with(a->cx->arena, NULL, "limit", pv_int(RETRY_LIMIT)));
	return pv_box(a->cx->arena, pv_objb_end(&b));
}

const pv_val *
op_automated(app *a)
{
	const pv_val *automated = pv_at(a->spec, "syncPolicy.automated"),
		     *last = pv_get(a->status, "operationState");
	const pv_val *operation;
	const char *awaits;
	int64_t attempt = 0;
	if (!automated || !pv_truth_at(automated, "enabled", true) || a->sync != OUT_OF_SYNC)
		return NULL;
	if (only_prunes(a) && !pv_truth_at(automated, "prune", false))
		return NULL;
	if (would_prune_all(a) && pv_truth_at(automated, "prune", false) &&
	    !pv_truth_at(automated, "allowEmpty", false)) {
		app_condition(a, "SyncError",
			      "Skipping sync attempt to %s: auto-sync will wipe out all resources",
			      sources_revisions(a));
		return NULL;
	}
	if (!windows_permit(a, false, 0, &a->prevented))
		return NULL;
	if (op_finished(last) && !may_repeat(a, last, &attempt))
		return NULL;
	awaits = attempt || app_option(a, NULL, DEPENDS_IGNORED) ? NULL : depends_wait(a, last);
	if (awaits) {
		a->prevented = pv_printf(a->cx->arena, "it waits for %s", awaits);
		return NULL;
	}
	operation = automated_operation(a, automated, attempt);
	if (operation)
		pv_plan_event(a->cx, a->plan, "Normal", "OperationStarted",
			      "Initiated automated sync to '%s'", sources_revisions(a));
	return operation;
}

/* ---- endings ---- */

const pv_val *
op_message(app *a, const pv_val *state, const char *fmt, ...)
{
	const char *text;
	va_list ap;
	va_start(ap, fmt);
	text = pv_vprintf(a->cx->arena, fmt, ap);
	va_end(ap);
	return with(a, state, "message", pv_string_ref(text));
}

static int64_t
duration_of(const pv_val *backoff, const char *key, int64_t otherwise)
{
	int64_t ns;
	const char *text = pv_text_at(backoff, key, NULL);
	return text && pv_duration_parse(pv_str_of(text), &ns) && ns > 0 ? ns : otherwise;
}

/* How long after its n-th failure (from 0) an operation is tried again. */
int64_t
op_backoff(const pv_val *operation, int64_t n)
{
	const pv_val *b = pv_at(operation, "retry.backoff");
	int64_t wait = duration_of(b, "duration", 5 * PV_SEC),
		most = duration_of(b, "maxDuration", 180 * PV_SEC);
	int64_t factor = pv_i64_at(b, "factor", 2);
	for (; n > 0 && wait < most && factor > 1; n--)
		wait = wait > most / factor ? most : wait * factor;
	return wait < most ? wait : most;
}

static void
announce(app *a, const pv_val *state, const char *reason, const char *phase, const char *message)
{
	bool good = pv_streq(phase, "Succeeded");
	const char *partial = pv_count(pv_at(state, "operation.sync.resources")) ? "Partial sync" : "Sync";
	pv_plan_event(a->cx, a->plan, good ? "Normal" : "Warning", reason, "%s operation to %s %s%s%s",
		      partial, sources_revisions_of(a->cx->arena, pv_get(state, "syncResult")),
		      good ? "succeeded" : "failed", good ? "" : ": ", good ? "" : message);
}

/* "3:04PM", as Argo CD shows the time of the next attempt. */
static char *
kitchen(app *a, int64_t ns)
{
	int64_t minutes = ns / (60 * PV_SEC) % (24 * 60), hour = minutes / 60;
	return pv_printf(a->cx->arena, "%lld:%02lld%s", (long long)(hour % 12 ? hour % 12 : 12),
			 (long long)(minutes % 60), hour < 12 ? "AM" : "PM");
}

/* Notes what stands in the way of an attempt that failed. */
static const pv_val *
blocked(app *a, const pv_val *state, const char *phase, const char *message)
{
	const char *why = pv_streq(phase, "Succeeded") || op_terminating(state) ? NULL
			  : a->compared                                         ? op_obstacle(a, state)
										: message;
	return why ? with(a, state, OP_BLOCKED, pv_string(a->cx->arena, why))
		   : pv_box(a->cx->arena, pv_without(a->cx->arena, state, OP_BLOCKED));
}

const pv_val *
op_end(app *a, const pv_val *state, const char *phase, const char *message)
{
	int64_t limit = pv_i64_at(state, "operation.retry.limit", 0),
		tries = pv_i64_at(state, "retryCount", 0), wait;
	bool again = !pv_streq(phase, "Succeeded") && !op_terminating(state) && (tries < limit || limit < 0);
	state = pv_box(a->cx->arena, pv_without(a->cx->arena, state, OP_ASKED));
	state = with(a, state, "finishedAt", now_val(a));
	state = blocked(a, state, phase, message);
	if (!again) {
		if (tries && !pv_streq(phase, "Succeeded"))
			message = pv_printf(a->cx->arena, "%s (retried %lld times).", message,
					    (long long)tries);
		announce(a, state, "OperationCompleted", phase, message);
		state = pv_box(a->cx->arena, pv_without(a->cx->arena, state, OP_DIFFERING));
		state = pv_box(a->cx->arena, pv_without(a->cx->arena, state, OP_WAVES));
		state = with(a, state, "phase", pv_string_ref(phase));
		return with(a, state, "message", pv_string(a->cx->arena, message));
	}
	announce(a, state, "OperationRetried", phase, message);
	wait = op_backoff(pv_get(state, "operation"), tries);
	pv_plan_requeue(a->plan, wait);
	state = with(a, state, "retryCount", pv_int(tries + 1));
	return op_message(a, state, "%.*s. Retrying attempt #%lld at %s.",
			  (int)(strlen(message) - pv_ends_with(message, ".")), message, (long long)tries + 1,
			  kitchen(a, pv_plan_now(a->plan) + wait));
}

bool
op_pauses(const pv_val *state)
{
	return op_running(state) && pv_get(state, "finishedAt") && !op_terminating(state);
}

/* What finished at a time to come did so before the clock was set back: it has waited enough. */
static int64_t
time_left(const app *a, const pv_val *state)
{
	int64_t n = pv_i64_at(state, "retryCount", 0);
	int64_t wait = op_backoff(pv_get(state, "operation"), n ? n - 1 : 0);
	int64_t left = pv_time_at(state, "finishedAt") + wait - pv_plan_now(a->plan);
	return left <= wait ? left : 0;
}

bool
op_waits(const app *a, const pv_val *state)
{
	if (!op_pauses(state))
		return false;
	if (time_left(a, state) <= 0)
		return false;
	pv_plan_requeue(a->plan, time_left(a, state));
	return true;
}

const pv_val *
op_retry(app *a, const pv_val *state)
{
	pv_listb none;
	pv_val next;
	if (!pv_get(state, "finishedAt"))
		return state;
	if (op_waits(a, state) && !a->moved_on && !op_unblocked(a, state))
		return NULL;
	pv_listb_init(&none, a->cx->arena);
	next = pv_without(a->cx->arena, state, "finishedAt");
	next = pv_with_at(a->cx->arena, &next, "syncResult.resources", pv_listb_end(&none));
	if (a->moved_on) { /* nothing was tried of it yet */
		next = pv_without(a->cx->arena, &next, "retryCount");
		next = *with_revisions(a, &next, "syncResult");
		next = *with_revisions(a, &next, "operation.sync");
	}
	return with_finds(a, pv_box(a->cx->arena, next));
}

static void
keep(pv_objb *b, const char *key, const pv_val *v)
{
	if (v)
		pv_objb_put(b, key, *v);
}

const pv_val *
op_history(app *a, const pv_val *state)
{
	static const char *const of_sources[] = {"revision", "revisions", "source", "sources"};
	const pv_val *result = pv_get(state, "syncResult"), *old = pv_get(a->status, "history"),
		     *last = pv_item(old, pv_count(old) ? pv_count(old) - 1 : 0);
	size_t most = (size_t)pv_i64_at(a->spec, "revisionHistoryLimit", HISTORY);
	size_t skip = pv_count(old) + 1 > most ? pv_count(old) + 1 - most : 0;
	pv_listb list;
	pv_objb b;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = skip; i < pv_count(old); i++)
		pv_listb_add(&list, *pv_item(old, i));
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "id", pv_int(last ? pv_i64_at(last, "id", 0) + 1 : 0));
	for (size_t i = 0; i < PV_LEN(of_sources); i++)
		if (*pv_text(pv_get(result, of_sources[i]), "-")) /* no empty revision of several */
			keep(&b, of_sources[i], pv_get(result, of_sources[i]));
	pv_objb_puts(&b, "deployStartedAt", pv_text_at(state, "startedAt", NULL));
	pv_objb_put(&b, "deployedAt", now_val(a));
	if (pv_at(state, "operation.initiatedBy"))
		pv_objb_put(&b, "initiatedBy", *pv_at(state, "operation.initiatedBy"));
	if (most > 0)
		pv_listb_add(&list, pv_objb_end(&b));
	return pv_box(a->cx->arena, pv_listb_end(&list));
}
