/* turn: may a turn begin, and may it go on?  Asked where work grows with what users send.
 * One thread at a time, as the ctx. */
#pragma once
#include "base/ctx.h"

/* Of a turn that can be told to stop (cx->stop_fd): a request's, mostly.  -PV_ETOOLARGE over its memory,
 * -PV_ETOOMANY when all large ones take too much, -PV_ETIMEOUT behind its deadline, -PV_EUNAVAILABLE when it is to
 * stop; and from then on each time. */
PV_MUST_USE int pv_ctx_check(pv_ctx *cx);

/* Before work that is known to be large: waits, behind those that came earlier, until all large turns leave room for
 * so many bytes, which are this one's then; some few MB need no room.  Once a turn, and with no lock held.
 * -PV_ETOOMANY when there is none for 15 seconds, or 16 wait already; and what pv_ctx_check says. */
PV_MUST_USE int pv_turn_claim(pv_ctx *cx, size_t bytes);
/* The work is done: others may have its room while its answer is being sent. */
void pv_turn_over(pv_ctx *cx);
