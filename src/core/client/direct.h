/* direct: a client of a server that no kubeconfig names, and its parts for who sends requests himself.
 * Threads and ownership as client.h has them, but for what is said here. */
#pragma once
#include "base/httpc.h"
#include "core/client/client.h"

/* A server that no kubeconfig names.  Its requests may come from any thread, but for what there is (below). */
typedef struct pv_client_at {
	const char *server, *connect; /* connect: as pv_httpc_req has it, or NULL */
	const char *agent;            /* as above */
	const pv_httpc_conf *http;
	size_t limit;             /* bytes of an answer; 0: 64 MB */
	bool (*ended)(void *arg); /* as pv_httpc_req has it, of every request but streams; or NULL */
	void *arg;
} pv_client_at;
PV_MUST_USE int pv_client_open_at(pv_ctx *cx, const pv_client_at *at, pv_client **ret);

/* How it knows its server: by which authorities (NULL: the system's), or not at all. */
const char *pv_client_authority(const pv_client *client);
bool pv_client_is_insecure(const pv_client *client);

/* For who sends requests himself: how such a request looks, through what, and the error that an answer is. */
pv_httpc_req pv_client_request(pv_ctx *cx, const pv_client *client, const pv_client_call *call);
pv_httpc *pv_client_httpc(const pv_client *client);
int pv_client_refused(pv_ctx *cx, const pv_client *client, const pv_httpc_answer *answer);
