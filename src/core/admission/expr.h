/* expr: the CEL of webhooks' match conditions: its variables and limits of cost (apiserver
 * pkg/admission/plugin/webhook/matchconditions).  One thread. */
#pragma once
#include "core/admission/admission.h"
#include "lang/cel/cel.h"

#define EXPR_CALL_COST UINT64_C(1000000)       /* of one evaluation */
#define EXPR_CONDITIONS_COST UINT64_C(2500000) /* of all conditions of a webhook */

enum expr_var { EXPR_OBJECT, EXPR_OLD, EXPR_REQUEST, EXPR_VARS };

/* A condition; -PV_EINVALID with cel-go's words. */
PV_MUST_USE int expr_compile(pv_ctx *cx, pv_arena *arena, pv_str text, const pv_cel **ret);
pv_cel_val *expr_values(pv_ctx *cx, const pv_admit *seen, const pv_val *request);
/* *ret is false if one is; an error (expression and why) only if none is. */
PV_MUST_USE int expr_conditions(pv_ctx *cx, const pv_val *conditions, const pv_cel_val *values, bool *ret);
