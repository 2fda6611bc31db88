/* rego/errors: OPA's error shape.  An error of a policy is one pv_error whose
 * causes are OPA's errors: reason = code, field = "file:row:col", message; the
 * whole text reads "N error(s) occurred: file:row: code: message"; below an error of
 * syntax stand the line and a caret, in its cause with all their tabs.
 * Private to this folder. */
#pragma once
#include "lang/rego/ast.h"

struct rg_errors { /* what was found, in order */
	pv_ctx *cx;
	int n, limit; /* stops after limit (10, as OPA); below 0: never */
	struct rg_error *first, **tail;
};

void rg_errors_init(rg_errors *e, pv_ctx *cx);
void rg_error_add(rg_errors *e, const char *file, const rg_loc *loc, const char *code, const char *fmt, ...)
	PV_PRINTF(5, 6);
/* The same, however often it was found. */
void rg_error_each(rg_errors *e, const char *file, const rg_loc *loc, const char *code, const char *text);
/* rego_parse_error, with the line of the text. */
void rg_error_syntax(rg_errors *e, const char *file, pv_str text, const rg_loc *loc, const char *message);
void rg_errors_move(rg_errors *from, rg_errors *to); /* to the end, whatever the limit */
bool rg_errors_full(const rg_errors *e);             /* what is added now is not told */
void rg_errors_sort(rg_errors *e);                   /* by file and place */
#define RG_LISTED ((size_t)64 << 10)                 /* bytes of names in one error; then dots */
/* 0 if none was added; else sets the ctx's error and returns -PV_EINVALID. */
int rg_errors_end(rg_errors *e);
/* One error, at once.  Returns -PV_EINVALID. */
int rg_fail(pv_ctx *cx, const char *file, const rg_loc *loc, const char *code, const char *fmt, ...)
	PV_PRINTF(5, 6);
/* An evaluation error: without OPA's "1 error occurred". */
int rg_fail_eval(pv_ctx *cx, const char *file, const rg_loc *loc, const char *code, const char *text);
