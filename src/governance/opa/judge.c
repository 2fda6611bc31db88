/* judge: what the platform's API would refuse later is refused when it is written: a configuration that is wrong,
 * and a ConfigMap that holds what a bundle has.  One that does not fit beside the others is told of. */
#include "base/str.h"
#include "governance/opa/maps.h"
#include "governance/opa/platform.h"
#include "governance/rego/rego.h"

static int
judge_config(pv_ctx *cx, const pv_admit *admit)
{
	opa_conf conf;
	int r = opa_platform_read(cx, admit->serving, admit->object, &conf);
	if (r == 0) { /* of a stored one only the log tells: a newer Pave does not take it out of force */
		r = opa_conf_check(cx, &conf, true);
		opa_conf_close(&conf);
		if (r == 0)
			return 0;
		pv_wrap(cx, r, "Secret " OPA_CONFIG_NS "/" OPA_CONFIG_NAME);
	}
	const char *why = pv_strdup(cx->arena, pv_error_text(cx)); /* with the place */
	pv_recover(cx);
	return pv_fail(cx, PV_EINVALID, "%s", why);
}

/* At admission each policy decides for itself; the API has all of them together, or goes on with those before. */
static void
warn_of_clash(pv_ctx *cx, const pv_admit *admit)
{
	if (!admit->warnings || opa_platform_try(cx, admit->serving, admit->object) == 0)
		return;
	const char *text =
		pv_printf(cx->arena,
			  "OPA's API (/v1/data) does not answer by this: it does not load together with the "
			  "other ConfigMaps: %.*s",
			  PV_CLIP(cx->err->message));
	pv_recover(cx);
	if (!rego_is_wrong(cx, admit))
		pv_vec_push(admit->warnings, &text);
}

static int
judge_map(pv_ctx *cx, const pv_admit *admit)
{
	opa_state *state = opa_engine_state(cx, opa_platform_setup(cx, admit->serving)->server.engine);
	pv_objb held;
	warn_of_clash(cx, admit);
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
