/* operation: how a sync begins, ends, and is tried again. */
#include "delivery/application/operation.h"

#include "base/str.h"
#include "base/time.h"

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
	return pv_streq(phase_of(state), "Running");
}

bool
op_finished(const pv_val *state)
{
	const char *phase = phase_of(state);
	return pv_streq(phase, "Succeeded") || pv_streq(phase, "Failed") || pv_streq(phase, "Error");
}

static int64_t
time_at(const pv_val *v, const char *path)
{
	int64_t ns;
	return pv_time_parse(pv_str_of(pv_text_at(v, path, "")), &ns) ? ns : 0;
}

static pv_val
now_val(app *a)
{
	return pv_string_ref(pv_time_format(a->cx->arena, pv_plan_now(a->plan)));
}

const pv_val *
op_begin(app *a, const pv_val *operation)
{
	pv_listb none;
	pv_objb result, b;
	pv_val op = pv_with_at(a->cx->arena, operation, "sync.revision", pv_string_ref(a->revision));
	pv_listb_init(&none, a->cx->arena);
	pv_objb_init(&result, a->cx->arena);
	pv_objb_puts(&result, "revision", a->revision);
	pv_objb_put(&result, "source", *pv_get(a->spec, "source"));
	pv_objb_put(&result, "resources", pv_listb_end(&none));
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "phase", pv_string_ref("Running"));
	pv_objb_put(&b, "message", pv_string_ref("sync started"));
	pv_objb_put(&b, "startedAt", now_val(a));
	pv_objb_put(&b, "operation", op);
	pv_objb_put(&b, "syncResult", pv_objb_end(&result));
	return pv_box(a->cx->arena, pv_objb_end(&b));
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

/* The same commit was synced before: only self-healing does it again, each time later. */
static bool
may_repeat(app *a, const pv_val *last, int64_t *ret_attempt)
{
	int64_t attempt = pv_i64_at(last, "operation.sync.autoHealAttemptsCount", 0);
	int64_t since = pv_plan_now(a->plan) - time_at(last, "finishedAt");
	int64_t wait = attempt ? HEAL_FIRST : 0;
	*ret_attempt = 0;
	if (!pv_streq(pv_text_at(last, "syncResult.revision", ""), a->revision))
		return true;
	if (!pv_streq(phase_of(last), "Succeeded")) {
		app_condition(a, "SyncError", "Failed last sync attempt to [%s]: %s", a->revision, pv_text_at(last, "message", ""));
		return false;
	}
	if (!pv_truth_at(a->spec, "syncPolicy.automated.selfHeal", false))
		return false;
	for (int64_t i = 1; i < attempt && wait < HEAL_MOST; i++)
		wait *= 3;
	wait = wait < HEAL_MOST ? wait : HEAL_MOST;
	if (since > HEAL_MOST)
		attempt = 0;
	if (since < wait) {
		pv_plan_requeue(a->plan, wait - since);
		return false;
	}
	*ret_attempt = attempt + 1;
	return true;
}

