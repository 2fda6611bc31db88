/* command: the verbs of `pave helm`.  Each runs in the program's only thread.
 * Private to this folder. */
#pragma once
#include "core/args/args.h"
#include "delivery/helm/impl.h"

/* -f, --set and its kin. */
PV_MUST_USE int helm_values_asked(pv_ctx *cx, const pv_args *args, pv_tmap **ret);
int helm_template(pv_ctx *cx, const pv_args *args);
int helm_eval_verb(pv_ctx *cx, const pv_args *args);
int helm_lint(pv_ctx *cx, const pv_args *args);
int helm_show(pv_ctx *cx, const pv_args *args);
