/* expr: CEL over a write: the variables that every expression of policies and webhooks has, and
 * match conditions with their limits of cost (apiserver pkg/admission/plugin/cel and
 * webhook/matchconditions).  One thread; programs are immutable. */
#pragma once
#include "core/admission/admission.h"
#include "lang/cel/cel.h"

#define EXPR_CALL_COST UINT64_C(1000000)       /* of one evaluation */
#define EXPR_CONDITIONS_COST UINT64_C(2500000) /* of all conditions of a webhook or policy */
#define EXPR_SPENT \
	"validation failed due to running out of cost budget, no further validation rules will be run"

/* In this order.  EXPR_CHECK is authorizer.requestResource, EXPR_SPACE namespaceObject. */
enum expr_var { EXPR_OBJECT, EXPR_OLD, EXPR_REQUEST, EXPR_AUTHORIZER, EXPR_CHECK, EXPR_SPACE, EXPR_VARS };

/* ---- types (shapes.c) ---- */
extern const pv_cel_shapes expr_shapes; /* of pv_schema; a whole object's metadata by expr_meta */
extern const void *const expr_request, *const expr_namespace, *const expr_nothing; /* it has no fields */
/* The type of whole objects that the schema describes; lives in arena. */
const void *expr_whole(pv_arena *arena, const pv_resource *resource);

/* ---- values ---- */
/* Of EXPR_VARS; seen: the write as the version that is matched. */
pv_cel_val *expr_values(pv_ctx *cx, const pv_admit *seen, const pv_val *request);
pv_cel_val expr_space(pv_arena *arena, const pv_val *space); /* NULL: the object lies in no namespace */
/* The variables with their types; room for `more` behind them, in the arena. */
pv_cel_var *expr_declare(pv_arena *arena, size_t more);

/* ---- match conditions ---- */
typedef struct expr_condition {
	const char *text;
	const pv_cel *program; /* NULL: it does not compile */
	const char *error;
} expr_condition;
typedef struct expr_conditions {
	const expr_condition *list;
	size_t n;
} expr_conditions;

/* A condition; -PV_EINVALID with cel-go's words. */
PV_MUST_USE int expr_compile(pv_ctx *cx, pv_arena *arena, pv_str text, const pv_cel **ret);
expr_conditions expr_conditions_new(pv_ctx *cx, pv_arena *arena, const pv_val *list);
/* *ret is false if one is; all errors (expression and why) only if none is; or that they cost too much. */
PV_MUST_USE int expr_hold(pv_ctx *cx, const expr_conditions *conditions, const pv_cel_val *values, bool *ret);
