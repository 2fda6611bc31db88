/* view: a local repository without the refs that the library chokes on.  Private to this
 * folder; in the child that fetches. */
#pragma once
#include "core/git/inside.h"

/* Makes MIRROR/view: the objects of the repository at `local`, and those of its branches and
 * tags whose names are valid and whose commits are there; git leaves out the others, too. */
PV_MUST_USE int git_view_make(pv_ctx *cx, const char *mirror, const char *local, const char *plain,
			      const char **ret_path);
