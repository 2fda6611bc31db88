/* What one request may take of memory, and what all of them may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/turn.h"
#include <pthread.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MB ((size_t)1 << 20)
#define MOST 8

static pv_ctx turns[MOST];
static int stop;

/* The n-th has taken so many MB more; the code that it is told. */
static int
takes(int n, size_t mb)
{
	(void)pv_alloc(turns[n].arena, mb * MB);
	return pv_ctx_check(&turns[n]) < 0 ? pv_recover(&turns[n]) : 0;
}

static int
setup(void **state)
{
	(void)state;
	stop = eventfd(0, EFD_CLOEXEC);
	for (int i = 0; i < MOST; i++) {
		pv_ctx_init(&turns[i], "turn");
		turns[i].stop_fd = stop;
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (int i = 0; i < MOST; i++)
		pv_ctx_done(&turns[i]);
	close(stop);
	return 0;
}

static void
one_has_its_limit(void **state)
{
	(void)state;
	assert_int_equal(takes(0, 400), 0);
	assert_int_equal(takes(0, 120), PV_ETOOLARGE);
	pv_ctx_reset(&turns[0]);
	assert_int_equal(takes(0, 400), 0);
}

static void
all_have_one_together(void **state)
{
	(void)state;
	assert_int_equal(takes(0, 400), 0);
	assert_int_equal(takes(1, 400), 0);
	assert_int_equal(takes(2, 300), PV_ETOOMANY);
	assert_int_equal(takes(3, 10), 0); /* a little one is none of them */
	pv_ctx_reset(&turns[2]);
	pv_ctx_reset(&turns[1]);
	assert_int_equal(takes(4, 300), 0);
	assert_int_equal(takes(4, 200), 0); /* counted once, however often it asks */
	assert_int_equal(takes(0, 1), 0);
}

static void
told_when_to_come_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		(void)takes(i, 350);
	assert_int_equal(pv_ctx_check(&turns[2]), -PV_ETOOMANY);
	assert_true(turns[2].err->retry_after > 0);
	(void)pv_recover(&turns[2]);
}

/* What the n-th is told that says beforehand that it needs so many MB, and may not wait. */
static int
claims(int n, size_t mb)
{
	turns[n].deadline_ns = 1;
	return pv_turn_claim(&turns[n], mb * MB) < 0 ? pv_recover(&turns[n]) : 0;
}

static void
room_is_claimed_beforehand(void **state)
{
	(void)state;
	assert_int_equal(claims(0, 400), 0);
	assert_int_equal(claims(1, 9999), 0); /* no more than one may take at most */
	assert_int_equal(claims(2, 200), PV_ETIMEOUT);
	assert_int_equal(claims(2, 10), 0); /* a little needs none */
	pv_turn_over(&turns[0]);
	assert_int_equal(claims(2, 400), 0);
	pv_ctx_reset(&turns[1]);
	turns[2].deadline_ns = 0;
	assert_int_equal(takes(2, 450), 0); /* more than it said */
	assert_int_equal(claims(3, 500), 0);
	assert_int_equal(claims(4, 100), PV_ETIMEOUT);
}

static void *
wait_for_room(void *arg)
{
	pv_ctx *cx = arg;

	return pv_turn_claim(cx, 400 * MB) < 0 ? cx : NULL;
}

static void
who_waits_is_woken(void **state)
{
	pthread_t waits[2];
	void *failed;

	(void)state;
	assert_int_equal(claims(0, 512), 0);
	assert_int_equal(claims(1, 512), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&waits[i], NULL, wait_for_room, &turns[2 + i]), 0);
	pv_turn_over(&turns[0]);
	pv_turn_over(&turns[1]);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(waits[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(claims(4, 300), PV_ETIMEOUT); /* theirs is counted */
}

static sem_t ended;

static void *
wait_or_not(void *arg)
{
	pv_ctx *cx = arg;
	bool refused = pv_turn_claim(cx, 400 * MB) == -PV_ETOOMANY;

	sem_post(&ended);
	return refused ? cx : NULL;
}

/* Each of them holds a thread that others might need. */
static void
no_more_than_some_wait(void **state)
{
	enum { ALL = 17 };
	pthread_t waits[ALL];
	pv_ctx more[ALL];
	void *refused;
	int n = 0;

	(void)state;
	sem_init(&ended, 0, 0);
	assert_int_equal(claims(0, 512), 0);
	assert_int_equal(claims(1, 512), 0);
	for (int i = 0; i < ALL; i++) {
		pv_ctx_init(&more[i], "turn");
		more[i].stop_fd = stop;
		assert_int_equal(pthread_create(&waits[i], NULL, wait_or_not, &more[i]), 0);
	}
	sem_wait(&ended); /* one is refused; the others wait until the server stops */
	assert_int_equal(eventfd_write(stop, 1), 0);
	for (int i = 0; i < ALL; i++) {
		assert_int_equal(pthread_join(waits[i], &refused), 0);
		n += refused != NULL;
		(void)pv_recover(&more[i]);
		pv_ctx_done(&more[i]);
	}
	assert_int_equal(n, 1);
	sem_destroy(&ended);
}

static void
nobody_waits_for_a_server_that_stops(void **state)
{
	(void)state;
	assert_int_equal(claims(0, 512), 0);
	assert_int_equal(claims(1, 512), 0);
	assert_int_equal(eventfd_write(stop, 1), 0);
	assert_int_equal(pv_turn_claim(&turns[2], 300 * MB), -PV_EUNAVAILABLE);
	(void)pv_recover(&turns[2]);
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(one_has_its_limit),
		CASE(all_have_one_together),
		CASE(told_when_to_come_again),
		CASE(room_is_claimed_beforehand),
		CASE(who_waits_is_woken),
		CASE(no_more_than_some_wait),
		CASE(nobody_waits_for_a_server_that_stops),
	};
	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
