/* workloads: Deployment, StatefulSet, ReplicaSet, DaemonSet, Job. */
#include "base/str.h"
#include "core/reconcile/reconcile.h"
#include "delivery/health/check.h"

static bool
unobserved(const pv_val *object)
{
	return pv_i64_at(object, "metadata.generation", 0) >
	       pv_i64_at(object, "status.observedGeneration", 0);
}

static bool
condition_is(const pv_val *object, const char *type, const char *status)
{
	return pv_streq(pv_text_at(pv_condition_find(pv_at(object, "status.conditions"), type), "status", ""),
			status);
}

verdict
check_deployment(pv_ctx *cx, const pv_val *d)
{
	const pv_val *progressing = pv_condition_find(pv_at(d, "status.conditions"), "Progressing");
	const pv_val *replicas = pv_at(d, "spec.replicas");
	int64_t updated = pv_i64_at(d, "status.updatedReplicas", 0), all = pv_i64_at(d, "status.replicas", 0);
	int64_t available = pv_i64_at(d, "status.availableReplicas", 0);
	if (pv_truth_at(d, "spec.paused", false))
		return is(SUSPENDED, "Deployment is paused");
	if (unobserved(d))
		return is(PROGRESSING, "Waiting for rollout to finish: observed deployment generation less "
				       "than desired generation");
	if (pv_streq(pv_text_at(progressing, "reason", ""), "ProgressDeadlineExceeded"))
		return is(DEGRADED, pv_printf(cx->arena, "Deployment \"%s\" exceeded its progress deadline",
					      pv_text_at(d, "metadata.name", "")));
	if (replicas && updated < pv_i64(replicas, 0))
		return is(PROGRESSING, pv_printf(cx->arena,
						 "Waiting for rollout to finish: %lld out of %lld new "
						 "replicas have been updated...",
						 (long long)updated, (long long)pv_i64(replicas, 0)));
	if (all > updated)
		return is(
			PROGRESSING,
			pv_printf(
				cx->arena,
				"Waiting for rollout to finish: %lld old replicas are pending termination...",
				(long long)(all - updated)));
	if (available < updated)
		return is(PROGRESSING, pv_printf(cx->arena,
						 "Waiting for rollout to finish: %lld of %lld updated "
						 "replicas are available...",
						 (long long)available, (long long)updated));
	return is(HEALTHY, "");
}

static verdict
partitioned(pv_ctx *cx, const pv_val *s)
{
	int64_t wanted = pv_i64_at(s, "spec.replicas", 1) -
			 pv_i64_at(s, "spec.updateStrategy.rollingUpdate.partition", 0);
	int64_t updated = pv_i64_at(s, "status.updatedReplicas", 0);
	if (pv_at(s, "spec.replicas") && updated < wanted)
		return is(PROGRESSING, pv_printf(cx->arena,
						 "Waiting for partitioned roll out to finish: %lld out of "
						 "%lld new pods have been updated...",
						 (long long)updated, (long long)wanted));
	return is(HEALTHY,
		  pv_printf(cx->arena, "partitioned roll out complete: %lld new pods have been updated...",
			    (long long)updated));
}

verdict
check_statefulset(pv_ctx *cx, const pv_val *s)
{
	int64_t observed = pv_i64_at(s, "status.observedGeneration", 0),
		ready = pv_i64_at(s, "status.readyReplicas", 0);
	const pv_val *replicas = pv_at(s, "spec.replicas");
	const char *strategy = pv_text_at(s, "spec.updateStrategy.type", "");
	if (observed == 0 || unobserved(s))
		return is(PROGRESSING, "Waiting for statefulset spec update to be observed...");
	if (replicas && ready < pv_i64(replicas, 0))
		return is(PROGRESSING, pv_printf(cx->arena, "Waiting for %lld pods to be ready...",
						 (long long)(pv_i64(replicas, 0) - ready)));
	if (pv_streq(strategy, "RollingUpdate") && pv_at(s, "spec.updateStrategy.rollingUpdate.partition"))
		return partitioned(cx, s);
	if (pv_streq(strategy, "OnDelete"))
		return is(HEALTHY, pv_printf(cx->arena, "statefulset has %lld ready pods", (long long)ready));
	if (!pv_streq(pv_text_at(s, "status.updateRevision", ""),
		      pv_text_at(s, "status.currentRevision", "")))
		return is(PROGRESSING, pv_printf(cx->arena,
						 "waiting for statefulset rolling update to complete %lld "
						 "pods at revision %s...",
						 (long long)pv_i64_at(s, "status.updatedReplicas", 0),
						 pv_text_at(s, "status.updateRevision", "")));
	return is(HEALTHY,
		  pv_printf(cx->arena, "statefulset rolling update complete %lld pods at revision %s...",
			    (long long)pv_i64_at(s, "status.currentReplicas", 0),
			    pv_text_at(s, "status.currentRevision", "")));
}

