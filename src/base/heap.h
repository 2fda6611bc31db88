/* heap: memory that lives longer than a turn, for the few things of a layer that do
 * (a compiled policy).  Never NULL; running out of memory aborts.
 * Thread-safe.  Owner: whoever asked, until it frees. */
#pragma once
#include "base/base.h"

void *pv_heap_new(size_t size) __attribute__((malloc, returns_nonnull)); /* zeroed */
char *pv_heap_printf(const char *fmt, ...) PV_PRINTF(1, 2);
void pv_heap_free(void *p); /* accepts NULL */
