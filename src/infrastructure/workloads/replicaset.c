/* ReplicaSet, and ReplicationController, its elder: so many Pods of one template. */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/workloads.h"

#define BURST 500 /* Pods made or deleted in one turn */

struct count {
	int64_t replicas, labelled, ready, available;
};

static void
scale(pv_ctx *cx, pv_plan *plan, const pv_val *rs, pv_vec *active, int64_t wanted)
{
	const char *prefix = pv_printf(cx->arena, "%s-", meta_name(rs));
	int64_t have = (int64_t)active->len, missing = wanted - have;
	for (int64_t i = 0; i < missing && i < BURST; i++)
		pv_plan_create(cx, plan,
			       pv_box(cx->arena, pod_of_template(cx, rs, pv_at(rs, "spec.template"), NULL,
								 prefix, NULL)));
	pods_by_worth(cx, active);
	for (int64_t i = 0; i < -missing && i < BURST; i++)
		pv_plan_delete(cx, plan, *PV_AT(const pv_val *, active, (size_t)i), NULL);
	if (missing != 0)
		pv_plan_reason(cx, plan, "%lld Pods wanted, %lld there", (long long)wanted, (long long)have);
}

static struct count
count_pods(pv_plan *plan, const pv_val *rs, const pv_vec *active)
{
	struct count c = {0, 0, 0, 0};
	int64_t wait = 0;
	for (size_t i = 0; i < active->len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, active, i);
		c.replicas++;
		c.labelled += pod_has_labels(pod, pv_at(rs, "spec.template.metadata.labels"));
		c.ready += pod_ready(pod);
		c.available += pod_available(pod, pv_i64_at(rs, "spec.minReadySeconds", 0), pv_plan_now(plan),
					     &wait);
	}
	if (wait)
		pv_plan_requeue(plan, wait);
	return c;
}

/* As in Kubernetes, the first message stays as long as it fails: each names another Pod, the one that it
 * could not make, and a status that is ever new would have the next turn begin at once. */
static pv_val
with_failure(pv_ctx *cx, pv_plan *plan, const pv_val *old, const char *failure)
{
	const pv_val *standing = pv_condition_find(old, "ReplicaFailure");
	if (!failure)
		return pv_condition_remove(cx, old, "ReplicaFailure");
	if (standing && pv_streq(pv_text_at(standing, "status", ""), "True"))
		return *old;
	return pv_condition_set(cx, old, "ReplicaFailure", "True", "FailedCreate", failure,
				pv_plan_now(plan));
}

static pv_val
status_of(pv_ctx *cx, pv_plan *plan, const pv_val *rs, struct count c, bool short_of_pods)
{
	const pv_val *old = pv_at(rs, "status.conditions");
	pv_val conditions = with_failure(cx, plan, old, short_of_pods ? pv_plan_last_error(plan) : NULL);
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "replicas", pv_int(c.replicas));
	pv_objb_put(&b, "fullyLabeledReplicas", pv_int(c.labelled));
	pv_objb_put(&b, "readyReplicas", pv_int(c.ready));
	pv_objb_put(&b, "availableReplicas", pv_int(c.available));
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(rs, "metadata.generation", 0)));
	if (pv_count(&conditions))
		pv_objb_put(&b, "conditions", conditions);
	return pv_objb_end(&b);
}

/* A ReplicationController's selector is plain labels. */
static const pv_val *
selector_of(pv_ctx *cx, const pv_val *rs)
{
	const pv_val *selector = pv_at(rs, "spec.selector");

	if (!selector || !pv_streq(pv_text_at(rs, "kind", ""), "ReplicationController"))
		return selector;
	return pv_box(cx->arena, object1(cx->arena, "matchLabels", *selector));
}

static int
reconcile(pv_ctx *cx, const pv_val *rs, pv_plan *plan)
{
	int64_t wanted = replicas_of(rs, 1);
	pv_vec pods, active;
	pods_of(cx, plan, rs, selector_of(cx, rs), &pods);
	pv_vec_init(&active, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pods.len; i++)
		if (pod_active(*PV_AT(const pv_val *, &pods, i)))
			pv_vec_push(&active, PV_AT(const pv_val *, &pods, i));
	if (!is_deleting(rs))
		scale(cx, plan, rs, &active, wanted);
	pv_plan_status(cx, plan,
		       status_of(cx, plan, rs, count_pods(plan, rs, &active), (int64_t)active.len < wanted));
	return 0;
}

const pv_controller replicaset_controller = {
	.name = "replicaset",
	.component = "replicaset-controller",
	.tells = pod_told,
	.kind = "apps/v1/ReplicaSet",
	.reconcile = reconcile,
};

const pv_controller replicationcontroller_controller = {
	.name = "replicationcontroller",
	.component = "replication-controller",
	.tells = pod_told,
	.kind = "v1/ReplicationController",
	.reconcile = reconcile,
};
