/* untold: which values that a policy read stand in no refusal, for refusals reach events, statuses and logs.
 * Pure. */
#pragma once
#include "lang/value/value.h"

/* What at `path` (of a field, a parameter or anything else) may be a credential, or have one in it: by where it stands,
 * by the name of its member, or by its looks.  Sooner one too many.  As deep as the value. */
bool untold(const char *path, const pv_val *value);
