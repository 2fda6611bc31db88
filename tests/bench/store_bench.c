/* Figures of the store in this process.  Without arguments: reading, listing,
 * watching, memory and start.  Durable writing beside the disk's limit and etcd is
 * in store.sh, which uses these:
 *	store_bench create DIR THREADS SECONDS BYTES
 *	store_bench limit DIR GROUP SECONDS BYTES
 *	store_bench crowd DIR THREADS SECONDS BYTES
 *	store_bench etcd URL THREADS SECONDS BYTES */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "bench/disk_limit.h"
#include "bench/etcd.h"
#include "bench/timing.h"
#include "core/metrics/metrics.h"
#include "core/store/store.h"

#define OBJECTS 50000
#define OBJECT_BYTES 2000

static pv_store *store;
static pv_metrics *metrics;
static atomic_bool go, stop;

static void
die(const char *what)
{
	fprintf(stderr, "store_bench: %s\n", what);
	exit(1);
}

static void
open_store(pv_ctx *cx, const char *dir)
{
	pv_store_conf conf = {.url = pv_printf(cx->arena, "sqlite:%s/pave.db", dir), .metrics = metrics};

	if (pv_store_open(cx, &conf, &store) < 0)
		die(pv_error_text(cx));
}

/* A ConfigMap of about so many bytes. */
static const pv_val *
object(pv_ctx *cx, const char *name, size_t bytes)
{
	static const char line[] = "key=value that means something to somebody\n";
	pv_objb meta, data, doc;
	pv_buf text;

	pv_buf_init(&text, cx->arena);
	while (text.len + sizeof line + 120 < bytes)
		pv_buf_adds(&text, line);
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_puts(&meta, "namespace", "default");
	pv_objb_init(&data, cx->arena);
	pv_objb_put(&data, "settings", pv_stringn(cx->arena, text.s, text.len));
	pv_objb_init(&doc, cx->arena);
	pv_objb_puts(&doc, "kind", "ConfigMap");
	pv_objb_puts(&doc, "apiVersion", "v1");
	pv_objb_put(&doc, "metadata", pv_objb_end(&meta));
	pv_objb_put(&doc, "data", pv_objb_end(&data));
	return pv_box(cx->arena, pv_objb_end(&doc));
}

static void
create(pv_ctx *cx, const char *name, size_t bytes)
{
	pv_write w = {.key = {"/ConfigMap", "default", name},
		      .doc = object(cx, name, bytes),
		      .expect = PV_REV_ABSENT};

	if (pv_store_write(cx, store, &w, 1) < 0)
		die(pv_error_text(cx));
}

/* ---- durable creates ---- */

typedef struct client {
	pthread_t thread;
	int number;
	size_t bytes;
	timing times;
} client;

static void *
client_main(void *arg)
{
	client *c = arg;
	pv_ctx cx;

	pv_ctx_init(&cx, "client");
	while (!atomic_load(&go))
		sched_yield();
	for (int i = 0; !atomic_load_explicit(&stop, memory_order_relaxed); i++) {
		int64_t begun = pv_mono();

		create(&cx, pv_printf(cx.arena, "c%02d-%07d", c->number, i), c->bytes);
		timing_add(&c->times, pv_mono() - begun);
		pv_ctx_reset(&cx);
	}
	pv_ctx_done(&cx);
	return NULL;
}

static void
wait_seconds(double seconds)
{
	struct timespec ts = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

	nanosleep(&ts, NULL); /* sleeps: the length of a measurement */
}

static double
metric(const char *name)
{
	return (double)pv_metric_get(
		pv_metric_new(metrics, &(pv_family_def){.name = name, .help = "", .type = PV_COUNTER}));
}

