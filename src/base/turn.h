/* turn: may a turn go on?  Asked at steps of work that grows with what users send.
 * One thread at a time, as the ctx. */
#pragma once
#include "base/ctx.h"

/* Of a turn that can be told to stop (cx->stop_fd): a request's, mostly.  -PV_ETOOLARGE over its memory,
 * -PV_ETOOMANY when all large ones take too much, -PV_ETIMEOUT behind its deadline, -PV_EUNAVAILABLE when it is to
 * stop; and from then on each time. */
PV_MUST_USE int pv_ctx_check(pv_ctx *cx);
