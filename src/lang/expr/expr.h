/* expr: conditions as Argo CD's notification triggers have them, in the language of github.com/expr-lang/expr
 * (README.md).  Read once into an arena, then immutable: any thread evaluates.  Computes with the values of
 * lang/gotmpl, whose functions and methods it calls.  No I/O, no clock but the one given. */
#pragma once
#include "lang/gotmpl/gotmpl.h"

typedef struct pv_ex pv_ex;

/* The text is borrowed, as long as what is read of it.  -PV_EINVALID "1:7: ..", its line and column. */
PV_MUST_USE int pv_ex_parse(pv_ctx *cx, pv_arena *arena, pv_str text, const pv_ex **ret);

typedef struct pv_ex_run {
	uint64_t steps;  /* 0: 1 million; nodes evaluated, items and bytes handled */
	int64_t now;     /* the clock: ns since 1970 */
	bool *ret_clock; /* or NULL: set if now() was asked */
} pv_ex_run;

/* Names are looked up in env (a map; what it does not have is nil).  The value lies in
 * the arena of cx.  -PV_EINVALID "1:7: cannot fetch sync from <nil>"; -PV_ETOOLARGE where a limit was met. */
PV_MUST_USE int pv_ex_eval(pv_ctx *cx, const pv_ex *e, const pv_ex_run *how, pv_tv env, pv_tv *ret);
