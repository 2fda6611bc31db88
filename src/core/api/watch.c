/* watch: one JSON line an event, from the store's ring to the connection.  What an
 * idle watch costs is this struct; the context of a pull lives for the pull. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "core/api/http.h"
#include "core/api/table.h"
#include "core/kinds/kinds.h"

#define BOOKMARK_NS (60 * PV_SEC)
#define BATCH 65536 /* bytes to make before handing out */

typedef struct watcher {
	pv_api *api;
	target t;
	list_options o; /* its selectors live in the request's arena, as long as the stream */
	enum form form;
	const char *version;
	enum pv_table_include include;
	uint64_t generation; /* of the registry, when the kind was last seen in it */
	pv_watch *watch;
	_Atomic(pv_http_stream *) stream;
	pv_listing initial; /* held by the request */
	size_t next;
	bool columns_told, initial_told, ended;
	bool long_lived;            /* worth a bookmark before it ends */
	int64_t deadline, bookmark; /* monotonic */
	pv_buf out;                 /* heap */
	size_t at;
} watcher;

static void
wake(void *arg)
{
	watcher *w = arg;
	pv_http_stream *stream = atomic_load(&w->stream);

	if (stream)
		pv_http_stream_wake(stream);
}

/* ---- writing events ---- */

static void
put_head(watcher *w, const char *type)
{
	pv_buf_printf(&w->out, "{\"type\":\"%s\",\"object\":", type); /* strings: one of our own words */
}

static void
put_tail(watcher *w)
{
	pv_buf_add(&w->out, "}\n", 2);
}

/* One frame; what cannot be written is told in the frame's place. */
static void
put_frame(pv_ctx *cx, watcher *w, const char *type, const pv_val *object)
{
	pv_buf body;
	pv_val status;
	bool known;

	pv_buf_init(&body, cx->arena);
	if (answer_protobuf(cx, w->api, object, &body, &known) < 0) {
		status = pv_api_status(cx->arena, cx->err);
		(void)pv_recover(cx);
		type = "ERROR";
		pv_buf_clear(&body);
		if (answer_protobuf(cx, w->api, &status, &body, &known) < 0)
			(void)pv_recover(cx); /* cannot be: a Status is always written */
		w->ended = true;
	}
	pv_protobuf_event(type, (pv_str){body.s, body.len}, &w->out);
}

static void
put_val(pv_ctx *cx, watcher *w, const char *type, const pv_val *object)
{
	pv_table_opts opts = {
		.version = w->version, .include = w->include, .no_columns = w->columns_told, .remaining = -1};
	pv_val partial;

	if (form_is_partial(w->form)) {
		partial = partial_of(cx, w->version, object);
		object = &partial;
	}
	if (form_whole(w->form) == FORM_PROTOBUF) {
		put_frame(cx, w, type, object);
		return;
	}
	put_head(w, type);
	if (w->form == FORM_TABLE) {
		pv_table_write(cx, w->t.res, &object, 1, &opts, &w->out);
		w->columns_told = true;
	} else {
		pv_json_write(&w->out, object);
	}
	put_tail(w);
}

static void
put_rec(pv_ctx *cx, watcher *w, const char *type, const pv_rec *rec)
{
	pv_str json = pv_rec_json(rec);

	if (w->form != FORM_JSON || !api_plain(w->t.res)) {
		put_val(cx, w, type, pv_resource_as(cx, w->t.res, pv_rec_val(rec)));
		return;
	}
	put_head(w, type);
	pv_buf_add(&w->out, json.s, json.len);
	put_tail(w);
}

/* A bookmark is an empty object of the kind that carries only a revision. */
static void
put_bookmark(pv_ctx *cx, watcher *w, int64_t rev, bool end_of_initial)
{
	pv_objb meta, object, notes;
	pv_val made;

	pv_objb_init(&meta, cx->arena);
	pv_objb_put(&meta, "resourceVersion", pv_stringf(cx->arena, "%lld", (long long)rev));
	pv_objb_put(&meta, "creationTimestamp", pv_null());
	if (end_of_initial) {
		pv_objb_init(&notes, cx->arena);
		pv_objb_put(&notes, "k8s.io/initial-events-end", pv_string_ref("true"));
		pv_objb_put(&meta, "annotations", pv_objb_end(&notes));
	}
	pv_objb_init(&object, cx->arena);
	pv_objb_put(&object, "kind", pv_string_ref(w->t.res->kind));
	pv_objb_put(&object, "apiVersion", pv_string_ref(w->t.res->api_version));
	pv_objb_put(&object, "metadata", pv_objb_end(&meta));
	made = pv_objb_end(&object);
	put_val(cx, w, "BOOKMARK", &made);
}

static void
put_error(pv_ctx *cx, watcher *w)
{
	pv_val status = pv_api_status(cx->arena, cx->err);

	(void)pv_recover(cx);
	if (form_whole(w->form) == FORM_PROTOBUF) {
		put_frame(cx, w, "ERROR", &status);
	} else {
		put_head(w, "ERROR");
		pv_json_write(&w->out, &status);
		put_tail(w);
	}
	w->ended = true;
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
	const pv_val *last = pv_resource_as(cx, w->t.res, pv_rec_val(event->prev));
	pv_val gone =
		meta_with(cx, last, "resourceVersion", pv_stringf(cx->arena, "%lld", (long long)event->rev));

	put_val(cx, w, "DELETED", &gone);
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
	while (w->next < w->initial.len && w->out.len < BATCH)
		put_rec(cx, w, "ADDED", w->initial.recs[w->next++]);
	if (w->next < w->initial.len)
		return;
	w->initial_told = true;
	if (w->o.initial && w->o.bookmarks)
		put_bookmark(cx, w, w->initial.rev, true);
}

