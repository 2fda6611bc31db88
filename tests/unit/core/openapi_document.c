#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "core/api/openapi.h"
#include "lang/json/json.h"
#include "openapi_document.h"

const pv_val *
openapi_document(registry_world *w, const char *path, size_t *ret_len)
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

void
openapi_check(registry_world *w, const pv_val *v, const char *path, const char *want)
{
	const pv_val *at = pv_at(v, path);
	const char *found = at ? pv_json_text(w->cx.arena, at) : NULL;

	if (!want != !found || (want && !pv_streq(want, found)))
		fail_msg("%s: found %s, wanted %s", path, found ? found : "nothing", want ? want : "nothing");
}
