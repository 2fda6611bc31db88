/* Any text is a location of Gatekeeper's mutators or refused; what is one changes an object, or says why
 * it does not, and a second time it finds its own work. */
#include "base/str.h"
#include "governance/gatekeeper/path.h"
#include "lang/json/json.h"

#define OBJECT \
	"{\"a\":{\"b\":[{\"name\":\"x\",\"c\":1},{\"name\":\"y\"},{\"port\":80}],\"s\":\"t\"},\"l\":[1,[2]],\"n\":null}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
put(pv_ctx *cx, const void *arg, const pv_val *was, const pv_val **ret)
{
	(void)cx;
	(void)was;
	*ret = arg;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const pv_val *object = NULL, *value = NULL, *once, *twice;
	enum gk_test tests[GK_PATH_MOST + 2] = {GK_ANY};
	gk_setter setter = {true, put, NULL};
	bool changed;
	gk_path path;
	pv_ctx cx;

	pv_ctx_init(&cx, "fuzz");
	PV_ASSERT(pv_json_parse(&cx, PV_STR(OBJECT), NULL, &object) == 0);
	PV_ASSERT(pv_json_parse(&cx, PV_STR("{\"name\":\"x\"}"), NULL, &value) == 0);
	setter.arg = value;
	if (gk_path_parse(&cx, cx.arena, pv_strndup(cx.arena, (const char *)data, size), &path) < 0 ||
	    path.n == 0) {
		(void)pv_recover(&cx);
	} else {
		PV_ASSERT(gk_path_is_prefix(&path, &path));
		if (gk_path_apply(&cx, &path, tests, &setter, object, &once, &changed) < 0)
			(void)pv_recover(&cx);
		else if (gk_path_apply(&cx, &path, tests, &setter, once, &twice, &changed) < 0)
			(void)pv_recover(&cx);
	}
	pv_ctx_done(&cx);
	return 0;
}
