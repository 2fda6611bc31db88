/* session: conversations with a node's containers: exec, attach, port-forward and logs, and what a node
 * implements of them.  The API asks for rights, finds Pod, container and node, and speaks Kubernetes'
 * channels (v5.channel.k8s.io and v4) over a WebSocket; the node only reads and writes channels.
 * A session runs on a thread of its own; writing to it is thread-safe. */
#pragma once
#include "base/http.h"
#include "lang/value/value.h"

struct pv_api;
typedef struct pv_session pv_session;

enum pv_channel { PV_STDIN, PV_STDOUT, PV_STDERR, PV_FAULT, PV_RESIZE };

typedef struct pv_session_wish {
	const pv_val *pod; /* as it was when the session began */
	const char *container;
	const char *const *command; /* exec; NULL-terminated */
	bool in, out, err, tty;     /* which streams are wanted */
	const int *ports; /* port-forward: n_ports of them; port i has channels 2i and 2i + 1 (faults) */
	size_t n_ports;
} pv_session_wish;

enum pv_session_event { PV_S_NONE, PV_S_DATA, PV_S_CLOSED, PV_S_RESIZED, PV_S_GONE };
typedef struct pv_session_news {
	enum pv_session_event event;
	int channel;  /* of DATA and CLOSED (the client will send no more on it) */
	pv_str bytes; /* of DATA, until the next call */
	int width, height;
} pv_session_news;

const pv_session_wish *pv_session_wishes(const pv_session *s);
pv_session_news pv_session_next(pv_session *s);
/* Waits for news, or until `patience` ns are over. */
pv_session_news pv_session_wait(pv_session *s, int64_t patience);
/* false: the client is gone.  What nobody asked for (err with a tty) is dropped. */
bool pv_session_write(pv_session *s, int channel, pv_str bytes);

typedef struct pv_log_wish {
	const pv_val *pod;
	const char *container;
	bool follow, previous, timestamps;
	int64_t since, tail, limit; /* wall clock ns, lines, bytes; -1: not asked for */
} pv_log_wish;

/* What a node offers.  A NULL is answered with 501 and the words of `lacks`. */
typedef struct pv_node {
	bool (*serves)(const char *node_name);
	const char *lacks; /* why: "runs no containers, so there is nothing to attach to" */
	/* The text, pulled by a loop thread as any stream; opened with a ctx that lives as long. */
	int (*log)(pv_ctx *cx, struct pv_api *api, const pv_log_wish *wish, pv_http_source *ret);
	/* Until the process has ended: *ret_exit is how.  -PV_E* if it never ran, or was lost. */
	int (*exec)(pv_ctx *cx, pv_session *s, int *ret_exit);
	int (*attach)(pv_ctx *cx, pv_session *s, int *ret_exit);
	int (*port_forward)(pv_ctx *cx, pv_session *s);
} pv_node;

/* ---- for the API ---- */
enum pv_session_kind { PV_EXEC, PV_ATTACH, PV_PORT_FORWARD };

/* The first of the client's protocols (Sec-WebSocket-Protocol) that is spoken here; NULL if none is. */
const char *pv_session_protocol(pv_arena *arena, const char *offered);
/* What the wish points at is copied. */
pv_session *pv_session_new(const pv_node *node, enum pv_session_kind kind, const char *protocol,
			   const pv_session_wish *wish);
pv_http_talk pv_session_talk(pv_session *s); /* runs it, and frees it */
