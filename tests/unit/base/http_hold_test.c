/* What answers may hold that nobody reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/http.h"
#include "base/str.h"
#include "base/time.h"
#include "unit/base/wire.h"

enum { BIG = 30 << 20, LIMIT = 40 << 20 }; /* more than a socket takes by itself */
static const char ask_big[] = "GET /big HTTP/1.1\r\nHost: h\r\n\r\n";

static pv_ctx cx;
static pv_http *http;

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	char *bytes;

	(void)arg;
	if (pv_streq(pv_http_path(req), "/wasteful"))
		(void)pv_alloc(c->arena, (size_t)2 * LIMIT + 1);
	if (!pv_streq(pv_http_path(req), "/big")) {
		pv_http_reply(req, 200, "text/plain", PV_STR("small"), pv_http_keep, NULL);
		return 0;
	}
	bytes = pv_alloc(c->arena, BIG);
	memset(bytes, 'x', BIG);
	pv_http_reply(req, 200, "text/plain", (pv_str){bytes, BIG}, pv_http_keep, NULL);
	return 0;
}

static void
fail_answer(pv_ctx *c, pv_http_req *req, void *arg)
{
	(void)arg;
	pv_http_reply(req, pv_code_http(c->err->code), "text/plain", pv_str_of(c->err->message), pv_http_keep,
		      NULL);
}

static void
serve(int64_t patience)
{
	pv_http_conf conf = {.host = "127.0.0.1",
			     .threads = 2,
			     .workers = 2,
			     .answers_limit = LIMIT,
			     .answers_patience = patience};

	conf.handle = handle, conf.fail = fail_answer;
	pv_ctx_init(&cx, "test");
	if (pv_http_open(&cx, &conf, &http) < 0)
		fail_msg("%s", pv_error_text(&cx));
}

static void
end(void)
{
	http = pv_http_close(http);
	pv_ctx_done(&cx);
}

/* Asks for the large answer and reads its head only. */
static int
ask_and_leave(void)
{
	char head[4096];
	int fd = wire_open(pv_http_port(http));

	wire_sends(fd, ask_big);
	wire_until(fd, head, sizeof head, "\r\n\r\n");
	return fd;
}

/* Bytes until the connection ends. */
static size_t
rest_of(int fd)
{
	static char room[1 << 16];
	size_t all = 0;
	ssize_t n;

	while ((n = read(fd, room, sizeof room)) > 0)
		all += (size_t)n;
	close(fd);
	return all;
}

static void
who_does_not_read_is_hung_up(void **state)
{
	static char body[BIG + 1024];
	int a, b, c;
	int64_t until;
	size_t len;

	(void)state;
	serve(50 * PV_MS);
	a = ask_and_leave();
	b = ask_and_leave();
	until = pv_mono() + 100 * PV_MS;
	while (pv_mono() < until) /* they have had their time */
		sched_yield();
	c = wire_open(pv_http_port(http));
	wire_sends(c, ask_big);
	assert_int_equal(wire_answer(c, body, sizeof body, &len), 200);
	assert_int_equal(len, BIG);
	assert_true(rest_of(a) < BIG / 2);
	assert_true(rest_of(b) < BIG / 2);
	close(c);
	end();
}

static void
nobody_is_hung_up_for_a_moment_and_the_next_is_refused(void **state)
{
	char body[4096];
	int a, b, c;

	(void)state;
	serve(3600 * PV_SEC);
	a = ask_and_leave();
	b = ask_and_leave();
	c = wire_open(pv_http_port(http));
	assert_int_equal(wire_ask(c, ask_big, body, sizeof body), 429);
	assert_non_null(strstr(body, "ask for less"));
	assert_int_equal(wire_ask(c, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", body, sizeof body), 200);
	close(a);
	close(b);
	close(c);
	end();
}

/* What alone is too much is not told to come back. */
static void
one_that_takes_all_is_refused_for_good(void **state)
{
	char body[4096];
	int c;

	(void)state;
	serve(3600 * PV_SEC);
	c = wire_open(pv_http_port(http));
	assert_int_equal(wire_ask(c, "GET /wasteful HTTP/1.1\r\nHost: h\r\n\r\n", body, sizeof body), 413);
	assert_non_null(strstr(body, "more than the 80 MB of memory that one request has"));
	assert_int_equal(wire_ask(c, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", body, sizeof body), 200);
	close(c);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_does_not_read_is_hung_up),
		cmocka_unit_test(nobody_is_hung_up_for_a_moment_and_the_next_is_refused),
		cmocka_unit_test(one_that_takes_all_is_refused_for_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
