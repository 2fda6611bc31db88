/* A watch of a view: what it lists is computed again when something was written that it heeds, and once a minute,
 * as time and other servers count too; never more than a tenth of the time is spent on it.  A worker computes,
 * compares with what was told and writes the frames (errand.h). */
#include "core/api/computed.h"

#include <string.h>

#include "base/heap.h"
#include "base/time.h"
#include "core/api/errand.h"
#include "core/module.h"

#define ANEW_AFTER (60 * PV_SEC)
#define REST_LEAST (PV_SEC / 10)
#define REST_TIMES 10 /* as long as the last time took */

struct view_watch {
	pv_ctx cx; /* holds what t and o point to */
	target t;
	const pv_view *view;
	list_options o;
	const char *const *only; /* namespaces, NULL-terminated; NULL: all */
	errand errand;
	const pv_val *told; /* frozen; NULL: nothing yet */
	int64_t told_rev;
	pv_watch *watch;
	bool news;
	int64_t anew, rested; /* monotonic */
};

/* ---- what differs ---- */

/* What is told of one, not written yet: the last one of a turn carries its revision, those before it the one that
 * the turn began with, so that whoever breaks off between them is told them again. */
typedef struct telling {
	pv_ctx *cx;
	view_watch *v;
	const char *type; /* NULL: none */
	const pv_val *object;
} telling;

static void
flush(telling *t, int64_t rev)
{
	pv_val made;

	if (!t->type)
		return;
	made = meta_with(t->cx, t->object, "resourceVersion",
			 pv_stringf(t->cx->arena, "%lld", (long long)rev));
	scribe_val(t->cx, &t->v->errand.scribe, t->type, pv_box(t->cx->arena, made));
}

static void
tell(telling *t, const char *type, const pv_val *object)
{
	flush(t, t->v->told_rev);
	t->type = type;
	t->object = object;
}

static bool
is_asked_for(pv_ctx *cx, const view_watch *v, const pv_val *object)
{
	bool there = !v->only;

	for (const char *const *ns = v->only; object && ns && *ns && !there; ns++)
		there = strcmp(*ns, meta_text(object, "namespace")) == 0;
	return object && there && query_matches_val(cx, &v->o, object);
}

/* One of them may be NULL. */
static void
compare(telling *t, const pv_val *old, const pv_val *new)
{
	const view_watch *v = t->v;
	bool was = is_asked_for(t->cx, v, old), is = is_asked_for(t->cx, v, new);

	if (is && !was)
		tell(t, "ADDED", new);
	else if (was && !is)
		tell(t, "DELETED", old);
	else if (is && !v->view->same(old, new))
		tell(t, "MODIFIED", new);
}

static int
order_of(const pv_val *a, const pv_val *b)
{
	int d;

	if (!a || !b)
		return a ? -1 : 1;
	d = strcmp(meta_text(a, "namespace"), meta_text(b, "namespace"));
	return d ? d : strcmp(meta_text(a, "name"), meta_text(b, "name"));
}

/* Both are in order. */
static void
compare_all(telling *t, const pv_val *old, const pv_val *new)
{
	size_t i = 0, k = 0, n = pv_count(old), m = pv_count(new);

	while (i < n || k < m) {
		const pv_val *a = i < n ? pv_item(old, i) : NULL, *b = k < m ? pv_item(new, k) : NULL;
		int d = order_of(a, b);

		compare(t, d <= 0 ? a : NULL, d >= 0 ? b : NULL);
		i += d <= 0;
		k += d >= 0;
	}
}

/* ---- the worker ---- */

static int
compute(pv_ctx *cx, view_watch *v)
{
	scribe *s = &v->errand.scribe;
	pv_api *api = s->api;
	const pv_resource *res = pv_resource_find(cx, api->registry, v->t.group, v->t.version, v->t.plural);
	telling t = {.cx = cx, .v = v};
	bool first = !v->told;
	const pv_val *all;
	int64_t rev;
	int r;

	if (!res || res->view != v->view)
		return pv_fail(cx, PV_EGONE, "%s are not computed any more", v->t.plural);
	s->res = res; /* for as long as this turn */
	r = computed_list(cx, api, res, v->t.ns, &rev, &all);
	if (r < 0)
		return r;
	compare_all(&t, v->told, all);
	flush(&t, rev);
	pv_unref(v->told);
	v->told = pv_ref(all);
	v->told_rev = rev;
	if (first && v->o.initial && v->o.bookmarks) {
		pv_val made = scribe_bookmark(cx, res, rev, true);

		scribe_val(cx, s, "BOOKMARK", &made);
	}
	return 0;
}

static void
view_watch_free(view_watch *v)
{
	errand_done(&v->errand);
	pv_unref(v->told);
	pv_ctx_done(&v->cx);
	pv_heap_free(v);
}

static void
run(void *arg)
{
	view_watch *v = arg;
	int64_t began = pv_mono();
	pv_ctx cx;

	pv_ctx_init(&cx, "view");
	if (compute(&cx, v) < 0) {
		pv_val status = pv_api_status(cx.arena, cx.err);

		(void)pv_recover(&cx);
		scribe_status(&cx, &v->errand.scribe, &status);
	}
	pv_ctx_done(&cx);
	v->rested = pv_mono() + (pv_mono() - began) * REST_TIMES + REST_LEAST;
	if (!errand_over(&v->errand))
		view_watch_free(v);
}

