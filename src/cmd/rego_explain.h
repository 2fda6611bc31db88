/* rego_explain: traces, costs and times of evaluations, as opa tells of them.  Private to cmd. */
#pragma once
#include "core/args/args.h"
#include "lang/rego/rego.h"

typedef struct rego_profile {
	pv_vec orders; /* size_t: what to sort by, first to last */
	int64_t limit; /* 0 or less: all */
} rego_profile;
/* --profile-sort, --profile-limit */
PV_MUST_USE int rego_profile_orders(pv_ctx *cx, const pv_args *args, rego_profile *ret);
void rego_profile_costs(pv_ctx *cx, const rego_profile *p, const pv_rego_watch *watch, pv_vec *ret);
pv_val rego_profile_json(pv_ctx *cx, const pv_vec *costs);
void rego_profile_print(pv_ctx *cx, const pv_vec *costs);
void rego_metrics_print(pv_ctx *cx, const pv_val *metrics);
