#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/api/openapi.h"
#include "lang/json/json.h"
#include "openapi_world.h"
#include <stdio.h>

int
openapi_setup(void **state)
{
	static openapi_world w;

	pv_ctx_init(&w.cx, "test");
	if (pv_registry_new(&w.cx, &w.registry) < 0) {
		printf("# %s\n", pv_error_text(&w.cx));
		return -1;
	}
	*state = &w;
	return 0;
}

int
openapi_teardown(void **state)
{
	openapi_world *w = *state;

	pv_ctx_done(&w->cx);
	pv_registry_free(w->registry);
	return 0;
}

const pv_val *
openapi_document(openapi_world *w, const char *path, size_t *ret_len)
{
	pv_document_query query = {.path = path, .accept = "application/json"};
	pv_document doc;
	const pv_val *v;

	assert_int_equal(pv_openapi(&w->cx, w->registry, &query, &doc), 0);
	assert_int_equal(pv_json_parse(&w->cx, doc.body, NULL, &v), 0);
	if (ret_len)
		*ret_len = doc.body.len;
	return v;
}
