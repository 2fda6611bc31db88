/* exemption: says of a PolicyExemption whether it holds, and warns before it ends.  That it ends needs no
 * controller: core/enforcement looks at the clock. */
#include "base/str.h"
#include "base/time.h"
#include "governance/rollout/inside.h"
#include "governance/rollout/rollout.h"

static const char *
phase(pv_ctx *cx, const pv_val *exemption, pv_plan *plan)
{
	const char *until = pv_text_at(exemption, "spec.until", ""),
		   *person = pv_text_at(exemption, "spec.person", "");
	int64_t left = pv_time_at(exemption, "spec.until") - pv_plan_now(plan),
		soon = rollout_duration(pv_at(exemption, "spec.warnBefore"), ROLLOUT_WEEK);

	if (left <= 0) {
		pv_plan_event(cx, plan, "Warning", "ExemptionExpired",
			      "expired at %s: its policies apply to its objects again; ask %s", until,
			      person);
		return "Expired";
	}
	if (left <= soon) {
		pv_plan_event(cx, plan, "Warning", "ExemptionExpires",
			      "expires at %s: from then on its policies apply to its objects; ask %s", until,
			      person);
		pv_plan_requeue(plan, left);
		return "Expiring";
	}
	pv_plan_requeue(plan, left - soon);
	return "Active";
}

static int
reconcile(pv_ctx *cx, const pv_val *exemption, pv_plan *plan)
{
	const char *text, *missing;
	pv_objb b;

	if (pv_at(exemption, "metadata.deletionTimestamp"))
		return 0;
	text = phase(cx, exemption, plan);
	missing = rollout_faults(cx, plan, pv_at(exemption, "spec.policies"), true);
	pv_plan_reason(cx, plan, "until %s, approved by %s: %s%s%s", pv_text_at(exemption, "spec.until", ""),
		       pv_text_at(exemption, "spec.approvedBy", ""), text, missing ? "; " : "",
		       missing ? missing : "");
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "phase", text);
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(exemption, "metadata.generation", 0)));
	pv_objb_put(&b, "conditions",
		    pv_condition_set(cx, pv_at(exemption, "status.conditions"), "Degraded",
				     missing ? "True" : "False", missing ? "PolicyNotFound" : "AsExpected",
				     missing ? missing : "", pv_plan_now(plan)));
	pv_plan_status(cx, plan, pv_objb_end(&b));
	return 0;
}

const pv_controller exemption_controller = {
	.name = "policy-exemption",
	.kind = "governance.pave.dev/v1alpha1/PolicyExemption",
	.reconcile = reconcile,
	.resync_ns = ROLLOUT_RESYNC,
};
