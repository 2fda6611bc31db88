/* What is no HTTP request: the answers are the server's owner's, not the library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/http.h"
#include "base/str.h"
#include "wire.h"

static pv_ctx cx;
static pv_http *http;

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	(void)c, (void)arg;
	pv_http_reply(req, 200, "text/plain", pv_str_of(pv_http_method(req)), NULL, NULL);
	return 0;
}

static void
fail_answer(pv_ctx *c, pv_http_req *req, void *arg)
{
	const char *text = pv_printf(c->arena, "%s: %s", pv_code_reason(c->err->code), c->err->message);

	(void)arg;
	pv_http_reply(req, pv_code_http(c->err->code), "text/plain", pv_str_of(text), pv_http_keep, NULL);
}

static const char *
refuse(pv_ctx *c, int status, void *arg)
{
	(void)arg;
	return pv_printf(c->arena, "refused with %d", status);
}

static int
open_server(void **state)
{
	pv_http_conf conf = {.host = "127.0.0.1",
			     .body_limit = 1000,
			     .threads = 1,
			     .workers = 1,
			     .handle = handle,
			     .fail = fail_answer,
			     .refuse = refuse};

	(void)state;
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

static int
ask(const char *request, char *body, size_t cap)
{
	int fd = wire_open(pv_http_port(http)), status = wire_ask(fd, request, body, cap);

	close(fd);
	return status;
}

/* '~': a NUL. */
static int
ask_with_nuls(const char *request, char *body, size_t cap)
{
	int fd = wire_open(pv_http_port(http)), status;
	size_t len = strlen(request);
	char *text = pv_strndup(cx.arena, request, len);

	for (size_t i = 0; i < len; i++)
		if (text[i] == '~')
			text[i] = '\0';
	assert_int_equal(write(fd, text, len), len);
	status = wire_ask(fd, "", body, cap);
	close(fd);
	return status;
}

