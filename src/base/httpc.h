/* httpc: the HTTP client, over libcurl (wrapped here only).  Blocks its thread;
 * use it from a pool.  Any thread; connections are kept for the next request of
 * the same pv_httpc.  Only http and https; redirects only when asked for; no
 * proxies or files of the environment unless conf says so. */
#pragma once
#include <sys/socket.h>

#include "base/ctx.h"
#include "base/vec.h"

typedef struct pv_httpc pv_httpc;

typedef struct pv_httpc_conf {
	const char *ca_pem;             /* NULL: the system's authorities */
	const char *cert_pem, *key_pem; /* client certificate, or NULL */
	const char *token;              /* bearer, or NULL */
	const char *user, *password;    /* basic, or NULL */
	bool insecure;                  /* do not verify the server */
	const char *proxy;              /* http://[USER:PASSWORD@]HOST:PORT, or NULL */
	const char *no_proxy;           /* hosts that it is not asked for, with commas; NULL: none */
	bool use_proxy_env;             /* http_proxy, https_proxy, no_proxy */
	/* May that address be connected to?  The name's, or the proxy's.  NULL: any. */
	bool (*permits)(void *arg, const struct sockaddr *address);
	void *permits_arg;
} pv_httpc_conf;

typedef struct pv_httpc_req {
	const char *method; /* NULL: GET */
	const char *url;
	const char *
		connect; /* "ADDRESS:PORT" to go to in the place of the URL's host, which is still verified; or NULL */
	const char *const *headers; /* "Name: value", ended by NULL; or NULL */
	pv_str body;
	int64_t timeout_ns; /* of the whole; 0: 30 s; < 0: none */
	size_t limit;       /* bytes of the answer's body; 0: 64 MB */
	int redirects;      /* followed at most; Authorization and cookies never go to another host */
	/* NULL, or called for each line (without its end) as it arrives; the body is
	 * not kept then and limit is of one line.  Not 0: stop, which is no error.
	 * A status of 300 or more has its body kept and no line called. */
	int (*on_line)(void *arg, pv_str line);
	void *arg;
	/* NULL, or asked about once a second: true ends the request with -PV_EUNAVAILABLE. */
	bool (*ended)(void *ended_arg);
	void *ended_arg;
} pv_httpc_req;

typedef struct pv_httpc_answer {
	int status;
	const char *reason; /* what stands behind it, "Not Found"; "" of HTTP/2 */
	pv_vec headers;     /* of const char *[2]: name in lower case, value */
	pv_str body;        /* NUL-terminated, arena of the ctx */
	const char *type;   /* Content-Type, "" if none */
} pv_httpc_answer;

/* Copies conf.  Owner: caller, pv_httpc_close(). */
PV_MUST_USE int pv_httpc_open(pv_ctx *cx, const pv_httpc_conf *conf, pv_httpc **ret);
pv_httpc *pv_httpc_close(pv_httpc *client); /* no request may be running; accepts NULL */
/* Any status is an answer, not an error.  -PV_EUNAVAILABLE: no connection,
 * -PV_ETIMEOUT (its own or cx's deadline), -PV_ETOOLARGE, -PV_EUNAUTHORIZED: TLS
 * trust, -PV_EBADREQUEST: the request itself; the text names method, URL and cause. */
PV_MUST_USE int pv_httpc_do(pv_ctx *cx, pv_httpc *client, const pv_httpc_req *req, pv_httpc_answer *ret);
const char *pv_httpc_header(const pv_httpc_answer *answer, const char *name); /* NULL if absent */
char *pv_url_escape(pv_arena *arena, const char *text); /* of one path segment or query value */
/* The URL without what may be secret: user, password, query, fragment. */
const char *pv_httpc_bare(pv_arena *arena, const char *url);
/* The host that such a request goes to, in lower case, without brackets and port; NULL: neither http
 * nor https, or no URL. */
const char *pv_httpc_host(pv_arena *arena, const char *url);
/* What the Location of an answer to `url` means; NULL: nothing. */
const char *pv_httpc_follow(pv_arena *arena, const char *url, const char *location);
bool pv_httpc_date(const char *text, int64_t *ret_ns); /* "Fri, 27 Nov 2026 00:02:26 GMT"; since 1970 */
