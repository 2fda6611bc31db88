/* The table of facts, with kinds of its own: one flight a key, retries, touching, forgetting,
 * facts made of facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "core/fact/table.h"
#include "core/fact/touch.h"
#include "core/module.h"
#include "unit/folder.h"

/* ---- kinds ---- */

static atomic_int finds, base_finds, base_value, made_finds;
static atomic_bool broken;

static pv_val
number(pv_ctx *cx, int n)
{
	return pv_with(cx->arena, NULL, "n", pv_int(n));
}

static int
find_once(pv_ctx *cx, pv_facts *facts PV_UNUSED, const pv_val *args PV_UNUSED,
	  const pv_val *previous PV_UNUSED, pv_val *ret)
{
	*ret = number(cx, atomic_fetch_add(&finds, 1) + 1);
	return 0;
}

static int
find_base(pv_ctx *cx, pv_facts *facts PV_UNUSED, const pv_val *args PV_UNUSED,
	  const pv_val *previous PV_UNUSED, pv_val *ret)
{
	atomic_fetch_add(&base_finds, 1);
	if (atomic_load(&broken))
		return pv_fail(cx, PV_EUNAVAILABLE, "the base is broken");
	*ret = number(cx, atomic_load(&base_value));
	return 0;
}

static bool
base_of_made(pv_ctx *cx PV_UNUSED, const pv_val *args PV_UNUSED, const char **ret_fact, pv_val *ret_args)
{
	*ret_fact = "base";
	*ret_args = pv_null();
	return true;
}

static int
find_made(pv_ctx *cx, pv_facts *facts PV_UNUSED, const pv_val *args, const pv_val *previous PV_UNUSED,
	  pv_val *ret)
{
	atomic_fetch_add(&made_finds, 1);
	*ret = number(cx, (int)pv_i64_at(args, "base.n", -1) * 10);
	return 0;
}

static atomic_bool hangs;

static int
find_never(pv_ctx *cx, pv_facts *facts PV_UNUSED, const pv_val *args PV_UNUSED,
	   const pv_val *previous PV_UNUSED, pv_val *ret)
{
	pv_val request = pv_null();
	atomic_store(&hangs, true);
	return pv_job_run(cx, "never", &request, NULL, NULL, ret);
}

static atomic_int slow_begun;
static atomic_bool slow_may_end;

static int
find_slow(pv_ctx *cx, pv_facts *facts PV_UNUSED, const pv_val *args PV_UNUSED,
	  const pv_val *previous PV_UNUSED, pv_val *ret)
{
	atomic_fetch_add(&slow_begun, 1);
	while (!atomic_load(&slow_may_end))
		sched_yield();
	*ret = number(cx, 1);
	return 0;
}

static const pv_fact_kind slow = {.name = "slow", .find = find_slow};
static const pv_fact_kind never_found = {.name = "never", .find = find_never};
static const pv_fact_kind once = {.name = "once", .find = find_once};
static const pv_fact_kind base = {.name = "base", .find = find_base, .retry_most_ns = 20 * PV_MS};
static const pv_fact_kind made = {.name = "made", .find = find_made, .base = base_of_made};
static const pv_fact_kind *const kinds[] = {&once, &base, &made, &slow, &never_found, NULL};

/* ---- a job that never ends ---- */

static int
job_hang(pv_ctx *cx PV_UNUSED, const pv_val *request PV_UNUSED, pv_val *ret PV_UNUSED)
{
	while (pause() < 0) /* always: only a signal ends it */
		;
	return 0;
}

static const pv_job_kind never = {.name = "never", .run = job_hang, .timeout_ns = 3600 * PV_SEC};
static const pv_job_kind *const jobs[] = {&never, NULL};

static const pv_module test_module = {.name = "test", .facts = kinds, .jobs = jobs};
const pv_module *const pv_modules[] = {&test_module, NULL}; /* instead of the build's */

/* ---- waiting ---- */

struct table {
	pv_ctx cx;
	pv_facts *facts;
	const char *asker;
	char dir[FOLDER_SIZE];
	pthread_mutex_t lock;
	pthread_cond_t news;
	unsigned changes;
};

