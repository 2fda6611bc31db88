/* state: what outlives one call: a client for each authority (its connections are used
 * again) and the threads of validating webhooks; private to webhook/.  Thread-safe. */
#pragma once
#include <pthread.h>

#include "base/httpc.h"
#include "base/pool.h"
#include "core/admission/webhook/webhook.h"

#define STATE_CLIENTS 32

typedef struct state_client {
	pv_httpc *http;
	bool own; /* closed when it is given back: there was no room to keep it */
} state_client;

struct webhook_state {
	pthread_mutex_t lock;
	struct {
		char *ca; /* heap; NULL: the system's authorities */
		pv_httpc *http;
	} clients[STATE_CLIENTS];
	size_t n;
	pv_pool *pool;
	pv_setup *setup;
};

PV_MUST_USE int state_take(pv_ctx *cx, webhook_state *state, const char *ca, state_client *ret);
void state_give(state_client *client);
