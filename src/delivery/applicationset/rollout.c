/* rollout: strategy RollingSync: the Applications of one step are synced when those of the steps before it are
 * healthy, so many at a time as maxUpdate says; how far each is, .status.applicationStatus tells.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Progressive-Syncs/ */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/applicationset/appset.h"

#define AGAIN (10 * PV_SEC) /* when an operation that nobody has taken up is asked for again */
#define RETRIES 5

struct rollout {
	appset *s;
	const pv_val *steps;
	int reach;      /* the last step that may be synced */
	pv_map *states; /* name -> struct state */
	pv_vec order;   /* struct state * */
};

struct state {
	const pv_val *app; /* as it is */
	const made *want;  /* NULL: it is to go */
	const char *name, *status, *message, *since;
	pv_val revisions;
	int step;
	bool begins; /* it has become Pending in this turn */
};

bool
appset_rollout_is_on(const pv_val *spec)
{
	return pv_streq(pv_text_at(spec, "strategy.type", ""), "RollingSync") &&
	       pv_count(pv_at(spec, "strategy.rollingSync.steps")) > 0;
}

/* ---- steps ---- */

/* A label that is not there fits NotIn. */
static bool
fits(const pv_val *expressions, const pv_val *labels)
{
	for (size_t i = 0; i < pv_count(expressions); i++) {
		const pv_val *e = pv_item(expressions, i), *have = pv_get(labels, pv_text_at(e, "key", ""));
		bool in = have && pv_list_has(pv_get(e, "values"), have);
		if (pv_streq(pv_text_at(e, "operator", ""), "In") ? !in : in)
			return false;
	}
	return true;
}

int
appset_rollout_step_of(const pv_val *spec, const pv_val *app)
{
	const pv_val *steps = pv_at(spec, "strategy.rollingSync.steps");
	for (size_t i = 0; i < pv_count(steps); i++)
		if (fits(pv_get(pv_item(steps, i), "matchExpressions"), pv_at(app, "metadata.labels")))
			return (int)i + 1;
	return -1;
}

/* ---- one Application ---- */

static pv_val
revisions_of(appset *s, const pv_val *app)
{
	const pv_val *many = pv_at(app, "status.sync.revisions");
	const char *one = pv_text_at(app, "status.sync.revision", "");
	pv_listb b;
	if (pv_count(many))
		return *many;
	pv_listb_init(&b, s->cx->arena);
	if (*one)
		pv_listb_add(&b, pv_string_ref(one));
	return pv_listb_end(&b);
}

static void
move(appset *s, struct state *t, const char *status, const char *message)
{
	t->status = status;
	t->message = message;
	t->since = pv_time_format(s->cx->arena, pv_plan_now(s->plan));
}

static bool
is_synced(const pv_val *app)
{
	const pv_val *compared = pv_at(app, "status.sync.comparedTo");
	static const char *const parts[] = {"source", "sources", "destination"};
	if (!pv_streq(pv_text_at(app, "status.sync.status", ""), "Synced"))
		return false;
	for (size_t i = 0; i < PV_LEN(parts); i++) { /* of another spec that says nothing */
		const pv_val *then = pv_get(compared, parts[i]), *now = pv_get(pv_get(app, "spec"), parts[i]);
		if (then && !(now && pv_eq(then, now)))
			return false;
	}
	return true;
}

/* What nobody has looked at is not synced yet: its revision is to come, and would ask for another sync. */
static bool
is_compared(const pv_val *app)
{
	return *pv_text_at(app, "status.sync.status", "") != '\0';
}

static bool
is_healthy(const pv_val *app)
{
	return pv_streq(pv_text_at(app, "status.health.status", ""), "Healthy");
}

static bool
cannot_sync(const pv_val *app)
{
	const pv_val *list = pv_at(app, "status.conditions");
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *type = pv_text_at(pv_item(list, i), "type", "");
		if (pv_streq(type, "InvalidSpecError") || pv_streq(type, "UnknownError"))
			return true;
	}
	return false;
}

static void
look_for_changes(appset *s, struct state *t)
{
	pv_val revisions = revisions_of(s, t->app);
	bool other = !pv_eq(&t->revisions, &revisions);
	bool spec = t->want && !pv_eq(pv_get(t->want->app, "spec"), pv_get(t->app, "spec"));
	if (!other && !spec)
		return;
	t->revisions = revisions;
	move(s, t, "Waiting",
	     other && spec
		     ? "Application has pending changes (revision and spec differ), setting status to Waiting"
	     : other ? "Application has pending changes, setting status to Waiting"
		     : "Application has pending changes (spec differs), setting status to Waiting");
}

/* Was the sync begun that was asked for when it became Pending? */
static bool
has_begun(const struct state *t)
{
	int64_t since;
	return pv_time_parse(pv_str_of(t->since), &since) &&
	       pv_time_at(t->app, "status.operationState.startedAt") >= since;
}