static void
on_change(void *arg, const char *key PV_UNUSED)
{
	struct table *t = arg;
	pthread_mutex_lock(&t->lock);
	t->changes++;
	pthread_cond_broadcast(&t->news);
	pthread_mutex_unlock(&t->lock);
}

static int
open_table(void **state)
{
	struct table *t = calloc(1, sizeof(*t));
	pv_ctx_init(&t->cx, "test");
	folder_make(t->dir);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->news, NULL);
	t->asker = "";
	if (pv_facts_open(&t->cx, t->dir, 4, &t->facts) < 0)
		return -1;
	pv_facts_listen(t->facts, on_change, t);
	atomic_store(&finds, 0);
	atomic_store(&base_finds, 0);
	atomic_store(&made_finds, 0);
	atomic_store(&base_value, 1);
	atomic_store(&broken, false);
	*state = t;
	return 0;
}

static int
close_table(void **state)
{
	struct table *t = *state;
	pv_facts_close(t->facts);
	pv_ctx_done(&t->cx);
	folder_remove(t->dir);
	free(t);
	return 0;
}

static int
ask(struct table *t, const char *fact, const char *name, int64_t *ret_n, const char **ret_key)
{
	pv_val args = pv_with(t->cx.arena, NULL, "name", pv_string(t->cx.arena, name));
	const pv_val *value = NULL;
	pv_question question = {
		.fact = fact, .args = pv_streq(fact, "base") ? &(pv_val){0} : &args, .asker = t->asker};
	int r = pv_facts_get(&t->cx, t->facts, &question, &value, ret_key);
	*ret_n = r == 1 ? pv_i64_at(value, "n", -1) : r < 0 ? -1 : 0;
	return r;
}

static unsigned
changes_of(struct table *t)
{
	unsigned n;
	pthread_mutex_lock(&t->lock);
	n = t->changes;
	pthread_mutex_unlock(&t->lock);
	return n;
}

/* Something must change. */
static void
await_change(struct table *t, unsigned seen)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 120;
	pthread_mutex_lock(&t->lock);
	while (t->changes == seen)
		assert_int_equal(pthread_cond_timedwait(&t->news, &t->lock, &until), 0);
	pthread_mutex_unlock(&t->lock);
}

/* Until the fact has the number, or fails if n is -1. */
static void
await(struct table *t, const char *fact, const char *name, int64_t n)
{
	int64_t deadline = pv_mono() + 120 * PV_SEC, is;
	const char *key;
	for (;;) {
		unsigned seen = changes_of(t);
		if (ask(t, fact, name, &is, &key) < 0)
			pv_recover(&t->cx);
		if (is == n)
			return;
		if (pv_mono() > deadline)
			fail_msg("%s %s is %d, expected %d", fact, name, (int)is, (int)n);
		await_change(t, seen);
	}
}

/* ---- tests ---- */

static void *
ask_often(void *arg)
{
	struct table *t = arg;
	pv_ctx cx;
	pv_ctx_init(&cx, "asker");
	for (int i = 0; i < 200; i++) {
		pv_val args = pv_with(cx.arena, NULL, "name", pv_stringf(cx.arena, "k%d", i % 10));
		const pv_val *value;
		const char *key;
		pv_question question = {.fact = "once", .args = &args, .asker = ""};
		assert_true(pv_facts_get(&cx, t->facts, &question, &value, &key) >= 0);
	}
	pv_ctx_done(&cx);
	return NULL;
}

static void
equal_questions_are_one_fact(void **state)
{
	struct table *t = *state;
	pthread_t threads[8];
	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, t), 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 10; i++) {
		char name[8];
		int64_t n = 0;
		const char *key;
		snprintf(name, sizeof(name), "k%d", i);
		while (ask(t, "once", name, &n, &key) == 0)
			sched_yield();
	}
	assert_int_equal(atomic_load(&finds), 10);
}

