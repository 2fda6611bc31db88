/* Children: started by vfork, watched through a pidfd, fed and read by poll. */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sandbox_priv.h"
#include "base/str.h"
#include "base/time.h"

#define OUTPUT_LIMIT ((size_t)1 << 20)
#define TIMEOUT (60 * PV_SEC)
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

enum { IN, OUT, ERR, REPORT, PIPES };

typedef struct report { /* what the child says if it cannot run its program */
	int error;
	const char *step; /* static: at the same address in parent and child */
} report;

typedef struct child {
	/* all the child needs, made before it starts */
	const char *path;
	char *const *argv, *const *env;
	const char *dir;
	const sandbox_plan *sandbox; /* or NULL */
	int fds[PIPES][2];           /* read end, write end */
	pid_t parent;
	/* ours */
	pid_t pid;
	int pidfd;
} child;

/* ---- in the child ---- */

static void
reset_signals(void)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		sigaction(s, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors 3 and up close at exec, whoever opened them. */
static int
close_others(void)
{
	if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0)
		return 0;
	for (int fd = 3; fd < 65536; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 && errno != EBADF)
			return -1;
	return 0;
}

/* System calls only: the parent's memory is shared, or its locks are held for ever. */
static _Noreturn void
child_main(const child *c)
{
	report failed = {.step = "preparing"};

	reset_signals();
	if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != c->parent ||
	    dup2(c->fds[IN][0], 0) < 0 || dup2(c->fds[OUT][1], 1) < 0 || dup2(c->fds[ERR][1], 2) < 0 ||
	    close_others() < 0) {
		failed.error = errno != 0 ? errno : ECANCELED;
	} else if (c->dir != NULL && chdir(c->dir) < 0) {
		failed = (report){errno, "changing to its directory"};
	} else if (c->sandbox == NULL || (failed.error = sandbox_apply(c->sandbox, &failed.step)) == 0) {
		execve(c->path, c->argv, c->env);
		failed = (report){errno, "running it"};
	}
	while (write(c->fds[REPORT][1], &failed, sizeof failed) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* ---- starting ---- */

static int
open_pipes(child *c)
{
	for (int i = 0; i < PIPES; i++)
		c->fds[i][0] = c->fds[i][1] = -1;
	for (int i = 0; i < PIPES; i++) {
		int *fds = c->fds[i];
		if (pipe2(fds, O_CLOEXEC) < 0)
			return -1;
		for (int k = 0; k < 2; k++) /* 0, 1, 2 are the child's: dup2 must not meet itself */
			if (fds[k] < 3) {
				int high = fcntl(fds[k], F_DUPFD_CLOEXEC, 3);
				if (high < 0)
					return -1;
				close(fds[k]);
				fds[k] = high;
			}
		if (fcntl(fds[i == IN], F_SETFL, O_NONBLOCK) < 0)
			return -1;
	}
	return 0;
}

static void
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
close_pipes(child *c)
{
	for (int i = 0; i < PIPES; i++) {
		close_end(&c->fds[i][0]);
		close_end(&c->fds[i][1]);
	}
}

static __attribute__((noinline)) pid_t
start(const child *c)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all); /* no handler of ours may run in the child */
	pthread_sigmask(SIG_SETMASK, &all, &before);
#ifdef PAVE_SANITIZE /* sanitizers keep their own books of memory, which vfork confuses */
	pid = fork();
#else
	pid = vfork();
