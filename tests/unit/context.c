#include "unit/context.h"

pv_ctx cx;

int
context_begin(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	return 0;
}

int
context_end(void **state)
{
	(void)state;
	pv_ctx_done(&cx);
	return 0;
}
