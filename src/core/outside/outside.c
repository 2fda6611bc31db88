/* Requests of policies: who may be asked, and the way there. */
#include "core/outside/outside.h"

#include <netdb.h>
#include <string.h>
#include <strings.h>

#include "base/httpc.h"
#include "base/net.h"
#include "base/str.h"
#include "base/time.h"
#include "core/outside/cache.h"

#define HOPS 10
#define ANSWER_LIMIT ((size_t)16 << 20)

struct pv_outside {
	pv_arena *arena;  /* its own, with this in it */
	pv_vec hosts;     /* const char *, in lower case */
	pv_vec named;     /* pv_net: hosts that are addresses */
	pv_vec closed;    /* pv_net: PV_NETS_LINK_LOCAL */
	pv_httpc *client; /* of requests that bring no certificates */
	outside_cache *cache;
	pv_rego_outside rego;
};

/* A name may lead anywhere, but to what is closed only where that address is named, too. */
static bool
permits(void *arg, const struct sockaddr *address)
{
	const pv_outside *o = arg;

	return !pv_nets_have(&o->closed, address) || pv_nets_have(&o->named, address);
}

static int
check_host(pv_ctx *cx, const pv_outside *o, const char *host)
{
	for (size_t i = 0; i < o->hosts.len; i++)
		if (pv_streq(*PV_AT(const char *, &o->hosts, i), host))
			return 0;
	return pv_fail(cx, PV_EFORBIDDEN, "disallowed host: %.*s", PV_CLIP(host));
}

/* ---- requests ---- */

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool
names_header(const char *line, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(line, name, n) == 0 && line[n] == ':';
}

/* What is said to one host only. */
static void
drop_secrets(pv_ctx *cx, pv_vec *headers)
{
	pv_vec kept;

	pv_vec_init(&kept, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < headers->len; i++) {
		const char *line = *PV_AT(const char *, headers, i);

		if (line && (names_header(line, "authorization") || names_header(line, "cookie") ||
			     names_header(line, "host")))
			continue;
		pv_vec_push(&kept, &line);
	}
	*headers = kept;
}

/* The next hop's request, or false: the answer is what was asked for. */
static bool
follow(pv_ctx *cx, const pv_httpc_answer *answer, pv_httpc_req *req, pv_vec *headers)
{
	const char *location = pv_httpc_header(answer, "location"), *url;

	if (!is_redirect(answer->status) || !location)
		return false;
	url = pv_httpc_follow(cx->arena, req->url, location);
	if (!url)
		return false;
	if (answer->status < 304 && !pv_streq(req->method, "HEAD")) {
		req->method = "GET";
		req->body = (pv_str){0};
	}
	if (!pv_streq(pv_httpc_host(cx->arena, url), pv_httpc_host(cx->arena, req->url)))
		drop_secrets(cx, headers);
	req->headers = headers->data;
	req->url = url;
	return true;
}

static int
ask(pv_ctx *cx, const pv_outside *o, pv_httpc *client, const pv_rego_request *req, pv_httpc_answer *ret)
{
	int64_t end = pv_mono() + req->timeout_ns;
	pv_httpc_req http = {
		.method = req->method, .url = req->url, .body = req->body, .limit = ANSWER_LIMIT};
	pv_vec headers = req->headers;

	(void)pv_vec_add(&headers); /* NULL */
	http.headers = headers.data;
	for (int hop = 0;; hop++) {
		const char *host = pv_httpc_host(cx->arena, http.url);
		int r = host ? check_host(cx, o, host)
			     : pv_fail(cx, PV_EBADREQUEST,
				       "unsupported protocol scheme: expected http or https");

		http.timeout_ns = end - pv_mono();
		if (r == 0 && http.timeout_ns <= 0)
			r = pv_fail(cx, PV_ETIMEOUT, "request timed out");
		if (r == 0)
			r = pv_httpc_do(cx, client, &http, ret);
		if (r < 0 || !req->redirects || !follow(cx, ret, &http, &headers))
			return r;
		if (hop + 1 >= HOPS)
			return pv_fail(cx, PV_EUNAVAILABLE, "stopped after %d redirects", HOPS);
	}
}