static void
touching_finds_out_anew(void **state)
{
	struct table *t = *state;
	await(t, "once", "a", 1);
	await(t, "once", "b", 2);
	pv_facts_touch_all(&t->cx, t->facts, "once", "name", "a", NULL);
	await(t, "once", "a", 3);
	await(t, "once", "b", 2);
}

static void
one_is_touched_by_its_key(void **state)
{
	struct table *t = *state;
	const char *key, *same;
	pv_val args = pv_with(t->cx.arena, NULL, "name", pv_string_ref("b"));
	int64_t n;
	await(t, "once", "a", 1);
	await(t, "once", "b", 2);
	assert_int_equal(ask(t, "once", "b", &n, &key), 1);
	same = pv_facts_key(t->cx.arena, "once", &args);
	assert_string_equal(same, key);
	assert_true(pv_facts_touch(&t->cx, t->facts, same));
	await(t, "once", "b", 3);
	await(t, "once", "a", 1);
	assert_false(pv_facts_touch(&t->cx, t->facts, "once {}"));
}

static void
a_forgotten_fact_starts_from_nothing(void **state)
{
	struct table *t = *state;
	const char *key;
	int64_t n;
	await(t, "once", "a", 1);
	ask(t, "once", "a", &n, &key);
	pv_facts_forget(t->facts, key);
	assert_string_equal(
		pv_text_at(pv_box(t->cx.arena, pv_facts_describe(t->cx.arena, t->facts, key)), "state", ""),
		"forgotten");
	assert_int_equal(ask(t, "once", "a", &n, &key), 0);
	await(t, "once", "a", 2);
}

static void
a_fact_made_of_another_follows_it(void **state)
{
	struct table *t = *state;
	await(t, "made", "a", 10);
	await(t, "made", "b", 10);
	assert_int_equal(atomic_load(&base_finds), 1); /* one base for both */
	atomic_store(&base_value, 2);
	pv_facts_touch_all(&t->cx, t->facts, "base", "name", "", NULL);
	await(t, "made", "a", 20);
	await(t, "made", "b", 20);
	assert_int_equal(atomic_load(&base_finds), 2);
	assert_in_range(atomic_load(&made_finds), 4, 6); /* one of each may have begun with the old base */
	atomic_store(&made_finds, 4);
	pv_facts_touch_all(&t->cx, t->facts, "base", "name", "",
			   NULL); /* the same again: nobody is disturbed */
	await(t, "base", "", 2);
	while (atomic_load(&base_finds) < 3)
		sched_yield();
	assert_int_equal(atomic_load(&made_finds), 4);
}

/* News or not: who waits for an answer that is new enough is told when it is there. */
static void
an_answer_can_be_asked_to_be_new(void **state)
{
	struct table *t = *state;
	int64_t n;
	const char *key;
	await(t, "made", "a", 10);
	ask(t, "made", "a", &n, &key);
	for (int round = 0; round < 20; round++) {
		int64_t now = pv_now(), asked = pv_mono();
		unsigned before = changes_of(t);
		atomic_store(&base_value, 1 + round / 2); /* every other time it is no news */
		for (; !pv_facts_since(&t->cx, t->facts, key, now); before = changes_of(t))
			await_change(t, before);
		assert_true(pv_facts_news(t->facts, key, asked)); /* for whoever did not listen yet */
		ask(t, "made", "a", &n, &key);
		assert_int_equal(n, 10 * (1 + round / 2));
	}
	assert_true(pv_facts_since(&t->cx, t->facts, key, pv_now() + 3600 * PV_SEC)); /* a clock set back */
}

static void
a_broken_base_breaks_and_heals_what_is_made_of_it(void **state)
{
	struct table *t = *state;
	const char *key;
	int64_t n;
	atomic_store(&broken, true);
	await(t, "made", "a", -1);
	assert_int_equal(ask(t, "made", "a", &n, &key), -PV_EUNAVAILABLE);
	assert_string_equal(pv_error_text(&t->cx), "the base is broken");
	pv_recover(&t->cx);
	atomic_store(&broken, false); /* it is tried again by itself */
	await(t, "made", "a", 10);
	assert_true(atomic_load(&base_finds) >= 2);
	assert_int_equal(atomic_load(&made_finds), 1);
}

