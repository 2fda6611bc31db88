/* sync: one step of a sync a turn.  Everything it knows is in .status.operationState, so a
 * crash at any point goes on where it was.  The steps: try everything dry; then group by
 * group (phase, wave) apply, and wait until what was applied is well before the next. */
#include "delivery/application/sync.h"

#include "base/str.h"
#include "base/time.h"
#include "delivery/application/depends.h"
#include "delivery/application/destination.h"
#include "delivery/application/windows.h"

static bool
next_group(struct step *s, bool failing, pv_vec *ret)
{
	const task *first = NULL;
	pv_vec_init(ret, s->a->cx->arena, sizeof(task));
	for (size_t i = 0; i < s->tasks.len; i++) {
		const task *t = PV_AT(task, &s->tasks, i);
		if (t->result || (t->phase == PHASE_FAIL) != failing)
			continue;
		first = first ? first : t;
		if (t->phase == first->phase && t->wave == first->wave)
			pv_vec_push(ret, t);
	}
	return first != NULL;
}

/* ---- steps ---- */

/* A cluster that cannot be reached ends no sync: it goes on where it is when it is back. */
static const pv_val *
wait_for_cluster(app *a, const pv_val *state, const char *why)
{
	return op_message(a, state, "waiting for cluster \"%s\": %s", a->dest.name, why);
}

static const pv_val *
trouble(struct step *s, int r)
{
	app *a = s->a;
	if (destination_is_away(a, r)) {
		const char *why = pv_strdup(a->cx->arena, pv_error_text(a->cx));
		pv_recover(a->cx);
		return wait_for_cluster(a, s->state, why);
	}
	const char *message =
		pv_printf(a->cx->arena, "the sync could not be carried out: %s", pv_error_text(a->cx));
	pv_recover(a->cx);
	return op_end(a, s->state, "Error", message);
}

/* Of another cluster by its uid, so that it must be there. */
static void
delete_hook(app *a, const task *t)
{
	const pv_val *hook = a->dest.secret ? destination_find(a, t->item, t->name) : order_hook(a, t);
	if (hook)
		destination_delete(a, hook, NULL);
}

/* Hooks that asked to be removed when they end. */
static void
remove_hooks(struct step *s)
{
	for (size_t i = 0; i < s->tasks.len; i++) {
		const task *t = PV_AT(task, &s->tasks, i);
		const char *phase = pv_text_at(t->result, "hookPhase", "");
		if (!t->item->hook || !t->result)
			continue;
		if ((pv_streq(phase, "Succeeded") && hook_policy(t->item->want, "HookSucceeded")) ||
		    (pv_streq(phase, "Failed") && hook_policy(t->item->want, "HookFailed")))
			delete_hook(s->a, t);
	}
}

static const pv_val *
fail(struct step *s, const char *what, const char *reasons)
{
	remove_hooks(s);
	return op_end(s->a, s->state, "Failed",
		      reasons && *reasons ? pv_printf(s->a->cx->arena, "%s, reason: %s", what, reasons)
					  : what);
}

static const pv_val *
succeed(struct step *s, const char *message, sync_state *out)
{
	remove_hooks(s);
	if (!op_partial(s->state) && !pv_count(pv_at(s->state, "operation.sync.manifests")))
		out->history = op_history(s->a, s->state);
	return op_end(s->a, s->state, "Succeeded", message);
}

static bool
is_last(const struct step *s, const pv_vec *group)
{
	size_t left = 0;
	for (size_t i = 0; i < s->tasks.len; i++)
		left += !PV_AT(task, &s->tasks, i)->result && PV_AT(task, &s->tasks, i)->phase != PHASE_FAIL;
	for (size_t i = 0; i < group->len; i++)
		if (PV_AT(task, group, i)->item->hook)
			return false;
	return left == group->len;
}

