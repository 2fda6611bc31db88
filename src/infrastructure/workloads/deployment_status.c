/* deployment_status: counts, and the conditions Available, Progressing, ReplicaFailure.
 * Source: k8s.io/kubernetes/pkg/controller/deployment (sync.go, progress.go). */
#include "infrastructure/workloads/deployment_status.h"

#include "base/str.h"
#include "base/time.h"

struct counts {
	int64_t replicas, updated, ready, available;
};

static struct counts
count(const struct rollout *r)
{
	struct counts c = {0, 0, 0, 0};
	for (size_t i = 0; i < r->n; i++) {
		const pv_val *status = pv_get(r->all[i].object, "status");
		c.replicas += pv_i64_at(status, "replicas", 0);
		c.ready += pv_i64_at(status, "readyReplicas", 0);
		c.available += pv_i64_at(status, "availableReplicas", 0);
		if (&r->all[i] == r->newest)
			c.updated = pv_i64_at(status, "replicas", 0);
	}
	return c;
}

/* A Deployment's conditions carry lastUpdateTime besides. */
static pv_val
put_condition(pv_ctx *cx, pv_plan *plan, pv_val conditions, const char *type, const char *status,
	      const char *reason, const char *message, bool touch)
{
	const pv_val *old = pv_condition_find(&conditions, type);
	bool same = pv_streq(pv_text_at(old, "reason", ""), reason) &&
		    pv_streq(pv_text_at(old, "message", ""), message) &&
		    pv_streq(pv_text_at(old, "status", ""), status);
	const char *now = pv_time_format(cx->arena, pv_plan_now(plan));
	const char *updated = same && !touch ? pv_text_at(old, "lastUpdateTime", now) : now;
	pv_val all = pv_condition_set(cx, &conditions, type, status, reason, message, pv_plan_now(plan));
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(&all); i++) {
		const pv_val *c = pv_item(&all, i);
		pv_listb_add(&b,
			     pv_streq(pv_text_at(c, "type", ""), type)
				     ? pv_with(cx->arena, c, "lastUpdateTime", pv_string(cx->arena, updated))
				     : *c);
	}
	return pv_listb_end(&b);
}

static bool
is_reason(const pv_val *condition, const char *reason)
{
	return pv_streq(pv_text_at(condition, "reason", ""), reason);
}

static pv_val
availability(pv_ctx *cx, pv_plan *plan, pv_val conditions, const struct rollout *r, struct counts c)
{
	if (c.available >= r->replicas - r->max_unavailable)
		return put_condition(cx, plan, conditions, "Available", "True", "MinimumReplicasAvailable",
				     "Deployment has minimum availability.", false);
	return put_condition(cx, plan, conditions, "Available", "False", "MinimumReplicasUnavailable",
			     "Deployment does not have minimum availability.", false);
}

/* Progress at a time to come was made before the clock was set back: the deadline counts from now. */
static bool
is_ahead(pv_plan *plan, const pv_val *progressing)
{
	return pv_time_at(progressing, "lastUpdateTime") > pv_plan_now(plan);
}

static bool
moved(const pv_val *old, struct counts c)
{
	int64_t updated = pv_i64_at(old, "updatedReplicas", 0);
	return c.updated > updated || c.ready > pv_i64_at(old, "readyReplicas", 0) ||
	       c.available > pv_i64_at(old, "availableReplicas", 0) ||
	       c.replicas - c.updated < pv_i64_at(old, "replicas", 0) - updated;
}

/* Time since the last progress against the deadline; asks to be called when it passes. */
static bool
timed_out(pv_plan *plan, const pv_val *d, const pv_val *progressing)
{
	int64_t since = pv_time_at(progressing, "lastUpdateTime"), left;
	if (is_reason(progressing, "ProgressDeadlineExceeded"))
		return true;
	if (!since)
		return false;
	left = since + pv_seconds(pv_i64_at(d, "spec.progressDeadlineSeconds", 600)) - pv_plan_now(plan);
	if (left > 0)
		pv_plan_requeue(plan, left + PV_SEC);
	return left <= 0;
}

