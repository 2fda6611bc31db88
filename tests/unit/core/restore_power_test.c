/* A restore on a disk that forgets: its n-th write or sync fails and then power goes, or power goes in the middle of it, for every
 * n: there is the old database or the new one, or word that it is to be run again, and no revision is given twice. */
#include "unit/core/store_case.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/forgetful.h"

#define A KEY("/T", "ns", "a")
#define N_MOST 500

static store_case c, after;
static pv_str whole;  /* has a=1 */
static int64_t given; /* the newest revision, of a=2 in the old database */

/* The last write is in the log alone. */
static void
live_and_die(void)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		case_open(&c);
		if (put(&c, A, 2, PV_REV_ANY) == given)
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

/* The old one has been restored before, so its revisions are far ahead of the backup's. */
static void
begin(void)
{
	case_begin(&c);
	case_dir(&c);
	forgetful_begin(c.dir); /* so that nothing waits for the true one */
	case_open(&c);
	assert_true(put(&c, A, 1, PV_REV_ABSENT) > 0);
	whole = case_backup(&c, 1000);
	c.store = pv_store_close(c.store);
	for (int i = 0; i < 2; i++)
		assert_int_equal(case_restore(&c.cx, whole, c.dir, true, &given), 0);
	live_and_die();
	case_begin(&after);
	case_dir(&after);
	forgetful_end();
	forgetful_begin(c.dir); /* all of that is on it */
}

static void
end(void)
{
	case_end(&after);
	case_end(&c);
	forgetful_end();
}

static void
look(bool restored)
{
	int64_t rev, n;

	if (pv_store_open(&after.cx, &after.conf, &after.store) < 0) {
		assert_false(restored);
		if (strstr(pv_error_text(&after.cx), "was cut short: run `pave restore`") == NULL)
			fail_msg("%s", pv_error_text(&after.cx));
		pv_recover(&after.cx);
		assert_int_equal(case_restore(&after.cx, whole, after.dir, false, &rev), 0);
		case_open(&after);
		restored = true;
	}
	n = doc_n(pv_store_find(&after.cx, after.store, &A));
	assert_int_equal(n, n == 1 || restored ? 1 : 2);
	assert_true(put(&after, A, 3, PV_REV_ANY) > given);
}

static void
every_fault_and_then_no_power(void **state)
{
	bool hit = true;
	int64_t rev;
	int n = 1;

	(void)state;
	for (; hit && n < N_MOST; n++) {
		int r;

		begin();
		forgetful_arm(n);
		r = case_restore(&c.cx, whole, c.dir, true, &rev);
		hit = forgetful_struck();
		if (r < 0 && !hit)
			fail_msg("%s", pv_error_text(&c.cx));
		pv_recover(&c.cx);
		forgetful_power_off(after.dir, n % 2 == 0 ? 0 : (unsigned)n);
		look(r == 0);
		end();
	}
	assert_true(n > 20);
	assert_false(hit);
}

static void
power_that_goes_at_every_moment(void **state)
{
	bool hit = true;
	int64_t rev;
	int n = 1;

	(void)state;
	for (; hit && n < N_MOST; n++) {
		begin();
		forgetful_arm_off(n, after.dir, n % 2 == 0 ? 0 : (unsigned)n);
		if (case_restore(&c.cx, whole, c.dir, true, &rev) < 0)
			fail_msg("%s", pv_error_text(&c.cx));
		hit = forgetful_struck();
		if (!hit)
			forgetful_power_off(after.dir, 0);
		look(!hit);
		end();
	}
	assert_true(n > 20);
	assert_false(hit);
}

static void
the_old_one_is_kept_with_its_log(void **state)
{
	struct stat log;
	int64_t rev;

	(void)state;
	begin();
	assert_int_equal(case_restore(&c.cx, whole, c.dir, true, &rev), 0);
	assert_int_equal(stat(case_path(&c, "pave.db.replaced-wal"), &log), 0);
	assert_true(log.st_size > 0);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_old_one_is_kept_with_its_log),
		cmocka_unit_test(every_fault_and_then_no_power),
		cmocka_unit_test(power_that_goes_at_every_moment),
	};
	return cmocka_run_group_tests_name("restore power", tests, NULL, NULL);
}
