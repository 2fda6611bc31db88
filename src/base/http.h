/* http: the HTTP/1.1 server, over libmicrohttpd (wrapped here only).
 * Loop threads (one a core) parse requests and answer quick ones in place; what
 * the conf's `blocks` says may wait for a commit runs on the server's pool.
 * A handler gets the whole body (limit per server) and a ctx whose arena lives
 * until the answer is sent.  Streams are pulled by the loop thread. */
#pragma once
#include "base/ctx.h"

typedef struct pv_http pv_http;
typedef struct pv_http_req pv_http_req;
typedef struct pv_http_stream pv_http_stream;

typedef struct pv_http_conf {
	const char *host;               /* "127.0.0.1", "::1", "0.0.0.0" */
	int port;                       /* 0: a free one */
	const char *cert_pem, *key_pem; /* NULL: plain HTTP */
	const char *client_ca_pem;      /* NULL: no client certificates are asked for */
	size_t body_limit;              /* bytes; more is answered 413 */
	size_t strangers_limit;         /* bytes kept of all bodies whose sender `knows` denies; 0 = 32 MiB */
	size_t answers_limit;           /* bytes of all answers that are not read yet; 0 = 512 MiB */
	int64_t answers_patience;       /* ns that one may hold them, over the limit; 0 = 5 s */
	int threads;                    /* loop threads; 0 = cores */
	int workers;                    /* pool for blocking handlers; 0 = 64 */
	bool later;                     /* who connects waits until pv_http_start() */
	/* Called for every request.  Returns 0 when an answer was set (pv_http_reply,
	 * pv_http_stream_open), or -PV_E*: then `fail` writes it. */
	int (*handle)(pv_ctx *cx, pv_http_req *req, void *arg);
	void (*fail)(pv_ctx *cx, pv_http_req *req, void *arg); /* cx->err is set */
	/* The JSON that answers what cannot be read as a request at all (400, 413, 414, 431,
	 * 505); in cx's arena.  NULL: such answers are empty. */
	const char *(*refuse)(pv_ctx *cx, int status, void *arg);
	/* Decided from the head: the body is not looked at. */
	bool (*blocks)(pv_http_req *req, void *arg);
	/* Asked by a loop thread when a blocking request is whole: 0 = its turn is now, 1 = later
	 * (pv_http_run, by any thread, once), -PV_E* = never.  leave ends what enter began, by
	 * the thread that is done with it.  NULL: first come, first served. */
	int (*enter)(pv_ctx *cx, pv_http_req *req, void *arg);
	void (*leave)(pv_http_req *req, void *arg);
	/* Does the request carry valid credentials?  Asked by a loop thread, and only when a body
	 * grows large; leaves no error behind.  NULL: all do. */
	bool (*knows)(pv_ctx *cx, pv_http_req *req, void *arg);
	void (*sent)(pv_http_req *req, int status, size_t bytes, int64_t ns, void *arg); /* or NULL */
	void *arg;
} pv_http_conf;

/* Would it find its address free?  For whoever makes other things first. */
PV_MUST_USE int pv_http_try(pv_ctx *cx, const char *host, int port);
/* Listens.  Raises this process' soft limit of descriptors to the hard one.  Owner: caller, pv_http_close(). */
PV_MUST_USE int pv_http_open(pv_ctx *cx, const pv_http_conf *conf, pv_http **ret);
PV_MUST_USE int pv_http_start(pv_ctx *cx, pv_http *http); /* once, of one that was opened to start later */
/* Who connects from now on is shown this certificate; of a server that shows one.  One thread at a time. */
PV_MUST_USE int pv_http_certify(pv_ctx *cx, pv_http *http, const char *cert_pem, const char *key_pem);
pv_http *pv_http_close(pv_http *http); /* ends streams, waits for handlers */
int pv_http_port(const pv_http *http);

void pv_http_run(pv_http_req *req); /* its turn has come: a worker takes it */
/* Room for one address of the caller's, from enter to leave. */
void **pv_http_ticket(pv_http_req *req);

