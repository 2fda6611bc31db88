/* registry_world: a registry with the kinds that are built in, for tests that need no more of the API.  One a test
 * program; what it hands out lives until its end. */
#pragma once
#include "core/resource/resource.h"

typedef struct registry_world {
	pv_ctx cx;
	pv_registry *registry;
} registry_world;

int registry_setup(void **state); /* of a cmocka group: *state is a registry_world */
int registry_teardown(void **state);
