#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "unit/folder.h"
#include "unit/context.h"

static pv_proc_result
sh(const char *script, pv_proc_conf conf)
{
	const char *argv[] = {"sh", "-c", script, NULL};
	pv_proc_result result = {0};

	conf.argv = argv;
	if (pv_proc_run(&cx, &conf, &result) < 0)
		fail_msg("%s", pv_error_text(&cx));
	return result;
}

static void
output_and_status_come_back(void **state)
{
	pv_proc_result r = sh("echo out; echo err >&2; exit 3", (pv_proc_conf){0});
	const char *argv[] = {"tool", NULL};

	(void)state;
	assert_string_equal(r.out.s, "out\n");
	assert_string_equal(r.err.s, "err\n");
	assert_int_equal(r.status, 3);
	assert_int_equal(r.signal, 0);
	assert_false(r.timed_out || r.out_cut || r.err_cut);
	assert_true(r.wall_ns > 0 && r.peak_bytes > 0);
	assert_int_equal(pv_proc_check(&cx, &(pv_proc_conf){.argv = argv}, &r), -PV_EINTERNAL);
	assert_string_equal(pv_error_text(&cx), "tool: exit status 3: err");
	pv_recover(&cx);
	r = sh("kill -SEGV $$", (pv_proc_conf){0});
	assert_int_equal(r.status, -1);
	assert_int_equal(r.signal, SIGSEGV);
	r = sh("exit 0", (pv_proc_conf){0});
	assert_int_equal(pv_proc_check(&cx, &(pv_proc_conf){.argv = argv}, &r), 0);
}

static void
input_of_any_size_goes_through(void **state)
{
	size_t n = 3 << 20;
	char *in = pv_alloc(cx.arena, n);
	pv_proc_result r;

	(void)state;
	for (size_t i = 0; i < n; i++)
		in[i] = (char)('a' + i % 26);
	r = sh("cat", (pv_proc_conf){.input = {in, n}, .out_limit = n});
	assert_int_equal(r.out.len, n);
	assert_memory_equal(r.out.s, in, n);
	r = sh("exit 0", (pv_proc_conf){.input = {in, n}}); /* one that does not read */
	assert_int_equal(r.status, 0);
	r = sh("cat", (pv_proc_conf){0});
	assert_int_equal(r.out.len, 0);
}

static void
limits_end_the_child(void **state)
{
	const char *argv[] = {"yes", NULL};
	pv_proc_conf conf = {.argv = argv, .out_limit = 1000};
	pv_proc_result r;
	int64_t start = pv_mono();

	(void)state;
	assert_int_equal(pv_proc_run(&cx, &conf, &r), 0);
	assert_true(r.out_cut);
	assert_int_equal(r.out.len, 1000);
	assert_int_equal(pv_proc_check(&cx, &conf, &r), -PV_ETOOLARGE);
	pv_recover(&cx);
	r = sh("sleep 600 & sleep 600", (pv_proc_conf){.timeout_ns = 50 * PV_MS});
	assert_true(r.timed_out);
	assert_int_equal(r.signal, SIGKILL);
	assert_int_equal(pv_proc_check(&cx, &conf, &r), -PV_ETIMEOUT);
	pv_recover(&cx);
	cx.deadline_ns = pv_mono() + 50 * PV_MS;
	assert_true(sh("sleep 600", (pv_proc_conf){0}).timed_out);
	cx.deadline_ns = 0;
	cx.stop_fd = eventfd(1, EFD_CLOEXEC);
	r = sh("sleep 600", (pv_proc_conf){0});
	assert_true(r.stopped);
	assert_int_equal(pv_proc_check(&cx, &conf, &r), -PV_EUNAVAILABLE);
	pv_recover(&cx);
	close(cx.stop_fd);
	cx.stop_fd = 0;
	/* a grandchild that keeps the pipe does not keep us */
	r = sh("sleep 600 & echo done", (pv_proc_conf){0});
	assert_string_equal(r.out.s, "done\n");
	assert_int_equal(r.status, 0);
	assert_true(pv_mono() - start < 600 * PV_SEC);
}

