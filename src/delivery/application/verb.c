/* verb: `pave sync APPLICATION` and `pave refresh APPLICATION`: what a person asks of an Application, and
 * what came of it.  They write .operation and the refresh annotation, as anybody may. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"
#include "core/args/args.h"
#include "core/client/client.h"
#include "core/reconcile/reconcile.h"
#include "delivery/application/application.h"
#include "delivery/application/depends.h"
#include "delivery/application/operation.h"
#include "delivery/application/sources.h"
#include "lang/json/json.h"

#define API "argoproj.io/v1alpha1"
#define LOOK_AGAIN (50 * PV_MS)
#define WAIT_MOST "5m"

struct talk {
	pv_ctx *cx;
	const pv_args *args;
	pv_client *client;
	const pv_client_kind *kind;
	const char *ns, *name, *path;
	const pv_val *was; /* as it was when asked for */
	int64_t until;     /* monotonic */
};

/* ---- which one ---- */

/* "shop", "app/shop", "application/shop" */
static int
name_of(pv_ctx *cx, const pv_args *args, const char **ret)
{
	const char *word = pv_args_at(args, 0), *slash = word ? strrchr(word, '/') : NULL;
	const char *kind = slash ? pv_strndup(cx->arena, word, (size_t)(slash - word)) : "app";
	static const char *const names[] = {"app",
					    "apps",
					    "application",
					    "applications",
					    "application.argoproj.io",
					    "applications.argoproj.io"};
	size_t known = 0;
	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected the name of one Application, found %zu: pave %s shop",
			       pv_args_count(args), pv_args_verb(args)->name);
	while (known < PV_LEN(names) && !pv_streq(names[known], pv_str_lower(cx->arena, kind)))
		known++;
	if (known == PV_LEN(names))
		return pv_fail(cx, PV_EUSAGE, "expected an Application, found \"%s\": pave %s shop", word,
			       pv_args_verb(args)->name);
	*ret = slash ? slash + 1 : word;
	return 0;
}

/* The namespace, if none was named and only one has such an Application. */
static int
find_namespace(struct talk *t)
{
	pv_client_call call = {.path = pv_printf(t->cx->arena, "%s?fieldSelector=metadata.name%%3D%s",
						 pv_client_path(t->cx->arena, t->kind, NULL, NULL, NULL),
						 t->name)};
	const pv_val *list, *items;
	t->ns = pv_client_namespace(t->client);
	if (pv_args_has(t->args, "namespace"))
		return 0;
	if (pv_client_json(t->cx, t->client, &call, NULL, &list) < 0) {
		pv_recover(t->cx); /* no right to list them all: the default namespace it is */
		return 0;
	}
	items = pv_get(list, "items");
	if (pv_count(items) > 1)
		return pv_fail(t->cx, PV_EBADREQUEST,
			       "Application %s is in %zu namespaces (%s, %s%s): say which with -n", t->name,
			       pv_count(items), pv_text_at(pv_item(items, 0), "metadata.namespace", ""),
			       pv_text_at(pv_item(items, 1), "metadata.namespace", ""),
			       pv_count(items) > 2 ? ", ..." : "");
	if (pv_count(items) == 1)
		t->ns = pv_text_at(pv_item(items, 0), "metadata.namespace", t->ns);
	return 0;
}

static int
load(struct talk *t, const pv_val **ret)
{
	pv_client_call call = {.path = t->path};
	return pv_client_json(t->cx, t->client, &call, NULL, ret);
}

static int
open_talk(pv_ctx *cx, const pv_args *args, struct talk *t)
{
	pv_client_conf conf = {.kubeconfig = pv_args_text(args, "kubeconfig", NULL),
			       .context = pv_args_text(args, "context", NULL),
			       .ns = pv_args_text(args, "namespace", NULL)};
	const char *within = pv_args_text(args, "timeout", WAIT_MOST);
	int64_t wait;
	int r;
	*t = (struct talk){.cx = cx, .args = args};
	r = name_of(cx, args, &t->name);
	if (r == 0 && (!pv_duration_parse(pv_str_of(within), &wait) || wait <= 0))
		r = pv_fail(cx, PV_EUSAGE, "--timeout: expected a duration such as 30s or 5m, found \"%s\"",
			    within);
	if (r == 0)
		r = pv_client_open(cx, &conf, &t->client);
	if (r == 0)
		r = pv_client_find_kind(cx, t->client, API, "Application", &t->kind);
	if (r == 0)
		r = find_namespace(t);
	if (r < 0)
		return r;
	t->until = pv_mono() + wait;
	t->path = pv_client_path(cx->arena, t->kind, t->ns, t->name, NULL);
	return load(t, &t->was);
}

