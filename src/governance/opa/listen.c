#include "governance/opa/listen.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/heap.h"
#include "base/str.h"
#include "lang/json/json.h"

struct opa_listener {
	opa_server *server;
	opa_listen_conf conf;
	pv_http *http;
};

/* ---- who asks ---- */

static int
refuse(pv_ctx *cx, pv_http_req *http, int status, const char *code, const char *message)
{
	opa_call c = {.cx = cx, .http = http};
	return opa_refuse(&c, status, code, "%s", message);
}

/* A value of a distinguished name, so that none looks like two (RFC 4514). */
static void
put_name(pv_buf *b, const char *key, const char *value)
{
	pv_buf_printf(b, "%s=", key);
	for (const char *c = value; *c; c++) {
		bool edge = (c == value && (*c == ' ' || *c == '#')) || (*c == ' ' && c[1] == '\0');
		if (edge || strchr(",+\"\\<>;", *c))
			pv_buf_addc(b, '\\');
		pv_buf_addc(b, *c);
	}
}

/* "CN=...,O=...+O=..." of the client's certificate. */
static const char *
subject(pv_ctx *cx, pv_http_req *http)
{
	const char *cn;
	pv_vec orgs;
	pv_buf b;
	int64_t ends;
	if (!pv_http_client_cert(http, cx, &cn, &orgs, &ends))
		return NULL;
	pv_buf_init(&b, cx->arena);
	put_name(&b, "CN", cn);
	for (size_t i = 0; i < orgs.len; i++)
		put_name(&b, i ? "+O" : ",O", *PV_AT(const char *, &orgs, i));
	return b.s;
}

/* "Bearer TOKEN", written so; NULL: anything else. */
static const char *
token_of(pv_ctx *cx, const char *value)
{
	static const char scheme[] = "Bearer";
	const char *rest = value + sizeof scheme - 1;
	if (!pv_starts_with(value, scheme) || !isspace((unsigned char)*rest))
		return NULL;
	pv_str token = pv_str_trim(pv_str_of(rest));
	bool one = token.len > 0 && strcspn(token.s, " \t") >= token.len;
	return one ? pv_strndup(cx->arena, token.s, token.len) : NULL;
}

static const char *
identity_of(const opa_listener *l, pv_ctx *cx, pv_http_req *http)
{
	const char *value = pv_http_header(http, "authorization");
	if (l->conf.by_tls)
		return subject(cx, http);
	return l->conf.by_token && value ? token_of(cx, value) : NULL;
}

/* ---- what policy says ---- */

/* "/" is [""]; elsewhere what is empty is nothing to what answers either. */
static pv_val
path_json(pv_ctx *cx, const char *path)
{
	pv_str rest = pv_str_of(path), piece;
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	rest.s += *path == '/';
	rest.len -= *path == '/';
	while (pv_str_next(&rest, '/', &piece)) {
		const char *raw = pv_strndup(cx->arena, piece.s, piece.len);
		const char *name = pv_percent_decode(cx->arena, raw);
		if (piece.len || pv_streq(path, "/"))
			pv_listb_add(&list, pv_string(cx->arena, name ? name : raw));
	}
	return pv_listb_end(&list);
}

/* {NAME: [VALUE...]}: adds one more. */
static void
add_value(pv_objb *o, const char *name, const char *value)
{
	pv_listb list;
	pv_listb_init(&list, o->arena);
	for (size_t i = 0; i < o->len; i++)
		if (pv_streq(o->members[i].key.s, name))
			for (size_t k = 0; k < pv_count(&o->members[i].val); k++)
				pv_listb_add(&list, o->members[i].val.items[k]);
	pv_listb_add(&list, pv_string(o->arena, value));
	pv_objb_put(o, name, pv_listb_end(&list));
}

/* As Go writes names of headers: "Content-Type". */
static const char *
canonical(pv_arena *arena, const char *name)
{
	char *out = pv_strdup(arena, name);
	for (char *c = out; *c; c++)
		*c = (char)(c == out || c[-1] == '-' ? toupper((unsigned char)*c)
						     : tolower((unsigned char)*c));
	return out;
}

/* Is the body a document, and of what?  Only where it is an input it may be YAML. */
static bool
has_body(const char *method, const char *path, bool *ret_yaml)
{
	bool asks = pv_streq(path, "/") || pv_starts_with(path, "/v1/data") ||
		    pv_starts_with(path, "/v0/data") || pv_starts_with(path, "/v1/batch/data");
	*ret_yaml = asks && pv_streq(method, "POST");
	return *ret_yaml || (pv_streq(method, "GET") && pv_starts_with(path, "/v1/compile")) ||
	       ((pv_streq(method, "POST") || pv_streq(method, "PUT") || pv_streq(method, "PATCH")) &&
		!pv_starts_with(path, "/v1/policies"));
}

/* The document that the request will be answered by, and no other; *ret NULL: it has none. */
static int
read_body(const opa_listener *l, pv_ctx *cx, pv_http_req *http, const pv_val **ret)
{
	opa_call c = {.cx = cx, .server = l->server, .http = http, .method = pv_http_method(http)};
	bool yaml;
	*ret = NULL;
	if (!has_body(c.method, pv_http_path(http), &yaml))
		return 0;
	int r = opa_unpack(&c);
	return r < 0 ? r : opa_read_body(&c, yaml, ret);
}

