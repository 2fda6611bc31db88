/* delivery: Notification -> a message at its recipient.
 * The controller says when; the driver sends on a thread of its own and writes .status at once, so that between
 * what the recipient took and what is remembered there is as little as can be.  A crash in there sends once more,
 * with the same id; nothing is lost. */
#include "delivery/notifications/inside.h"

#include <stdatomic.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"

#define QUICK 3 /* failures that are followed at once by another attempt: after 1, 2, 4 s .. */
#define SLOW_FIRST (60 * PV_SEC)
#define SLOW_MOST (1800 * PV_SEC)
#define PATIENCE (24 * 3600 * PV_SEC) /* then it has failed */
#define WHOLE (120 * PV_SEC)          /* of all requests of one attempt */

/* ---- when ---- */

static bool
is_gone(pv_ctx *cx, pv_plan *plan, const pv_val *n)
{
	const pv_val *app =
		pv_plan_find(cx, plan, "argoproj.io/v1alpha1/Application",
			     pv_text_at(n, "metadata.namespace", ""), pv_text_at(n, "spec.application", ""));
	return !app || !pv_streq(pv_text_at(app, "metadata.uid", ""), pv_text_at(n, "spec.uid", ""));
}

struct known {
	pv_plan *plan;
	const pv_val *app;
	pv_val commits; /* by revision */
};

static int
commit_of(scene *s, const char *repo, const char *revision, const pv_val **ret)
{
	struct known *k = s->of;
	int r = commit_fact(s->cx, k->plan, k->app, repo, revision, ret);
	if (r > 0)
		k->commits = pv_with(s->cx->arena, &k->commits, revision, **ret);
	return r;
}

static bool
mentions(config *c, const pv_val *templates, const char *what)
{
	for (size_t i = 0; i < pv_count(templates); i++) {
		const char *key = pv_printf(c->cx->arena, "template.%s", pv_text(pv_item(templates, i), ""));
		if (strstr(pv_text(pv_get(c->data, key), ""), what))
			return true;
	}
	return false;
}

/* What templates ask of the repository is found out before; false: not yet. */
static bool
commits(config *c, pv_plan *plan, const pv_val *n, pv_val *ret)
{
	struct known known = {plan, pv_at(n, "spec.app"), pv_null()};
	scene s = {
		.cx = c->cx, .app = known.app, .now = pv_plan_now(plan), .commit = commit_of, .of = &known};
	pv_val rendered;
	if ((mentions(c, pv_at(n, "spec.templates"), "GetCommitMetadata") ||
	     mentions(c, pv_at(n, "spec.templates"), "newrelic")) &&
	    render(c, &s, pv_at(n, "spec.templates"), pv_text_at(n, "spec.service", ""),
		   pv_text_at(n, "spec.recipient", ""), &rendered) < 0)
		pv_recover(c->cx); /* the driver says so */
	*ret = known.commits;
	return !s.pending;
}

static int
ask_driver(pv_ctx *cx, pv_plan *plan, const pv_val *n, const pv_val *payload)
{
	const pv_val *done;
	pv_objb b;
	pv_val args;
	int r;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "namespace", pv_text_at(n, "metadata.namespace", ""));
	pv_objb_puts(&b, "name", pv_text_at(n, "metadata.name", ""));
	pv_objb_puts(&b, "uid", pv_text_at(n, "metadata.uid", ""));
	pv_objb_put(&b, "attempt", pv_int(pv_i64_at(n, "status.attempts", 0) + 1));
	args = pv_objb_end(&b);
	r = pv_plan_effect(cx, plan, DELIVER, &args, payload, &done);
	return r < 0 ? r : 0;
}

static int
reconcile(pv_ctx *cx, const pv_val *n, pv_plan *plan)
{
	const char *ns = pv_text_at(n, "spec.config", "");
	int64_t next = pv_time_at(n, "status.nextAttemptAt"), now = pv_plan_now(plan);
	bool done = !pv_streq(pv_text_at(n, "status.phase", "Pending"), "Pending");
	pv_val payload;
	config c;
	if (done) {
		if (is_gone(cx, plan, n))
			pv_plan_delete(cx, plan, n, "Background");
		return 0;
	}
	config_init(cx, &c, ns, pv_plan_find(cx, plan, "v1/ConfigMap", ns, CONFIG_NAME),
		    pv_plan_find(cx, plan, "v1/Secret", ns, SECRET_NAME));
	if (next > now && pv_streq(config_version(&c), pv_text_at(n, "status.settings", ""))) {
		pv_plan_requeue(plan, next - now);
		return 0;
	}
	c.secret = NULL; /* it is the driver's alone to read */
	if (!commits(&c, plan, n, &payload))
		return 0;
	return ask_driver(cx, plan, n, &payload);
}

/* ---- the driver ---- */

struct counters {
	pv_arena *arena; /* its own, with this in it */
	_Atomic int64_t delivered, failed;
};
static const char owner = 0; /* its address is the name */

