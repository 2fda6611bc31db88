/* Jobs in their sandbox: what they answer, what they may, what they may not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "core/module.h"
#include "unit/folder.h"

static pv_ctx turn;
static char dir[FOLDER_SIZE];

static pv_val
number(int n)
{
	return pv_with(turn.arena, NULL, "n", pv_int(n));
}

/* ---- jobs ---- */

static int
job_echo(pv_ctx *cx PV_UNUSED, const pv_val *request, pv_val *ret)
{
	*ret = *request;
	return 0;
}

static int
job_fail(pv_ctx *cx, const pv_val *request PV_UNUSED, pv_val *ret PV_UNUSED)
{
	int r = pv_fail_at(cx, PV_EINVALID, "a/b.yaml", 3, 7, "expected a mapping");
	pv_add_cause(cx, "FieldValueInvalid", "spec.x", "must be set");
	return r;
}

static int
job_hang(pv_ctx *cx PV_UNUSED, const pv_val *request PV_UNUSED, pv_val *ret PV_UNUSED)
{
	while (pause() < 0) /* always: only a signal ends it */
		;
	return 0;
}

static int
job_crash(pv_ctx *cx PV_UNUSED, const pv_val *request PV_UNUSED, pv_val *ret PV_UNUSED)
{
	_exit(3);
	return 0;
}

/* As by a system whose memory ran out. */
static int
job_killed(pv_ctx *cx PV_UNUSED, const pv_val *request PV_UNUSED, pv_val *ret PV_UNUSED)
{
	raise(SIGKILL);
	return 0;
}

static int
job_big(pv_ctx *cx, const pv_val *request PV_UNUSED, pv_val *ret)
{
	*ret = pv_stringf(cx->arena, "%05000d", 0);
	return 0;
}

/* As one that strangers' bytes took over: it says what they want. */
static int
job_lies(pv_ctx *cx PV_UNUSED, const pv_val *request, pv_val *ret PV_UNUSED)
{
	const char *text = pv_text(request, "");
	_exit(write(STDOUT_FILENO, text, strlen(text)) < 0);
	return 0;
}

static int
job_spy(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	int file = open(pv_text_at(request, "forbidden", ""), O_RDONLY),
	    own = open(pv_text_at(request, "allowed", ""), O_RDONLY);
	int net = socket(AF_INET, SOCK_STREAM, 0);
	*ret = pv_stringf(cx->arena, "%s %s %s", file < 0 ? "no" : "yes", own < 0 ? "no" : "yes",
			  net < 0 ? "no" : "yes");
	return 0;
}

static const pv_job_kind echo = {.name = "echo", .run = job_echo},
			 failing = {.name = "failing", .run = job_fail},
			 hang = {.name = "hang", .run = job_hang, .timeout_ns = 300 * PV_MS},
			 crash = {.name = "crash", .run = job_crash},
			 killed = {.name = "killed", .run = job_killed},
			 big = {.name = "big", .run = job_big, .output_limit = 1000},
			 spy = {.name = "spy", .run = job_spy}, lies = {.name = "lies", .run = job_lies};
static const pv_job_kind *const jobs[] = {&echo, &failing, &hang, &crash, &killed, &big, &spy, &lies, NULL};

static const pv_module test_module = {.name = "test", .jobs = jobs};
const pv_module *const pv_modules[] = {&test_module, NULL}; /* instead of the build's */

static int
open_place(void **state)
{
	(void)state;
	pv_ctx_init(&turn, "test");
	folder_make(dir);
	return 0;
}

static int
close_place(void **state)
{
	(void)state;
	folder_remove(dir);
	pv_ctx_done(&turn);
	return 0;
}

static int
run_job(const char *job, const pv_val *request, const char *const *reads, pv_val *ret)
{
	return pv_job_run(&turn, job, request, reads, NULL, ret);
}

static void
a_job_answers_with_a_value_or_an_error(void **state)
{
	(void)state;
	pv_val request = number(42), answer;
	assert_int_equal(run_job("echo", &request, NULL, &answer), 0);
	assert_int_equal(pv_i64_at(&answer, "n", 0), 42);
	assert_int_equal(run_job("failing", &request, NULL, &answer), -PV_EINVALID);
	assert_string_equal(pv_error_text(&turn), "a/b.yaml:3:7: expected a mapping");
	assert_string_equal(turn.err->causes->field, "spec.x");
	pv_recover(&turn);
}

static void
a_job_has_limits(void **state)
{
	(void)state;
	pv_val request = number(1), answer;
	assert_int_equal(run_job("hang", &request, NULL, &answer), -PV_ETIMEOUT);
	assert_non_null(strstr(pv_error_text(&turn), "not done within 300ms"));
	pv_recover(&turn);
	assert_int_equal(run_job("big", &request, NULL, &answer), -PV_ETOOLARGE);
	assert_non_null(strstr(pv_error_text(&turn), "1000 bytes"));
	pv_recover(&turn);
	assert_int_equal(run_job("crash", &request, NULL, &answer), -PV_EINTERNAL);
	assert_non_null(strstr(pv_error_text(&turn), "status 3"));
	pv_recover(&turn);
	assert_int_equal(run_job("killed", &request, NULL, &answer), -PV_EINTERNAL);
	assert_non_null(strstr(pv_error_text(&turn), "ended by signal 9")); /* by no limit of ours */
	pv_recover(&turn);
}

/* A child that was taken over can say anything; the parent goes on. */
static void
what_a_job_says_is_not_trusted(void **state)
{
	static const char *const lies[] = {
		"",
		"{",
		"null",
		"[]",
		"{}",
		"{\"ok\":}",
		"{\"error\":7}",
		"{\"error\":{\"code\":0}}",
		"{\"error\":{\"code\":-1,\"message\":[]}}",
		"{\"error\":{\"code\":1e9,\"message\":\"m\",\"causes\":{\"a\":1}}}",
		"{\"error\":{\"file\":\"f\",\"line\":-1e300,\"causes\":[1,{}]}}"};
	(void)state;
	for (size_t i = 0; i < PV_LEN(lies); i++) {
		pv_val request = pv_string_ref(lies[i]), answer;
		if (run_job("lies", &request, NULL, &answer) >= 0)
			fail_msg("believed: %s", lies[i]);
		assert_non_null(turn.err);
		pv_recover(&turn);
	}
}

static void
a_job_sees_only_what_it_may(void **state)
{
	(void)state;
	char allowed[FOLDER_SIZE + 16];
	const char *reads[] = {allowed, NULL};
	pv_val request, answer;
	int fd;
	snprintf(allowed, sizeof(allowed), "%s/allowed", dir);
	fd = open(allowed, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	request = pv_with(turn.arena, NULL, "forbidden", pv_string_ref("/etc/passwd"));
	request = pv_with(turn.arena, &request, "allowed", pv_string_ref(allowed));
	if (run_job("spy", &request, reads, &answer) < 0)
		fail_msg("%s", pv_error_text(&turn));
	assert_string_equal(pv_text(&answer, ""), "no yes no");
}

int
main(int argc, char **argv)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)
	const struct CMUnitTest tests[] = {
		T(a_job_answers_with_a_value_or_an_error),
		T(a_job_has_limits),
		T(what_a_job_says_is_not_trusted),
		T(a_job_sees_only_what_it_may),
	};
	if (argc > 1 && pv_streq(argv[1], "--job"))
		return pv_job_main(argc, argv);
	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
