/* Many threads at once, for the thread sanitizer and for the bounds on memory:
 * whatever they do, a reader's picture and a watcher's story must agree with the
 * store in the end. */
#include "unit/core/store_case.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/time.h"
#include "core/metrics/metrics.h"

#define NAMES 300
#define WRITERS 3

static store_case c;
static atomic_bool writing;
static int steps;

static int
setup(void **state)
{
	(void)state;
	case_begin(&c);
	c.conf.metrics = pv_metrics_new();
	return 0;
}

static int
teardown(void **state)
{
	pv_metrics *metrics = c.conf.metrics;

	(void)state;
	case_end(&c);
	pv_metrics_free(metrics);
	return 0;
}

/* ---- writers, listers, a watcher ---- */

static void *
write_at_random(void *arg)
{
	pv_ctx cx;
	uint32_t x = *(uint32_t *)arg;

	pv_ctx_init(&cx, "writer");
	for (int i = 0; i < steps; i++) {
		const char *name;
		pv_write w = {.expect = PV_REV_ANY};

		x = x * 1664525 + 1013904223;
		name = pv_printf(cx.arena, "o%u", (x >> 8) % NAMES);
		w.key = KEY(x >> 30 == 0 ? "/U" : "/T", (x >> 20) % 2 == 0 ? "a" : "b", name);
		if ((x >> 16) % 4 != 0)
			w.doc = doc_of(&cx, name, i);
		if (pv_store_write(&cx, c.store, &w, 1) < 0)
			assert_int_equal(pv_recover(&cx), PV_ENOTFOUND);
		else if (w.doc != NULL && i % 16 == 0)
			assert_int_equal(doc_n(w.ret), i);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	return NULL;
}

/* Every listing is in order, and of one moment: listed again at its revision, by
 * pages, it is the same. */
static void
check_listing(pv_ctx *cx, int turn)
{
	pv_list_query q = {.type = "/T", .ns = turn % 3 == 0 ? "a" : NULL}, again = q;
	pv_listing all, page;
	size_t at = 0;

	assert_int_equal(pv_store_list(cx, c.store, &q, &all), 0);
	again.rev = all.rev;
	again.limit = 37;
	do {
		if (pv_store_list(cx, c.store, &again, &page) < 0) {
			assert_int_equal(pv_recover(cx), PV_EGONE);
			return;
		}
		assert_int_equal(page.rev, all.rev);
		for (size_t i = 0; i < page.len; i++) {
			assert_true(at < all.len);
			assert_ptr_equal(page.recs[i], all.recs[at]);
			at++;
			assert_true(doc_n(page.recs[i]) >= 0);
			again.after_ns = pv_rec_key(page.recs[i])->ns;
			again.after_name = pv_rec_key(page.recs[i])->name;
		}
		assert_int_equal(page.more ? at + page.remaining : at, all.len);
	} while (page.more);
}

static void *
list_meanwhile(void *arg)
{
	pv_ctx cx;

	pv_ctx_init(&cx, "lister");
	for (int turn = 0; atomic_load(&writing); turn++) {
		check_listing(&cx, turn);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	return arg;
}

/* A copy kept by events alone. */
static void *
follow(void *arg)
{
	pv_watch *watch = arg;
	pv_map *copy = pv_map_new(NULL);
	pv_event event;
	pv_ctx cx;
	bool last = false;
	int r;

	pv_ctx_init(&cx, "follower");
	for (;;) {
		while ((r = pv_watch_next(&cx, watch, &event)) == 1) {
			const pv_key *key = pv_rec_key(event.rec);
			const char *id = pv_printf(cx.arena, "%s %s", key->ns, key->name);
			int64_t was = (int64_t)(intptr_t)pv_map_finds(copy, id);

			assert_int_equal(was, event.prev == NULL ? 0 : pv_rec_rev(event.prev));
			if (event.type == PV_DELETED)
				pv_map_del(copy, id, strlen(id));
			else
				pv_map_puts(copy, id, (void *)(intptr_t)event.rev);
		}
		assert_int_equal(r, 0);
		pv_ctx_reset(&cx);
		if (last)
			break;
		last = !atomic_load(&writing); /* one more look, then it is over */
		sched_yield();
	}
	pv_ctx_done(&cx);
	return copy;
}

static void
compare_copy(const pv_map *copy)
{
	pv_listing list;

	assert_int_equal(pv_store_list(&c.cx, c.store, &(pv_list_query){.type = "/T"}, &list), 0);
	assert_int_equal(list.len, pv_map_len(copy));
	for (size_t i = 0; i < list.len; i++) {
		const pv_key *key = pv_rec_key(list.recs[i]);
		const char *id = pv_printf(c.cx.arena, "%s %s", key->ns, key->name);

		assert_int_equal((intptr_t)pv_map_finds(copy, id), pv_rec_rev(list.recs[i]));
	}
}

static void
everyone_agrees(void **state)
{
	pthread_t writers[WRITERS], lister, follower;
	uint32_t seeds[WRITERS] = {1, 77, 4242};
	pv_watch *watch;
	void *copy;

	(void)state;
	steps = c.dir[0] != '\0' ? 300 : 3000; /* each waits for the disk there */
	case_open(&c);
	assert_int_equal(pv_watch_open(&c.cx, c.store, "/T", 1, no_wake, NULL, &watch), 0);
	atomic_store(&writing, true);
	for (size_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, write_at_random, &seeds[i]), 0);
	assert_int_equal(pthread_create(&lister, NULL, list_meanwhile, NULL), 0);
	assert_int_equal(pthread_create(&follower, NULL, follow, watch), 0);
	for (size_t i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	atomic_store(&writing, false);
	pthread_join(lister, NULL);
	pthread_join(follower, &copy);
	compare_copy(copy);
	pv_map_free(copy);
	pv_watch_close(watch);
}

static void
everyone_agrees_on_disk(void **state)
{
	case_dir(&c);
	everyone_agrees(state);
	case_reopen(&c);
}

/* ---- closing while being woken ---- */

static _Atomic int late;

static void
wake_open(void *arg)
{
	if (!atomic_load((atomic_bool *)arg))
		atomic_fetch_add(&late, 1);
}

static void *
open_and_close(void *arg)
{
	pv_ctx cx;

	pv_ctx_init(&cx, "watcher");
	while (atomic_load(&writing)) {
		atomic_bool open = true;
		pv_watch *watch;
		pv_event event;

		assert_int_equal(
			pv_watch_open(&cx, c.store, "/T", pv_store_rev(c.store), wake_open, &open, &watch),
			0);
		for (int i = 0; i < 5; i++)
			assert_true(pv_watch_next(&cx, watch, &event) >= 0);
		pv_watch_close(watch);
		atomic_store(&open, false);
	}
	pv_ctx_done(&cx);
	return arg;
}

static void
nobody_is_woken_after_closing(void **state)
{
	pthread_t writers[2], watchers[2];
	uint32_t seeds[2] = {3, 9};

	(void)state;
	steps = 3000;
	case_open(&c);
	atomic_store(&writing, true);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&writers[i], NULL, write_at_random, &seeds[i]), 0);
		assert_int_equal(pthread_create(&watchers[i], NULL, open_and_close, NULL), 0);
	}
	for (size_t i = 0; i < 2; i++)
		pthread_join(writers[i], NULL);
	atomic_store(&writing, false);
	for (size_t i = 0; i < 2; i++)
		pthread_join(watchers[i], NULL);
	assert_int_equal(atomic_load(&late), 0);
}

