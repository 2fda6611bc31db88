/* The queue that reconcilers and fact finders take work from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/keyq.h"
#include "base/time.h"

static const char *
take(pv_keyq *q)
{
	const char *key = NULL;
	assert_true(pv_keyq_take(q, &key));
	return key;
}

static void
finish(pv_keyq *q, const char *key)
{
	assert_string_equal(take(q), key);
	pv_keyq_done(q, key);
}

static void
keys_come_by_their_time(void **state)
{
	pv_keyq *q = pv_keyq_new();
	(void)state;
	pv_keyq_add(q, "third", pv_mono() + 20 * PV_MS);
	pv_keyq_add(q, "first", 0);
	pv_keyq_add(q, "second", 1);
	finish(q, "first");
	finish(q, "second");
	finish(q, "third"); /* waits for it */
	assert_int_equal(pv_keyq_len(q), 0);
	pv_keyq_free(q);
}

static void
a_key_is_in_it_once_and_the_earliest_time_wins(void **state)
{
	pv_keyq *q = pv_keyq_new();
	(void)state;
	pv_keyq_add(q, "a", pv_mono() + 3600 * PV_SEC);
	pv_keyq_add(q, "a", 0);
	pv_keyq_add(q, "a", pv_mono() + 3600 * PV_SEC);
	assert_int_equal(pv_keyq_len(q), 1);
	finish(q, "a");
	assert_int_equal(pv_keyq_len(q), 0);
	pv_keyq_free(q);
}

static void
added_while_worked_on_it_comes_again(void **state)
{
	pv_keyq *q = pv_keyq_new();
	const char *key;
	(void)state;
	pv_keyq_add(q, "a", 0);
	key = take(q);
	pv_keyq_add(q, "a", 0);
	assert_int_equal(pv_keyq_len(q), 0); /* nobody else may take it meanwhile */
	pv_keyq_done(q, key);
	finish(q, "a");
	pv_keyq_free(q);
}

static void
dropped_it_does_not_come(void **state)
{
	pv_keyq *q = pv_keyq_new();
	const char *key;
	(void)state;
	pv_keyq_add(q, "a", 0);
	pv_keyq_drop(q, "a");
	assert_int_equal(pv_keyq_len(q), 0);
	pv_keyq_add(q, "b", 0);
	key = take(q);
	pv_keyq_add(q, "b", 0);
	pv_keyq_drop(q, "b"); /* also what was added meanwhile */
	pv_keyq_done(q, key);
	assert_int_equal(pv_keyq_len(q), 0);
	pv_keyq_drop(q, "never seen");
	pv_keyq_free(q);
}

struct crowd {
	pv_keyq *q;
	atomic_int busy[8], done, clashes;
};

static void *
worker(void *arg)
{
	struct crowd *c = arg;
	const char *key;
	while (pv_keyq_take(c->q, &key)) {
		int n = key[0] - '0';
		if (atomic_fetch_add(&c->busy[n], 1) != 0)
			atomic_fetch_add(&c->clashes, 1);
		atomic_fetch_sub(&c->busy[n], 1);
		atomic_fetch_add(&c->done, 1);
		pv_keyq_done(c->q, key);
	}
	return NULL;
}

static void
no_key_is_worked_on_twice_at_once(void **state)
{
	struct crowd c = {.q = pv_keyq_new()};
	pthread_t threads[4];
	(void)state;
	for (size_t i = 0; i < PV_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, worker, &c), 0);
	for (int i = 0; i < 4000; i++) {
		char key[2] = {(char)('0' + i % 8), 0};
		pv_keyq_add(c.q, key, 0);
	}
	pv_keyq_settle(c.q, 0);
	pv_keyq_close(c.q);
	for (size_t i = 0; i < PV_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(c.clashes, 0);
	assert_true(c.done >= 8 && c.done <= 4000);
	pv_keyq_free(c.q);
}

static void
closed_it_gives_nothing(void **state)
{
	pv_keyq *q = pv_keyq_new();
	const char *key;
	(void)state;
	pv_keyq_add(q, "a", 0);
	pv_keyq_close(q);
	assert_false(pv_keyq_take(q, &key));
	pv_keyq_add(q, "b", 0);
	assert_false(pv_keyq_take(q, &key));
	pv_keyq_free(q);
	pv_keyq_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_by_their_time),
		cmocka_unit_test(a_key_is_in_it_once_and_the_earliest_time_wins),
		cmocka_unit_test(added_while_worked_on_it_comes_again),
		cmocka_unit_test(dropped_it_does_not_come),
		cmocka_unit_test(no_key_is_worked_on_twice_at_once),
		cmocka_unit_test(closed_it_gives_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
