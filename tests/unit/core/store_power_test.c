/* Power that goes, on a disk that forgets and whose n-th write or sync fails: what was acknowledged is there, no
 * revision is given twice, and the database is sound.  For every n, over a life that has it all: a first start,
 * groups, checkpoints of both kinds, also beside a stranger that reads, logs that begin anew, slices of history
 * that are dropped, an older schema, and another start. */
#include "unit/core/store_case.h"

#include <sched.h>
#include <sqlite3.h>
#include <string.h>

#include "base/buf.h"
#include "base/time.h"
#include "core/metrics/metrics.h"
#include "core/store/backup.h"
#include "unit/forgetful.h"

#define NAMES 4
#define LOG_PAGES 16
#define N_MOST 2000

static store_case c, after;
static sqlite3 *stranger;

static struct {
	int64_t sure,
		maybe; /* what the object holds, 0: nothing; and what a failed write since may have left */
	bool in_doubt;
} model[NAMES];
static int64_t newest;   /* revision that was acknowledged */
static int64_t count;    /* the next number */
static bool struck, lax; /* the fault has come; a failure may be told again until the next start */
static int failures;

/* ---- a life ---- */

static const char *
name_of(int i)
{
	static const char *const names[NAMES] = {"a", "b", "c", "d"};

	return names[i];
}

static void
begin(void)
{
	memset(model, 0, sizeof model);
	newest = count = 0;
	struck = lax = false;
	failures = 0;
	case_begin(&c);
	case_dir(&c);
	c.conf.log_pages = LOG_PAGES;
	c.conf.history_min = 4;
	forgetful_begin(c.dir);
}

static void
end(void)
{
	c.store = pv_store_close(c.store);
	forgetful_end();
	case_end(&c);
}

static void
sound(void *arg, const char *fault)
{
	(void)arg;
	fail_msg("%s", fault);
}

/* Power goes, and another life begins on what the disk has. */
static void
look(unsigned dice)
{
	size_t faults;
	int64_t rev;

	case_begin(&after);
	case_dir(&after);
	forgetful_power_off(after.dir, dice);
	if (pv_store_check(&after.cx, after.dir, sound, NULL, &faults) == -PV_ENOTFOUND) {
		assert_int_equal(newest, 0);
		pv_recover(&after.cx);
	}
	case_open(&after);
	for (int i = 0; i < NAMES; i++) {
		const pv_rec *rec = pv_store_find(&after.cx, after.store, &KEY("/T", "ns", name_of(i)));
		int64_t n = rec == NULL ? 0 : doc_n(rec);

		if (n != model[i].sure && !(model[i].in_doubt && n == model[i].maybe))
			fail_msg("%s: expected %lld, found %lld (failed since: %lld)", name_of(i),
				 (long long)model[i].sure, (long long)n, (long long)model[i].maybe);
	}
	rev = pv_store_rev(after.store);
	assert_true(rev >= newest);
	assert_int_equal(put(&after, KEY("/T", "ns", "after"), 1, PV_REV_ABSENT), rev + 1);
	case_end(&after);
}

/* Once at the fault, with all of what was not synced gone; once with half of it. */
static void
look_if_struck(void)
{
	if (struck || !forgetful_struck())
		return;
	struck = true;
	look(0);
	look((unsigned)count * 2 + 1);
}

static void
acknowledge(int64_t rev)
{
	assert_true(rev > newest);
	newest = rev;
	for (int i = 0; i < NAMES; i++)
		model[i].in_doubt = false;
}

/* n 0: deleted. */
static void
write_one(int i, bool deletes)
{
	pv_val doc = *doc_sized(&c.cx, name_of(i), 3000 + (size_t)(count % 3) * 9000);
	pv_write w = {.key = KEY("/T", "ns", name_of(i)), .expect = PV_REV_ANY};
	int64_t n = deletes ? 0 : ++count;

	if (deletes && model[i].sure == 0)
		return;
	doc = pv_with(c.cx.arena, &doc, "n", pv_int(n));
	w.doc = deletes ? NULL : &doc;
	if (pv_store_write(&c.cx, c.store, &w, 1) == 0) {
		acknowledge(pv_rec_rev(w.ret));
		model[i].sure = n;
	} else {
		if (!forgetful_struck())
			fail_msg("%s", pv_error_text(&c.cx));
		assert_int_equal(pv_recover(&c.cx), PV_EUNAVAILABLE);
		assert_true(++failures == 1 || lax); /* it fails once, and goes on */
		model[i].maybe = n;
		model[i].in_doubt = true;
	}
	look_if_struck();
}

static void
write_many(int n)
{
	for (int i = 0; i < n; i++)
		write_one(i % NAMES, i % 11 == 10);
}

