/* Job: Pods that come to an end, so many times.
 * Source: k8s.io/kubernetes/pkg/controller/job, https://kubernetes.io/docs/concepts/workloads/controllers/job/. */
#include "infrastructure/workloads/job.h"

#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/workloads.h"
#include "lang/ranges/ranges.h"

#define OURS "kubernetes.io/job-controller"

bool
job_has(const pv_val *job, const char *condition)
{
	const pv_val *c = pv_condition_find(pv_at(job, "status.conditions"), condition);

	return pv_streq(pv_text_at(c, "status", ""), "True");
}

/* ---- its end ---- */

/* An ended Job goes when its time is over. */
static void
expire(pv_ctx *cx, pv_plan *plan, const pv_val *job)
{
	const pv_val *ttl = pv_at(job, "spec.ttlSecondsAfterFinished");
	const char *type = job_has(job, "Complete") ? "Complete" : "Failed";
	const pv_val *end = pv_condition_find(pv_at(job, "status.conditions"), type);
	int64_t left;

	if (!ttl || is_deleting(job))
		return;
	left = pv_time_at(end, "lastTransitionTime") + pv_seconds(pv_i64(ttl, 0)) - pv_plan_now(plan);
	if (left > 0)
		pv_plan_requeue(plan, left);
	else
		pv_plan_delete(cx, plan, job, NULL);
}

/* First it is said what the end will be, then the Pods go, then it is the end. */
static pv_val
conclude(struct job *j, pv_val conditions, struct verdict v, bool *ret_ended)
{
	int64_t now = pv_plan_now(j->plan);

	job_stop(j);
	conditions = pv_condition_set(j->cx, &conditions, v.success ? "SuccessCriteriaMet" : "FailureTarget",
				      "True", v.reason, v.message, now);
	*ret_ended = j->terminating == 0;
	if (!*ret_ended) {
		pv_plan_reason(j->cx, j->plan, "%s; %lld Pods are still ending", v.message,
			       (long long)j->terminating);
		return conditions;
	}
	pv_plan_event(j->cx, j->plan, v.success ? "Normal" : "Warning", v.success ? "Completed" : v.reason,
		      "%s", v.success ? "Job completed" : v.message);
	return pv_condition_set(j->cx, &conditions, v.success ? "Complete" : "Failed", "True", v.reason,
				v.message, now);
}

static pv_val
suspend(struct job *j, pv_val conditions)
{
	int64_t now = pv_plan_now(j->plan);

	if (j->suspended) {
		job_stop(j);
		return pv_condition_set(j->cx, &conditions, "Suspended", "True", "JobSuspended",
					"Job suspended", now);
	}
	if (!job_has(j->object, "Suspended"))
		return conditions;
	return pv_condition_set(j->cx, &conditions, "Suspended", "False", "JobResumed", "Job resumed", now);
}

/* ---- status ---- */

static void
put_count(pv_objb *b, const char *key, int64_t n)
{
	if (n > 0)
		pv_objb_put(b, key, pv_int(n));
}

/* A Job that is resumed starts anew, so far as its deadline goes; so does one that began at a time to
 * come, before the clock was set back. */
static const char *
start_time(const struct job *j)
{
	const char *began = pv_text_at(j->object, "status.startTime", NULL);

	if (j->suspended)
		return NULL;
	if (!began || pv_time_at(j->object, "status.startTime") > pv_plan_now(j->plan))
		return pv_time_format(j->cx->arena, pv_plan_now(j->plan));
	return began;
}

static pv_val
status_of(struct job *j, pv_val conditions, bool succeeded)
{
	pv_objb b;

	pv_objb_init(&b, j->cx->arena);
	pv_objb_puts(&b, "startTime", start_time(j));
	if (succeeded)
		pv_objb_puts(&b, "completionTime", pv_time_format(j->cx->arena, pv_plan_now(j->plan)));
	put_count(&b, "active", (int64_t)j->active.len);
	pv_objb_put(&b, "ready", pv_int(j->ready));
	pv_objb_put(&b, "terminating", pv_int(j->terminating));
	put_count(&b, "succeeded", j->succeeded);
	put_count(&b, "failed", j->failed);
	if (j->indexed && j->succeeded)
		pv_objb_puts(&b, "completedIndexes", pv_ranges_format(j->cx->arena, j->done, j->completions));
	if (j->per_index >= 0)
		pv_objb_puts(&b, "failedIndexes", pv_ranges_format(j->cx->arena, j->lost, j->completions));
	if (pv_count(&conditions))
		pv_objb_put(&b, "conditions", conditions);
	return pv_objb_end(&b);
}

/* ---- one turn ---- */

static void
count_pods(struct job *j)
{
	static const char *const phases[] = {"Succeeded", "Failed", NULL};
	pv_vec pods;

	pods_of(j->cx, j->plan, j->object, pv_at(j->object, "spec.selector"), &pods);
	for (size_t k = 0; k < PV_LEN(phases); k++)
		for (size_t i = 0; i < pods.len; i++) {
			const pv_val *pod = *PV_AT(const pv_val *, &pods, i);

			if (phases[k] ? pv_streq(pv_text_at(pod, "status.phase", ""), phases[k])
				      : !pod_ended(pod))
				job_count(j, pod);
		}
}

static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	struct job j = {.cx = cx, .plan = plan, .object = object};
	const pv_val *old = pv_at(object, "status.conditions");
	pv_val conditions = old ? *old : pv_null();
	bool ended = job_has(object, "Complete") || job_has(object, "Failed");
	struct verdict v;

	if (!pv_streq(pv_text_at(object, "spec.managedBy", OURS), OURS))
		return 0; /* another controller's business */
	if (ended || is_deleting(object)) {
		expire(cx, plan, object);
		return 0;
	}
	if (pv_streq(pv_text_at(object, "spec.completionMode", ""), "Indexed") &&
	    pv_i64_at(object, "spec.completions", 0) > JOB_COMPLETIONS_MOST)
		return pv_fail(cx, PV_EINVALID, "spec.completions: at most %d for an indexed Job",
			       JOB_COMPLETIONS_MOST);
	job_read(&j);
	count_pods(&j);
	conditions = suspend(&j, conditions);
	v = job_verdict(&j);
	if (v.reason)
		conditions = conclude(&j, conditions, v, &ended);
	pv_plan_status(cx, plan, status_of(&j, conditions, ended && v.success));
	if (!v.reason && !j.suspended)
		job_pods(&j);
	return 0;
}

const pv_controller job_controller = {
	.name = "job",
	.component = "job-controller",
	.tells = pod_told,
	.kind = "batch/v1/Job",
	.reconcile = reconcile,
};
