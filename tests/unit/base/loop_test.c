#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/pool.h"
#include "base/time.h"

static pv_ctx cx;
static pv_loop *loop;

static int
open_loop(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	return pv_loop_new(&cx, "test-loop", &loop);
}

static int
close_loop(void **state)
{
	(void)state;
	loop = pv_loop_free(loop);
	pv_ctx_done(&cx);
	return 0;
}

static void
wait_for(atomic_int *what, int value)
{
	int64_t until = pv_mono() + 120 * PV_SEC;

	while (atomic_load(what) < value) {
		assert_true(pv_mono() < until);
		sched_yield();
	}
}

static int order[1000];
static atomic_int calls;

static void
note(void *arg)
{
	int *n = arg;

	assert_true(pv_loop_is_here(loop));
	order[atomic_load(&calls)] = *n;
	atomic_fetch_add(&calls, 1);
}

static void
posted_calls_keep_their_order(void **state)
{
	static int numbers[1000];

	(void)state;
	atomic_store(&calls, 0);
	for (int i = 0; i < 1000; i++) {
		numbers[i] = i;
		pv_loop_post(loop, note, &numbers[i]);
	}
	wait_for(&calls, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(order[i], i);
}

static void
timers_fire_in_order_and_not_early(void **state)
{
	enum { N = 200 };
	static int numbers[N];
	pv_timer *timer[N];
	int64_t start = pv_mono();

	(void)state;
	atomic_store(&calls, 0);
	for (int i = 0; i < N; i++) {
		numbers[i] = i * 37 % N;
		timer[i] = pv_timer_new(loop, note, &numbers[i]);
		pv_timer_set(timer[i], start + 30 * PV_MS + numbers[i] * PV_MS / 4);
	}
	for (int i = 0; i < N; i += 2)
		pv_timer_set(timer[i], 0);
	wait_for(&calls, N / 2);
	assert_true(pv_mono() - start >= 30 * PV_MS);
	for (int i = 1; i < N / 2; i++)
		assert_true(order[i - 1] < order[i]);
	for (int i = 0; i < N; i++)
		pv_timer_free(timer[i]);
	assert_int_equal(atomic_load(&calls), N / 2);
	assert_null(pv_timer_free(NULL));
}

struct again {
	pv_timer *timer;
	atomic_int count;
};

static void
set_again(void *arg)
{
	struct again *a = arg;

	atomic_fetch_add(&a->count, 1);
	pv_timer_set(a->timer, pv_mono() + 1000);
}

/* Freed while its callback runs and sets it again: never called afterwards. */
static void
freeing_a_timer_waits_for_its_callback(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct again *a = calloc(1, sizeof *a);

		assert_non_null(a);
		a->timer = pv_timer_new(loop, set_again, a);
		pv_timer_set(a->timer, pv_mono());
		wait_for(&a->count, 3);
		pv_timer_free(a->timer);
		free(a); /* a late call would be seen by the sanitizers */
	}
}

static void
count_read(void *arg, int events)
{
	int *pipe_end = arg;
	char bytes[16];

	assert_true(events & (PV_IO_READ | PV_IO_HANGUP));
	if (events & PV_IO_READ)
		atomic_fetch_add(&calls, (int)read(*pipe_end, bytes, sizeof bytes));
	else
		atomic_fetch_add(&calls, 1000);
}

static void
descriptors_are_watched(void **state)
{
	int fd[2];
	pv_io *io, *twin;

	(void)state;
	atomic_store(&calls, 0);
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(pv_io_new(&cx, loop, fd[0], PV_IO_READ | PV_IO_ONCE, count_read, &fd[0], &io), 0);
	assert_int_equal(pv_io_new(&cx, loop, fd[0], PV_IO_READ, count_read, &fd[0], &twin), -PV_EINTERNAL);
	pv_recover(&cx);
	assert_int_equal(write(fd[1], "abc", 3), 3);
	wait_for(&calls, 3);
	assert_int_equal(write(fd[1], "d", 1), 1);
	pv_io_want(io, PV_IO_READ | PV_IO_ONCE);
	wait_for(&calls, 4);
	pv_io_want(io, PV_IO_HANGUP | PV_IO_ONCE);
	close(fd[1]);
	wait_for(&calls, 1004);
	assert_null(pv_io_free(io));
	close(fd[0]);
}

/* ---- the pool ---- */

static atomic_int running, most, done;
static atomic_bool gate;

static void
work(void *arg)
{
	int now = atomic_fetch_add(&running, 1) + 1, seen = atomic_load(&most);

	(void)arg;
	while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
		;
	while (!atomic_load(&gate))
		sched_yield();
	atomic_fetch_sub(&running, 1);
	atomic_fetch_add(&done, 1);
}

static void
pools_are_bounded(void **state)
{
	pv_pool *pool = pv_pool_new("test-pool", 3, 5);
	int taken = 0;

	(void)state;
	atomic_store(&done, 0);
	atomic_store(&gate, false);
	for (int i = 0; i < 3; i++)
		assert_true(pv_pool_run(pool, work, NULL));
	wait_for(&running, 3);
	for (int i = 0; i < 20; i++)
		taken += pv_pool_run(pool, work, NULL);
	assert_int_equal(taken, 5);
	assert_int_equal(pv_pool_queued(pool), 5);
	atomic_store(&gate, true);
	pv_pool_wait(pool);
	assert_int_equal(atomic_load(&done), 8);
	assert_int_equal(atomic_load(&most), 3);
	assert_true(pv_pool_run(pool, work, NULL));
	assert_null(pv_pool_free(pool)); /* what is queued runs */
	assert_int_equal(atomic_load(&done), 9);
	assert_null(pv_pool_free(NULL));
}

static void
pools_take_much(void **state)
{
	pv_pool *pool = pv_pool_new("test-pool", 4, 100);
	int n = 0;

	(void)state;
	atomic_store(&done, 0);
	atomic_store(&gate, true);
	while (n < 20000)
		n += pv_pool_run(pool, work, NULL);
	pv_pool_wait(pool);
	assert_int_equal(atomic_load(&done), 20000);
	pv_pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posted_calls_keep_their_order),
		cmocka_unit_test(timers_fire_in_order_and_not_early),
		cmocka_unit_test(freeing_a_timer_waits_for_its_callback),
		cmocka_unit_test(descriptors_are_watched),
		cmocka_unit_test(pools_are_bounded),
		cmocka_unit_test(pools_take_much),
	};
	return cmocka_run_group_tests(tests, open_loop, close_loop);
}
