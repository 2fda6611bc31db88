/* kill -9: a child writes groups of three objects, each group in one write, and tells of
 * each acknowledgement on a pipe.  It dies at a random moment, or stands still in the
 * middle of what is asked for (a checkpoint, the write-ahead log beginning anew, a slice
 * of history being dropped) and is killed there.  Afterwards every acknowledged group
 * must be there, every group must be whole, and no revision was given twice. */
#include "unit/core/store_case.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "unit/core/faulty_vfs.h"

#define THREADS 4
#define GROUPS 8 /* a thread */
#define PARTS 3
#define REVISIONS (1 << 20)

enum moment { AT_RANDOM, IN_CHECKPOINT, IN_NEW_LOG, IN_SLICE, MOMENTS };
static const int rounds[MOMENTS] = {70, 10, 10, 10};

static store_case c;
/* What is known of each group: the number it holds for certain; every fifth deletes it. */
static int64_t acked[THREADS][GROUPS];
static uint8_t given[REVISIONS]; /* acknowledged with this revision */

typedef struct ack {
	int thread, group; /* thread -1: it stands where it was to */
	int64_t n, rev;    /* of the group's last part */
} ack;

typedef struct child_thread {
	int number, pipe;
	pv_store *store;
} child_thread;

/* ---- the child: standing still at a moment ---- */

static enum moment wanted;
static int wanted_nth, tell_pipe;
static atomic_int times;
static atomic_bool in_slice;

static void
stand_still(void)
{
	ack a = {.thread = -1};

	if (write(tell_pipe, &a, sizeof a) != sizeof a)
		_exit(1);
	for (;;)
		pause();
}

/* Only a checkpoint writes to the database; the log begins anew at 0; a slice is on its
 * way to the disk when rows of the log were deleted since the last sync. */
static void
on_disk(int flags, int64_t at)
{
	bool here = false;

	if ((flags & SQLITE_OPEN_MAIN_DB) != 0)
		here = wanted == IN_CHECKPOINT;
	else if ((flags & SQLITE_OPEN_WAL) != 0)
		here = (wanted == IN_NEW_LOG && at == 0) || (wanted == IN_SLICE && atomic_load(&in_slice));
	if (here && atomic_fetch_add(&times, 1) + 1 == wanted_nth)
		stand_still();
	if (at < 0 && (flags & SQLITE_OPEN_WAL) != 0)
		atomic_store(&in_slice, false);
}

static void
on_row(void *arg, int op, const char *db, const char *table, sqlite3_int64 row)
{
	(void)arg, (void)db, (void)row;
	if (op == SQLITE_DELETE && strcmp(table, "log") == 0)
		atomic_store(&in_slice, true);
}

static int
on_connection(sqlite3 *db, const char **error, const struct sqlite3_api_routines *api)
{
	(void)error, (void)api;
	sqlite3_update_hook(db, on_row, NULL);
	return SQLITE_OK;
}

/* ---- the child: writing ---- */

static const char *
part_name(pv_ctx *cx, int thread, int group, int part)
{
	return pv_printf(cx->arena, "t%d-g%d-p%d", thread, group, part);
}

static int64_t
write_group(pv_ctx *cx, pv_store *store, int thread, int group, int64_t n)
{
	pv_write writes[PARTS];

	for (int p = 0; p < PARTS; p++) {
		const char *name = part_name(cx, thread, group, p);
		size_t bytes = n % 3 == 0 ? 300 : (size_t)(5000 * (p + 1));

		writes[p] = (pv_write){.key = KEY("/T", "ns", name), .expect = PV_REV_ANY};
		if (n % 5 != 0) {
			pv_val doc = *doc_sized(cx, name, bytes);

			writes[p].doc = pv_box(cx->arena, pv_with(cx->arena, &doc, "n", pv_int(n)));
		}
	}
	return pv_store_write(cx, store, writes, PARTS) == 0 ? pv_rec_rev(writes[PARTS - 1].ret) : -1;
}

static void *
write_for_ever(void *arg)
{
	child_thread *t = arg;
	pv_ctx cx;

	pv_ctx_init(&cx, "child");
	for (int i = 0;; i = (i + 1) % GROUPS) {
		ack a = {t->number, i, acked[t->number][i] + 1, 0};

		a.rev = write_group(&cx, t->store, a.thread, a.group, a.n);
		if (a.rev < 0) {
			fprintf(stderr, "write failed: %s\n", pv_error_text(&cx));
			_exit(1);
		}
		acked[a.thread][a.group] = a.n;
		if (write(t->pipe, &a, sizeof a) != sizeof a)
			_exit(1);
		if (wanted == IN_SLICE || a.n % 16 == 0)
			pv_store_compact(t->store, a.rev - 20);
		pv_ctx_reset(&cx);
	}
	return NULL;
}

