/* The store and its disk: full, read-only, broken, taken, foreign, damaged. */
#include "unit/core/store_case.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "unit/core/faulty_vfs.h"

static store_case c;

#define A KEY("/T", "ns", "a")
#define B KEY("/T", "ns", "b")
static const pv_list_query all = {.type = "/T"};

/* ---- opening ---- */

static void
one_process_at_a_time(void **state)
{
	pv_store *first;

	(void)state;
	case_open(&c);
	first = c.store;
	c.store = NULL;
	case_open_fails(&c, PV_EUNAVAILABLE,
			pv_printf(c.cx.arena, "pave.db is in use by another pave (process %d): stop it",
				  (int)getpid()));
	pv_store_close(first);
	case_open(&c); /* free again */
}

static void
missing_directory_is_named(void **state)
{
	(void)state;
	c.conf.url = "sqlite:/nonexistent/dir/pave.db";
	case_open_fails(&c, PV_EUNAVAILABLE,
			"/nonexistent/dir/pave.db.lock: No such file or directory: make the directory");
}

/* As root nothing is read-only: asks as another user. */
static void
read_only_directory_is_named(void **state)
{
	pid_t child;
	int status;

	(void)state;
	case_open(&c);
	put(&c, A, 1, PV_REV_ABSENT);
	c.store = pv_store_close(c.store);
	assert_int_equal(chmod(c.dir, 0555), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		bool good = (geteuid() != 0 || setuid(65534) == 0) &&
			    pv_store_open(&c.cx, &c.conf, &c.store) == -PV_EUNAVAILABLE &&
			    strstr(pv_error_text(&c.cx), "writable, or choose another with --data") != NULL;

		if (!good)
			fprintf(stderr, "%s\n", pv_error_text(&c.cx));
		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(chmod(c.dir, 0755), 0);
	assert_int_equal(status, 0);
}

/* What is written into a file that has no name any more is lost: it must not be confirmed. */
static void
database_deleted_or_moved_under_it_confirms_nothing(void **state)
{
	(void)state;
	case_open(&c);
	assert_true(put(&c, A, 1, PV_REV_ABSENT) > 0);
	assert_int_equal(rename(case_path(&c, "pave.db"), case_path(&c, "elsewhere")), 0);
	assert_int_equal(put(&c, A, 2, PV_REV_ANY), -PV_EUNAVAILABLE);
	assert_int_equal(rename(case_path(&c, "elsewhere"), case_path(&c, "pave.db")), 0);
	assert_true(put(&c, A, 3, PV_REV_ANY) > 0); /* put back */
	assert_int_equal(unlink(case_path(&c, "pave.db")), 0);
	assert_int_equal(put(&c, A, 4, PV_REV_ANY), -PV_EUNAVAILABLE);
}

static void
newer_schema_is_refused(void **state)
{
	(void)state;
	case_open(&c);
	c.store = pv_store_close(c.store);
	case_sql(&c, "PRAGMA user_version = 99");
	case_open_fails(&c, PV_EUNAVAILABLE,
			"written by a newer Pave (schema 99, this one knows up to 2): install the newer");
}

static void
foreign_files_are_refused(void **state)
{
	FILE *f;

	(void)state;
	case_sql(&c, "CREATE TABLE mine(x)");
	case_open_fails(&c, PV_EINTERNAL, "pave.db is not a database of Pave's: move it away");
	f = fopen(case_path(&c, "pave.db"), "w");
	assert_non_null(f);
	fputs("Dear diary, today I was taken for a database, at some length, for the header to be read.\n",
	      f);
	for (int i = 0; i < 100; i++)
		fputs("More of it.\n", f);
	fclose(f);
	case_open_fails(&c, PV_EINTERNAL, "pave.db is not a database of Pave's: move it away");
}

static void
files_are_for_the_owner(void **state)
{
	static const char *const names[] = {"pave.db", "pave.db-wal", "pave.db-shm", "pave.db.lock"};
	struct stat st;
	mode_t old = umask(0);

	(void)state;
	case_open(&c);
	put(&c, A, 1, PV_REV_ABSENT);
	umask(old);
	for (size_t i = 0; i < PV_LEN(names); i++) {
		assert_int_equal(stat(case_path(&c, names[i]), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static void
broken_page_is_reported(void **state)
{
	char junk[8192];
	int fd;

	(void)state;
	case_open(&c);
	for (int i = 0; i < 100; i++) {
		pv_write w = {.key = KEY("/T", "", pv_printf(c.cx.arena, "%d", i)),
			      .doc = doc_sized(&c.cx, "x", 2000),
			      .expect = PV_REV_ABSENT};

		assert_int_equal(pv_store_write(&c.cx, c.store, &w, 1), 0);
	}
	c.store = pv_store_close(c.store);
	fd = open(case_path(&c, "pave.db"), O_RDWR);
	memset(junk, 0xa5, sizeof junk);
	for (off_t page = 6; page < 10; page++)
		assert_int_equal(pwrite(fd, junk, sizeof junk, page * (off_t)sizeof junk), sizeof junk);
	close(fd);
	case_open_fails(&c, PV_EINTERNAL, "the file is damaged");
}

/* More than SQLite keeps in memory before it commits, and than one write to the system takes. */
static void
large_groups_are_whole(void **state)
{
	pv_write writes[40];

	(void)state;
	case_open(&c);
	for (size_t i = 0; i < PV_LEN(writes); i++)
		writes[i] = (pv_write){.key = KEY("/T", "", pv_printf(c.cx.arena, "%zu", i)),
				       .doc = doc_sized(&c.cx, "x", 300000 + i),
				       .expect = PV_REV_ABSENT};
	assert_int_equal(pv_store_write(&c.cx, c.store, writes, PV_LEN(writes)), 0);
	case_reopen(&c);
	for (size_t i = 0; i < PV_LEN(writes); i++) {
		const pv_rec *rec = pv_store_find(&c.cx, c.store, &writes[i].key);

		assert_non_null(rec);
		assert_int_equal(strlen(pv_text_at(pv_rec_val(rec), "data", "")), 300000 + i);
	}
}

/* ---- a disk that fills up ---- */

static void
full_disk_refuses_and_recovers(void **state)
{
	struct rlimit old, small;
	pv_write big = {.key = B, .doc = doc_sized(&c.cx, "b", 1 << 20), .expect = PV_REV_ANY};
	int64_t rev;

	(void)state;
	case_open(&c);
	rev = put(&c, A, 1, PV_REV_ABSENT);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 256 << 10;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(pv_store_write(&c.cx, c.store, &big, 1), -PV_EUNAVAILABLE);
	if (strstr(pv_error_text(&c.cx), "no room on the disk") == NULL)
		fail_msg("%s", pv_error_text(&c.cx));
	assert_non_null(strstr(pv_error_text(&c.cx), "free some"));
	pv_recover(&c.cx);
	assert_false(pv_store_writable(c.store));
	assert_null(pv_store_find(&c.cx, c.store, &B));
	assert_int_equal(pv_store_rev(c.store), rev);
	assert_int_equal(put(&c, A, 2, rev), rev + 1); /* small ones still fit */
	assert_true(pv_store_writable(c.store));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(pv_store_write(&c.cx, c.store, &big, 1), 0);
	assert_int_equal(pv_rec_rev(big.ret), rev + 2);
	case_reopen(&c);
	assert_int_equal(pv_store_rev(c.store), rev + 2);
	assert_string_equal(listed(&c, &all), "ns/a=2 ns/b=0");
}

/* Large objects until the disk refuses; how many there are then. */
static size_t
fill_up(void)
{
	int64_t rev = pv_store_rev(c.store);

	for (;;) {
		const char *name = pv_printf(c.cx.arena, "big%03zu", pv_store_count(c.store, "/T"));
		pv_write w = {.key = KEY("/T", "", name),
			      .doc = doc_sized(&c.cx, name, 100000),
			      .expect = PV_REV_ABSENT};
		int r = pv_store_write(&c.cx, c.store, &w, 1);

		if (r == 0) {
			assert_int_equal(pv_rec_rev(w.ret), ++rev);
			continue;
		}
		assert_int_equal(r, -PV_EUNAVAILABLE);
		if (strstr(pv_error_text(&c.cx), "no room on the disk") == NULL)
			fail_msg("%s", pv_error_text(&c.cx));
		pv_recover(&c.cx);
		assert_null(pv_store_find(&c.cx, c.store, &w.key));
		assert_int_equal(pv_store_rev(c.store), rev);
		return pv_store_count(c.store, "/T");
	}
}

static void
make_filler(const char *name)
{
	static char bytes[1 << 20];
	int fd = open(case_path(&c, name), O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
	close(fd);
}

/* On a disk of 8 MB of our own. */
static void
live_on_small_disk(void)
{
	size_t n;
	pv_store *store;

	make_filler("filler1");
	make_filler("filler2");
	case_open(&c);
	assert_true(fill_up() > 3);
	assert_int_equal(unlink(case_path(&c, "filler1")), 0);
	n = fill_up(); /* room again: it goes on, without being opened anew */
	assert_true(n > 6);
	c.store = pv_store_close(c.store); /* nor is there room to copy the log to the database */
	if (pv_store_open(&c.cx, &c.conf, &store) == 0) {
		assert_int_equal(pv_store_count(store, "/T"), n);
		pv_store_close(store);
	} else {
		assert_non_null(strstr(pv_error_text(&c.cx), "no room on the disk"));
		pv_recover(&c.cx);
	}
	assert_int_equal(unlink(case_path(&c, "filler2")), 0);
	case_open(&c);
	assert_int_equal(pv_store_count(c.store, "/T"), n);
	assert_int_equal(fill_up() > n, true);
	c.store = pv_store_close(c.store);
}

static bool
mount_small_disk(void)
{
	if (unshare(CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER)) != 0)
		return false;
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return mount("tmpfs", c.dir, "tmpfs", 0, "size=8m") == 0;
}

static void
truly_full_disk_loses_nothing(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		if (!mount_small_disk())
			_exit(77);
		live_on_small_disk(); /* a failed assertion ends it with another status */
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("no small disk: mounting is not allowed here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* ---- every write and sync fails once ---- */

/* A life of an object or two; how far it came. */
static const char *
script(void)
{
	int64_t r[8] = {0};
	pv_buf b;

	r[0] = put(&c, A, 1, PV_REV_ABSENT);
	r[1] = put(&c, B, 2, PV_REV_ABSENT);
	r[2] = put(&c, A, 3, PV_REV_ANY);
	r[3] = del(&c, B, PV_REV_ANY);
	r[4] = put(&c, B, 4, PV_REV_ANY);
	pv_buf_init(&b, c.cx.arena);
	for (int i = 0; i < 5; i++) {
		assert_true(r[i] > 0 || r[i] == -PV_EUNAVAILABLE || r[i] == -PV_ENOTFOUND);
		pv_buf_addc(&b, r[i] > 0 ? '1' : '0');
	}
	return b.s;
}

/* What the successes of the script must have made, told without the store. */
static const char *
outcome(const char *done)
{
	int a = done[2] == '1' ? 3 : done[0] == '1' ? 1 : 0;
	int b = done[4] == '1' ? 4 : done[3] == '1' ? 0 : done[1] == '1' ? 2 : 0;

	return pv_printf(c.cx.arena, "%s%s%s",
			 a == 3   ? "ns/a=3"
			 : a == 1 ? "ns/a=1"
				  : "",
			 a != 0 && b != 0 ? " " : "",
			 b == 4   ? "ns/b=4"
			 : b == 2 ? "ns/b=2"
				  : "");
}

static bool
fail_nth(int n, bool sticky, int code)
{
	const char *done, *before;
	int64_t rev;
	bool hit;

	case_begin(&c);
	case_dir(&c);
	case_open(&c);
	faulty_arm(n, sticky, code);
	done = script();
	hit = faulty_struck();
	faulty_arm(0, false, 0);
	if (hit)
		assert_non_null(strchr(done, '0'));
	else
		assert_string_equal(done, "11111");
	before = listed(&c, &all);
	assert_string_equal(before, outcome(done));
	rev = pv_store_rev(c.store);
	assert_int_equal(put(&c, KEY("/U", "", "after"), 9, PV_REV_ABSENT), rev + 1); /* it goes on at once */
	case_reopen(&c);
	assert_string_equal(listed(&c, &all), before);
	assert_int_equal(pv_store_rev(c.store), rev + 1);
	case_end(&c);
	return hit;
}

static void
every_fault_leaves_memory_and_disk_in_step(void **state)
{
	static const struct {
		int code;
		bool sticky;
	} rows[] = {
		{SQLITE_FULL, false},        {SQLITE_FULL, true},        {SQLITE_IOERR_WRITE, false},
		{SQLITE_IOERR_FSYNC, false}, {SQLITE_IOERR_FSYNC, true},
	};

	(void)state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		int n = 1;

		while (fail_nth(n, rows[i].sticky, rows[i].code))
			n++;
		assert_true(n > 10); /* two operations a commit, at the least */
	}
}

int
main(void)
{
#define CASE(fn) CASE_WITH(fn, case_folder)
	const struct CMUnitTest tests[] = {
		CASE(one_process_at_a_time),
		CASE(missing_directory_is_named),
		CASE(read_only_directory_is_named),
		CASE(database_deleted_or_moved_under_it_confirms_nothing),
		CASE(newer_schema_is_refused),
		CASE(foreign_files_are_refused),
		CASE(files_are_for_the_owner),
		CASE(broken_page_is_reported),
		CASE(large_groups_are_whole),
		CASE(full_disk_refuses_and_recovers),
		CASE(truly_full_disk_loses_nothing),
		cmocka_unit_test(every_fault_leaves_memory_and_disk_in_step),
	};
	faulty_install(); /* before the first database is opened */
	return cmocka_run_group_tests_name("store disk", tests, NULL, NULL);
}
