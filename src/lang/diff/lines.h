/* lines: two texts as `diff -u` shows them.  Pure. */
#pragma once
#include "base/base.h"

/* "--- from\n+++ to\n@@ ..": hunks with three lines around; empty if the texts are the same. */
pv_str pv_diff_lines(pv_arena *arena, const char *from, const char *to, pv_str a, pv_str b);
