/* Watches: order, completeness, wakes, and what happens to those that come late. */
#include "unit/core/store_case.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/time.h"
#include "core/store/narrow.h"

static store_case c;

static void
setup_store(void)
{
	case_open(&c);
}

static pv_watch *
watch_from(const char *type, int64_t from)
{
	pv_watch *w;

	assert_int_equal(pv_watch_open(&c.cx, c.store, type, from, no_wake, NULL, &w), 0);
	return w;
}

#define T(name) KEY("/T", "ns", name)
#define U(name) KEY("/U", "ns", name)

static void
events_come_in_order(void **state)
{
	pv_watch *t, *all;

	(void)state;
	setup_store();
	t = watch_from("/T", 1);
	all = watch_from(NULL, 1);
	assert_string_equal(watched(&c, t), "");
	put(&c, T("a"), 1, PV_REV_ABSENT);
	put(&c, U("b"), 2, PV_REV_ABSENT);
	put(&c, T("a"), 3, PV_REV_ANY);
	del(&c, T("a"), PV_REV_ANY);
	assert_string_equal(watched(&c, t), "+a=1 *a=3<1 -a=3<3");
	assert_string_equal(watched(&c, all), "+a=1 +b=2 *a=3<1 -a=3<3");
	assert_string_equal(watched(&c, t), "");
	assert_int_equal(pv_watch_rev(t), 5);
	pv_watch_close(t);
	pv_watch_close(all);
}

static void
older_revision_is_caught_up(void **state)
{
	pv_watch *w;

	(void)state;
	setup_store();
	for (int64_t i = 0; i < 5; i++)
		put(&c, T("a"), i, PV_REV_ANY); /* 2 to 6 */
	w = watch_from("/T", 4);
	assert_string_equal(watched(&c, w), "*a=3<2 *a=4<3");
	pv_watch_close(w);
	w = watch_from("/T", 6);
	assert_string_equal(watched(&c, w), "");
	pv_watch_close(w);
	w = watch_from("/T", 8); /* still to come */
	put(&c, T("a"), 7, PV_REV_ANY);
	put(&c, T("a"), 8, PV_REV_ANY);
	assert_string_equal(watched(&c, w), "");
	put(&c, T("a"), 9, PV_REV_ANY);
	assert_string_equal(watched(&c, w), "*a=9<8");
	pv_watch_close(w);
}

static void
progress_is_known_without_events(void **state)
{
	pv_watch *w;

	(void)state;
	setup_store();
	w = watch_from("/T", 1);
	put(&c, U("a"), 1, PV_REV_ABSENT);
	assert_string_equal(watched(&c, w), "");
	assert_int_equal(pv_watch_rev(w), 2); /* for bookmarks */
	pv_watch_close(w);
}

static void
compacted_is_gone(void **state)
{
	pv_watch *w, *behind;
	pv_event event;

	(void)state;
	setup_store();
	behind = watch_from("/T", 1);
	for (int64_t i = 0; i < 5; i++)
		put(&c, T("a"), i, PV_REV_ANY); /* 2 to 6 */
	pv_store_compact(c.store, 5);
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", 3, no_wake, NULL, &w), -PV_EGONE);
	assert_string_equal(pv_error_text(&c.cx), "too old resource version: 3 (4)");
	pv_recover(&c.cx);
	assert_int_equal(pv_watch_open(&c.cx, c.store, NULL, 3, no_wake, NULL, &w), -PV_EGONE);
	pv_recover(&c.cx);
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/Never", 3, no_wake, NULL, &w), -PV_EGONE);
	pv_recover(&c.cx);
	w = watch_from("/T", 4);
	assert_string_equal(watched(&c, w), "*a=3<2 *a=4<3");
	pv_watch_close(w);
	assert_int_equal(pv_watch_next(&c.cx, behind, &event), -PV_EGONE); /* fell behind */
	pv_recover(&c.cx);
	pv_watch_close(behind);
}

static void
restart_is_not_seen(void **state)
{
	pv_watch *w;

	(void)state;
	case_dir(&c);
	setup_store();
	put(&c, T("a"), 1, PV_REV_ABSENT); /* 2 */
	put(&c, T("b"), 2, PV_REV_ABSENT); /* 3 */
	put(&c, T("a"), 3, PV_REV_ANY);    /* 4 */
	put(&c, T("a"), 4, PV_REV_ANY);    /* 5 */
	del(&c, T("a"), PV_REV_ANY);       /* 6 */
	put(&c, T("a"), 5, PV_REV_ABSENT); /* 7: another life */
	put(&c, U("x"), 6, PV_REV_ABSENT); /* 8 */
	case_reopen(&c);
	w = watch_from("/T", 1);
	assert_string_equal(watched(&c, w), "+a=1 +b=2 *a=3<1 *a=4<3 -a=4<4 +a=5");
	w = pv_watch_close(w);
	w = watch_from(NULL, 4);
	assert_string_equal(watched(&c, w), "*a=4<3 -a=4<4 +a=5 +x=6");
	put(&c, T("a"), 7, PV_REV_ANY);
	assert_string_equal(watched(&c, w), "*a=7<5");
	w = pv_watch_close(w);
	pv_store_compact(c.store, 6);
	/* The log is cut by the writer; a write behind it sees it done. */
	for (int i = 0; i < 2; i++)
		put(&c, T("a"), 8, PV_REV_ANY);
	case_reopen(&c);
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", 4, no_wake, NULL, &w), -PV_EGONE);
	pv_recover(&c.cx);
	w = watch_from("/T", 5);
	assert_string_equal(watched(&c, w), "-a=4<4 +a=5 *a=7<5 *a=8<7 *a=8<8");
	pv_watch_close(w);
}

