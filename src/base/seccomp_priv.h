/* seccomp_priv: filters of system calls, made by libseccomp.  Internal to base. */
#pragma once
#include <linux/filter.h>

#include "base/base.h"

/* 0 or a negative errno value.  The program is never freed.  Any thread. */
PV_MUST_USE int seccomp_program(bool with_network, bool with_exec, struct sock_fprog *ret);
/* From now on this process (and what it becomes) can send signals to its own threads by tgkill only, which
 * abort() needs.  0, or -1 and errno.  Async-signal-safe. */
PV_MUST_USE int seccomp_own_signals(void);
