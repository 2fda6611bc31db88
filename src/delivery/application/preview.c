/* preview: what an Application would come to, at its own revision or at another: objects as they are, as they shall be,
 * and what applying them would make of them, what policies say of that included.  Nothing is written. */
#include "delivery/application/preview.h"

#include <stdatomic.h>

#include "base/str.h"
#include "base/time.h"
#include "core/api/api.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/application/destination.h"
#include "delivery/application/mask.h"
#include "delivery/application/project.h"
#include "delivery/application/sources.h"
#include "lang/diff/lines.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define LOOKING_MOST 8                /* each holds a worker, that others need to write */
#define TOLD_MOST ((size_t)32 << 20)  /* bytes of all objects */
#define DIFF_MOST ((size_t)256 << 10) /* bytes of one object's difference */
#define WARNINGS_MOST 20

static atomic_int looking; /* of the process, as its workers are */

/* ---- one object ---- */

/* The namespace of an object that comes with the sync, as it will be. */
static const pv_val *
namespace_to_come(app *a, const item *it)
{
	pv_val v;
	if (!*it->ns || pv_plan_find(a->cx, a->plan, "v1/Namespace", "", it->ns))
		return NULL;
	for (size_t i = 0; i < a->items.len; i++) {
		const item *other = PV_AT(item, &a->items, i);
		if (other->want && pv_streq(other->kind, "Namespace") && pv_streq(other->name, it->ns))
			return other->want;
	}
	if (!app_option(a, NULL, "CreateNamespace=true") || !pv_streq(it->ns, a->dest_ns))
		return NULL;
	v = pv_with(a->cx->arena, NULL, "apiVersion", pv_string_ref("v1"));
	v = pv_with(a->cx->arena, &v, "kind", pv_string_ref("Namespace"));
	return pv_box(a->cx->arena, pv_with_at(a->cx->arena, &v, "metadata.name", pv_string_ref(it->ns)));
}

/* Applied for trial, with what admission says of it. */
static void
try_it(app *a, item *it, pv_vec *warnings)
{
	const struct forecast of = {.manager = APP_MANAGER,
				    .takes_over = app_takes_over(a, it->want),
				    .object = it->want,
				    .ns_to_come = namespace_to_come(a, it),
				    .warnings = warnings};
	const pv_val *ahead;
	if (it->hook && !*it->name) /* it gets one when it runs */
		return;
	if (a->plan->world->predict(a->cx, a->plan->world->arg, &of, &ahead) == 0) {
		it->ahead = ahead;
		return;
	}
	if (!it->problem || it->predicted)
		it->problem = pv_strdup(a->cx->arena, pv_error_text(a->cx));
	pv_recover(a->cx);
}

static const char *
status_of(const item *it)
{
	return !it->want ? "Extra" : !it->live ? "Missing" : it->sync == SYNCED ? "Synced" : "OutOfSync";
}

static pv_str
yaml_of(pv_arena *arena, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	if (v)
		pv_yaml_write(&b, v);
	return (pv_str){b.len ? b.s : "", b.len};
}

const char *
preview_diff(pv_arena *arena, const char *name, const pv_val *from, const pv_val *to)
{
	pv_str text =
		pv_diff_lines(arena, pv_printf(arena, "live/%s", name), pv_printf(arena, "target/%s", name),
			      yaml_of(arena, from), yaml_of(arena, to));
	return text.len <= DIFF_MOST
		       ? pv_strndup(arena, text.s ? text.s : "", text.len)
		       : pv_printf(arena, "the difference has %zu bytes, which is more than %zu\n", text.len,
				   DIFF_MOST);
}

/* Whoever writes a commit may name any object there is: of one that is not the Application's own, and that the project
 * does not permit, it tells nothing. */
static bool
tells(app *a, const item *it)
{
	return pv_streq(item_tracked_by(a, it, it->live), a->key) || !project_refuses(a, it);
}

static void
put_states(app *a, const item *it, pv_objb *b)
{
	const pv_val *whole = it->live && tells(a, it) ? it->live : NULL, *want = it->want;
	const pv_val *live = whole ? app_essence(a, it, whole) : NULL, *ahead = NULL;
	if (it->want) /* what it would be has what is there in it */
		ahead = app_essence(a, it, it->ahead && (whole || !it->live) ? it->ahead : it->want);
	mask_pair(a, &live, &ahead);
	mask_pair(a, &whole, &want);
	if (whole)
		pv_objb_put(b, "live", *whole);
	if (want)
		pv_objb_put(b, "target", *want);
	if (live)
		pv_objb_put(b, "normalizedLive", *live);
	if (ahead)
		pv_objb_put(b, "predicted", *ahead);
	if (it->hook || (it->live && it->want && it->sync == SYNCED))
		return;
	pv_objb_puts(b, "diff",
		     preview_diff(a->cx->arena,
				  pv_printf(a->cx->arena, "%s%s%s/%s/%s", it->group, *it->group ? "/" : "",
					    it->kind, it->ns, it->name),
				  live, ahead));
}