const pv_val *
op_automated(app *a)
{
	const pv_val *automated = pv_at(a->spec, "syncPolicy.automated"), *last = pv_get(a->status, "operationState");
	const pv_val *retry = pv_at(a->spec, "syncPolicy.retry");
	int64_t attempt = 0;
	pv_objb sync, by, b;
	if (!automated || !pv_truth_at(automated, "enabled", true) || a->sync != OUT_OF_SYNC)
		return NULL;
	if (only_prunes(a) && !pv_truth_at(automated, "prune", false))
		return NULL;
	if (would_prune_all(a) && pv_truth_at(automated, "prune", false) && !pv_truth_at(automated, "allowEmpty", false)) {
		app_condition(a, "SyncError", "Skipping sync attempt to %s: auto-sync will wipe out all resources", a->revision);
		return NULL;
	}
	if (op_finished(last) && !may_repeat(a, last, &attempt))
		return NULL;
	pv_objb_init(&sync, a->cx->arena);
	pv_objb_put(&sync, "prune", pv_bool(pv_truth_at(automated, "prune", false)));
	if (attempt)
		pv_objb_put(&sync, "autoHealAttemptsCount", pv_int(attempt));
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

/* ---- endings ---- */

static const pv_val *
with(app *a, const pv_val *state, const char *key, pv_val v)
{
	return pv_box(a->cx->arena, pv_with(a->cx->arena, state, key, v));
}

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

static int64_t
backoff(const pv_val *state)
{
	const pv_val *b = pv_at(state, "operation.retry.backoff");
	int64_t wait = duration_of(b, "duration", 5 * PV_SEC), most = duration_of(b, "maxDuration", 180 * PV_SEC);
	int64_t factor = pv_i64_at(b, "factor", 2);
	for (int64_t i = pv_i64_at(state, "retryCount", 0); i > 0 && wait < most; i--)
		wait *= factor > 1 ? factor : 1;
	return wait < most ? wait : most;
}

const pv_val *
op_end(app *a, const pv_val *state, const char *phase, const char *message)
{
	int64_t limit = pv_i64_at(state, "operation.retry.limit", 0), tries = pv_i64_at(state, "retryCount", 0);
	bool again = pv_streq(phase, "Failed") && (tries < limit || limit < 0);
	state = with(a, state, "finishedAt", now_val(a));
	if (!again) {
		const char *text = tries ? pv_printf(a->cx->arena, "%s (retried %lld times).", message, (long long)tries) : message;
		pv_plan_event(a->cx, a->plan, pv_streq(phase, "Succeeded") ? "Normal" : "Warning", "OperationCompleted",
		              "Sync operation to %.7s %s%s%s", a->revision ? a->revision : "",
		              pv_streq(phase, "Succeeded") ? "succeeded" : "failed", pv_streq(phase, "Succeeded") ? "" : ": ",
		              pv_streq(phase, "Succeeded") ? "" : message);
		state = with(a, state, "phase", pv_string_ref(phase));
		return with(a, state, "message", pv_string(a->cx->arena, text));
	}
	pv_plan_requeue(a->plan, backoff(state));
	return op_message(a, state, "%s. Retrying attempt #%lld in %s.", message, (long long)tries + 1,
	                  pv_duration_format(a->cx->arena, backoff(state)));
}

const pv_val *
op_retry(app *a, const pv_val *state)
{
	int64_t left;
	pv_listb none;
	if (!pv_get(state, "finishedAt")) /* it is not waiting */
		return state;
	left = time_at(state, "finishedAt") + backoff(state) - pv_plan_now(a->plan);
	if (left > 0) {
		pv_plan_requeue(a->plan, left);
		return NULL;
	}
	pv_listb_init(&none, a->cx->arena);
	state = pv_box(a->cx->arena, pv_without(a->cx->arena, state, "finishedAt"));
	state = with(a, state, "retryCount", pv_int(pv_i64_at(state, "retryCount", 0) + 1));
	return pv_box(a->cx->arena, pv_with_at(a->cx->arena, state, "syncResult.resources", pv_listb_end(&none)));
}

const pv_val *
op_history(app *a, const pv_val *state)
{
	const pv_val *old = pv_get(a->status, "history"), *last = pv_item(old, pv_count(old) ? pv_count(old) - 1 : 0);
	size_t most = (size_t)pv_i64_at(a->spec, "revisionHistoryLimit", HISTORY);
	size_t skip = pv_count(old) + 1 > most ? pv_count(old) + 1 - most : 0;
	pv_listb list;
	pv_objb b;
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = skip; i < pv_count(old); i++)
		pv_listb_add(&list, *pv_item(old, i));
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "id", pv_int(last ? pv_i64_at(last, "id", 0) + 1 : 0));
	pv_objb_puts(&b, "revision", pv_text_at(state, "syncResult.revision", ""));
	pv_objb_puts(&b, "deployStartedAt", pv_text_at(state, "startedAt", NULL));
	pv_objb_put(&b, "deployedAt", now_val(a));
	pv_objb_put(&b, "source", *pv_get(a->spec, "source"));
	if (pv_at(state, "operation.initiatedBy"))
		pv_objb_put(&b, "initiatedBy", *pv_at(state, "operation.initiatedBy"));
	if (most > 0)
		pv_listb_add(&list, pv_objb_end(&b));
	return pv_box(a->cx->arena, pv_listb_end(&list));
}
