/* app: Application -> the Notifications that its triggers ask for.
 * A Notification is made first, and once it is there the annotation says so: a crash between the two makes no
 * second one and loses none.  Where what was told of is no longer so, it is marked as over first, and then the
 * annotation forgets it. */
#include <string.h>

#include "base/arena.h"
#include "base/hashing.h"
#include "base/map.h"
#include "base/time.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/notifications/inside.h"

#define PENDING_MOST 100 /* of one Application */
#define DONE_MOST 20     /* of one Application are kept */
#define LOOK_AGAIN (60 * PV_SEC)

typedef struct turn {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *app;
	const char *ns, *name, *uid;
	pv_vec made;    /* const pv_val *: its Notifications */
	pv_val state;   /* the annotation as it is to be */
	pv_map *held;   /* keys of what is so now */
	size_t pending; /* of made */
	size_t faults;  /* of the configuration */
	size_t waiting; /* what is told when there is room */
	bool clock;
} turn;

static bool
is_done(const pv_val *n)
{
	return !pv_streq(pv_text_at(n, "status.phase", "Pending"), "Pending");
}

/* The one that tells of what is so now. */
static const pv_val *
current(const turn *t, const char *key)
{
	for (size_t i = 0; i < t->made.len; i++) {
		const pv_val *n = *PV_AT(const pv_val *, &t->made, i);
		if (pv_streq(pv_text_at(n, "spec.key", ""), key) && !pv_truth_at(n, "spec.over", false))
			return n;
	}
	return NULL;
}

/* No other of its Notifications has it; the same in a turn that is repeated. */
static const char *
name_of(const turn *t, const char *key)
{
	for (size_t n = 0;; n++) {
		const char *id = pv_printf(t->cx->arena, "%s\n%s\n%zu", t->uid, key, n);
		const char *name = pv_printf(t->cx->arena, "%.*s-%.12s", (int)strnlen(t->name, 200), t->name,
					     pv_hash_hex(t->cx->arena, "sha256", pv_str_of(id)));
		bool taken = false;
		for (size_t i = 0; i < t->made.len && !taken; i++)
			taken = pv_streq(pv_text_at(*PV_AT(const pv_val *, &t->made, i), "metadata.name", ""),
					 name);
		if (!taken)
			return name;
	}
}

static void
create(turn *t, const config *c, const char *key, const destination *to, const condition *cond)
{
	pv_arena *arena = t->cx->arena;
	pv_val object = pv_null(), app = pv_without_at(arena, t->app, "metadata.managedFields");
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "application", t->name);
	pv_objb_puts(&b, "uid", t->uid);
	pv_objb_puts(&b, "trigger", to->trigger);
	pv_objb_puts(&b, "key", key);
	pv_objb_puts(&b, "service", to->service);
	pv_objb_puts(&b, "recipient", to->recipient);
	pv_objb_put(&b, "templates", cond->send ? *cond->send : pv_list_of(arena, NULL, 0));
	pv_objb_puts(&b, "config", c->ns);
	pv_objb_put(&b, "app", app);
	object = pv_with(arena, &object, "apiVersion", pv_string_ref("delivery.pave.dev/v1alpha1"));
	object = pv_with(arena, &object, "kind", pv_string_ref("Notification"));
	object = pv_with_at(arena, &object, "metadata.namespace", pv_string_ref(t->ns));
	object = pv_with_at(arena, &object, "metadata.name", pv_string_ref(name_of(t, key)));
	object = pv_with(arena, &object, "spec", pv_objb_end(&b));
	pv_plan_apply(t->cx, t->plan, pv_box(arena, object));
	t->pending++;
}

static void
holds(turn *t, const config *c, const char *key, const destination *to, const condition *cond)
{
	pv_map_puts(t->held, key, t);
	if (pv_get(&t->state, key))
		return;
	if (current(t, key))
		t->state = pv_with(t->cx->arena, &t->state, key, pv_int(pv_plan_now(t->plan) / PV_SEC));
	else if (t->pending < PENDING_MOST)
		create(t, c, key, to, cond);
	else
		t->waiting++;
}