static int
write_patch(struct talk *t, pv_val patch)
{
	pv_client_call call = {.method = "PATCH",
			       .path = pv_printf(t->cx->arena, "%s?fieldManager=pave-%s", t->path,
						 pv_args_verb(t->args)->name),
			       .type = "application/merge-patch+json",
			       .body = pv_str_of(pv_json_text(t->cx->arena, &patch))};
	const pv_val *now;
	pv_vec warnings;
	int r;
	pv_vec_init(&warnings, t->cx->arena, sizeof(const char *));
	r = pv_client_json(t->cx, t->client, &call, &warnings, &now);
	for (size_t i = 0; i < warnings.len; i++)
		fprintf(stderr, "Warning: %s\n", *PV_AT(const char *, &warnings, i));
	return r;
}

static void
say(const struct talk *t, const char *what, const char *more)
{
	printf("application.argoproj.io/%s %s%s%s\n", t->name, what, *more ? ": " : "", more);
}

/* Asks until done() says so; the Application as it is then. */
static int
await(struct talk *t, bool (*done)(const struct talk *t, const pv_val *now), const pv_val **ret)
{
	struct timespec pause = {0, LOOK_AGAIN};
	int r;
	while ((r = load(t, ret)) == 0 && !done(t, *ret)) {
		if (pv_mono() > t->until)
			return pv_fail(t->cx, PV_ETIMEOUT, "it is not done within %s (--timeout): %s",
				       pv_args_text(t->args, "timeout", WAIT_MOST),
				       pv_text_at(*ret, "status.operationState.message", "nothing is known"));
		nanosleep(&pause, NULL);
	}
	return r;
}

/* ---- sync ---- */

/* "GROUP:KIND:NAME", the namespace before the name if need be: ":ConfigMap:shop/settings". */
static int
add_resource(struct talk *t, const char *word, pv_listb *list)
{
	const char *first = strchr(word, ':'), *second = first ? strchr(first + 1, ':') : NULL, *slash;
	pv_objb b;
	if (!second || second == first + 1 || !second[1])
		return pv_fail(t->cx, PV_EUSAGE,
			       "--resource: expected GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME, such as "
			       "apps:Deployment:web or :ConfigMap:settings, found \"%s\"",
			       word);
	slash = strchr(second + 1, '/');
	pv_objb_init(&b, t->cx->arena);
	pv_objb_put(&b, "group", pv_stringn(t->cx->arena, word, (size_t)(first - word)));
	pv_objb_put(&b, "kind", pv_stringn(t->cx->arena, first + 1, (size_t)(second - first) - 1));
	if (slash)
		pv_objb_put(&b, "namespace",
			    pv_stringn(t->cx->arena, second + 1, (size_t)(slash - second) - 1));
	pv_objb_puts(&b, "name", slash ? slash + 1 : second + 1);
	pv_listb_add(list, pv_objb_end(&b));
	return 0;
}

static pv_val
forced(pv_arena *arena)
{
	pv_val force = pv_with(arena, NULL, "force", pv_bool(true));
	return pv_with(arena, NULL, "hook", force); /* hooks run all the same, as without */
}