static void
child_main(int pipe)
{
	pthread_t threads[THREADS];
	child_thread args[THREADS];

	tell_pipe = pipe;
	sqlite3_auto_extension((void (*)(void))on_connection);
	if (pv_store_open(&c.cx, &c.conf, &c.store) < 0) {
		fprintf(stderr, "open failed: %s\n", pv_error_text(&c.cx));
		_exit(1);
	}
	faulty_watch(on_disk);
	for (int i = 0; i < THREADS; i++) {
		args[i] = (child_thread){i, pipe, c.store};
		if (pthread_create(&threads[i], NULL, write_for_ever, &args[i]) != 0)
			_exit(1);
	}
	for (;;)
		pause();
}

/* ---- the parent ---- */

static void
note(const ack *a)
{
	if (a->thread < 0)
		return;
	acked[a->thread][a->group] = a->n;
	assert_true(a->rev > 0 && a->rev < REVISIONS);
	assert_int_equal(given[a->rev], 0);
	given[a->rev] = 1;
}

static void
wait_a_moment(int64_t ns)
{
	int64_t until = pv_mono() + ns;

	while (pv_mono() < until)
		;
}

/* Runs a child until it stands at its moment, or has told of some acknowledgements and
 * a little more. */
static void
one_life(enum moment moment)
{
	int fds[2], status;
	uint16_t dice[3];
	bool stands = false;
	pid_t child;
	ack a;

	pv_random(dice, sizeof dice);
	wanted = moment;
	wanted_nth = (moment == IN_NEW_LOG ? 2 : 1) + dice[2] % (moment == IN_NEW_LOG ? 2 : 12);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(fds[0]);
		child_main(fds[1]);
	}
	close(fds[1]);
	for (int i = 0; moment == AT_RANDOM ? i < dice[0] % 60 : !stands; i++) {
		if (read(fds[0], &a, sizeof a) != sizeof a)
			break;
		note(&a);
		stands = a.thread < 0;
	}
	if (moment == AT_RANDOM)
		wait_a_moment(dice[1] % 2000 * INT64_C(1000));
	kill(child, SIGKILL);
	while (read(fds[0], &a, sizeof a) == sizeof a)
		note(&a);
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status)); /* or else it has said why */
	assert_int_equal(stands, moment != AT_RANDOM);
}

/* What a group holds; all its parts must agree. */
static int64_t
group_number(int thread, int group)
{
	int64_t n[PARTS];

	for (int p = 0; p < PARTS; p++) {
		const pv_rec *rec =
			pv_store_find(&c.cx, c.store, &KEY("/T", "ns", part_name(&c.cx, thread, group, p)));

		n[p] = rec == NULL ? 0 : doc_n(rec);
		assert_int_equal(n[p], n[0]);
	}
	return n[0];
}

/* The last acknowledged number or, if the kill came before the word of it, the next. */
static void
check(int thread, int group)
{
	int64_t n = group_number(thread, group), last = acked[thread][group];

	for (int64_t could = last; could <= last + 1; could++) {
		if (n == (could % 5 == 0 ? 0 : could)) {
			acked[thread][group] = could;
			return;
		}
	}
	fail_msg("thread %d group %d: acknowledged %lld, found %lld", thread, group, (long long)last,
		 (long long)n);
}

static void
check_all(int64_t *rev)
{
	case_open(&c);
	for (int t = 0; t < THREADS; t++)
		for (int g = 0; g < GROUPS; g++)
			check(t, g);
	assert_true(pv_store_rev(c.store) >= *rev); /* revisions never go back */
	*rev = pv_store_rev(c.store);
	for (int64_t later = *rev + 1; later < REVISIONS; later++)
		assert_int_equal(given[later], 0); /* nor will one be given twice */
	c.store = pv_store_close(c.store);
	pv_ctx_reset(&c.cx);
}

static void
no_acknowledged_write_is_lost(void **state)
{
	int64_t rev = 1, acks = 0;

	(void)state;
	for (enum moment m = 0; m < MOMENTS; m++)
		for (int round = 0; round < rounds[m]; round++) {
			one_life(m);
			check_all(&rev);
		}
	for (int t = 0; t < THREADS; t++)
		for (int g = 0; g < GROUPS; g++)
			acks += acked[t][g];
	assert_true(acks > 1000);
}

static int
setup(void **state)
{
	(void)state;
	case_begin(&c);
	case_dir(&c);
	c.conf.url = strdup(c.conf.url); /* outlives the arena's turns */
	return 0;
}

static int
teardown(void **state)
{
	const char *url = c.conf.url;

	(void)state;
	case_end(&c);
	free((void *)(uintptr_t)url);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_acknowledged_write_is_lost, setup, teardown),
	};
	faulty_install(); /* before the first database is opened */
	return cmocka_run_group_tests_name("store kill", tests, NULL, NULL);
}
