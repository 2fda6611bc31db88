/* watch: one JSON line an event, from the store's ring to the connection.  What an
 * idle watch costs is this struct and its own small context; the request's goes when the
 * answer's head is out, what was there at first when it is told, a pull's with the pull. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "core/api/computed.h"
#include "core/module.h"
#include "core/store/narrow.h"

#define BOOKMARK_NS (60 * PV_SEC)
#define BATCH 65536 /* bytes to make before handing out */

typedef struct watcher {
	pv_api *api;
	pv_ctx cx; /* holds the kind, and what o and t point to */
	target t;
	list_options o;
	scribe scribe;
	bool converts;       /* a webhook may be asked for its objects */
	watch_batch *batch;  /* being filled, or away; NULL: none */
	view_watch *view;    /* of what is computed: instead of watch; NULL: it is stored */
	bool away;           /* it is being computed */
	uint64_t generation; /* of the registry, when the kind was last seen in it */
	pv_watch *watch;
	_Atomic(pv_http_stream *) stream;
	pv_ctx listed; /* holds what there was at first, until that is told */
	pv_listing initial;
	size_t next;
	bool initial_told;
	bool long_lived;            /* worth a bookmark before it ends */
	int64_t deadline, bookmark; /* monotonic */
	size_t at;                  /* bytes of the scribe's that are out */
	pv_audit_event *ends;       /* for the audit log; NULL: it does not ask */
} watcher;

static void
wake(void *arg)
{
	watcher *w = arg;
	pv_http_stream *stream = atomic_load(&w->stream);

	if (stream)
		pv_http_stream_wake(stream);
}

/* ---- writing events: at once, or into a batch for the webhook ---- */

static void
put_val(pv_ctx *cx, watcher *w, const char *type, const pv_val *object)
{
	if (w->batch)
		watch_batch_add(w->batch, type, object);
	else
		scribe_val(cx, &w->scribe, type, object);
}

static void
put_rec(pv_ctx *cx, watcher *w, const char *type, const pv_rec *rec)
{
	if (w->batch)
		watch_batch_add(w->batch, type, api_stored(cx, w->t.res, pv_rec_hold(cx, rec)));
	else
		scribe_rec(cx, &w->scribe, type, rec);
}

static void
put_bookmark(pv_ctx *cx, watcher *w, int64_t rev, bool end_of_initial)
{
	pv_val made = scribe_bookmark(cx, w->t.res, rev, end_of_initial);

	if (w->batch)
		watch_batch_made(w->batch, "BOOKMARK", pv_box(cx->arena, made));
	else
		scribe_val(cx, &w->scribe, "BOOKMARK", &made);
}

static void
put_error(pv_ctx *cx, watcher *w)
{
	pv_val status;

	if (w->batch) {
		watch_batch_end(w->batch);
		return;
	}
	status = pv_api_status(cx->arena, cx->err);
	(void)pv_recover(cx);
	scribe_status(cx, &w->scribe, &status);
}

static bool
full(const watcher *w)
{
	return w->batch ? watch_batch_full(w->batch) : w->scribe.out.len >= BATCH;
}

/* ---- which events ---- */

static bool
in_scope(const watcher *w, const pv_rec *rec)
{
	return w->t.ns[0] == '\0' || strcmp(pv_rec_key(rec)->ns, w->t.ns) == 0;
}

/* An object that leaves the selection is gone for this watcher: it is told the last
 * version that it knew, with the revision at which it left. */
static void
put_left(pv_ctx *cx, watcher *w, const pv_event *event)
{
	const pv_val *stored = pv_rec_val(pv_rec_hold(cx, event->prev)),
		     *last = w->batch ? stored : pv_resource_as(cx, w->t.res, stored);
	pv_val gone =
		meta_with(cx, last, "resourceVersion", pv_stringf(cx->arena, "%lld", (long long)event->rev));

	put_val(cx, w, "DELETED", pv_box(cx->arena, gone));
}

static void
put_event(pv_ctx *cx, watcher *w, const pv_event *event)
{
	static const char *const names[] = {"ADDED", "MODIFIED", "DELETED"};
	bool now, before;

	if (!in_scope(w, event->rec))
		return;
	if (!w->o.selective) {
		put_rec(cx, w, names[event->type], event->rec);
		return;
	}
	now = query_matches(cx, &w->o, event->rec);
	if (event->type == PV_DELETED) {
		if (now)
			put_rec(cx, w, "DELETED", event->rec);
		return;
	}
	before = event->type == PV_MODIFIED && (!event->prev || query_matches(cx, &w->o, event->prev));
	if (now)
		put_rec(cx, w, before ? "MODIFIED" : "ADDED", event->rec);
	else if (before && event->prev)
		put_left(cx, w, event);
}

static void
fill_initial(pv_ctx *cx, watcher *w)
{
	while (w->next < w->initial.len && !full(w))
		put_rec(cx, w, "ADDED", w->initial.recs[w->next++]);
	if (w->next < w->initial.len)
		return;
	w->initial_told = true;
	pv_ctx_done(&w->listed);
	if (w->o.initial && w->o.bookmarks)
		put_bookmark(cx, w, w->initial.rev, true);
}

