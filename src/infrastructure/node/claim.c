/* claim: storage of the simulated node: a claim is bound at once, to nothing. */
#include "base/str.h"
#include "infrastructure/node/node.h"

static int
reconcile(pv_ctx *cx, const pv_val *claim, pv_plan *plan)
{
	const pv_val *modes = pv_at(claim, "spec.accessModes"),
		     *wanted = pv_at(claim, "spec.resources.requests");
	pv_objb b;
	if (pv_at(claim, "metadata.deletionTimestamp") ||
	    pv_streq(pv_text_at(claim, "status.phase", ""), "Bound"))
		return 0;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "phase", "Bound");
	if (modes)
		pv_objb_put(&b, "accessModes", *modes);
	if (wanted)
		pv_objb_put(&b, "capacity", *wanted);
	pv_plan_status(cx, plan, pv_objb_end(&b));
	pv_plan_event(cx, plan, "Normal", "ProvisioningSucceeded",
		      "bound by the simulated node: nothing is stored");
	return 0;
}

const pv_controller simulated_storage_controller = {
	.name = "simulated-storage",
	.kind = "v1/PersistentVolumeClaim",
	.reconcile = reconcile,
};