/* Once a turn, however many there are. */
static void
tell_waiting(turn *t)
{
	if (t->waiting)
		pv_plan_event(
			t->cx, t->plan, "Warning", "TooManyNotifications",
			"%d notifications of this Application wait to be delivered: %zu more are made when there "
			"is room",
			PENDING_MOST, t->waiting);
}

static void
ended(turn *t, const char *key)
{
	const pv_val *n = current(t, key);
	pv_val patch = pv_null();
	if (n) {
		patch = pv_with_at(t->cx->arena, &patch, "spec.over", pv_bool(true));
		pv_plan_patch(t->cx, t->plan, n, "", patch);
	} else if (pv_get(&t->state, key)) {
		t->state = pv_without(t->cx->arena, &t->state, key);
	}
}

/* ---- triggers ---- */

static const pv_val *
project_of(pv_ctx *cx, pv_plan *plan, const pv_val *app, const char *ns)
{
	const char *name = pv_text_at(app, "spec.project", "");
	return pv_plan_find(cx, plan, "argoproj.io/v1alpha1/AppProject", ns, *name ? name : "default");
}

/* As the project permits it: who writes an Application names any repository. */
int
commit_fact(pv_ctx *cx, pv_plan *plan, const pv_val *app, const char *repo, const char *revision,
	    const pv_val **ret)
{
	const char *ns = pv_text_at(app, "metadata.namespace", ""),
		   *name = pv_text_at(app, "spec.project", "");
	pv_objb b;
	pv_val args;
	if (!application_permits_repo(cx->arena, project_of(cx, plan, app, HOME),
				      project_of(cx, plan, app, ns), ns, *name ? name : "default", repo))
		return pv_fail(cx, PV_EFORBIDDEN, "repository %s is not permitted in project '%s'",
			       pv_git_plain_url(cx->arena, repo), name);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "repo", repo);
	pv_objb_puts(&b, "revision", revision);
	args = pv_objb_end(&b);
	return pv_plan_fact(cx, plan, "git-commit", &args, ret);
}

static int
commit_of(scene *s, const char *repo, const char *revision, const pv_val **ret)
{
	const turn *t = s->of;
	return commit_fact(s->cx, t->plan, t->app, repo, revision, ret);
}

/* What the configuration cannot be understood as: the first is told, and all are tried again when it changes. */
static void
fault(turn *t)
{
	if (t->faults++ == 0)
		(void)pv_plan_fail(t->cx, t->plan, "NotificationsNotConfigured");
	else
		pv_recover(t->cx);
}

/* The destinations of one trigger: those from *at on. */
static void
run_trigger(turn *t, config *c, scene *s, const pv_vec *to, size_t *at)
{
	const destination *first = PV_AT(destination, to, *at);
	pv_vec conditions;
	int r;
	s->pending = false;
	r = trigger_run(c, s, first->trigger, &conditions);
	if (r < 0)
		fault(t);
	for (; *at < to->len && pv_streq(PV_AT(destination, to, *at)->trigger, first->trigger); (*at)++)
		for (size_t i = 0; r == 0 && !s->pending && i < conditions.len; i++) {
			const condition *cond = PV_AT(condition, &conditions, i);
			const destination *dest = PV_AT(destination, to, *at);
			const char *key = state_key(c, cond, dest);
			if (cond->holds)
				holds(t, c, key, dest, cond);
			else
				ended(t, key);
		}
	for (size_t i = 0; r == 0 && !s->pending && i < conditions.len; i++)
		if (PV_AT(condition, &conditions, i)->error) /* while it is young, much is not there yet */
			pv_plan_reason(t->cx, t->plan, "trigger %s: %s", first->trigger,
				       PV_AT(condition, &conditions, i)->error);
}

static int
by_trigger(const void *a, const void *b)
{
	const destination *x = a, *y = b;
	int diff = strcmp(x->trigger, y->trigger);
	diff = diff ? diff : strcmp(x->service, y->service);
	return diff ? diff : strcmp(x->recipient, y->recipient);
}

static void
configured(turn *t, config *c, const pv_val *project)
{
	scene s = {.cx = t->cx, .app = t->app, .now = pv_plan_now(t->plan), .commit = commit_of, .of = t};
	pv_vec to;
	if (subscriptions(c, t->app, project, &to) < 0) {
		fault(t);
		return;
	}
	pv_vec_sort(&to, by_trigger);
	for (size_t at = 0; at < to.len;)
		run_trigger(t, c, &s, &to, &at);
	t->clock = t->clock || s.clock;
}

