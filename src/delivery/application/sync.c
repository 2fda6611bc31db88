/* sync: one step of a sync a turn.  Everything it knows is in .status.operationState, so a
 * crash at any point goes on where it was.  The steps: try everything dry; then group by
 * group (phase, wave) apply, and wait until what was applied is well before the next. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/application/app.h"
#include "delivery/application/operation.h"
#include "delivery/application/task.h"

struct step {
	app *a;
	const pv_val *state;
	pv_vec tasks; /* of task */
	bool many;    /* more than one group, so each waits for the one before */
};

static pv_val
identity(app *a, const task *t)
{
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "group", t->item->group);
	pv_objb_puts(&b, "version", t->item->version);
	pv_objb_puts(&b, "kind", t->item->kind);
	pv_objb_puts(&b, "namespace", t->item->ns);
	pv_objb_puts(&b, "name", t->name);
	pv_objb_puts(&b, "syncPhase", phase_name(t->phase));
	return pv_objb_end(&b);
}

/* ---- asking the driver ---- */

static const pv_val *
hook_object(app *a, const task *t)
{
	pv_val v = pv_with_at(a->cx->arena, t->item->want, "metadata.name", pv_string_ref(t->name));
	v = pv_without_at(a->cx->arena, &v, "metadata.generateName");
	return pv_box(a->cx->arena, v);
}

static pv_val
order_of(app *a, const pv_val *state, const task *t)
{
	static const char *const flags[] = {"Replace=true", "Force=true", "Validate=false", "SkipDryRunOnMissingResource=true"};
	const pv_val *object = t->item->want ? t->item->want : t->item->live;
	const char *propagation = app_option_value(a, object, "PrunePropagationPolicy");
	pv_val order = identity(a, t);
	pv_objb b;
	pv_objb_from(&b, a->cx->arena, &order);
	pv_objb_put(&b, "object", t->item->hook ? *hook_object(a, t) : *object);
	pv_objb_put(&b, "prune", pv_bool(t->prune));
	pv_objb_put(&b, "hook", pv_bool(t->item->hook));
	pv_objb_puts(&b, "propagation", propagation ? propagation : "foreground");
	pv_objb_put(&b, "fresh", pv_bool(t->item->hook && hook_policy(t->item->want, "BeforeHookCreation")));
	for (size_t i = 0; i < PV_LEN(flags); i++)
		if (app_option(a, object, flags[i]))
			pv_objb_put(&b, flags[i], pv_bool(true));
	if (t->item->problem)
		pv_objb_puts(&b, "problem", t->item->problem);
	if (t->prune && !pv_truth_at(state, "operation.sync.prune", false))
		pv_objb_puts(&b, "skip", "ignored (requires pruning)");
	else if (t->prune && app_option(a, object, "Prune=false"))
		pv_objb_puts(&b, "skip", "ignored (no prune)");
	return pv_objb_end(&b);
}

/* The key names the operation, the attempt and the group: done once, whatever happens. */
static int
ask(struct step *s, const char *what, enum phase phase, int64_t wave, const pv_vec *tasks, const pv_val **ret)
{
	app *a = s->a;
	pv_listb orders;
	pv_objb key, b;
	pv_val args, payload;
	pv_objb_init(&key, a->cx->arena);
	pv_objb_puts(&key, "application", pv_text_at(a->object, "metadata.uid", ""));
	pv_objb_puts(&key, "started", pv_text_at(s->state, "startedAt", ""));
	pv_objb_put(&key, "attempt", pv_int(pv_i64_at(s->state, "retryCount", 0)));
	pv_objb_puts(&key, "what", what);
	pv_objb_puts(&key, "phase", phase_name(phase));
	pv_objb_put(&key, "wave", pv_int(wave));
	args = pv_objb_end(&key);
	pv_listb_init(&orders, a->cx->arena);
	for (size_t i = 0; i < tasks->len; i++)
		pv_listb_add(&orders, order_of(a, s->state, PV_AT(task, tasks, i)));
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "orders", pv_listb_end(&orders));
	if (app_option(a, NULL, "CreateNamespace=true") && *a->dest_ns) {
		pv_objb_puts(&b, "createNamespace", a->dest_ns);
		if (pv_at(a->spec, "syncPolicy.managedNamespaceMetadata"))
			pv_objb_put(&b, "namespaceMetadata", *pv_at(a->spec, "syncPolicy.managedNamespaceMetadata"));
	}
	payload = pv_objb_end(&b);
	return pv_plan_effect(a->cx, a->plan, "sync", &args, &payload, ret);
}

