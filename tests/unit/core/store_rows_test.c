/* Rows that are not what was written, and rows of another schema. */
#include "unit/core/store_case.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/time.h"
#include "core/store/backup.h"
#include "unit/folder.h"

static store_case c;

#define A KEY("/T", "ns", "a")

static void
contradictions_are_found(void **state)
{
	static const struct {
		const char *sql, *text;
	} rows[] = {
		{"UPDATE object SET rev = rev + 1", "a row is not what was written: /T \"a\" in \"ns\""},
		{"UPDATE object SET json = replace(json, '\"n\":2', '\"n\":3')",
		 "a row is not what was written"},
		{"UPDATE object SET rev = rev + 1, sum = NULL",
		 "a row contradicts itself: /T \"a\" in \"ns\""},
		{"UPDATE object SET stamp = 100000, sum = NULL", "a row contradicts itself"},
		{"UPDATE object SET json = '', sum = NULL", "a row contradicts itself"},
		{"INSERT INTO object SELECT id + 100, rev, stamp, type, ns, name, json, NULL FROM object",
		 "an object is there twice"},
		{"DELETE FROM object", "the log does not fit the objects"},
		{"UPDATE log SET prev_json = prev_json || ' ' WHERE prev_rev IS NOT NULL",
		 "in the log, a row is not what was written"},
		{"UPDATE log SET prev_rev = 1, sum = NULL WHERE prev_rev IS NOT NULL",
		 "a row of the log contradicts itself"},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		case_open(&c);
		put(&c, A, 1, PV_REV_ABSENT);
		put(&c, A, 2, PV_REV_ANY);
		c.store = pv_store_close(c.store);
		case_sql(&c, rows[i].sql);
		case_open_fails(&c, PV_EINTERNAL, rows[i].text);
		folder_remove(c.dir);
		assert_int_equal(mkdir(c.dir, 0700), 0);
	}
}

static void
a_fact_that_was_edited_is_not_believed(void **state)
{
	pv_str fact;

	(void)state;
	case_open(&c);
	assert_int_equal(pv_store_meta_put(&c.cx, c.store, "ca", PV_STR("key")), 0);
	c.store = pv_store_close(c.store);
	case_sql(&c, "UPDATE meta SET value = CAST('kex' AS BLOB) WHERE name = 'ca'");
	case_open_fails(&c, PV_EINTERNAL, "the fact \"ca\" is not what was written: restore a backup");
	case_sql(&c, "UPDATE meta SET value = CAST('key' AS BLOB) WHERE name = 'ca'");
	case_open(&c);
	case_sql(&c, "UPDATE meta SET value = CAST('kex' AS BLOB) WHERE name = 'ca'");
	assert_int_equal(pv_store_meta_get(&c.cx, c.store, "ca", &fact), -PV_EINTERNAL);
	pv_recover(&c.cx);
}

/* As the first Pave made it, from its own words; and what it holds is there afterwards. */
static void
the_first_schema_is_taken_over(void **state)
{
	(void)state;
	case_sql(&c,
		 "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"
		 "CREATE TABLE object(id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, stamp INTEGER NOT NULL,"
		 " type TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL) STRICT;"
		 "CREATE TABLE log(rev INTEGER PRIMARY KEY, op INTEGER NOT NULL, id INTEGER NOT NULL,"
		 " type TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL,"
		 " prev_rev INTEGER, prev_stamp INTEGER, prev_json TEXT) STRICT;"
		 "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
		 "INSERT INTO object VALUES(1, 7, 54, '/T', 'ns', 'a',"
		 " '{\"kind\":\"T\",\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"7\"},\"n\":3}');"
		 "INSERT INTO log VALUES(7, 0, 1, '/T', 'ns', 'a', NULL, NULL, NULL);"
		 "INSERT INTO meta VALUES('ca', CAST('key' AS BLOB));"
		 "PRAGMA application_id = 1348564581; PRAGMA user_version = 1;");
	for (int i = 0; i < 2; i++) {
		case_open(&c);
		assert_int_equal(pv_store_rev(c.store), 7 + i);
		assert_int_equal(put(&c, A, 4 + i, 7 + i), 8 + i);
		c.store = pv_store_close(c.store);
	}
	case_sql(
		&c,
		"CREATE TEMP TABLE x(a CHECK(a = 2)); INSERT INTO x SELECT user_version FROM pragma_user_version");
}

