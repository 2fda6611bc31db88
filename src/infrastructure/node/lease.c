/* lease: what `kubectl describe node` reads as the node's sign of life.  A kubelet renews it
 * every ten seconds; this node is the server itself, so twice an hour is honest and leaves an
 * idle server's disk alone. */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/node/node.h"

#define LEASE "coordination.k8s.io/v1/Lease"
#define NAMESPACE "kube-node-lease"
#define DURATION 3600 /* seconds */
#define RENEW_AFTER (DURATION / 2 * PV_SEC)

static const pv_val *
lease(pv_ctx *cx, int64_t now)
{
	pv_objb meta, spec, b;

	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", NODE_NAME);
	pv_objb_puts(&meta, "namespace", NAMESPACE);
	pv_objb_init(&spec, cx->arena);
	pv_objb_puts(&spec, "holderIdentity", NODE_NAME);
	pv_objb_put(&spec, "leaseDurationSeconds", pv_int(DURATION));
	pv_objb_puts(&spec, "renewTime", pv_time_format_micro(cx->arena, now));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "coordination.k8s.io/v1");
	pv_objb_puts(&b, "kind", "Lease");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "spec", pv_objb_end(&spec));
	return pv_box(cx->arena, pv_objb_end(&b));
}

pv_val
node_heartbeat(pv_ctx *cx, const pv_val *conditions, int64_t now)
{
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(conditions); i++)
		pv_listb_add(&b, pv_with(cx->arena, pv_item(conditions, i), "lastHeartbeatTime",
					 pv_string_ref(pv_time_format(cx->arena, now))));
	return pv_listb_end(&b);
}

/* As a kubelet's, which is seldom compared to its lease's. */
static void
beat(pv_ctx *cx, const pv_val *node, pv_plan *plan)
{
	pv_val patch = pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	patch = pv_with_at(cx->arena, &patch, "status.conditions",
			   node_heartbeat(cx, pv_at(node, "status.conditions"), pv_plan_now(plan)));
	pv_plan_patch(cx, plan, node, "status", patch);
}

static int
reconcile(pv_ctx *cx, const pv_val *node, pv_plan *plan)
{
	const pv_val *there = pv_plan_find(cx, plan, LEASE, NAMESPACE, NODE_NAME), *wanted;
	int64_t left = pv_time_at(there, "spec.renewTime") + RENEW_AFTER - pv_plan_now(plan);
	bool silent =
		pv_at(node, "status.conditions.0") && !pv_at(node, "status.conditions.0.lastHeartbeatTime");
	pv_vec leases;

	if (!pv_streq(pv_text_at(node, "metadata.name", ""), NODE_NAME) ||
	    pv_at(node, "metadata.deletionTimestamp"))
		return 0;
	if (there && left > 0 && left <= RENEW_AFTER && !silent) { /* more: the clock went back */
		pv_plan_requeue(plan, left);
		return 0;
	}
	wanted = lease(cx, pv_plan_now(plan));
	pv_vec_init(&leases, cx->arena, sizeof(const pv_val *));
	pv_vec_push(&leases, &wanted);
	pv_plan_own(cx, plan, LEASE, &leases);
	if (pv_count(pv_at(node, "status.conditions")))
		beat(cx, node, plan);
	pv_plan_requeue(plan, RENEW_AFTER);
	return 0;
}

const pv_controller simulated_lease_controller = {
	.name = "simulated-lease",
	.kind = "v1/Node",
	.reconcile = reconcile,
};
