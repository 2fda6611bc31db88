/* What a turn may take, and what all of them may take together. */
#include "base/turn.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/time.h"

#define MEMORY ((size_t)512 << 20) /* an eighth of what the arena ends the process at */
#define TOGETHER ((size_t)1 << 30) /* of all that take more than LITTLE */
#define LITTLE ((size_t)16 << 20)
#define LARGE_TURNS 64
#define PATIENCE (15 * PV_SEC)
#define WAIT_MOST 16      /* turns, each on a thread that others might need */
#define LOOK (PV_SEC / 5) /* who waits looks whether the server stops */
#define COME_AGAIN 5      /* seconds */

/* ---- the large ones ---- */

typedef struct large {
	const pv_arena *arena; /* NULL: free */
	size_t bytes;
} large;

typedef struct waiter {
	struct waiter *next;
} waiter;

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t freed;
	large turns[LARGE_TURNS];
	atomic_size_t n; /* of them in use: read without the mutex, too */
	size_t together;
	waiter *first, **last; /* who comes later waits for who came before */
	size_t waiting;
} all = {.mutex = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER, .last = &all.first};

/* Those below are under the mutex. */
static large *
find(const pv_arena *arena)
{
	for (size_t i = 0; i < LARGE_TURNS; i++)
		if (all.turns[i].arena == arena)
			return &all.turns[i];
	return NULL;
}

static bool
fits(const large *l, size_t bytes)
{
	return l && (bytes <= l->bytes || all.together + (bytes - l->bytes) <= TOGETHER);
}

static void
count(large *l, const pv_arena *arena, size_t bytes)
{
	if (bytes <= l->bytes)
		return;
	all.n += l->arena == NULL;
	all.together += bytes - l->bytes;
	*l = (large){arena, bytes};
}

static void
let_go(void *arena)
{
	large *l;

	pthread_mutex_lock(&all.mutex);
	l = find(arena);
	if (l) {
		all.n--;
		all.together -= l->bytes;
		*l = (large){0};
		pthread_cond_broadcast(&all.freed);
	}
	pthread_mutex_unlock(&all.mutex);
}

/* Is there room for what it has taken, beside the others?  It is counted even if not: it is there. */
static bool
has_room(pv_arena *arena, size_t used)
{
	large *l;
	bool fit, first;

	pthread_mutex_lock(&all.mutex);
	l = find(arena);
	first = !l;
	if (first)
		l = find(NULL);
	fit = fits(l, used);
	if (l)
		count(l, arena, used);
	pthread_mutex_unlock(&all.mutex);
	if (first)
		pv_arena_defer(arena, let_go, arena);
	return fit;
}

static void
leave(const waiter *me)
{
	waiter **at = &all.first;

	while (*at != me)
		at = &(*at)->next;
	*at = me->next;
	all.waiting--;
	if (all.last == &me->next)
		all.last = at;
	pthread_cond_broadcast(&all.freed);
}

/* Until there is room and nobody was earlier; false at the end, when the turn is to stop, or at once if there is
 * none and many wait. */
static bool
wait_for_room(const pv_ctx *cx, size_t bytes, int64_t end)
{
	waiter me = {0};
	struct pollfd stop = {.fd = cx->stop_fd, .events = POLLIN};
	bool fit;

	pthread_mutex_lock(&all.mutex);
	*all.last = &me;
	all.last = &me.next;
	all.waiting++;
	while (!(fit = all.first == &me && fits(find(NULL), bytes)) && all.waiting <= WAIT_MOST &&
	       pv_mono() < end && poll(&stop, 1, 0) == 0) {
		int64_t look = pv_mono() + LOOK;
		struct timespec until = {.tv_sec = look / PV_SEC, .tv_nsec = look % PV_SEC};

		(void)pthread_cond_clockwait(&all.freed, &all.mutex, CLOCK_MONOTONIC, &until);
	}
	if (fit)
		count(find(NULL), cx->arena, bytes);
	leave(&me);
	pthread_mutex_unlock(&all.mutex);
	return fit;
}

static int
refuse(pv_ctx *cx)
{
	int r = pv_fail(cx, PV_ETOOMANY,
			"requests that run now take too much memory, and this one is large: try again "
			"later, or send less at a time");

	cx->err->retry_after = COME_AGAIN;
	return r;
}

int
pv_turn_claim(pv_ctx *cx, size_t bytes)
{
	int64_t end = pv_mono() + PATIENCE;

	if (bytes <= LITTLE || cx->stop_fd <= 0)
		return 0;
	if (bytes > MEMORY)
		bytes = MEMORY; /* it is ended when it takes more */
	if (cx->deadline_ns && cx->deadline_ns < end)
		end = cx->deadline_ns;
	if (!wait_for_room(cx, bytes, end)) {
		int r = pv_ctx_check(cx);

		return r < 0 ? r : refuse(cx);
	}
	pv_arena_defer(cx->arena, let_go, cx->arena);
	return 0;
}

void
pv_turn_over(pv_ctx *cx)
{
	if (atomic_load(&all.n)) /* hardly ever */
		let_go(cx->arena);
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
	if (used > LITTLE && !has_room(cx->arena, used))
		return refuse(cx);
	if (poll(&stop, 1, 0) > 0)
		return pv_fail(cx, PV_EUNAVAILABLE, "the server is shutting down");
	return 0;
}