static const char *
failures(struct step *s, const pv_val *outcome)
{
	const pv_val *list = pv_get(outcome, "results");
	const char *all = NULL;
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "status", ""), "SyncFailed"))
			all = progress_reason(s->a, all, pv_item(list, i));
	return all;
}

static bool
has_fail_hooks(const struct step *s)
{
	for (size_t i = 0; i < s->tasks.len; i++)
		if (PV_AT(task, &s->tasks, i)->phase == PHASE_FAIL)
			return true;
	return false;
}

/* What is pruned only when a person has said so (Prune=confirm) holds its group up until then. */
static const pv_val *
unconfirmed(struct step *s, const pv_vec *group)
{
	app *a = s->a;
	const task *first = NULL;
	size_t more = 0;
	if (app_deletion_approved(a, pv_text_at(s->state, "startedAt", "")))
		return NULL;
	for (size_t i = 0; i < group->len; i++) {
		const task *t = PV_AT(task, group, i);
		if (!t->prune || !app_option(a, t->item->live, "Prune=confirm") ||
		    order_why_not_pruned(a, s->state, t->item->live))
			continue;
		more += first != NULL;
		first = first ? first : t;
	}
	return first ? op_message(a, s->state, "waiting for pruning confirmation of %s/%s/%s%s",
				  first->item->group, first->item->kind, first->name,
				  more ? pv_printf(a->cx->arena, " and %zu more resources", more) : "")
		     : NULL;
}

/* What the driver was told to do and has not answered yet.  It is asked for until it has, whatever
 * else is seen meanwhile: what is pruned is gone before it is known that it was pruned. */
static const pv_val *
asking(struct step *s, enum phase phase, int64_t wave)
{
	pv_val group = pv_with(s->a->cx->arena, NULL, "wave", pv_int(wave)), state;
	group = pv_with(s->a->cx->arena, &group, "phase", pv_string_ref(phase_name(phase)));
	state = pv_with(s->a->cx->arena, s->state, OP_ASKED, group);
	return op_message(s->a, pv_box(s->a->cx->arena, state), "applying %s, wave %lld", phase_name(phase),
			  (long long)wave);
}

/* The last group of plain objects is not waited for: the sync is done when they are applied. */
static const pv_val *
run_group(struct step *s, enum phase phase, int64_t wave, const pv_vec *group, sync_state *out)
{
	app *a = s->a;
	const pv_val *outcome;
	bool last = is_last(s, group);
	int r = order_ask(s, "apply", phase, wave, group, &outcome);
	if (r == 0 || destination_is_away(a, r))
		s->state = asking(s, phase, wave);
	if (r < 0)
		return trouble(s, r);
	if (r == 0)
		return s->state;
	s->state = pv_box(s->a->cx->arena, pv_without(s->a->cx->arena, s->state, OP_ASKED));
	progress_record(s, outcome, false);
	if (pv_truth_at(outcome, "failed", false) && !has_fail_hooks(s))
		return fail(s, "one or more objects failed to apply", failures(s, outcome));
	if (last && !pv_truth_at(outcome, "failed", false))
		return succeed(s, "successfully synced (all tasks run)", out);
	pv_plan_requeue(s->a->plan, PV_MS);
	return s->state;
}

static const pv_val *
run_next(struct step *s, const pv_vec *group, sync_state *out)
{
	const task *first = PV_AT(task, group, 0);
	const pv_val *asks = unconfirmed(s, group);
	return asks ? asks : run_group(s, first->phase, first->wave, group, out);
}

/* The group that was asked for; of it there may be nothing left to see. */
static const pv_val *
run_asked(struct step *s, const pv_val *asked, sync_state *out)
{
	enum phase phase = phase_named(pv_text_at(asked, "phase", ""));
	int64_t wave = pv_i64_at(asked, "wave", 0);
	pv_vec group;
	pv_vec_init(&group, s->a->cx->arena, sizeof(task));
	for (size_t i = 0; i < s->tasks.len; i++) {
		const task *t = PV_AT(task, &s->tasks, i);
		if (!t->result && t->phase == phase && t->wave == wave)
			pv_vec_push(&group, t);
	}
	return run_group(s, phase, wave, &group, out);
}