static int
bench_create(const char *dir, int threads, double seconds, size_t bytes)
{
	client *clients = calloc((size_t)threads, sizeof *clients);
	timing all = {.count = 0};
	int64_t begun;
	double took, rows;
	int64_t cpu;
	pv_ctx cx;

	metrics = pv_metrics_new();
	pv_ctx_init(&cx, "bench");
	open_store(&cx, dir);
	for (int i = 0; i < threads; i++) {
		clients[i].number = i;
		clients[i].bytes = bytes;
		if (pthread_create(&clients[i].thread, NULL, client_main, &clients[i]) != 0)
			die("cannot start threads");
	}
	begun = pv_mono();
	cpu = process_ns();
	atomic_store(&go, true);
	wait_seconds(seconds);
	atomic_store(&stop, true);
	for (int i = 0; i < threads; i++) {
		pthread_join(clients[i].thread, NULL);
		timing_merge(&all, &clients[i].times);
	}
	took = (double)(pv_mono() - begun) / 1e9;
	rows = (double)all.count / took;
	printf("%.0f %.1f %.2f %.2f %.1f\n", rows, (double)all.count / metric("pave_store_commits_total"),
	       timing_ms(&all, 0.5), timing_ms(&all, 0.99),
	       (double)(process_ns() - cpu) / 1e3 / (double)all.count);
	store = pv_store_close(store);
	pv_ctx_done(&cx);
	metrics = pv_metrics_free(metrics);
	free(clients);
	return 0;
}

/* ---- reading ---- */

static void
fill(pv_ctx *cx)
{
	const size_t part = 500;
	pv_write *writes;

	for (size_t i = 0; i < OBJECTS; i += part) {
		writes = pv_new_array(cx->arena, pv_write, part);
		for (size_t k = 0; k < part; k++) {
			const char *name = pv_printf(cx->arena, "config-%06zu", (i + k) * 7919 % OBJECTS);

			writes[k] = (pv_write){.key = {"/ConfigMap", "default", name},
					       .expect = PV_REV_ABSENT,
					       .doc = object(cx, name, OBJECT_BYTES)};
		}
		if (pv_store_write(cx, store, writes, part) < 0)
			die(pv_error_text(cx));
		pv_ctx_reset(cx);
	}
}

static void
bench_start(pv_ctx *cx, const char *dir)
{
	double before, idle = resident_mb();
	int64_t cpu;
	int64_t begun;

	open_store(cx, dir);
	begun = pv_mono();
	fill(cx);
	printf("fill: %.0f objects/s in writes of 500\n", OBJECTS * 1e9 / (double)(pv_mono() - begun));
	store = pv_store_close(store);
	before = resident_mb();
	begun = pv_mono();
	cpu = process_ns();
	open_store(cx, dir);
	printf("start with %d objects of %d bytes: %.0f ms (%.0f ms of CPU)\n", OBJECTS, OBJECT_BYTES,
	       (double)(pv_mono() - begun) / 1e6, (double)(process_ns() - cpu) / 1e6);
	printf("resident memory: %.1f MB before anything, %.1f MB more with them open\n", idle,
	       resident_mb() - before);
}

static void
bench_get(pv_ctx *cx)
{
	const int n = 1000000;
	int64_t begun = pv_mono();

	for (int i = 0; i < n; i++) {
		char name[32];
		pv_key key = {"/ConfigMap", "default", name};

		snprintf(name, sizeof name, "config-%06d", (int)((int64_t)i * 7919 % OBJECTS));
		if (pv_store_find(cx, store, &key) == NULL)
			die("an object is missing");
		if (i % 64 == 0)
			pv_ctx_reset(cx);
	}
	printf("get: %.0f/s on one thread\n", n * 1e9 / (double)(pv_mono() - begun));
}

static void
bench_list(pv_ctx *cx, size_t limit, int n)
{
	pv_list_query q = {.type = "/ConfigMap", .ns = "default", .limit = limit};
	int64_t begun = pv_mono();
	size_t bytes = 0, objects = 0;

	for (int i = 0; i < n; i++) {
		pv_listing list;

		if (pv_store_list(cx, store, &q, &list) < 0)
			die(pv_error_text(cx));
		for (size_t k = 0; k < list.len; k++)
			bytes += pv_rec_json(list.recs[k]).len;
		objects += list.len;
		pv_ctx_reset(cx);
	}
	printf("list of %zu: %.1f us each, %.0f million objects/s (%.1f MB of documents, not copied)\n",
	       objects / (size_t)n, (double)(pv_mono() - begun) / 1e3 / n,
	       (double)objects * 1e3 / (double)(pv_mono() - begun), (double)bytes / 1e6 / n);
}

