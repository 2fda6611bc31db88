/* order: --sort-by: objects, or the rows of a table, by what a path finds in each.  Private to cmd. */
#pragma once
#include "lang/value/value.h"

/* As kubectl: numbers and quantities by their value, other texts by their bytes; what lacks the field first.
 * A list or a Table with its items or rows in order; -PV_EINVALID: none has the field, or they
 * cannot be compared. */
PV_MUST_USE int order_by(pv_ctx *cx, const char *path, const pv_val *list, const pv_val **ret);
