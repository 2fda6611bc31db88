/* The queue between callers and the writer. */
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/store/store_priv.h"

#define GATHER_MOST PV_MS

/* ---- waiting for the turn to end ---- */

static void
wait_for(_Atomic uint32_t *turned, uint32_t turn)
{
	uint32_t now;

	while ((int32_t)((now = atomic_load_explicit(turned, memory_order_acquire)) - turn) < 0)
		syscall(SYS_futex, turned, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
}

/* One call for all: the writer has the next group to write.  Callers of the turn that gathers
 * now wait at the other word and sleep on. */
static void
let_go(_Atomic uint32_t *turned, uint32_t turn)
{
	atomic_store_explicit(turned, turn, memory_order_release);
	syscall(SYS_futex, turned, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void
queue_submit(pv_store *store, request *r)
{
	pthread_mutex_lock(&store->queue_lock);
	r->turn = store->turn;
	*store->queue_end = r;
	store->queue_end = &r->next;
	if (++store->queue_len == store->queue_enough)
		pthread_cond_signal(&store->queue_cond);
	pthread_mutex_unlock(&store->queue_lock);
	wait_for(&store->turned[r->turn % 2], r->turn);
}

void
queue_forget(pv_store *store, int64_t rev)
{
	pthread_mutex_lock(&store->queue_lock);
	if (store->forget < rev)
		store->forget = rev;
	store->forget_now = true;
	pthread_cond_signal(&store->queue_cond);
	pthread_mutex_unlock(&store->queue_lock);
}

/* ---- the writer's side ---- */

/* The next slice of the log to drop, 0 if none is due.  The newest row stays: it
 * says how far revisions have come. */
static int64_t
next_slice(const pv_store *store)
{
	int64_t rev = atomic_load(&store->rev), to = store->forget;

	if (to < rev - LOG_MOST)
		to = rev - LOG_MOST;
	if (to >= rev)
		to = rev - 1;
	if (store->log_first == 0 || to < store->log_first)
		return 0;
	return to < store->log_first + LOG_SLICE - 1 ? to : store->log_first + LOG_SLICE - 1;
}

/* Callers that were let go come back at once when there is a crowd of them: a
 * group of all costs the disk little more than a group of half.  Waits for them,
 * but never longer than half of what a group takes; a lone caller never waits. */
static void
gather(pv_store *store)
{
	int64_t pause = store->commit_ns / 2 < GATHER_MOST ? store->commit_ns / 2 : GATHER_MOST;
	int64_t until = pv_mono() + pause;
	struct timespec ts = {until / PV_SEC, until % PV_SEC};

	store->queue_enough = store->crowd;
	while (store->queue_len < store->crowd && !store->stopping &&
	       pthread_cond_timedwait(&store->queue_cond, &store->queue_lock, &ts) == 0)
		;
}

bool
queue_take(pv_store *store, request **ret, int64_t *ret_forget)
{
	bool more;

	pthread_mutex_lock(&store->queue_lock);
	for (;;) {
		*ret_forget = next_slice(store);
		if (*ret_forget == 0)
			store->forget_now = false;
		if (store->queue != NULL || store->stopping || store->forget_now)
			break;
		store->queue_enough = 1;
		pthread_cond_wait(&store->queue_cond, &store->queue_lock);
	}
	if (store->queue != NULL) {
		gather(store);
		store->turn++;
	}
	*ret = store->queue;
	store->queue = NULL;
	store->queue_end = &store->queue;
	store->queue_len = 0;
	more = *ret != NULL || !store->stopping;
	pthread_mutex_unlock(&store->queue_lock);
	return more;
}

void
queue_done(pv_store *store, size_t n, int64_t took, bool failed)
{
	uint32_t turn;

	pthread_mutex_lock(&store->queue_lock);
	turn = store->turn - 1; /* the writer's own: nobody else counts it on */
	if (failed)
		store->forget_now =
			false; /* a full disk is no reason to try without pause: the keeper asks again */
	store->crowd = n + store->queue_len;
	store->commit_ns = store->commit_ns == 0 ? took : (store->commit_ns * 7 + took) / 8;
	pthread_mutex_unlock(&store->queue_lock);
	if (n > 0)
		let_go(&store->turned[turn % 2], turn);
}
