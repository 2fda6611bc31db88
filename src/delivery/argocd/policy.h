/* policy: Argo CD's RBAC: lines of Casbin's CSV, and what they let somebody do.  Pure; everything lives in the
 * arena of the ctx that a policy was made with.  One thread at a time.  Private to this folder.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/ */
#pragma once
#include "lang/value/value.h"

#define POLICY_LINES_MOST 50000 /* of one policy */
#define POLICY_ROLE_DEPTH 10    /* how far a role is followed into roles, as Casbin does */

typedef struct policy policy;

/* regex: subjects' resources, actions and objects are regular expressions (policy.matchMode) instead of globs
 * whose * spans slashes. */
policy *policy_new(pv_ctx *cx, bool regex);
/* The same lines and more: what is added to it is not in `base`, which must outlive it. */
policy *policy_over(pv_ctx *cx, const policy *base);
/* place: what the lines stand in, for errors.  -PV_EINVALID at the first wrong one: "invalid RBAC policy: LINE". */
PV_MUST_USE int policy_add(pv_ctx *cx, policy *p, const char *place, pv_str csv);
/* role:readonly, role:admin, and admin, who has it. */
void policy_add_builtin(policy *p);
/* What the roles of an AppProject say of its own objects, and no other line of theirs.  Wrong ones are left out. */
void policy_add_project(pv_ctx *cx, policy *p, const pv_val *project);
/* What is wrong with the roles of an AppProject that is about to be written.  -PV_EINVALID. */
PV_MUST_USE int policy_check_project(pv_ctx *cx, const pv_val *project);

/* Who: a user, each of their groups, and the role that everybody has; NULL-terminated. */
typedef struct policy_question policy_question;
/* One action on one kind of resource, for many objects. */
PV_MUST_USE int policy_ask(pv_ctx *cx, const policy *p, const char *const *subjects, const char *resource,
			   const char *action, policy_question **ret);
/* Does one of the subjects, judged alone, have a line that allows it and none that denies it? */
bool policy_permits(const policy_question *q, const char *object);

/* The project that an object of a resource is in: the beginning of it; empty: in none. */
pv_str policy_project_of(const char *resource, const char *object);