static void
look_at_pending(appset *s, struct state *t)
{
	const char *phase = pv_text_at(t->app, "status.operationState.phase", "");
	if (has_begun(t))
		move(s, t, "Progressing",
		     pv_streq(phase, "Succeeded")
			     ? "Application resource completed a sync successfully, updating status from Pending to Progressing"
		     : pv_streq(phase, "Failed") || pv_streq(phase, "Error")
			     ? "Application resource completed a sync, updating status from Pending to Progressing"
			     : "Application resource became Progressing, updating status from Pending to Progressing");
	else if (cannot_sync(t->app))
		move(s, t, "Progressing",
		     "Application resource has error and cannot sync, updating status to Progressing");
}

static void
look(appset *s, struct state *t)
{
	look_for_changes(s, t);
	if (pv_streq(t->status, "Waiting")) {
		if (is_synced(t->app))
			move(s, t, is_healthy(t->app) ? "Healthy" : "Progressing",
			     is_healthy(t->app)
				     ? "Application resource has synced, updating status to Healthy"
				     : "Application resource has synced, updating status to Progressing");
		return;
	}
	if (pv_streq(t->status, "Pending"))
		look_at_pending(s, t);
	else if (pv_streq(t->status, "Progressing") && is_healthy(t->app) && is_synced(t->app))
		move(s, t, "Healthy",
		     "Application resource became Healthy, updating status from Progressing to Healthy");
}

/* ---- all of them ---- */

static void
add(struct rollout *r, const pv_val *app, const pv_map *wanted, const pv_map *said)
{
	struct state *t = pv_new(r->s->cx->arena, struct state);
	const pv_val *was;
	t->app = app;
	t->name = pv_text_at(app, "metadata.name", "");
	t->want = pv_map_finds(wanted, t->name);
	t->step = appset_rollout_step_of(r->s->spec, t->want ? t->want->app : app);
	was = pv_map_finds(said, t->name);
	if (was) {
		t->status = pv_text_at(was, "status", "Waiting");
		t->message = pv_text_at(was, "message", "");
		t->since = pv_text_at(was, "lastTransitionTime", "");
		t->revisions = pv_get(was, "targetRevisions") ? *pv_get(was, "targetRevisions") : pv_null();
	} else {
		t->revisions = revisions_of(r->s, app);
		move(r->s, t, "Waiting", "No Application status found, defaulting status to Waiting");
	}
	look(r->s, t);
	pv_map_puts(r->states, t->name, t);
	pv_vec_push(&r->order, &t);
}

/* The first step with an Application that is not healthy, or not there yet. */
static int
reach_of(const struct rollout *r)
{
	int reach = (int)pv_count(r->steps);
	for (size_t i = 0; i < r->order.len; i++) {
		const struct state *t = *PV_AT(struct state *, &r->order, i);
		if (t->step > 0 && t->step < reach && !pv_streq(t->status, "Healthy"))
			reach = t->step;
	}
	for (size_t i = 0; i < r->s->made.len; i++) {
		const made *m = PV_AT(made, &r->s->made, i);
		int step = m->fault ? -1 : appset_rollout_step_of(r->s->spec, m->app);
		if (step > 0 && step < reach && !pv_map_finds(r->states, m->name))
			reach = step;
	}
	return reach;
}

/* How many of `all` may be under way at a time: a number, or a share of them that is one at least. */
static size_t
most_of(const pv_val *step, size_t all)
{
	const pv_val *most = pv_get(step, "maxUpdate");
	pv_str text = pv_strv(most);
	int64_t n;
	if (pv_is(most, PV_NUMBER))
		return pv_i64(most, 0) > 0 ? (size_t)pv_i64(most, 0) : 0;
	if (!text.len || text.s[text.len - 1] != '%' || !pv_parse_int((pv_str){text.s, text.len - 1}, &n) ||
	    n < 0)
		return all;
	return n == 0 ? 0 : all * (size_t)n / 100 > 0 ? all * (size_t)n / 100 : 1;
}

static void
promote(struct rollout *r, int step)
{
	size_t all = 0, busy = 0, most;
	for (size_t i = 0; i < r->order.len; i++) {
		const struct state *t = *PV_AT(struct state *, &r->order, i);
		all += t->step == step;
		busy += t->step == step &&
			(pv_streq(t->status, "Pending") || pv_streq(t->status, "Progressing"));
	}
	most = most_of(pv_item(r->steps, (size_t)step - 1), all);
	for (size_t i = 0; i < r->order.len && busy < most; i++) {
		struct state *t = *PV_AT(struct state *, &r->order, i);
		if (t->step != step || !t->want || t->want->fault || !pv_streq(t->status, "Waiting") ||
		    !is_compared(t->app))
			continue;
		move(r->s, t, "Pending",
		     "Application moved to Pending status, watching for the Application resource to start Progressing");
		t->begins = true;
		busy++;
	}
}

/* ---- the sync itself ---- */

/* Takes automated sync away; true: it was there, and prunes. */
static bool
take_automation(appset *s, made *m)
{
	const pv_val *automated = pv_at(m->app, "spec.syncPolicy.automated");
	if (!automated || !pv_truth_at(automated, "enabled", true))
		return false;
	m->app = pv_box(s->cx->arena, pv_with_at(s->cx->arena, m->app, "spec.syncPolicy.automated.enabled",
						 pv_bool(false)));
	return pv_truth_at(automated, "prune", false);
}

