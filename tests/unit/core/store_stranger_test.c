/* What others do to a store: a stranger at its database, a clock that jumps. */
#include "unit/core/store_case.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"

static store_case c;
static sqlite3 *stranger;

#define A KEY("/T", "ns", "a")

static int
setup(void **state)
{
	int r = case_opened_in_folder(state);

	assert_int_equal(sqlite3_open(case_path(&c, "pave.db"), &stranger), SQLITE_OK);
	return r;
}

static int
teardown(void **state)
{
	sqlite3_close(stranger);
	return case_ended(state);
}

static void
strange(const char *sql)
{
	if (sqlite3_exec(stranger, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(stranger));
}

/* ---- locks ---- */

static void *
let_go_later(void *arg)
{
	int64_t until = pv_mono() + 200 * PV_MS;

	(void)arg;
	while (pv_mono() < until)
		;
	strange("ROLLBACK");
	return NULL;
}

static void
a_stranger_that_writes_is_waited_for(void **state)
{
	pthread_t thread;
	int64_t rev;

	(void)state;
	rev = put(&c, A, 1, PV_REV_ABSENT);
	strange("BEGIN IMMEDIATE");
	assert_int_equal(pthread_create(&thread, NULL, let_go_later, NULL), 0);
	assert_int_equal(put(&c, A, 2, rev), rev + 1);
	pthread_join(thread, NULL);
	case_reopen(&c);
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T"}), "ns/a=2");
}

static void
a_stranger_that_keeps_the_lock_is_told_of(void **state)
{
	int64_t rev = put(&c, A, 1, PV_REV_ABSENT);
	pv_write w = {.key = A, .doc = doc_of(&c.cx, "a", 2), .expect = rev};

	(void)state;
	c.conf.patience_ms = 20;
	case_reopen(&c);
	strange("BEGIN IMMEDIATE");
	assert_int_equal(pv_store_write(&c.cx, c.store, &w, 1), -PV_EUNAVAILABLE);
	assert_non_null(
		strstr(pv_error_text(&c.cx), "another process has had it locked for 20 ms: end that one"));
	pv_recover(&c.cx);
	assert_false(pv_store_writable(c.store));
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T"}), "ns/a=1");
	strange("ROLLBACK");
	assert_int_equal(put(&c, A, 3, rev), rev + 1); /* it goes on */
	assert_true(pv_store_writable(c.store));
}

static int64_t
log_bytes(void)
{
	struct stat st;

	return stat(pv_printf(c.cx.arena, "%s/pave.db-wal", c.dir), &st) == 0 ? st.st_size : 0;
}

static void
write_mb(int n)
{
	for (int i = 0; i < n; i++) {
		pv_write w = {.key = A, .doc = doc_sized(&c.cx, "a", 1 << 20), .expect = PV_REV_ANY};

		assert_int_equal(pv_store_write(&c.cx, c.store, &w, 1), 0);
	}
}

/* The log cannot begin anew meanwhile: it grows, and nobody waits. */
static void
a_stranger_that_reads_on_holds_up_nobody(void **state)
{
	int64_t rev, long_log;

	(void)state;
	put(&c, A, 1, PV_REV_ABSENT);
	strange("BEGIN; SELECT count(*) FROM object");
	write_mb(40);
	long_log = log_bytes();
	assert_true(long_log > 40 << 20);
	strange("COMMIT");
	write_mb(40);
	assert_true(log_bytes() < long_log + (30 << 20)); /* it began anew */
	rev = pv_store_rev(c.store);
	sqlite3_close(stranger);
	stranger = NULL;
	case_reopen(&c);
	assert_int_equal(pv_store_rev(c.store), rev);
}

/* ---- the wall clock ---- */

static _Atomic int64_t jump; /* seconds */

int clock_gettime(clockid_t clock, struct timespec *ret); /* in front of the C library's */

int
clock_gettime(clockid_t clock, struct timespec *ret)
{
	long r = syscall(SYS_clock_gettime, clock, ret);

	if (clock == CLOCK_REALTIME)
		ret->tv_sec += atomic_load(&jump);
	return (int)r;
}

static void
a_clock_that_jumps_ages_nothing(void **state)
{
	static const int64_t jumps[] = {400000000, -400000000, 1, -86400};
	int64_t real = pv_now(), rev = put(&c, A, 0, PV_REV_ABSENT);
	pv_watch *watch;

	(void)state;
	atomic_store(&jump, 1000);
	assert_true(pv_now() - real >= 1000 * PV_SEC); /* it does jump */
	for (size_t i = 0; i < PV_LEN(jumps); i++) {
		atomic_store(&jump, jumps[i]);
		assert_int_equal(put(&c, A, (int64_t)i + 1, PV_REV_ANY), rev + (int64_t)i + 1);
		if (i % 2 == 1)
			case_reopen(&c);
		assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", rev, no_wake, NULL, &watch), 0);
		assert_int_equal(pv_watch_next(&c.cx, watch, &(pv_event){0}), 1); /* history is all there */
		pv_watch_close(watch);
	}
	atomic_store(&jump, 0);
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_prestate_setup_teardown(fn, setup, teardown, &c)
	const struct CMUnitTest tests[] = {
		CASE(a_stranger_that_writes_is_waited_for),
		CASE(a_stranger_that_keeps_the_lock_is_told_of),
		CASE(a_stranger_that_reads_on_holds_up_nobody),
		CASE(a_clock_that_jumps_ages_nothing),
	};
	return cmocka_run_group_tests_name("store stranger", tests, NULL, NULL);
}
