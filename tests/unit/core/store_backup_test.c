/* Backups: consistent while others write, refused when changed or cut, put back whole or not at all. */
#include "unit/core/store_case.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "core/store/backup.h"
#include "unit/core/faulty_vfs.h"
#include "unit/folder.h"

static store_case c;

#define A KEY("/T", "ns", "a")
#define B KEY("/U", "", "b")

/* ---- making ---- */

static pv_str
backup(void)
{
	return case_backup(&c, 1000);
}

static int
read_all(pv_str text, pv_backup_info *info)
{
	pv_backup_reader *r = pv_backup_reader_new();
	pv_str line;
	int e = 0;

	if (text.len > 0 && text.s[text.len - 1] == '\n')
		text.len--;
	while (e == 0 && text.s != NULL && pv_str_next(&text, '\n', &line))
		e = pv_backup_take(&c.cx, r, line);
	if (e == 0)
		e = pv_backup_end(&c.cx, r, info);
	pv_backup_reader_free(r);
	return e;
}

/* ---- putting back ---- */

static void
restores(pv_str text, bool replace, int64_t *rev)
{
	if (case_restore(&c.cx, text, c.dir, replace, rev) < 0)
		fail_msg("%s", pv_error_text(&c.cx));
}

static void
restore_fails(pv_str text, bool replace, int code, const char *words)
{
	int64_t rev;

	assert_int_equal(case_restore(&c.cx, text, c.dir, replace, &rev), -code);
	if (strstr(pv_error_text(&c.cx), words) == NULL)
		fail_msg("expected \"%s\" in: %s", words, pv_error_text(&c.cx));
	pv_recover(&c.cx);
}

static void
live(void)
{
	put(&c, A, 1, PV_REV_ABSENT);
	put(&c, B, 2, PV_REV_ABSENT);
	put(&c, A, 3, PV_REV_ANY);
	put(&c, KEY("/T", "ns", "gone"), 4, PV_REV_ABSENT);
	del(&c, KEY("/T", "ns", "gone"), PV_REV_ANY);
	assert_int_equal(pv_store_meta_put(&c.cx, c.store, "ca", (pv_str){"\0\1key", 5}), 0);
}

static void
is_alive(void)
{
	pv_str fact;

	assert_string_equal(listed(&c, &(pv_list_query){.type = "/T"}), "ns/a=3");
	assert_string_equal(listed(&c, &(pv_list_query){.type = "/U"}), "/b=2");
	assert_int_equal(pv_store_meta_get(&c.cx, c.store, "ca", &fact), 0);
	assert_int_equal(fact.len, 5);
	assert_memory_equal(fact.s, "\0\1key", 5);
}

static void
what_was_there_comes_back(void **state)
{
	static const size_t pieces[] = {1, 7, 1000, 1 << 20};
	pv_backup_info info;
	pv_str text;
	int64_t rev;

	(void)state;
	case_open(&c);
	live();
	for (size_t i = 0; i < PV_LEN(pieces); i++) {
		assert_int_equal(read_all(case_backup(&c, pieces[i]), &info), 0);
		assert_int_equal(info.objects, 2);
		assert_int_equal(info.facts, 1);
		assert_int_equal(info.rev, pv_store_rev(c.store));
	}
	text = backup();
	c.store = pv_store_close(c.store);
	restore_fails(text, false, PV_EEXISTS,
		      "is not empty (it has pave.db): choose another directory, or say --replace");
	folder_remove(c.dir);
	restores(text, false, &rev);
	case_open(&c);
	is_alive();
}

/* ---- revisions ---- */

static void
no_revision_is_given_twice(void **state)
{
	pv_str text;
	pv_watch *watch;
	int64_t old, rev, again;

	(void)state;
	case_open(&c);
	live();
	text = backup();
	old = put(&c, A, 9, PV_REV_ANY); /* the backup does not know of it */
	c.store = pv_store_close(c.store);
	restores(text, true, &rev);
	assert_true(rev > old + 1000000);
	case_open(&c);
	assert_int_equal(pv_store_rev(c.store), rev - 1);
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", old, no_wake, NULL, &watch), -PV_EGONE);
	pv_recover(&c.cx);
	assert_int_equal(put(&c, A, 10, PV_REV_ANY), rev);
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", old, no_wake, NULL, &watch), -PV_EGONE);
	pv_recover(&c.cx);
	case_reopen(&c);
	assert_int_equal(pv_store_rev(c.store), rev);
	c.store = pv_store_close(c.store);
	restores(text, true, &again); /* the same once more: the life in between counts */
	assert_true(again > rev + 1000000);
	case_open(&c);
	is_alive();
	c.store = pv_store_close(c.store);
	assert_int_equal(truncate(case_path(&c, "pave.db"), 100),
			 0); /* nobody can tell how far that one came */
	restores(text, true, &rev);
	assert_true(rev > again);
}

