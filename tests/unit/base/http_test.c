#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/http.h"
#include "base/str.h"
#include "base/time.h"
#include "unit/base/wire.h"

enum { LIMIT = 100000 };

/* The body of the answer comes into the array `body` of whoever asks. */
#define ANSWERED(fd, text, status) assert_int_equal(wire_ask(fd, text, body, sizeof body), status)

static pv_ctx cx;
static pv_http *http;
static atomic_int sents, released;
static atomic_size_t sent_bytes;

/* ---- a server whose paths are the cases ---- */

static void
echo(pv_ctx *c, pv_http_req *req)
{
	const char *name, *value;
	size_t pos = 0;
	pv_str body = pv_http_body(req);
	pv_buf b;

	pv_buf_init(&b, c->arena);
	pv_buf_printf(&b, "%s|%s|%s|%s|", pv_http_method(req), pv_http_path(req), pv_http_target(req),
		      pv_http_peer(req));
	while (pv_http_query_each(req, &pos, &name, &value))
		pv_buf_printf(&b, "<%s>=<%s>", name, value);
	pos = 0;
	while (pv_http_header_each(req, &pos, &name, &value))
		if (strncasecmp(name, "X-", 2) == 0)
			pv_buf_printf(&b, "[%s]", value);
	pv_buf_addc(&b, '|');
	pv_buf_add(&b, body.s, body.len);
	pv_http_set(req, "X-One", "a\r\nInjected: yes");
	pv_http_set(req, "X-Two", "b");
	pv_http_set(req, "X-Two", "c");
	pv_http_reply(req, 200, "text/plain", (pv_str){b.s, b.len}, pv_http_keep, NULL);
}

static void
count_release(void *arg)
{
	free(arg);
	atomic_fetch_add(&released, 1);
}

struct ticker { /* a stream that another thread feeds */
	pthread_mutex_t mutex;
	pv_http_stream *stream;
	int made, taken;
	int empty; /* pulls that found nothing */
	bool over;
	atomic_int done;
};

static struct ticker ticker;

static ptrdiff_t
tick_pull(void *arg, char *out, size_t cap)
{
	struct ticker *t = arg;
	ptrdiff_t n = 0;

	pthread_mutex_lock(&t->mutex);
	while (t->taken < t->made && cap - (size_t)n > 16)
		n += snprintf(out + n, cap - (size_t)n, "%d\n", t->taken++);
	if (n == 0 && t->over)
		n = -1;
	t->empty += n == 0;
	pthread_mutex_unlock(&t->mutex);
	return n;
}

static void
tick_done(void *arg)
{
	struct ticker *t = arg;

	pthread_mutex_lock(&t->mutex);
	t->stream = NULL;
	pthread_mutex_unlock(&t->mutex);
	atomic_fetch_add(&t->done, 1);
}

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	const char *path = pv_http_path(req);

	(void)arg;
	if (pv_ends_with(path, "/error"))
		return pv_fail(c, PV_ENOTFOUND, "nothing is at %s", path);
	if (pv_ends_with(path, "/silent"))
		return 0;
	if (pv_ends_with(path, "/released")) {
		char *body = strdup("on the heap");
		pv_http_reply(req, 200, "text/plain", pv_str_of(body), count_release, body);
		return 0;
	}
	if (pv_ends_with(path, "/large")) {
		size_t n = 5 << 20;
		char *body = pv_alloc(c->arena, n);
		memset(body, 'x', n);
		pv_http_reply(req, 200, "text/plain", (pv_str){body, n}, pv_http_keep, NULL);
		return 0;
	}
	if (pv_ends_with(path, "/ticks")) {
		pv_http_source source = {tick_pull, tick_done, &ticker};
		pthread_mutex_lock(&ticker.mutex);
		ticker.stream = pv_http_stream_open(req, 200, "text/plain", &source);
		pthread_mutex_unlock(&ticker.mutex);
		return 0;
	}
	echo(c, req);
	return 0;
}

static void
fail_answer(pv_ctx *c, pv_http_req *req, void *arg)
{
	const char *text = pv_printf(c->arena, "%s: %s", pv_code_reason(c->err->code), c->err->message);

	(void)arg;
	pv_http_reply(req, pv_code_http(c->err->code), "text/plain", pv_str_of(text), pv_http_keep, NULL);
}