static void
nothing_is_inherited(void **state)
{
	int leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC, as some library would */
	static const char *const env[] = {"ONLY=this", "PATH=/usr/bin:/bin", NULL};
	pv_proc_result r;

	(void)state;
	assert_true(leak >= 0);
	setenv("SECRET", "x", 1);
	signal(SIGPIPE, SIG_IGN);
	r = sh("env; ls /proc/self/fd | wc -l; trap; pwd", (pv_proc_conf){.env = env, .dir = "/"});
	assert_null(strstr(r.out.s, "SECRET"));
	assert_non_null(strstr(r.out.s, "ONLY=this\n"));
	assert_non_null(strstr(r.out.s, "\n4\n")); /* 0, 1, 2 and the one ls looks through */
	assert_true(pv_ends_with(r.out.s, "\n/\n"));
	r = sh("kill -PIPE $$; echo alive", (pv_proc_conf){0});
	assert_int_equal(r.signal, SIGPIPE); /* its own signals are as usual */
	signal(SIGPIPE, SIG_DFL);
	r = sh("echo $PATH $LANG", (pv_proc_conf){0});
	assert_string_equal(r.out.s, "/usr/local/bin:/usr/bin:/bin C.UTF-8\n");
	close(leak);
}

static void
what_cannot_start_is_an_error(void **state)
{
	const char *none[] = {"no-such-program", NULL}, *path[] = {"/no/such", NULL}, *text[] = {NULL, NULL};
	const char *fine[] = {"true", NULL};
	char folder[FOLDER_SIZE];
	const char *script;
	pv_proc_result r = {.status = 77};

	(void)state;
	folder_make(folder);
	script = pv_printf(cx.arena, "%s/script", folder);
	assert_int_equal(pv_proc_run(&cx, &(pv_proc_conf){.argv = none}, &r), -PV_ENOTFOUND);
	assert_non_null(strstr(pv_error_text(&cx), "no-such-program"));
	pv_recover(&cx);
	assert_int_equal(pv_proc_run(&cx, &(pv_proc_conf){.argv = path}, &r), -PV_ENOTFOUND);
	pv_recover(&cx);
	assert_int_equal(pv_proc_run(&cx, &(pv_proc_conf){.argv = fine, .dir = "/no/such"}, &r),
			 -PV_ENOTFOUND);
	assert_non_null(strstr(pv_error_text(&cx), "directory"));
	pv_recover(&cx);
	assert_int_equal(pv_file_save(&cx, script, PV_STR("junk"), 0700), 0);
	text[0] = script;
	assert_int_equal(pv_proc_run(&cx, &(pv_proc_conf){.argv = text}, &r), -PV_EINTERNAL);
	assert_non_null(strstr(pv_error_text(&cx), "running it"));
	pv_recover(&cx);
	assert_int_equal(r.status, 77);
	folder_remove(folder);
}

static void *
run_some(void *arg)
{
	pv_ctx mine;

	(void)arg;
	pv_ctx_init(&mine, "thread");
	for (int i = 0; i < 10; i++) {
		const char *argv[] = {"echo", "hello", NULL};
		pv_proc_result r;
		int failed = pv_proc_run(&mine, &(pv_proc_conf){.argv = argv}, &r);
		PV_ASSERT(failed == 0 && r.status == 0 && strcmp(r.out.s, "hello\n") == 0);
	}
	pv_ctx_done(&mine);
	return NULL;
}

static void
threads_run_at_once(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (size_t i = 0; i < PV_LEN(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_some, NULL), 0);
	for (size_t i = 0; i < PV_LEN(thread); i++)
		pthread_join(thread[i], NULL);
}

/* ---- sandbox ---- */

static char dir[FOLDER_SIZE];

static int
open_dir(void **state)
{
	folder_make(dir);
	context_begin(state);
	return pv_dir_make(&cx, pv_printf(cx.arena, "%s/in", dir), 0755) +
	       pv_dir_make(&cx, pv_printf(cx.arena, "%s/out", dir), 0755) +
	       pv_file_save(&cx, pv_printf(cx.arena, "%s/in/a", dir), PV_STR("inside\n"), 0644) +
	       pv_file_save(&cx, pv_printf(cx.arena, "%s/secret", dir), PV_STR("outside\n"), 0644);
}

static int
close_dir(void **state)
{
	folder_remove(dir);
	return context_end(state);
}

static pv_proc_result
boxed(const char *script, bool network)
{
	const char *read[] = {
		"/bin", "/usr", "/lib", "/lib64", "/etc/ld.so.cache", pv_printf(cx.arena, "%s/in", dir),
		NULL};
	const char *write[] = {pv_printf(cx.arena, "%s/out", dir), NULL};
	pv_sandbox_conf box = {
		.read = read, .write = write, .network = network, .cpu_seconds = 5, .file_bytes = 4096};
	pv_proc_result r;

	if (access("/lib64", F_OK) != 0)
		read[3] = "/usr";
	r = sh(script, (pv_proc_conf){.sandbox = &box, .dir = dir});
	if (pv_sandbox_probe().partial) {
		assert_true(r.sandbox_partial);
		assert_non_null(r.sandbox_reason);
	}
	return r;
}

