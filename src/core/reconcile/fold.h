/* fold: turns that are alike are one entry of the history: "times", since "since".  Pure.
 * Private to this folder. */
#pragma once
#include "core/reconcile/reconcile.h"

/* Does the next one say what the last one said, and change nothing? */
bool fold_alike(const pv_val *last, bool last_quiet, const pv_val *next, bool next_quiet);
/* The next one, with what the last one changed, counting both. */
pv_val fold_plans(pv_arena *arena, const pv_val *last, const pv_val *next);

/* Deeds of one cause within seconds (the objects of one sync) are one entry, too. */
bool fold_one_cause(const pv_val *last, const pv_val *next);
pv_val fold_deeds(pv_arena *arena, const pv_val *last, const pv_val *next);
