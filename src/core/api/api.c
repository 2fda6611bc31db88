/* Opening and closing the API. */
#include "core/api/runtime.h"
#include "core/api/api.h"

#include <stdlib.h>

#include "base/time.h"
#include "core/api/computed.h"

#define CONVERTERS 8    /* calls of conversion webhooks for watches, at a time */
#define CONVERTING 4096 /* watches that wait for one */

static const pv_family_def durations = {
	.name = "pave_api_request_duration_seconds",
	.help = "Time to answer a request of the resource API, without watches.",
	.type = PV_HISTOGRAM,
	.labels = {"verb", "resource", "code"},
};

int
pv_api_open(pv_ctx *cx, const pv_api_conf *conf, pv_api **ret)
{
	pv_api *api = calloc(1, sizeof *api);

	(void)cx;
	PV_ASSERT(api);
	api->store = conf->store;
	api->registry = conf->registry;
	api->auth = conf->auth;
	api->audit = conf->audit;
	api->flow = conf->flow;
	api->metrics = conf->metrics;
	api->alone = conf->alone;
	if (conf->metrics)
		api->durations = pv_family_new(conf->metrics, &durations);
	pthread_mutex_init(&api->addresses, NULL);
	pthread_rwlock_init(&api->deeds, NULL);
	pthread_mutex_init(&api->turns_lock, NULL);
	api->converters = pv_pool_new("convert", CONVERTERS, CONVERTING);
	api->computed = computed_new();
	api->started = pv_mono();
	*ret = api;
	return 0;
}

pv_api *
pv_api_close(pv_api *api)
{
	if (api) {
		pv_pool_free(api->converters);
		computed_free(api->computed);
		while (api->n_kept-- > 0)
			api->kept[api->n_kept].close(api->kept[api->n_kept].state);
		pthread_mutex_destroy(&api->addresses);
		pthread_rwlock_destroy(&api->deeds);
		pthread_mutex_destroy(&api->turns_lock);
		free(api);
	}
	return NULL;
}

bool
pv_api_alone(const pv_api *api)
{
	return api->alone;
}

pv_store *
pv_api_store(pv_api *api)
{
	return api->store;
}

pv_registry *
pv_api_registry(pv_api *api)
{
	return api->registry;
}

pv_auth *
pv_api_auth(pv_api *api)
{
	return api->auth;
}

void
pv_api_keep(pv_api *api, const void *owner, void *state, void (*close)(void *state))
{
	PV_ASSERT(api->n_kept < PV_LEN(api->kept));
	api->kept[api->n_kept++] = (struct kept){owner, state, close};
}

void *
pv_api_kept(pv_api *api, const void *owner)
{
	for (size_t i = 0; i < api->n_kept; i++)
		if (api->kept[i].owner == owner)
			return api->kept[i].state;
	return NULL;
}

void
pv_api_set_runtime(pv_api *api, struct pv_runtime *runtime)
{
	pthread_rwlock_wrlock(&api->deeds); /* no write tells the old one anything any more */
	atomic_store(&api->runtime, (uintptr_t)runtime);
	pthread_rwlock_unlock(&api->deeds);
}

struct pv_runtime *
pv_api_runtime(const pv_api *api)
{
	return (struct pv_runtime *)atomic_load(&api->runtime);
}

void
pv_api_set_ready(pv_api *api)
{
	atomic_store(&api->ready, true);
}
