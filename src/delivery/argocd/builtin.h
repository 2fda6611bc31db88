/* builtin: what role:readonly and role:admin may do before anybody writes a policy.  Const.  Private to this folder.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/#basic-built-in-roles */
#pragma once

struct builtin_line {
	const char *subject, *resource, *action, *object;
};
extern const struct builtin_line builtin_lines[]; /* all allow; ends with subject NULL */
