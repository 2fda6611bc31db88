/* script: a user's health check in Lua. */
#include "base/str.h"
#include "delivery/health/check.h"
#include "lang/lua/lua.h"

enum health
health_parse(const char *name)
{
	for (enum health h = HEALTHY; h < HEALTH_NONE; h++)
		if (pv_streq(name, health_name(h)))
			return h;
	return HEALTH_NONE;
}

static const char *
type_of(const pv_val *v)
{
	return v->type == PV_NULL                           ? "nil"
	       : v->type == PV_LIST || v->type == PV_OBJECT ? "table"
							    : pv_type_name(v);
}

/* nil and {}: it has no health. */
static int
read_verdict(pv_ctx *cx, const pv_val *v, verdict *ret)
{
	const pv_val *message = pv_get(v, "message");
	*ret = is(HEALTH_NONE, "");
	if (v->type == PV_NULL || (v->type == PV_LIST && v->len == 0))
		return 0;
	if (v->type != PV_OBJECT && v->type != PV_LIST)
		return pv_fail(cx, PV_EINVALID, "expect table output from Lua script, not %s", type_of(v));
	if (message && message->type != PV_STRING && message->type != PV_NULL)
		return pv_fail(cx, PV_EINVALID, "message is a %s: expected a string", type_of(message));
	*ret = is(health_parse(pv_text(pv_get(v, "status"), "")), pv_text(message, ""));
	if (ret->health == HEALTH_NONE)
		*ret = is(HEALTH_UNKNOWN, "Lua returned an invalid health status");
	return 0;
}

static int
run(pv_ctx *cx, const custom *c, const custom_script *script, const pv_val *object, verdict *ret)
{
	const pv_lua_global globals[] = {{"obj", object}};
	pv_lua_run how = {.name = "health.lua",
			  .open = script->open,
			  .globals = globals,
			  .n_globals = 1,
			  .now = c->now};
	pv_val v;
	int r = pv_lua_eval(cx, &how, pv_str_of(script->text), &v);
	if (r == 0)
		r = read_verdict(cx, &v, ret);
	return r < 0 ? pv_wrap(cx, r, "%s", script->place) : 0;
}

bool
script_judges(pv_ctx *cx, const custom *c, pv_str group, const char *kind, const pv_val *object, verdict *ret)
{
	custom_script script;
	int r = custom_find(cx, c, "health", group, kind, &script);
	if (r == 0)
		return false;
	if (r > 0)
		r = run(cx, c, &script, object, ret);
	if (r < 0) {
		*ret = is(HEALTH_UNKNOWN, pv_strdup(cx->arena, pv_error_text(cx)));
		pv_recover(cx);
	}
	return true;
}
