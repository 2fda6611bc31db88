/* checkout: a repository on this machine as its user has it.  For commands: it reads the user's own configuration.  Any
 * thread. */
#pragma once
#include "lang/value/value.h"

/* What the checkout around a path is of: {root, commit: what the revision is in it, remotes: [url, without user and password]}. */
PV_MUST_USE int pv_git_checkout(pv_ctx *cx, const char *path, const char *revision, pv_val *ret);
