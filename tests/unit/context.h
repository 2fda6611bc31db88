/* context: the one pv_ctx of a test program that needs no more, made anew for each test or once for all: give both
 * to cmocka.  What is made in it lives until context_end(). */
#pragma once
#include "base/ctx.h"

extern pv_ctx cx;
int context_begin(void **state);
int context_end(void **state);
