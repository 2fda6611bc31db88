#include "core/admission/webhook/state.h"

#include "base/heap.h"
#include "base/str.h"

#define THREADS 32
#define QUEUE 1024

const char webhook_owner = 0;

int
webhook_open(pv_ctx *cx, pv_store *store, webhook_state **ret)
{
	webhook_state *state = pv_heap_new(sizeof *state);
	int r;

	pthread_mutex_init(&state->lock, NULL);
	state->pool = pv_pool_new("webhooks", THREADS, QUEUE);
	r = pv_setup_open(cx, store, &webhook_plan, &state->setup);
	if (r < 0)
		webhook_close(state);
	else
		*ret = state;
	return r;
}

pv_setup *
webhook_setup(webhook_state *state)
{
	return state->setup;
}

void
webhook_close(void *arg)
{
	webhook_state *state = arg;

	pv_pool_free(state->pool);
	pv_setup_close(state->setup);
	for (size_t i = 0; i < state->n; i++) {
		pv_httpc_close(state->clients[i].http);
		pv_heap_free(state->clients[i].ca);
	}
	pthread_mutex_destroy(&state->lock);
	pv_heap_free(state);
}

int
state_take(pv_ctx *cx, webhook_state *state, const char *ca, state_client *ret)
{
	pv_httpc_conf conf = {.ca_pem = ca};
	int r;

	*ret = (state_client){0};
	pthread_mutex_lock(&state->lock);
	for (size_t i = 0; i < state->n && !ret->http; i++)
		if (pv_streq(state->clients[i].ca, ca))
			ret->http = state->clients[i].http;
	pthread_mutex_unlock(&state->lock);
	if (ret->http)
		return 0;
	r = pv_httpc_open(cx, &conf, &ret->http);
	if (r < 0)
		return r;
	pthread_mutex_lock(&state->lock);
	ret->own = state->n == STATE_CLIENTS;
	if (!ret->own) {
		state->clients[state->n].ca = ca ? pv_heap_printf("%s", ca) : NULL;
		state->clients[state->n++].http = ret->http;
	}
	pthread_mutex_unlock(&state->lock);
	return 0;
}

void
state_give(state_client *client)
{
	if (client->own)
		client->http = pv_httpc_close(client->http);
}
