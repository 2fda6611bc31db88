/* openapi: the parts of OpenAPI v3 that core/api puts together.  Pure. */
#pragma once
#include "base/vec.h"
#include "core/kinds/words.h"
#include "core/schema/node.h"

/* {"$ref": "#/components/schemas/NAME"} */
pv_val pv_openapi_ref(pv_arena *arena, const char *name);
/* A type of the facts table.  Names of types referred to are added to refs (const char *, with repeats). */
pv_val pv_schema_openapi(pv_arena *arena, const pv_schema *type, const pv_words *words, pv_vec *refs);
