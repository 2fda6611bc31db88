/* Any condition is read and evaluated or refused, within its limits. */
#include "lang/expr/expr.h"
#include "lang/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char doc[] =
	"{\"s\":\"text\",\"n\":1.5,\"l\":[1,\"b\",null,{\"k\":\"v\"}],\"m\":{\"b\":2,\"a\":{\"x\":\"y\"}},"
	"\"t\":true}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const pv_ex_run how = {.steps = 20000, .now = 1};
	const pv_val *v = NULL;
	const pv_ex *e;
	pv_tv ret;
	pv_ctx cx;

	pv_ctx_init(&cx, "fuzz");
	PV_ASSERT(pv_json_parse(&cx, PV_STR(doc), NULL, &v) == 0);
	if (pv_ex_parse(&cx, cx.arena, (pv_str){(const char *)data, size}, &e) < 0 ||
	    pv_ex_eval(&cx, e, &how, pv_tv_from(cx.arena, v, false), &ret) < 0)
		pv_recover(&cx);
	pv_ctx_done(&cx);
	return 0;
}
