/* A first start waits for the disk once. */
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "core/store/engine.h"
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

/* Its sync is the one that tells of all the others. */
static void
no_checkpoint_is_made_meanwhile(void **state)
{
	pv_meta fact = {"fact", {pv_alloc0(c.cx.arena, 100000), 100000}};
	engine_batch lax = {.metas = &fact, .n_metas = 1, .lax = true}, firm = {.lax = false};
	pv_engine *engine;

	(void)state;
	c.conf.log_pages = 16;
	assert_int_equal(engine_sqlite.open(&c.cx, case_path(&c, "pave.db"), &c.conf, &engine), 0);
	assert_int_equal(engine->ops->commit(&c.cx, engine, &lax), 0);
	assert_true(engine->ops->due(engine));
	assert_false(engine->ops->upkeep(engine)); /* nor is one counted */
	assert_int_equal(engine->ops->commit(&c.cx, engine, &firm), 0);
	lax.lax = false;
	assert_int_equal(engine->ops->commit(&c.cx, engine, &lax), 0);
	assert_true(engine->ops->due(engine));
	assert_true(engine->ops->upkeep(engine));
	engine->ops->close(engine);
}

/* It is a fault, and no checkpoint. */
static void
a_checkpoint_that_fails_is_not_counted(void **state)
{
	pv_meta fact = {"fact", {pv_alloc0(c.cx.arena, 100000), 100000}};
	engine_batch batch = {.metas = &fact, .n_metas = 1};
	pv_engine *engine;

	(void)state;
	c.conf.log_pages = 32;
	assert_int_equal(engine_sqlite.open(&c.cx, case_path(&c, "pave.db"), &c.conf, &engine), 0);
	assert_int_equal(engine->ops->commit(&c.cx, engine, &batch), 0);
	assert_true(engine->ops->due(engine));
	faulty_arm(1, false, SQLITE_IOERR_FSYNC);
	assert_false(engine->ops->upkeep(engine));
	assert_true(faulty_struck());
	assert_int_equal(engine->faults, 1);
	faulty_arm(0, false, 0);
	engine->ops->close(engine);
}

/* The system takes the pages for clean, and another sync would say nothing of them: only a start goes on. */
static void
failed_sync_of_lax_writes_is_told(void **state)
{
	struct stat log;

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
	c.store = pv_store_close(c.store);
	assert_int_equal(stat(case_path(&c, "pave.db-wal"), &log), 0); /* nor was it copied from memory */
	assert_true(log.st_size > 0);
	case_open(&c);
	assert_true(put(&c, B, 2, PV_REV_ABSENT) > 0);
	assert_string_equal(listed(&c, &all), "ns/a=1 ns/b=2");
}

int
main(void)
{
#define CASE(fn) CASE_WITH(fn, case_folder)
	const struct CMUnitTest tests[] = {
		CASE(lax_writes_are_synced_once),        CASE(lax_writes_outlive_a_close),
		CASE(no_checkpoint_is_made_meanwhile),   CASE(a_checkpoint_that_fails_is_not_counted),
		CASE(failed_sync_of_lax_writes_is_told),
	};
	faulty_install(); /* before the first database is opened */
	return cmocka_run_group_tests_name("store lax", tests, NULL, NULL);
}