static pv_val
progress(pv_ctx *cx, pv_plan *plan, pv_val conditions, const pv_val *d, const struct rollout *r,
	 struct counts c, bool complete)
{
	const pv_val *old = pv_condition_find(&conditions, "Progressing");
	const char *name = r->newest ? meta_name(r->newest->object) : NULL;
	const char *who = name ? pv_printf(cx->arena, "ReplicaSet \"%s\"", name)
			       : pv_printf(cx->arena, "Deployment \"%s\"", meta_name(d));
	bool paused = pv_truth_at(d, "spec.paused", false),
	     exceeded = is_reason(old, "ProgressDeadlineExceeded");

	if (pv_i64_at(d, "spec.progressDeadlineSeconds", 600) >= INT32_MAX) /* none: nothing is said */
		return pv_condition_remove(cx, &conditions, "Progressing");
	if (paused && exceeded)
		return conditions;
	if (paused)
		return put_condition(cx, plan, conditions, "Progressing", "Unknown", "DeploymentPaused",
				     "Deployment is paused", false);
	if (is_reason(old, "DeploymentPaused"))
		return put_condition(cx, plan, conditions, "Progressing", "Unknown", "DeploymentResumed",
				     "Deployment is resumed", false);
	if (r->created)
		return put_condition(cx, plan, conditions, "Progressing", "True", "NewReplicaSetCreated",
				     pv_printf(cx->arena, "Created new replica set \"%s\"", r->created),
				     false);
	if (is_reason(old, "NewReplicaSetAvailable") && c.replicas == c.updated && !complete)
		return conditions; /* the roll-out is over: what fails now is not its business */
	if (complete)
		return put_condition(cx, plan, conditions, "Progressing", "True", "NewReplicaSetAvailable",
				     pv_printf(cx->arena, "%s has successfully progressed.", who), false);
	if (moved(pv_get(d, "status"), c) || is_reason(old, "NewReplicaSetAvailable") ||
	    (is_ahead(plan, old) && !exceeded))
		return put_condition(cx, plan, conditions, "Progressing", "True", "ReplicaSetUpdated",
				     pv_printf(cx->arena, "%s is progressing.", who), true);
	if (timed_out(plan, d, old))
		return put_condition(cx, plan, conditions, "Progressing", "False", "ProgressDeadlineExceeded",
				     pv_printf(cx->arena, "%s has timed out progressing.", who), false);
	return conditions;
}

/* A ReplicaSet's failure to make Pods is the Deployment's. */
static pv_val
failure(pv_ctx *cx, pv_plan *plan, pv_val conditions, const struct rollout *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const pv_val *c =
			pv_condition_find(pv_at(r->all[i].object, "status.conditions"), "ReplicaFailure");
		if (c && r->all[i].have > 0)
			return put_condition(cx, plan, conditions, "ReplicaFailure", "True",
					     pv_text_at(c, "reason", ""), pv_text_at(c, "message", ""),
					     false);
	}
	return pv_condition_remove(cx, &conditions, "ReplicaFailure");
}

pv_val
deployment_status(pv_ctx *cx, pv_plan *plan, const pv_val *d, const struct rollout *r, bool *ret_complete)
{
	const pv_val *old = pv_at(d, "status.conditions");
	struct counts c = count(r);
	int64_t missing = (rollout_total(r) > r->replicas ? rollout_total(r) : r->replicas) - c.available;
	pv_val conditions = old ? *old : pv_null();
	pv_objb b;
	*ret_complete = r->newest && c.updated == r->replicas && c.replicas == r->replicas &&
			c.available == r->replicas;
	conditions = availability(cx, plan, conditions, r, c);
	conditions = progress(cx, plan, conditions, d, r, c, *ret_complete);
	conditions = failure(cx, plan, conditions, r);
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(d, "metadata.generation", 0)));
	pv_objb_put(&b, "replicas", pv_int(c.replicas));
	pv_objb_put(&b, "updatedReplicas", pv_int(c.updated));
	pv_objb_put(&b, "readyReplicas", pv_int(c.ready));
	pv_objb_put(&b, "availableReplicas", pv_int(c.available));
	pv_objb_put(&b, "unavailableReplicas", pv_int(missing > 0 ? missing : 0));
	if (r->collisions > 0)
		pv_objb_put(&b, "collisionCount", pv_int(r->collisions));
	pv_objb_put(&b, "conditions", conditions);
	return pv_objb_end(&b);
}
