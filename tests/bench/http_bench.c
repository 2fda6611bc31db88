/* Figures of the HTTP server: small answers by wrk, plain and over TLS; a thousand
 * watchers of a thousand events; the memory of a thousand idle streams.  The clients are
 * this program again: http_bench watch|idle|plain PORT N.  http_bench memory
 * plain|tls: only the kB of one idle stream (watches.py). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/http.h"
#include "base/pki.h"
#include "base/pool.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "bench/timing.h"

#define STREAMS 1000
#define EVENTS 1000
#define EVENTS_PER_SECOND 100
#define END (-1)

static pv_ctx cx;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "http_bench: %s\n", what);
	exit(1);
}

/* ---- the server ---- */

typedef struct watcher {
	pv_http_stream *stream;
	size_t seen;
	struct watcher *next;
} watcher;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int64_t events[EVENTS + 1]; /* when each was made; END ends the streams */
static size_t made;
static watcher *watchers;
static atomic_int n_watchers;

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	watcher *w = arg;
	ptrdiff_t n = 0;

	pthread_mutex_lock(&mutex);
	while (w->seen < made && cap - (size_t)n > 32 && events[w->seen] != END)
		n += snprintf(out + n, cap - (size_t)n, "%lld\n", (long long)events[w->seen++]);
	if (n == 0 && w->seen < made)
		n = -1;
	pthread_mutex_unlock(&mutex);
	return n;
}

static void
done(void *arg)
{
	watcher *w = arg;

	pthread_mutex_lock(&mutex);
	for (watcher **p = &watchers; *p != NULL; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			break;
		}
	pthread_mutex_unlock(&mutex);
	free(w);
	atomic_fetch_sub(&n_watchers, 1);
}

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	static const char hello[] =
		"{\"kind\":\"Greeting\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"world\"},"
		"\"text\":\"hello\"}\n";

	(void)c, (void)arg;
	if (pv_streq(pv_http_path(req), "/watch")) {
		watcher *w = calloc(1, sizeof *w);
		pv_http_source source = {pull, done, w};

		PV_ASSERT(w != NULL);
		pthread_mutex_lock(&mutex);
		w->stream = pv_http_stream_open(req, 200, "text/plain", &source);
		pv_http_stream_alone(w->stream);
		w->next = watchers;
		watchers = w;
		pthread_mutex_unlock(&mutex);
		atomic_fetch_add(&n_watchers, 1);
	} else {
		pv_http_reply(req, 200, "application/json", PV_STR(hello), pv_http_keep, NULL);
	}
	return 0;
}

static void
fail(pv_ctx *c, pv_http_req *req, void *arg)
{
	(void)arg;
	pv_http_reply(req, pv_code_http(c->err->code), "text/plain", pv_str_of(c->err->message), NULL, NULL);
}

static bool
blocks(pv_http_req *req, void *arg)
{
	(void)arg;
	return pv_starts_with(pv_http_path(req), "/blocking");
}

static pv_http *
serve(const pv_pem *pem)
{
	pv_http_conf conf = {.host = "127.0.0.1",
			     .body_limit = 1 << 20,
			     .handle = handle,
			     .fail = fail,
			     .blocks = blocks,
			     .cert_pem = pem ? pem->cert : NULL,
			     .key_pem = pem ? pem->key : NULL};
	pv_http *http = NULL;

	if (pv_http_open(&cx, &conf, &http) < 0)
		die(pv_error_text(&cx));
	return http;
}

static void
add_event(int64_t at)
{
	pthread_mutex_lock(&mutex);
	events[made++] = at;
	for (watcher *w = watchers; w != NULL; w = w->next)
		pv_http_stream_wake(w->stream);
	pthread_mutex_unlock(&mutex);
}

/* ---- the clients ---- */

static int
dial(const char *port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)strtol(port, NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0)
		die(strerror(errno));
	return fd;
}

static const char request[] = "GET /watch HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

typedef struct reader {
	int fd;
	size_t events, len;
	char line[64];
	bool over;
} reader;