/* Everything is tried before anything is touched. */
static int
dry_run(struct step *s, sync_state *out, const pv_val **ret_end)
{
	bool only = pv_truth_at(s->state, "operation.sync.dryRun", false);
	const pv_val *outcome;
	int r = order_ask(s, "dry-run", PHASE_NONE, 0, &s->tasks, &outcome);
	*ret_end = NULL;
	if (r < 0)
		*ret_end = trouble(s, r);
	else if (r == 0)
		*ret_end = op_message(s->a, s->state, "trying the changes before they are made");
	else if (pv_truth_at(outcome, "failed", false)) {
		progress_record(s, outcome, !only);
		*ret_end = fail(s, "one or more objects failed to apply (dry run)", failures(s, outcome));
	} else if (only) {
		progress_record(s, outcome, false);
		*ret_end = succeed(s, "successfully synced (no more tasks)", out);
	}
	return *ret_end ? 0 : 1;
}

static const pv_val *
wait_for(struct step *s, const struct tally *tally)
{
	const task *t = tally->first_waiting;
	const char *what = t->item->hook     ? "completion of hook"
			   : tally->deleting ? "deletion of"
					     : "healthy state of";
	const char *more = t->item->hook ? "hooks" : "resources";
	return op_message(
		s->a, s->state, "waiting for %s %s/%s/%s%s", what, t->item->group, t->item->kind, t->name,
		tally->waiting > 1 ? pv_printf(s->a->cx->arena, " and %zu more %s", tally->waiting - 1, more)
				   : "");
}

static const pv_val *
advance(struct step *s, sync_state *out)
{
	struct tally tally;
	const pv_val *end;
	pv_vec group;
	const pv_val *asked = pv_get(s->state, OP_ASKED);
	bool begun = pv_count(pv_at(s->state, "syncResult.resources")) > 0;
	if (asked)
		return run_asked(s, asked, out);
	if (!begun && !dry_run(s, out, &end))
		return end;
	tally = progress_take(s);
	if (tally.waiting)
		return wait_for(s, &tally);
	if (next_group(s, tally.failed > 0, &group))
		return run_next(s, &group, out);
	if (tally.failed)
		return fail(s, "one or more synchronization tasks completed unsuccessfully", tally.reasons);
	return succeed(s, "successfully synced (no more tasks)", out);
}

static bool
in_groups(const pv_vec *tasks)
{
	for (size_t i = 1; i < tasks->len; i++)
		if (PV_AT(task, tasks, i)->phase != PV_AT(task, tasks, 0)->phase ||
		    PV_AT(task, tasks, i)->wave != PV_AT(task, tasks, 0)->wave)
			return true;
	return tasks->len > 0 && PV_AT(task, tasks, 0)->item->hook;
}

static const char *
shared(const app *a)
{
	for (size_t i = 0; i < a->conditions.len; i++)
		if (pv_streq(pv_text_at(PV_AT(pv_val, &a->conditions, i), "type", ""),
			     "SharedResourceWarning"))
			return pv_text_at(PV_AT(pv_val, &a->conditions, i), "message", "");
	return NULL;
}

static bool
start(app *a, sync_state *out)
{
	const pv_val *operation = a->unverified ? NULL : op_automated(a);
	if (!operation)
		return false;
	a->options = pv_get(pv_get(operation, "sync"), "syncOptions");
	out->operation = op_begin(a, operation); /* kept before anything is done: a crash goes on from here */
	pv_plan_requeue(a->plan, PV_MS);
	return true;
}

static const pv_val *
terminate(struct step *s, const pv_val *state)
{
	s->state = state;
	tasks_build(s->a, state, &s->tasks);
	for (size_t i = 0; i < s->tasks.len; i++) {
		const task *t = PV_AT(task, &s->tasks, i);
		if (t->item->hook && pv_streq(pv_text_at(t->result, "hookPhase", ""), "Running"))
			delete_hook(s->a, t);
	}
	progress_terminate(s);
	return op_end(s->a, s->state, "Failed", "Operation terminated");
}

