/* http_priv: what the files of the HTTP server share.  Internal to base.
 * A request is touched by one thread at a time: its loop thread, or the worker
 * while the connection is suspended. */
#pragma once
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/http.h"
#include "base/loop.h"
#include "base/pool.h"
#include "base/vec.h"

typedef struct http_pair {
	const char *name, *value;
} http_pair;

typedef struct http_conn { /* lives as long as the TCP connection */
	pv_http *http;
	int fd;
	bool busy; /* a request is being answered; else it is in http->idle.  Under http->mutex */
	struct http_conn *next, *prev;
	bool spoke;        /* its first bytes were looked at; the loop's, as are: */
	bool body_follows; /* behind the head of an answer that is about to be sent */
	char *head;        /* a record that waits for it (http_send.c); heap */
	size_t head_len;
	char *target;      /* of the request whose head was just read; heap */
	bool checked;      /* the client certificate has been looked at */
	bool refused;      /* there was one, and it did not hold */
	pv_ctx cx;         /* what the certificate says; arena made when needed */
	const char *cn;    /* NULL: no valid certificate */
	int64_t cert_ends; /* wall clock, ns */
	pv_vec orgs;       /* of const char * */
} http_conn;

#define HTTP_TALKS 64 /* connections that are no HTTP any more, at a time */
typedef struct http_upgrade http_upgrade;
typedef struct http_shown http_shown;

enum http_stage { HTTP_READING, HTTP_RUNNING, HTTP_QUEUED };

struct pv_http_req {
	pv_http *http;
	struct MHD_Connection *mhd;
	http_conn *conn;
	pv_ctx cx;
	enum http_stage stage;
	void *ticket; /* the caller's, of enter and leave */
	const char *method, *target, *path;
	size_t target_len; /* as it was sent, with its authority */
	const char *query; /* raw, NULL if none */
	char peer[64];
	pv_buf body; /* heap */
	size_t announced, discarded;
	size_t charged;    /* bytes of the body that count in http->strangers */
	bool asked, known; /* whether the caller has valid credentials */
	bool whole;        /* it has no body: its head was all of it */
	bool chunks;       /* its client reads answers in chunks: HTTP/1.1 */
	bool too_large, crowded, parsed, listed;
	pv_vec pairs, headers, answer; /* of http_pair */
	int status;                    /* of the answer; 0: none yet */
	const char *type;
	pv_str reply;
	void (*release)(void *arg);
	void *release_arg;
	pv_http_stream *stream;
	http_upgrade *upgrade; /* until the connection has it */
	int64_t started;
	size_t sent;
	/* http_hold.c; under http->mutex */
	size_t held;        /* bytes of the answer that the client has not read; 0: not worth counting */
	int64_t held_since; /* monotonic */
	bool cut;           /* it was hung up for them */
	pv_http_req *holder_before, *holder_next;
};

struct pv_http {
	pv_http_conf conf;
	struct MHD_Daemon *daemon;
	pv_pool *pool;
	pv_loop *loop; /* timers of streams, and hang-ups of sleeping ones */
	int port;
	int fd, family; /* listens until the daemon has it; -1: it has */
	int stop;       /* an eventfd: readable when requests that still run are to end */
	atomic_bool closing;
	_Atomic(http_shown *) shown; /* the certificate that is; NULL: the one that it was opened with */
	atomic_size_t strangers;     /* bytes kept of the bodies of callers without credentials */
	/* Never held while microhttpd is called, which tells of an upgraded connection's end under a lock of its own;
	 * streams_mutex may be: those are no streams. */
	pthread_mutex_t mutex;
	pthread_cond_t calm;         /* active or waiting == 0 */
	size_t active;               /* requests between their head and their end */
	size_t waiting;              /* suspended ones: for their turn, or while a worker has them */
	size_t connections, most;    /* open ones, and how many there may be */
	http_conn *idle, *idle_last; /* the longest idle one first */
	pthread_mutex_t streams_mutex;
	pv_http_stream *streams; /* open ones; under streams_mutex */
	pv_pool *talkers;        /* threads of upgraded connections */
	http_upgrade *upgrades;
	size_t talks;                        /* of them, and of those that are about to be */
	size_t held;                         /* bytes of all answers that are not read yet */
	pv_http_req *holders, *holders_last; /* the oldest first */
};

struct pv_http_stream {
	pv_http_req *req;
	pv_http_source source;
	pthread_mutex_t mutex; /* of asleep and timer; may be taken under a caller's lock */
	atomic_bool pending;   /* woken since the last pull began */
	atomic_bool hung_up;   /* the client is gone */
	bool alone;            /* it needs nothing of the request */
	size_t written; /* most bytes that a pull left in the connection's buffer since it was given back */
	bool asleep;    /* suspended, waiting for a wake */
	pv_timer *timer;
	pv_io *hangup;
	pv_http_stream *next, **prev;
};

void http_stream_end(pv_http_stream *stream);
struct MHD_Response *http_stream_response(pv_http_stream *stream);
void http_req_init(pv_http_req *req, const char *method, char *target);
void http_req_forget(pv_http_req *req); /* all that handlers see of it, and its ctx */

/* http_hold.c: the answer holds so many bytes from now on.  False: that is more than there is room for. */
bool http_hold(pv_http_req *req, size_t bytes);
size_t http_hold_most(const pv_http *http); /* bytes of all answers together */

/* http_upgrade.c */
struct MHD_Response *http_upgrade_response(http_upgrade *upgrade);
void http_upgrade_free(http_upgrade *upgrade); /* one that did not come to run */
void http_upgrades_end(pv_http *http);         /* all of them */

/* What must not be in a request's head, or is missing; NULL if all is well (http_head.c). */
const char *http_head_fault(pv_http_req *req, const char *version);

void http_refuse_ready(void); /* before the first daemon */
/* MHD_queue_response for our own answers (http_refuse.c). */
enum MHD_Result http_queue(struct MHD_Connection *mhd, unsigned status, struct MHD_Response *response);

/* http_body.c */
void http_body_expect(pv_http_req *req, size_t announced);
enum MHD_Result http_body_take(pv_http_req *req, const char *bytes, size_t len);
void http_body_done(pv_http_req *req);

/* http_send.c: of a new connection, and of one that ends. */
void http_send_init(http_conn *conn, struct MHD_Connection *mhd);
void http_send_done(http_conn *conn);

/* http_tls.c: to a new connection, and at the end. */
void http_tls_show(pv_http *http, struct MHD_Connection *mhd);
void http_tls_done(pv_http *http);

/* http_conn.c: under http->mutex. */
void http_conn_busy(http_conn *conn);
void http_conn_idle(http_conn *conn); /* the last one of the idle, once more if it is one */

/* Called by microhttpd (http.c, http_conn.c). */
enum MHD_Result http_on_request(void *arg, struct MHD_Connection *mhd, const char *url, const char *method,
				const char *version, const char *bytes, size_t *len, void **state);
void http_on_completed(void *arg, struct MHD_Connection *mhd, void **state,
		       enum MHD_RequestTerminationCode how);
void http_on_connection(void *arg, struct MHD_Connection *mhd, void **socket_context,
			enum MHD_ConnectionNotificationCode what);
void *http_on_target(void *arg, const char *target, struct MHD_Connection *mhd);