/* ---- what became of the tasks done so far ---- */

enum progress { DONE, WAITING, FAILED };

static enum progress
hook_progress(app *a, const task *t, const pv_val *live)
{
	const char *phase = pv_text_at(t->result, "hookPhase", ""), *message;
	enum health health;
	if (pv_streq(phase, "Succeeded"))
		return DONE;
	if (pv_streq(phase, "Failed") || pv_streq(phase, "Error"))
		return FAILED;
	if (!live) /* it went while it ran */
		return FAILED;
	health = health_of(a->cx, live, &message);
	if (health == HEALTHY || health == HEALTH_NONE)
		return DONE;
	return health == DEGRADED || health == HEALTH_UNKNOWN ? FAILED : WAITING;
}

static enum progress
progress_of(struct step *s, const task *t)
{
	const char *status = pv_text_at(t->result, "status", "");
	app *a = s->a;
	const char *kind = *t->item->group ? pv_printf(a->cx->arena, "%s/%s/%s", t->item->group, t->item->version, t->item->kind)
	                                   : pv_printf(a->cx->arena, "%s/%s", t->item->version, t->item->kind);
	if (pv_streq(status, "SyncFailed"))
		return FAILED;
	if (t->item->hook)
		return hook_progress(a, t, pv_plan_find(a->cx, a->plan, kind, t->item->ns, t->name));
	if (t->prune) /* a later group starts when it is gone */
		return s->many && pv_streq(status, "Pruned") && pv_plan_find(a->cx, a->plan, kind, t->item->ns, t->name) ? WAITING : DONE;
	if (!s->many || t->item->health == HEALTHY || t->item->health == HEALTH_NONE || t->item->health == SUSPENDED)
		return DONE;
	return t->item->health == DEGRADED ? FAILED : WAITING;
}

/* Writes a hook's end into its result. */
static void
settle_hook(struct step *s, const task *t, enum progress p)
{
	const pv_val *list = pv_at(s->state, "syncResult.resources");
	const char *phase = p == DONE ? "Succeeded" : "Failed";
	pv_listb b;
	if (p == WAITING || !t->item->hook || !pv_streq(pv_text_at(t->result, "hookPhase", ""), "Running"))
		return;
	pv_listb_init(&b, s->a->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_listb_add(&b, pv_item(list, i) == t->result ? pv_with(s->a->cx->arena, t->result, "hookPhase", pv_string_ref(phase))
		                                               : *pv_item(list, i));
	s->state = pv_box(s->a->cx->arena, pv_with_at(s->a->cx->arena, s->state, "syncResult.resources", pv_listb_end(&b)));
	for (size_t i = 0; i < s->tasks.len; i++) { /* results moved: point at the new ones */
		task *other = PV_AT(task, &s->tasks, i);
		for (size_t k = 0; other->result && k < pv_count(list); k++)
			if (other->result == pv_item(list, k)) {
				other->result = pv_item(pv_at(s->state, "syncResult.resources"), k);
				break;
			}
	}
}

struct tally {
	size_t waiting, failed;
	const task *first_waiting;
	bool waits_for_hook;
};

static struct tally
take_stock(struct step *s)
{
	struct tally tally = {0, 0, NULL, false};
	for (size_t i = 0; i < s->tasks.len; i++) {
		const task *t = PV_AT(task, &s->tasks, i);
		enum progress p = t->result ? progress_of(s, t) : DONE;
		if (!t->result)
			continue;
		settle_hook(s, t, p);
		tally.failed += p == FAILED;
		tally.waiting += p == WAITING;
		if (p == WAITING && !tally.first_waiting) {
			tally.first_waiting = t;
			tally.waits_for_hook = t->item->hook;
		}
	}
	return tally;
}

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

static void
record(struct step *s, const pv_val *outcome)
{
	const pv_val *old = pv_at(s->state, "syncResult.resources"), *new = pv_get(outcome, "results");
	pv_listb b;
	pv_listb_init(&b, s->a->cx->arena);
	for (size_t i = 0; i < pv_count(old); i++)
		pv_listb_add(&b, *pv_item(old, i));
	for (size_t i = 0; i < pv_count(new); i++)
		pv_listb_add(&b, *pv_item(new, i));
	s->state = pv_box(s->a->cx->arena, pv_with_at(s->a->cx->arena, s->state, "syncResult.resources", pv_listb_end(&b)));
}

static const pv_val *
trouble(struct step *s)
{
	app *a = s->a;
	const char *message = pv_printf(a->cx->arena, "the sync could not be carried out: %s", pv_error_text(a->cx));
	pv_recover(a->cx);
	return op_end(a, s->state, "Failed", message);
}

static const pv_val *
run_group(struct step *s, const pv_vec *group)
{
	const task *first = PV_AT(task, group, 0);
	const pv_val *outcome;
	int r = ask(s, "apply", first->phase, first->wave, group, &outcome);
	if (r < 0)
		return trouble(s);
	if (r == 0)
		return op_message(s->a, s->state, "applying %s, wave %lld", phase_name(first->phase), (long long)first->wave);
	record(s, outcome);
	pv_plan_requeue(s->a->plan, PV_MS);
	return s->state;
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
			pv_plan_delete(s->a->cx, s->a->plan, hook_object(s->a, t), NULL);
	}
}

