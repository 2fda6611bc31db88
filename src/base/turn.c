/* What a turn may take, and what all of them may take together. */
#include "base/turn.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/time.h"

#define MEMORY ((size_t)512 << 20) /* an eighth of what the arena ends the process at */
#define TOGETHER ((size_t)1 << 30) /* of all that take more than LITTLE */
#define LITTLE ((size_t)16 << 20)
#define LARGE_TURNS 64
#define COME_AGAIN 5 /* seconds */

/* ---- the large ones ---- */

static struct large {
	_Atomic(pv_arena *) arena; /* NULL: free */
	_Atomic size_t bytes;
} large[LARGE_TURNS];
static _Atomic size_t together;

static void
let_go(void *arg)
{
	struct large *l = arg;

	atomic_fetch_sub(&together, atomic_exchange(&l->bytes, 0));
	atomic_store(&l->arena, NULL);
}

/* NULL: there are too many of them. */
static struct large *
place_of(pv_arena *arena)
{
	for (size_t i = 0; i < LARGE_TURNS; i++)
		if (atomic_load(&large[i].arena) == arena)
			return &large[i];
	for (size_t i = 0; i < LARGE_TURNS; i++) {
		pv_arena *none = NULL;

		if (atomic_compare_exchange_strong(&large[i].arena, &none, arena)) {
			pv_arena_defer(arena, let_go, &large[i]);
			return &large[i];
		}
	}
	return NULL;
}

/* Is there room for what it has taken, beside the others? */
static bool
has_room(pv_arena *arena, size_t used)
{
	struct large *l = place_of(arena);
	size_t before;

	if (!l)
		return false;
	before = atomic_exchange(&l->bytes, used); /* a turn's memory only grows */
	return atomic_fetch_add(&together, used - before) + used - before <= TOGETHER;
}

/* ---- the check ---- */

int
pv_ctx_check(pv_ctx *cx)
{
	struct pollfd stop = {.fd = cx->stop_fd, .events = POLLIN};
	size_t used;

	if (cx->deadline_ns && pv_mono() > cx->deadline_ns)
		return pv_fail(cx, PV_ETIMEOUT,
			       "Timeout: request did not complete within the allotted timeout");
	if (cx->stop_fd <= 0)
		return 0;
	used = pv_arena_used(cx->arena);
	if (used > MEMORY)
		return pv_fail(
			cx, PV_ETOOLARGE,
			"this takes more than the %zu MB of memory that one request has: send less at a "
			"time",
			MEMORY >> 20);
	if (used > LITTLE && !has_room(cx->arena, used)) {
		int r = pv_fail(
			cx, PV_ETOOMANY,
			"requests that run now take too much memory, and this one is large: try again "
			"later, or send less at a time");

		cx->err->retry_after = COME_AGAIN;
		return r;
	}
	if (poll(&stop, 1, 0) > 0)
		return pv_fail(cx, PV_EUNAVAILABLE, "the server is shutting down");
	return 0;
}