static void
bench_parse(pv_ctx *cx)
{
	pv_listing list;
	int64_t begun = pv_mono(), until;
	size_t n = 0;

	if (pv_store_list(cx, store, &(pv_list_query){.type = "/ConfigMap"}, &list) < 0)
		die(pv_error_text(cx));
	for (size_t k = 0; k < list.len; k++)
		n += pv_count(pv_rec_val(list.recs[k]));
	printf("first use of %zu values: %.2f us each; resident memory %.1f MB with all of them parsed\n",
	       list.len, (double)(pv_mono() - begun) / 1e3 / (double)list.len, resident_mb());
	pv_ctx_reset(cx);
	for (until = pv_mono() + 5 * PV_SEC / 2; pv_mono() < until;)
		wait_seconds(0.1);
	printf("a little later: %.1f MB\n", n > 0 ? resident_mb() : 0);
}

/* ---- watching ---- */

#define WATCHES 1000
#define EVENTS 1000

static _Atomic int64_t delivered;

static void
on_wake(void *arg)
{
	atomic_store_explicit((atomic_bool *)arg, true, memory_order_release);
}

static void
bench_watch(pv_ctx *cx)
{
	static pv_watch *watches[WATCHES];
	static atomic_bool woken[WATCHES];
	int64_t from = pv_store_rev(store), begun, want = (int64_t)WATCHES * EVENTS;
	pv_event event;

	for (int i = 0; i < WATCHES; i++)
		if (pv_watch_open(cx, store, "/ConfigMap", from, on_wake, &woken[i], &watches[i]) < 0)
			die(pv_error_text(cx));
	for (int i = 0; i < EVENTS; i += 100) {
		for (int k = i; k < i + 100; k++)
			create(cx, pv_printf(cx->arena, "watched-%04d", k), 500);
		pv_ctx_reset(cx);
	}
	begun = pv_mono();
	for (int turn = 0; delivered < want && turn < 1000; turn++)
		for (int i = 0; i < WATCHES; i++)
			while (pv_watch_next(cx, watches[i], &event) == 1)
				delivered++;
	printf("watch: %lld events to %d watches, %.0f ns each on one thread\n", (long long)delivered,
	       WATCHES, (double)(pv_mono() - begun) / (double)delivered);
	for (int i = 0; i < WATCHES; i++)
		watches[i] = pv_watch_close(watches[i]);
}

static int
bench_rest(void)
{
	char dir[] = "./pave-bench-XXXXXX";
	static const char *const names[] = {"pave.db", "pave.db-wal", "pave.db-shm", "pave.db.lock"};
	pv_ctx cx;

	if (mkdtemp(dir) == NULL)
		die("cannot make a folder here");
	pv_ctx_init(&cx, "bench");
	bench_start(&cx, dir);
	bench_get(&cx);
	bench_list(&cx, 500, 2000);
	bench_list(&cx, 10000, 200);
	bench_list(&cx, 0, 40);
	bench_watch(&cx);
	bench_parse(&cx);
	store = pv_store_close(store);
	for (size_t i = 0; i < PV_LEN(names); i++)
		unlink(pv_printf(cx.arena, "%s/%s", dir, names[i]));
	rmdir(dir);
	pv_ctx_done(&cx);
	return 0;
}

static int64_t
number(const char *s)
{
	int64_t n;

	if (!pv_parse_int(pv_str_of(s), &n) || n <= 0)
		die("expected a positive number");
	return n;
}

int
main(int argc, char **argv)
{
	if (argc == 1)
		return bench_rest();
	if (argc == 6 && pv_streq(argv[1], "create"))
		return bench_create(argv[2], (int)number(argv[3]), (double)number(argv[4]),
				    (size_t)number(argv[5]));
	if (argc == 6 && pv_streq(argv[1], "limit"))
		return limit_alone(argv[2], (size_t)number(argv[3]), (double)number(argv[4]),
				   (size_t)number(argv[5]));
	if (argc == 6 && pv_streq(argv[1], "crowd"))
		return limit_crowd(argv[2], (size_t)number(argv[3]), (double)number(argv[4]),
				   (size_t)number(argv[5]));
	if (argc == 6 && pv_streq(argv[1], "etcd"))
		return etcd_puts(argv[2], (int)number(argv[3]), (double)number(argv[4]),
				 (size_t)number(argv[5]));
	fprintf(stderr,
		"usage: store_bench [create DIR THREADS SECONDS BYTES | limit DIR GROUP SECONDS BYTES |\n"
		"                    crowd DIR THREADS SECONDS BYTES | etcd URL THREADS SECONDS BYTES]\n");
	return 2;
}