static const pv_val *
finish(struct step *s, bool failed, sync_state *out)
{
	remove_hooks(s);
	if (failed)
		return op_end(s->a, s->state, "Failed", "one or more synchronization tasks completed unsuccessfully");
	out->history = op_history(s->a, s->state);
	return op_end(s->a, s->state, "Succeeded", "successfully synced (all tasks run)");
}

/* Everything is tried before anything is touched. */
static int
dry_run(struct step *s, const pv_val **ret_end)
{
	const pv_val *outcome;
	int r = ask(s, "dry-run", PHASE_NONE, 0, &s->tasks, &outcome);
	*ret_end = NULL;
	if (r < 0)
		*ret_end = trouble(s);
	else if (r == 0)
		*ret_end = op_message(s->a, s->state, "trying the changes before they are made");
	else if (pv_truth_at(outcome, "failed", false)) {
		record(s, outcome);
		*ret_end = op_end(s->a, s->state, "Failed", "one or more objects failed to apply (dry run)");
	}
	return *ret_end ? 0 : 1;
}

static const pv_val *
advance(struct step *s, sync_state *out)
{
	struct tally tally;
	const pv_val *end;
	pv_vec group;
	bool begun = pv_count(pv_at(s->state, "syncResult.resources")) > 0;
	if (!begun && !dry_run(s, &end))
		return end;
	tally = take_stock(s);
	if (tally.waiting && !tally.failed)
		return op_message(s->a, s->state, tally.waits_for_hook ? "waiting for completion of hook %s/%s%s" : "waiting for healthy state of %s/%s%s",
		                  tally.first_waiting->item->kind, tally.first_waiting->name,
		                  tally.waiting > 1 ? pv_printf(s->a->cx->arena, " and %zu more", tally.waiting - 1) : "");
	if (next_group(s, tally.failed > 0, &group))
		return run_group(s, &group);
	return finish(s, tally.failed > 0, out);
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

void
app_sync(app *a, sync_state *out)
{
	const pv_val *operation = pv_get(a->object, "operation"), *state = pv_get(a->status, "operationState");
	struct step s = {.a = a};
	if (op_running(state)) {
		s.state = op_retry(a, state);
		if (!s.state)
			return;
	} else {
		out->take_operation = operation != NULL;
		operation = operation ? operation : op_automated(a);
		if (!operation)
			return;
		s.state = op_begin(a, operation);
		pv_plan_event(a->cx, a->plan, "Normal", "OperationStarted", "Sync to %.7s started", a->revision);
		out->operation = s.state; /* kept before anything is done: a crash goes on from here */
		pv_plan_requeue(a->plan, PV_MS);
		return;
	}
	tasks_build(a, s.state, &s.tasks);
	s.many = in_groups(&s.tasks);
	out->operation = advance(&s, out);
}
