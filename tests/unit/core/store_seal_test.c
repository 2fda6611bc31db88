/* What lies encrypted, with which key, and what happens with another one, or none. */
#include "unit/core/store_case.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "unit/core/faulty_vfs.h"
#include "unit/folder.h"

static store_case c;

#define NEEDLE "hunter2-and-a-half"
#define A KEY("/Secret", "ns", "a")
#define B KEY("/Secret", "ns", "b")
#define KEY1 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define KEY2 "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="

/* ---- scenery ---- */

static const char *
type_of(pv_ctx *cx, const char *plural, const char *group)
{
	static const struct {
		const char *plural, *group, *type;
	} rows[] = {{"secrets", "", "/Secret"},
		    {"configmaps", "", "/ConfigMap"},
		    {"deployments", "apps", "apps/Deployment"}};

	(void)cx;
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (pv_streq(rows[i].plural, plural) && pv_streq(rows[i].group, group))
			return rows[i].type;
	return NULL;
}

static int
setup(void **state)
{
	int r = case_folder(state);

	c.conf.type_of = type_of;
	return r;
}

/* From now on the configuration has these resources and providers. */
static void
configure(const char *resources, const char *providers)
{
	const char *text = pv_printf(c.cx.arena,
				     "apiVersion: apiserver.config.k8s.io/v1\n"
				     "kind: EncryptionConfiguration\n"
				     "resources:\n"
				     "- resources: [%s]\n"
				     "  providers:\n"
				     "%s",
				     resources, providers);

	c.conf.encryption = case_path(&c, "keys.yaml");
	assert_int_equal(pv_file_save(&c.cx, c.conf.encryption, pv_str_of(text), 0600), 0);
}

#define PROVIDER(kind, name, key) "  - " kind ": {keys: [{name: " name ", secret: " key "}]}\n"
#define IDENTITY "  - identity: {}\n"

static int64_t
put_secret(pv_key key, const char *text)
{
	pv_val doc = *doc_of(&c.cx, key.name, 1);
	pv_write w = {.key = key, .expect = PV_REV_ANY};

	doc = pv_with(c.cx.arena, &doc, "secret", pv_string(c.cx.arena, text));
	w.doc = pv_box(c.cx.arena, doc);
	if (pv_store_write(&c.cx, c.store, &w, 1) < 0)
		fail_msg("%s", pv_error_text(&c.cx));
	return pv_rec_rev(w.ret);
}

static const char *
secret_of(pv_key key)
{
	const pv_rec *rec = pv_store_find(&c.cx, c.store, &key);

	assert_non_null(rec);
	return pv_text_at(pv_rec_val(rec), "secret", "");
}

/* How often the files of the database hold the text. */
static size_t
times_on_disk(const char *text)
{
	static const char *const names[] = {"pave.db", "pave.db-wal"};
	size_t n = 0;

	for (size_t i = 0; i < PV_LEN(names); i++) {
		pv_str bytes;

		if (pv_file_load(&c.cx, case_path(&c, names[i]), (size_t)1 << 30, &bytes) < 0) {
			pv_recover(&c.cx);
			continue;
		}
		for (const char *at = bytes.s;
		     (at = memmem(at, bytes.len - (size_t)(at - bytes.s), text, strlen(text))); at++)
			n++;
	}
	return n;
}

