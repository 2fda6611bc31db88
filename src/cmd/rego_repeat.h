/* rego_repeat: what the runs of `pave rego eval --count` took, and how that spreads.  Private to cmd; one
 * thread; in cx's arena. */
#pragma once
#include "cmd/rego_eval.h"

typedef struct rego_repeat {
	pv_vec metrics; /* pv_val of each run: {name: ns} */
	pv_vec costs;   /* pv_vec of each run: pv_rego_cost */
} rego_repeat;

void rego_repeat_init(pv_ctx *cx, rego_repeat *r);
/* {name: spread} */
pv_val rego_repeat_metrics(pv_ctx *cx, const rego_repeat *r);
/* [{total_time_ns_stats, num_eval, num_redo, num_gen_expr, location}] of those lines. */
pv_val rego_repeat_profile(pv_ctx *cx, const rego_repeat *r, const pv_vec *lines);
void rego_repeat_metrics_print(pv_ctx *cx, const pv_val *metrics);
void rego_repeat_profile_print(pv_ctx *cx, const pv_val *profile);