static int
operation_of(struct talk *t, pv_val *ret)
{
	const pv_val *options = pv_at(t->was, "spec.syncPolicy.syncOptions");
	pv_listb resources, all;
	pv_objb sync;
	int r = 0;
	pv_listb_init(&resources, t->cx->arena);
	for (size_t i = 0; r == 0 && pv_args_nth(t->args, "resource", i); i++)
		r = add_resource(t, pv_args_nth(t->args, "resource", i), &resources);
	pv_objb_init(&sync, t->cx->arena);
	pv_objb_puts(&sync, "revision", pv_args_text(t->args, "revision", NULL));
	if (pv_args_has(t->args, "prune"))
		pv_objb_put(&sync, "prune", pv_bool(true));
	if (pv_args_has(t->args, "dry-run"))
		pv_objb_put(&sync, "dryRun", pv_bool(true));
	if (pv_args_has(t->args, "force"))
		pv_objb_put(&sync, "syncStrategy", forced(t->cx->arena));
	if (resources.len)
		pv_objb_put(&sync, "resources", pv_listb_end(&resources));
	pv_listb_init(&all, t->cx->arena);
	for (size_t i = 0; i < pv_count(options); i++)
		pv_listb_add(&all, *pv_item(options, i));
	if (pv_args_has(t->args, "ignore-dependencies"))
		pv_listb_add(&all, pv_string_ref(DEPENDS_IGNORED));
	if (all.len)
		pv_objb_put(&sync, "syncOptions", pv_listb_end(&all));
	*ret = pv_with(t->cx->arena, NULL, "sync", pv_objb_end(&sync));
	return r;
}

static bool
is_under_way(const pv_val *now)
{
	const pv_val *state = pv_at(now, "status.operationState");
	return pv_get(now, "operation") || (op_running(state) && !op_pauses(state));
}

/* Another one than before was taken, and has ended. */
static bool
has_ended(const struct talk *t, const pv_val *now)
{
	const pv_val *was = pv_at(t->was, "status.operationState"), *is = pv_at(now, "status.operationState");
	bool other = !pv_eq(pv_get(was, OP_SINCE), pv_get(is, OP_SINCE)) ||
		     !pv_eq(pv_get(was, "startedAt"), pv_get(is, "startedAt"));
	return !pv_get(now, "operation") && other && op_finished(is);
}

static int
tell_end(struct talk *t)
{
	const pv_val *now, *state;
	const char *message;
	int r = await(t, has_ended, &now);
	if (r < 0)
		return r;
	state = pv_at(now, "status.operationState");
	message = pv_text_at(state, "message", "");
	if (!pv_streq(pv_text_at(state, "phase", ""), "Succeeded"))
		return pv_fail(t->cx, PV_EINVALID, "the sync of application %s/%s failed: %s", t->ns, t->name,
			       message);
	say(t, pv_args_has(t->args, "dry-run") ? "tried (dry run)" : "synced",
	    pv_printf(t->cx->arena, "%s, %s",
		      app_revision(t->cx->arena,
				   sources_revisions_of(t->cx->arena, pv_get(state, "syncResult"))),
		      message));
	return 0;
}

/* A whole sync to what its sources name ends a rollback. */
static bool
goes_on(const struct talk *t)
{
	return pv_get(pv_at(t->was, "metadata.annotations"), APPLICATION_HELD) &&
	       !pv_args_has(t->args, "revision") && !pv_args_has(t->args, "resource") &&
	       !pv_args_has(t->args, "dry-run");
}

static int
sync_it(struct talk *t)
{
	pv_val operation, patch;
	int r = operation_of(t, &operation);
	if (r < 0)
		return r;
	if (is_under_way(t->was))
		return pv_fail(
			t->cx, PV_ECONFLICT,
			"a sync of application %s/%s is under way: %s; wait for it, or stop it with "
			"kubectl patch application %s -n %s --type merge -p "
			"'{\"status\":{\"operationState\":{\"phase\":\"Terminating\"}}}'",
			t->ns, t->name,
			pv_text_at(t->was, "status.operationState.message", "it has just been asked for"),
			t->name, t->ns);
	patch = pv_with(t->cx->arena, NULL, "operation", operation);
	if (goes_on(t))
		patch = pv_with_at(t->cx->arena, &patch, "metadata.annotations",
				   pv_with(t->cx->arena, NULL, APPLICATION_HELD, pv_null()));
	r = write_patch(t, patch);
	if (r == 0 && pv_args_has(t->args, "wait"))
		return tell_end(t);
	if (r == 0)
		say(t, "sync started", "`pave why application` tells what comes of it, as --wait does");
	return r;
}

/* ---- refresh ---- */

