/* Load on a running server, for api.sh and objects.py; each mode prints one line of figures.
 *	api_load_bench fill KUBECONFIG OBJECTS BYTES
 *	api_load_bench create KUBECONFIG CLIENTS SECONDS BYTES [custom: Widgets, not ConfigMaps]
 *	api_load_bench watch KUBECONFIG WATCHERS EVENTS PER-SECOND */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "bench/timing.h"
#include "core/client/client.h"
#include "lang/json/json.h"

#define PATH "/api/v1/namespaces/default/configmaps"
#define MARK "\"sent\":\""

/* What is made: of a built-in kind, or of one that a CRD gave. */
typedef struct made {
	const char *path, *api_version, *kind, *field;
	const char *rate, *late; /* figures */
} made;
static const made maps = {PATH,
			  "v1",
			  "ConfigMap",
			  "data",
			  "durable creates over HTTPS, 32 clients",
			  "durable creates over HTTPS, 32 clients, p99"};
static const made widgets = {"/apis/bench.dev/v1/namespaces/default/widgets",
			     "bench.dev/v1",
			     "Widget",
			     "spec",
			     "creates of custom objects of 2 KB over HTTPS, 32 clients",
			     "creates of custom objects of 2 KB over HTTPS, 32 clients, p99"};
static const made *making = &maps;

static const char *config;
static size_t bytes;
static atomic_bool stop;
static atomic_long serial;

static void
die(pv_ctx *cx, const char *what)
{
	fprintf(stderr, "api_load_bench: %s: %s\n", what, pv_error_text(cx));
	exit(1);
}

static pv_client *
connect_as(pv_ctx *cx)
{
	pv_client_conf conf = {.kubeconfig = config};
	pv_client *client;

	if (pv_client_open(cx, &conf, &client) < 0)
		die(cx, "connect");
	return client;
}

static pv_str
object(pv_ctx *cx, const char *name, const char *sent)
{
	pv_objb meta, data, b;
	char *filler = pv_alloc(cx->arena, bytes + 1), *text;
	pv_val v;

	memset(filler, 'x', bytes);
	filler[bytes] = '\0';
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_init(&data, cx->arena);
	pv_objb_puts(&data, "sent", sent);
	pv_objb_puts(&data, "filler", filler);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", making->api_version);
	pv_objb_puts(&b, "kind", making->kind);
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, making->field, pv_objb_end(&data));
	v = pv_objb_end(&b);
	text = pv_json_text(cx->arena, &v);
	return pv_str_of(text);
}

static void
post(pv_ctx *cx, pv_client *client, const char *name, const char *sent)
{
	pv_client_call call = {.method = "POST", .path = making->path, .body = object(cx, name, sent)};
	pv_str answer;

	if (pv_client_do(cx, client, &call, NULL, &answer) < 0)
		die(cx, "create");
}

/* ---- creating ---- */

static long limit; /* objects to make; 0: until told to stop */

static void *
creator(void *arg)
{
	timing *t = arg;
	pv_client *client;
	pv_ctx cx;

	pv_ctx_init(&cx, "bench");
	client = connect_as(&cx);
	while (!atomic_load(&stop)) {
		long n = atomic_fetch_add(&serial, 1);
		int64_t start = pv_mono();

		if (limit && n >= limit)
			break;
		pv_ctx_reset(&cx);
		post(&cx, client, pv_printf(cx.arena, "bench-%ld-%ld", (long)getpid(), n), NULL);
		timing_add(t, pv_mono() - start);
	}
	pv_client_close(client);
	pv_ctx_done(&cx);
	return NULL;
}

static void
run_creators(int clients, int64_t seconds)
{
	pthread_t *threads = calloc((size_t)clients + 1, sizeof *threads);
	timing *times = calloc((size_t)clients + 1, sizeof *times), *all = times + clients;
	struct timespec rest = {.tv_sec = (time_t)seconds};
	int64_t start = pv_mono();
	double rate;

	for (int i = 0; i < clients; i++)
		pthread_create(&threads[i], NULL, creator, &times[i]);
	if (!limit) {
		nanosleep(&rest, NULL);
		atomic_store(&stop, true);
	}
	for (int i = 0; i < clients; i++) {
		pthread_join(threads[i], NULL);
		timing_merge(all, &times[i]);
	}
	rate = (double)all->count * 1e9 / (double)(pv_mono() - start);
	printf("%.0f creates/s of %zu bytes over HTTPS with %d clients, p50 %.1f ms, p99 %.1f ms\n", rate,
	       bytes, clients, timing_ms(all, 0.5), timing_ms(all, 0.99));
	if (!limit && clients == 32) {
		figure(making->rate, rate);
		figure(making->late, timing_ms(all, 0.99));
	}
	free(times);
	free(threads);
}

/* ---- watching ---- */

