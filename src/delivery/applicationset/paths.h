/* paths: patterns of paths as Go and as git read them.  Pure.  Private. */
#pragma once
#include "base/str.h"
#include "lang/value/value.h"

/* Go's path.Match: *, ? and [a-z] within one element, nothing spans a slash; or, `spans`: git's pathspecs, where they
 * do.  Work is bounded: what needs too many steps fits nothing. */
bool appset_path_fits(const char *pattern, const char *path, bool spans);
/* A path that git's pathspec means: fits it, or lies below it. */
bool appset_path_is_meant(const char *pattern, const char *path);
/* Globs (lang/glob) of which everything is that the pathspec means, and perhaps more. */
void appset_path_globs(pv_arena *arena, const char *pattern, pv_listb *ret);
const char *appset_path_dir(pv_arena *arena,
			    const char *path); /* Go's path.Dir of a clean path: "." for none */
const char *appset_path_base(const char *path);