static void
what_is_no_request_is_refused_in_our_words(void **state)
{
	static const struct {
		const char *request;
		int status;
	} bad[] = {
		{"GET /x HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400},
		{"GET /x HTTP/9.9\r\nHost: h\r\n\r\n", 505},
		{"PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		{"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: abc\r\n\r\n", 400},
		{"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n", 400},
		{"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n", 400},
		{"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413},
	};
	char body[4096], want[64];

	(void)state;
	for (size_t i = 0; i < PV_LEN(bad); i++) {
		assert_int_equal(ask(bad[i].request, body, sizeof body), bad[i].status);
		snprintf(want, sizeof want, "refused with %d", bad[i].status);
		assert_string_equal(body, want);
	}
}

static void
what_is_too_long_is_refused_in_our_words(void **state)
{
	char body[4096], *big = pv_alloc0(cx.arena, 70001);

	(void)state;
	memset(big, 'a', 70000);
	assert_int_equal(ask(pv_printf(cx.arena, "GET /%s", big), body, sizeof body), 414);
	assert_string_equal(body, "refused with 414");
	assert_int_equal(
		ask(pv_printf(cx.arena, "GET / HTTP/1.1\r\nHost: h\r\nX: %s", big), body, sizeof body), 431);
	assert_string_equal(body, "refused with 431");
}

static void
what_can_be_read_is_ours_to_refuse(void **state)
{
	char body[4096];

	(void)state;
	assert_int_equal(ask("GET /x HTTP/1.1\r\n\r\n", body, sizeof body), 400);
	assert_string_equal(body, "BadRequest: the request has no Host header (RFC 9112, 3.2)");
	assert_int_equal(ask("PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
			     "Content-Length: 3\r\n\r\n0\r\n\r\n",
			     body, sizeof body),
			 400);
	assert_non_null(strstr(body, "where the body ends"));
	assert_int_equal(
		ask("PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: bogus\r\n\r\n", body, sizeof body),
		400);
	assert_int_equal(ask("BREW /x HTTP/1.1\r\nHost: h\r\n\r\n", body, sizeof body), 200);
	assert_string_equal(body, "BREW");
}

/* To microhttpd a value ends there, and a folded one goes on. */
static void
values_that_are_cut_are_refused(void **state)
{
	static const char *const bad[] = {
		"PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked~x\r\n\r\n0\r\n\r\n",
		"PUT /x HTTP/1.1\r\nContent-Length: 2~3\r\nHost: h\r\n\r\nab",
		"GET /x HTTP/1.1\r\nHost: h\r\nX: ~\r\n\r\n",
		"GET /x HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
	};
	char body[4096];

	(void)state;
	for (size_t i = 0; i < PV_LEN(bad); i++) {
		assert_int_equal(ask_with_nuls(bad[i], body, sizeof body), 400);
		assert_non_null(strstr(body, "a header has a NUL, or goes on in another line"));
	}
	assert_int_equal(ask_with_nuls("GET /x~y HTTP/1.1\r\nHost: h\r\n\r\n", body, sizeof body), 400);
	assert_non_null(strstr(body, "the address (URI) has a NUL"));
	assert_int_equal(ask("GET http://h/x?a=b HTTP/1.1\r\nHost: h\r\n\r\n", body, sizeof body), 200);
	assert_int_equal(ask("GET /x HTTP/1.1\r\nHost: h\r\nX: a \t\r\nY:\r\n\r\n", body, sizeof body), 200);
	assert_int_equal(ask("GET /x HTTP/1.1\nHost: h\nX: a\n\n", body, sizeof body), 200);
}

/* What a proxy before us may read in another way. */
static void
heads_with_two_readings_are_refused(void **state)
{
	static const struct {
		const char *request, *why;
	} bad[] = {
		{"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
		 "where the body ends"},
		{"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\ncontent-length: 3\r\n\r\nabc",
		 "where the body ends"},
		{"PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		 "where the body ends"},
		{"PUT /x HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		 "where the body ends"},
		{"GET /x HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", "more than one Host"},
		{"GET /x HTTP/1.1\r\nHost: h\r\nX-Y : z\r\n\r\n", "blank in its name"},
		{"GET /x HTTP/1.1\r\nHost: h\r\nX(Y: z\r\n\r\n", "a byte that no name has"},
		{"GET /x HTTP/1.1\r\nHost: h\r\nX\xc3\xa9: z\r\n\r\n", "a byte that no name has"},
		{"GET /x HTTP/1.1\r\nHost: h\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n",
		 "control character"},
		{"GET /x HTTP/1.1\r\nHost: h\r\nX: a\x7f\r\n\r\n", "control character"},
		{"GET /x HTTP/1.1\r\nHost: h/i\r\n\r\n", "no host has"},
		{"GET /x HTTP/1.1\r\nHost: h i\r\n\r\n", "no host has"},
		{"G(T /x HTTP/1.1\r\nHost: h\r\n\r\n", "no method has"},
		{"GET /x y HTTP/1.1\r\nHost: h\r\n\r\n", "a blank or a control character"},
		{"GET /x\x01 HTTP/1.1\r\nHost: h\r\n\r\n", "a blank or a control character"},
		{"GET x HTTP/1.1\r\nHost: h\r\n\r\n", "does not begin with a slash"},
	};
	static const char *const good[] = {
		"GET /x HTTP/1.1\r\nHost: [::1]:80\r\nX-A_b.~!#$%&'*+^`|: a\tb \xc3\xa9\r\n\r\n",
		"GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n", "GET /x HTTP/1.1\r\nHost:\r\n\r\n"};
	char body[4096];

	(void)state;
	for (size_t i = 0; i < PV_LEN(good); i++)
		assert_int_equal(ask(good[i], body, sizeof body), 200);
	for (size_t i = 0; i < PV_LEN(bad); i++) {
		assert_int_equal(ask(bad[i].request, body, sizeof body), 400);
		assert_non_null(strstr(body, bad[i].why));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_request_is_refused_in_our_words),
		cmocka_unit_test(what_is_too_long_is_refused_in_our_words),
		cmocka_unit_test(what_can_be_read_is_ours_to_refuse),
		cmocka_unit_test(values_that_are_cut_are_refused),
		cmocka_unit_test(heads_with_two_readings_are_refused),
	};

	return cmocka_run_group_tests(tests, open_server, close_server);
}
