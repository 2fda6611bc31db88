/* constraint: ranges of versions as Masterminds/semver v3 reads them (Helm's and
 * sprig's): ">=1.25.0-0", "^1.2 || 2.x", "1.2 - 1.4".  Pure. */
#pragma once
#include "lang/semver/semver.h"

/* "v1.2", "1", "01.2.3-rc.1+b": what is missing is 0.  *ret_build points into the text. */
bool pv_semver_loose(pv_str text, pv_semver *ret, pv_str *ret_build);
/* NULL and the answer, or what is wrong, in Masterminds' words (arena). */
const char *pv_semver_check(pv_arena *arena, pv_str constraint, pv_str version, bool *ret);
