/* seccomp_priv: filters of system calls, made by libseccomp.  Internal to base. */
#pragma once
#include <linux/filter.h>

#include "base/base.h"

/* 0 or a negative errno value.  The program is never freed.  Any thread. */
PV_MUST_USE int seccomp_program(bool with_network, bool with_exec, struct sock_fprog *ret);
