/* openapi: the parts of OpenAPI v3 that core/api puts together.  Pure. */
#pragma once
#include "core/schema/node.h"

/* {"$ref": "#/components/schemas/NAME"} */
pv_val pv_openapi_ref(pv_arena *arena, const char *name);
/* As pv_schema_openapi; names of types referred to are added to refs (const char *, with repeats). */
pv_val pv_schema_openapi_refs(pv_arena *arena, const pv_schema *schema, pv_vec *refs);