/* Lines that are times of events; chunk sizes and headers are shorter or no numbers. */
static void
read_some(reader *r, timing *t)
{
	char bytes[65536];
	ssize_t n = recv(r->fd, bytes, sizeof bytes, 0);
	int64_t now = pv_mono(), at;

	if (n <= 0)
		r->over = true;
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] != '\n') {
			if (r->len < sizeof r->line - 1)
				r->line[r->len++] = bytes[i];
			continue;
		}
		if (r->len >= 9 && pv_parse_int((pv_str){r->line, r->len}, &at)) {
			timing_add(t, now - at);
			r->events++;
		}
		r->over = r->over || (r->len == 2 && memcmp(r->line, "0\r", 2) == 0);
		r->len = 0;
	}
}

static int
watch(const char *port, int n)
{
	reader *readers = calloc((size_t)n, sizeof *readers);
	int epoll = epoll_create1(0), left = n;
	static timing t;
	size_t least = SIZE_MAX, most = 0;

	PV_ASSERT(readers != NULL);
	for (int i = 0; i < n; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = &readers[i]};
		readers[i].fd = dial(port);
		if (send(readers[i].fd, request, sizeof request - 1, 0) < 0)
			die(strerror(errno));
		epoll_ctl(epoll, EPOLL_CTL_ADD, readers[i].fd, &e);
	}
	while (left > 0) {
		struct epoll_event ready[64];
		int k = epoll_wait(epoll, ready, PV_LEN(ready), 20000);
		if (k <= 0)
			die("watchers: nothing came for 20 s");
		for (int i = 0; i < k; i++) {
			reader *r = ready[i].data.ptr;
			read_some(r, &t);
			if (r->over) {
				close(r->fd);
				left--;
			}
		}
	}
	for (int i = 0; i < n; i++) {
		least = readers[i].events < least ? readers[i].events : least;
		most = readers[i].events > most ? readers[i].events : most;
	}
	printf("each of %d watchers saw %zu to %zu events; delay p50 %.1f ms, p99 %.1f ms, max %.1f ms\n", n,
	       least, most, timing_ms(&t, 0.5), timing_ms(&t, 0.99), (double)t.max_ns / 1e6);
	free(readers);
	return least == EVENTS && most == EVENTS ? 0 : 1;
}

static int
idle(const char *port, int n)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	SSL **conns = calloc((size_t)n, sizeof *conns);
	char byte;

	PV_ASSERT(tls != NULL && conns != NULL);
	for (int i = 0; i < n; i++) {
		conns[i] = SSL_new(tls);
		SSL_set_fd(conns[i], dial(port));
		if (SSL_connect(conns[i]) != 1 || SSL_write(conns[i], request, sizeof request - 1) <= 0)
			die("TLS");
	}
	while (SSL_read(conns[0], &byte, 1) > 0) /* until the server ends them */
		;
	free(conns); /* and their ends with the process */
	return 0;
}

/* As idle, without TLS. */
static int
idle_plain(const char *port, int n)
{
	int first = -1;
	char byte;

	for (int i = 0; i < n; i++) {
		int fd = dial(port);

		first = i == 0 ? fd : first;
		if (send(fd, request, sizeof request - 1, 0) < 0)
			die(strerror(errno));
	}
	while (recv(first, &byte, 1, 0) > 0)
		;
	return 0;
}

/* ---- measuring ---- */

static void
run_wrk(const char *name, const char *url)
{
	const char *argv[] = {"wrk", "-t2", "-c64", "-d5", "--latency", url, NULL};
	pv_proc_conf conf = {.argv = argv};
	pv_proc_result r;
	const char *rate, *p99;

	if (pv_proc_run(&cx, &conf, &r) < 0 || pv_proc_check(&cx, &conf, &r) < 0)
		die(pv_error_text(&cx));
	rate = strstr(r.out.s, "Requests/sec:");
	p99 = strstr(r.out.s, "99%");
	if (rate == NULL || p99 == NULL || strstr(r.out.s, "Non-2xx") != NULL)
		die(r.out.s);
	printf("%-28s %8.0f/s   p99 %.6s\n", name, strtod(rate + 13, NULL), p99 + 3 + strspn(p99 + 3, " "));
	fflush(stdout);
}

typedef struct clients {
	const char *argv[6];
	pv_proc_result result;
	atomic_bool over;
} clients;

static void
run_clients(void *arg)
{
	clients *c = arg;
	pv_ctx mine;

	pv_ctx_init(&mine, "clients");
	if (pv_proc_run(&mine, &(pv_proc_conf){.argv = c->argv, .timeout_ns = 120 * PV_SEC}, &c->result) < 0)
		die(pv_error_text(&mine));
	printf("%s%s", c->result.out.s, c->result.err.s);
	fflush(stdout);
	pv_ctx_done(&mine);
	atomic_store(&c->over, true);
}

