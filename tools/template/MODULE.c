/* KIND -> a ConfigMap of its name that holds its message.  The runtime does
 * the I/O, the diffing and the retrying. */
#include "LAYER/MODULE/MODULE.h"

struct MODULE {
	const char *message;
};

static const pv_field fields[] = {
	{"spec.message", PV_F_STRING, offsetof(struct MODULE, message), PV_F_REQUIRED},
	{0},
};

static pv_val
config_map(pv_ctx *cx, const pv_val *obj, const struct MODULE *want)
{
	pv_val map = pv_null();

	map = pv_with_at(cx->arena, &map, "apiVersion", pv_string_ref("v1"));
	map = pv_with_at(cx->arena, &map, "kind", pv_string_ref("ConfigMap"));
	map = pv_with_at(cx->arena, &map, "metadata.name", *pv_at(obj, "metadata.name"));
	map = pv_with_at(cx->arena, &map, "metadata.namespace", *pv_at(obj, "metadata.namespace"));
	return pv_with_at(cx->arena, &map, "data.message", pv_string(cx->arena, want->message));
}

static int
reconcile(pv_ctx *cx, const pv_val *obj, pv_plan *plan)
{
	struct MODULE want;
	pv_vec owned;
	pv_val status = pv_null();
	pv_val conditions;
	const pv_val *map;

	if (pv_decode(cx, obj, fields, &want) < 0)
		return pv_plan_fail(cx, plan, "InvalidSpec");

	map = pv_box(cx->arena, config_map(cx, obj, &want));
	pv_vec_init(&owned, cx->arena, sizeof map);
	pv_vec_push(&owned, &map);
	pv_plan_own(cx, plan, "v1/ConfigMap", &owned);

	conditions = pv_condition_set(cx, pv_at(obj, "status.conditions"), "Ready", "True", "Written",
				      "the ConfigMap holds the message", pv_plan_now(plan));
	status = pv_with_at(cx->arena, &status, "conditions", conditions);
	pv_plan_status(cx, plan, status);
	return 0;
}

const pv_controller MODULE_controller = {
	.name = "MODULE",
	.kind = "LAYER.pave.dev/v1alpha1/KIND",
	.reconcile = reconcile,
};
