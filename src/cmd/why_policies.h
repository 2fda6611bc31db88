/* why_policies: what policies have against an object, or had against a write, as `pave why` prints it.
 * One thread; what is printed is borrowed. */
#pragma once
#include "lang/value/value.h"

/* Elements as core/enforcement/why.h has them; indent: blanks in front. */
void why_print_policies(pv_ctx *cx, const char *title, const pv_val *list, int indent);
