/* Of any module, every rule is evaluated partially to queries or to an ordinary error, and has its
 * dependencies. */
#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/unknowns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_query(pv_ctx *cx, pv_rego *rego, const char *query)
{
	static const char *const unknowns[] = {"input", "data.unknown"};
	static const pv_val nothing = {.type = PV_OBJECT};
	pv_rego_partial_opts opts = {.query = query,
				     .unknowns = unknowns,
				     .n_unknowns = PV_LEN(unknowns),
				     .eval = {.data = &nothing, .now_ns = 1, .steps = 2000}};
	pv_vec base, virtual;
	pv_rego_left left;
	if (pv_rego_partial(cx, rego, &opts, &left) < 0)
		pv_recover(cx);
	if (pv_rego_deps(cx, rego, query, &base, &virtual) < 0)
		pv_recover(cx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_rego_module m = {.name = "fuzz.rego", .text = {(const char *)data, size}};
	pv_rego *rego;
	pv_vec rules;
	pv_ctx cx;
	pv_ctx_init(&cx, "fuzz");
	pv_vec_init(&rules, cx.arena, sizeof(pv_rego_rule));
	if (pv_rego_compile(&cx, &m, 1, NULL, &rego) < 0) {
		pv_recover(&cx);
		pv_ctx_done(&cx);
		return 0;
	}
	pv_rego_rules(rego, &rules);
	for (size_t i = 0; i < rules.len && i < 8; i++) {
		const pv_rego_rule *r = PV_AT(pv_rego_rule, &rules, i);
		const char *path = pv_printf(cx.arena, "%s.%s", r->package, r->name);
		try_query(&cx, rego, path);
		try_query(&cx, rego, pv_printf(cx.arena, "%s == true", path));
		try_query(&cx, rego, pv_printf(cx.arena, "%s[x]", path));
		try_query(&cx, rego, pv_printf(cx.arena, "not %s", path));
	}
	pv_rego_unref(rego);
	pv_ctx_done(&cx);
	return 0;
}
