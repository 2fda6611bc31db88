/* app: the turn of an Application: what shall be, what is, what to do. */
#include "delivery/application/app.h"

#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/application/depends.h"
#include "delivery/application/operation.h"
#include "delivery/application/settings.h"
#include "delivery/application/sources.h"
#include "delivery/application/tracking.h"

#define SKIP_RECONCILE "argocd.argoproj.io/skip-reconcile"
#define MIGRATES_FROM "argocd.argoproj.io/client-side-apply-migration-manager"

/* An operation that runs may name other sources, revisions or options. */
static void
follow_operation(app *a)
{
	const pv_val *state = pv_get(a->status, "operationState");
	a->asked = op_running(state) ? pv_at(state, "operation.sync") : NULL;
	a->options = pv_get(a->asked, "syncOptions") ? pv_get(a->asked, "syncOptions")
						     : pv_at(a->spec, "syncPolicy.syncOptions");
	a->since = pv_i64_at(state, OP_SINCE, 0);
	sources_init(a);
	if (op_running(state))
		sources_pin(a, pv_get(state, "syncResult"));
	a->unresolved = op_running(state) && !a->from->pinned;
	if (a->unresolved)
		sources_ask(a, a->asked);
}

void
app_init(pv_ctx *cx, pv_plan *plan, const pv_val *object, app *a)
{
	*a = (app){.cx = cx,
		   .plan = plan,
		   .object = object,
		   .spec = pv_get(object, "spec"),
		   .status = pv_get(object, "status")};
	a->ns = pv_text_at(object, "metadata.namespace", "");
	a->name = pv_text_at(object, "metadata.name", "");
	a->key = pv_streq(a->ns, "argocd") ? a->name : pv_printf(cx->arena, "%s_%s", a->ns, a->name);
	follow_operation(a);
	a->dest_ns = pv_text_at(a->spec, "destination.namespace", "");
	tracking_init(a);
	a->sync = SYNC_UNKNOWN;
	a->health = HEALTH_UNKNOWN;
	pv_vec_init(&a->items, cx->arena, sizeof(item));
	pv_vec_init(&a->conditions, cx->arena, sizeof(pv_val));
	pv_vec_init(&a->live_hooks, cx->arena, sizeof(const pv_val *));
}

enum health
app_health_of(app *a, const pv_val *object, const char **ret_message)
{
	return health_of(a->cx, settings_custom(a), object, ret_message);
}

const char *
app_revision(pv_arena *arena, const char *revision)
{
	pv_str rest = pv_str_of(revision), one;
	pv_buf b;
	pv_buf_init(&b, arena);
	while (pv_str_next(&rest, ',', &one)) {
		const char *text = pv_strndup(arena, one.s, one.len);
		bool commit = strlen(text) == 40 && strspn(text, "0123456789abcdef") == 40;
		pv_buf_adds(&b, b.len ? ", " : "");
		pv_buf_printf(&b,
			      commit                            ? "commit %.7s"
			      : pv_starts_with(text, "sha256:") ? "image %.14s"
								: "version %s",
			      text);
	}
	return b.len ? b.s : "commit ";
}

static const char *
subject(const app_source *from)
{
	return from->message ? from->message : "";
}

static const char *
at(const app *a, const app_source *from)
{
	const char *at = app_revision(a->cx->arena, from->revision ? from->revision : "");
	return !*subject(from) ? at : pv_printf(a->cx->arena, "%s \"%s\"", at, subject(from));
}

const char *
app_at(const app *a)
{
	pv_buf b;
	pv_buf_init(&b, a->cx->arena);
	for (size_t i = 0; i < a->sources.len; i++)
		pv_buf_printf(&b, "%s%s", i ? ", " : "", at(a, PV_AT(app_source, &a->sources, i)));
	return b.s;
}

char *
item_key(const app *a, const item *it)
{
	return pv_printf(a->cx->arena, "%s/%s/%s/%s", it->group, it->kind, it->ns, it->name);
}

const char *
item_place(const app *a, const item *it)
{
	if (it->file == NULL || it->line == 0)
		return it->file;
	return pv_printf(a->cx->arena, "%s:%d", it->file, it->line);
}

