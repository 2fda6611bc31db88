/* The HTTP face: from a request to the handler, and what every answer carries. */
#include <string.h>

#include "base/time.h"
#include "base/turn.h"
#include "core/api/http.h"
#include "core/api/openapi.h"
#include "core/module.h"

/* ---- module routes ---- */

static bool
route_is(const pv_route *route, const char *method, const char *path)
{
	size_t len = strlen(route->path);
	bool prefix = len > 1 && route->path[len - 1] == '/';

	if (prefix ? strncmp(path, route->path, len) != 0 : strcmp(path, route->path) != 0)
		return false; /* nearly always, and found out first */
	return pv_streq(route->method, "*") || pv_streq(route->method, method) ||
	       (pv_streq(method, "HEAD") && pv_streq(route->method, "GET"));
}

static const pv_route *
find_route(const char *method, const char *path)
{
	const pv_route *best = NULL;

	for (size_t i = 0; pv_modules[i]; i++) {
		const pv_route *route = pv_modules[i]->routes;

		for (; route && route->path; route++)
			if (route_is(route, method, path) &&
			    (!best || strlen(route->path) > strlen(best->path)))
				best = route;
	}
	return best;
}

/* Computing a view may take its time (policy reports evaluate every object). */
static bool
is_view(const char *path)
{
	for (size_t i = 0; pv_modules[i]; i++) {
		const pv_view *const *views = pv_modules[i]->views;

		for (; views && *views; views++) {
			const char *plural = (*views)->plural, *at = plural ? strstr(path, plural) : NULL;

			if (at && at > path && at[-1] == '/' && strstr(path, (*views)->group))
				return true;
		}
	}
	return false;
}

/* Reading what a webhook converts waits for it. */
static bool
is_converted(pv_api *api, const char *path)
{
	pv_str rest = pv_str_of(path), part[8];
	size_t n = 0;
	bool found = false;
	pv_ctx cx;

	if (!pv_registry_converts(api->registry) || !pv_starts_with(path, "/apis/"))
		return false;
	pv_ctx_init(&cx, "route");
	rest.s++;
	rest.len--;
	while (n < PV_LEN(part) && pv_str_next(&rest, '/', &part[n]))
		n++;
	for (size_t at = 3; n > at && at <= 5; at += 2) { /* .../widgets, .../namespaces/x/widgets */
		const pv_resource *res =
			pv_resource_find(&cx, api->registry, pv_strndup(cx.arena, part[1].s, part[1].len),
					 pv_strndup(cx.arena, part[2].s, part[2].len),
					 pv_strndup(cx.arena, part[at].s, part[at].len));

		found = found || (res && api_converts(res));
	}
	pv_ctx_done(&cx);
	return found;
}

/* Admission may ask webhooks who may run a command in a container. */
static bool
is_session(const char *path)
{
	return strstr(path, "/pods/") && (pv_ends_with(path, "/exec") || pv_ends_with(path, "/attach") ||
					  pv_ends_with(path, "/portforward"));
}

/* "/api/v1/pods", "/apis/apps/v1/namespaces/x/deployments" */
static bool
is_collection(const char *path)
{
	size_t parts = pv_starts_with(path, "/api/") ? 2 : pv_starts_with(path, "/apis/") ? 1 : 0;

	for (const char *p = path; parts && *p; p++)
		parts += *p == '/' && p[1] && p[1] != '/';
	return parts == 5 || parts == 7;
}

/* /api/v1/watch/..., which may name one object */
static bool
is_watch(const char *path)
{
	const char *at = pv_starts_with(path, "/api/")    ? path + 4
			 : pv_starts_with(path, "/apis/") ? strchr(path + 6, '/')
							  : NULL;

	at = at ? strchr(at + 1, '/') : NULL;
	return at && pv_starts_with(at, "/watch/");
}

/* Does it look at each object, or write each anew?  Bytes that are stored in JSON are but copied, piece by
 * piece, which a loop does between others' requests. */
static bool
is_computed(pv_http_req *req, const char *path)
{
	static const char *const options[] = {"labelSelector", "fieldSelector", "continue",
					      "resourceVersionMatch", "pretty"};
	const char *accept, *watch;

	if (is_watch(path))
		return true;
	if (!is_collection(path))
		return false;
	for (size_t i = 0; i < PV_LEN(options); i++)
		if (pv_http_query(req, options[i]))
			return true;
	accept = pv_http_header(req, "Accept");
	watch = pv_http_query(req, "watch");
	return accept && !pv_starts_with(accept, "*/*") &&
	       (!pv_starts_with(accept, "application/json") || pv_starts_with(accept, "application/json;")) &&
	       (!watch || pv_streq(watch, "false") || pv_streq(watch, "0"));
}

bool
pv_api_blocks(pv_http_req *req, void *arg)
{
	const char *method = pv_http_method(req), *path = pv_http_path(req);
	const pv_route *route = find_route(method, path);

	if (route)
		return route->blocking;
	return (!pv_streq(method, "GET") && !pv_streq(method, "HEAD")) || is_view(path) ||
	       is_converted(arg, path) || is_session(path) || is_computed(req, path) ||
	       pv_ends_with(path, "/why"); /* policies are asked */
}