static int
send_by(pv_ctx *cx, const pv_outside *o, const pv_rego_request *req, pv_httpc_answer *ret)
{
	const pv_httpc_conf conf = {.ca_pem = req->ca,
				    .cert_pem = req->cert,
				    .key_pem = req->key,
				    .insecure = req->insecure,
				    .permits = permits,
				    .permits_arg = (void *)(uintptr_t)o};
	pv_httpc *own;
	int r;

	if (!req->ca && !req->cert && !req->key && !req->insecure)
		return ask(cx, o, o->client, req, ret);
	r = pv_httpc_open(cx, &conf, &own);
	if (r < 0)
		return r;
	r = ask(cx, o, own, req, ret);
	pv_httpc_close(own);
	return r;
}

static int
send_request(void *arg, pv_ctx *cx, const pv_rego_request *req, pv_rego_response *ret)
{
	const pv_outside *o = arg;
	bool keeps = req->cached || req->cached_ns > 0;
	pv_httpc_answer answer;
	int r;

	if (keeps && outside_cache_find(cx, o->cache, req->id, ret))
		return 0;
	r = send_by(cx, o, req, &answer);
	if (r == -PV_ETIMEOUT) {
		(void)pv_recover(cx);
		return pv_fail(cx, PV_ETIMEOUT, "%s %s: request timed out", req->method,
			       pv_httpc_bare(cx->arena, req->url));
	}
	if (r < 0)
		return r;
	*ret = (pv_rego_response){answer.status, answer.reason, answer.headers, answer.body};
	if (keeps)
		outside_cache_put(o->cache, req, &answer);
	return 0;
}

/* ---- names ---- */

static int
lookup(void *arg, pv_ctx *cx, const char *name, pv_vec *ret)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	int r = check_host(cx, arg, pv_str_lower(cx->arena, name)), why;

	if (r < 0)
		return r;
	why = getaddrinfo(name, NULL, &hints, &found);
	if (why != 0)
		return pv_fail(cx, PV_ENOTFOUND, "lookup %.*s: %s", PV_CLIP(name), gai_strerror(why));
	for (const struct addrinfo *one = found; one; one = one->ai_next) {
		const char *text = pv_net_text(cx->arena, one->ai_addr);

		pv_vec_push(ret, &text);
	}
	freeaddrinfo(found);
	return 0;
}

/* ---- the whole ---- */

int
pv_outside_new(pv_ctx *cx, const char *const *hosts, pv_outside **ret)
{
	pv_arena *arena = pv_arena_new("outside");
	pv_outside *o = pv_new(arena, pv_outside);
	const pv_httpc_conf conf = {.permits = permits, .permits_arg = o};
	int r;

	o->arena = arena;
	o->rego = (pv_rego_outside){.arg = o, .send = send_request, .lookup = lookup};
	o->cache = outside_cache_new();
	pv_vec_init(&o->hosts, arena, sizeof(const char *));
	pv_vec_init(&o->named, arena, sizeof(pv_net));
	pv_vec_init(&o->closed, arena, sizeof(pv_net));
	r = pv_nets_parse(cx, PV_NETS_LINK_LOCAL, &o->closed);
	for (size_t i = 0; r == 0 && hosts[i]; i++) {
		const char *host = pv_str_lower(arena, hosts[i]);
		bool fits = *host && !strpbrk(host, "/*@[] \t"), address;
		pv_net net;

		address = fits && pv_net_parse(cx, pv_str_of(host), &net) == 0;
		if (fits && !address) /* a name */
			(void)pv_recover(cx);
		if (!fits || (!address && strchr(host, ':')))
			r = pv_fail(cx, PV_EUSAGE,
				    "expected a host as \"example.org\" or \"10.0.0.7\", without scheme and "
				    "port, found \"%.*s\"",
				    PV_CLIP(host));
		pv_vec_push(&o->hosts, &host);
		if (address)
			pv_vec_push(&o->named, &net);
	}
	if (r == 0)
		r = pv_httpc_open(cx, &conf, &o->client);
	*ret = r < 0 ? pv_outside_free(o) : o;
	return r;
}

pv_outside *
pv_outside_free(pv_outside *o)
{
	if (!o)
		return NULL;
	pv_httpc_close(o->client);
	outside_cache_free(o->cache);
	pv_arena_free(o->arena);
	return NULL;
}

const pv_rego_outside *
pv_outside_rego(const pv_outside *o)
{
	return o ? &o->rego : NULL;
}

static const char owner = 0; /* its address is the name */

static void
forget(void *state)
{
	pv_outside_free(state);
}

void
pv_outside_keep(pv_api *api, pv_outside *outside)
{
	pv_api_keep(api, &owner, outside, forget);
}

const pv_rego_outside *
pv_outside_of(pv_api *api)
{
	return api ? pv_outside_rego(pv_api_kept(api, &owner)) : NULL;
}
