/* impl: the client's fields, shared by client.c and discovery.c. */
#pragma once
#include "base/httpc.h"
#include "core/client/client.h"

struct pv_client {
	pv_arena *arena; /* as long as the client: its texts, the kinds it found */
	pv_httpc *http;
	const char *server, *ns, *agent, *connect;
	const char *ca_pem;
	bool insecure;
	size_t limit;
	bool (*ended)(void *arg);
	void *ended_arg;
	bool discovered;
	pv_vec kinds; /* of pv_client_kind */
};
