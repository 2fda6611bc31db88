/* gate: never more inside than it lets in, and everybody gets in. */
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/base.h"
#include "base/gate.h"
#include "base/thread.h"

enum { MOST = 3, THREADS = 12, TIMES = 200 };

static pv_gate gate = PV_GATE(MOST);
static atomic_int inside, peak, done;

static void *
visitor(void *arg)
{
	for (int i = 0; i < TIMES; i++) {
		int now, seen = atomic_load(&peak);
		pv_gate_enter(&gate);
		now = atomic_fetch_add(&inside, 1) + 1;
		while (now > seen && !atomic_compare_exchange_weak(&peak, &seen, now))
			;
		sched_yield();
		atomic_fetch_sub(&inside, 1);
		atomic_fetch_add(&done, 1);
		pv_gate_leave(&gate);
	}
	return arg;
}

static void
no_more_than_it_lets_in(void **state)
{
	pthread_t threads[THREADS];
	(void)state;
	for (size_t i = 0; i < PV_LEN(threads); i++)
		assert_int_equal(pv_thread_start(&threads[i], "visitor", visitor, NULL), 0);
	for (size_t i = 0; i < PV_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&done), THREADS * TIMES);
	assert_in_range(atomic_load(&peak), 1, MOST);
	assert_int_equal(gate.free, MOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_more_than_it_lets_in)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