const pv_val *
stored(pv_ctx *cx, pv_api *api, const char *type, const char *ns, const char *name)
{
	pv_key key = {type, ns, name};
	const pv_rec *rec = pv_store_find(cx, pv_api_store(api), &key);
	return rec ? pv_rec_val(rec) : NULL;
}

static int
commit_known(scene *s, const char *repo PV_UNUSED, const char *revision, const pv_val **ret)
{
	*ret = pv_get(s->of, revision);
	return *ret ? 1 : pv_fail(s->cx, PV_ENOTFOUND, "nothing is known of commit %.*s", PV_CLIP(revision));
}

static int
try(message *m, const pv_val *n, const pv_val *payload)
{
	scene s = {.cx = m->cx,
		   .app = pv_at(n, "spec.app"),
		   .now = pv_now(),
		   .commit = commit_known,
		   .of = (void *)(uintptr_t)payload};
	const pv_val *templates = pv_at(n, "spec.templates");
	pv_val made;
	int r = render(m->config, &s, templates, m->service, m->recipient, &made);
	m->notification = &made;
	m->title = pv_count(templates) ? pv_text(pv_item(templates, 0), "") : "";
	return r < 0 ? r : send_message(m);
}

/* Quick ones first, then ever slower. */
static int64_t
pause_after(const message *m, int64_t attempt)
{
	int64_t quick = m->retries >= 0 ? m->retries : QUICK, shift = attempt - 1;
	int64_t first = m->wait_first > 0 ? m->wait_first : PV_SEC,
		most = m->wait_most > 0 ? m->wait_most : 5 * PV_SEC;
	if (attempt <= quick) {
		int64_t wait = first << (shift < 20 ? shift : 20);
		return wait < most ? wait : most;
	}
	shift = attempt - quick - 1;
	return shift > 5 || SLOW_FIRST << shift > SLOW_MOST ? SLOW_MOST : SLOW_FIRST << shift;
}

static pv_val
status_of(message *m, const pv_val *n, int64_t attempt, const char *why)
{
	pv_arena *arena = m->cx->arena;
	int64_t now = pv_now(), since = pv_time_at(n, "metadata.creationTimestamp");
	bool failed = why && (m->final || (since > 0 && now - since > PATIENCE && attempt > QUICK));
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "phase", !why ? "Delivered" : failed ? "Failed" : "Pending");
	pv_objb_put(&b, "attempts", pv_int(attempt));
	pv_objb_puts(&b, "lastAttemptAt", pv_time_format(arena, now));
	pv_objb_put(&b, "message", why ? pv_string_ref(why) : pv_null());
	pv_objb_put(&b, "nextAttemptAt",
		    why && !failed ? pv_string_ref(pv_time_format(arena, now + pause_after(m, attempt)))
				   : pv_null());
	pv_objb_puts(&b, "settings", config_version(m->config));
	if (!why && pv_is(&m->thread, PV_OBJECT))
		pv_objb_put(&b, "thread", m->thread);
	return pv_objb_end(&b);
}

/* An Event about the Application, if it is there. */
static void
tell(message *m, const pv_val *n, int64_t attempt, const char *why)
{
	const pv_val *app =
		stored(m->cx, m->api, "argoproj.io/Application", pv_text_at(n, "metadata.namespace", ""),
		       pv_text_at(n, "spec.application", ""));
	const char *to = pv_printf(m->cx->arena, "%s %s", m->service, m->recipient);
	const pv_news news = {
		.about = app,
		.component = "notifications",
		.type = why ? "Warning" : "Normal",
		.reason = why ? "NotificationFailed" : "NotificationDelivered",
		.message = why ? pv_printf(m->cx->arena, "%s to %s: %s", pv_text_at(n, "spec.trigger", ""),
					   to, why)
			       : pv_printf(m->cx->arena, "%s to %s", pv_text_at(n, "spec.trigger", ""), to),
		.at = pv_now()};
	if (why)
		pv_log(PV_WARN, "notifications", "not delivered", "namespace",
		       pv_text_at(n, "metadata.namespace", ""), "notification",
		       pv_text_at(n, "metadata.name", ""), "trigger", pv_text_at(n, "spec.trigger", ""), "to",
		       to, "attempt", pv_printf(m->cx->arena, "%lld", (long long)attempt), "error", why,
		       NULL);
	if (app && pv_api_report(m->cx, m->api, &news) < 0)
		pv_recover(m->cx); /* an event that cannot be kept must not fail the delivery */
}

static int
remember(message *m, const pv_val *n, const pv_val *status)
{
	const pv_resource *res = pv_resource_of_kind(m->cx, pv_api_registry(m->api),
						     "delivery.pave.dev/v1alpha1", "Notification");
	pv_val patch = pv_with(m->cx->arena, NULL, "status", *status);
	pv_call call = {.resource = res,
			.ns = pv_text_at(n, "metadata.namespace", ""),
			.name = pv_text_at(n, "metadata.name", ""),
			.subresource = "status",
			.manager = "notifications",
			.grace_seconds = -1};
	const pv_val *now;
	bool created;
	int r = pv_api_patch(m->cx, m->api, &call, PV_PATCH_MERGE, &patch, &now, &created);
	if (r == -PV_ENOTFOUND) { /* somebody deleted it meanwhile */
		pv_recover(m->cx);
		r = 0;
	}
	return r;
}