static void
bases_go_with_their_last_user(void **state)
{
	struct table *t = *state;
	const char *a, *b;
	int64_t n;
	await(t, "made", "a", 10);
	await(t, "made", "b", 10);
	ask(t, "made", "a", &n, &a);
	ask(t, "made", "b", &n, &b);
	pv_facts_forget(t->facts, a);
	pv_facts_touch_all(&t->cx, t->facts, "base", "name", "", NULL);
	while (atomic_load(&base_finds) < 2) /* still there for b */
		sched_yield();
	pv_facts_forget(t->facts, b);
	await(t, "made", "a", 10);
	assert_int_equal(atomic_load(&base_finds), 3); /* was forgotten with b, found again */
}

/* Of four threads, one namespace gets two, the next one, and one is left for the third. */
static void
the_slow_questions_of_one_are_not_in_the_way_of_others(void **state)
{
	struct table *t = *state;
	static const char *const names[] = {"1", "2", "3", "4", "5", "6"};
	const char *key;
	int64_t n;
	t->asker = "a";
	for (size_t i = 0; i < PV_LEN(names); i++)
		assert_int_equal(ask(t, "slow", names[i], &n, &key), 0);
	while (atomic_load(&slow_begun) < 2)
		sched_yield();
	t->asker = "b";
	assert_int_equal(ask(t, "slow", "of-b", &n, &key), 0);
	assert_int_equal(ask(t, "slow", "more-of-b", &n, &key), 0);
	while (atomic_load(&slow_begun) < 3)
		sched_yield();
	t->asker = "c";
	await(t, "once", "c", 1);
	assert_int_equal(atomic_load(&slow_begun), 3);
	atomic_store(&slow_may_end, true);
	for (size_t i = 0; i < PV_LEN(names); i++)
		await(t, "slow", names[i], 1);
	await(t, "slow", "more-of-b", 1);
	assert_int_equal(atomic_load(&slow_begun), 8);
}

static void
what_fails_late_is_tried_again_late(void **state PV_UNUSED)
{
	assert_int_equal(fact_pause(&once, 1, 0), 2 * PV_SEC);
	assert_int_equal(fact_pause(&once, 3, 9 * PV_SEC), 8 * PV_SEC);
	assert_int_equal(fact_pause(&once, 100, PV_SEC), 60 * PV_SEC);
	assert_int_equal(fact_pause(&once, 1, 30 * PV_SEC), 180 * PV_SEC);
	assert_int_equal(fact_pause(&base, 1, 0), 20 * PV_MS);
}

/* close_table() ends it, an hour before its time. */
static void
closing_ends_what_runs(void **state)
{
	struct table *t = *state;
	pv_val args = pv_null();
	const pv_val *value;
	const char *key;
	pv_question question = {.fact = "never", .args = &args, .asker = ""};
	assert_int_equal(pv_facts_get(&t->cx, t->facts, &question, &value, &key), 0);
	while (!atomic_load(&hangs))
		sched_yield();
}

int
main(int argc, char **argv)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_table, close_table)
	const struct CMUnitTest tests[] = {
		T(equal_questions_are_one_fact),
		T(touching_finds_out_anew),
		T(one_is_touched_by_its_key),
		T(a_forgotten_fact_starts_from_nothing),
		T(a_fact_made_of_another_follows_it),
		T(an_answer_can_be_asked_to_be_new),
		T(a_broken_base_breaks_and_heals_what_is_made_of_it),
		T(bases_go_with_their_last_user),
		T(closing_ends_what_runs),
		T(the_slow_questions_of_one_are_not_in_the_way_of_others),
		cmocka_unit_test(what_fails_late_is_tried_again_late),
	};
	if (argc > 1 && pv_streq(argv[1], "--job"))
		return pv_job_main(argc, argv);
	return cmocka_run_group_tests_name("fact", tests, NULL, NULL);
}
