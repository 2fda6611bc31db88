/* run: a policy, one of its bindings and one of its params over one write.  Private to core/policy. */
#pragma once
#include "core/enforcement/why.h"
#include "core/policy/set.h"

/* Values that policies have in common, as long as they see the same object. */
typedef struct policy_common {
	const pv_admit *seen; /* what they are of; NULL: not made yet */
	const pv_cel_val *vars;
} policy_common;

typedef struct policy_run {
	pv_ctx *cx;
	const pv_admit *admit; /* as it was asked for */
	pv_admit seen;         /* as the version that the policy speaks of */
	const policy *policy;
	const policy_binding *binding; /* NULL: the policy itself cannot be set up */
	const pv_val *params;          /* NULL: none */
	pv_cel_val *vars;              /* as set.h orders them */
	bool *known;                   /* which of the policy's variables have been found out */
	size_t base;                   /* index of the first of those */
	uint64_t spent;
	bool over; /* more than may be spent: nothing more is found out */
	policy_common *common;
} policy_run;

typedef struct policy_caller { /* what becomes of the runs of a write */
	void *arg;
	int (*run)(policy_run *run, void *arg);
	/* The check itself failed; failurePolicy is the caller's business.  reason NULL: it could not be
	 * set up. */
	void (*fail)(policy_run *run, void *arg, const char *reason, const char *message);
} policy_caller;

/* Every policy, binding and param that speaks of the write, in the order of their names. */
PV_MUST_USE int policy_each(pv_ctx *cx, const pv_admit *admit, const policy_list *policies,
			    const policy_caller *caller);
/* The values of the variables; with `object` in the place of the write's. */
void policy_begin(policy_run *run, const pv_val *object);
/* The same with the first EXPR_VARS values given. */
void policy_begin_with(policy_run *run, const pv_cel_val *common);
/* What the expression stands on is found out first, once; an error there is a value that
 * fails whoever comes to it.  False: *ret_error says why. */
bool policy_evaluate(policy_run *run, const policy_expr *e, pv_cel_val *ret, const char **ret_error);
/* Do all match conditions hold?  *ret_error: one failed, and no other said no. */
bool policy_applies(policy_run *run, const char **ret_error);
/* " with binding 'x'", or nothing. */
const char *policy_with_binding(const policy_run *run);
typedef struct policy_verdict {
	const char *message, *reason; /* NULL: it has nothing against it */
	bool failed;                  /* it could not be evaluated */
} policy_verdict;
/* What the i-th validation has against the write. */
policy_verdict policy_violation(policy_run *run, size_t i);
/* What that stands on (core/enforcement/why.h), once it was found. */
const pv_val *policy_basis(policy_run *run, size_t i, const pv_val *object, const pv_why_reader *how);
