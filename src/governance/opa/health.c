/* health: is it ready, how is it configured, how are its bundles. */
#include <string.h>

#include "base/str.h"
#include "governance/opa/plugins.h"
#include "governance/opa/serve.h"

static int
reply_health(opa_call *c, const char *error)
{
	pv_objb o;
	pv_objb_init(&o, c->cx->arena);
	pv_objb_puts(&o, "error", error);
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, error ? 500 : 200, &all);
}

/* {NAME: "OK" | "NOT_READY" | "ERROR" | "WARN"} */
static pv_val
states(opa_call *c)
{
	pv_objb o;
	pv_objb_init(&o, c->cx->arena);
	if (c->server->plugins)
		opa_plugins_states(c->server->plugins, &o);
	return pv_objb_end(&o);
}

/* data.system.health.PATH decides. */
static int
by_policy(opa_call *c)
{
	pv_val all = states(c), input;
	pv_objb o;
	opa_ask ask = {.kept = true};
	const pv_val *result;
	const char *path = pv_printf(c->cx->arena, "system/health/%s", c->rest);
	bool ready = !c->server->plugins || opa_plugins_ready(c->server->plugins);
	pv_objb_init(&o, c->cx->arena);
	pv_objb_put(&o, "plugin_state", all);
	pv_objb_put(&o, "plugins_ready", pv_bool(ready));
	input = pv_objb_end(&o);
	ask.input = &input;
	int r = opa_path_query(c->cx, path, &ask.query);
	if (r < 0)
		return opa_refuse_error(c);
	if (opa_evaluate_value(c->cx, c->state, &ask, &result) < 0) {
		const char *text = pv_error_text(c->cx);
		pv_recover(c->cx);
		return reply_health(c, text);
	}
	const char *name = opa_path_text(c->cx, path);
	if (!result)
		return reply_health(c, pv_printf(c->cx->arena, "health check (%s) was undefined", name));
	return reply_health(
		c, pv_truth(result, false)
			   ? NULL
			   : pv_printf(c->cx->arena, "health check (%s) returned unexpected value", name));
}

int
opa_health(opa_call *c)
{
	pv_val all;
	if (*c->rest)
		return by_policy(c);
	all = states(c);
	bool bundles = opa_flag(c->http, "bundles") || opa_flag(c->http, "bundle");
	const char *state = pv_text_at(&all, "bundle", "OK");
	if (bundles && !pv_streq(state, "OK"))
		return reply_health(c, "one or more bundles are not activated");
	for (size_t i = 0; opa_flag(c->http, "plugins") && i < all.len; i++)
		if (!pv_http_query_has(c->http, "exclude-plugin", all.members[i].key.s) &&
		    !pv_streq(pv_text(&all.members[i].val, ""), "OK"))
			return reply_health(c, "one or more plugins are not up");
	return reply_health(c, NULL);
}

static int
reply_result(opa_call *c, pv_val result)
{
	pv_objb o;
	pv_objb_init(&o, c->cx->arena);
	pv_objb_put(&o, "result", result);
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, 200, &all);
}

int
opa_config(opa_call *c)
{
	return reply_result(c, opa_sorted(c->cx->arena, c->server->config));
}

int
opa_status(opa_call *c)
{
	if (!c->server->plugins || !opa_plugins_have_status(c->server->plugins))
		return opa_refuse(c, 500, "internal_error", "status plugin not enabled");
	return reply_result(c, opa_plugins_status(c->cx, c->server->plugins));
}
