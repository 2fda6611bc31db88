/* What a program that loads its libraries late may read, and what not, when it is confined.  This one has such
 * a library: libBrokenLocale, which every machine has beside C's own and nobody calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lazy.h"
#include "base/sandbox.h"
#include "base/str.h"
#include "unit/context.h"

#define LATE "libBrokenLocale.so.1"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_OWN_THREAD /* the sanitizer's, so no process under it can enter a sandbox */
#endif
#endif

extern const struct lazy_row {
	const char *name, *library;
} pv_lazy_rows[];
extern void *pv_lazy_slots[];
const struct lazy_row pv_lazy_rows[] = {{"__ctype_get_mb_cur_max", LATE}, {NULL, NULL}};
void *pv_lazy_slots[1];

static bool
is_loaded(void)
{
	return dlopen(LATE, RTLD_LAZY | RTLD_NOLOAD) != NULL;
}

#ifndef HAS_OWN_THREAD
/* Can it be opened?  EPERM and EACCES: no. */
static bool
opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static const char *
beside(const char *file)
{
	return pv_printf(cx.arena, "%s/%s", pv_lazy_folder(&cx), file);
}

static int
without_a_network(void)
{
	pv_sandbox_conf box = {0};
	pv_sandbox_report report;
	bool whole = !pv_sandbox_probe().partial;
	char *const args[] = {(char[]){"x"}, NULL};

	if (is_loaded() || !opens("/etc/passwd", O_RDONLY) ||
	    !opens(pv_lazy_folder(&cx), O_RDONLY | O_DIRECTORY))
		return 1;
	if (pv_sandbox_enter(&cx, &box, &report) < 0)
		return 2;
	if (is_loaded())
		return 3;
	if (pv_lazy_find(0) == NULL || !is_loaded())
		return 4;
	if (whole && opens(pv_lazy_folder(&cx), O_RDONLY | O_DIRECTORY))
		return 5;
	if (whole && (opens("/etc/passwd", O_RDONLY) || opens("/proc/self/environ", O_RDONLY)))
		return 6;
	if (whole && (opens(beside(LATE), O_RDWR) || opens(beside("new"), O_WRONLY | O_CREAT)))
		return 7;
	return execv(beside("libc.so.6"), args) < 0 && (errno == EPERM || errno == EACCES) ? 0 : 8;
}

static int
with_a_network(void)
{
	pv_sandbox_conf box = {.network = true};
	pv_sandbox_report report;

	if (is_loaded() || pv_sandbox_enter(&cx, &box, &report) < 0)
		return 1;
	if (!is_loaded())
		return 2;
	return !pv_sandbox_probe().partial && opens(beside(LATE), O_RDONLY) ? 3 : 0;
}

/* In a child: there is no way back. */
static void
assert_in_child(int (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : 99, 0);
}

static void
who_is_confined_loads_what_it_calls_and_reads_no_more(void **state)
{
	(void)state;
	assert_in_child(without_a_network);
}

static void
with_a_network_all_are_loaded_and_none_is_read(void **state)
{
	(void)state;
	assert_in_child(with_a_network);
}
#endif

static void
all_are_loaded_but_those_that_may_wait(void **state)
{
	const char *folder = pv_lazy_folder(&cx);

	(void)state;
	assert_non_null(folder);
	assert_int_equal(access(pv_printf(cx.arena, "%s/libc.so.6", folder), R_OK), 0);
	assert_int_equal(pv_lazy_load(&cx, folder), 0);
	assert_false(is_loaded());
	assert_int_equal(pv_lazy_load(&cx, "/no/such"), 0); /* it does not lie there */
	assert_true(is_loaded());
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef HAS_OWN_THREAD
		CASE(who_is_confined_loads_what_it_calls_and_reads_no_more),
		CASE(with_a_network_all_are_loaded_and_none_is_read),
#endif
		CASE(all_are_loaded_but_those_that_may_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
