/* How much is kept of the bodies of callers without credentials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/http.h"
#include "base/str.h"
#include "base/time.h"
#include "unit/base/wire.h"

enum { LIMIT = 100000, STRANGERS = 60000, SMALL = 10000 };
static const char stranger[] = "X-Stranger: y\r\n";

static pv_ctx cx;
static pv_http *http;

static struct { /* the stream of /hold, which has nothing to say until it ends */
	pthread_mutex_t mutex;
	pv_http_stream *stream;
	bool over;
} hold = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static ptrdiff_t
hold_pull(void *arg, char *out, size_t cap)
{
	ptrdiff_t n;

	(void)arg, (void)out, (void)cap;
	pthread_mutex_lock(&hold.mutex);
	n = hold.over ? -1 : 0;
	pthread_mutex_unlock(&hold.mutex);
	return n;
}

static void
hold_done(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&hold.mutex);
	hold.stream = NULL;
	pthread_mutex_unlock(&hold.mutex);
}

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	static const pv_http_source source = {hold_pull, hold_done, NULL};

	(void)arg;
	if (pv_streq(pv_http_path(req), "/hold")) {
		pthread_mutex_lock(&hold.mutex);
		hold.stream = pv_http_stream_open(req, 200, "text/plain", &source);
		pthread_mutex_unlock(&hold.mutex);
		return 0;
	}
	pv_http_reply(req, 200, "text/plain",
		      pv_str_of(pv_printf(c->arena, "%zu bytes", pv_http_body(req).len)), pv_http_keep, NULL);
	return 0;
}

static void
fail_answer(pv_ctx *c, pv_http_req *req, void *arg)
{
	(void)arg;
	pv_http_reply(req, pv_code_http(c->err->code), "text/plain", pv_str_of(c->err->message), pv_http_keep,
		      NULL);
}

static bool
knows(pv_ctx *c, pv_http_req *req, void *arg)
{
	(void)c, (void)arg;
	return pv_http_header(req, "X-Stranger") == NULL;
}

static void
send_body(int fd, const char *path, const char *headers, size_t len)
{
	static char bytes[LIMIT];
	char head[256];

	snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: h\r\n%sContent-Length: %zu\r\n\r\n", path,
		 headers, len);
	memset(bytes, 'x', sizeof bytes);
	wire_sends(fd, head);
	wire_send(fd, bytes, len);
}

static const char *
post(int fd, const char *headers, size_t len)
{
	static char answer[256];

	send_body(fd, "/x", headers, len);
	(void)wire_answer(fd, answer, sizeof answer, NULL);
	return answer;
}

static void
let_go(void)
{
	pthread_mutex_lock(&hold.mutex);
	hold.over = true;
	if (hold.stream != NULL)
		pv_http_stream_wake(hold.stream);
	pthread_mutex_unlock(&hold.mutex);
}

/* The budget holds one such body, not two. */
static void
strangers_share_a_budget(void **state)
{
	static const char all[] = "60000 bytes";
	char head[4096];
	int holds = wire_open(pv_http_port(http)), fd = wire_open(pv_http_port(http));
	int64_t until = pv_mono() + 120 * PV_SEC;

	(void)state;
	send_body(holds, "/hold", stranger, STRANGERS);
	wire_until(holds, head, sizeof head, "\r\n\r\n");
	assert_string_equal(post(fd, stranger, STRANGERS),
			    "too many large requests without valid credentials at a time; try again");
	assert_string_equal(post(fd, stranger, SMALL), "10000 bytes");
	assert_string_equal(post(fd, "", STRANGERS), all);
	let_go();
	while (!pv_streq(post(fd, stranger, STRANGERS), all)) /* given back when the request has ended */
		assert_true(pv_mono() < until);
	close(holds);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(strangers_share_a_budget)};
	pv_http_conf conf = {.host = "127.0.0.1",
			     .body_limit = LIMIT,
			     .threads = 2,
			     .workers = 4,
			     .handle = handle,
			     .fail = fail_answer,
			     .knows = knows,
			     .strangers_limit = STRANGERS};
	int r;

	pv_ctx_init(&cx, "test");
	if (pv_http_open(&cx, &conf, &http) < 0)
		return 1;
	r = cmocka_run_group_tests_name("http bodies", tests, NULL, NULL);
	pv_http_close(http);
	pv_ctx_done(&cx);
	return r;
}
