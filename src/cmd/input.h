/* input: what is given to a verb on standard input.  Private to cmd; one thread. */
#pragma once
#include "base/ctx.h"
#include "base/str.h"

/* All of it.  -PV_ETOOLARGE beyond what any verb takes. */
PV_MUST_USE int input_load(pv_ctx *cx, pv_str *ret);
