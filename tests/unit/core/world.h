/* world: a whole API in memory, for tests that speak to it by calls. */
#pragma once
#include "core/api/api.h"
#include "core/resource/resource.h"

typedef struct world {
	pv_ctx cx;
	pv_store *store;
	pv_registry *registry;
	pv_auth *auth;
	pv_api *api;
} world;

int world_open(void **state);  /* cmocka setup: *state is a world; the caller is system:pave */
int world_close(void **state); /* teardown */
void world_restart(world *w);  /* a new API over the same store; what cx held is gone */
const pv_val *world_json(world *w, const char *text);
pv_call world_call(world *w, const char *api_version, const char *kind, const char *ns, const char *name);
/* As a user with groups (NULL-terminated; NULL: none) from here on. */
void world_be(world *w, const char *user, const char *const *groups);
/* Creates, and fails the test if that is refused. */
const pv_val *world_create(world *w, const char *text);