/* ---- parsed values ---- */

#define MANY 12000

static int64_t
parsed_bytes(void)
{
	return pv_metric_get(pv_metric_new(
		c.conf.metrics,
		&(pv_family_def){.name = "pave_store_parsed_bytes", .help = "", .type = PV_GAUGE}));
}

/* Reads all of it again and again, while the keeper lets go of what is not held. */
static void *
read_all(void *arg)
{
	pv_ctx cx;

	pv_ctx_init(&cx, "reader");
	for (int turn = 0; turn < 3; turn++) {
		pv_listing list;

		assert_int_equal(pv_store_list(&cx, c.store, &(pv_list_query){.type = "/T"}, &list), 0);
		assert_int_equal(list.len, MANY);
		for (size_t i = 0; i < list.len; i++)
			assert_int_equal(pv_strv(pv_get(pv_rec_val(list.recs[i]), "data")).len, 4000);
		for (size_t i = 0; i < list.len; i += 100) /* still there: we hold them */
			assert_int_equal(pv_strv(pv_get(pv_rec_val(list.recs[i]), "data")).len, 4000);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	return arg;
}

static void
parsed_values_are_bounded(void **state)
{
	pthread_t readers[2];
	int64_t until;

	(void)state;
	c.conf.history_ns = 300 * PV_MS; /* the keeper comes often */
	case_open(&c);
	for (int i = 0; i < MANY; i++) {
		const char *name = pv_printf(c.cx.arena, "%06d", i);
		pv_write w = {.key = KEY("/T", "", name),
			      .doc = doc_sized(&c.cx, name, 4000),
			      .expect = PV_REV_ABSENT};

		assert_int_equal(pv_store_write(&c.cx, c.store, &w, 1), 0);
		pv_ctx_reset(&c.cx);
	}
	for (size_t i = 0; i < PV_LEN(readers); i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_all, NULL), 0);
	for (size_t i = 0; i < PV_LEN(readers); i++)
		pthread_join(readers[i], NULL);
	until = pv_mono() + 120 * PV_SEC;
	do
		assert_true(pv_mono() < until);
	while (parsed_bytes() > 32 << 20 || parsed_bytes() == 0); /* of some 50 MB */
}

int
main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(everyone_agrees),
		CASE(everyone_agrees_on_disk),
		CASE(nobody_is_woken_after_closing),
		CASE(parsed_values_are_bounded),
	};
	return cmocka_run_group_tests_name("store stress", tests, NULL, NULL);
}