verdict
check_replicaset(pv_ctx *cx, const pv_val *r)
{
	int64_t available = pv_i64_at(r, "status.availableReplicas", 0);
	const pv_val *replicas = pv_at(r, "spec.replicas");
	if (unobserved(r))
		return is(PROGRESSING, "Waiting for rollout to finish: observed replica set generation less "
				       "than desired generation");
	if (condition_is(r, "ReplicaFailure", "True"))
		return is(DEGRADED,
			  pv_text_at(pv_condition_find(pv_at(r, "status.conditions"), "ReplicaFailure"),
				     "message", ""));
	if (replicas && available < pv_i64(replicas, 0))
		return is(PROGRESSING, pv_printf(cx->arena,
						 "Waiting for rollout to finish: %lld out of %lld new "
						 "replicas are available...",
						 (long long)available, (long long)pv_i64(replicas, 0)));
	return is(HEALTHY, "");
}

verdict
check_daemonset(pv_ctx *cx, const pv_val *d)
{
	int64_t wanted = pv_i64_at(d, "status.desiredNumberScheduled", 0);
	int64_t updated = pv_i64_at(d, "status.updatedNumberScheduled", 0);
	int64_t available = pv_i64_at(d, "status.numberAvailable", 0);
	if (unobserved(d))
		return is(PROGRESSING, "Waiting for rollout to finish: observed daemon set generation less "
				       "than desired generation");
	if (pv_streq(pv_text_at(d, "spec.updateStrategy.type", ""), "OnDelete"))
		return is(HEALTHY,
			  pv_printf(cx->arena, "daemon set %lld out of %lld new pods have been updated",
				    (long long)updated, (long long)wanted));
	if (updated < wanted)
		return is(PROGRESSING, pv_printf(cx->arena,
						 "Waiting for daemon set \"%s\" rollout to finish: %lld out "
						 "of %lld new pods have been updated...",
						 pv_text_at(d, "metadata.name", ""), (long long)updated,
						 (long long)wanted));
	if (available < wanted)
		return is(PROGRESSING, pv_printf(cx->arena,
						 "Waiting for daemon set \"%s\" rollout to finish: %lld of "
						 "%lld updated pods are available...",
						 pv_text_at(d, "metadata.name", ""), (long long)available,
						 (long long)wanted));
	return is(HEALTHY, "");
}

verdict
check_job(pv_ctx *cx PV_UNUSED, const pv_val *job)
{
	const pv_val *list = pv_at(job, "status.conditions");
	bool failed = false, complete = false, suspended = false;
	const char *message = "";
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = pv_item(list, i);
		const char *type = pv_text_at(c, "type", "");
		bool counts = true;
		if (pv_streq(type, "Failed"))
			failed = complete = true;
		else if (pv_streq(type, "Complete"))
			complete = true;
		else if (pv_streq(type, "Suspended"))
			suspended = complete = counts = pv_streq(pv_text_at(c, "status", ""), "True");
		else
			counts = false;
		if (counts)
			message = pv_text_at(c, "message", "");
	}
	if (!complete)
		return is(PROGRESSING, message);
	return is(failed ? DEGRADED : suspended ? SUSPENDED : HEALTHY, message);
}
