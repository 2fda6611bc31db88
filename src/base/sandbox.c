/* Landlock by its system calls (libc has no names for them), then seccomp. */
#include "base/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/lazy.h"
#include "base/sandbox_priv.h"
#include "base/seccomp_priv.h"

/* Numbers and bits of the kernel's interface, the same on every architecture; the
 * header of Debian 12 ends at version 2 of it. */
#define NR_CREATE_RULESET 444
#define NR_ADD_RULE 445
#define NR_RESTRICT_SELF 446
#define CREATE_VERSION 1U
#define RULE_PATH_BENEATH 1

#define FS_EXECUTE (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_VERSION_1 ((UINT64_C(1) << 13) - 1)
#define FS_REFER (UINT64_C(1) << 13)     /* version 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14)  /* version 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define FS_MAKE_CHAR (UINT64_C(1) << 6)
#define FS_MAKE_BLOCK (UINT64_C(1) << 11)
#define SCOPE_ALL UINT64_C(3) /* version 6: abstract sockets, signals */
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct path_attr {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

static int
version(void)
{
	return (int)syscall(NR_CREATE_RULESET, NULL, 0, CREATE_VERSION);
}

pv_sandbox_report
pv_sandbox_probe(void)
{
	static const char missing[] = "the kernel has no Landlock: files are not confined";

	return version() < 1 ? (pv_sandbox_report){.partial = true, .reason = missing}
			     : (pv_sandbox_report){0};
}

static uint64_t
handled(int v)
{
	uint64_t fs = FS_VERSION_1;

	if (v >= 2)
		fs |= FS_REFER;
	if (v >= 3)
		fs |= FS_TRUNCATE;
	if (v >= 5)
		fs |= FS_IOCTL_DEV;
	return fs;
}

static int
allow(pv_ctx *cx, int ruleset, const char *path, uint64_t rights)
{
	int r = 0, fd = open(path, O_PATH | O_CLOEXEC);
	struct path_attr rule = {.allowed = rights, .fd = fd};
	struct stat st;

	if (fd < 0)
		return pv_fail(cx, errno == ENOENT ? PV_ENOTFOUND : PV_EINTERNAL, "sandbox: opening %s: %s",
			       path, strerror(errno));
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= FS_OF_FILES;
	if (syscall(NR_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
		r = pv_fail(cx, PV_EINTERNAL, "sandbox: allowing %s: %s", path, strerror(errno));
	close(fd);
	return r;
}

static int
allow_all(pv_ctx *cx, int ruleset, const pv_sandbox_conf *conf, bool exec, uint64_t fs)
{
	uint64_t read = FS_READ_FILE | FS_READ_DIR | (exec ? FS_EXECUTE : 0);
	uint64_t write = fs & ~(FS_EXECUTE | FS_IOCTL_DEV | FS_MAKE_CHAR | FS_MAKE_BLOCK);
	int r = allow(cx, ruleset, "/dev/null", (FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE) & fs);

	if (r == 0)
		r = allow(cx, ruleset, "/dev/urandom", FS_READ_FILE);
	for (const char *const *p = conf->read; r == 0 && p != NULL && *p != NULL; p++)
		r = allow(cx, ruleset, *p, read);
	for (const char *const *p = conf->write; r == 0 && p != NULL && *p != NULL; p++)
		r = allow(cx, ruleset, *p, write);
	return r;
}

static int
prepare_landlock(pv_ctx *cx, const pv_sandbox_conf *conf, bool exec, sandbox_plan *plan)
{
	int v = version(), r;
	struct ruleset_attr attr = {.fs = handled(v), .scoped = SCOPE_ALL};
	/* Older kernels refuse a longer struct than they know. */
	size_t size = v >= 6 ? sizeof attr : offsetof(struct ruleset_attr, net);

	if (v < 1)
		return 0;
	plan->ruleset = (int)syscall(NR_CREATE_RULESET, &attr, size, 0);
	if (plan->ruleset < 0)
		return pv_fail(cx, PV_EINTERNAL, "sandbox: Landlock: %s", strerror(errno));
	r = allow_all(cx, plan->ruleset, conf, exec, attr.fs);
	if (r < 0)
		sandbox_plan_done(plan);
	return r;
}

int
sandbox_prepare(pv_ctx *cx, const pv_sandbox_conf *conf, bool exec, sandbox_plan *ret)
{
	sandbox_plan plan = {.ruleset = -1, .conf = conf, .report = pv_sandbox_probe()};
	int r = seccomp_program(conf->network, exec, &plan.filter);

	if (r < 0)
		return pv_fail(cx, PV_EINTERNAL, "sandbox: building the system call filter: %s",
			       strerror(-r));
	r = prepare_landlock(cx, conf, exec, &plan);
	if (r == 0)
		*ret = plan;
	return r;
}

void
sandbox_plan_done(sandbox_plan *plan)
{
	if (plan->ruleset >= 0)
		close(plan->ruleset);
	plan->ruleset = -1;
}

/* A limit that is lower already (ulimit) stays: to raise it is not everybody's right. */
static int
limit(__rlimit_resource_t what, int64_t value)
{
	struct rlimit l;

	if (value <= 0)
		return 0;
	if (getrlimit(what, &l) < 0)
		return -1;
	if (l.rlim_max > (rlim_t)value)
		l.rlim_max = (rlim_t)value;
	l.rlim_cur = l.rlim_max;
	return setrlimit(what, &l);
}

int
sandbox_apply(const sandbox_plan *plan, const char **ret_step)
{
	const pv_sandbox_conf *conf = plan->conf;
	struct rlimit no_core = {0};

	*ret_step = "limits";
	if (setrlimit(RLIMIT_CORE, &no_core) < 0 || limit(RLIMIT_CPU, conf->cpu_seconds) < 0 ||
	    limit(RLIMIT_AS, conf->memory_bytes) < 0 || limit(RLIMIT_FSIZE, conf->file_bytes) < 0 ||
	    limit(RLIMIT_NOFILE, conf->files) < 0 || limit(RLIMIT_NPROC, conf->processes) < 0)
		return errno;
	*ret_step = "no new privileges";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	*ret_step = "Landlock";
	if (plan->ruleset >= 0 && syscall(NR_RESTRICT_SELF, plan->ruleset, 0) < 0)
		return errno;
	*ret_step = "seccomp";
	if (seccomp_own_signals() < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &plan->filter) < 0)
		return errno;
	return 0;
}

/* Landlock confines the calling thread only. */
static bool
has_one_thread(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *e;
	int n = 0;

	if (tasks == NULL)
		return true; /* no /proc: take the caller's word */
	while ((e = readdir(tasks)) != NULL)
		n += e->d_name[0] != '.';
	closedir(tasks);
	return n == 1;
}

/* A child calls few of some fifty libraries, and to load them all is most of what a short one costs. */
static int
allow_libraries(pv_ctx *cx, const sandbox_plan *plan, const char *folder)
{
	static const char index[] = "/etc/ld.so.cache";
	int r = allow(cx, plan->ruleset, folder, FS_READ_FILE);

	if (r == 0 && access(index, R_OK) == 0)
		r = allow(cx, plan->ruleset, index, FS_READ_FILE);
	return r;
}

int
pv_sandbox_enter(pv_ctx *cx, const pv_sandbox_conf *conf, pv_sandbox_report *ret)
{
	const char *step = NULL, *libraries = conf->network ? NULL : pv_lazy_folder(cx);
	sandbox_plan plan = {.ruleset = -1, .conf = conf};
	int r, error;

	if (!has_one_thread())
		return pv_fail(cx, PV_EINTERNAL, "sandbox: must be entered before threads are started");
	r = pv_lazy_load(cx, libraries); /* no others can be loaded inside */
	if (r == 0)
		r = sandbox_prepare(cx, conf, conf->exec, &plan);
	if (r == 0 && libraries != NULL && plan.ruleset >= 0)
		r = allow_libraries(cx, &plan, libraries);
	if (r < 0) {
		sandbox_plan_done(&plan);
		return r;
	}
	error = sandbox_apply(&plan, &step);
	sandbox_plan_done(&plan);
	if (error != 0)
		return pv_fail(cx, PV_EINTERNAL, "sandbox: %s: %s", step, strerror(error));
	*ret = plan.report;
	return 0;
}