void
item_identify(const app *a, const pv_val *object, item *it)
{
	const char *version = pv_text_at(object, "apiVersion", ""), *slash = strchr(version, '/');
	it->group = pv_strndup(a->cx->arena, version, slash ? (size_t)(slash - version) : 0);
	it->version = slash ? slash + 1 : version;
	it->kind = pv_text_at(object, "kind", "");
	it->ns = pv_text_at(object, "metadata.namespace", "");
	it->name = pv_text_at(object, "metadata.name", "");
}

void
app_condition(app *a, const char *type, const char *fmt, ...)
{
	va_list ap;
	pv_objb b;
	pv_val c;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "type", type);
	va_start(ap, fmt);
	pv_objb_put(&b, "message", pv_string(a->cx->arena, pv_vprintf(a->cx->arena, fmt, ap)));
	va_end(ap);
	c = pv_objb_end(&b);
	pv_vec_push(&a->conditions, &c);
}

/* ---- options: an object's own beat the Application's ---- */

static const char *
value_in(pv_arena *arena, pv_str text, const char *name)
{
	pv_str piece, key;
	while (pv_str_next(&text, ',', &piece)) {
		piece = pv_str_trim(piece);
		if (pv_str_next(&piece, '=', &key) && pv_str_is(pv_str_trim(key), name))
			return pv_strndup(arena, piece.s, piece.len);
	}
	return NULL;
}

const char *
app_option_value(const app *a, const pv_val *object, const char *name)
{
	const pv_val *own = pv_get(pv_at(object, "metadata.annotations"), SYNC_OPTIONS);
	const pv_val *all = a->options;
	const char *value = value_in(a->cx->arena, pv_strv(own), name);
	for (size_t i = 0; !value && i < pv_count(all); i++)
		value = value_in(a->cx->arena, pv_strv(pv_item(all, i)), name);
	return value;
}

bool
app_option(const app *a, const pv_val *object, const char *option)
{
	const char *equal = strchr(option, '=');
	const char *value =
		app_option_value(a, object, pv_strndup(a->cx->arena, option, (size_t)(equal - option)));
	return value && pv_streq(value, equal + 1);
}

/* Without ServerSideApply=true, Argo CD removes what kubectl's last applied configuration had; with
 * it, it migrates the fields of kubectl's manager unless told not to.  Both come to this. */
const char *
app_takes_over(const app *a, const pv_val *object)
{
	const pv_val *other = pv_get(pv_at(a->object, "metadata.annotations"), MIGRATES_FROM);
	if (app_option(a, object, "ServerSideApply=true") &&
	    app_option(a, object, "ClientSideApplyMigration=false"))
		return NULL;
	return *pv_text(other, "") ? pv_text(other, "") : "kubectl-client-side-apply";
}

bool
app_deletion_approved(const app *a, const char *since)
{
	const pv_val *when =
		pv_get(pv_at(a->object, "metadata.annotations"), "argocd.argoproj.io/deletion-approved");
	int64_t approved, began;
	return when && pv_time_parse(pv_strv(when), &approved) && pv_time_parse(pv_str_of(since), &began) &&
	       approved >= began;
}

/* ---- a turn ---- */

static pv_val
one(pv_arena *arena, const char *key, pv_val v)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_put(&b, key, v);
	return pv_objb_end(&b);
}

/* "Look again" was asked for by annotation.  It goes when the status is of what was looked at after
 * it came: .status.looking says since when (ns), or LOOKED when that is done.  Who asks again before
 * it goes changes nothing by that, so it goes with one look more.  True: the turn ends. */
static bool
take_refresh(app *a)
{
	int64_t since = pv_i64_at(a->status, LOOKING, 0);
	pv_val gone;
	if (!pv_get(pv_at(a->object, "metadata.annotations"), APP_REFRESH)) {
		a->since = since > a->since ? since : a->since; /* its source is new: desired.c */
		return false;
	}
	if (since == 0) {
		pv_plan_status(a->cx, a->plan,
			       pv_with(a->cx->arena, a->status, LOOKING, pv_int(pv_plan_now(a->plan))));
		pv_plan_requeue(a->plan, PV_MS);
		return true;
	}
	if (since == LOOKED) {
		gone = one(a->cx->arena, APP_REFRESH, pv_null());
		pv_plan_patch(a->cx, a->plan, a->object, "",
			      one(a->cx->arena, "metadata", one(a->cx->arena, "annotations", gone)));
		pv_plan_status(a->cx, a->plan, pv_without(a->cx->arena, a->status, LOOKING));
		since = pv_plan_now(a->plan);
		a->since = since > a->since ? since : a->since;
		return false;
	}
	a->looking = true;
	a->since = since > a->since ? since : a->since;
	return false;
}