static void
files_are_confined(void **state)
{
	static const char *const forbidden[] = {
		"cat secret",
		"cat in/../secret",
		"ls .",
		"cat /etc/passwd",
		"echo x >secret",
		"echo x >new",
		"echo x >in/a",
		"rm in/a",
		"mkdir d",
		"ln in/a out/a && echo x >out/a",
		"mv in/a out/a",
		"out/tool",
		"chmod 600 out/b",
		"ln -s ../secret out/s && cat out/s",
	};
	pv_proc_result r;

	(void)state;
	r = boxed("exit 0", false);
	if (r.sandbox_partial) /* a kernel without Landlock: boxed() checks that it is told */
		return;
	r = boxed("cat in/a && echo b >out/b && cat out/b && echo n >/dev/null && head -c 4 /dev/urandom | "
		  "wc -c && mkdir out/d && mv out/b out/d/b && rm -r out/d && cp /bin/true out/tool; "
		  "echo b >out/b",
		  false);
	assert_string_equal(r.out.s, "inside\nb\n4\n");
	for (size_t i = 0; i < PV_LEN(forbidden); i++) {
		r = boxed(forbidden[i], false);
		if (r.status == 0)
			fail_msg("allowed: %s: %s", forbidden[i], r.out.s);
	}
}

static void
system_calls_are_confined(void **state)
{
	static const char *const forbidden[] = {
		"unshare -U true",
		"unshare -m true",
		"mount -t tmpfs x out",
		"perl -e 'use Socket; socket(S, PF_INET, SOCK_STREAM, 0) or die'",
		"perl -e 'use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0) or die'",
		"perl -e 'syscall(101, 0, 0, 0, 0) == 0 or die'", /* x86-64: ptrace(TRACEME) */
		"kill -0 $PPID",
		"perl -e 'kill(0, $ARGV[0]) or die' $PPID",
		"perl -e 'syscall(234, $ARGV[0] + 0, $ARGV[0] + 0, 0) == 0 or die' $PPID", /* x86-64: tgkill */
		"perl -e 'pipe(R, W); syscall(72, fileno(R), 8, $ARGV[0] + 0) == 0 or die' $PPID", /* F_SETOWN */
		"perl -e 'pipe(R, W); syscall(72, fileno(R), 10, 9) == 0 or die'",            /* F_SETSIG */
		"perl -e 'pipe(R, W); ioctl(R, 0x8901, pack(\"i\", $ARGV[0])) or die' $PPID", /* FIOSETOWN */
		"perl -e 'syscall(302, $ARGV[0] + 0, 0, 0, 0) == 0 or die' $PPID",            /* prlimit64 */
		"perl -e 'syscall(203, $ARGV[0] + 0, 8, \"\\xff\" x 8) == 0 or die' $PPID", /* sched_setaffinity */
		"perl -e 'syscall(141, 0, $ARGV[0] + 0, 19) == 0 or die' $PPID",            /* setpriority */
		"perl -e 'syscall(29, 0, 4096, 01666) >= 0 or die'",                        /* shmget */
		"perl -e 'syscall(105, 65534) == 0 or die'",                                /* setuid */
		"perl -e 'utime(1, 1, \"/tmp\") or die'",
		"perl -e 'syscall(133, \"out/dev\", 020666, 259) == 0 or die'", /* mknod: a device */
	};
	pv_proc_result r;

	(void)state;
	for (size_t i = 0; i < PV_LEN(forbidden); i++) {
		r = boxed(forbidden[i], false);
		if (r.status == 0)
			fail_msg("allowed: %s: %s", forbidden[i], r.out.s);
	}
	r = boxed("perl -e 'use Socket; socket(S, PF_INET, SOCK_STREAM, 0) or die'", true);
	assert_int_equal(r.status, 0);
	r = boxed("grep -E 'NoNewPrivs|Seccomp:' /proc/self/status | tr -d '\\n\\t'", false);
	assert_true(r.status == 0 || !pv_sandbox_probe().partial); /* /proc is not in the box */
}

