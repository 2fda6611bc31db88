/* Any text is a selector or refused; its printed form is read as the same one. */
#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/selector/selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const pv_val *labels = NULL;
	pv_selector *sel, *again;
	const char *text, *printed;
	pv_vec terms;
	pv_ctx cx;

	pv_ctx_init(&cx, "fuzz");
	PV_ASSERT(pv_json_parse(&cx, PV_STR("{\"a\":\"b\",\"n\":\"5\",\"x.y/z\":\"\"}"), NULL, &labels) == 0);
	text = pv_strndup(cx.arena, (const char *)data, size);
	if (pv_selector_parse(&cx, text, &sel) == 0) {
		printed = pv_selector_text(cx.arena, sel);
		PV_ASSERT(pv_selector_parse(&cx, printed, &again) == 0);
		PV_ASSERT(strcmp(pv_selector_text(cx.arena, again), printed) == 0);
		PV_ASSERT(pv_selector_match(sel, labels) == pv_selector_match(again, labels));
	} else {
		pv_recover(&cx);
	}
	if (pv_field_selector_parse(&cx, text, &terms) < 0)
		pv_recover(&cx);
	pv_ctx_done(&cx);
	return 0;
}
