/* sandbox: takes rights away from this process, for good: Landlock for files,
 * seccomp for system calls, rlimits.  For children that read strangers' bytes;
 * call it before the first of them is read, while there is one thread.  /dev/null
 * and /dev/urandom stay open to all.
 *
 * Who enters without a network, in a program that loads its libraries late (lazy.h), may
 * also read files, by name, below the folder that has them, and the loader's index
 * /etc/ld.so.cache: what the machine's packages put there, the same for everybody.  It cannot list the
 * folder, write to it, run what lies there, or tell anybody but its parent. */
#pragma once
#include "base/ctx.h"

typedef struct pv_sandbox_conf {
	const char *const *read;  /* paths that exist, files or trees, ended by NULL; or NULL */
	const char *const *write; /* readable too */
	bool network;             /* may open sockets */
	bool exec;                /* may run the programs that `read` reaches */
	int64_t cpu_seconds;      /* limits; 0: none */
	int64_t memory_bytes;     /* address space */
	int64_t file_bytes;       /* of one written file */
	int64_t files;            /* open descriptors */
	int64_t processes;        /* of this user */
} pv_sandbox_conf;

typedef struct pv_sandbox_report {
	bool partial;       /* the kernel could not do all of it */
	const char *reason; /* which part is missing and why; static; NULL if !partial */
} pv_sandbox_report;

/* What this kernel can do, without doing it. */
pv_sandbox_report pv_sandbox_probe(void);
/* Enters it.  After an error the process may be confined or not: it must end, and
 * not go on to the strangers' bytes. */
PV_MUST_USE int pv_sandbox_enter(pv_ctx *cx, const pv_sandbox_conf *conf, pv_sandbox_report *ret);