static bool
was_looked_at(const struct talk *t PV_UNUSED, const pv_val *now)
{
	return !pv_get(pv_at(now, "metadata.annotations"), APP_REFRESH);
}

static const pv_val *
condition_of_fault(const pv_val *now)
{
	const pv_val *list = pv_at(now, "status.conditions"),
		     *fault = pv_condition_find(list, "ComparisonError");
	return fault ? fault : pv_condition_find(list, "InvalidSpecError");
}

static int
refresh_it(struct talk *t)
{
	const char *how = pv_args_has(t->args, "hard") ? "hard" : "normal";
	const pv_val *now;
	pv_val patch = pv_with(t->cx->arena, NULL, APP_REFRESH, pv_string_ref(how));
	const char *revision;
	int r;
	patch = pv_with(t->cx->arena, NULL, "annotations", patch);
	r = write_patch(t, pv_with(t->cx->arena, NULL, "metadata", patch));
	if (r == 0)
		r = await(t, was_looked_at, &now);
	if (r < 0)
		return r;
	if (condition_of_fault(now))
		return pv_fail(t->cx, PV_EINVALID,
			       "application %s/%s was looked at and cannot be compared: %s", t->ns, t->name,
			       pv_text_at(condition_of_fault(now), "message", ""));
	revision = sources_revisions_of(t->cx->arena, pv_at(now, "status.sync"));
	say(t, "refreshed",
	    pv_printf(t->cx->arena, "%s, %s%s%s", pv_text_at(now, "status.sync.status", "Unknown"),
		      pv_text_at(now, "status.health.status", "Unknown"), *revision ? " at " : "",
		      *revision ? app_revision(t->cx->arena, revision) : ""));
	return 0;
}

/* ---- the verbs ---- */

static int
with_talk(pv_ctx *cx, const pv_args *args, int (*what)(struct talk *))
{
	struct talk t;
	int r = open_talk(cx, args, &t);
	if (r == 0)
		r = what(&t);
	pv_client_close(t.client);
	return r;
}

static int
run_sync(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, sync_it);
}

static int
run_refresh(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, refresh_it);
}

/* clang-format off */
#define SERVER_OPTIONS \
	{"kubeconfig", 0, "FILE", "how to reach the server (default: $KUBECONFIG, then ~/.kube/config)"}, \
	{"context", 0, "NAME", "which context of it"}, \
	{"namespace", 'n', "NAME", "the Application's namespace (default: found if there is only one)"}
/* clang-format on */

static const pv_option sync_options[] = {
	SERVER_OPTIONS,
	{"revision", 0, "REV", "a branch, tag or commit (default: what the Application names)"},
	{"prune", 0, NULL, "delete what is not in Git any more"},
	{"dry-run", 0, NULL, "try it, and change nothing"},
	{"force", 0, NULL, "delete and make anew what cannot be changed"},
	{"resource", 0, "GROUP:KIND:NAME", "only this object; may be given again"},
	{"ignore-dependencies", 0, NULL, "wait for no Application that it depends on"},
	{"wait", 'w', NULL, "until it has ended; 1 if it failed"},
	{"timeout", 0, "DURATION", "how long --wait waits (default: " WAIT_MOST ")"},
	{0},
};

static const pv_option refresh_options[] = {
	SERVER_OPTIONS,
	{"hard", 0, NULL, "ask as Argo CD's hard refresh does"},
	{"timeout", 0, "DURATION", "how long to wait (default: " WAIT_MOST ")"},
	{0},
};

const pv_verb application_verbs[] = {
	{.name = "sync",
	 .usage = "APPLICATION",
	 .summary = "bring an Application to what Git says, now",
	 .help = "Starts a sync as .operation does, with the Application's own syncOptions.  One that waits for "
		 "its next attempt\n"
		 "gives way; one that runs does not.\n"
		 "Example: pave sync guestbook --prune --wait",
	 .options = sync_options,
	 .run = run_sync},
	{.name = "refresh",
	 .usage = "APPLICATION",
	 .summary = "look at an Application's repository now, and compare",
	 .help = "Changes nothing but what automated sync does about it.\nExample: pave refresh guestbook",
	 .options = refresh_options,
	 .run = run_refresh},
	{0},
};
