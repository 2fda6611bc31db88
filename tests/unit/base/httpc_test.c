/* The client against the server, over TLS with certificates of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/http.h"
#include "base/httpc.h"
#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"
#include "unit/base/wire.h"

static pv_ctx cx;
static pv_pem ca, other_ca, server_pem, client_pem, stranger_pem;
static pv_http *http;

struct lines {
	pv_http_stream *stream;
	int sent;
};

static ptrdiff_t
pull_lines(void *arg, char *out, size_t cap)
{
	static const char text[] = "{\"n\":1}\r\n{\"n\":2}\n\n{\"n\":4}\n{\"n\"", rest[] = ":5}";
	int *sent = arg;

	(void)cap;
	switch ((*sent)++) {
	case 0: memcpy(out, text, sizeof text - 1); return sizeof text - 1;
	case 1: memcpy(out, rest, sizeof rest - 1); return sizeof rest - 1;
	default: return -1;
	}
}

static ptrdiff_t
pull_nothing(void *arg, char *out, size_t cap)
{
	(void)arg, (void)out, (void)cap;
	return 0;
}

static void
tell_identity(pv_ctx *c, pv_http_req *req)
{
	const char *cn, *auth = pv_http_header(req, "Authorization");
	int64_t ends;
	pv_vec orgs;
	pv_buf b;

	pv_buf_init(&b, c->arena);
	pv_buf_printf(&b, "auth=%s;", auth != NULL ? auth : "");
	if (pv_http_client_cert(req, c, &cn, &orgs, &ends)) {
		pv_buf_printf(&b, "cn=%s;", cn);
		for (size_t i = 0; i < orgs.len; i++)
			pv_buf_printf(&b, "o=%s;", *PV_AT(const char *, &orgs, i));
	}
	if (pv_http_client_cert_refused(req, c))
		pv_buf_adds(&b, "refused;");
	pv_http_reply(req, 200, "text/plain", (pv_str){b.s, b.len}, pv_http_keep, NULL);
}

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	static int sent;
	const char *path = pv_http_path(req);

	(void)arg;
	if (pv_streq(path, "/who")) {
		tell_identity(c, req);
	} else if (pv_streq(path, "/lines")) {
		pv_http_source source = {pull_lines, NULL, &sent};
		sent = 0;
		pv_http_stream_open(req, 200, "application/json", &source);
	} else if (pv_streq(path, "/never")) {
		pv_http_source source = {pull_nothing, NULL, NULL};
		pv_http_stream_open(req, 200, "application/json", &source);
	} else if (pv_streq(path, "/away")) {
		pv_http_set(req, "Location", pv_http_query(req, "to"));
		pv_http_reply(req, 302, "text/plain", PV_STR("elsewhere"), pv_http_keep, NULL);
	} else if (pv_streq(path, "/echo")) {
		const char *type = pv_http_header(req, "Content-Type");
		pv_str body = pv_http_body(req);
		pv_buf b;

		pv_buf_init(&b, c->arena);
		pv_buf_printf(&b, "%s %s ", pv_http_method(req), type != NULL ? type : "-");
		pv_buf_add(&b, body.s, body.len);
		pv_http_set(req, "X-Twice", "one");
		pv_http_reply(req, 201, "text/plain", (pv_str){b.s, b.len}, pv_http_keep, NULL);
	} else {
		return pv_fail(c, PV_ENOTFOUND, "no %s", path);
	}
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
	static const char *const groups[] = {"system:masters", "dev"};
	pv_http_conf conf = {.host = "127.0.0.1",
			     .body_limit = 1 << 20,
			     .threads = 1,
			     .handle = handle,
			     .fail = fail_answer};

	(void)state;
	pv_ctx_init(&cx, "test");
	if (pv_pki_new_ca(&cx, "ca", 10, &ca) < 0 || pv_pki_new_ca(&cx, "ca", 10, &other_ca) < 0 ||
	    pv_pki_new_server(&cx, &ca, "pave", NULL, 0, 10, &server_pem) < 0 ||
	    pv_pki_new_client(&cx, &ca, "alice", groups, 2, 10, &client_pem) < 0 ||
	    pv_pki_new_client(&cx, &other_ca, "mallory", groups, 2, 10, &stranger_pem) < 0)
		return -1;
	conf.cert_pem = server_pem.cert;
	conf.key_pem = server_pem.key;
	conf.client_ca_pem = ca.cert;
	return pv_http_open(&cx, &conf, &http);
}

static int
close_all(void **state)
{
	(void)state;
	http = pv_http_close(http);
	pv_ctx_done(&cx);
	return 0;
}

static const char *
url(const char *path)
{
	return pv_printf(cx.arena, "https://localhost:%d%s", pv_http_port(http), path);
}

static pv_httpc *
client(const pv_httpc_conf *conf)
{
	pv_httpc *c = NULL;

	assert_int_equal(pv_httpc_open(&cx, conf, &c), 0);
	return c;
}

static const char *
get(const pv_httpc_conf *conf, const char *path, int want)
{
	pv_httpc *c = client(conf);
	pv_httpc_req req = {.url = url(path)};
	pv_httpc_answer answer;

	if (pv_httpc_do(&cx, c, &req, &answer) < 0)
		fail_msg("%s", pv_error_text(&cx));
	assert_int_equal(answer.status, want);
	pv_httpc_close(c);
	return answer.body.s;
}

static void
the_server_learns_who_asks(void **state)
{
	pv_httpc_conf plain = {.ca_pem = ca.cert};
	pv_httpc_conf cert = {.ca_pem = ca.cert, .cert_pem = client_pem.cert, .key_pem = client_pem.key};
	pv_httpc_conf stranger = {
		.ca_pem = ca.cert, .cert_pem = stranger_pem.cert, .key_pem = stranger_pem.key};
	pv_httpc_conf not_for_clients = {
		.ca_pem = ca.cert, .cert_pem = server_pem.cert, .key_pem = server_pem.key};
	pv_httpc_conf token = {.ca_pem = ca.cert, .token = "abc.def"};
	pv_httpc_conf basic = {.ca_pem = ca.cert, .user = "u", .password = "p"};

	(void)state;
	assert_string_equal(get(&plain, "/who", 200), "auth=;");
	assert_string_equal(get(&cert, "/who", 200), "auth=;cn=alice;o=system:masters;o=dev;");
	assert_string_equal(get(&stranger, "/who", 200), "auth=;refused;");
	assert_string_equal(get(&not_for_clients, "/who", 200), "auth=;refused;");
	assert_string_equal(get(&token, "/who", 200), "auth=Bearer abc.def;");
	assert_string_equal(get(&basic, "/who", 200), "auth=Basic dTpw;");
}

static void
methods_bodies_and_headers_pass(void **state)
{
	static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", "GET"};
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	pv_httpc *c = client(&(pv_httpc_conf){.ca_pem = ca.cert});
	pv_httpc_answer answer;

	(void)state;
	for (size_t i = 0; i < PV_LEN(methods); i++) {
		pv_httpc_req req = {
			.method = methods[i], .url = url("/echo"), .headers = headers, .body = PV_STR("{}")};
		assert_int_equal(pv_httpc_do(&cx, c, &req, &answer), 0);
		assert_int_equal(answer.status, 201);
		assert_string_equal(answer.body.s, pv_printf(cx.arena, "%s application/json {}", methods[i]));
		assert_string_equal(answer.type, "text/plain");
		assert_string_equal(pv_httpc_header(&answer, "X-TWICE"), "one");
		assert_null(pv_httpc_header(&answer, "x-none"));
	}
	pv_httpc_req empty = {.method = "POST", .url = url("/echo")};
	assert_int_equal(pv_httpc_do(&cx, c, &empty, &answer), 0);
	assert_string_equal(answer.body.s, "POST - ");
	pv_httpc_req head = {.method = "HEAD", .url = url("/echo")};
	assert_int_equal(pv_httpc_do(&cx, c, &head, &answer), 0);
	assert_int_equal(answer.body.len, 0);
	pv_httpc_req missing = {.url = url("/nothing")};
	assert_int_equal(pv_httpc_do(&cx, c, &missing, &answer), 0);
	assert_int_equal(answer.status, 404);
	pv_httpc_close(c);
}

struct seen {
	int n, stop_at;
	char text[256];
};

static int
note_line(void *arg, pv_str line)
{
	struct seen *seen = arg;
	size_t at = strlen(seen->text);

	assert_true(at + line.len + 2 < sizeof seen->text);
	memcpy(seen->text + at, line.s, line.len);
	memcpy(seen->text + at + line.len, "|", 2);
	return ++seen->n == seen->stop_at;
}

static void
lines_arrive_one_by_one(void **state)
{
	pv_httpc *c = client(&(pv_httpc_conf){.ca_pem = ca.cert});
	struct seen seen = {0};
	pv_httpc_req req = {.url = url("/lines"), .on_line = note_line, .arg = &seen};
	pv_httpc_answer answer;

	(void)state;
	assert_int_equal(pv_httpc_do(&cx, c, &req, &answer), 0);
	assert_string_equal(seen.text, "{\"n\":1}|{\"n\":2}||{\"n\":4}|{\"n\":5}|");
	assert_int_equal(answer.body.len, 0);
	seen = (struct seen){.stop_at = 2};
	assert_int_equal(pv_httpc_do(&cx, c, &req, &answer), 0);
	assert_string_equal(seen.text, "{\"n\":1}|{\"n\":2}|");
	seen = (struct seen){0};
	req.limit = 6;
	assert_int_equal(pv_httpc_do(&cx, c, &req, &answer), -PV_ETOOLARGE);
	pv_recover(&cx);
	req.url = url("/nothing");
	req.limit = 0;
	assert_int_equal(pv_httpc_do(&cx, c, &req, &answer), 0);
	assert_int_equal(answer.status, 404);
	assert_string_equal(answer.body.s, "no /nothing");
	assert_int_equal(seen.n, 0);
	pv_httpc_close(c);
}

static void
refused(const pv_httpc_conf *conf, pv_httpc_req req, int code, const char *text)
{
	pv_httpc *c = client(conf);
	pv_httpc_answer answer = {.status = 77};

	assert_int_equal(pv_httpc_do(&cx, c, &req, &answer), -code);
	if (strstr(pv_error_text(&cx), text) == NULL)
		fail_msg("no \"%s\" in: %s", text, pv_error_text(&cx));
	assert_int_equal(answer.status, 77);
	pv_recover(&cx);
	pv_httpc_close(c);
}

static void
failures_say_what_and_where(void **state)
{
	pv_httpc_conf trust = {.ca_pem = ca.cert}, other = {.ca_pem = other_ca.cert}, system = {0};
	static const char *const split[] = {"X: a\r\nY: b", NULL};
	int closed = wire_open(pv_http_port(http));

	(void)state;
	close(closed);
	refused(&other, (pv_httpc_req){.url = url("/who")}, PV_EUNAUTHORIZED, "certificate");
	refused(&system, (pv_httpc_req){.url = url("/who")}, PV_EUNAUTHORIZED, "certificate");
	refused(&trust, (pv_httpc_req){.url = "https://127.0.0.1:1/x"}, PV_EUNAVAILABLE,
		"GET https://127.0.0.1:1/x: ");
	refused(&trust, (pv_httpc_req){.url = "file:///etc/passwd"}, PV_EBADREQUEST, "file");
	refused(&trust, (pv_httpc_req){.url = "not a url"}, PV_EBADREQUEST, "malformed");
	refused(&trust, (pv_httpc_req){.url = "https://user:secret@127.0.0.1:1/x?token=secret"},
		PV_EUNAVAILABLE, "GET https://127.0.0.1:1/x: ");
	refused(&trust,
		(pv_httpc_req){
			.url = url("/echo"), .method = "POST", .body = PV_STR("123456789"), .limit = 8},
		PV_ETOOLARGE, "limit of 8 bytes");
	refused(&trust, (pv_httpc_req){.url = url("/never"), .timeout_ns = 50 * PV_MS}, PV_ETIMEOUT,
		"timed out");
	refused(&trust, (pv_httpc_req){.url = url("/who"), .headers = split}, PV_EBADREQUEST, "line end");
	cx.deadline_ns = pv_mono() + 50 * PV_MS;
	refused(&trust, (pv_httpc_req){.url = url("/never")}, PV_ETIMEOUT, "timed out");
	cx.deadline_ns = 0;
	pv_httpc *none = NULL;
	assert_int_equal(pv_httpc_open(&cx, &(pv_httpc_conf){.cert_pem = client_pem.cert}, &none),
			 -PV_EINVALID);
	pv_recover(&cx);
	assert_null(pv_httpc_close(NULL));
}

static bool
permits_none(void *arg, const struct sockaddr *address)
{
	(void)address;
	++*(int *)arg;
	return false;
}

static void
an_address_that_is_not_permitted_is_not_connected_to(void **state)
{
	int asked = 0;
	pv_httpc_conf conf = {.ca_pem = ca.cert, .permits = permits_none, .permits_arg = &asked};

	(void)state;
	refused(&conf, (pv_httpc_req){.url = url("/who")}, PV_EUNAVAILABLE, "GET ");
	assert_true(asked > 0);
}

static void
redirects_are_followed_only_when_asked_for(void **state)
{
	pv_httpc_conf conf = {.ca_pem = ca.cert, .token = "t"};
	const char *to = pv_url_escape(cx.arena, url("/who"));
	const char *away = url(pv_printf(cx.arena, "/away?to=%s", to));
	const char *cross =
		url(pv_printf(cx.arena, "/away?to=%s",
			      pv_url_escape(cx.arena, pv_printf(cx.arena, "https://127.0.0.1:%d/who",
								pv_http_port(http)))));
	pv_httpc *c = client(&conf);
	pv_httpc_req req = {.url = away};
	pv_httpc_answer answer;

	(void)state;
	assert_int_equal(pv_httpc_do(&cx, c, &req, &answer), 0);
	assert_int_equal(answer.status, 302);
	assert_string_equal(pv_httpc_header(&answer, "Location"), url("/who"));
	req.redirects = 3;
	assert_int_equal(pv_httpc_do(&cx, c, &req, &answer), 0);
	assert_string_equal(answer.body.s, "auth=Bearer t;");
	req.url = cross; /* another host: the token stays behind */
	assert_int_equal(pv_httpc_do(&cx, c, &req, &answer), 0);
	assert_string_equal(answer.body.s, "auth=;");
	pv_httpc_close(c);
	assert_string_equal(pv_url_escape(cx.arena, "a b/\xc3\xa9~"), "a%20b%2F%C3%A9~");
}

