/* stream: GET /api/v1/stream/applications: the Applications that the caller may get, then each change, as lines
 * {"result": {"type": "ADDED", "application": {...}}}.  Who calls and what they may is found out again where
 * something is told and a second is over, so a token that is revoked, or a policy that is changed, ends what is seen. */
#include <stdatomic.h>
#include <string.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "delivery/argocd/list.h"
#include "lang/json/json.h"

#define BATCH 65536
#define BELIEVE PV_SEC             /* how long a caller is: a policy is read, and this is a loop's thread */
#define IDENTIFY (30 * PV_SEC)     /* the same, when nothing is told */
#define LENGTH (4 * 3600 * PV_SEC) /* then a client connects anew */

struct stream {
	pv_http_req *req; /* lives as long as the stream, and so do these, of its arena */
	pv_api *api;
	filter *filter;
	fields *fields;
	pv_ctx first;   /* holds what there was, until it is told */
	pv_vec initial; /* of const pv_rec * */
	size_t told;
	pv_ctx cx;    /* of a pull */
	pv_ctx asker; /* of who calls, as it was found out last, and of what they may */
	call as;
	pv_buf out; /* heap: lines made and not yet handed out from `at` on */
	size_t at;
	pv_watch *watch;
	int64_t known, end; /* monotonic; known: when it was found out who calls */
	bool ended;
	_Atomic(pv_http_stream *) stream;
};

static void
wake(void *arg)
{
	struct stream *s = arg;
	pv_http_stream *stream = atomic_load(&s->stream);
	if (stream)
		pv_http_stream_wake(stream);
}

/* ---- lines ---- */

static void
put_line(struct stream *s, const char *type, const pv_rec *rec)
{
	static const char front[] = "{\"result\":{\"type\":", middle[] = ",\"application\":", back[] = "}}\n";
	pv_str json = pv_rec_json(rec);
	pv_buf_add(&s->out, front, sizeof front - 1);
	pv_buf_add_json(&s->out, type, strlen(type));
	pv_buf_add(&s->out, middle, sizeof middle - 1);
	if (s->fields) {
		pv_val v = list_parts(s->cx.arena, s->fields, pv_rec_val(rec));
		pv_json_write(&s->out, &v);
	} else
		pv_buf_add(&s->out, json.s, json.len);
	pv_buf_add(&s->out, back, sizeof back - 1);
}

/* False: they are not who they were, or what they showed is no good any more. */
static bool
identify(struct stream *s)
{
	pv_ctx *cx = &s->asker;
	int r;
	if (s->known && pv_mono() - s->known < BELIEVE)
		return true;
	pv_ctx_reset(cx);
	if (pv_auth_request(cx, pv_api_auth(s->api), s->req) < 0) {
		(void)pv_recover(cx);
		cx->identity = NULL;
	}
	s->as = (call){.cx = &s->cx, .req = s->req, .api = s->api};
	r = caller_find(cx, s->req, s->api, &s->as.who);
	if (r < 0)
		(void)pv_recover(cx);
	else
		s->as.rights = rights_of(cx, s->api, &s->as.who);
	s->known = pv_mono();
	return r == 0;
}

static void
tell_first(struct stream *s)
{
	while (s->told < s->initial.len && s->out.len < BATCH)
		put_line(s, "ADDED", *PV_AT(const pv_rec *, &s->initial, s->told++));
	if (s->told < s->initial.len || !s->initial.arena)
		return;
	s->initial = (pv_vec){0};
	s->told = 0;
	pv_ctx_reset(&s->first); /* versions of old are not kept for as long as this goes on */
}

static void
tell(struct stream *s)
{
	static const char *const names[] = {
		[PV_ADDED] = "ADDED", [PV_MODIFIED] = "MODIFIED", [PV_DELETED] = "DELETED"};
	pv_event event;
	int r = 0;
	tell_first(s);
	while (s->out.len < BATCH && (r = pv_watch_next(&s->cx, s->watch, &event)) == 1)
		if (list_wants(&s->as, s->filter, event.rec))
			put_line(s, names[event.type], event.rec);
	if (r < 0) { /* fell behind what is kept: the client starts over */
		(void)pv_recover(&s->cx);
		s->ended = true;
	}
}