/* Who asks is told to the audit log before it is known whether they may be somebody else. */
static int
act(request *q)
{
	int r;

	audit_begin(q);
	r = pv_auth_impersonate(q->cx, q->api->auth, q->http);
	q->audit.acting = r == 0;
	return r;
}

static int
run_route(request *q, const pv_route *route)
{
	int r = pv_auth_request(q->cx, q->api->auth, q->http);

	q->route = route;
	if (route->anonymous) {
		if (r < 0) { /* wrong credentials: nobody, as on any page that anyone may see */
			(void)pv_recover(q->cx);
			q->cx->identity = NULL;
		}
		return route->handle(q->cx, q->http, q->api);
	}
	if (r == 0)
		r = act(q);
	if (r == 0 && !q->cx->identity)
		r = pv_fail(q->cx, PV_EUNAUTHORIZED, "Unauthorized");
	return r < 0 ? r : route->handle(q->cx, q->http, q->api);
}

/* A person followed a link to nowhere: a page tells them, not JSON.  Programs and scripts
 * do not say that they navigate, and what is below /api and /apis stays the API's. */
static const pv_route *
find_fallback(const request *q)
{
	const char *accept = pv_http_header(q->http, "Accept");
	const char *mode = pv_http_header(q->http, "Sec-Fetch-Mode");

	if (!accept || !strstr(accept, "text/html") || (mode && !pv_streq(mode, "navigate")))
		return NULL;
	if (pv_starts_with(q->path, "/api/") || pv_starts_with(q->path, "/apis/") || root_has(q->path))
		return NULL;
	return find_route(q->method, "*");
}

bool
pv_api_knows(pv_ctx *cx, pv_http_req *req, void *arg)
{
	const pv_api *api = arg;
	int r = pv_auth_request(cx, api->auth, req);
	bool known = r == 0 && cx->identity != NULL;

	if (r < 0)
		(void)pv_recover(cx);
	cx->identity = NULL; /* the handler asks for itself */
	return known;
}

/* ---- one request ---- */

#define TURN_TIME (60 * PV_SEC)

/* Which kinds exist is not for everyone to find out: who may not ask is told that. */
static int
conceal(request *q, int r)
{
	pv_error *absent = pv_take_error(q->cx);
	int allowed = may(q, request_verb(q));

	if (allowed < 0)
		return allowed;
	q->cx->err = absent;
	return r;
}

/* "/" is a page for people, whose browsers ask for HTML, and the list of paths for programs. */
static bool
wants_index(request *q)
{
	pv_str rest = pv_str_of(pv_http_header(q->http, "Accept"));
	pv_accept range;

	if (!pv_streq(q->path, "/"))
		return false;
	while (pv_accept_next(&rest, &range))
		if (pv_str_is(range.type, "text/html"))
			return false;
	return true;
}

/* As upstream's --request-timeout; a client may have said less. */
static void
limit_turn(request *q)
{
	bool reads = pv_streq(q->method, "GET") || pv_streq(q->method, "HEAD");

	if (!reads && !q->cx->deadline_ns)
		q->cx->deadline_ns = q->began + TURN_TIME;
}

/* Texts end at a NUL here.  What stands behind proxy/ is not read. */
static int
check_query(request *q)
{
	const char *query = strchr(pv_http_target(q->http), '?');

	if (!query || !strstr(query, "%00") || pv_streq(q->t.sub, "proxy"))
		return 0;
	return pv_fail(q->cx, PV_EBADREQUEST,
		       "the query has %%00, the escape of a NUL, which no text of an option may hold");
}

static int
run_resource(request *q)
{
	int r = route_resource(q);
	pv_error *absent = r < 0 ? pv_take_error(q->cx) : NULL;
	int form = negotiate(q); /* what a kind can be written in, and a refusal */

	limit_turn(q);
	if (!absent && !route_allows(q)) {
		if (form < 0)
			(void)pv_recover(q->cx);
		return route_forbid(q);
	}
	if (!absent && form == 0)
		form = check_query(q);
	if (!absent)
		return form < 0 ? form : route_dispatch(q);
	if (form < 0)
		(void)pv_recover(q->cx);
	q->cx->err = absent;
	return r == -PV_ENOTFOUND ? conceal(q, r) : r;
}

/* How long the client waits, in the query; none waits longer than TURN_TIME, and what is not positive says nothing.
 * What goes on and on ends by other means. */
static int
check_timeout(request *q)
{
	const char *text = pv_http_query(q->http, "timeout");
	int64_t ns;

	if (!text || !text[0] || route_streams(q) || q->t.watched || query_flag(q, "watch"))
		return 0;
	if (!pv_duration_parse(pv_str_of(text), &ns))
		return pv_fail(q->cx, PV_EBADREQUEST,
			       "invalid timeout specified in the request URL - time: invalid duration \"%s\"",
			       text);
	if (ns <= 0)
		return 0;
	q->cx->deadline_ns = q->began + (ns < TURN_TIME ? ns : TURN_TIME);
	return pv_ctx_check(q->cx);
}