/* Each step is asked for: one that is under way waits, too, unless a window lets it run over. */
static bool
is_prevented(app *a, const pv_val *state)
{
	bool manual = !pv_truth_at(state, "operation.initiatedBy.automated", false);
	return !windows_permit(a, manual, pv_time_at(state, "startedAt"), &a->prevented);
}

/* What has begun goes on, and healing and trying wait for nobody. */
static const char *
awaited(app *a, const pv_val *state)
{
	if (pv_count(pv_at(state, "syncResult.resources")) || pv_get(state, OP_ASKED) ||
	    pv_truth_at(state, "operation.sync.dryRun", false) ||
	    pv_i64_at(state, "operation.sync.autoHealAttemptsCount", 0) ||
	    app_option(a, NULL, DEPENDS_IGNORED))
		return NULL;
	return depends_wait(a, state);
}

void
app_sync(app *a, sync_state *out)
{
	const pv_val *state = pv_get(a->status, "operationState");
	struct step s = {.a = a};
	const char *missing, *awaits;
	if (!op_running(state)) {
		(void)start(a, out);
		return;
	}
	if (op_outdated(a, state) && start(a, out))
		return;
	if (op_terminating(state)) {
		out->operation = terminate(&s, state);
		return;
	}
	if (a->unverified) {
		app_sync_impossible(a, out);
		return;
	}
	s.state = op_retry(a, state);
	if (!s.state)
		return;
	if (a->unresolved)
		s.state = op_resolve(a, s.state);
	if (shared(a) && app_option(a, NULL, "FailOnSharedResource=true")) {
		out->operation = op_end(a, s.state, "Failed",
					pv_printf(a->cx->arena, "Shared resource found: %s", shared(a)));
		return;
	}
	if (is_prevented(a, s.state)) {
		out->operation = op_message(a, s.state, "Sync operation blocked by sync window");
		return;
	}
	awaits = awaited(a, s.state);
	if (awaits) {
		out->operation = op_message(a, s.state, "waiting for %s", awaits);
		return;
	}
	s.state = depends_let(a, s.state);
	missing = tasks_missing(a, s.state);
	if (missing) {
		out->operation = op_end(a, s.state, "Error", missing);
		return;
	}
	tasks_build(a, s.state, &s.tasks);
	s.many = in_groups(&s.tasks);
	out->operation = advance(&s, out);
}

bool
app_sync_take(app *a)
{
	const pv_val *operation = pv_get(a->object, "operation"),
		     *state = pv_get(a->status, "operationState");
	if (!operation || (op_running(state) && !op_pauses(state)))
		return false;
	pv_plan_patch(a->cx, a->plan, a->object, "", pv_with(a->cx->arena, NULL, "operation", pv_null()));
	pv_plan_status(a->cx, a->plan,
		       pv_with(a->cx->arena, a->status, "operationState", *op_take(a, operation)));
	pv_plan_requeue(a->plan, PV_MS);
	return true;
}

/* What was asked for cannot even be compared: the operation ends with the reason. */
void
app_sync_impossible(app *a, sync_state *out)
{
	const pv_val *state = pv_get(a->status, "operationState");
	const pv_val *first = a->conditions.len ? PV_AT(pv_val, &a->conditions, 0) : NULL;
	const char *message = pv_printf(a->cx->arena, "%s: %s", pv_text_at(first, "type", "UnknownError"),
					pv_text_at(first, "message", ""));
	if (op_running(state) && a->away && !op_terminating(state))
		out->operation = op_waits(a, state) ? NULL : wait_for_cluster(a, state, a->away_why);
	else if (op_running(state) && !op_waits(a, state))
		out->operation = op_end(a, state, "Error", message);
}