static pv_val
texts(pv_arena *arena, const pv_vec *all)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < all->len && i < WARNINGS_MOST; i++)
		pv_listb_add(&list, pv_string_ref(*PV_AT(const char *, all, i)));
	return pv_listb_end(&list);
}

static pv_val
show(app *a, item *it)
{
	pv_vec warnings;
	pv_objb b;
	pv_vec_init(&warnings, a->cx->arena, sizeof(const char *));
	if (it->want && a->dest.secret == NULL && !pv_streq(status_of(it), "Synced"))
		try_it(a, it, &warnings);
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "group", it->group);
	pv_objb_puts(&b, "version", it->version);
	pv_objb_puts(&b, "kind", it->kind);
	pv_objb_puts(&b, "namespace", *it->ns ? it->ns : NULL);
	pv_objb_puts(&b, "name", it->name);
	pv_objb_puts(&b, "status", status_of(it));
	if (it->hook)
		pv_objb_put(&b, "hook", pv_bool(true));
	pv_objb_puts(&b, "place", item_place(a, it));
	pv_objb_puts(&b, "problem", it->problem);
	if (warnings.len)
		pv_objb_put(&b, "warnings", texts(a->cx->arena, &warnings));
	put_states(a, it, &b);
	return pv_objb_end(&b);
}

/* ---- all of it ---- */

static int
failed(app *a, int code)
{
	const char *why = "it cannot be compared";
	for (size_t i = 0; i < a->conditions.len; i++) {
		const pv_val *c = PV_AT(pv_val, &a->conditions, i);
		if (pv_ends_with(pv_text_at(c, "type", ""), "Error"))
			why = pv_text_at(c, "message", why);
	}
	return pv_fail(a->cx, code ? code : PV_EINVALID, "application %s/%s: %s", a->ns, a->name, why);
}

static int
show_all(app *a, pv_val *ret)
{
	size_t size = 0;
	pv_listb objects, conditions;
	pv_objb b;
	pv_listb_init(&objects, a->cx->arena);
	pv_listb_init(&conditions, a->cx->arena);
	for (size_t i = 0; i < a->items.len; i++) {
		pv_val one = show(a, PV_AT(item, &a->items, i));
		size += strlen(pv_json_text(a->cx->arena, &one));
		if (size > TOLD_MOST)
			return pv_fail(
				a->cx, PV_ETOOLARGE,
				"application %s/%s: its objects are larger than %zu MiB together, after %zu of %zu",
				a->ns, a->name, TOLD_MOST >> 20, i, a->items.len);
		pv_listb_add(&objects, one);
	}
	for (size_t i = 0; i < a->conditions.len; i++)
		pv_listb_add(&conditions, *PV_AT(pv_val, &a->conditions, i));
	pv_objb_init(&b, a->cx->arena);
	sources_put_revisions(a, &b);
	sources_put_types(a, &b);
	pv_objb_put(&b, "conditions", pv_listb_end(&conditions));
	pv_objb_put(&b, "objects", pv_listb_end(&objects));
	*ret = pv_objb_end(&b);
	return 1;
}

/* Without what a turn would go on with: an operation, a refresh, what a hydrator would commit. */
static const pv_val *
at_rest(pv_arena *arena, const pv_val *object)
{
	const pv_val *one = application_source(arena, object); /* NULL: several, which come before */
	pv_val v = pv_without(arena, object, "operation");
	if (one)
		v = pv_with_at(arena, &v, "spec.source", *one);
	v = pv_without_at(arena, &v, "spec.sourceHydrator");
	return pv_box(arena, pv_with(arena, &v, "status", pv_with(arena, NULL, LOOKING, pv_int(LOOKED))));
}

/* What the turn of another would read: its own plan, so that its failure is not the asker's. */
static void
join(pv_plan *plan, const pv_plan *own)
{
	for (size_t i = 0; i < own->deps.len; i++)
		pv_vec_push(&plan->deps, PV_AT(const char *, &own->deps, i));
	for (size_t i = 0; i < own->facts.len; i++)
		pv_vec_push(&plan->facts, PV_AT(const char *, &own->facts, i));
	for (size_t i = 0; i < own->missing.len; i++)
		pv_vec_push(&plan->missing, PV_AT(const char *, &own->missing, i));
}