static int
run(request *q)
{
	const pv_route *route;
	bool root;
	int r;

	q->path = pv_percent_decode(q->cx->arena, pv_http_path(q->http));
	if (!q->path)
		return pv_fail(q->cx, PV_EBADREQUEST, "the path has a broken %% escape: %s",
			       pv_http_path(q->http));
	route = find_route(q->method, q->path);
	if (route && !wants_index(q))
		return run_route(q, route);
	if (handle_probe(q, &r))
		return r;
	route = find_fallback(q);
	if (route)
		return run_route(q, route);
	r = pv_auth_request(q->cx, q->api->auth, q->http);
	root = pv_discovery_has(q->path) || !route_parse(q->cx, pv_http_path(q->http), &q->t);
	if (r == 0)
		r = act(q);
	if (r == 0)
		r = check_timeout(q);
	if (r < 0)
		return r;
	return root ? handle_root(q) : run_resource(q);
}

/* ---- what is kept of it ---- */

static void
measure(request *q)
{
	const char *verb = q->route ? pv_str_lower(q->cx->arena, q->method) : q->verb;
	const char *labels[3] = {verb ? verb : "other", q->t.res ? q->t.res->plural : "", ""};
	char code[16];

	if (!q->api->durations || pv_streq(q->verb, "watch"))
		return;
	snprintf(code, sizeof code, "%d", q->status);
	labels[2] = code;
	pv_metric_observe(pv_family_of(q->api->durations, labels),
			  (double)(pv_mono() - q->began) / (double)PV_SEC);
}

static request
begin(pv_ctx *cx, pv_http_req *http, pv_api *api)
{
	request q = {.api = api,
		     .cx = cx,
		     .http = http,
		     .method = pv_http_method(http),
		     .received = pv_now(),
		     .began = pv_mono()};
	const char *asked = pv_http_header(http, "Audit-Id");

	route_begin(&q);
	q.path = "";
	pv_vec_init(&q.warnings, cx->arena, sizeof(const char *));
	pv_vec_init(&q.notes, cx->arena, sizeof(const char *));
	cx->trace =
		asked && asked[0] && strlen(asked) <= 64 ? pv_strdup(cx->arena, asked) : pv_uuid(cx->arena);
	pv_http_set(http, "Audit-Id", cx->trace);
	return q;
}

int
pv_api_handle(pv_ctx *cx, pv_http_req *req, void *api)
{
	request q = begin(cx, req, api);
	const pv_error *refusal = NULL; /* lives in the arena, answered or not */
	int r = flow_check(&q);

	if (r == 0)
		r = pv_checked(cx, run(&q));
	if (r == 0 && q.route)
		q.status = pv_http_answered(req);
	if (!(r == 0 && (pv_discovery_has(q.path) || pv_openapi_has(q.path) || q.route)))
		pv_http_set(req, "Cache-Control", "no-cache, private");
	if (r < 0) {
		refusal = cx->err;
		answer_error(&q);
	}
	flow_tell(&q);
	audit_end(&q, refusal);
	measure(&q);
	turns_note(&q);
	return 0;
}

/* What the HTTP library itself refuses: a body over the limit, a broken request. */
void
pv_api_fail(pv_ctx *cx, pv_http_req *req, void *api)
{
	request q = begin(cx, req, api);
	const pv_error *refusal = cx->err;

	if (cx->err->code == PV_ETOOLARGE)
		cx->err->message =
			pv_printf(cx->arena, "Request entity too large: limit is %u", PV_BODY_LIMIT);
	answer_error(&q);
	if (*pv_http_ticket(req))
		flow_tell(&q);
	audit_end(&q, refusal);
}

/* What never became a request: nobody asked for it, so nobody is audited. */
const char *
pv_api_refuse(pv_ctx *cx, int status, void *api)
{
	static const struct {
		int status, code;
		const char *message;
	} refusals[] = {
		{413, PV_ETOOLARGE, "the announced size of the body, or of a chunk of it, is too large"},
		{414, PV_EBADREQUEST,
		 "the address (URI) of the request is longer than the server reads (at least 16 kB)"},
		{431, PV_EBADREQUEST,
		 "the headers of the request are larger than the server reads (at least 16 kB)"},
		{505, PV_EBADREQUEST, "the server speaks HTTP/1.1 and HTTP/1.0"},
		{400, PV_EBADREQUEST,
		 "the request is not HTTP: its first line, a header or a chunk of its body is malformed"},
	};
	const size_t last = PV_LEN(refusals) - 1;
	size_t i = 0;
	pv_val v;

	(void)api;
	while (i < last && refusals[i].status != status)
		i++;
	pv_fail(cx, refusals[i].code, "%s", refusals[i].message);
	v = pv_api_status(cx->arena, cx->err);
	v = pv_with(cx->arena, &v, "code", pv_int(status));
	(void)pv_recover(cx);
	return pv_json_text(cx->arena, &v);
}

void
pv_api_sent(pv_http_req *req, int status, size_t bytes, int64_t ns, void *api)
{
	(void)req, (void)status, (void)bytes, (void)ns, (void)api;
}
