/* Any template is parsed and executed or refused, within its limits. */
#include "lang/gotmpl/gotmpl.h"
#include "lang/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char doc[] =
	"{\"s\":\"text\",\"n\":1.5,\"l\":[1,\"b\",null,{\"k\":\"v\"}],\"m\":{\"b\":2,\"a\":{\"x\":\"y\"}},"
	"\"t\":true,\"nil\":null}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const pv_tfunc *const funcs[] = {PV_TMPL_SPRIG, pv_tmpl_documents, pv_tmpl_include,
						pv_tmpl_lookup, NULL};
	const pv_tmpl_run how = {.missing = PV_T_MISSING_ZERO, .steps = 100000, .output = 100000, .now = 1};
	const pv_val *v = NULL;
	pv_ctx cx;
	pv_buf b;

	pv_ctx_init(&cx, "fuzz");
	pv_buf_init(&b, cx.arena);
	PV_ASSERT(pv_json_parse(&cx, PV_STR(doc), NULL, &v) == 0);
	pv_tmpl *t = pv_tmpl_new(cx.arena, &(pv_tmpl_opts){.funcs = funcs});
	if (pv_tmpl_parse(&cx, t, PV_STR("t"), (pv_str){(const char *)data, size}) < 0 ||
	    pv_tmpl_execute(&cx, t, &how, PV_STR("t"), pv_tv_from(cx.arena, v, true), &b) < 0)
		pv_recover(&cx);
	pv_ctx_done(&cx);
	return 0;
}
