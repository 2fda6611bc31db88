/* proc: runs a child process to its end.  Blocks; use it from a pool.  Any thread.
 * The child gets argv (no shell), the environment that is given and nothing else,
 * no descriptor but its three, a process group of its own that is killed whole, and
 * dies with us. */
#pragma once
#include "base/ctx.h"
#include "base/sandbox.h"

typedef struct pv_proc_conf {
	const char *const *argv;        /* argv[0]: a path, or a name looked up in PATH; ended by NULL */
	const char *const *env;         /* "NAME=value", ended by NULL; NULL: PATH and LANG=C.UTF-8 only */
	const char *dir;                /* working directory, or NULL */
	pv_str input;                   /* bytes for stdin */
	size_t out_limit, err_limit;    /* bytes kept of each; 0: 1 MB; more ends the child */
	int64_t timeout_ns;             /* wall clock; 0: 60 s */
	const pv_sandbox_conf *sandbox; /* NULL: none; applied between fork and exec */
} pv_proc_conf;

typedef struct pv_proc_result {
	int status;                                /* exit status; -1 if a signal ended it */
	int signal;                                /* which; 0 if none */
	bool timed_out, stopped, out_cut, err_cut; /* we ended it, and why; stopped: cx->stop_fd */
	pv_str out, err;                           /* NUL-terminated, arena of the ctx */
	int64_t wall_ns, cpu_ns;
	int64_t peak_bytes;   /* resident */
	bool sandbox_partial; /* see pv_sandbox_report */
	const char *sandbox_reason;
} pv_proc_result;

/* 0 when the child ran, whatever became of it: look at the result.  -PV_ENOTFOUND
 * if there is no such program, -PV_EINTERNAL if it could not be started. */
PV_MUST_USE int pv_proc_run(pv_ctx *cx, const pv_proc_conf *conf, pv_proc_result *ret);
/* -PV_E* with the command, its end and its last line of stderr, unless it ended with
 * status 0 within its limits. */
PV_MUST_USE int pv_proc_check(pv_ctx *cx, const pv_proc_conf *conf, const pv_proc_result *result);
/* The path of our own program, for workers that are `pave` itself. */
const char *pv_proc_self_exe(void);