static const char *
sql_text(const char *text)
{
	const char *ret = "";
	sqlite3_stmt *stmt;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(case_path(&c, "pave.db"), &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, text, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	if (sqlite3_step(stmt) == SQLITE_ROW)
		ret = pv_strdup(c.cx.arena, (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return ret;
}

/* A life of a secret: made, changed, deleted, with another that stays; and a fact. */
static void
live(void)
{
	put_secret(A, NEEDLE " one");
	put_secret(B, NEEDLE " two");
	put_secret(A, NEEDLE " three");
	del(&c, A, PV_REV_ANY);
	put_secret(A, NEEDLE " four");
	assert_int_equal(pv_store_meta_put(&c.cx, c.store, "ca.key", PV_STR(NEEDLE " five")), 0);
}

static void
is_alive(void)
{
	pv_watch *watch;
	pv_event e;
	pv_str fact;
	int n = 0;

	assert_string_equal(secret_of(A), NEEDLE " four");
	assert_string_equal(secret_of(B), NEEDLE " two");
	assert_int_equal(pv_store_meta_get(&c.cx, c.store, "ca.key", &fact), 0);
	assert_true(pv_str_is(fact, NEEDLE " five"));
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/Secret", 1, no_wake, NULL, &watch), 0);
	while (pv_watch_next(&c.cx, watch, &e) == 1)
		n += pv_text_at(pv_rec_val(e.rec), "secret", NULL) != NULL;
	assert_int_equal(n, 5); /* the history, too */
	pv_watch_close(watch);
}

/* ---- what lies there ---- */

static void
nothing_lies_in_plain_text(void **state)
{
	static const char *const providers[] = {PROVIDER("aesgcm", "k1", KEY1),
						PROVIDER("secretbox", "k1", KEY1)};

	(void)state;
	for (size_t i = 0; i < PV_LEN(providers); i++) {
		configure("secrets", providers[i]);
		case_open(&c);
		live();
		assert_int_equal(times_on_disk(NEEDLE), 0); /* while it runs, the log being full */
		assert_int_equal(put(&c, KEY("/ConfigMap", "ns", "plain"), 1, PV_REV_ABSENT),
				 pv_store_rev(c.store));
		case_reopen(&c);
		is_alive();
		c.store = pv_store_close(c.store);
		assert_int_equal(times_on_disk(NEEDLE), 0);
		assert_true(pv_starts_with(sql_text("SELECT json FROM object WHERE type = '/Secret'"),
					   i == 0 ? "k8s:enc:aesgcm:v1:k1:" : "k8s:enc:secretbox:v1:k1:"));
		assert_true(pv_starts_with(sql_text("SELECT prev_json FROM log WHERE prev_json IS NOT NULL"),
					   "k8s:enc:"));
		assert_true(
			pv_starts_with(sql_text("SELECT value FROM meta WHERE name = 'ca.key'"), "k8s:enc:"));
		assert_true(
			pv_starts_with(sql_text("SELECT json FROM object WHERE type = '/ConfigMap'"), "{"));
		folder_remove(c.dir);
		assert_int_equal(mkdir(c.dir, 0700), 0);
	}
}

/* Rows of many sizes, so that pages were split and joined while all was in plain text. */
static void
plain_text_is_gone_after_the_first_start_with_keys(void **state)
{
	(void)state;
	case_open(&c);
	live();
	for (int i = 0; i < 400; i++) {
		char *text = pv_alloc0(c.cx.arena, 20000);

		memset(text, 'x', (size_t)(i * 37 % 9000));
		memcpy(text, NEEDLE, strlen(NEEDLE));
		put_secret(KEY("/Secret", "ns", pv_printf(c.cx.arena, "s%d", i * 7 % 100)), text);
		if (i % 3 == 0)
			del(&c, KEY("/Secret", "ns", pv_printf(c.cx.arena, "s%d", i % 100)), PV_REV_ANY);
	}
	assert_true(times_on_disk(NEEDLE) > 400);
	configure("secrets", PROVIDER("aesgcm", "k1", KEY1));
	c.store = pv_store_close(c.store);
	case_open_fails(&c, PV_EINTERNAL, "lies in plain text, and");
	configure("secrets", PROVIDER("aesgcm", "k1", KEY1) IDENTITY);
	case_open(&c);
	assert_int_equal(times_on_disk(NEEDLE), 0);
	assert_string_equal(secret_of(A), NEEDLE " four");
	configure("secrets", PROVIDER("aesgcm", "k1", KEY1));
	case_reopen(&c); /* identity has done its work */
	assert_string_equal(secret_of(B), NEEDLE " two");
}

/* Who reads on keeps it in the log: then it is not sealed yet. */
static void
a_stranger_that_reads_keeps_no_plain_text(void **state)
{
	sqlite3 *stranger;

	(void)state;
	case_open(&c);
	live();
	c.store = pv_store_close(c.store);
	configure("secrets", PROVIDER("aesgcm", "k1", KEY1) IDENTITY);
	assert_int_equal(sqlite3_open(case_path(&c, "pave.db"), &stranger), SQLITE_OK);
	assert_int_equal(sqlite3_exec(stranger, "BEGIN; SELECT count(*) FROM object", NULL, NULL, NULL),
			 SQLITE_OK);
	c.conf.patience_ms = 20;
	case_open_fails(&c, PV_EUNAVAILABLE, "another process has had it locked for 20 ms: end that one");
	sqlite3_close(stranger);
	case_open(&c);
	is_alive();
	assert_int_equal(times_on_disk(NEEDLE), 0);
}

/* ---- other keys ---- */

static void
keys_are_rotated_by_a_start(void **state)
{
	(void)state;
	configure("secrets", PROVIDER("aesgcm", "k1", KEY1));
	case_open(&c);
	live();
	configure("secrets", PROVIDER("secretbox", "k2", KEY2) PROVIDER("aesgcm", "k1", KEY1));
	case_reopen(&c);
	is_alive();
	configure("secrets", PROVIDER("secretbox", "k2", KEY2));
	case_reopen(&c); /* the old key opens nothing any more */
	is_alive();
	assert_int_equal(times_on_disk("aesgcm"), 0);
	configure("secrets", IDENTITY PROVIDER("secretbox", "k2", KEY2));
	case_reopen(&c);
	c.conf.encryption = NULL;
	case_reopen(&c); /* back to no keys at all */
	is_alive();
}

static void
without_the_right_key_it_does_not_start(void **state)
{
	(void)state;
	configure("secrets", PROVIDER("aesgcm", "k1", KEY1));
	case_open(&c);
	live();
	c.store = pv_store_close(c.store);
	configure("secrets", PROVIDER("aesgcm", "k1", KEY2));
	case_open_fails(&c, PV_EINTERNAL, "it is sealed with the aesgcm key \"k1\", and what");
	configure("secrets", PROVIDER("aesgcm", "k2", KEY1));
	case_open_fails(&c, PV_EINTERNAL, "is sealed with the aesgcm key \"k1\", which");
	c.conf.encryption = NULL;
	case_open_fails(&c, PV_EINTERNAL, "say where the key is with --encryption-config");
	configure("configmaps", PROVIDER("aesgcm", "k1", KEY1));
	case_open(&c); /* read with a key of any rule, and kept in plain text from now on */
	is_alive();
}

/* Other keys at each start, and a fault at the n-th write or sync of it; did it strike? */
static bool
rotate_with_fault(int n, bool sticky, int code)
{
	static bool second;
	pv_store *store = NULL;
	bool struck;
	int r;

	second = !second;
	configure("secrets", second ? PROVIDER("secretbox", "k2", KEY2) PROVIDER("aesgcm", "k1", KEY1)
				    : PROVIDER("aesgcm", "k1", KEY1) PROVIDER("secretbox", "k2", KEY2));
	faulty_arm(n, sticky, code);
	r = pv_store_open(&c.cx, &c.conf, &store);
	struck = faulty_struck();
	faulty_arm(0, false, 0);
	if (r < 0)
		pv_recover(&c.cx);
	pv_store_close(store);
	case_open(&c); /* it goes on where it was, or has nothing left to do */
	is_alive();
	c.store = pv_store_close(c.store);
	assert_int_equal(times_on_disk(NEEDLE), 0);
	assert_int_equal(times_on_disk(second ? "k8s:enc:aesgcm" : "k8s:enc:secretbox"), 0);
	return struck;
}

static void
a_fault_while_all_is_sealed_anew_is_made_good(void **state)
{
	static const struct {
		int code;
		bool sticky;
	} rows[] = {{SQLITE_FULL, true}, {SQLITE_IOERR_WRITE, false}, {SQLITE_IOERR_FSYNC, false}};

	(void)state;
	configure("secrets", PROVIDER("aesgcm", "k1", KEY1));
	case_open(&c);
	live();
	c.store = pv_store_close(c.store);
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		int n = 1;

		while (rotate_with_fault(n, rows[i].sticky, rows[i].code))
			n++;
		assert_true(n > 10);
	}
}

/* One value in the place of another is no valid value there. */
static void
values_hold_in_their_own_place_only(void **state)
{
	static const char *const providers[] = {PROVIDER("aesgcm", "k1", KEY1),
						PROVIDER("secretbox", "k1", KEY1)};

	(void)state;
	for (size_t i = 0; i < PV_LEN(providers); i++) {
		configure("secrets", providers[i]);
		case_open(&c);
		put_secret(A, "of a");
		put_secret(B, "of b");
		c.store = pv_store_close(c.store);
		sql_text(
			"UPDATE object SET json = (SELECT json FROM object WHERE name = 'b'), sum = NULL WHERE name = 'a'");
		case_open_fails(&c, PV_EINTERNAL, "/Secret \"a\" in \"ns\" cannot be opened");
		folder_remove(c.dir);
		assert_int_equal(mkdir(c.dir, 0700), 0);
	}
}

/* ---- the file ---- */

static void
resources_are_matched_in_order(void **state)
{
	(void)state;
	configure("'*.apps', configmaps",
		  IDENTITY "- resources: ['*.*']\n  providers:\n" PROVIDER("aesgcm", "k1", KEY1));
	case_open(&c);
	put(&c, KEY("apps/Deployment", "ns", "d"), 1, PV_REV_ABSENT);
	put(&c, KEY("/ConfigMap", "ns", "c"), 1, PV_REV_ABSENT);
	put(&c, KEY("example.org/Thing", "ns", "t"), 1, PV_REV_ABSENT);
	c.store = pv_store_close(c.store);
	assert_true(pv_starts_with(sql_text("SELECT json FROM object WHERE name = 'd'"), "{"));
	assert_true(pv_starts_with(sql_text("SELECT json FROM object WHERE name = 'c'"), "{"));
	assert_true(pv_starts_with(sql_text("SELECT json FROM object WHERE name = 't'"),
				   "k8s:enc:aesgcm:v1:k1:"));
}

static void
what_cannot_be_done_is_refused_by_name(void **state)
{
	static const struct {
		const char *resources, *providers, *text;
		int code;
	} rows[] = {
		{"secrets", "  - aescbc: {keys: []}\n", "resources[0].providers[0].aescbc: not supported",
		 PV_EUNSUPPORTED},
		{"secrets", "  - kms: {name: x}\n", "resources[0].providers[0].kms: not supported",
		 PV_EUNSUPPORTED},
		{"secrets", "  - rot13: {}\n",
		 "resources[0].providers[0]: expected one of aesgcm, secretbox and identity, found \"rot13\"",
		 PV_EINVALID},
		{"secrets", PROVIDER("aesgcm", "k", "c2hvcnQ="),
		 "aesgcm.keys[0]: secret: expected 32 bytes in base64", PV_EINVALID},
		{"secrets", PROVIDER("aesgcm", "k", "'?'"), "found no base64", PV_EINVALID},
		{"secrets", PROVIDER("aesgcm", "'a:b'", KEY1), "expected a name without a colon",
		 PV_EINVALID},
		{"secrets", PROVIDER("aesgcm", "k", KEY1) PROVIDER("aesgcm", "k", KEY2),
		 "\"k\" is there twice", PV_EINVALID},
		{"pandas.example.org", IDENTITY,
		 "resources[0].resources[0]: \"pandas.example.org\": Pave knows built-in resources",
		 PV_EUNSUPPORTED},
		{"'*'", IDENTITY, "\"*\": expected \"*.GROUP\"", PV_EINVALID},
		{"", IDENTITY, "resources: expected a list with something in it", PV_EINVALID},
		{"secrets", IDENTITY "  more: 1\n",
		 "expected \"resources\" and \"providers\", found \"more\"", PV_EINVALID},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		configure(rows[i].resources, rows[i].providers);
		case_open_fails(&c, rows[i].code, rows[i].text);
	}
	assert_int_equal(chmod(c.conf.encryption, 0644), 0);
	case_open_fails(&c, PV_EFORBIDDEN, "keys.yaml");
}

int
main(void)
{
#define CASE(fn) CASE_WITH(fn, setup)
	const struct CMUnitTest tests[] = {
		CASE(nothing_lies_in_plain_text),
		CASE(plain_text_is_gone_after_the_first_start_with_keys),
		CASE(a_stranger_that_reads_keeps_no_plain_text),
		CASE(keys_are_rotated_by_a_start),
		CASE(without_the_right_key_it_does_not_start),
		CASE(a_fault_while_all_is_sealed_anew_is_made_good),
		CASE(values_hold_in_their_own_place_only),
		CASE(resources_are_matched_in_order),
		CASE(what_cannot_be_done_is_refused_by_name),
	};
	faulty_install(); /* before the first database is opened */
	return cmocka_run_group_tests_name("store seal", tests, NULL, NULL);
}