static void
resources_are_limited(void **state)
{
	pv_proc_result r;
	struct stat st;

	(void)state;
	r = boxed("head -c 100000 /dev/urandom >out/big", false);
	assert_true(r.status != 0);
	assert_int_equal(stat(pv_printf(cx.arena, "%s/out/big", dir), &st), 0);
	assert_int_equal(st.st_size, 4096);
	pv_sandbox_conf box = {.cpu_seconds = 1, .read = (const char *[]){"/", NULL}};
	r = sh("while :; do :; done", (pv_proc_conf){.sandbox = &box, .timeout_ns = 600 * PV_SEC});
	assert_true(r.signal == SIGXCPU || r.signal == SIGKILL);
	assert_false(r.timed_out);
	box = (pv_sandbox_conf){.memory_bytes = 64 << 20, .read = (const char *[]){"/", NULL}};
	r = sh("perl -e '$x = \"a\" x (256 << 20)'", (pv_proc_conf){.sandbox = &box});
	assert_true(r.status != 0);
	const char *gone[] = {"/no/such", NULL}, *argv[] = {"true", NULL};
	box = (pv_sandbox_conf){.read = gone};
	assert_true(pv_sandbox_probe().partial ||
		    pv_proc_run(&cx, &(pv_proc_conf){.argv = argv, .sandbox = &box}, &r) == -PV_ENOTFOUND);
	pv_recover(&cx);
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_OWN_THREAD /* the sanitizer's, so no process under it can enter a sandbox */
#endif
#endif

#ifndef HAS_OWN_THREAD
/* In a child of our own: there is no way back. */
static int
enter_and_try(void)
{
	const char *read[] = {pv_printf(cx.arena, "%s/in", dir), NULL}, *argv[] = {"true", NULL};
	char *const args[] = {(char[]){"true"}, NULL};
	pv_sandbox_conf box = {.read = read};
	pv_sandbox_report report;
	pv_proc_result r;
	pv_str text;

	if (pv_sandbox_enter(&cx, &box, &report) < 0)
		return 1;
	if (report.partial != pv_sandbox_probe().partial)
		return 2;
	if (pv_file_load(&cx, pv_printf(cx.arena, "%s/in/a", dir), 100, &text) < 0)
		return 3;
	if (!report.partial && pv_file_load(&cx, pv_printf(cx.arena, "%s/secret", dir), 100, &text) == 0)
		return 4;
	pv_recover(&cx);
	if (execv("/bin/true", args) == 0 || (errno != EPERM && errno != EACCES))
		return 5;
	if (pv_proc_run(&cx, &(pv_proc_conf){.argv = argv}, &r) == 0)
		return 6;
	return 0;
}

static void
a_process_can_enter_one_itself(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(enter_and_try());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : 99, 0);
}

/* Nobody's: who may raise limits is not asked. */
static int
enter_below_a_lower_limit(void)
{
	struct rlimit files = {32, 32};
	pv_sandbox_conf box = {.files = 256};
	pv_sandbox_report report;

	if (setrlimit(RLIMIT_NOFILE, &files) < 0 || (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0))
		return 1;
	if (pv_sandbox_enter(&cx, &box, &report) < 0)
		return 2;
	return getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == 32 ? 0 : 3;
}

static void
a_limit_that_is_lower_stays(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(enter_below_a_lower_limit());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : 99, 0);
}

#endif

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
wait_at_gate(void *arg)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return arg;
}

static void
entering_with_threads_is_refused(void **state)
{
	pv_sandbox_conf box = {0};
	pv_sandbox_report report;
	pthread_t thread;

	(void)state;
	pthread_mutex_lock(&gate);
	assert_int_equal(pthread_create(&thread, NULL, wait_at_gate, NULL), 0);
	assert_int_equal(pv_sandbox_enter(&cx, &box, &report), -PV_EINTERNAL);
	pv_recover(&cx);
	pthread_mutex_unlock(&gate);
	pthread_join(thread, NULL);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, context_begin, context_end)
#define BOX(fn) cmocka_unit_test_setup_teardown(fn, open_dir, close_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(output_and_status_come_back),
		CASE(input_of_any_size_goes_through),
		CASE(limits_end_the_child),
		CASE(nothing_is_inherited),
		CASE(what_cannot_start_is_an_error),
		CASE(threads_run_at_once),
		BOX(files_are_confined),
		BOX(system_calls_are_confined),
		BOX(resources_are_limited),
#ifndef HAS_OWN_THREAD
		BOX(a_process_can_enter_one_itself),
		CASE(a_limit_that_is_lower_stays),
#endif
		CASE(entering_with_threads_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
