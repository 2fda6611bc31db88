/* route: which part of the API a request is for. */
#include <string.h>

#include "base/gzip.h"
#include "base/str.h"
#include "base/time.h"
#include "governance/opa/serve.h"

typedef struct route {
	const char *path;    /* exact, or with what is below it */
	bool below, packs;   /* packs: long answers are packed for who takes them so */
	const char *methods; /* "GET POST" */
	int (*handle)(opa_call *c);
	const char *name; /* as metrics call it */
} route;

static const route routes[] = {
	{"/v1/data", true, true, "GET POST", opa_data, "v1/data"},
	{"/v1/data", true, false, "PUT PATCH DELETE", opa_change, "v1/data"},
	{"/v0/data", true, true, "POST", opa_v0_data, "v0/data"},
	{"/v1/batch/data", true, true, "POST", opa_batch, "v1/batch/data"},
	{"/v1/query", false, false, "GET POST", opa_query, "v1/query"},
	{"/v1/policies", true, false, "GET PUT DELETE", opa_policies, "v1/policies"},
	{"/v1/compile", true, true, "GET POST", opa_compile, "v1/compile"},
	{"/v1/config", false, false, "GET", opa_config, "v1/config"},
	{"/v1/status", false, false, "GET", opa_status, "v1/status"},
	{"/health", true, false, "GET", opa_health, "health"},
	{"/metrics", false, false, "GET", opa_measures, "metrics"},
	{"/", false, false, "GET POST", opa_main, "index"},
};

/* What the path has behind the route's; NULL: it is another. */
static const char *
behind(const route *r, const char *path)
{
	size_t n = strlen(r->path);
	if (strncmp(path, r->path, n) != 0)
		return NULL;
	if (path[n] == '\0' || (path[n] == '/' && path[n + 1] == '\0'))
		return "";
	return r->below && path[n] == '/' ? path + n + 1 : NULL;
}

/* "GET, POST": what the path can be asked by. */
static const char *
allowed(pv_arena *arena, const char *path)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < PV_LEN(routes); i++) {
		pv_str rest = pv_str_of(routes[i].methods), one;
		while (behind(&routes[i], path) && pv_str_next(&rest, ' ', &one)) {
			pv_buf_adds(&b, b.len ? ", " : "");
			pv_buf_add(&b, one.s, one.len);
		}
	}
	return b.s;
}

static bool
takes(const route *r, const char *method)
{
	pv_str rest = pv_str_of(r->methods), one;
	while (pv_str_next(&rest, ' ', &one))
		if (pv_str_is(one, method))
			return true;
	return false;
}

int
opa_unpack(opa_call *c)
{
	const char *coding = pv_http_header(c->http, "content-encoding");
	c->body = pv_http_body(c->http);
	if (!coding || !strstr(coding, "gzip"))
		return 0;
	int r = pv_gunzip_strange(c->cx, c->body, c->server->gzip_limit, &c->body);
	return r < 0 ? pv_wrap(c->cx, r, "could not decompress the body") : 0;
}

static const char *
explain_of(pv_http_req *http)
{
	const char *mode = pv_http_query(http, "explain");
	return pv_rego_explain_is(mode) && !pv_streq(mode, "off") ? mode : NULL;
}

/* What the request says of how it wants its answer, and the answer. */
static int
answer(opa_call *c, const route *r)
{
	c->pretty = opa_flag(c->http, "pretty");
	c->metrics = opa_flag(c->http, "metrics") || opa_flag(c->http, "instrument");
	c->strict = opa_flag(c->http, "strict-builtin-errors");
	c->packs = r->packs;
	c->provenance = opa_flag(c->http, "provenance");
	c->explain = explain_of(c->http);
	c->watch = c->explain ? pv_rego_watch_new(c->cx->arena, true) : NULL;
	c->id = c->server->log ? pv_uuid(c->cx->arena) : NULL;
	if (opa_unpack(c) < 0)
		return opa_refuse_error(c);
	c->state = opa_engine_state(c->cx, c->server->engine);
	return r->handle(c);
}

static bool
is_text(pv_arena *arena, const char *path)
{
	const char *decoded = pv_percent_decode(arena, path);
	return decoded && pv_utf8_valid(decoded, strlen(decoded), NULL);
}

static int
refuse(opa_call *c, const char *path, bool known)
{
	if (!known)
		return opa_refuse(c, 404, "resource_not_found", "%s %s: there is no such resource", c->method,
				  path);
	pv_http_set(c->http, "Allow", allowed(c->cx->arena, path));
	return opa_refuse(c, 405, "invalid_operation", "method %s is not allowed on %s", c->method, path);
}

int
opa_handle(pv_ctx *cx, opa_server *server, pv_http_req *http)
{
	const char *path = pv_http_path(http), *rest = NULL;
	opa_call c = {.cx = cx, .server = server, .http = http, .began = pv_mono()};
	const route *found = NULL;
	bool known = false;
	c.method = pv_http_method(http);
	c.number = atomic_fetch_add(&server->requests, 1) + 1;
	for (size_t i = 0; i < PV_LEN(routes) && !found; i++) {
		const char *at = behind(&routes[i], path);
		known = known || at;
		if (at && takes(&routes[i], c.method)) {
			found = &routes[i];
			rest = at;
		}
	}
	c.rest = rest;
	int r = !is_text(cx->arena, path) ? opa_refuse(&c, 400, "invalid_parameter", "bad path: %s", path)
		: found                   ? answer(&c, found)
					  : refuse(&c, path, known);
	if (r == 0 && server->timings)
		opa_measures_add(&c, found ? found->name : "catchall");
	return r;
}
