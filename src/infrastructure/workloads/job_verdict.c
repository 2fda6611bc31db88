/* job_verdict: has a Job come to an end, and to which one?
 * Source: k8s.io/kubernetes/pkg/controller/job (job_controller.go, success_policy.go). */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/job.h"
#include "lang/ranges/ranges.h"

static struct verdict
verdict(bool success, const char *reason, const char *message)
{
	return (struct verdict){success, reason, message};
}

static bool
too_late(struct job *j)
{
	const pv_val *deadline = pv_at(j->object, "spec.activeDeadlineSeconds");
	int64_t began = pv_time_at(j->object, "status.startTime"), now = pv_plan_now(j->plan), left;

	if (!deadline || !began || j->suspended)
		return false;
	left = (began < now ? began : now) + pv_seconds(pv_i64(deadline, 0)) - now; /* start_time() */
	if (left > 0)
		pv_plan_requeue(j->plan, left);
	return left <= 0;
}

/* With restartPolicy OnFailure a container that is started again counts, not its Pod. */
static bool
too_many_failures(const struct job *j)
{
	int64_t limit = pv_i64_at(j->object, "spec.backoffLimit", j->per_index >= 0 ? INT32_MAX : 6);

	return j->failed > limit || (j->on_failure && j->restarts > 0 && j->restarts >= limit);
}

static struct verdict
failure(struct job *j)
{
	const pv_val *most = pv_at(j->object, "spec.maxFailedIndexes");
	int64_t lost = job_lost(j);

	if (j->fail_job)
		return verdict(false, "PodFailurePolicy", j->fail_job);
	if (too_many_failures(j))
		return verdict(false, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
	if (too_late(j))
		return verdict(false, "DeadlineExceeded", "Job was active longer than specified deadline");
	if (most && lost > pv_i64(most, lost))
		return verdict(false, "MaxFailedIndexesExceeded",
			       "Job has exceeded the specified maximal number of failed indexes");
	if (lost > 0 && j->succeeded + lost >= j->completions)
		return verdict(false, "FailedIndexes", "Job has failed indexes");
	return verdict(false, NULL, NULL);
}

/* ---- successPolicy ---- */

static bool
rule_holds(struct job *j, const pv_val *rule)
{
	const char *indexes = pv_text_at(rule, "succeededIndexes", NULL);
	const pv_val *count = pv_get(rule, "succeededCount");
	bool *wanted = pv_new_array(j->cx->arena, bool, (size_t)j->completions + 1);
	int64_t of = 0, done = 0;

	if (indexes && pv_ranges_parse(j->cx, indexes, wanted, j->completions) < 0) {
		pv_recover(j->cx); /* validation refuses it; an old object's rule never holds */
		return false;
	}
	for (int64_t i = 0; i < j->completions; i++)
		if (!indexes || wanted[i]) {
			of++;
			done += j->done[i];
		}
	return done >= pv_i64(count, of);
}

static struct verdict
early_success(struct job *j)
{
	const pv_val *rules = pv_at(j->object, "spec.successPolicy.rules");

	for (size_t i = 0; j->indexed && i < pv_count(rules); i++)
		if (rule_holds(j, pv_item(rules, i)))
			return verdict(true, "SuccessPolicy",
				       pv_printf(j->cx->arena, "Matched rules at index %zu", i));
	return verdict(true, NULL, NULL);
}

static bool
complete(const struct job *j)
{
	if (j->completions < 0)
		return j->succeeded > 0 && j->active.len == 0;
	return j->succeeded >= j->completions;
}

/* What an earlier turn found stands. */
static struct verdict
standing(struct job *j, const char *type, bool success)
{
	const pv_val *c = pv_condition_find(pv_at(j->object, "status.conditions"), type);

	if (!pv_streq(pv_text_at(c, "status", ""), "True"))
		return verdict(success, NULL, NULL);
	return verdict(success, pv_text_at(c, "reason", ""), pv_text_at(c, "message", ""));
}

struct verdict
job_verdict(struct job *j)
{
	struct verdict v = standing(j, "FailureTarget", false);

	if (!v.reason)
		v = standing(j, "SuccessCriteriaMet", true);
	if (!v.reason)
		v = failure(j);
	if (!v.reason)
		v = early_success(j);
	if (!v.reason && complete(j))
		v = verdict(true, "CompletionsReached", "Reached expected number of succeeded pods");
	return v;
}