static bool
blocks(pv_http_req *req, void *arg)
{
	(void)arg;
	return pv_starts_with(pv_http_path(req), "/block");
}

static void
count_sent(pv_http_req *req, int status, size_t bytes, int64_t ns, void *arg)
{
	(void)req, (void)status, (void)arg;
	assert_true(ns >= 0);
	atomic_fetch_add(&sents, 1);
	atomic_fetch_add(&sent_bytes, bytes);
}

static int
open_server(void **state)
{
	pv_http_conf conf = {.host = "127.0.0.1", .body_limit = LIMIT, .threads = 2, .workers = 4};

	conf.handle = handle, conf.fail = fail_answer, conf.blocks = blocks, conf.sent = count_sent;

	(void)state;
	memset(&ticker, 0, sizeof ticker);
	pthread_mutex_init(&ticker.mutex, NULL);
	if (cx.arena == NULL)
		pv_ctx_init(&cx, "test");
	return pv_http_open(&cx, &conf, &http);
}

static int
close_server(void **state)
{
	(void)state;
	http = pv_http_close(http);
	pv_ctx_done(&cx);
	return 0;
}

static void
requests_arrive_raw_and_decoded(void **state)
{
	static const char *const prefix[] = {"", "/block"};
	static const char query[] = "?x=1&x=%C3%A4+b&&empty=&bare&bad=%zz%00&=v";
	char body[4096], request[1024], want[1024];
	int fd = wire_open(pv_http_port(http));

	(void)state;
	for (size_t i = 0; i < 2; i++) { /* on the loop thread, and on a worker */
		snprintf(request, sizeof request,
			 "POST %s/a%%2Fb/c%s HTTP/1.1\r\nHost: h\r\n"
			 "X-Group: one\r\nx-group: two\r\nContent-Length: 5\r\n\r\nhello",
			 prefix[i], query);
		snprintf(want, sizeof want,
			 "POST|%s/a%%2Fb/c|%s/a%%2Fb/c%s|127.0.0.1|"
			 "<x>=<1><x>=<\xc3\xa4 b><empty>=<><bare>=<><bad>=<%%zz%%00><>=<v>[one][two]|hello",
			 prefix[i], prefix[i], query);
		ANSWERED(fd, request, 200);
		assert_string_equal(body, want);
	}
	ANSWERED(fd, "GET http://h/abs?q HTTP/1.1\r\nHost: h\r\n\r\n", 200);
	assert_string_equal(body, "GET|/abs|/abs?q|127.0.0.1|<q>=<>|");
	close(fd);
}

