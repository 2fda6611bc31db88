/* watch: GET /portal/watch?r=apps/v1/deployments&r=core/v1/pods: the objects of each
 * resource, a SYNCED line, then every change: one stream for a whole browser tab.
 * r=GROUP/VERSION/PLURAL/NAMESPACE/NAME is one object; r=...(PARTS) the parts of each that are named
 * (lang/json), r=...;WORD(PARTS) once more with others.  What stands before the bracket names it in the lines.
 * Lines: {"resource":..., "type":"ADDED|MODIFIED|DELETED|SYNCED|BOOKMARK|ERROR|RIGHTS", "object":...}.
 * Rights are asked resource by resource when the stream opens: one that is permitted in
 * some namespaces tells of those, and its SYNCED line names them; one that is refused
 * everywhere is an ERROR line.  When the answer would be another one, the stream ends
 * with a RIGHTS line, and the tab opens the next. */
#include <stdatomic.h>
#include <string.h>

#include "base/heap.h"
#include "base/str.h"
#include "base/time.h"
#include "core/api/view.h"
#include "lang/json/json.h"
#include "lang/json/pick.h"
#include "portal/web/web.h"

#define ALIVE (30 * PV_SEC)
#define BATCH 65536

struct source {                     /* one resource */
	const char *name;           /* as it was asked for, without the parts */
	const char *ns, *only;      /* of one object; NULL: all */
	const pv_json_parts *parts; /* NULL: whole */
	const pv_resource *res;     /* NULL: not served, or not to be watched */
	const char *type;           /* of the store; NULL: refused, or computed */
	web_reach reach;            /* of the request's arena, as the name; nowhere if refused */
	pv_listing initial;         /* held by the request, until it is told */
	size_t told;
	bool synced;
	pv_watch *watch;
	pv_view_watch *view; /* of what is computed: instead of a type, a listing and a watch */
};

struct tab {
	struct source sources[WEB_RESOURCES_MOST];
	size_t n;
	pv_ctx cx;     /* of a pull */
	pv_buf out;    /* heap: lines made and not yet handed out from `at` on */
	pv_buf picked; /* heap: parts of one object */
	size_t at;
	int64_t alive;    /* monotonic: when to say something again */
	pv_http_req *req; /* lives as long as the stream */
	pv_api *api;
	web_guard guard;
	int64_t identify; /* monotonic: when to ask again who this is */
	bool ended;
	_Atomic(pv_http_stream *) stream;
};

static void
wake(void *arg)
{
	struct tab *tab = arg;
	pv_http_stream *stream = atomic_load(&tab->stream);
	if (stream)
		pv_http_stream_wake(stream);
}

/* ---- lines ---- */

static void
put_line(struct tab *tab, const char *resource, const char *type, const char *more, pv_str value)
{
	static const char a[] = "{\"resource\":", b[] = ",\"type\":";
	pv_buf_add(&tab->out, a, sizeof(a) - 1);
	pv_buf_add_json(&tab->out, resource, strlen(resource));
	pv_buf_add(&tab->out, b, sizeof(b) - 1);
	pv_buf_add_json(&tab->out, type, strlen(type));
	if (value.len) {
		pv_buf_add(&tab->out, ",", 1);
		pv_buf_add_json(&tab->out, more, strlen(more));
		pv_buf_add(&tab->out, ":", 1);
		pv_buf_add(&tab->out, value.s, value.len);
	}
	pv_buf_add(&tab->out, "}\n", 2);
}

static void
put_object(struct tab *tab, const struct source *s, const char *type, const pv_rec *rec)
{
	pv_str object = pv_rec_json(rec);
	if (s->parts) {
		pv_buf_clear(&tab->picked);
		pv_json_pick(&tab->picked, object, s->parts);
		object = (pv_str){tab->picked.s, tab->picked.len};
	}
	put_line(tab, s->name, type, "object", object);
}

static void
put_synced(struct tab *tab, const struct source *s)
{
	pv_listb names;
	pv_val v;
	if (s->reach.everywhere) {
		put_line(tab, s->name, "SYNCED", "", (pv_str){NULL, 0});
		return;
	}
	pv_listb_init(&names, tab->cx.arena);
	for (size_t i = 0; i < s->reach.n; i++)
		pv_listb_add(&names, pv_string(tab->cx.arena, s->reach.namespaces[i]));
	v = pv_listb_end(&names);
	put_line(tab, s->name, "SYNCED", "namespaces", pv_str_of(pv_json_text(tab->cx.arena, &v)));
}

/* The ctx's error as a Status; swallows it. */
static void
put_error(pv_ctx *cx, struct tab *tab, const char *resource)
{
	pv_error *e = pv_take_error(cx);
	pv_val v = pv_api_status(cx->arena, e);
	put_line(tab, resource, "ERROR", "object", pv_str_of(pv_json_text(cx->arena, &v)));
}

