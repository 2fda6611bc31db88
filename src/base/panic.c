/* What cannot happen did: say where and stop. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

void
pv_panic(const char *file, int line, const char *what)
{
	fprintf(stderr, "pave: %s:%d: assertion failed: %s\n", file, line, what);
	abort();
}