static void
header_values_cannot_split_an_answer(void **state)
{
	char head[4096];
	int fd = wire_open(pv_http_port(http));

	(void)state;
	wire_sends(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	wire_until(fd, head, sizeof head, "\r\n\r\n");
	assert_non_null(strstr(head, "X-One: a  Injected: yes\r\n"));
	assert_non_null(strstr(head, "X-Two: b\r\n"));
	assert_non_null(strstr(head, "X-Two: c\r\n"));
	assert_null(strstr(head, "\r\nInjected"));
	close(fd);
}

static void
errors_and_forgotten_answers_are_told(void **state)
{
	char body[4096];
	int fd = wire_open(pv_http_port(http));

	(void)state;
	ANSWERED(fd, "GET /error HTTP/1.1\r\nHost: h\r\n\r\n", 404);
	assert_string_equal(body, "NotFound: nothing is at /error");
	ANSWERED(fd, "GET /block/error HTTP/1.1\r\nHost: h\r\n\r\n", 404);
	ANSWERED(fd, "GET /silent HTTP/1.1\r\nHost: h\r\n\r\n", 500);
	assert_string_equal(body, "InternalError: GET /silent: the handler gave no answer");
	close(fd);
}

static void
bodies_are_limited(void **state)
{
	static char body[4096], big[LIMIT + 1], full[LIMIT + 4096];
	char request[256];
	size_t len;
	int fd = wire_open(pv_http_port(http));

	(void)state;
	memset(big, 'y', sizeof big);
	for (size_t n = LIMIT; n <= LIMIT + 1; n++) {
		snprintf(request, sizeof request, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n",
			 n);
		wire_sends(fd, request);
		wire_send(fd, big, n);
		if (n == LIMIT) {
			assert_int_equal(wire_answer(fd, full, sizeof full, &len), 200);
			assert_true(len > LIMIT);
		} else {
			assert_int_equal(wire_answer(fd, body, sizeof body, NULL), 413);
			assert_non_null(strstr(body, "limit of 100000 bytes"));
		}
	}
	/* the same in chunks, whose sum nobody announced */
	wire_sends(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 11; i++) {
		wire_sends(fd, "2710\r\n");
		wire_send(fd, big, 10000);
		wire_sends(fd, "\r\n");
	}
	wire_sends(fd, "0\r\n\r\n");
	assert_int_equal(wire_answer(fd, body, sizeof body, NULL), 413);
	close(fd);
	/* one that asks first is told before it sends */
	fd = wire_open(pv_http_port(http));
	ANSWERED(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9000000\r\n\r\n",
		 413);
	close(fd);
	/* one that never ends is cut off */
	fd = wire_open(pv_http_port(http));
	wire_sends(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 900000000\r\n\r\n");
	for (int i = 0; i < 40; i++)
		wire_send(fd, big, sizeof big);
	assert_true(wire_at_end(fd));
	close(fd);
}

static void
headers_of_16_kB_fit(void **state)
{
	static char request[20000], body[4096];
	int fd = wire_open(pv_http_port(http));
	int n = snprintf(request, sizeof request, "GET /x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ");

	(void)state;
	memset(request + n, 'a', 16384);
	memcpy(request + n + 16384, "\r\n\r\n", 5);
	ANSWERED(fd, request, 200);
	close(fd);
}

static void
bodies_are_released_once(void **state)
{
	static const char *const requests[] = {"GET /block/released HTTP/1.1\r\nHost: h\r\n\r\n",
					       "GET /released HTTP/1.1\r\nHost: h\r\n\r\n"};
	static char body[6 << 20];
	int before = atomic_load(&released), fd = wire_open(pv_http_port(http));
	size_t len;

	(void)state;
	for (int i = 0; i < 50; i++)
		ANSWERED(fd, requests[i % 2], 200);
	assert_string_equal(body, "on the heap");
	wire_sends(fd, "GET /block/large HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(wire_answer(fd, body, sizeof body, &len), 200);
	assert_int_equal(len, 5 << 20);
	wire_sends(fd, "HEAD /released HTTP/1.1\r\nHost: h\r\n\r\n");
	wire_until(fd, body, sizeof body, "\r\n\r\n");
	close(fd);
	http = pv_http_close(http);
	assert_int_equal(atomic_load(&released) - before, 51);
	assert_true(open_server(NULL) == 0);
}

static void *
feed(void *arg)
{
	int n = *(int *)arg;

	for (int i = 0; i < n; i++) {
		pthread_mutex_lock(&ticker.mutex);
		ticker.made++;
		if (ticker.stream != NULL)
			pv_http_stream_wake(ticker.stream);
		pthread_mutex_unlock(&ticker.mutex);
		if (i % 16 == 0)
			sched_yield();
	}
	return NULL;
}

/* Four feeders; every tick arrives, in order, and the end ends it. */
static void
streams_lose_no_wake(void **state)
{
	enum { FEEDERS = 4 };
	static int ticks = 5000;
	pthread_t thread[FEEDERS];
	int fd = wire_open(pv_http_port(http));
	size_t len;
	static char body[1 << 20];
	char *at = body;

	(void)state;
	wire_sends(fd, "GET /ticks HTTP/1.1\r\nHost: h\r\n\r\n");
	for (int i = 0; i < FEEDERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, feed, &ticks), 0);
	for (int i = 0; i < FEEDERS; i++)
		pthread_join(thread[i], NULL);
	pthread_mutex_lock(&ticker.mutex);
	ticker.over = true;
	if (ticker.stream != NULL)
		pv_http_stream_wake(ticker.stream);
	pthread_mutex_unlock(&ticker.mutex);
	assert_int_equal(wire_answer(fd, body, sizeof body, &len), 200);
	for (int i = 0; i < FEEDERS * ticks; i++)
		assert_int_equal(strtol(at, &at, 10), i);
	/* the connection is good for another request */
	ANSWERED(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200);
	assert_int_equal(atomic_load(&ticker.done), 1);
	close(fd);
}

static void
streams_wake_at_an_instant(void **state)
{
	char body[4096];
	int fd = wire_open(pv_http_port(http));
	int64_t start;
	bool opened = false;

	(void)state;
	wire_sends(fd, "GET /ticks HTTP/1.1\r\nHost: h\r\n\r\n");
	wire_until(fd, body, sizeof body, "\r\n\r\n");
	while (!opened) {
		pthread_mutex_lock(&ticker.mutex);
		opened = ticker.empty > 0;
		if (opened) {
			start = pv_mono();
			ticker.over = true; /* seen at the next pull, which needs a wake */
			pv_http_stream_wake_at(ticker.stream, start + 60 * PV_MS);
		}
		pthread_mutex_unlock(&ticker.mutex);
	}
	wire_until(fd, body, sizeof body, "0\r\n\r\n");
	assert_true(pv_mono() - start >= 60 * PV_MS);
	close(fd);
}

static void
a_client_that_leaves_ends_its_sleeping_stream(void **state)
{
	char body[4096];
	int fd = wire_open(pv_http_port(http));

	(void)state;
	wire_sends(fd, "GET /block/ticks HTTP/1.1\r\nHost: h\r\n\r\n");
	wire_until(fd, body, sizeof body, "\r\n\r\n");
	close(fd);
	wire_wait_for(&ticker.done, 1);
}

/* More connections at once than the usual soft limit of descriptors allows. */
static void
the_soft_limit_of_descriptors_is_no_limit(void **state)
{
	enum { MANY = 600 };
	struct rlimit before, low;
	static int fd[MANY];
	char body[256];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	if (before.rlim_max < 4 * MANY)
		return;
	low = (struct rlimit){.rlim_cur = 256, .rlim_max = before.rlim_max};
	http = pv_http_close(http);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(open_server(NULL), 0);
	for (int i = 0; i < MANY; i++)
		fd[i] = wire_open(pv_http_port(http));
	for (int i = 0; i < MANY; i++)
		ANSWERED(fd[i], "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 200), close(fd[i]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void
closing_ends_streams_and_waits_for_handlers(void **state)
{
	char body[4096];
	int fd = wire_open(pv_http_port(http)), idle = wire_open(pv_http_port(http));

	(void)state;
	wire_sends(fd, "GET /ticks HTTP/1.1\r\nHost: h\r\n\r\n");
	wire_until(fd, body, sizeof body, "\r\n\r\n");
	for (int i = 0; i < 20; i++) {
		int quick = wire_open(pv_http_port(http));
		wire_sends(quick, "GET /block/x HTTP/1.1\r\nHost: h\r\n\r\n");
		close(quick);
	}
	http = pv_http_close(http);
	wire_until(fd, body, sizeof body, "0\r\n\r\n"); /* an orderly end */
	assert_true(wire_at_end(fd));
	assert_true(wire_at_end(idle));
	assert_int_equal(atomic_load(&ticker.done), 1);
	close(fd);
	close(idle);
	assert_true(open_server(NULL) == 0);
}

static void
every_request_is_reported(void **state)
{
	char body[4096];
	int before = atomic_load(&sents), fd = wire_open(pv_http_port(http));
	size_t bytes = atomic_load(&sent_bytes);

	(void)state;
	ANSWERED(fd, "GET /error HTTP/1.1\r\nHost: h\r\n\r\n", 404);
	ANSWERED(fd, "GET /block/x HTTP/1.1\r\nHost: h\r\n\r\n", 200);
	close(fd);
	wire_wait_for(&sents, before + 2);
	assert_int_equal(atomic_load(&sent_bytes) - bytes, strlen("NotFound: nothing is at /error"
								  "GET|/block/x|/block/x|127.0.0.1||"));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, open_server, close_server)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(requests_arrive_raw_and_decoded),
		CASE(header_values_cannot_split_an_answer),
		CASE(errors_and_forgotten_answers_are_told),
		CASE(bodies_are_limited),
		CASE(headers_of_16_kB_fit),
		CASE(bodies_are_released_once),
		CASE(streams_lose_no_wake),
		CASE(streams_wake_at_an_instant),
		CASE(a_client_that_leaves_ends_its_sleeping_stream),
		CASE(the_soft_limit_of_descriptors_is_no_limit),
		CASE(closing_ends_streams_and_waits_for_handlers),
		CASE(every_request_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