static void
fill_events(pv_ctx *cx, watcher *w)
{
	pv_event event;
	int got = 0;

	while (w->out.len < BATCH && (got = pv_watch_next(cx, w->watch, &event)) > 0)
		put_event(cx, w, &event);
	if (got < 0)
		put_error(cx, w);
}

static void
fill_timers(pv_ctx *cx, watcher *w)
{
	int64_t now = pv_mono();

	if (now >= w->deadline)
		w->ended = true;
	if (w->o.bookmarks && (now >= w->bookmark || (w->ended && w->long_lived))) {
		put_bookmark(cx, w, pv_watch_rev(w->watch), false);
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
		w->ended = true;
}

static void
fill(watcher *w)
{
	pv_ctx cx;

	pv_ctx_init(&cx, "watch");
	if (!w->initial_told)
		fill_initial(&cx, w);
	if (w->initial_told && !w->ended)
		fill_events(&cx, w);
	if (w->out.len == 0)
		check_kind(&cx, w);
	if (w->out.len == 0 && !w->ended)
		fill_timers(&cx, w);
	pv_ctx_done(&cx);
}

/* ---- the stream ---- */

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	watcher *w = arg;
	size_t n;

	if (w->at == w->out.len) {
		pv_buf_clear(&w->out);
		w->at = 0;
		if (!w->ended)
			fill(w);
	}
	n = w->out.len - w->at < cap ? w->out.len - w->at : cap;
	if (n == 0) {
		pv_http_stream *stream = atomic_load(&w->stream);

		pv_buf_done(&w->out); /* an idle watch keeps no buffer */
		pv_buf_init(&w->out, NULL);
		w->at = 0;
		if (w->ended)
			return -1;
		if (stream)
			pv_http_stream_wake_at(stream, w->o.bookmarks && w->bookmark < w->deadline
							       ? w->bookmark
							       : w->deadline);
		return 0;
	}
	memcpy(out, w->out.s + w->at, n);
	w->at += n;
	return (ptrdiff_t)n;
}

static void
done(void *arg)
{
	watcher *w = arg;

	w->watch = w->watch ? pv_watch_close(w->watch) : NULL;
	pv_buf_done(&w->out);
	free(w);
}

/* ---- opening ---- */

typedef struct keeper {
	pv_ctx *cx;
	const list_options *o;
} keeper;

static bool
keep(const pv_rec *rec, void *arg)
{
	const keeper *k = arg;

	return query_matches(k->cx, k->o, rec);
}

static int
start(request *q, watcher *w)
{
	keeper k = {q->cx, &w->o};
	pv_list_query query = {.type = q->t.res->type,
			       .ns = q->t.ns[0] ? q->t.ns : NULL,
			       .keep = w->o.selective ? keep : NULL,
			       .arg = &k};
	int64_t from = w->o.rev;
	int r = 0;

	if (w->o.initial || !w->o.rev_given || w->o.rev == 0) {
		r = pv_store_list(q->cx, q->api->store, &query, &w->initial);
		from = w->initial.rev;
	} else {
		w->initial_told = true;
	}
	if (r == 0)
		r = pv_watch_open(q->cx, q->api->store, q->t.res->type, from, wake, w, &w->watch);
	if (r == -PV_EGONE) { /* told in the stream: that is where clients look for it */
		w->initial_told = true;
		q->cx->err->message =
			pv_printf(q->cx->arena, "too old resource version: %lld", (long long)w->o.rev);
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

int
handle_watch(request *q, const list_options *o)
{
	watcher *w;
	pv_http_stream *stream;
	int64_t now = pv_mono();
	int r;

	if (q->t.res->view)
		return pv_fail(q->cx, PV_EMETHOD,
			       "%s are computed when asked for and cannot be watched: list them",
			       api_qualified(q->cx->arena, q->t.res));
	if (api_converts(q->t.res) &&
	    !q->t.res->storage) /* events come one by one, on a thread that may not wait */
		return pv_fail(
			q->cx, PV_EUNSUPPORTED,
			"%s of version %s cannot be watched: a webhook converts them; list them, or watch the version that is "
			"stored",
			api_qualified(q->cx->arena, q->t.res), q->t.res->version);
	if (q->form == FORM_YAML)
		return pv_fail(q->cx, PV_ENOTACCEPTABLE,
			       "a watch is a stream of JSON or protobuf: send Accept: application/json");
	w = calloc(1, sizeof *w);
	PV_ASSERT(w);
	*w = (watcher){.api = q->api,
		       .t = q->t,
		       .o = *o,
		       .form = q->form,
		       .version = q->form_version,
		       .generation = pv_registry_generation(q->api->registry),
		       .deadline = now + lifetime(o),
		       .bookmark = now + BOOKMARK_NS};
	w->long_lived = w->deadline - now > BOOKMARK_NS / 6;
	pv_buf_init(&w->out, NULL);
	r = pv_table_include_parse(q->cx, pv_http_query(q->http, "includeObject"), &w->include);
	if (r == 0)
		r = start(q, w);
	if (r < 0) {
		done(w);
		return r;
	}
	q->status = 200;
	answer_warnings(q);
	stream = pv_http_stream_open(q->http, 200, stream_type(q), &(pv_http_source){pull, done, w});
	atomic_store(&w->stream, stream);
	return 0;
}
