/* More clients than descriptors: a server in a process of its own, with a low limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/http.h"
#include "base/str.h"
#include "unit/base/wire.h"

enum { DESCRIPTORS = 64, CLIENTS = 200, FILES = 16, FEW = 40 };

static ptrdiff_t
hold_pull(void *arg, char *out, size_t cap)
{
	bool *begun = arg;

	(void)cap;
	if (*begun)
		return 0;
	*begun = true;
	*out = '!';
	return 1;
}

static void
hold_done(void *arg)
{
	(void)arg;
}

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	static bool begun;
	static const pv_http_source source = {hold_pull, hold_done, &begun};

	(void)c, (void)arg;
	if (pv_streq(pv_http_path(req), "/hold"))
		pv_http_stream_open(req, 200, "text/plain", &source);
	else
		pv_http_reply(req, 200, "text/plain", pv_str_of("here"), NULL, NULL);
	return 0;
}

static void
fail_answer(pv_ctx *c, pv_http_req *req, void *arg)
{
	(void)arg;
	pv_http_reply(req, pv_code_http(c->err->code), "text/plain", pv_str_of(""), NULL, NULL);
}

static bool
opens_files(void)
{
	int fds[FILES];
	size_t n = 0;

	while (n < FILES && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	return n == FILES;
}

/* Says its port; at each byte, whether files can be opened; ends when there are no more. */
static int
serve(int in, int out, rlim_t descriptors)
{
	struct rlimit files = {descriptors, descriptors};
	pv_http_conf conf = {.host = "127.0.0.1",
			     .body_limit = 1000,
			     .threads = 2,
			     .workers = 1,
			     .handle = handle,
			     .fail = fail_answer};
	pv_http *http;
	pv_ctx cx;
	char c;
	int port = 0, r;

	pv_ctx_init(&cx, "server");
	r = setrlimit(RLIMIT_NOFILE, &files) < 0 ? -1 : pv_http_open(&cx, &conf, &http);
	if (r == 0)
		port = pv_http_port(http);
	else if (cx.err != NULL && strstr(cx.err->message, "expected at least 48 (ulimit -n)") != NULL)
		port = -1;
	r = write(out, &port, sizeof port) == sizeof port ? r : -1;
	while (r == 0 && read(in, &c, 1) == 1) {
		c = opens_files() ? 'y' : 'n';
		r = write(out, &c, 1) == 1 ? 0 : -1;
	}
	if (port > 0)
		pv_http_close(http);
	pv_ctx_done(&cx);
	return r < 0;
}

static struct {
	pid_t pid;
	int in, out, port;
} server;

static void
start(rlim_t descriptors)
{
	int down[2], up[2];

	assert_int_equal(pipe(down), 0);
	assert_int_equal(pipe(up), 0);
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid == 0) {
		close(down[1]);
		close(up[0]);
		_exit(serve(down[0], up[1], descriptors));
	}
	close(down[0]);
	close(up[1]);
	server.in = down[1];
	server.out = up[0];
	assert_int_equal(read(server.out, &server.port, sizeof server.port), sizeof server.port);
}

static int
stop(void)
{
	int status = -1;

	close(server.in);
	close(server.out);
	assert_int_equal(waitpid(server.pid, &status, 0), server.pid);
	return status;
}

static int
ask(void)
{
	char body[64];
	int fd = wire_open(server.port);
	int status = wire_ask(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", body, sizeof body);

	close(fd);
	return status;
}

static void
who_comes_takes_the_place_of_the_longest_idle(void **state)
{
	int fds[CLIENTS];
	char c = '?';

	(void)state;
	start(DESCRIPTORS);
	for (size_t i = 0; i < CLIENTS; i++)
		fds[i] = wire_open(server.port);
	wire_sends(fds[CLIENTS - 1], "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhal");
	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(ask(), 200);
	assert_int_equal(write(server.in, "?", 1), 1);
	assert_int_equal(read(server.out, &c, 1), 1);
	assert_int_equal(c, 'y'); /* there is room for files */
	for (size_t i = 0; i < CLIENTS; i++)
		close(fds[i]);
	assert_int_equal(stop(), 0);
}

static void
who_is_being_answered_keeps_the_place(void **state)
{
	int fds[CLIENTS], fd;
	char head[1024], c;

	(void)state;
	start(DESCRIPTORS);
	fd = wire_open(server.port);
	wire_sends(fd, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
	wire_until(fd, head, sizeof head, "!\r\n");
	for (size_t i = 0; i < CLIENTS; i++)
		fds[i] = wire_open(server.port);
	assert_int_equal(ask(), 200);
	assert_int_equal(recv(fd, &c, 1, MSG_DONTWAIT), -1); /* neither closed nor more to read */
	assert_int_equal(errno, EAGAIN);
	for (size_t i = 0; i < CLIENTS; i++)
		close(fds[i]);
	close(fd);
	assert_int_equal(stop(), 0);
}

static void
too_few_descriptors_are_said_to_be(void **state)
{
	(void)state;
	start(FEW);
	assert_int_equal(server.port, -1);
	assert_int_not_equal(stop(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_takes_the_place_of_the_longest_idle),
		cmocka_unit_test(who_is_being_answered_keeps_the_place),
		cmocka_unit_test(too_few_descriptors_are_said_to_be),
	};

	return cmocka_run_group_tests_name("http_crowd", tests, NULL, NULL);
}