static void *
ask_often(void *arg)
{
	pv_ctx mine;

	pv_ctx_init(&mine, "thread");
	mine.deadline_ns = 0;
	for (int i = 0; i < 20; i++) {
		pv_httpc_req req = {
			.url = pv_printf(mine.arena, "https://localhost:%d/who", pv_http_port(http))};
		pv_httpc_answer answer;
		int r = pv_httpc_do(&mine, arg, &req, &answer);
		PV_ASSERT(r == 0 && answer.status == 200);
	}
	pv_ctx_done(&mine);
	return NULL;
}

static void
threads_share_a_client(void **state)
{
	pv_httpc *c = client(&(pv_httpc_conf){.ca_pem = ca.cert});
	pthread_t thread[4];

	(void)state;
	for (size_t i = 0; i < PV_LEN(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, ask_often, c), 0);
	for (size_t i = 0; i < PV_LEN(thread); i++)
		pthread_join(thread[i], NULL);
	pv_httpc_close(c);
}

static void
a_port_in_use_is_named(void **state)
{
	pv_http_conf conf = {.host = "127.0.0.1",
			     .port = pv_http_port(http),
			     .body_limit = 1,
			     .handle = handle,
			     .fail = fail_answer};
	pv_http *other = NULL;

	(void)state;
	assert_int_equal(pv_http_open(&cx, &conf, &other), -PV_EUNAVAILABLE);
	assert_non_null(strstr(pv_error_text(&cx), "in use"));
	pv_recover(&cx);
	conf.host = "nonsense";
	assert_int_equal(pv_http_open(&cx, &conf, &other), -PV_EBADREQUEST);
	pv_recover(&cx);
	conf = (pv_http_conf){.host = "127.0.0.1",
			      .cert_pem = "junk",
			      .key_pem = "junk",
			      .body_limit = 1,
			      .handle = handle,
			      .fail = fail_answer};
	assert_int_equal(pv_http_open(&cx, &conf, &other), -PV_EINTERNAL);
	pv_recover(&cx);
	assert_null(other);
}

/* What lies before 1970 is over, however long ago: in nanoseconds it has no number. */
static void
dates_are_read(void **state)
{
	int64_t at;

	(void)state;
	assert_true(pv_httpc_date("Fri, 27 Nov 2026 00:02:26 GMT", &at));
	assert_int_equal(at, 1795737746 * PV_SEC);
	assert_true(pv_httpc_date("Sat, 01 Jan 1600 00:00:00 GMT", &at));
	assert_int_equal(at, 0);
	assert_false(pv_httpc_date("0", &at));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_learns_who_asks),
		cmocka_unit_test(methods_bodies_and_headers_pass),
		cmocka_unit_test(lines_arrive_one_by_one),
		cmocka_unit_test(failures_say_what_and_where),
		cmocka_unit_test(an_address_that_is_not_permitted_is_not_connected_to),
		cmocka_unit_test(redirects_are_followed_only_when_asked_for),
		cmocka_unit_test(threads_share_a_client),
		cmocka_unit_test(a_port_in_use_is_named),
		cmocka_unit_test(dates_are_read),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
