/* kill -9 at a hundred moments: a child writes groups of three objects, each group
 * in one write, and tells of each acknowledgement on a pipe.  Afterwards every
 * acknowledged group must be there, and every group must be whole. */
#include "unit/core/store_case.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"

#define ROUNDS 100
#define THREADS 4
#define GROUPS 8 /* a thread */
#define PARTS 3

static store_case c;
/* What is known of each group: the number it holds for certain; every fifth deletes it. */
static int64_t acked[THREADS][GROUPS];

typedef struct ack {
	int thread, group;
	int64_t n;
} ack;

typedef struct child_thread {
	int number, pipe;
	pv_store *store;
} child_thread;

static const char *
part_name(pv_ctx *cx, int thread, int group, int part)
{
	return pv_printf(cx->arena, "t%d-g%d-p%d", thread, group, part);
}

static bool
write_group(pv_ctx *cx, pv_store *store, int thread, int group, int64_t n)
{
	pv_write writes[PARTS];

	for (int p = 0; p < PARTS; p++) {
		const char *name = part_name(cx, thread, group, p);

		writes[p] = (pv_write){.key = KEY("/T", "ns", name), .expect = PV_REV_ANY};
		if (n % 5 != 0) {
			pv_val doc = *doc_sized(cx, name, 300);

			writes[p].doc = pv_box(cx->arena, pv_with(cx->arena, &doc, "n", pv_int(n)));
		}
	}
	return pv_store_write(cx, store, writes, PARTS) == 0;
}

static void *
write_for_ever(void *arg)
{
	child_thread *t = arg;
	pv_ctx cx;

	pv_ctx_init(&cx, "child");
	for (int i = 0;; i = (i + 1) % GROUPS) {
		ack a = {t->number, i, acked[t->number][i] + 1};

		if (!write_group(&cx, t->store, a.thread, a.group, a.n)) {
			fprintf(stderr, "write failed: %s\n", pv_error_text(&cx));
			_exit(1);
		}
		acked[a.thread][a.group] = a.n;
		if (write(t->pipe, &a, sizeof a) != sizeof a)
			_exit(1);
		pv_ctx_reset(&cx);
	}
	return NULL;
}

static void
child_main(int pipe)
{
	pthread_t threads[THREADS];
	child_thread args[THREADS];

	if (pv_store_open(&c.cx, &c.conf, &c.store) < 0) {
		fprintf(stderr, "open failed: %s\n", pv_error_text(&c.cx));
		_exit(1);
	}
	for (int i = 0; i < THREADS; i++) {
		args[i] = (child_thread){i, pipe, c.store};
		if (pthread_create(&threads[i], NULL, write_for_ever, &args[i]) != 0)
			_exit(1);
	}
	for (;;)
		pause();
}

/* Runs a child until it has told of some acknowledgements and a moment more. */
static void
one_life(void)
{
	int fds[2], status;
	uint16_t dice[2];
	int64_t until;
	pid_t child;
	ack a;

	pv_random(dice, sizeof dice);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(fds[0]);
		child_main(fds[1]);
	}
	close(fds[1]);
	for (int i = 0; i < dice[0] % 25 && read(fds[0], &a, sizeof a) == sizeof a; i++)
		acked[a.thread][a.group] = a.n;
	until = pv_mono() + dice[1] % 2000 * INT64_C(1000);
	while (pv_mono() < until)
		;
	kill(child, SIGKILL);
	while (read(fds[0], &a, sizeof a) == sizeof a)
		acked[a.thread][a.group] = a.n;
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status)); /* or else it has said why */
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
no_acknowledged_write_is_lost(void **state)
{
	int64_t rev = 1, acks = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		one_life();
		case_open(&c);
		for (int t = 0; t < THREADS; t++)
			for (int g = 0; g < GROUPS; g++)
				check(t, g);
		assert_true(pv_store_rev(c.store) >= rev); /* revisions never go back */
		rev = pv_store_rev(c.store);
		c.store = pv_store_close(c.store);
		pv_ctx_reset(&c.cx);
	}
	for (int t = 0; t < THREADS; t++)
		for (int g = 0; g < GROUPS; g++)
			acks += acked[t][g];
	assert_true(acks > ROUNDS);
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
	return cmocka_run_group_tests_name("store kill", tests, NULL, NULL);
}
