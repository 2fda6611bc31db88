/* jsonschema: JSON Schema, drafts 4 to 2020-12, over documents.  `format` and content
 * keywords assert nothing; references stay within the document.  Pure. */
#pragma once
#include "base/ctx.h"
#include "lang/value/value.h"

/* 0 and *ret_faults NULL if the value is as the schema says; else a line for each fault,
 * in the words of santhosh-tekuri/jsonschema v6 (Helm's validator):
 *   - at '/age': minimum: got -5, want 0
 * -PV_EUNSUPPORTED for a reference to another document, -PV_EINVALID for one to nowhere or a
 * pattern that is none. */
PV_MUST_USE int pv_schema_faults(pv_ctx *cx, const pv_val *schema, const pv_val *value,
				 const char **ret_faults);
