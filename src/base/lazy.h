/* lazy: libraries that are loaded when one of their functions is called first, as
 * tools/lazy makes them for a release.  Any thread.  Elsewhere there are none. */
#pragma once
#include "base/ctx.h"

/* Loads them all: for who runs long and must not find out later that one is missing, and
 * for who gives up the right to read files.  Those in the folder `later` may wait; NULL: none. */
PV_MUST_USE int pv_lazy_load(pv_ctx *cx, const char *later);
/* The folder in which this machine has C's own library, and so the others; NULL: it is not known, or nothing is
 * loaded late. */
const char *pv_lazy_folder(pv_ctx *cx);
/* For tools/lazy: the function of the row, now in its slot.  Ends the program if there is none. */
void *pv_lazy_find(size_t row);
