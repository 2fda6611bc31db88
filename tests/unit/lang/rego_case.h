/* rego_case: what the tests of Rego share: a context for each test, and modules
 * compiled and evaluated in one call. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "lang/json/json.h"
#include "lang/rego/outside.h"
#include "lang/rego/rego.h"
#include "unit/context.h"

typedef struct rego_case {
	const char *module, *query, *input, *data; /* JSON; NULL: none */
	bool v0, strict, trace, strict_compiler, alone;
	pv_buf *printed; /* lines of print(); NULL: it is erased */
	uint64_t steps;
	size_t memory;
	int64_t cpu_ns;
	const pv_rego_outside *outside;
} rego_case;

static inline const pv_val *
json_of(const char *text)
{
	const pv_val *v = NULL;
	if (text && pv_json_parse(&cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s: %s", text, pv_error_text(&cx));
	return v;
}

static inline void
rego_print(void *arg, const char *line)
{
	pv_buf_printf(arg, "%s\n", line);
}

/* Compiles (module: "policy.rego"), prepares and runs; the error stays in cx. */
static inline int
rego_run(const rego_case *c, pv_rego_result *ret)
{
	pv_rego_module m = {.name = "policy.rego", .text = pv_str_of(c->module)};
	pv_rego_opts opts = {
		.v0 = c->v0, .strict = c->strict_compiler, .prints = c->printed != NULL, .alone = c->alone};
	pv_rego *rego = NULL;
	pv_rego_query *query = NULL;
	int r = pv_rego_compile(&cx, &m, c->module ? 1 : 0, &opts, &rego);
	if (r < 0)
		return r;
	r = pv_rego_prepare(&cx, rego, c->query ? c->query : "data", &query);
	pv_rego_unref(rego);
	if (r < 0)
		return r;
	pv_rego_eval eval = {.input = json_of(c->input),
			     .data = json_of(c->data),
			     .steps = c->steps,
			     .memory = c->memory,
			     .cpu_ns = c->cpu_ns,
			     .strict_builtin_errors = c->strict,
			     .trace = c->trace,
			     .print = c->printed ? rego_print : NULL,
			     .print_arg = c->printed,
			     .outside = c->outside,
			     .now_ns = 42};
	r = pv_rego_run(&cx, query, &eval, ret);
	pv_rego_query_free(query);
	return r;
}

/* The rows of bindings as JSON text. */
static inline char *
rego_rows(const rego_case *c)
{
	pv_rego_result result;
	pv_listb rows;
	pv_buf b;
	if (rego_run(c, &result) < 0)
		fail_msg("%s\n%s", c->module ? c->module : c->query, pv_error_text(&cx));
	pv_listb_init(&rows, cx.arena);
	for (size_t i = 0; i < result.sets.len; i++)
		pv_listb_add(&rows, pv_rego_json(cx.arena, *PV_AT(const pv_val *, &result.sets, i)));
	pv_val v = pv_listb_end(&rows);
	pv_buf_init(&b, cx.arena);
	pv_rego_write(&b, &v, NULL, true);
	return b.s;
}