static void
count_wake(void *arg)
{
	atomic_fetch_add((_Atomic int *)arg, 1);
}

/* Wakes come behind the acknowledgement: waits for the count. */
static void
assert_wakes(_Atomic int *wakes, int n)
{
	int64_t until = pv_mono() + 120 * PV_SEC;

	while (atomic_load(wakes) < n)
		assert_true(pv_mono() < until);
	assert_int_equal(atomic_load(wakes), n);
}

static void
wakes_only_the_dry(void **state)
{
	_Atomic int wakes = 0;
	pv_watch *w;
	pv_event event;

	(void)state;
	setup_store();
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", 1, count_wake, &wakes, &w), 0);
	put(&c, T("a"), 1, PV_REV_ANY); /* nothing was there when it was opened */
	assert_wakes(&wakes, 1);
	put(&c, T("a"), 2, PV_REV_ANY);
	put(&c, U("a"), 2, PV_REV_ANY);
	assert_int_equal(pv_watch_next(&c.cx, w, &event), 1);
	put(&c, T("a"), 3, PV_REV_ANY);
	assert_string_equal(watched(&c, w), "*a=2<1 *a=3<2"); /* dry now */
	assert_wakes(&wakes, 1);
	put(&c, T("a"), 4, PV_REV_ANY);
	assert_wakes(&wakes, 2);
	assert_string_equal(watched(&c, w), "*a=4<3");
	w = pv_watch_close(w);
	put(&c, T("a"), 5, PV_REV_ANY);
	put(&c, T("a"), 6, PV_REV_ANY);
	assert_int_equal(atomic_load(&wakes), 2);
}

/* What does not concern it neither wakes it nor, when it is forgotten, is missed. */
static void
a_narrow_watch_sleeps_through_the_rest(void **state)
{
	_Atomic int wakes = 0, others = 0;
	pv_watch *w, *other;

	(void)state;
	setup_store();
	put(&c, T("mine"), 1, PV_REV_ABSENT);
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", 1, count_wake, &wakes, &w), 0);
	pv_watch_narrow(w, "ns", "mine");
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", 2, count_wake, &others, &other), 0);
	assert_string_equal(watched(&c, w), "+mine=1");
	for (int i = 1; i <= 20; i++) {
		put(&c, i % 2 ? T("other") : KEY("/T", "elsewhere", "mine"), i, PV_REV_ANY);
		assert_wakes(&others, i); /* the waker has been there */
		watched(&c, other);
	}
	assert_int_equal(atomic_load(&wakes), 0);
	pv_store_compact(c.store, pv_store_rev(c.store));
	assert_string_equal(watched(&c, w), "");
	assert_int_equal(pv_watch_rev(w), pv_store_rev(c.store));
	for (int i = 21; i <= 40; i++) {
		put(&c, T("other"), i, PV_REV_ANY);
		assert_wakes(&others, i);
		watched(&c, other);
	}
	pv_store_compact(c.store, pv_store_rev(c.store));
	put(&c, T("mine"), 2, PV_REV_ANY);
	assert_wakes(&wakes, 1);
	put(&c, T("other"), 41, PV_REV_ANY);
	assert_string_equal(watched(&c, w), "*mine=2<1");
	del(&c, T("mine"), PV_REV_ANY);
	assert_wakes(&wakes, 2);
	assert_string_equal(watched(&c, w), "-mine=2<2");
	pv_watch_close(w);
	pv_watch_close(other);
}

static void
history_ages(void **state)
{
	pv_watch *w;
	int64_t until = pv_mono() + 120 * PV_SEC;
	int r;

	(void)state;
	c.conf.history_ns = 100 * PV_MS;
	c.conf.history_min = 3;
	setup_store();
	for (int64_t i = 0; i < 10; i++)
		put(&c, T("a"), i, PV_REV_ANY); /* 2 to 11 */
	do {
		r = pv_watch_open(&c.cx, c.store, "/T", 7, no_wake, NULL, &w);
		if (r == 0)
			w = pv_watch_close(w);
		assert_true(pv_mono() < until);
	} while (r == 0);
	assert_int_equal(r, -PV_EGONE);
	pv_recover(&c.cx);
	w = watch_from("/T", 8); /* the last three stay, however old */
	assert_string_equal(watched(&c, w), "*a=7<6 *a=8<7 *a=9<8");
	pv_watch_close(w);
}

