/* Any file of rules is read or refused, and what is read judges or acts; any text is a script that runs within its
 * limits, and any document goes through Lua and comes back as it was. */
#include <string.h>

#include "delivery/actions/impl.h"
#include "delivery/health/rules.h"
#include "lang/json/json.h"
#include "lang/lua/lua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
	"{\"apiVersion\":\"example.org/v1\",\"kind\":\"Kind\",\"metadata\":{\"name\":\"n\",\"generation\":2},"
	"\"spec\":{\"paused\":true,\"replicas\":3},\"status\":{\"observedGeneration\":1,\"phase\":\"Running\","
	"\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"message\":\"m\"}],\"list\":[1,\"b\",null,{}]}}";

static void
rules(pv_ctx *cx, pv_str text, const pv_val *object)
{
	pv_rule_set *health = pv_rule_set_new(cx->arena, &health_rule_form);
	pv_rule_set *actions = pv_rule_set_new(cx->arena, &action_rule_form);
	target t = {.object = object, .group = PV_STR("example.org"), .kind = "Kind", .now = 1};
	pv_listb list;
	pv_val v;
	pv_listb_init(&list, cx->arena);
	if (pv_rule_set_read(cx, health, "example.org.rules", text) < 0)
		pv_recover(cx);
	rules_judge(cx, health, t.group, t.kind, object);
	if (pv_rule_set_read(cx, actions, "example.org.rules", text) < 0)
		pv_recover(cx);
	rules_list(cx, actions, &t, &list);
	if (rules_run(cx, actions, &t, "a", object, &v) < 0)
		pv_recover(cx);
}

static void
script(pv_ctx *cx, pv_str text, const pv_val *object)
{
	pv_lua_run how = {.name = "fuzz.lua",
			  .open = true,
			  .globals = &(pv_lua_global){"obj", object},
			  .n_globals = 1,
			  .now = 1,
			  .steps = 20000,
			  .memory = 4u << 20,
			  .nodes = 10000};
	pv_val v;
	if (pv_lua_eval(cx, &how, text, &v) < 0)
		pv_recover(cx);
}

/* What has no null in it, and no list or object that Lua cannot tell from another. */
static void
back_and_forth(pv_ctx *cx, pv_str text)
{
	const pv_val *v;
	pv_val out;
	pv_lua_run how = {.name = "fuzz.lua", .n_globals = 1};
	if (pv_json_parse(cx, text, NULL, &v) < 0 || !pv_is(v, PV_OBJECT) ||
	    memmem(text.s, text.len, "null", 4)) {
		pv_recover(cx);
		return;
	}
	how.globals = &(pv_lua_global){"obj", v};
	if (pv_lua_eval(cx, &how, PV_STR("return obj"), &out) < 0) {
		pv_recover(cx);
		return;
	}
	out = pv_lua_restore(cx->arena, &out, v);
	PV_ASSERT(pv_eq(&out, v));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str text = {(const char *)data, size};
	const pv_val *object;
	pv_ctx cx;
	pv_ctx_init(&cx, "fuzz");
	PV_ASSERT(pv_json_parse(&cx, PV_STR(document), NULL, &object) == 0);
	rules(&cx, text, object);
	script(&cx, text, object);
	back_and_forth(&cx, text);
	pv_ctx_done(&cx);
	return 0;
}