static const pv_val *
operation_of(appset *s, const pv_val *app, bool prune)
{
	const pv_val *policy = pv_at(app, "spec.syncPolicy"), *options = pv_get(policy, "syncOptions");
	pv_arena *arena = s->cx->arena;
	pv_val op = pv_null(), info = pv_null();
	pv_listb list;
	op = pv_with_at(arena, &op, "initiatedBy.username", pv_string_ref(APPSET_MANAGER));
	op = pv_with_at(arena, &op, "initiatedBy.automated", pv_bool(true));
	info = pv_with(arena, &info, "name", pv_string_ref("Reason"));
	info = pv_with(
		arena, &info, "value",
		pv_string_ref("ApplicationSet RollingSync triggered a sync of this Application resource"));
	pv_listb_init(&list, arena);
	pv_listb_add(&list, info);
	op = pv_with(arena, &op, "info", pv_listb_end(&list));
	op = pv_with_at(arena, &op, "retry.limit", pv_int(RETRIES));
	if (pv_get(policy, "retry"))
		op = pv_with(arena, &op, "retry", *pv_get(policy, "retry"));
	op = pv_with_at(arena, &op, "sync.prune", pv_bool(prune));
	if (options)
		op = pv_with_at(arena, &op, "sync.syncOptions", *options);
	return pv_box(arena, op);
}

/* Once when it becomes Pending, and again if nobody took it up. */
static bool
is_asked_now(appset *s, const struct state *t)
{
	int64_t since;
	if (!pv_streq(t->status, "Pending") || pv_get(t->app, "operation"))
		return false;
	if (t->begins || !pv_time_parse(pv_str_of(t->since), &since) || since + AGAIN <= pv_plan_now(s->plan))
		return true;
	pv_plan_requeue(s->plan, since + AGAIN - pv_plan_now(s->plan));
	return false;
}

static pv_val
list_of(struct rollout *r)
{
	pv_listb list;
	pv_listb_init(&list, r->s->cx->arena);
	for (size_t i = 0; i < r->order.len; i++) {
		const struct state *t = *PV_AT(struct state *, &r->order, i);
		pv_objb b;
		pv_objb_init(&b, r->s->cx->arena);
		pv_objb_puts(&b, "application", t->name);
		pv_objb_puts(&b, "lastTransitionTime", t->since);
		pv_objb_puts(&b, "message", t->message);
		pv_objb_puts(&b, "status", t->status);
		pv_objb_put(&b, "step", pv_stringf(r->s->cx->arena, "%d", t->step));
		pv_objb_put(&b, "targetRevisions", t->revisions);
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

pv_val
appset_rollout_step(appset *s, pv_map *operations)
{
	struct rollout r = {.s = s, .steps = pv_at(s->spec, "strategy.rollingSync.steps")};
	const pv_val *list = pv_get(s->status, "applicationStatus");
	pv_map *wanted = pv_map_new(s->cx->arena), *said = pv_map_new(s->cx->arena),
	       *prunes = pv_map_new(s->cx->arena);
	r.states = pv_map_new(s->cx->arena);
	pv_vec_init(&r.order, s->cx->arena, sizeof(struct state *));
	for (size_t i = 0; i < s->made.len; i++) {
		made *m = PV_AT(made, &s->made, i);
		if (take_automation(s, m))
			pv_map_puts(prunes, m->name, m);
		pv_map_puts(wanted, m->name, m);
	}
	for (size_t i = 0; i < pv_count(list); i++)
		pv_map_puts(said, pv_text_at(pv_item(list, i), "application", ""),
			    (void *)(uintptr_t)pv_item(list, i));
	for (size_t i = 0; i < s->children.len; i++)
		add(&r, *PV_AT(const pv_val *, &s->children, i), wanted, said);
	r.reach = reach_of(&r);
	for (int step = 1; step <= r.reach; step++)
		promote(&r, step);
	for (size_t i = 0; i < r.order.len; i++) {
		const struct state *t = *PV_AT(struct state *, &r.order, i);
		if (t->want && !t->want->fault && is_asked_now(s, t))
			pv_map_puts(operations, t->name,
				    (void *)(uintptr_t)operation_of(s, t->want->app,
								    pv_map_finds(prunes, t->name) != NULL));
	}
	return list_of(&r);
}

bool
appset_rollout_progresses(appset *s, const pv_val *list, const char **ret_message)
{
	int64_t first = 0, step;
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *it = pv_item(list, i);
		if (pv_parse_int(pv_strv(pv_get(it, "step")), &step) && step > 0 &&
		    (first == 0 || step < first) && !pv_streq(pv_text_at(it, "status", ""), "Healthy"))
			first = step;
	}
	*ret_message =
		first ? pv_printf(s->cx->arena, "ApplicationSet is performing rollout of step %d", (int)first)
		      : "ApplicationSet Rollout has completed";
	return first > 0;
}
