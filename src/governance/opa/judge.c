/* judge: what the platform's API would refuse later is refused when it is written: a configuration that is wrong,
 * and a ConfigMap that holds what a bundle has. */
#include "base/str.h"
#include "governance/opa/maps.h"
#include "governance/opa/platform.h"

/* Of a stored one only the log tells: a newer Pave does not take it out of force. */
static int
check_names(pv_ctx *cx, const opa_conf *conf)
{
	pv_vec unknown;
	opa_conf_unknown(cx, conf, &unknown);
	if (unknown.len == 0)
		return 0;
	return pv_fail(cx, PV_EINVALID,
		       "Secret " OPA_CONFIG_NS "/" OPA_CONFIG_NAME
		       ": %.*s: expected a name that OPA's configuration knows, found another (%zu of them)",
		       PV_CLIP(*PV_AT(const char *, &unknown, 0)), unknown.len);
}

static int
judge_config(pv_ctx *cx, const pv_admit *admit)
{
	opa_conf conf;
	int r = opa_platform_read(cx, admit->serving, admit->object, &conf);
	if (r == 0) {
		r = check_names(cx, &conf);
		opa_conf_close(&conf);
		return r;
	}
	const char *why = pv_strdup(cx->arena, pv_error_text(cx)); /* with the place */
	pv_recover(cx);
	return pv_fail(cx, PV_EINVALID, "%s", why);
}

static int
judge_map(pv_ctx *cx, const pv_admit *admit)
{
	opa_state *state = opa_engine_state(cx, opa_platform_setup(cx, admit->serving)->server.engine);
	pv_objb held;
	if (pv_count(opa_state_bundles(state)) == 0)
		return 0;
	pv_objb_init(&held, cx->arena);
	if (opa_maps_held(cx, admit->object, &held) < 0) { /* governance/rego says what is wrong with it */
		pv_recover(cx);
		return 0;
	}
	pv_val all = pv_objb_end(&held);
	return opa_check_held(cx, opa_state_bundles(state), &all);
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials PV_UNUSED)
{
	const pv_key key = {admit->resource->type, admit->ns, admit->name};
	if (!admit->object || *admit->subresource)
		return 0;
	if (opa_platform_is_config(&key))
		return judge_config(cx, admit);
	return pv_streq(key.type, "/ConfigMap") ? judge_map(cx, admit) : 0;
}

const pv_admission opa_admission = {
	.name = "opa",
	.plain = true,
	.validate = validate,
};