static void
fill(struct stream *s)
{
	if (pv_mono() >= s->end || !identify(s))
		s->ended = true;
	else
		tell(s);
	pv_ctx_reset(&s->cx);
}

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	struct stream *s = arg;
	pv_http_stream *stream = atomic_load(&s->stream);
	size_t n;
	if (s->at == s->out.len) {
		pv_buf_clear(&s->out);
		s->at = 0;
		if (!s->ended)
			fill(s);
		if (!s->out.len && s->ended)
			return -1;
		if (stream) {
			pv_http_stream_wake_at(stream, s->known + IDENTIFY);
			pv_http_stream_holds(stream, s->out.len);
		}
	}
	n = s->out.len - s->at < cap ? s->out.len - s->at : cap;
	if (n)
		memcpy(out, s->out.s + s->at, n);
	s->at += n;
	return (ptrdiff_t)n;
}

static void
done(void *arg)
{
	struct stream *s = arg;
	atomic_store(&s->stream, NULL);
	pv_watch_close(s->watch);
	pv_buf_done(&s->out);
	pv_ctx_done(&s->first);
	pv_ctx_done(&s->asker);
	pv_ctx_done(&s->cx);
	pv_heap_free(s);
}

static int
watch_from(call *c, struct stream *s, int64_t rev)
{
	return pv_watch_open(c->cx, pv_api_store(c->api), ARGO "/Application", rev, wake, s, &s->watch);
}

/* What there is now, and what comes behind it. */
static int
begin_anew(call *c, struct stream *s)
{
	call first = *c;
	int64_t rev;
	first.cx = &s->first;
	if (list_applications(&first, s->filter, &s->initial, &rev) < 0) {
		const pv_error *e = pv_take_error(&s->first);
		return pv_fail(c->cx, e->code, "%s", e->message);
	}
	return watch_from(c, s, rev);
}

/* What came behind a list that told the rest; where that is too long ago, or one Application is asked for, as upstream
 * does, all of it. */
static int
begin(call *c, struct stream *s)
{
	int64_t listed;
	int r = list_fields(c, "result.application.", &s->fields);
	if (r == 0)
		r = list_filter(c, &s->filter);
	if (r < 0)
		return r;
	if (*call_query(c, "name") || !pv_parse_int(pv_str_of(call_query(c, "resourceVersion")), &listed) ||
	    listed <= 0 || listed > pv_store_rev(pv_api_store(c->api)))
		return begin_anew(c, s);
	r = watch_from(c, s, listed);
	if (r != -PV_EGONE)
		return r;
	(void)pv_recover(c->cx);
	return begin_anew(c, s);
}

static int
applications(call *c)
{
	struct stream *s = pv_heap_new(sizeof *s);
	pv_http_source source = {pull, done, s};
	int r;
	s->req = c->req;
	s->api = c->api;
	pv_ctx_init_small(&s->first, "argocd-first");
	pv_ctx_init_small(&s->asker, "argocd-asker");
	pv_ctx_init(&s->cx, "argocd-stream");
	pv_buf_init(&s->out, NULL);
	r = begin(c, s);
	if (r < 0) {
		done(s);
		return r;
	}
	s->end = pv_mono() + LENGTH;
	pv_http_set(c->req, "Cache-Control", "no-store");
	pv_http_set(c->req, "X-Content-Type-Options", "nosniff");
	atomic_store(&s->stream, pv_http_stream_open(c->req, 200, "application/json", &source));
	wake(s);
	return 0;
}

const struct path stream_paths[] = {
	{"GET", "v1/stream/applications", applications, 0},
	{NULL, NULL, NULL, 0},
};