int
preview_open(preview *p, pv_plan *plan, const pv_val *object, int64_t since)
{
	pv_ctx *cx = p->cx;
	const pv_val *own;
	int r;
	plan_init(cx, &p->plan, &application_controller, at_rest(cx->arena, object), plan->world, plan->now);
	app_init(cx, &p->plan, p->plan.object, &p->app);
	p->app.since = since;
	own = pv_plan_find(cx, &p->plan, "argoproj.io/v1alpha1/Application", p->app.ns, p->app.name);
	p->app.unmerged = !own || !pv_eq(pv_get(own, "spec"), pv_get(object, "spec"));
	r = app_desired(&p->app);
	join(plan, &p->plan);
	return r < 0 ? failed(&p->app, p->plan.error_code) : r;
}

int
preview_compare(preview *p, pv_plan *plan, pv_val *ret)
{
	int r = app_compare(&p->app);
	join(plan, &p->plan);
	if (r < 0)
		return failed(&p->app, p->plan.error_code);
	return r == 0 ? 0 : show_all(&p->app, ret);
}

/* ---- for who waits ---- */

struct asked {
	const pv_val *object;
	int64_t since;
	pv_val *ret;
};

static int
look(pv_ctx *cx, pv_plan *plan, void *arg)
{
	struct asked *asked = arg;
	preview p = {.cx = cx};
	int r = preview_open(&p, plan, asked->object, asked->since);
	return r == 1 ? preview_compare(&p, plan, asked->ret) : r;
}

int
preview_wait(pv_ctx *cx, pv_api *api, const pv_look *ask)
{
	int r;
	if (atomic_fetch_add(&looking, 1) < LOOKING_MOST)
		r = pv_runtime_look(cx, api, ask);
	else
		r = pv_fail(cx, PV_ETOOMANY, "%d wait already for what they asked for: try again in a moment",
			    LOOKING_MOST);
	atomic_fetch_sub(&looking, 1);
	return r;
}

int
application_preview(pv_ctx *cx, pv_api *api, const pv_val *object, pv_val *ret)
{
	struct asked asked = {.object = object, .ret = ret};
	pv_look ask = {&application_controller, object, look, &asked, PREVIEW_PATIENCE};
	int r = preview_wait(cx, api, &ask);
	if (r != -PV_ENOTFOUND)
		return r;
	pv_recover(cx); /* what is known of the repository may be older than what is asked for */
	asked.since = pv_now();
	return preview_wait(cx, api, &ask);
}

/* ---- another revision ---- */

static pv_val
source_at(pv_arena *arena, const pv_val *source, const char *repo, const char *revision)
{
	bool of =
		pv_is(source, PV_OBJECT) && (!repo || (!*pv_text_at(source, "chart", "") &&
						       pv_git_same(pv_text_at(source, "repoURL", ""), repo)));
	return of ? pv_with(arena, source, "targetRevision", pv_string(arena, revision)) : *source;
}

static pv_val
sources_at(pv_arena *arena, const pv_val *object, int64_t only, const char *repo, const char *revision)
{
	const pv_val *many = pv_at(object, "spec.sources");
	pv_listb list;
	if (!pv_count(many))
		return *object;
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < pv_count(many); i++)
		pv_listb_add(&list, only >= 0 && (int64_t)i != only
					    ? *pv_item(many, i)
					    : source_at(arena, pv_item(many, i), repo, revision));
	return pv_with_at(arena, object, "spec.sources", pv_listb_end(&list));
}

/* What another revision is asked of is not held at one. */
static pv_val
let_go(pv_arena *arena, const pv_val *object)
{
	const pv_val *notes = pv_at(object, "metadata.annotations");
	if (!pv_get(notes, APPLICATION_HELD))
		return *object;
	return pv_with_at(arena, object, "metadata.annotations", pv_without(arena, notes, APPLICATION_HELD));
}

pv_val
application_at(pv_arena *arena, const pv_val *object, const char *repo, const char *revision)
{
	const pv_val *one = pv_at(object, "spec.source");
	pv_val v = let_go(arena, object);
	if (one)
		v = pv_with_at(arena, &v, "spec.source", source_at(arena, one, repo, revision));
	return sources_at(arena, &v, -1, repo, revision);
}

pv_val
application_source_at(pv_arena *arena, const pv_val *object, size_t i, const char *revision)
{
	return sources_at(arena, object, (int64_t)i, NULL, revision);
}
