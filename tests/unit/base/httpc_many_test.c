/* Requests side by side on one thread: each ends as it would alone, and a watch among them holds no other up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/http.h"
#include "base/httpc_many.h"
#include "base/str.h"
#include "base/time.h"

#define MANY 20

static pv_ctx cx;
static pv_http *http;
static pv_httpc *client;

struct ending {
	int ends, r, status, lines;
	const char *text;
};

/* One line, and then none: as a watch of what never changes. */
static ptrdiff_t
pull_one(void *arg, char *out, size_t cap)
{
	int *sent = arg;

	if ((*sent)++ || cap < 6)
		return 0;
	memcpy(out, "hello\n", 6);
	return 6;
}

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	static int sent;

	(void)arg;
	if (pv_streq(pv_http_path(req), "/watch")) {
		pv_http_source source = {pull_one, NULL, &sent};

		sent = 0;
		(void)pv_http_stream_open(req, 200, "text/plain", &source);
		return 0;
	}
	if (pv_streq(pv_http_path(req), "/none"))
		return pv_fail(c, PV_ENOTFOUND, "none");
	pv_http_reply(req, 200, "text/plain", pv_str_of(pv_http_path(req)), NULL, NULL);
	return 0;
}

static void
fail_answer(pv_ctx *c, pv_http_req *req, void *arg)
{
	(void)arg;
	pv_http_reply(req, pv_code_http(c->err->code), "text/plain", pv_str_of(c->err->message), NULL, NULL);
}

static int
open_all(void **state)
{
	pv_http_conf conf = {.host = "127.0.0.1", .threads = 1, .handle = handle, .fail = fail_answer};

	(void)state;
	pv_ctx_init(&cx, "test");
	if (pv_http_open(&cx, &conf, &http) < 0)
		return -1;
	return pv_httpc_open(&cx, NULL, &client);
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

static void
on_end(void *arg, pv_ctx *c, int r, const pv_httpc_answer *answer)
{
	struct ending *e = arg;

	e->ends++;
	e->r = r;
	e->status = answer ? answer->status : 0;
	e->text = pv_strdup(cx.arena, answer ? answer->body.s : pv_error_text(c));
}

static int
on_line(void *arg, pv_str line)
{
	((struct ending *)arg)->lines += pv_str_is(line, "hello");
	return 0;
}

static pv_httpc_req
request(const char *path)
{
	return (pv_httpc_req){.url = pv_printf(cx.arena, "http://127.0.0.1:%d%s", pv_http_port(http), path)};
}

static void
each_ends_as_it_would_alone(void **state)
{
	pv_httpc_many *many = pv_httpc_many_open(client);
	struct ending watch = {0}, none = {0}, nowhere = {0}, broken = {0}, all[MANY] = {{0}};
	static const char *const bad[] = {"X: a\r\nb", NULL};
	pv_httpc_req req = request("/watch");
	int ended = 0;

	(void)state;
	req.on_line = on_line;
	req.arg = &watch;
	req.timeout_ns = -1;
	pv_httpc_many_add(many, &req, on_end, &watch);
	req = request("/none");
	pv_httpc_many_add(many, &req, on_end, &none);
	req = (pv_httpc_req){.url = "http://127.0.0.1:1/"};
	pv_httpc_many_add(many, &req, on_end, &nowhere);
	req = request("/bad");
	req.headers = bad;
	pv_httpc_many_add(many, &req, on_end, &broken);
	for (size_t i = 0; i < MANY; i++) {
		req = request(pv_printf(cx.arena, "/%zu", i));
		pv_httpc_many_add(many, &req, on_end, &all[i]);
	}
	while (ended < MANY || !watch.lines || !none.ends || !nowhere.ends || !broken.ends) {
		pv_httpc_many_run(many, PV_SEC);
		ended = 0;
		for (size_t i = 0; i < MANY; i++)
			ended += all[i].ends;
	}
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(all[i].ends, 1);
		assert_int_equal(all[i].status, 200);
		assert_string_equal(all[i].text, pv_printf(cx.arena, "/%zu", i));
	}
	assert_int_equal(none.status, 404);
	assert_int_equal(nowhere.r, -PV_EUNAVAILABLE);
	assert_int_equal(broken.r, -PV_EBADREQUEST);
	assert_int_equal(watch.ends, 0); /* it goes on, and is dropped */
	assert_null(pv_httpc_many_close(many));
	assert_int_equal(watch.ends, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ends_as_it_would_alone),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
