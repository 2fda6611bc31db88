/* rego/errors: OPA's error shape.  An error of a policy is one pv_error whose
 * causes are OPA's errors: reason = code, field = "file:row:col", message; the
 * whole text reads "N error(s) occurred: file:row: code: message".
 * Private to this folder. */
#pragma once
#include "lang/rego/ast.h"

typedef struct rg_errors {
	pv_ctx *cx;
	int n, limit; /* stops after limit (10, as OPA); below 0: never */
	struct rg_error *first, **tail;
} rg_errors;

void rg_errors_init(rg_errors *e, pv_ctx *cx);
void rg_error_add(rg_errors *e, const char *file, const rg_loc *loc, const char *code, const char *fmt, ...)
	PV_PRINTF(5, 6);
/* 0 if none was added; else sets the ctx's error and returns -PV_EINVALID. */
int rg_errors_end(rg_errors *e);
/* One error, at once.  Returns -PV_EINVALID. */
int rg_fail(pv_ctx *cx, const char *file, const rg_loc *loc, const char *code, const char *fmt, ...)
	PV_PRINTF(5, 6);
/* An evaluation error: without OPA's "1 error occurred". */
int rg_fail_eval(pv_ctx *cx, const char *file, const rg_loc *loc, const char *code, const char *text);