#endif
	if (pid == 0)
		child_main(c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static const char *
path_of(const char *const *env)
{
	for (; *env != NULL; env++)
		if (pv_starts_with(*env, "PATH="))
			return *env + 5;
	return DEFAULT_PATH;
}

static const char *
find_program(pv_ctx *cx, const char *name, const char *const *env)
{
	pv_str rest = pv_str_of(path_of(env)), dir;

	if (strchr(name, '/') != NULL)
		return access(name, X_OK) == 0 ? name : NULL;
	while (pv_str_next(&rest, ':', &dir)) {
		char *path = pv_printf(cx->arena, "%.*s/%s", (int)dir.len, dir.s, name);
		if (dir.len > 0 && access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/* ---- while it runs ---- */

typedef struct watch {
	child *c;
	const pv_proc_conf *conf;
	pv_proc_result *result;
	pv_buf out, err;
	size_t written; /* of the input */
	int64_t deadline;
	int stop; /* descriptor, or -1 */
	bool exited;
} watch;

/* write(2) without SIGPIPE, whatever the thread thinks of that signal. */
static ssize_t
write_quietly(int fd, const char *s, size_t len)
{
	static const struct timespec now = {0};
	sigset_t pipe_only, before, pending;
	ssize_t n;
	int error;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	n = write(fd, s, len);
	error = errno;
	if (n < 0 && error == EPIPE && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1)
		sigtimedwait(&pipe_only, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return n;
}

static void
feed(watch *w)
{
	pv_str in = w->conf->input;
	ssize_t n = write_quietly(w->c->fds[IN][1], in.s + w->written, in.len - w->written);

	if (n > 0)
		w->written += (size_t)n;
	if (w->written == in.len || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(&w->c->fds[IN][1]); /* it need not read all of it */
}

/* True if there was something to read. */
static bool
drain(int *fd, pv_buf *b, size_t limit, bool *ret_cut)
{
	char *end = pv_buf_grow(b, 65536);
	ssize_t n = read(*fd, end, 65536);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		close_end(fd);
		return false;
	}
	if (b->len + (size_t)n > limit) {
		n = (ssize_t)(limit - b->len);
		*ret_cut = true;
		close_end(fd);
	}
	b->len += (size_t)n;
	b->s[b->len] = '\0';
	return true;
}

static size_t
limit_of(size_t limit)
{
	return limit > 0 ? limit : OUTPUT_LIMIT;
}

static bool
drain_both(watch *w)
{
	const pv_proc_conf *conf = w->conf;
	bool more = false;

	if (w->c->fds[OUT][0] >= 0)
		more |= drain(&w->c->fds[OUT][0], &w->out, limit_of(conf->out_limit), &w->result->out_cut);
	if (w->c->fds[ERR][0] >= 0)
		more |= drain(&w->c->fds[ERR][0], &w->err, limit_of(conf->err_limit), &w->result->err_cut);
	return more;
}

/* Milliseconds to wait; -1 when its time is over. */
static int
patience(const watch *w)
{
	int64_t left = w->deadline - pv_mono();

	if (left <= 0)
		return -1;
	return left > 60 * PV_SEC ? 60000 : (int)((left + PV_MS - 1) / PV_MS);
}

/* Until it has ended or must be ended.  Not until its pipes close: a grandchild may
 * keep them. */
static void
watch_it(watch *w)
{
	child *c = w->c;

	while (!w->exited && !w->result->stopped && !w->result->out_cut && !w->result->err_cut) {
		struct pollfd fds[] = {{.fd = c->pidfd, .events = POLLIN},
				       {.fd = c->fds[OUT][0], .events = POLLIN},
				       {.fd = c->fds[ERR][0], .events = POLLIN},
				       {.fd = c->fds[IN][1], .events = POLLOUT},
				       {.fd = w->stop, .events = POLLIN}};
		int wait = patience(w);

		if (wait < 0) {
			w->result->timed_out = true;
			break;
		}
		if (poll(fds, PV_LEN(fds), wait) < 0 && errno != EINTR)
			break;
		w->exited = (fds[0].revents & POLLIN) != 0;
		w->result->stopped = !w->exited && fds[4].revents != 0;
		if (fds[3].revents != 0)
			feed(w);
		if ((fds[1].revents | fds[2].revents) != 0)
			drain_both(w);
	}
}

static int64_t
ns_of(struct timeval t)
{
	return (int64_t)t.tv_sec * PV_SEC + (int64_t)t.tv_usec * 1000;
}

/* Kills the group before reaping: until then its number is nobody else's. */
static void
finish(watch *w)
{
	pv_proc_result *result = w->result;
	struct rusage usage = {0};
	int status = 0;

	kill(-w->c->pid, SIGKILL);
	kill(w->c->pid, SIGKILL); /* it may not have made its group yet */
	while (wait4(w->c->pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	while (!result->out_cut && !result->err_cut && drain_both(w))
		;
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	result->cpu_ns = ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
	result->peak_bytes = (int64_t)usage.ru_maxrss * 1024;
	result->out = (pv_str){w->out.s, w->out.len};
	result->err = (pv_str){w->err.s, w->err.len};
}

static int
run(pv_ctx *cx, const pv_proc_conf *conf, child *c, pv_proc_result *result)
{
	int64_t begun = pv_mono();
	report failed;
	watch w = {.c = c,
		   .conf = conf,
		   .result = result,
		   .deadline = begun + (conf->timeout_ns > 0 ? conf->timeout_ns : TIMEOUT),
		   .stop = cx->stop_fd > 0 ? cx->stop_fd : -1};

	if (cx->deadline_ns != 0 && cx->deadline_ns < w.deadline)
		w.deadline = cx->deadline_ns;
	c->pid = start(c);
	if (c->pid < 0)
		return pv_fail(cx, PV_EINTERNAL, "starting %s: %s", conf->argv[0], strerror(errno));
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	close_end(&c->fds[IN][0]);
	close_end(&c->fds[OUT][1]);
	close_end(&c->fds[ERR][1]);
	if (conf->input.len == 0)
		close_end(&c->fds[IN][1]);
	pv_buf_init(&w.out, cx->arena);
	pv_buf_init(&w.err, cx->arena);
	if (c->pidfd >= 0)
		watch_it(&w);
	finish(&w);
	result->wall_ns = pv_mono() - begun;
	if (c->pidfd < 0)
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "the kernel has no pidfd_open: Linux 5.3 or newer is needed");
	close(c->pidfd);
	if (read(c->fds[REPORT][0], &failed, sizeof failed) == sizeof failed)
		return pv_fail(cx, failed.error == ENOENT ? PV_ENOTFOUND : PV_EINTERNAL,
			       "starting %s: %s: %s", conf->argv[0], failed.step, strerror(failed.error));
	return 0;
}

/* NULL is not an environment: PATH and LANG are. */
static const char *const *
environment(const pv_proc_conf *conf)
{
	static const char *const usual[] = {"PATH=" DEFAULT_PATH, "LANG=C.UTF-8", NULL};

	return conf->env != NULL ? conf->env : usual;
}

int
pv_proc_run(pv_ctx *cx, const pv_proc_conf *conf, pv_proc_result *ret)
{
	const char *const *env = environment(conf);
	sandbox_plan plan = {.ruleset = -1};
	pv_proc_result result = {0};
	child c = {.path = find_program(cx, conf->argv[0], env),
		   .dir = conf->dir,
		   .parent = getpid(),
		   .argv = (char *const *)(uintptr_t)conf->argv,
		   .env = (char *const *)(uintptr_t)env,
		   .pidfd = -1};
	int r = 0;

	if (c.path == NULL)
		return pv_fail(cx, PV_ENOTFOUND, "no program %s: expected a file that can be run%s",
			       conf->argv[0], strchr(conf->argv[0], '/') ? "" : " in PATH");
	if (conf->sandbox != NULL) {
		r = sandbox_prepare(cx, conf->sandbox, true, &plan);
		if (r < 0)
			return r;
		c.sandbox = &plan;
		result.sandbox_partial = plan.report.partial;
		result.sandbox_reason = plan.report.reason;
	}
	if (open_pipes(&c) < 0)
		r = pv_fail(cx, PV_EINTERNAL, "pipes for %s: %s", conf->argv[0], strerror(errno));
	if (r == 0)
		r = run(cx, conf, &c, &result);
	close_pipes(&c);
	sandbox_plan_done(&plan);
	if (r == 0)
		*ret = result;
	return r;
}

/* The last line of stderr that says something; tools put the reason there. */
static pv_str
last_words(pv_str err)
{
	pv_str line, last = {"", 0};

	while (pv_str_next(&err, '\n', &line)) {
		line = pv_str_trim(line);
		if (line.len > 0)
			last = line;
	}
	if (last.len > 400)
		last.len = 400;
	return last;
}

int
pv_proc_check(pv_ctx *cx, const pv_proc_conf *conf, const pv_proc_result *r)
{
	const char *name = conf->argv[0];
	pv_str words = last_words(r->err);
	const char *colon = words.len > 0 ? ": " : "";

	if (r->timed_out)
		return pv_fail(cx, PV_ETIMEOUT, "%s: ended after its %.3g s%s%.*s", name,
			       (double)r->wall_ns / 1e9, colon, (int)words.len, words.s);
	if (r->stopped)
		return pv_fail(cx, PV_EUNAVAILABLE, "%s: ended, because this program stops", name);
	if (r->out_cut || r->err_cut)
		return pv_fail(cx, PV_ETOOLARGE, "%s: ended: its %s is over the limit of %zu bytes", name,
			       r->out_cut ? "output" : "error output",
			       limit_of(r->out_cut ? conf->out_limit : conf->err_limit));
	if (r->signal != 0)
		return pv_fail(cx, PV_EINTERNAL, "%s: ended by signal %d (%s)%s%.*s", name, r->signal,
			       sigdescr_np(r->signal), colon, (int)words.len, words.s);
	if (r->status != 0)
		return pv_fail(cx, PV_EINTERNAL, "%s: exit status %d%s%.*s", name, r->status, colon,
			       (int)words.len, words.s);
	return 0;
}

/* The link, not where it points to: it is this program also after an upgrade has
 * replaced the file. */
const char *
pv_proc_self_exe(void)
{
	return "/proc/self/exe";
}