/* ---- the watch's own thread ---- */

static void
drain(view_watch *v)
{
	pv_store *store = v->errand.scribe.api->store;
	pv_event event;
	pv_ctx cx;
	int r;

	pv_ctx_init(&cx, "view");
	while ((r = pv_watch_next(&cx, v->watch, &event)) > 0)
		v->news = v->news || v->view->heeds(&event);
	if (r < 0) { /* it fell behind: the next turn sees what there is */
		(void)pv_recover(&cx);
		v->news = true;
		pv_watch_close(v->watch);
		r = pv_watch_open(&cx, store, NULL, pv_store_rev(store), v->errand.wake, v->errand.arg,
				  &v->watch);
		PV_ASSERT(r == 0); /* from now on is always to be had */
	}
	pv_ctx_done(&cx);
}

bool
view_watch_fill(view_watch *v, scribe *s)
{
	int64_t now = pv_mono();
	bool away;

	if (v->errand.away && !errand_take(&v->errand, s))
		return true;
	if (s->out.len || s->ended)
		return false;
	drain(v);
	if (now < view_watch_at(v))
		return false;
	v->news = false;
	v->anew = now + ANEW_AFTER;
	away = errand_run(&v->errand, computed_pool(v->errand.scribe.api->computed), run, v);
	v->news = !away; /* too many wait: a little later */
	if (!away)
		v->rested = now + PV_SEC;
	return away;
}

int64_t
view_watch_at(const view_watch *v)
{
	return v->news ? v->rested : v->anew;
}

int64_t
view_watch_rev(const view_watch *v)
{
	return v->told_rev;
}

void
view_watch_drop(view_watch *v)
{
	if (!v)
		return;
	v->watch = v->watch ? pv_watch_close(v->watch) : NULL;
	if (errand_drop(&v->errand))
		view_watch_free(v);
}

/* ---- opening ---- */

/* What the client says it knows. */
static int
begin(request *q, view_watch *v)
{
	const pv_val *told;

	if (v->o.initial || (!v->o.initial_given && v->o.rev == 0))
		return 0;
	if (v->o.rev == 0) { /* only what changes from now on */
		int r = computed_list(q->cx, q->api, q->t.res, v->t.ns, &v->told_rev, &told);

		if (r < 0)
			return r;
	} else {
		told = computed_find(q->cx, q->api, q->t.res, v->t.ns, v->o.rev);
		v->told_rev = v->o.rev;
	}
	if (!told)
		return pv_fail(q->cx, PV_EGONE, "too old resource version: %lld (%lld)", (long long)v->o.rev,
			       (long long)pv_store_rev(q->api->store));
	v->told = pv_ref(told);
	return 0;
}

static view_watch *
make(const target *t, const scribe *style, void (*wake)(void *arg), void *arg)
{
	view_watch *v = pv_heap_new(sizeof *v);

	pv_ctx_init_small(&v->cx, "view");
	errand_init(&v->errand, style, wake, arg);
	v->view = t->res->view;
	v->t = (target){.group = pv_strdup(v->cx.arena, t->group),
			.version = pv_strdup(v->cx.arena, t->version),
			.plural = pv_strdup(v->cx.arena, t->plural),
			.ns = pv_strdup(v->cx.arena, t->ns)};
	v->news = true; /* the first turn is at once */
	return v;
}

/* r: how it went so far. */
static int
begun(pv_ctx *cx, view_watch *v, int r, view_watch **ret)
{
	pv_store *store = v->errand.scribe.api->store;

	if (r == 0)
		r = pv_watch_open(cx, store, NULL, pv_store_rev(store), v->errand.wake, v->errand.arg,
				  &v->watch);
	if (r < 0)
		view_watch_drop(v);
	else
		*ret = v;
	return r;
}

int
view_watch_open(request *q, const scribe *style, void (*wake)(void *arg), void *arg, view_watch **ret)
{
	view_watch *v = make(&q->t, style, wake, arg);
	request own = *q;
	int r;

	own.cx = &v->cx;
	own.t.res = pv_resource_find(&v->cx, q->api->registry, q->t.group, q->t.version, q->t.plural);
	r = own.t.res ? query_list(&own, &v->o) : -PV_EGONE;
	if (r < 0) /* it went well with q, but meanwhile the kind went or changed */
		r = pv_fail(q->cx, PV_EUNAVAILABLE, "%s have just changed: ask again", q->t.plural);
	if (r == 0)
		r = begin(q, v);
	return begun(q->cx, v, r, ret);
}

int
view_watch_open_in(pv_ctx *cx, const scribe *style, const char *const *namespaces, void (*wake)(void *arg),
		   void *arg, view_watch **ret)
{
	const pv_resource *res = style->res;
	const target t = {
		.res = res, .group = res->group, .version = res->version, .plural = res->plural, .ns = ""};
	view_watch *v = make(&t, style, wake, arg);
	size_t n = 0;

	while (namespaces && namespaces[n])
		n++;
	if (namespaces) {
		const char **only = pv_new_array(v->cx.arena, const char *, n + 1);

		for (size_t i = 0; i < n; i++)
			only[i] = pv_strdup(v->cx.arena, namespaces[i]);
		v->only = only;
	}
	v->errand.scribe.resource = style->resource ? pv_strdup(v->cx.arena, style->resource) : NULL;
	return begun(cx, v, 0, ret);
}
