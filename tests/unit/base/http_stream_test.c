/* What a stream that sleeps keeps: nothing of its request once it stands alone, and no pages of the
 * connection's buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/http.h"
#include "base/str.h"
#include "unit/base/wire.h"

#define GREETING 6000 /* bytes: more than is left lying about */

static struct source { /* of the one stream of a test */
	pthread_mutex_t mutex;
	pv_http_stream *stream;
	int told, wanted; /* greetings */
	char *out;        /* the buffer of the last pull that found nothing */
	size_t cap;
} source = {.mutex = PTHREAD_MUTEX_INITIALIZER};
static atomic_int empty, gone; /* pulls that found nothing; requests whose ctx is done */
static pv_http *http;
static pv_ctx cx;

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	struct source *s = arg;
	ptrdiff_t n = 0;

	pthread_mutex_lock(&s->mutex);
	if (s->told < s->wanted) {
		assert_true(cap > GREETING);
		memset(out, 'o', GREETING);
		out[GREETING - 1] = '!';
		n = GREETING;
		s->told++;
	} else {
		s->out = out;
		s->cap = cap;
		atomic_fetch_add(&empty, 1);
	}
	pthread_mutex_unlock(&s->mutex);
	return n;
}

static void
done(void *arg)
{
	struct source *s = arg;

	pthread_mutex_lock(&s->mutex);
	s->stream = NULL;
	pthread_mutex_unlock(&s->mutex);
}

static void
count_gone(void *arg)
{
	(void)arg;
	atomic_fetch_add(&gone, 1);
}

static int
handle(pv_ctx *c, pv_http_req *req, void *arg)
{
	static const pv_http_source from = {pull, done, &source};

	(void)arg;
	pv_arena_defer(c->arena, count_gone, NULL);
	pthread_mutex_lock(&source.mutex);
	source.stream = pv_http_stream_open(req, 200, pv_strdup(c->arena, "text/plain"), &from);
	if (strstr(pv_http_path(req), "/alone") != NULL)
		pv_http_stream_alone(source.stream);
	pthread_mutex_unlock(&source.mutex);
	pv_http_set(req, "X-Path", pv_http_path(req));
	return 0;
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
open_server(void **state)
{
	pv_http_conf conf = {.host = "127.0.0.1",
			     .body_limit = 1000,
			     .threads = 2,
			     .workers = 1,
			     .handle = handle,
			     .fail = fail_answer,
			     .blocks = blocks};

	(void)state;
	pv_ctx_init(&cx, "test");
	atomic_store(&empty, 0);
	atomic_store(&gone, 0);
	source.told = source.wanted = 0;
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
open_stream(const char *path)
{
	int fd = wire_open(pv_http_port(http));
	char head[4096];

	wire_sends(fd, pv_printf(cx.arena, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", path));
	wire_until(fd, head, sizeof head, "\r\n\r\n");
	assert_non_null(strstr(head, "Content-Type: text/plain\r\n"));
	assert_non_null(strstr(head, pv_printf(cx.arena, "X-Path: %s\r\n", path)));
	return fd;
}

static void
wake(int greetings)
{
	pthread_mutex_lock(&source.mutex);
	source.wanted += greetings;
	pv_http_stream_wake(source.stream);
	pthread_mutex_unlock(&source.mutex);
}

static void
greet(int fd)
{
	static char text[2 * GREETING];

	wake(1);
	assert_int_equal(wire_until(fd, text, sizeof text, "o!\r\n"), strlen("1770\r\n") + GREETING + 2);
	assert_memory_equal(text, "1770\r\noo", 8);
}

static void
one_that_stands_alone_lets_its_request_go(void **state)
{
	static const char *const paths[] = {"/alone", "/block/alone"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		int fd = open_stream(paths[i]);

		wire_wait_for(&gone, i + 1); /* while it is open */
		greet(fd);
		close(fd);
	}
}

static void
another_keeps_it_to_its_end(void **state)
{
	int fd = open_stream("/attached");

	(void)state;
	wire_wait_for(&empty, 1);
	greet(fd);
	assert_int_equal(atomic_load(&gone), 0);
	close(fd);
	wire_wait_for(&gone, 1);
}

/* The whole pages of the buffer of the last empty pull that are in memory; -1: it has none. */
static int
pages_held(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	unsigned char held[64];
	uintptr_t from, to;
	int n = 0;

	pthread_mutex_lock(&source.mutex);
	from = ((uintptr_t)source.out + page - 1) & ~(page - 1);
	to = ((uintptr_t)source.out + source.cap) & ~(page - 1);
	pthread_mutex_unlock(&source.mutex);
	if (from >= to || (to - from) / page > sizeof held)
		return -1;
	assert_int_equal(mincore(source.out + (from - (uintptr_t)source.out), to - from, held), 0);
	for (size_t i = 0; i < (to - from) / page; i++)
		n += held[i] & 1;
	return n;
}

static void
one_that_sleeps_holds_no_buffer(void **state)
{
	int fd = open_stream("/alone");

	(void)state;
	wire_wait_for(&empty, 1);
	greet(fd);
	wire_wait_for(&empty, 2);
	wake(0);
	wire_wait_for(&empty, 3); /* what comes after the second is over, then */
	assert_int_equal(pages_held(), 0);
	close(fd);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_server, close_server)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_that_stands_alone_lets_its_request_go),
		CASE(another_keeps_it_to_its_end),
		CASE(one_that_sleeps_holds_no_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
