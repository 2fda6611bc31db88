/* What a turn may take. */
#include "base/turn.h"

#include <poll.h>

#include "base/time.h"

#define MEMORY ((size_t)1 << 30) /* a quarter of what the arena ends the process at */

int
pv_ctx_check(pv_ctx *cx)
{
	struct pollfd stop = {.fd = cx->stop_fd, .events = POLLIN};

	if (cx->deadline_ns && pv_mono() > cx->deadline_ns)
		return pv_fail(cx, PV_ETIMEOUT,
			       "this takes longer than one request may: send less at a time");
	if (cx->stop_fd <= 0)
		return 0;
	if (pv_arena_used(cx->arena) > MEMORY)
		return pv_fail(
			cx, PV_ETOOLARGE,
			"this takes more than the %zu MB of memory that one request has: send less at a "
			"time",
			MEMORY >> 20);
	if (poll(&stop, 1, 0) > 0)
		return pv_fail(cx, PV_EUNAVAILABLE, "the server is shutting down");
	return 0;
}
