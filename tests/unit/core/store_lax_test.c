/* A first start waits for the disk once. */
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

#include "unit/core/faulty_vfs.h"
#include "unit/core/store_case.h"

static store_case c;
#define A KEY("/T", "ns", "a")
#define B KEY("/T", "ns", "b")
static const pv_list_query all = {.type = "/T"};

static _Atomic int synced;

static void
count_syncs(int flags, int64_t at)
{
	if ((flags & SQLITE_OPEN_WAL) != 0 && at < 0)
		synced++;
}

static void
lax_writes_are_synced_once(void **state)
{
	(void)state;
	case_open(&c);
	pv_store_lax(c.store);
	faulty_watch(count_syncs);
	synced = 0;
	assert_true(put(&c, A, 1, PV_REV_ABSENT) > 0 && put(&c, B, 2, PV_REV_ABSENT) > 0);
	assert_int_equal(pv_store_meta_put(&c.cx, c.store, "fact", PV_STR("told")), 0);
	assert_int_equal(synced, 0);
	assert_int_equal(pv_store_firm(&c.cx, c.store), 0);
	assert_int_equal(synced, 1);
	assert_int_equal(pv_store_firm(&c.cx, c.store), 0); /* nothing is owed any more */
	assert_int_equal(synced, 1);
	assert_true(put(&c, A, 3, PV_REV_ANY) > 0);
	assert_int_equal(synced, 2);
	faulty_watch(NULL);
	case_reopen(&c);
	assert_string_equal(listed(&c, &all), "ns/a=3 ns/b=2");
}

/* A store that was only ever lax, closed: nothing of it may be missing. */
static void
lax_writes_outlive_a_close(void **state)
{
	(void)state;
	case_open(&c);
	pv_store_lax(c.store);
	assert_true(put(&c, A, 1, PV_REV_ABSENT) > 0);
	case_reopen(&c);
	assert_string_equal(listed(&c, &all), "ns/a=1");
}

/* The system takes the pages for clean, and another sync would say nothing of them: only a start goes on. */
static void
failed_sync_of_lax_writes_is_told(void **state)
{
	(void)state;
	case_open(&c);
	pv_store_lax(c.store);
	assert_true(put(&c, A, 1, PV_REV_ABSENT) > 0);
	faulty_arm(1, false, SQLITE_IOERR_FSYNC);
	assert_int_equal(pv_store_firm(&c.cx, c.store), -PV_EUNAVAILABLE);
	assert_non_null(strstr(pv_error_text(&c.cx), "look at the disk, and start again"));
	pv_recover(&c.cx);
	faulty_arm(0, false, 0);
	assert_int_equal(put(&c, B, 2, PV_REV_ABSENT), -PV_EUNAVAILABLE);
	case_reopen(&c);
	assert_true(put(&c, B, 2, PV_REV_ABSENT) > 0);
	assert_string_equal(listed(&c, &all), "ns/a=1 ns/b=2");
}

int
main(void)
{
#define CASE(fn) CASE_WITH(fn, case_folder)
	const struct CMUnitTest tests[] = {
		CASE(lax_writes_are_synced_once),
		CASE(lax_writes_outlive_a_close),
		CASE(failed_sync_of_lax_writes_is_told),
	};
	faulty_install(); /* before the first database is opened */
	return cmocka_run_group_tests_name("store lax", tests, NULL, NULL);
}