static void
old_versions_are_bounded(void **state)
{
	pv_watch *w;
	int64_t last;
	struct stat st;

	(void)state;
	case_dir(&c);
	setup_store();
	for (int i = 0; i < 80; i++) {
		pv_write write = {
			.key = T("big"), .expect = PV_REV_ANY, .doc = doc_sized(&c.cx, "big", 1 << 20)};

		assert_int_equal(pv_store_write(&c.cx, c.store, &write, 1), 0);
	}
	last = pv_store_rev(c.store);
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", last - 40, no_wake, NULL, &w), -PV_EGONE);
	pv_recover(&c.cx);
	w = watch_from("/T", last - 20);
	pv_watch_close(w);
	case_reopen(&c); /* nor does the database keep more: 80 versions would be 80 MB */
	assert_int_equal(stat(c.conf.url + strlen("sqlite:"), &st), 0);
	assert_true(st.st_size < 60 << 20);
}

/* ---- a thousand watches, a thousand events ---- */

#define WATCHES 1000
#define EVENTS 1000
#define READERS 2

typedef struct crowd {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct watcher *ready; /* woken, to be read */
} crowd;

typedef struct watcher {
	pv_watch *watch;
	crowd *crowd;
	struct watcher *next;
	int seen, holes;
	int64_t rev;
} watcher;

static _Atomic int finished;

static void
join_crowd(void *arg)
{
	watcher *w = arg;

	pthread_mutex_lock(&w->crowd->lock);
	w->next = w->crowd->ready;
	w->crowd->ready = w;
	pthread_cond_signal(&w->crowd->cond);
	pthread_mutex_unlock(&w->crowd->lock);
}

static watcher *
leave_crowd(crowd *crowd)
{
	watcher *w;

	pthread_mutex_lock(&crowd->lock);
	while (crowd->ready == NULL)
		pthread_cond_wait(&crowd->cond, &crowd->lock);
	w = crowd->ready;
	crowd->ready = w->next;
	pthread_mutex_unlock(&crowd->lock);
	return w;
}

/* Reads whoever was woken, until a watcher without a watch says that it is over. */
static void *
read_crowd(void *arg)
{
	pv_ctx cx;
	watcher *w;

	pv_ctx_init(&cx, "reader");
	while ((w = leave_crowd(arg))->watch != NULL) {
		pv_event event;

		while (pv_watch_next(&cx, w->watch, &event) == 1) {
			w->holes += event.rev != w->rev + 1;
			w->rev = event.rev;
			if (++w->seen == EVENTS)
				atomic_fetch_add(&finished, 1);
		}
	}
	pv_ctx_done(&cx);
	return NULL;
}

static void
none_of_a_million_is_lost(void **state)
{
	static watcher watchers[WATCHES];
	static crowd crowds[READERS];
	watcher end[READERS];
	pthread_t readers[READERS];
	int64_t until = pv_mono() + 120 * PV_SEC;

	(void)state;
	setup_store();
	for (size_t i = 0; i < READERS; i++) {
		pthread_mutex_init(&crowds[i].lock, NULL);
		pthread_cond_init(&crowds[i].cond, NULL);
		assert_int_equal(pthread_create(&readers[i], NULL, read_crowd, &crowds[i]), 0);
	}
	for (size_t i = 0; i < WATCHES; i++) {
		watchers[i] = (watcher){.crowd = &crowds[i % READERS], .rev = 1};
		assert_int_equal(pv_watch_open(&c.cx, c.store, i % 2 == 0 ? "/T" : NULL, 1, join_crowd,
					       &watchers[i], &watchers[i].watch),
				 0);
	}
	for (int i = 0; i < EVENTS; i++)
		put(&c, T(i % 3 == 0 ? "a" : "b"), i, PV_REV_ANY);
	while (atomic_load(&finished) < WATCHES && pv_mono() < until)
		sched_yield();
	for (size_t i = 0; i < READERS; i++) {
		end[i] = (watcher){.crowd = &crowds[i]};
		join_crowd(&end[i]);
		pthread_join(readers[i], NULL);
	}
	for (size_t i = 0; i < WATCHES; i++) {
		assert_int_equal(watchers[i].seen, EVENTS);
		assert_int_equal(watchers[i].holes, 0);
		pv_watch_close(watchers[i].watch);
	}
}

int
main(void)
{
#define CASE(fn) CASE_WITH(fn, case_bare)
	const struct CMUnitTest tests[] = {
		CASE(events_come_in_order),
		CASE(older_revision_is_caught_up),
		CASE(progress_is_known_without_events),
		CASE(compacted_is_gone),
		CASE(restart_is_not_seen),
		CASE(wakes_only_the_dry),
		CASE(a_narrow_watch_sleeps_through_the_rest),
		CASE(history_ages),
		CASE(old_versions_are_bounded),
		CASE(none_of_a_million_is_lost),
	};
	return cmocka_run_group_tests_name("store watch", tests, NULL, NULL);
}