static void
fill_events(pv_ctx *cx, watcher *w)
{
	pv_event event;
	int got = 0;

	while (!full(w) && (got = pv_watch_next(cx, w->watch, &event)) > 0)
		put_event(cx, w, &event);
	if (got < 0)
		put_error(cx, w);
}

static void
fill_timers(pv_ctx *cx, watcher *w)
{
	int64_t now = pv_mono();

	if (now >= w->deadline)
		w->scribe.ended = true;
	if (w->o.bookmarks && (now >= w->bookmark || (w->scribe.ended && w->long_lived))) {
		put_bookmark(cx, w, w->view ? view_watch_rev(w->view) : pv_watch_rev(w->watch), false);
		w->bookmark = now + BOOKMARK_NS;
	}
}

/* A watch ends with its kind: the client lists again, and finds it gone or changed. */
static void
check_kind(pv_ctx *cx, watcher *w)
{
	uint64_t now = pv_registry_generation(w->api->registry);

	if (now == w->generation)
		return;
	w->generation = now;
	if (!pv_resource_find(cx, w->api->registry, w->t.group, w->t.version, w->t.plural))
		w->scribe.ended = true;
}

static void
fill_all(pv_ctx *cx, watcher *w)
{
	if (!w->initial_told)
		fill_initial(cx, w);
	if (w->initial_told && !w->scribe.ended)
		fill_events(cx, w);
}

/* Fills what was converted into the scribe, or a new batch.  true: it is away. */
static bool
fill_converted(watcher *w)
{
	watch_batch *b = w->batch;

	if (!b) {
		b = w->batch = watch_batch_new(&w->scribe, &w->t, wake, w);
		fill_all(watch_batch_cx(b), w);
		if (!watch_batch_run(b))
			w->batch = NULL;
	}
	if (w->batch && watch_batch_take(b, &w->scribe))
		w->batch = NULL;
	return w->batch != NULL;
}

static void
fill(watcher *w)
{
	pv_ctx cx;

	if (w->converts && fill_converted(w))
		return;
	w->away = w->view && view_watch_fill(w->view, &w->scribe);
	if (w->away)
		return;
	pv_ctx_init(&cx, "watch");
	if (!w->converts && !w->view)
		fill_all(&cx, w);
	if (w->scribe.out.len == 0)
		check_kind(&cx, w);
	if (w->scribe.out.len == 0 && !w->scribe.ended)
		fill_timers(&cx, w);
	pv_ctx_done(&cx);
}

/* ---- the stream ---- */

/* Not before the stream is known to us: the first pull may be earlier, the next one is not. */
static void
hold(watcher *w, size_t bytes)
{
	pv_http_stream *stream = atomic_load(&w->stream);

	if (stream)
		pv_http_stream_holds(stream, bytes);
}

static int64_t
next_look(const watcher *w)
{
	int64_t at = w->o.bookmarks && w->bookmark < w->deadline ? w->bookmark : w->deadline;

	return w->view && view_watch_at(w->view) < at ? view_watch_at(w->view) : at;
}

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	watcher *w = arg;
	pv_buf *made = &w->scribe.out;
	size_t n;

	if (w->at == made->len) {
		pv_buf_clear(made);
		w->at = 0;
		if (!w->scribe.ended)
			fill(w);
		hold(w, made->len);
	}
	n = made->len - w->at < cap ? made->len - w->at : cap;
	if (n == 0) {
		pv_http_stream *stream = atomic_load(&w->stream);

		pv_buf_done(made); /* an idle watch keeps no buffer */
		pv_buf_init(made, NULL);
		w->at = 0;
		if (w->scribe.ended)
			return -1;
		if (stream && !w->batch && !w->away) /* what is away wakes us itself */
			pv_http_stream_wake_at(stream, next_look(w));
		return 0;
	}
	memcpy(out, made->s + w->at, n);
	w->at += n;
	return (ptrdiff_t)n;
}

static void
done(void *arg)
{
	watcher *w = arg;

	if (w->ends) {
		w->ends->done_ns = pv_now();
		pv_audit_add(w->api->audit, w->ends);
	}
	watch_batch_drop(w->batch);
	view_watch_drop(w->view);
	w->watch = w->watch ? pv_watch_close(w->watch) : NULL;
	pv_buf_done(&w->scribe.out);
	pv_ctx_done(&w->listed);
	pv_ctx_done(&w->cx);
	free(w);
}

/* ---- opening ---- */

static bool
keep(const pv_rec *rec, void *arg)
{
	watcher *w = arg;

	return query_matches(&w->listed, &w->o, rec);
}

static int
list_initial(request *q, watcher *w)
{
	pv_list_query query = {.type = q->t.res->type,
			       .ns = q->t.ns[0] ? q->t.ns : NULL,
			       .keep = w->o.selective ? keep : NULL,
			       .arg = w};

	pv_ctx_init(&w->listed, "watch");
	if (pv_store_list(&w->listed, q->api->store, &query, &w->initial) < 0)
		return pv_fail(q->cx, w->listed.err->code, "%s", w->listed.err->message);
	return 0;
}

