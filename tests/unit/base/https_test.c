/* The server over TLS under load: suspended requests and streams share threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/http.h"
#include "base/httpc.h"
#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"

enum { TICKS = 3000, WATCHERS = 8, ASKERS = 4 };

static pv_ctx cx;
static pv_pem ca, pem;
static pv_http *http;
static pv_httpc *client;

/* Every watcher is owed the numbers 0 to TICKS - 1. */
typedef struct watcher {
	pv_http_stream *stream;
	int taken;
	struct watcher *next;
} watcher;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static watcher *watchers;
static int made, ended;

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	watcher *w = arg;
	ptrdiff_t n = 0;

	pthread_mutex_lock(&mutex);
	while (w->taken < made && cap - (size_t)n > 16)
		n += snprintf(out + n, cap - (size_t)n, "%d\n", w->taken++);
	if (n == 0 && w->taken == TICKS)
		n = -1;
	pthread_mutex_unlock(&mutex);
	return n;
}

static void
done(void *arg)
{
	watcher **p = &watchers;

	pthread_mutex_lock(&mutex);
	while (*p != arg)
		p = &(*p)->next;
	*p = (*p)->next;
	ended++;
	pthread_mutex_unlock(&mutex);
}

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	(void)arg;
	if (pv_ends_with(pv_http_path(req), "/watch")) {
		static watcher all[WATCHERS];
		static int used;
		pthread_mutex_lock(&mutex);
		watcher *w = &all[used++ % WATCHERS];
		pv_http_source source = {pull, done, w};
		w->taken = 0;
		w->stream = pv_http_stream_open(req, 200, "text/plain", &source);
		w->next = watchers;
		watchers = w;
		pthread_mutex_unlock(&mutex);
		return 0;
	}
	pv_http_reply(req, 200, "text/plain", pv_http_body(req), NULL, NULL);
	return pv_http_body(req).len > 0 ? 0 : pv_fail(c, PV_EBADREQUEST, "no body");
}

static void
fail_answer(pv_ctx *c, pv_http_req *req, void *arg)
{
	(void)arg;
	pv_http_reply(req, pv_code_http(c->err->code), "text/plain", pv_str_of(c->err->message), NULL, NULL);
}

static bool
blocks(pv_http_req *req, void *arg)
{
	(void)arg;
	return pv_starts_with(pv_http_path(req), "/block");
}

static int
open_all(void **state)
{
	pv_http_conf conf = {.host = "127.0.0.1",
			     .body_limit = 1 << 20,
			     .threads = 2,
			     .workers = 4,
			     .handle = handle,
			     .fail = fail_answer,
			     .blocks = blocks};

	(void)state;
	pv_ctx_init(&cx, "test");
	if (pv_pki_new_ca(&cx, "ca", 10, &ca) < 0 || pv_pki_new_server(&cx, &ca, "s", NULL, 0, 10, &pem) < 0)
		return -1;
	conf.cert_pem = pem.cert;
	conf.key_pem = pem.key;
	return pv_http_open(&cx, &conf, &http) +
	       pv_httpc_open(&cx, &(pv_httpc_conf){.ca_pem = ca.cert}, &client);
}

static int
close_all(void **state)
{
	(void)state;
	client = pv_httpc_close(client);
	http = pv_http_close(http);
	pv_ctx_done(&cx);
	return 0;
}

static int
expect_next(void *arg, pv_str line)
{
	int64_t n, *next = arg;

	PV_ASSERT(pv_parse_int(line, &n) && n == *next);
	++*next;
	return 0;
}

static void *
watch(void *arg)
{
	int64_t next = 0;
	pv_ctx mine;
	pv_httpc_req req = {.on_line = expect_next, .arg = &next, .timeout_ns = 600 * PV_SEC};
	pv_httpc_answer answer;

	pv_ctx_init(&mine, "watcher");
	req.url = pv_printf(mine.arena, "https://localhost:%d%s/watch", pv_http_port(http),
			    (uintptr_t)arg % 2 ? "/block" : "");
	if (pv_httpc_do(&mine, client, &req, &answer) < 0)
		pv_panic(__FILE__, __LINE__, pv_error_text(&mine));
	PV_ASSERT(answer.status == 200 && next == TICKS);
	pv_ctx_done(&mine);
	return NULL;
}

/* Bodies of many sizes, larger than a TLS record too, quick and blocking. */
static void *
ask(void *arg)
{
	static char bytes[100000];
	pv_ctx mine;

	for (size_t i = 0; i < 60; i++) {
		size_t n = 1 + i * i * 27 % sizeof bytes;
		pv_httpc_req req = {.method = "PUT", .body = {bytes, n}, .timeout_ns = 600 * PV_SEC};
		pv_httpc_answer answer;

		pv_ctx_init(&mine, "asker");
		req.url = pv_printf(mine.arena, "https://localhost:%d%s/x", pv_http_port(http),
				    (i + (uintptr_t)arg) % 2 ? "/block" : "");
		if (pv_httpc_do(&mine, client, &req, &answer) < 0)
			pv_panic(__FILE__, __LINE__, pv_error_text(&mine));
		PV_ASSERT(answer.status == 200 && answer.body.len == n);
		pv_ctx_done(&mine);
	}
	return NULL;
}

static void
watchers_and_askers_disturb_nobody(void **state)
{
	pthread_t thread[WATCHERS + ASKERS];

	(void)state;
	for (uintptr_t i = 0; i < PV_LEN(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, i < WATCHERS ? watch : ask, (void *)i), 0);
	for (int i = 0; i < TICKS; i++) {
		pthread_mutex_lock(&mutex);
		made++;
		for (watcher *w = watchers; w != NULL; w = w->next)
			pv_http_stream_wake(w->stream);
		pthread_mutex_unlock(&mutex);
		sched_yield();
	}
	for (size_t i = 0; i < PV_LEN(thread); i++)
		pthread_join(thread[i], NULL);
	http = pv_http_close(http);
	assert_int_equal(ended, WATCHERS);
	assert_null(watchers);
}

/* curl http://...:6443 */
static void
plain_http_is_told(void **state)
{
	static const char asked[] = "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)pv_http_port(http)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char told[512];
	size_t len = 0;
	ssize_t n;

	(void)state;
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(send(fd, asked, sizeof asked - 1, MSG_NOSIGNAL), (int)sizeof asked - 1);
	while ((n = recv(fd, told + len, sizeof told - 1 - len, 0)) > 0)
		len += (size_t)n;
	told[len] = '\0';
	assert_int_equal(n, 0);
	assert_true(pv_starts_with(told, "HTTP/1.0 400 Bad Request\r\n"));
	assert_non_null(strstr(told, "an HTTP request to an HTTPS server"));
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_http_is_told),
		cmocka_unit_test(watchers_and_askers_disturb_nobody), /* closes the server */
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
