/* openapi_world: a registry of its own whose documents are asked for, as the tests of OpenAPI have it.  One thread; what
 * it hands out lives until its end. */
#pragma once
#include "core/resource/resource.h"

typedef struct openapi_world {
	pv_ctx cx;
	pv_registry *registry;
} openapi_world;

int openapi_setup(void **state); /* of a cmocka group */
int openapi_teardown(void **state);
const pv_val *openapi_document(openapi_world *w, const char *path,
			       size_t *ret_len); /* ret_len: its bytes; may be NULL */