/* ---- looking for damage ---- */

static void
keep_text(void *arg, const char *fault)
{
	pv_buf *all = arg;

	pv_buf_adds(all, fault);
	pv_buf_addc(all, '\n');
}

static const char *
checked(size_t want)
{
	size_t n;
	pv_buf all;

	pv_buf_init(&all, c.cx.arena);
	if (pv_store_check(&c.cx, c.dir, keep_text, &all, &n) < 0)
		fail_msg("%s", pv_error_text(&c.cx));
	if (n != want)
		fail_msg("expected %zu faults, found %zu: %s", want, n, all.s);
	return all.s;
}

static void
damage_is_found_and_named(void **state)
{
	const char *faults;

	(void)state;
	case_open(&c);
	put(&c, A, 1, PV_REV_ABSENT);
	put(&c, KEY("/U", "", "b"), 2, PV_REV_ABSENT);
	put(&c, A, 3, PV_REV_ANY);
	put(&c, KEY("/T", "ns", "gone"), 4, PV_REV_ABSENT);
	del(&c, KEY("/T", "ns", "gone"), PV_REV_ANY);
	assert_int_equal(pv_store_meta_put(&c.cx, c.store, "ca", PV_STR("key")), 0);
	c.store = pv_store_close(c.store);
	checked(0);
	case_sql(&c, "UPDATE object SET json = replace(json, '3', '4') WHERE name = 'a';"
		     "UPDATE object SET stamp = 3, sum = NULL WHERE name = 'b';"
		     "UPDATE meta SET value = x'00' WHERE name = 'ca';"
		     "UPDATE log SET prev_json = prev_json || ' ' WHERE op = 2");
	faults = checked(4);
	assert_non_null(strstr(
		faults,
		"/T \"a\" in \"ns\" at revision 4: the row is not what was written: restore a backup"));
	assert_non_null(strstr(faults, "/U \"b\" in \"\" at revision 3: the row contradicts itself"));
	assert_non_null(strstr(faults, "the fact \"ca\": the row is not what was written"));
	assert_non_null(
		strstr(faults, "the change of /T \"gone\" in \"ns\" at revision 6: the row of the log"));
	assert_int_equal(unlink(case_path(&c, "pave.db")), 0);
	assert_int_equal(pv_store_check(&c.cx, c.dir, keep_text, NULL, &(size_t){0}), -PV_ENOTFOUND);
	pv_recover(&c.cx);
}

/* Found while it runs, whose memory still has it whole; in many slices, round and round. */
static void
damage_is_found_while_it_runs(void **state)
{
	(void)state;
	c.conf.history_ns = 32 * PV_MS;
	case_open(&c);
	for (int i = 0; i < 300; i++)
		put(&c, KEY("/T", "ns", pv_printf(c.cx.arena, "o%d", i)), i, PV_REV_ABSENT);
	for (int64_t until = pv_mono() + 100 * PV_MS; pv_mono() < until;)
		assert_true(pv_store_sound(c.store));
	case_sql(&c, "UPDATE object SET json = replace(json, 'n', 'm') WHERE name = 'o277'");
	for (int64_t until = pv_mono() + 120 * PV_SEC; pv_store_sound(c.store) && pv_mono() < until;)
		;
	assert_false(pv_store_sound(c.store));
	assert_int_equal(doc_n(pv_store_find(&c.cx, c.store, &KEY("/T", "ns", "o277"))), 277);
}

int
main(void)
{
#define CASE(fn) CASE_WITH(fn, case_folder)
	const struct CMUnitTest tests[] = {
		CASE(contradictions_are_found),       CASE(a_fact_that_was_edited_is_not_believed),
		CASE(the_first_schema_is_taken_over), CASE(damage_is_found_and_named),
		CASE(damage_is_found_while_it_runs),
	};
	return cmocka_run_group_tests_name("store rows", tests, NULL, NULL);
}
