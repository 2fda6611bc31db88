/* A FlowSchema whose level is not there says so (upstream apiserver/pkg/util/flowcontrol). */
#include "core/flow/dangling.h"

#include "base/str.h"

#define GROUP "flowcontrol.apiserver.k8s.io/v1/"

static int
reconcile(pv_ctx *cx, const pv_val *schema, pv_plan *plan)
{
	const char *level = pv_text_at(schema, "spec.priorityLevelConfiguration.name", "");
	bool found = pv_plan_find(cx, plan, GROUP "PriorityLevelConfiguration", "", level) != NULL;
	const char *message = pv_printf(
		cx->arena, "This FlowSchema references the PriorityLevelConfiguration object named \"%s\" %s",
		level, found ? "and it exists" : "but there is no such object");
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "conditions",
		    pv_condition_set(cx, pv_at(schema, "status.conditions"), "Dangling",
				     found ? "False" : "True", found ? "Found" : "NotFound", message,
				     pv_plan_now(plan)));
	pv_plan_status(cx, plan, pv_objb_end(&b));
	return 0;
}

const pv_controller dangling_controller = {
	.name = "api-priority-and-fairness",
	.kind = GROUP "FlowSchema",
	.reconcile = reconcile,
};