/* ---- what became of them ---- */

static int
newest_first(const void *a, const void *b)
{
	int64_t x = pv_time_at(*(const pv_val *const *)a, "metadata.creationTimestamp"),
		y = pv_time_at(*(const pv_val *const *)b, "metadata.creationTimestamp");
	return (x < y) - (x > y);
}

/* The oldest of those that are done and noted, or over. */
static void
forget(turn *t)
{
	size_t kept = 0;
	pv_vec_sort(&t->made, newest_first);
	for (size_t i = 0; i < t->made.len; i++) {
		const pv_val *n = *PV_AT(const pv_val *, &t->made, i);
		bool noted = pv_truth_at(n, "spec.over", false) ||
			     pv_get(&t->state, pv_text_at(n, "spec.key", ""));
		if (is_done(n) && noted && kept++ >= DONE_MOST)
			pv_plan_delete(t->cx, t->plan, n, "Background");
	}
}

/* What Argo CD says of an operation that just ended may be from before it: it is looked at when it is not. */
static bool
is_settled(const pv_val *app)
{
	const char *phase = pv_text_at(app, "status.operationState.phase", "");
	int64_t finished = pv_time_at(app, "status.operationState.finishedAt");
	if (!pv_streq(phase, "Failed") && !pv_streq(phase, "Error") && !pv_streq(phase, "Succeeded"))
		return true;
	return finished > 0 && (finished <= pv_time_at(app, "status.reconciledAt") ||
				finished <= pv_time_at(app, "status.observedAt"));
}

bool
self_service_params(const pv_val *params)
{
	return pv_streq(
		pv_text(pv_get(pv_get(params, "data"), "notificationscontroller.selfservice.enabled"), ""),
		"true");
}

static bool
self_service(pv_ctx *cx, pv_plan *plan)
{
	return self_service_params(pv_plan_find(cx, plan, "v1/ConfigMap", HOME, PARAMS_NAME));
}

static int
reconcile(pv_ctx *cx, const pv_val *app, pv_plan *plan)
{
	turn t = {.cx = cx,
		  .plan = plan,
		  .app = app,
		  .ns = pv_text_at(app, "metadata.namespace", ""),
		  .name = pv_text_at(app, "metadata.name", ""),
		  .uid = pv_text_at(app, "metadata.uid", ""),
		  .state = state_of(cx->arena, app),
		  .held = pv_map_new(cx->arena)};
	bool own = self_service(cx, plan) && !pv_streq(t.ns, HOME), settled = is_settled(app);
	const pv_val *maps[] = {pv_plan_find(cx, plan, "v1/ConfigMap", HOME, CONFIG_NAME),
				own ? pv_plan_find(cx, plan, "v1/ConfigMap", t.ns, CONFIG_NAME) : NULL};
	const pv_val *limits;
	if (!maps[0] && !maps[1]) {
		pv_plan_unconcerned(plan);
		return 0;
	}
	limits = project_of(cx, plan, app, HOME);
	if (!limits)
		limits = project_of(cx, plan, app, t.ns);
	pv_plan_indexed(cx, plan, APP_INDEX, t.uid, &t.made);
	for (size_t i = 0; i < t.made.len; i++)
		t.pending += !is_done(*PV_AT(const pv_val *, &t.made, i));
	for (size_t i = 0; settled && i < PV_LEN(maps); i++) {
		config c;
		config_init(cx, &c, i ? t.ns : HOME, maps[i], NULL);
		if (maps[i])
			configured(&t, &c, limits);
	}
	tell_waiting(&t);
	forget(&t);
	(void)pv_plan_annotate(cx, plan, app, NOTIFIED,
			       state_text(cx->arena, &t.state, settled ? t.held : NULL));
	if (t.clock)
		pv_plan_requeue(plan, LOOK_AGAIN);
	return 0;
}

const pv_controller notifications_controller = {
	.name = "notifications", .kind = "argoproj.io/v1alpha1/Application", .reconcile = reconcile};