/* What namespaces said for themselves is not told any more once they may not. */
static int
check_settings(message *m)
{
	if (!m->config->self_service || m->config->any_self_service)
		return 0;
	m->final = true;
	return pv_fail(m->cx, PV_EFORBIDDEN,
		       "namespace %s does not bring settings of its own any more: "
		       "notificationscontroller.selfservice.enabled of ConfigMap " HOME "/" PARAMS_NAME
		       " is not \"true\"",
		       m->config->ns);
}

static int
deliver(message *m, const pv_val *n, const pv_val *args)
{
	struct counters *count = pv_api_kept(m->api, &owner);
	int64_t attempt = pv_i64_at(args, "attempt", 0);
	const char *why = NULL;
	pv_val status;
	int r;
	m->cx->deadline_ns = pv_mono() + WHOLE;
	r = check_settings(m);
	r = r < 0 ? r : try(m, n, pv_get(args, "payload"));
	m->cx->deadline_ns = 0;
	if (r < 0) {
		why = config_redact(m->config, pv_strdup(m->cx->arena, pv_error_text(m->cx)));
		pv_recover(m->cx);
	}
	status = status_of(m, n, attempt, why);
	r = remember(m, n, &status);
	if (r < 0)
		return r;
	atomic_fetch_add(why ? &count->failed : &count->delivered, 1);
	tell(m, n, attempt, why);
	return 0;
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous PV_UNUSED, pv_val *ret)
{
	pv_api *api = pv_facts_api(facts);
	const char *ns = pv_text_at(args, "namespace", "");
	const pv_val *n = stored(cx, api, TYPE, ns, pv_text_at(args, "name", ""));
	const char *from = pv_text_at(n, "spec.config", "");
	config c;
	message m;
	*ret = pv_null();
	if (!n || !pv_streq(pv_text_at(n, "metadata.uid", ""), pv_text_at(args, "uid", "")) ||
	    !pv_streq(pv_text_at(n, "status.phase", "Pending"), "Pending") ||
	    pv_i64_at(n, "status.attempts", 0) + 1 != pv_i64_at(args, "attempt", 0))
		return 0; /* it was done, or is nobody's any more */
	pv_auth_internal(cx, "system:pave:notifications");
	config_init(cx, &c, from, stored(cx, api, "/ConfigMap", from, CONFIG_NAME),
		    stored(cx, api, "/Secret", from, SECRET_NAME));
	c.any_self_service = self_service_params(stored(cx, api, "/ConfigMap", HOME, PARAMS_NAME));
	m = (message){.cx = cx,
		      .config = &c,
		      .api = api,
		      .id = pv_text_at(n, "metadata.uid", ""),
		      .service = pv_text_at(n, "spec.service", ""),
		      .recipient = pv_text_at(n, "spec.recipient", ""),
		      .ns = ns,
		      .app = pv_at(n, "spec.app"),
		      .retries = -1,
		      .thread = pv_null()};
	return deliver(&m, n, args);
}

const pv_fact_kind delivery_fact = {.name = DELIVER, .find = find, .effect = true};
const pv_controller delivery_controller = {.name = "notification", .kind = KIND, .reconcile = reconcile};

/* ---- whose they are, how many ---- */

void
delivery_keys(pv_ctx *cx PV_UNUSED, const pv_val *object, pv_vec *ret)
{
	const char *uid = pv_text_at(object, "spec.uid", NULL);
	if (uid)
		pv_vec_push(ret, &uid);
}

static void
forget(void *state)
{
	pv_arena_free(((struct counters *)state)->arena);
}

int
delivery_start(pv_ctx *cx PV_UNUSED, pv_api *api)
{
	pv_arena *arena = pv_arena_new("notifications");
	struct counters *count = pv_new(arena, struct counters);
	*count = (struct counters){.arena = arena};
	pv_api_keep(api, &owner, count, forget);
	return 0;
}

double
delivered_total(pv_api *api)
{
	struct counters *count = pv_api_kept(api, &owner);
	return count ? (double)atomic_load(&count->delivered) : 0;
}

double
failed_total(pv_api *api)
{
	struct counters *count = pv_api_kept(api, &owner);
	return count ? (double)atomic_load(&count->failed) : 0;
}

static bool
waits(const pv_rec *rec, void *arg PV_UNUSED)
{
	return pv_streq(pv_text_at(pv_rec_val(rec), "status.phase", "Pending"), "Pending");
}

double
pending_now(pv_api *api)
{
	const pv_list_query query = {.type = TYPE, .keep = waits};
	pv_listing listing = {0};
	pv_ctx cx;
	pv_ctx_init_small(&cx, "notifications");
	if (pv_store_list(&cx, pv_api_store(api), &query, &listing) < 0)
		pv_recover(&cx);
	pv_ctx_done(&cx);
	return (double)listing.len;
}