typedef struct watcher {
	pthread_t thread;
	timing t;
	long wanted, got;
} watcher;
static atomic_long connected;
static char *from;

static int
on_line(void *arg, pv_str line)
{
	watcher *w = arg;
	const char *mark = memmem(line.s, line.len, MARK, strlen(MARK));
	int64_t sent = 0, now = pv_mono();
	size_t len = 0;

	if (!mark)
		return 0;
	mark += strlen(MARK);
	while (mark[len] >= '0' && mark[len] <= '9')
		len++;
	if (!pv_parse_int((pv_str){mark, len}, &sent))
		return 0;
	timing_add(&w->t, now - sent);
	return ++w->got == w->wanted;
}

static void *
watch(void *arg)
{
	watcher *w = arg;
	pv_client_call call = {.timeout_ns = -1};
	pv_client *client;
	pv_ctx cx;

	pv_ctx_init(&cx, "bench");
	client = connect_as(&cx);
	call.path = pv_printf(cx.arena, PATH "?watch=true&timeoutSeconds=600&resourceVersion=%s", from);
	atomic_fetch_add(&connected, 1);
	if (pv_client_stream(&cx, client, &call, on_line, w) < 0)
		die(&cx, "watch");
	pv_client_close(client);
	pv_ctx_done(&cx);
	return NULL;
}

static void
wait_ns(int64_t ns)
{
	struct timespec rest = {.tv_sec = (time_t)(ns / PV_SEC), .tv_nsec = (long)(ns % PV_SEC)};

	if (ns > 0)
		nanosleep(&rest, NULL);
}

static void
run_watchers(int n, long events, long rate)
{
	watcher *all = calloc((size_t)n + 1, sizeof *all);
	timing *sum = calloc(1, sizeof *sum);
	pthread_attr_t small;
	pv_client *client;
	const pv_val *list;
	long got = 0, full = 0;
	int64_t start;
	pv_ctx cx;

	PV_ASSERT(rate > 0);
	pv_ctx_init(&cx, "bench");
	client = connect_as(&cx);
	if (pv_client_json(&cx, client, &(pv_client_call){.path = PATH "?limit=1"}, NULL, &list) < 0)
		die(&cx, "list");
	from = strdup(pv_text_at(list, "metadata.resourceVersion", "0"));
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 << 10);
	for (int i = 0; i < n; i++) {
		all[i].wanted = events;
		if (pthread_create(&all[i].thread, &small, watch, &all[i]))
			die(&cx, "thread");
	}
	while (atomic_load(&connected) < n)
		wait_ns(10 * PV_MS);
	wait_ns(5 * PV_SEC); /* handshakes */
	start = pv_mono();
	for (long i = 0; i < events; i++) {
		pv_ctx_reset(&cx);
		wait_ns(start + i * PV_SEC / rate - pv_mono());
		post(&cx, client, pv_printf(cx.arena, "watched-%ld-%ld", (long)getpid(), i),
		     pv_printf(cx.arena, "%lld", (long long)pv_mono()));
	}
	for (int i = 0; i < n; i++) {
		pthread_join(all[i].thread, NULL);
		timing_merge(sum, &all[i].t);
		got += all[i].got;
		full += all[i].got == events;
	}
	printf("%ld of %d watchers got all %ld events (%ld deliveries, %ld events/s), p50 %.1f ms, p99 %.1f "
	       "ms from request to "
	       "client\n",
	       full, n, events, got, rate, timing_ms(sum, 0.5), timing_ms(sum, 0.99));
	if (n == 1000 && events == 1000 && rate == 20) {
		figure("1,000 watchers of 1,000 events, lost", (double)(n * events - got));
		figure("1,000 watchers of 1,000 events, 20 a second, p99", timing_ms(sum, 0.99));
	}
	free(all);
	free(sum);
	pv_client_close(client);
	pv_ctx_done(&cx);
}

static long
number(char **argv, int i)
{
	int64_t n = 0;

	return argv[i] && pv_parse_int(pv_str_of(argv[i]), &n) ? (long)n : 0;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		puts("(used by api.sh and objects.py)");
		return 0;
	}
	if (argc < 5)
		return 2;
	config = argv[2];
	if (strcmp(argv[1], "fill") == 0) {
		limit = number(argv, 3);
		bytes = (size_t)number(argv, 4);
		run_creators(32, 0);
	} else if (strcmp(argv[1], "create") == 0 && argc > 5) {
		bytes = (size_t)number(argv, 5);
		making = argc > 6 && strcmp(argv[6], "custom") == 0 ? &widgets : &maps;
		run_creators((int)number(argv, 3), number(argv, 4));
	} else if (strcmp(argv[1], "watch") == 0 && argc > 5 && number(argv, 5) > 0) {
		bytes = 200;
		run_watchers((int)number(argv, 3), number(argv, 4), number(argv, 5));
	} else {
		return 2;
	}
	return 0;
}
