/* ranges: sets of small numbers as Jobs write them: "0,2-4,7,8", ascending, two neighbours
 * without a dash.  Pure; any thread; what is made lives in the arena. */
#pragma once
#include "base/ctx.h"

/* Marks the numbers in set[0..below).  -PV_EINVALID says what was expected and found: a number
 * outside, out of order, or no number. */
PV_MUST_USE int pv_ranges_parse(pv_ctx *cx, const char *text, bool *set, int64_t below);
char *pv_ranges_format(pv_arena *arena, const bool *set, int64_t below);
