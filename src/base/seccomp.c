/* The filter of system calls: what no reader of bytes needs is refused with EPERM. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sandbox_priv.h"
#include "base/seccomp_priv.h"

/* By name: an older libseccomp does not know the newest calls, and an architecture
 * has not all of them; the names it cannot resolve are skipped. */
/* clang-format off */
static const char *const denied[] = {
	/* other processes */
	"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
	"pidfd_open", "migrate_pages", "move_pages",
	/* out of the group that is killed when its time is over */
	"setpgid", "setsid",
	/* signals: Landlock confines them since its version 6; tgkill is seccomp_own_signals()'s */
	"kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal",
	/* memory and queues with names that all processes see, and other users' rights */
	"shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semctl",
	"semtimedop", "mq_open", "mq_unlink", "setuid", "setuid32", "setgid", "setgid32", "setreuid",
	"setreuid32", "setregid", "setregid32", "setresuid", "setresuid32", "setresgid", "setresgid32",
	"setfsuid", "setfsuid32", "setfsgid", "setfsgid32", "setgroups", "setgroups32", "capset",
	/* the mount table and other worlds */
	"mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
	"fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns", "swapon", "swapoff",
	"quotactl", "quotactl_fd", "acct", "name_to_handle_at", "open_by_handle_at", "fanotify_init",
	/* the kernel itself */
	"reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "bpf",
	"perf_event_open", "userfaultfd", "syslog", "lookup_dcookie", "iopl", "ioperm", "modify_ldt",
	"vhangup", "nfsservctl", "uselib", "ustat", "sysfs", "_sysctl",
	"io_uring_setup", "io_uring_enter", "io_uring_register", /* would go round this filter */
	/* clock, names, keys */
	"settimeofday", "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64",
	"adjtimex", "stime", "sethostname", "setdomainname", "keyctl", "add_key", "request_key",
	"memfd_secret", "personality",
	/* what Landlock does not see: rights and attributes by path (by descriptor is fine) */
	"chmod", "fchmodat", "fchmodat2", "chown", "chown32", "lchown", "lchown32", "fchownat",
	"setxattr", "lsetxattr", "removexattr", "lremovexattr", "truncate", "truncate64",
	"utime", "utimes", "futimesat",
};
/* clang-format on */

static const char *const network[] = {
	"socket",  "bind",     "connect",         "listen",   "accept",
	"accept4", "recvmmsg", "recvmmsg_time64", "sendmmsg", "socketcall",
};

static const char *const exec[] = {"execve", "execveat", "fork", "vfork"};

static int
deny_all(scmp_filter_ctx filter, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r, nr = seccomp_syscall_resolve_name(names[i]);

		if (nr == __NR_SCMP_ERROR)
			continue;
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), nr, 0);
		if (r < 0 && r != -EDOM && r != -EINVAL) /* not on this architecture */
			return r;
	}
	return 0;
}

/* Calls that concern another process (or, of times, another file) unless an argument is 0. */
static int
deny_unless_zero(scmp_filter_ctx filter)
{
	static const struct {
		const char *name;
		unsigned argument;
	} calls[] = {{"prlimit64", 0},     {"sched_setaffinity", 0}, {"sched_setscheduler", 0},
		     {"sched_setattr", 0}, {"sched_setparam", 0},    {"setpriority", 1},
		     {"ioprio_set", 1},    {"utimensat", 1},         {"utimensat_time64", 1}};

	for (size_t i = 0; i < PV_LEN(calls); i++) {
		struct scmp_arg_cmp is = {.arg = calls[i].argument, .op = SCMP_CMP_NE, .datum_a = 0};
		int r, nr = seccomp_syscall_resolve_name(calls[i].name);

		if (nr == __NR_SCMP_ERROR)
			continue;
		r = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), nr, 1, &is);
		if (r < 0 && r != -EDOM && r != -EINVAL)
			return r;
	}
	return 0;
}

static int
deny_by_argument(scmp_filter_ctx filter)
{
	static const scmp_datum_t spaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
					      CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
	/* The terminal's input; and who gets SIGIO, or another signal, of a descriptor: a way to kill. */
	static const scmp_datum_t controls[] = {TIOCSTI, 0x541c /* TIOCLINUX */, FIOSETOWN, SIOCSPGRP},
				  commands[] = {F_SETOWN, F_SETOWN_EX, F_SETSIG};
	int r = 0;

	for (size_t i = 0; r == 0 && i < PV_LEN(spaces); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, spaces[i], spaces[i]));
	for (size_t i = 0; r == 0 && i < PV_LEN(controls); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
				     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, controls[i]));
	for (size_t i = 0; r == 0 && i < PV_LEN(commands); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fcntl), 1,
				     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, commands[i]));
	/* Its flags lie in memory, where a filter cannot look; libc falls back to clone. */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return r;
}

/* libseccomp writes programs to descriptors only. */
static int
write_out(scmp_filter_ctx filter, struct sock_fprog *ret)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), r = fd < 0 ? -errno : 0;
	off_t size = 0;

	if (r == 0)
		r = seccomp_export_bpf(filter, fd);
	if (r == 0 && (size = lseek(fd, 0, SEEK_END)) <= 0)
		r = -EIO;
	if (r == 0) {
		struct sock_filter *code = malloc((size_t)size);
		PV_ASSERT(code != NULL);
		if (pread(fd, code, (size_t)size, 0) != size)
			r = -EIO;
		*ret = (struct sock_fprog){.len = (unsigned short)((size_t)size / sizeof *code),
					   .filter = code};
	}
	if (fd >= 0)
		close(fd);
	return r;
}

static int
build(bool with_network, bool with_exec, struct sock_fprog *ret)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = filter == NULL ? -ENOMEM : deny_all(filter, denied, PV_LEN(denied));

	if (r == 0)
		r = deny_by_argument(filter);
	if (r == 0 && !with_network)
		r = deny_all(filter, network, PV_LEN(network));
	if (r == 0)
		r = deny_unless_zero(filter);
	if (r == 0 && !with_exec)
		r = deny_all(filter, exec, PV_LEN(exec));
	if (r == 0 && !with_exec) /* threads are fine, processes are not */
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	if (r == 0)
		r = write_out(filter, ret);
	if (filter != NULL)
		seccomp_release(filter);
	return r;
}

/* Four programs, built when first wanted and kept for the life of the process. */
int
seccomp_program(bool with_network, bool with_exec, struct sock_fprog *ret)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static struct sock_fprog programs[2][2];
	struct sock_fprog *p = &programs[with_network][with_exec];
	int r = 0;

	pthread_mutex_lock(&mutex);
	if (p->filter == NULL)
		r = build(with_network, with_exec, p);
	*ret = *p;
	pthread_mutex_unlock(&mutex);
	return r;
}

/* A filter of its own, because only the process itself knows its number.  The other filter has looked
 * at the architecture. */
int
seccomp_own_signals(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])), /* low half */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = {.len = PV_LEN(code), .filter = code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
