/* Any bytes are JSON or an ordinary error; what is read, is written and read again
 * as the same value, in every form. */
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/json/pick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
comes_back(pv_ctx *cx, const pv_buf *text, const pv_val *v)
{
	const pv_val *again = NULL;

	PV_ASSERT(pv_json_parse(cx, (pv_str){text->s, text->len}, NULL, &again) == 0);
	PV_ASSERT(pv_eq(v, again) && pv_val_hash(v) == pv_val_hash(again));
}

/* What is picked of what was written is JSON; of any bytes, it is something. */
static void
pick(pv_ctx *cx, const pv_val *v, pv_str any)
{
	const pv_json_parts *parts = NULL;
	const pv_val *again = NULL;
	pv_buf text, out;

	PV_ASSERT(pv_json_parts_parse(cx, "a(b,a(a[-1])),b[-1](a),metadata(name)", &parts) == 0);
	pv_buf_init(&out, cx->arena);
	pv_json_pick(&out, any, parts);
	if (!v)
		return;
	pv_buf_clear(&out);
	pv_buf_init(&text, cx->arena);
	pv_json_write(&text, v);
	pv_json_pick(&out, (pv_str){text.s, text.len}, parts);
	PV_ASSERT(pv_json_parse(cx, (pv_str){out.s, out.len}, NULL, &again) == 0);
}

static void
check(pv_ctx *cx, const pv_val *v)
{
	const pv_val *frozen = pv_freeze(v);
	pv_buf b;

	PV_ASSERT(pv_eq(v, frozen) && pv_depth_within(v, PV_JSON_DEPTH));
	pv_buf_init(&b, cx->arena);
	pv_json_write(&b, frozen);
	comes_back(cx, &b, v);
	pv_buf_clear(&b);
	pv_json_write_sorted(&b, v);
	comes_back(cx, &b, v);
	pv_buf_clear(&b);
	if (pv_depth_within(v, 50)) { /* the indentation grows with the square of the depth */
		pv_json_write_pretty(&b, v, 2);
		comes_back(cx, &b, v);
	}
	pv_unref(frozen);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str text = {(const char *)data, size};
	const pv_val *v = NULL;
	pv_json_opts opts = {0};
	pv_vec repeated;
	pv_ctx cx;

	pv_ctx_init(&cx, "fuzz");
	pv_vec_init(&repeated, cx.arena, sizeof(const char *));
	opts.duplicates = &repeated;
	if (pv_json_parse(&cx, text, &opts, &v) == 0)
		check(&cx, v);
	else
		PV_ASSERT(pv_recover(&cx) == PV_EBADREQUEST);
	pick(&cx, v, (pv_str){(const char *)data, size});
	while (pv_json_next(&cx, &text, NULL, &v) == 0 && v != NULL)
		;
	pv_ctx_done(&cx);
	return 0;
}
