/* Any bytes are a module (v0 and v1) or an ordinary error with a place and a code;
 * what compiles can be asked for, within a limit of steps, and says the same with a trace. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/rego.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rows as text; NULL after an error. */
static const char *
ask(pv_ctx *cx, pv_rego *rego, bool strict, bool trace)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	pv_rego_query *query;
	pv_rego_result result;
	pv_rego_eval eval = {.input = &nothing,
			     .now_ns = 1,
			     .steps = 2000,
			     .strict_builtin_errors = strict,
			     .trace = trace};
	pv_buf b;
	PV_ASSERT(pv_rego_prepare(cx, rego, "x = data", &query) == 0);
	int r = pv_rego_run(cx, query, &eval, &result);
	PV_ASSERT(r == 0 || pv_rego_error_code(cx) != NULL);
	if (r < 0)
		pv_recover(cx);
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; r == 0 && i < result.sets.len; i++) {
		pv_val v = pv_rego_json(cx->arena, *PV_AT(const pv_val *, &result.sets, i));
		pv_rego_write(&b, &v, NULL, true);
	}
	pv_rego_query_free(query);
	return r == 0 ? b.s : NULL;
}

/* With a trace all runs as it is written: what indexes and memory spare changes no result. */
static void
compare(pv_ctx *cx, pv_rego *rego, const pv_rego_module *m)
{
	static const char *const chance[] = {"rand", "uuid", "sign"};
	const char *fast = ask(cx, rego, false, false), *slow = ask(cx, rego, false, true);
	for (size_t i = 0; i < PV_LEN(chance); i++)
		if (memmem(m->text.s, m->text.len, chance[i], strlen(chance[i])))
			return;
	PV_ASSERT(!fast || !slow || pv_streq(fast, slow));
}

/* What can be read can be formed, if not always better. */
static void
form(pv_ctx *cx, const pv_rego_module *m, bool v0)
{
	pv_rego_form how = {.v0 = v0};
	pv_str text;
	pv_val tree;
	if (pv_rego_format(cx, m, &how, &text) < 0)
		pv_recover(cx);
	if (pv_rego_parse(cx, m, &(pv_rego_opts){.v0 = v0}, &tree) < 0)
		pv_recover(cx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int v0 = 0; v0 < 2; v0++) {
		pv_ctx cx;
		pv_rego *rego;
		pv_rego_module m = {.name = "fuzz.rego", .text = {(const char *)data, size}};
		pv_rego_opts opts = {.v0 = v0 == 1, .tests = size % 2 == 0};
		pv_ctx_init(&cx, "fuzz");
		if (pv_rego_compile(&cx, &m, 1, &opts, &rego) == 0) {
			compare(&cx, rego, &m);
			(void)ask(&cx, rego, true, true);
			pv_rego_unref(rego);
		} else {
			PV_ASSERT(pv_rego_error_code(&cx) != NULL);
			pv_recover(&cx);
		}
		form(&cx, &m, v0 == 1);
		pv_ctx_done(&cx);
	}
	return 0;
}
