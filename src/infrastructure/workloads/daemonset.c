/* DaemonSet: one Pod a node. */
#include "base/str.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/revision.h"
#include "infrastructure/workloads/workloads.h"

#define HASH_LABEL "controller-revision-hash"

struct tally {
	int64_t desired, current, updated, ready, available;
	int64_t unavailable_updated; /* new ones that are not up yet */
};

static bool
fits(const pv_val *d, const pv_val *node)
{
	const pv_val *wanted = pv_at(d, "spec.template.spec.nodeSelector"), *labels = pv_at(node, "metadata.labels");
	for (size_t i = 0; i < pv_count(wanted); i++)
		if (!pv_eq(pv_getv(labels, &wanted->members[i].key), &wanted->members[i].val))
			return false;
	return !pv_truth_at(node, "spec.unschedulable", false);
}

static const pv_val *
pod_on(const pv_vec *pods, const char *node)
{
	for (size_t i = 0; i < pods->len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, pods, i);
		if (pod_active(pod) && pv_streq(pv_text_at(pod, "spec.nodeName", ""), node))
			return pod;
	}
	return NULL;
}

static bool
is_current(const pv_val *pod, const char *hash)
{
	return pv_streq(pv_text(pv_get(pv_at(pod, "metadata.labels"), HASH_LABEL), ""), hash);
}

static void
start_on(pv_ctx *cx, pv_plan *plan, const pv_val *d, const char *node, const char *hash)
{
	pv_val labels = object1(cx->arena, HASH_LABEL, pv_string(cx->arena, hash));
	pv_val pod = pod_of_template(cx, d, pv_at(d, "spec.template"), NULL, pv_printf(cx->arena, "%s-", meta_name(d)), &labels);
	pod = pv_with_at(cx->arena, &pod, "spec.nodeName", pv_string(cx->arena, node));
	pv_plan_create(cx, plan, pv_box(cx->arena, pod));
	pv_plan_reason(cx, plan, "node %s has no Pod", node);
}

static void
count(pv_plan *plan, const pv_val *d, const pv_val *pod, const char *hash, struct tally *t)
{
	int64_t wait = 0;
	bool available = pod_available(pod, pv_i64_at(d, "spec.minReadySeconds", 0), pv_plan_now(plan), &wait);
	t->current++;
	t->ready += pod_ready(pod);
	t->available += available;
	t->updated += is_current(pod, hash);
	t->unavailable_updated += is_current(pod, hash) && !available;
	if (wait)
		pv_plan_requeue(plan, wait);
}

/* Old Pods go, at most maxUnavailable at a time, those that do not work first. */
static void
replace_old(pv_ctx *cx, pv_plan *plan, const pv_val *d, pv_vec *pods, const char *hash, const struct tally *t)
{
	const pv_val *limit = pv_at(d, "spec.updateStrategy.rollingUpdate.maxUnavailable");
	int64_t most = scaled(limit, t->desired, true, 1), budget = (most > 0 ? most : 1) - (t->desired - t->available);
	if (pv_streq(pv_text_at(d, "spec.updateStrategy.type", ""), "OnDelete"))
		return;
	pods_by_worth(pods);
	for (size_t i = 0; i < pods->len; i++) {
		const pv_val *pod = *PV_AT(const pv_val *, pods, i);
		if (!pod_active(pod) || is_current(pod, hash) || (pod_ready(pod) && budget <= 0))
			continue;
		budget -= pod_ready(pod);
		pv_plan_delete(cx, plan, pod, NULL);
		pv_plan_reason(cx, plan, "Pod %s is of an older template", meta_name(pod));
	}
}

static pv_val
status_of(pv_ctx *cx, const pv_val *d, const struct tally *t)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "desiredNumberScheduled", pv_int(t->desired));
	pv_objb_put(&b, "currentNumberScheduled", pv_int(t->current));
	pv_objb_put(&b, "updatedNumberScheduled", pv_int(t->updated));
	pv_objb_put(&b, "numberReady", pv_int(t->ready));
	pv_objb_put(&b, "numberAvailable", pv_int(t->available));
	pv_objb_put(&b, "numberUnavailable", pv_int(t->desired - t->available));
	pv_objb_put(&b, "numberMisscheduled", pv_int(0));
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(d, "metadata.generation", 0)));
	return pv_objb_end(&b);
}

static int
reconcile(pv_ctx *cx, const pv_val *d, pv_plan *plan)
{
	const char *hash = template_hash(cx->arena, pv_at(d, "spec.template"), 0);
	struct tally t = {0};
	pv_vec pods, nodes;
	pods_of(cx, plan, d, pv_at(d, "spec.selector"), &pods);
	pv_plan_list(cx, plan, "v1/Node", NULL, NULL, &nodes);
	for (size_t i = 0; i < nodes.len; i++) {
		const pv_val *node = *PV_AT(const pv_val *, &nodes, i);
		const pv_val *pod = pod_on(&pods, meta_name(node));
		if (!fits(d, node)) {
			if (pod)
				pv_plan_delete(cx, plan, pod, NULL);
			continue;
		}
		t.desired++;
		if (pod)
			count(plan, d, pod, hash, &t);
		else if (!is_deleting(d))
			start_on(cx, plan, d, meta_name(node), hash);
	}
	if (!is_deleting(d)) {
		(void)revision_keep(cx, plan, d); /* for kubectl rollout history and undo */
		replace_old(cx, plan, d, &pods, hash, &t);
	}
	pv_plan_status(cx, plan, status_of(cx, d, &t));
	return 0;
}

const pv_controller daemonset_controller = {
	.name = "daemonset",
	.kind = "apps/v1/DaemonSet",
	.reconcile = reconcile,
};
