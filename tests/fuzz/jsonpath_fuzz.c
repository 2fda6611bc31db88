/* Any template is read and printed or refused, with and without missing keys. */
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/jsonpath/jsonpath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char doc[] =
	"{\"a\":[{\"b\":1,\"c\":\"x\",\"d\":[1,2,3,4]},{\"b\":2,\"c\":\"y\",\"e.f\":{\"g\":null}}],"
	"\"k\":true,\"f\":1.5,\"s\":\"text\",\"empty\":[]}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const pv_val *v = NULL;
	pv_jsonpath *path;
	pv_vec found;
	pv_ctx cx;
	pv_buf b;

	pv_ctx_init(&cx, "fuzz");
	pv_buf_init(&b, cx.arena);
	PV_ASSERT(pv_json_parse(&cx, PV_STR(doc), NULL, &v) == 0);
	if (pv_jsonpath_parse(&cx, pv_strndup(cx.arena, (const char *)data, size), &path) == 0) {
		if (pv_jsonpath_print(&cx, path, v, true, &b) < 0)
			pv_recover(&cx);
		if (pv_jsonpath_print(&cx, path, v, false, &b) < 0)
			pv_recover(&cx);
		if (pv_jsonpath_find(&cx, path, v, true, &found) < 0)
			pv_recover(&cx);
	}
	pv_ctx_done(&cx);
	return 0;
}