const char *pv_http_method(const pv_http_req *req);
const char *pv_http_path(const pv_http_req *req);   /* raw: still percent-encoded, no query */
const char *pv_http_target(const pv_http_req *req); /* raw path and query, for logs and proxies */
pv_str pv_http_body(const pv_http_req *req);
/* NULL if absent.  Header names are case-insensitive. */
const char *pv_http_header(const pv_http_req *req, const char *name);
/* Does an Accept-Encoding header (NULL: none) allow the coding, "gzip"?  RFC 9110, 12.5.3. */
bool pv_http_takes(const char *accept_encoding, const char *coding);
/* Every header line in order (Impersonate-Group repeats); false at the end. */
bool pv_http_header_each(pv_http_req *req, size_t *pos, const char **ret_name, const char **ret_value);
/* Decoded value of the first / n-th occurrence; NULL if absent. */
const char *pv_http_query(pv_http_req *req, const char *name);
const char *pv_http_query_at(pv_http_req *req, const char *name, int n);
bool pv_http_query_has(pv_http_req *req, const char *name, const char *value); /* in one of them */
/* Every query pair in order, decoded; false at the end. */
bool pv_http_query_each(pv_http_req *req, size_t *pos, const char **ret_name, const char **ret_value);
const char *pv_http_peer(const pv_http_req *req); /* "127.0.0.1" */
/* The client certificate that the TLS layer verified against client_ca_pem:
 * its subject's common name and organisations, and when it ends (wall clock, ns);
 * false if there is none. */
bool pv_http_client_cert(pv_http_req *req, pv_ctx *cx, const char **ret_cn, pv_vec *ret_orgs,
			 int64_t *ret_ends);
/* Was one shown that does not hold: expired, not yet valid, or another authority's? */
bool pv_http_client_cert_refused(pv_http_req *req, pv_ctx *cx);

void pv_http_set(pv_http_req *req, const char *name, const char *value); /* answer header; repeats add */
/* Sends `body` (copied unless `release` is given, which is called when sent).
 * A second reply replaces the first and ends a stream that was opened. */
void pv_http_reply(pv_http_req *req, int status, const char *type, pv_str body, void (*release)(void *arg),
		   void *arg);

/* The status of the reply, or of the stream that was opened; 0: none yet. */
int pv_http_answered(const pv_http_req *req);

/* 101: the connection is another protocol's from here on.  run has it, on a thread of its own, until it returns;
 * fd is shut down when the server closes.  done is called once, also if it never came to run.
 * -PV_ETOOMANY: there are as many such sessions as the server holds; done is not called. */
typedef struct pv_http_talk {
	void (*run)(void *arg, int fd, pv_str early); /* early: bytes that came behind the request */
	void (*done)(void *arg);
	void *arg;
} pv_http_talk;
PV_MUST_USE int pv_http_upgrade(pv_http_req *req, const char *protocol, const pv_http_talk *talk);

/* A `release` for a body that lies in the ctx's arena or in static memory. */
void pv_http_keep(void *arg);

/* A streamed answer.  `pull` fills at most cap bytes: >0 bytes written, 0 = nothing
 * yet (asked again after a wake), -1 = end.  `done` is called once at the end,
 * also when the client went away; the stream is freed when it returns, so it must
 * make sure that no other thread wakes the stream later.  No lock of this library
 * is held around either. */
typedef struct pv_http_source {
	ptrdiff_t (*pull)(void *arg, char *out, size_t cap);
	void (*done)(void *arg);
	void *arg;
} pv_http_source;
pv_http_stream *pv_http_stream_open(pv_http_req *req, int status, const char *type,
				    const pv_http_source *source);
/* By the handler: pull and done need nothing of the request and of its ctx, which go as soon as the head of
 * the answer is made.  For streams that live long. */
void pv_http_stream_alone(pv_http_stream *stream);
void pv_http_stream_wake(pv_http_stream *stream); /* any thread; cheap when not asleep */
/* What the source keeps of it until the client takes more.  All answers have a budget together: over it,
 * the connection that has held most for longest is hung up. */
void pv_http_stream_holds(pv_http_stream *stream, size_t bytes);
/* Wakes the stream once at the monotonic instant (bookmarks, time limits). */
void pv_http_stream_wake_at(pv_http_stream *stream, int64_t mono_ns);
