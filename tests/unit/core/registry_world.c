#include "unit/core/registry_world.h"

#include <stdio.h>

int
registry_setup(void **state)
{
	static registry_world w;

	pv_ctx_init(&w.cx, "test");
	if (pv_registry_new(&w.cx, &w.registry) < 0) {
		printf("# %s\n", pv_error_text(&w.cx));
		return -1;
	}
	*state = &w;
	return 0;
}

int
registry_teardown(void **state)
{
	registry_world *w = *state;

	pv_ctx_done(&w->cx);
	pv_registry_free(w->registry);
	return 0;
}
