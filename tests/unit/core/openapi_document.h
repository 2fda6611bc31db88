/* openapi_document: what the registry's OpenAPI says at a path, as the tests of OpenAPI ask for it. */
#pragma once
#include "unit/core/registry_world.h"

const pv_val *openapi_document(registry_world *w, const char *path,
			       size_t *ret_len); /* ret_len: its bytes; may be NULL */
/* What stands at a dotted path, as JSON; want NULL: nothing does. */
void openapi_check(registry_world *w, const pv_val *v, const char *path, const char *want);