static pv_val
input_of(const opa_listener *l, pv_ctx *cx, pv_http_req *http, const pv_val *body)
{
	const char *name, *value, *identity = identity_of(l, cx, http);
	pv_objb o, params, headers;
	size_t pos = 0;
	pv_objb_init(&params, cx->arena);
	pv_objb_init(&headers, cx->arena);
	while (pv_http_query_each(http, &pos, &name, &value))
		add_value(&params, pv_strdup(cx->arena, name), value ? value : "");
	for (pos = 0; pv_http_header_each(http, &pos, &name, &value);)
		if (strcasecmp(name, "host") != 0)
			add_value(&headers, canonical(cx->arena, name), value);
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "path", path_json(cx, pv_http_path(http)));
	pv_objb_puts(&o, "method", pv_http_method(http));
	pv_objb_put(&o, "params", pv_objb_end(&params));
	pv_objb_put(&o, "headers", pv_objb_end(&headers));
	if (body)
		pv_objb_put(&o, "body", *body);
	pv_objb_puts(&o, "identity", identity);
	return pv_objb_end(&o);
}

/* 0: go on; else the answer is given and *ret_done true. */
static int
authorize(const opa_listener *l, pv_ctx *cx, pv_http_req *http, bool *ret_done)
{
	opa_ask ask = {.kept = true};
	const pv_val *said, *body;
	int r = opa_path_query(cx, l->conf.authorization, &ask.query);
	if (r == 0)
		r = read_body(l, cx, http, &body);
	if (r == 0)
		ask.input = pv_box(cx->arena, input_of(l, cx, http, body));
	if (r == 0)
		r = opa_evaluate_value(cx, opa_engine_state(cx, l->server->engine), &ask, &said);
	*ret_done = true;
	if (r < 0) {
		opa_call c = {.cx = cx, .http = http};
		return opa_refuse_error(&c);
	}
	if (!said)
		return refuse(cx, http, 500, "internal_error", "authorization policy missing or undefined");
	if (pv_is(said, PV_OBJECT) && !pv_get(said, "allowed"))
		return refuse(
			cx, http, 500, "internal_error",
			"authorization policy: expected true, false or an object with the member allowed");
	if (pv_truth(said, false) || pv_truth_at(said, "allowed", false)) {
		*ret_done = false;
		return 0;
	}
	return refuse(cx, http, 401, "unauthorized",
		      pv_text_at(said, "reason", "request rejected by administrative policy"));
}

/* ---- the listener ---- */

static bool
is_diagnostic(const char *path)
{
	return pv_streq(path, "/metrics") || pv_streq(path, "/health") || pv_starts_with(path, "/health/");
}

static int
handle(pv_ctx *cx, pv_http_req *http, void *arg)
{
	opa_listener *l = arg;
	bool done = false;
	if (l->conf.diagnostic && !is_diagnostic(pv_http_path(http)))
		return refuse(cx, http, 404, "resource_not_found",
			      "expected /health or /metrics: this address is for diagnosis");
	if (l->conf.by_tls && !subject(cx, http))
		return refuse(cx, http, 401, "unauthorized", "expected a client certificate");
	int r = l->conf.authorize ? authorize(l, cx, http, &done) : 0;
	return r < 0 || done ? r : opa_handle(cx, l->server, http);
}

static void
fail(pv_ctx *cx, pv_http_req *http, void *arg)
{
	opa_call c = {.cx = cx, .http = http};
	(void)arg;
	(void)opa_refuse_error(&c);
}

static const char *
refuse_unread(pv_ctx *cx, int status, void *arg)
{
	pv_val e;
	(void)arg;
	e = opa_error_json(cx, "invalid_parameter",
			   status == 413 ? "request body too large" : "the request cannot be read");
	return pv_json_text(cx->arena, &e);
}

static bool
blocks(pv_http_req *req, void *arg)
{
	(void)req;
	(void)arg;
	return true; /* a policy may take its time: it is not the loop's */
}

int
opa_listen(pv_ctx *cx, opa_server *server, const opa_listen_conf *conf, opa_listener **ret)
{
	opa_listener *l = pv_heap_new(sizeof *l);
	l->server = server;
	l->conf = *conf;
	pv_http_conf http = {.host = conf->host,
			     .port = conf->port,
			     .cert_pem = conf->cert_pem,
			     .key_pem = conf->key_pem,
			     .client_ca_pem = conf->client_ca_pem,
			     .body_limit = conf->body_limit,
			     .handle = handle,
			     .fail = fail,
			     .refuse = refuse_unread,
			     .blocks = blocks,
			     .arg = l};
	int r = pv_http_open(cx, &http, &l->http);
	if (r < 0) {
		pv_heap_free(l);
		return r;
	}
	*ret = l;
	return 0;
}

opa_listener *
opa_listener_close(opa_listener *l)
{
	if (!l)
		return NULL;
	l->http = pv_http_close(l->http);
	pv_heap_free(l);
	return NULL;
}

int
opa_listener_port(const opa_listener *l)
{
	return pv_http_port(l->http);
}