/* ---- while others write ---- */

static atomic_bool stop;

static void *
write_pairs(void *arg)
{
	pv_ctx cx;

	(void)arg;
	pv_ctx_init(&cx, "pairs");
	for (int n = 1; !atomic_load(&stop); n++) {
		pv_write w[2] = {
			{.key = KEY("/T", "", "left"), .doc = doc_of(&cx, "left", n), .expect = PV_REV_ANY},
			{.key = KEY("/U", "", "right"),
			 .doc = doc_of(&cx, "right", n),
			 .expect = PV_REV_ANY}};

		assert_int_equal(pv_store_write(&cx, c.store, w, 2), 0);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	return NULL;
}

/* Both halves of a write or neither, whatever the moment. */
static void
a_backup_is_of_one_revision(void **state)
{
	const char *url = c.conf.url;
	pthread_t thread;
	char other[64];

	(void)state;
	case_open(&c);
	put(&c, KEY("/T", "", "left"), 0, PV_REV_ABSENT);
	put(&c, KEY("/U", "", "right"), 0, PV_REV_ABSENT);
	atomic_store(&stop, false);
	assert_int_equal(pthread_create(&thread, NULL, write_pairs, NULL), 0);
	for (int i = 0; i < 20; i++) {
		store_case mine = {.dir = ""};
		int64_t rev;

		snprintf(other, sizeof other, "%s-other", c.dir);
		assert_int_equal(case_restore(&c.cx, case_backup(&c, 50), other, false, &rev), 0);
		pv_ctx_init(&mine.cx, "other");
		mine.conf.url = pv_printf(mine.cx.arena, "sqlite:%s/pave.db", other);
		case_open(&mine);
		assert_int_equal(doc_n(pv_store_find(&mine.cx, mine.store, &KEY("/T", "", "left"))),
				 doc_n(pv_store_find(&mine.cx, mine.store, &KEY("/U", "", "right"))));
		case_end(&mine);
		folder_remove(other);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	c.conf.url = url;
}

/* ---- damaged ---- */

static void
every_changed_bit_and_every_cut_is_noticed(void **state)
{
	pv_backup_info info;
	pv_str text, copy;

	(void)state;
	case_open(&c);
	live();
	text = backup();
	copy = (pv_str){pv_strndup(c.cx.arena, text.s, text.len), text.len};
	for (size_t at = 0; at < text.len; at++) {
		char *byte = (char *)(uintptr_t)&copy.s[at];

		*byte = (char)(*byte ^ 1 << at % 7);
		if (read_all(copy, &info) != -PV_EINVALID && pv_recover(&c.cx) != PV_EUNSUPPORTED)
			fail_msg("a changed byte %zu was not noticed", at);
		pv_recover(&c.cx);
		*byte = text.s[at];
		if (at + 1 < text.len && read_all((pv_str){text.s, at}, &info) != -PV_EINVALID)
			fail_msg("a cut at byte %zu was not noticed", at);
		pv_recover(&c.cx);
	}
}

static void
a_bad_backup_changes_nothing(void **state)
{
	pv_str text;

	(void)state;
	case_open(&c);
	live();
	text = backup();
	c.store = pv_store_close(c.store);
	restore_fails((pv_str){text.s, text.len - 20}, true, PV_EINVALID, "take another backup");
	restore_fails((pv_str){text.s, text.len / 2}, true, PV_EINVALID, "take another backup");
	restore_fails(PV_STR("Dear diary,\n"), true, PV_EINVALID,
		      "line 1: expected the header of a backup of Pave's");
	restore_fails(PV_STR(""), true, PV_EINVALID, "there is nothing in it");
	restore_fails(PV_STR("{\"backup\":{\"format\":9,\"revision\":1,\"pave\":\"7.0\"}}\n"), true,
		      PV_EUNSUPPORTED, "made by Pave 7.0, in format 9, and this one knows up to 1");
	restore_fails(PV_STR("{\"backup\":{\"format\":1,\"revision\":9223372036854775807}}\n"), true,
		      PV_EINVALID, "line 1: the header has no revision that Pave gives");
#define HEADER "{\"backup\":{\"format\":1,\"revision\":5}}\n"
#define ROW(members) HEADER "{\"object\":{\"revision\":1,\"stamp\":1," members ",\"json\":\"{}\"}}\n"
	restore_fails(PV_STR(ROW("\"type\":\"/ConfigMap\",\"namespace\":\"a\",\"name\":\"../../x\"")), true,
		      PV_EINVALID, "line 2: expected the type, namespace and name of an object");
	restore_fails(PV_STR(ROW("\"type\":7,\"namespace\":\"a\",\"name\":\"x\"")), true, PV_EINVALID,
		      "line 2: expected the type, namespace and name of an object");
	restore_fails(PV_STR(ROW("\"type\":\"/ConfigMap\",\"namespace\":\"a\\u0000b\",\"name\":\"x\"")), true,
		      PV_EINVALID, "line 2: expected the type, namespace and name of an object");
	assert_int_not_equal(access(case_path(&c, "pave.db.new"), F_OK), 0);
	case_open(&c);
	is_alive();
	restore_fails(text, true, PV_EUNAVAILABLE, "pave.db is in use by another pave");
}

/* ---- cut short ---- */

static pv_str whole;

/* Restores in a child that dies at the n-th write or sync; did it? */
static int to_die_at;
static atomic_int seen_ops;

static void
die_at(int flags, int64_t at)
{
	(void)flags, (void)at;
	if (atomic_fetch_add(&seen_ops, 1) + 1 == to_die_at)
		kill(getpid(), SIGKILL);
}

static bool
dies_at(int n)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		int64_t rev;

		to_die_at = n;
		faulty_watch(die_at);
		_exit(case_restore(&c.cx, whole, c.dir, true, &rev) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

static void
killed_in_the_middle_the_old_one_stays(void **state)
{
	int64_t rev = 0, n = 1;

	(void)state;
	case_open(&c);
	live();
	whole = backup();
	put(&c, A, 77, PV_REV_ANY);
	c.store = pv_store_close(c.store);
	for (; dies_at((int)n); n += 3) {
		case_open(&c);
		assert_string_equal(listed(&c, &(pv_list_query){.type = "/T"}), "ns/a=77");
		rev = pv_store_rev(c.store);
		c.store = pv_store_close(c.store);
	}
	assert_true(n > 10);
	case_open(&c);
	is_alive();
	assert_true(pv_store_rev(c.store) > rev);
}

/* Each state that the moment of changing places can leave behind. */
static void
cut_short_while_changing_places_it_is_ended_by_another_try(void **state)
{
	static const char *const moves[][2] = {
		{NULL, NULL}, {"pave.db", "pave.db.replaced"}, {"pave.db-wal", "pave.db.replaced-wal"}};
	int64_t rev;

	(void)state;
	case_open(&c);
	live();
	whole = backup();
	put(&c, A, 77, PV_REV_ANY);
	c.store = pv_store_close(c.store);
	assert_int_equal(pv_file_save(&c.cx, case_path(&c, "pave.db.restoring"), PV_STR(""), 0600), 0);
	for (size_t i = 0; i < PV_LEN(moves); i++) {
		if (moves[i][0] != NULL)
			rename(case_path(&c, moves[i][0]), case_path(&c, moves[i][1]));
		case_open_fails(&c, PV_EUNAVAILABLE,
				"was cut short: run `pave restore` with the same backup again");
	}
	restores(whole, false, &rev); /* it was told once */
	case_open(&c);
	is_alive();
	assert_int_equal(access(case_path(&c, "pave.db.replaced"), F_OK), 0);
}

static void
no_room_changes_nothing(void **state)
{
	int hits = 0;

	(void)state;
	case_open(&c);
	live();
	whole = backup();
	put(&c, A, 77, PV_REV_ANY);
	c.store = pv_store_close(c.store);
	for (int n = 1;; n += 2) {
		int64_t rev;
		int r;

		faulty_arm(n, true, SQLITE_FULL);
		r = case_restore(&c.cx, whole, c.dir, true, &rev);
		hits += faulty_struck();
		faulty_arm(0, false, 0);
		if (r == 0)
			break;
		assert_non_null(strstr(pv_error_text(&c.cx), "room"));
		pv_recover(&c.cx);
		case_open(&c);
		assert_string_equal(listed(&c, &(pv_list_query){.type = "/T"}), "ns/a=77");
		c.store = pv_store_close(c.store);
	}
	assert_true(hits > 5);
	case_open(&c);
	is_alive();
}

int
main(void)
{
#define CASE(fn) CASE_WITH(fn, case_folder)
	const struct CMUnitTest tests[] = {
		CASE(what_was_there_comes_back),
		CASE(no_revision_is_given_twice),
		CASE(a_backup_is_of_one_revision),
		CASE(every_changed_bit_and_every_cut_is_noticed),
		CASE(a_bad_backup_changes_nothing),
		CASE(killed_in_the_middle_the_old_one_stays),
		CASE(cut_short_while_changing_places_it_is_ended_by_another_try),
		CASE(no_room_changes_nothing),
	};
	faulty_install(); /* before the first database is opened */
	return cmocka_run_group_tests_name("store backup", tests, NULL, NULL);
}
