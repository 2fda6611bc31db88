/* A JSON Schema, "---", a document: it is as the schema says, or has faults, or the schema is none. */
#include "base/str.h"
#include "fuzz/pieces.h"
#include "lang/json/json.h"
#include "lang/jsonschema/jsonschema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str rest = {(const char *)data, size}, first = piece_next(&rest);
	const pv_val *schema, *v;
	const char *faults;
	pv_ctx cx;

	pv_ctx_init(&cx, "fuzz");
	if (pv_json_parse(&cx, first, NULL, &schema) < 0 || pv_json_parse(&cx, rest, NULL, &v) < 0 ||
	    pv_schema_faults(&cx, schema, v, &faults) < 0)
		pv_recover(&cx);
	else
		PV_ASSERT(!faults || *faults);
	pv_ctx_done(&cx);
	return 0;
}
