/* The first start of a store, ended in front of each of its writes and syncs. */
#include "unit/core/store_case.h"

#include <sys/wait.h>
#include <unistd.h>

#include "unit/core/faulty_vfs.h"

static store_case c;

static int until_end; /* writes and syncs that are still done */

static void
end_at_last(int flags, int64_t at)
{
	(void)flags, (void)at;
	if (until_end-- == 0)
		_exit(9);
}

/* Opens a store of no file yet; was it cut off before its nth write or sync? */
static bool
cut_off(int nth)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		until_end = nth;
		faulty_watch(end_at_last);
		case_open(&c);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 9 || WEXITSTATUS(status) == 0));
	return WEXITSTATUS(status) == 9;
}

static void
first_start_may_be_cut_off_anywhere(void **state)
{
	int n = 0;

	(void)state;
	for (bool cut = true; cut; n++) {
		case_begin(&c);
		case_dir(&c);
		cut = cut_off(n);
		case_open(&c);
		assert_int_equal(put(&c, KEY("/T", "ns", "a"), 1, PV_REV_ABSENT), pv_store_rev(c.store));
		case_end(&c);
	}
	assert_true(n > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(first_start_may_be_cut_off_anywhere)};

	faulty_install(); /* before the first database is opened */
	return cmocka_run_group_tests_name("store start", tests, NULL, NULL);
}
