/* sandbox_priv: a sandbox in two steps, so that the second can be taken between fork
 * and exec: prepare allocates, apply makes system calls only.  Internal to base. */
#pragma once
#include <linux/filter.h>

#include "base/sandbox.h"

typedef struct sandbox_plan {
	int ruleset; /* Landlock's descriptor; -1: the kernel has none */
	struct sock_fprog filter;
	const pv_sandbox_conf *conf;
	pv_sandbox_report report;
} sandbox_plan;

PV_MUST_USE int sandbox_prepare(pv_ctx *cx, const pv_sandbox_conf *conf, bool exec, sandbox_plan *ret);
void sandbox_plan_done(sandbox_plan *plan);
/* 0 or an errno value; *ret_step says which step failed.  Async-signal-safe. */
int sandbox_apply(const sandbox_plan *plan, const char **ret_step);