static bool
is_told(const pv_rec *rec, void *source)
{
	const struct source *s = source;
	const pv_key *key = pv_rec_key(rec);
	return web_reaches(&s->reach, key->ns) &&
	       (!s->only || (pv_streq(s->only, key->name) && pv_streq(s->ns, key->ns)));
}

static void
tell_initial(struct tab *tab, struct source *s)
{
	while (s->told < s->initial.len && tab->out.len < BATCH)
		put_object(tab, s, "ADDED", s->initial.recs[s->told++]);
	if (s->told == s->initial.len && tab->out.len < BATCH) {
		put_synced(tab, s);
		s->synced = true;
	}
}

static void
tell_changes(struct tab *tab, struct source *s)
{
	static const char *const names[] = {
		[PV_ADDED] = "ADDED", [PV_MODIFIED] = "MODIFIED", [PV_DELETED] = "DELETED"};
	pv_event event;
	int r = 0;
	while (tab->out.len < BATCH && (r = pv_watch_next(&tab->cx, s->watch, &event)) == 1)
		if (is_told(event.rec, s))
			put_object(tab, s, names[event.type], event.rec);
	if (r < 0) { /* fell behind what is kept: the tab must start over */
		put_error(&tab->cx, tab, s->name);
		tab->ended = true;
	}
}

static void
tell_computed(struct tab *tab, struct source *s)
{
	if (!pv_view_watch_fill(s->view, &tab->out))
		tab->ended = true;
	if (!s->synced && !tab->ended && pv_view_watch_synced(s->view)) {
		put_synced(tab, s);
		s->synced = true;
	}
}

/* ---- rights that change ---- */

static bool
same_person(struct tab *tab)
{
	pv_ctx *cx = &tab->cx;
	int r = pv_auth_request(cx, pv_api_auth(tab->api), tab->req);
	if (r == 0)
		r = pv_auth_impersonate(cx, pv_api_auth(tab->api), tab->req);
	if (r < 0)
		(void)pv_recover(cx);
	return r == 0 && cx->identity;
}

static bool
same_rights(struct tab *tab)
{
	for (size_t i = 0; i < tab->n; i++) {
		struct source *s = &tab->sources[i];
		web_reach now = {0};
		if (!s->res)
			continue;
		if (web_reach_of(&tab->cx, tab->api, s->res, &now) < 0) {
			(void)pv_recover(&tab->cx);
			now = (web_reach){0};
		}
		if (!web_reach_same(&now, &s->reach))
			return false;
	}
	return true;
}

/* A session ends without a sign in the store, hence the clock beside the guard. */
static void
check_rights(struct tab *tab)
{
	bool noticed = web_guard_noticed(&tab->cx, &tab->guard);
	if (!noticed && pv_mono() < tab->identify)
		return;
	tab->identify = pv_mono() + ALIVE;
	if (same_person(tab) && (!noticed || same_rights(tab)))
		return;
	put_line(tab, "", "RIGHTS", "", (pv_str){NULL, 0});
	tab->ended = true;
}

static void
fill(struct tab *tab)
{
	check_rights(tab);
	if (tab->ended)
		return pv_ctx_reset(&tab->cx);
	for (size_t i = 0; i < tab->n && tab->out.len < BATCH; i++) {
		struct source *s = &tab->sources[i];
		if (s->view)
			tell_computed(tab, s);
		if (!s->type)
			continue;
		if (!s->synced)
			tell_initial(tab, s);
		if (s->synced)
			tell_changes(tab, s);
	}
	pv_ctx_reset(&tab->cx);
}

/* When to look again, whether somebody wakes it or not. */
static int64_t
next_look(const struct tab *tab)
{
	int64_t at = tab->alive;
	for (size_t i = 0; i < tab->n; i++)
		if (tab->sources[i].view && pv_view_watch_at(tab->sources[i].view) < at)
			at = pv_view_watch_at(tab->sources[i].view);
	return at;
}

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	struct tab *tab = arg;
	size_t n;
	if (tab->at == tab->out.len) {
		pv_buf_clear(&tab->out);
		tab->at = 0;
		if (!tab->ended)
			fill(tab);
		if (!tab->out.len && tab->ended)
			return -1;
		if (!tab->out.len && pv_mono() >= tab->alive)
			put_line(tab, "", "BOOKMARK", "", (pv_str){NULL, 0});
		if (tab->out.len || pv_mono() >= tab->alive)
			tab->alive = pv_mono() + ALIVE;
		if (atomic_load(&tab->stream)) {
			pv_http_stream_wake_at(atomic_load(&tab->stream), next_look(tab));
			pv_http_stream_holds(atomic_load(&tab->stream), tab->out.len);
		}
	}
	n = tab->out.len - tab->at < cap ? tab->out.len - tab->at : cap;
	memcpy(out, tab->out.s + tab->at, n);
	tab->at += n;
	return (ptrdiff_t)n;
}

