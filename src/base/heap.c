#include "base/heap.h"

#include <stdio.h>
#include <stdlib.h>

void *
pv_heap_new(size_t size)
{
	void *p = calloc(1, size);
	PV_ASSERT(p);
	return p;
}

char *
pv_heap_printf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	va_start(ap, fmt);
	PV_ASSERT(vasprintf(&s, fmt, ap) >= 0);
	va_end(ap);
	return s;
}

void
pv_heap_free(void *p)
{
	free(p);
}