/* As Argo CD: of what was never told there is nothing before the arrow. */
static void
announce(app *a, const char *what, const char *before, const char *now)
{
	if (!pv_streq(before, now))
		pv_plan_event(a->cx, a->plan, "Normal", "ResourceUpdated", "Updated %s status: %s -> %s",
			      what, before, now);
}

/* An operation that could not even begin (it names a revision that is not there, say) says nothing of
 * the Application: what was known of it stays, and it is compared again by its own spec. */
static bool
failed_alone(const app *a, const sync_state *state)
{
	return a->asked && !a->compared && state->operation && !op_running(state->operation);
}

static void
write_back(app *a, const sync_state *state)
{
	pv_val status = failed_alone(a, state)
				? pv_with(a->cx->arena, a->status, "operationState", *state->operation)
				: app_status(a, state);
	announce(a, "sync", pv_text_at(a->status, "sync.status", ""), pv_text_at(&status, "sync.status", ""));
	announce(a, "health", pv_text_at(a->status, "health.status", ""),
		 pv_text_at(&status, "health.status", ""));
	pv_plan_status(a->cx, a->plan, status);
	if (failed_alone(a, state))
		pv_plan_requeue(a->plan, PV_MS);
}

static void
explain_source(app *a, const app_source *from, const char *word)
{
	if (from->revision && !*subject(from))
		pv_plan_reason(a->cx, a->plan, "%s at %s of %s", word, at(a, from), from->repo);
	else if (from->revision)
		pv_plan_reason(a->cx, a->plan, "%s at %.7s of %s (%s)", word, from->revision, from->repo,
			       subject(from));
}

static void
explain(app *a)
{
	static const char *const words[] = {"Synced", "OutOfSync", "Unknown"};
	size_t off = 0;
	const item *first = NULL, *wrong = NULL;
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		if (!it->hook && it->sync != SYNCED) {
			first = first ? first : it;
			off++;
		}
		wrong = wrong ? wrong : it->problem ? it : NULL;
	}
	for (size_t i = 0; i < a->sources.len; i++)
		explain_source(a, PV_AT(app_source, &a->sources, i), words[a->sync]);
	if (first)
		pv_plan_reason(a->cx, a->plan, "%zu of %zu objects differ, first %s/%s%s", off, a->items.len,
			       first->kind, first->name,
			       !first->live   ? ", which is missing"
			       : !first->want ? ", which is not in Git any more"
					      : "");
	if (wrong)
		pv_plan_reason(a->cx, a->plan, "%s/%s cannot be applied: %s", wrong->kind, wrong->name,
			       wrong->problem);
}

static bool
is_paused(app *a)
{
	const pv_val *skip = pv_get(pv_at(a->object, "metadata.annotations"), SKIP_RECONCILE);
	if (!pv_streq(pv_text(skip, ""), "true"))
		return false;
	pv_plan_summary(a->cx, a->plan, "not looked at: the annotation " SKIP_RECONCILE " says so");
	pv_plan_reason(a->cx, a->plan, "not reconciled: the annotation " SKIP_RECONCILE " says so");
	return true;
}

static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	sync_state state = {NULL, NULL};
	app a;
	int r;
	app_init(cx, plan, object, &a);
	if (app_delete(&a) || is_paused(&a) || take_refresh(&a) || app_sync_take(&a))
		return 0;
	r = app_desired(&a);
	if (r > 0)
		r = app_compare(&a);
	if (r == 0)
		return 0; /* called again when it is known */
	if (r > 0) {
		if (!a.unverified) /* its hooks would not be run */
			app_hold(&a);
		app_orphans(&a);
		depends_check(&a);
		app_sync(&a, &state);
	} else {
		app_assess(&a);
		app_sync_impossible(&a, &state);
	}
	app_unheeded(&a);
	explain(&a);
	app_summary(&a, &state);
	write_back(&a, &state);
	return 0;
}

static const pv_edit_name edits[] = {
	{"operation", NULL, "sync started"},
	{"metadata.annotations", APP_REFRESH, "refresh asked for"},
	{"metadata.annotations", "argocd.argoproj.io/deletion-approved", "deletion approved"},
	{0},
};

const pv_controller application_controller = {
	.name = APP_MANAGER,
	.kind = "argoproj.io/v1alpha1/Application",
	.reconcile = reconcile,
	.edits = edits,
};