static void
done(void *arg)
{
	struct tab *tab = arg;
	atomic_store(&tab->stream, NULL);
	for (size_t i = 0; i < tab->n; i++) {
		pv_watch_close(tab->sources[i].watch);
		pv_view_watch_close(tab->sources[i].view);
	}
	web_guard_close(&tab->guard);
	pv_buf_done(&tab->out);
	pv_buf_done(&tab->picked);
	pv_ctx_done(&tab->cx);
	pv_heap_free(tab);
}

/* ---- opening ---- */

/* [GROUP/VERSION/PLURAL] [/NAMESPACE/NAME] [;WORD] [(PARTS)], of the request's arena. */
static int
read_name(pv_ctx *cx, const char *text, struct source *s, const char **ret_resource)
{
	size_t len = strcspn(text, "("), named;
	pv_str rest, piece[3];
	s->name = pv_strndup(cx->arena, text, len);
	named = strcspn(s->name, ";");
	*ret_resource = pv_strndup(cx->arena, text, named);
	rest = (pv_str){s->name, named};
	for (size_t i = 0; i < PV_LEN(piece); i++)
		(void)pv_str_next(&rest, '/', &piece[i]);
	if (pv_str_next(&rest, '/', &piece[0]) && rest.len) {
		s->ns = pv_strndup(cx->arena, piece[0].s, piece[0].len);
		s->only = pv_strndup(cx->arena, rest.s, rest.len);
	}
	if (!text[len])
		return 0;
	if (text[strlen(text) - 1] != ')')
		return pv_fail(cx, PV_EBADREQUEST, "r=%s: expected \")\" at the end", text);
	return pv_json_parts_parse(cx, pv_strndup(cx->arena, text + len + 1, strlen(text) - len - 2),
				   &s->parts);
}

static int
open_computed(pv_ctx *cx, pv_api *api, struct tab *tab, struct source *s)
{
	pv_view_wish wish = {.res = s->res, .name = s->name, .wake = wake, .arg = tab};
	const char **names = pv_new_array(cx->arena, const char *, s->reach.n + 1);
	for (size_t i = 0; i < s->reach.n; i++)
		names[i] = s->reach.namespaces[i];
	wish.namespaces = s->reach.everywhere ? NULL : names;
	return pv_view_watch_open(cx, api, &wish, &s->view);
}

static int
open_source(pv_ctx *cx, pv_api *api, struct tab *tab, struct source *s)
{
	const char *resource = s->name;
	const pv_resource *res;
	pv_list_query query = {.type = NULL};
	int r = read_name(cx, s->name, s, &resource);
	if (r < 0)
		return r;
	res = web_resource(cx, api, resource);
	if (!res)
		return pv_fail(cx, PV_ENOTFOUND,
			       "no resource %s is served; expected GROUP/VERSION/PLURAL, core/v1/pods",
			       s->name);
	s->res = res;
	r = web_reach_of(cx, api, res, &s->reach);
	if (r < 0)
		return r;
	if (res->view && (s->parts || s->only))
		return pv_fail(cx, PV_EUNSUPPORTED, "%s is computed: it is told whole", resource);
	if (res->view)
		return open_computed(cx, api, tab, s);
	query.type = pv_strdup(cx->arena, res->type);
	query.ns = s->ns;
	query.keep = s->reach.everywhere && !s->only ? NULL : is_told;
	query.arg = s;
	r = pv_store_list(cx, pv_api_store(api), &query, &s->initial);
	if (r == 0)
		r = pv_watch_open(cx, pv_api_store(api), query.type, s->initial.rev, wake, tab, &s->watch);
	if (r == 0)
		s->type = query.type;
	return r;
}

int
web_watch(pv_ctx *cx, pv_http_req *req, pv_api *api)
{
	struct tab *tab;
	const char *name;
	pv_http_source source = {pull, done, NULL};
	int r;
	if (pv_http_query_at(req, "r", WEB_RESOURCES_MOST))
		return pv_fail(cx, PV_EBADREQUEST, "at most %d resources in one stream", WEB_RESOURCES_MOST);
	tab = pv_heap_new(sizeof(*tab));
	pv_ctx_init(&tab->cx, "tab");
	pv_buf_init(&tab->out, NULL);
	pv_buf_init(&tab->picked, NULL);
	tab->req = req;
	tab->api = api;
	r = web_guard_open(cx, api, wake, tab, &tab->guard);
	if (r < 0) {
		done(tab);
		return r;
	}
	while ((name = pv_http_query_at(req, "r", (int)tab->n))) {
		struct source *s = &tab->sources[tab->n++];
		s->name = pv_strdup(cx->arena, name);
		if (open_source(cx, api, tab, s) < 0)
			put_error(cx, tab, s->name);
	}
	source.arg = tab;
	tab->alive = tab->identify = pv_mono() + ALIVE;
	pv_http_set(req, "Cache-Control", "no-store");
	pv_http_set(req, "X-Content-Type-Options", "nosniff");
	atomic_store(&tab->stream, pv_http_stream_open(req, 200, "application/x-ndjson", &source));
	wake(tab);
	return 0;
}