static void
wait_until(int64_t at)
{
	struct timespec ts = {.tv_sec = at / PV_SEC, .tv_nsec = at % PV_SEC};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
	       EINTR) /* sleeps: the pace of the events */
		;
}

/* Starts the clients and returns when all their streams are open. */
static clients *
start_clients(pv_pool *pool, const char *what, int port)
{
	clients *c = pv_new(cx.arena, clients);
	int64_t until = pv_mono() + 60 * PV_SEC;

	*c = (clients){.argv = {pv_proc_self_exe(), what, pv_printf(cx.arena, "%d", port),
				pv_printf(cx.arena, "%d", STREAMS), NULL}};
	made = 0;
	if (!pv_pool_run(pool, run_clients, c))
		die("pool");
	while (atomic_load(&n_watchers) < STREAMS) {
		if (pv_mono() > until || atomic_load(&c->over))
			die("clients did not come");
		wait_until(pv_mono() + PV_MS);
	}
	return c;
}

static void
measure_watchers(pv_pool *pool, pv_http *http, int per_second)
{
	clients *c = start_clients(pool, "watch", pv_http_port(http));
	int64_t start = pv_mono(), took;

	for (int i = 0; i < EVENTS; i++) {
		if (per_second > 0)
			wait_until(start + i * PV_SEC / per_second);
		add_event(pv_mono());
	}
	add_event(END);
	pv_pool_wait(pool);
	took = pv_mono() - start;
	if (c->result.status != 0)
		die("an event was lost");
	printf("  (%s: %.0f deliveries/s)\n", per_second > 0 ? "at 100 events/s" : "all at once",
	       STREAMS * (double)EVENTS / ((double)took / 1e9));
}

/* kB of one stream. */
static double
measure_idle(pv_pool *pool, const char *what, pv_http *server)
{
	double before = resident_mb(), after;

	start_clients(pool, what, pv_http_port(server));
	wait_until(pv_mono() + PV_SEC / 2); /* until the last head is written */
	after = resident_mb();
	add_event(END);
	pv_pool_wait(pool);
	return (after - before) * 1e3 / STREAMS;
}

/* A server of each kind, for what one has freed the next would not have to ask for. */
static int
measure_memory(pv_pool *pool, const pv_pem *pem)
{
	pv_http *server = serve(pem);
	double kb = measure_idle(pool, pem ? "idle" : "plain", server);

	pv_http_close(server);
	printf("%.2f\n", kb);
	return 0;
}

static int
run_client(const char *what, const char *port, int n)
{
	return *what == 'w' ? watch(port, n) : *what == 'i' ? idle(port, n) : idle_plain(port, n);
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	pv_http *http, *https;
	pv_pool *pool;
	pv_pem ca, pem;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 4)
		return run_client(argv[1], argv[2], (int)strtol(argv[3], NULL, 10));
	pv_ctx_init(&cx, "bench");
	if (pv_pki_new_ca(&cx, "ca", 2, &ca) < 0 || pv_pki_new_server(&cx, &ca, "pave", NULL, 0, 2, &pem) < 0)
		die(pv_error_text(&cx));
	pool = pv_pool_new("clients", 1, 4);
	if (argc == 3) /* memory plain|tls */
		return measure_memory(pool, argv[2][0] == 't' ? &pem : NULL);
	https = serve(&pem);
	printf("%d idle TLS streams: %.1f kB each\n", STREAMS, measure_idle(pool, "idle", https));
	http = serve(NULL);
	run_wrk("small answer", pv_printf(cx.arena, "http://127.0.0.1:%d/", pv_http_port(http)));
	run_wrk("small answer, TLS", pv_printf(cx.arena, "https://127.0.0.1:%d/", pv_http_port(https)));
	run_wrk("small answer by a worker",
		pv_printf(cx.arena, "http://127.0.0.1:%d/blocking", pv_http_port(http)));
	measure_watchers(pool, http, EVENTS_PER_SECOND);
	measure_watchers(pool, http, 0);
	pv_http_close(http);
	pv_http_close(https);
	pv_pool_free(pool);
	pv_ctx_done(&cx);
	return 0;
}