/* A custom kind is not watched from before its definition was what it is: nobody read it then. */
static int
check_since(pv_ctx *cx, const pv_resource *res, int64_t from)
{
	int64_t since = 0;

	(void)pv_parse_int(pv_str_of(pv_text_at(res->crd, "metadata.resourceVersion", "")), &since);
	return from >= since ? 0
			     : pv_fail(cx, PV_EGONE, "too old resource version: %lld (%lld)", (long long)from,
				       (long long)since);
}

static int
start(request *q, watcher *w)
{
	int64_t from = w->o.rev;
	int r = 0;

	if (w->t.res->view) {
		w->initial_told = true; /* by the view's */
		r = view_watch_open(q, &w->scribe, wake, w, &w->view);
	} else if (w->o.initial || (!w->o.initial_given && (!w->o.rev_given || w->o.rev == 0))) {
		r = list_initial(q, w);
		from = w->initial.rev;
	} else {
		from = from ? from : pv_store_rev(q->api->store);
		w->initial_told = true;
		r = check_since(q->cx, w->t.res, from);
	}
	if (r == 0 && !w->view)
		r = pv_watch_open(q->cx, q->api->store, q->t.res->type, from, wake, w, &w->watch);
	if (w->watch)
		pv_watch_narrow(w->watch, w->t.ns, w->o.fields.name ? w->o.fields.name : "");
	if (r == -PV_EGONE) { /* told in the stream: that is where clients look for it */
		w->initial_told = true;
		put_error(q->cx, w);
		r = 0;
	}
	return r;
}

static int64_t
lifetime(const list_options *o)
{
	uint32_t dice;

	if (o->timeout_ns)
		return o->timeout_ns;
	pv_random(&dice, sizeof dice); /* clients that came together do not come back together */
	return (1800 + (int64_t)(dice % 1800)) * PV_SEC;
}

/* Of the stream, not of its objects, as upstream. */
static const char *
stream_type(const request *q)
{
	return form_whole(q->form) == FORM_PROTOBUF ? PV_PROTOBUF_TYPE ";stream=watch" : "application/json";
}

/* What the request says and knows, once more in what the watch keeps of it. */
static int
keep_request(request *q, watcher *w)
{
	request own = *q;
	int r;

	pv_ctx_init_small(&w->cx, "watch");
	own.cx = &w->cx;
	own.t.res = pv_resource_find(&w->cx, q->api->registry, q->t.group, q->t.version, q->t.plural);
	r = own.t.res ? query_list(&own, &w->o) : -PV_EGONE;
	if (r < 0) /* it went well with q, but meanwhile the kind went or changed */
		return pv_fail(q->cx, PV_EUNAVAILABLE, "%s have just changed: ask again", q->t.plural);
	w->t = (target){.res = own.t.res,
			.group = own.t.res->group,
			.version = own.t.res->version,
			.plural = own.t.res->plural,
			.ns = pv_strdup(w->cx.arena, q->t.ns)};
	w->scribe.res = w->t.res;
	w->converts = api_converts(w->t.res);
	return 0;
}

int
handle_watch(request *q, const list_options *o)
{
	watcher *w;
	pv_http_stream *stream;
	int64_t now = pv_mono();
	int r;

	if (q->t.res->view && !q->t.res->view->heeds)
		return pv_fail(q->cx, PV_EMETHOD,
			       "watch is not supported on resources of kind \"%s\": they are computed when "
			       "asked for, list them",
			       q->t.plural);
	if (q->form == FORM_YAML)
		return pv_fail(q->cx, PV_ENOTACCEPTABLE,
			       "a watch is a stream of JSON or protobuf: send Accept: application/json");
	w = calloc(1, sizeof *w);
	PV_ASSERT(w);
	*w = (watcher){.api = q->api,
		       .scribe = {.api = q->api, .form = q->form, .version = q->form_version},
		       .generation = pv_registry_generation(q->api->registry),
		       .deadline = now + lifetime(o),
		       .bookmark = now + BOOKMARK_NS};
	w->long_lived = w->deadline - now > BOOKMARK_NS / 6;
	pv_buf_init(&w->scribe.out, NULL);
	r = pv_table_include_parse(q->cx, pv_http_query(q->http, "includeObject"), &w->scribe.include);
	if (r == 0)
		r = keep_request(q, w);
	if (r == 0)
		r = start(q, w);
	if (r < 0) {
		done(w);
		return r;
	}
	q->status = 200;
	answer_warnings(q);
	w->ends = audit_keep_end(q, w->cx.arena);
	stream = pv_http_stream_open(q->http, 200, stream_type(q), &(pv_http_source){pull, done, w});
	pv_http_stream_alone(stream);
	atomic_store(&w->stream, stream);
	if (w->view) /* what was computed meanwhile could wake nobody */
		pv_http_stream_wake(stream);
	return 0;
}