/* A start that the fault stops is told of, and the next one is not stopped. */
static void
start(void)
{
	if (pv_store_open(&c.cx, &c.conf, &c.store) < 0) {
		if (!forgetful_struck())
			fail_msg("%s", pv_error_text(&c.cx));
		assert_true(strstr(pv_error_text(&c.cx), "store: ") != NULL);
		pv_recover(&c.cx);
		assert_int_equal(++failures, 1);
		look_if_struck();
		case_open(&c);
	}
	look_if_struck();
}

static void
restart(void)
{
	lax = false;
	c.store = pv_store_close(c.store);
	look_if_struck();
	start();
}

/* Nothing of it counts before all of it is on the disk; if it did not come there, only another start goes on. */
static void
start_first(void)
{
	start();
	lax = true;
	pv_store_lax(c.store);
	for (int i = 0; i < NAMES; i++)
		assert_true(put(&c, KEY("/First", "", name_of(i)), i, PV_REV_ABSENT) > 0 ||
			    forgetful_struck());
	if (pv_store_firm(&c.cx, c.store) < 0) {
		pv_recover(&c.cx);
		failures++;
		assert_int_equal(put(&c, KEY("/T", "ns", "a"), 1, PV_REV_ABSENT), -PV_EUNAVAILABLE);
		look_if_struck();
		restart();
	}
	lax = false;
}

static void
strange(const char *sql)
{
	if (sqlite3_exec(stranger, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(stranger));
}

/* No checkpoint comes to the end of the log meanwhile: what is copied is not synced. */
static void
write_beside_a_reader(void)
{
	assert_int_equal(sqlite3_open(case_path(&c, "pave.db"), &stranger), SQLITE_OK);
	write_many(3);
	strange("BEGIN; SELECT count(*) FROM object");
	write_many(LOG_PAGES);
	strange("COMMIT");
	sqlite3_close(stranger);
}

/* As the first schema had it. */
static void
age_schema(void)
{
	c.store = pv_store_close(c.store);
	look_if_struck();
	forgetful_rest(true);
	case_sql(&c, "ALTER TABLE object DROP COLUMN sum; ALTER TABLE log DROP COLUMN sum;"
		     "ALTER TABLE meta DROP COLUMN sum; PRAGMA user_version = 1");
	forgetful_rest(false);
	start();
}

static void
live(void)
{
	start_first();
	write_many(LOG_PAGES);
	write_beside_a_reader();
	write_many(LOG_PAGES / 2);
	pv_store_compact(c.store, newest - 2);
	write_many(NAMES);
	restart();
	write_many(NAMES);
	age_schema();
	write_many(LOG_PAGES / 2);
}

/* ---- for every n ---- */

static void
every_fault_and_then_no_power(void **state)
{
	int n = 1;
	bool hit = true;

	(void)state;
	for (; hit && n < N_MOST; n++) {
		begin();
		forgetful_arm(n);
		live();
		hit = forgetful_struck();
		look(0);
		look((unsigned)n);
		end();
	}
	assert_true(n > 150); /* it came to all of that */
	assert_false(hit);
}

/* ---- the sync that SQLite takes to tell of what a checkpoint before it wrote ---- */

static bool
is_counted(pv_metrics *metrics)
{
	pv_buf shown;
	bool none;

	pv_buf_init(&shown, NULL);
	pv_metrics_format(metrics, &shown);
	none = strstr(shown.s, "\npave_store_checkpoint_failures_total 0\n") != NULL;
	pv_buf_done(&shown);
	return !none;
}

static void
a_sync_of_the_database_that_fails_loses_no_earlier_copy(void **state)
{
	(void)state;
	for (int n = 1; n < 4; n++) {
		pv_metrics *metrics = pv_metrics_new();

		begin();
		c.conf.metrics = metrics;
		start();
		assert_false(is_counted(metrics));
		write_many(LOG_PAGES);
		forgetful_arm_sync("pave.db", n);
		for (int i = 0; i < 5; i++) {
			write_beside_a_reader();
			write_many(LOG_PAGES); /* the log begins anew */
		}
		assert_true(forgetful_struck());
		assert_int_equal(failures, 0); /* no group failed for it */
		for (int64_t until = pv_mono() + 120 * PV_SEC; !is_counted(metrics) && pv_mono() < until;)
			sched_yield();
		assert_true(is_counted(metrics));
		look(0);
		look(7);
		end();
		pv_metrics_free(metrics);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sync_of_the_database_that_fails_loses_no_earlier_copy),
		cmocka_unit_test(every_fault_and_then_no_power),
	};
	return cmocka_run_group_tests_name("store power", tests, NULL, NULL);
}
