/* job_count: what a Job's Pods come to, and which failures count (podFailurePolicy).
 * Source: k8s.io/kubernetes/pkg/controller/job (pod_failure_policy.go, backoff_utils.go). */
#include "base/str.h"
#include "infrastructure/workloads/job.h"
#include "lang/ranges/ranges.h"

int64_t
job_index_of(const struct job *j, const pv_val *pod)
{
	int64_t n;
	pv_str text = pv_strv(pv_get(pv_at(pod, "metadata.annotations"), JOB_INDEX));

	return j->indexed && pv_parse_int(text, &n) && n >= 0 && n < j->completions ? n : -1;
}

static void
remember_indexes(struct job *j, const char *path, bool *set)
{
	if (pv_ranges_parse(j->cx, pv_text_at(j->object, path, ""), set, j->completions) < 0)
		pv_recover(
			j->cx); /* of a status that somebody wrote, or of more completions: what fits counts */
}

void
job_read(struct job *j)
{
	const pv_val *spec = pv_get(j->object, "spec");
	size_t n;

	j->parallelism = pv_i64_at(spec, "parallelism", 1);
	j->completions = pv_i64_at(spec, "completions", -1);
	j->indexed = pv_streq(pv_text_at(spec, "completionMode", ""), "Indexed") && j->completions >= 0;
	j->per_index = j->indexed ? pv_i64_at(spec, "backoffLimitPerIndex", -1) : -1;
	j->suspended = pv_truth_at(spec, "suspend", false);
	j->on_failure = pv_streq(pv_text_at(spec, "template.spec.restartPolicy", ""), "OnFailure");
	j->replace_failed_only = pv_streq(pv_text_at(spec, "podReplacementPolicy", ""), "Failed") ||
				 pv_get(spec, "podFailurePolicy") != NULL;
	pv_vec_init(&j->active, j->cx->arena, sizeof(const pv_val *));
	n = j->indexed ? (size_t)j->completions + 1 : 1;
	j->done = pv_new_array(j->cx->arena, bool, n);
	j->lost = pv_new_array(j->cx->arena, bool, n);
	j->taken = pv_new_array(j->cx->arena, bool, n);
	j->failures = pv_new_array(j->cx->arena, int64_t, n);
	j->failed_at = pv_new_array(j->cx->arena, int64_t, n);
	if (!j->indexed)
		return;
	remember_indexes(j, "status.completedIndexes", j->done); /* their Pods may be gone */
	remember_indexes(j, "status.failedIndexes", j->lost);
	for (int64_t i = 0; i < j->completions; i++)
		j->succeeded += j->done[i];
}

int64_t
job_lost(const struct job *j)
{
	int64_t n = 0;

	for (int64_t i = 0; j->indexed && i < j->completions; i++)
		n += j->lost[i] && !j->done[i];
	return n;
}

/* ---- podFailurePolicy ---- */

static bool
has_number(const pv_val *list, int64_t n)
{
	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_i64(pv_item(list, i), n - 1) == n)
			return true;
	return false;
}

/* The container whose exit code the rule is about; NULL: none. */
static const pv_val *
exit_matches(const pv_val *rule, const pv_val *pod)
{
	static const char *const lists[] = {"status.containerStatuses", "status.initContainerStatuses"};
	const char *only = pv_text_at(rule, "containerName", NULL);
	bool in = pv_streq(pv_text_at(rule, "operator", ""), "In");

	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *list = pv_at(pod, lists[l]);

		for (size_t i = 0; i < pv_count(list); i++) {
			const pv_val *c = pv_item(list, i);
			int64_t code = pv_i64_at(c, "state.terminated.exitCode", 0);

			if (code == 0 || (only && !pv_streq(only, pv_text_at(c, "name", ""))))
				continue;
			if (has_number(pv_get(rule, "values"), code) == in)
				return c;
		}
	}
	return NULL;
}

static const char *
condition_matches(const pv_val *patterns, const pv_val *pod)
{
	for (size_t i = 0; i < pv_count(patterns); i++) {
		const pv_val *p = pv_item(patterns, i);
		const char *type = pv_text_at(p, "type", "");
		const pv_val *c = pv_condition_find(pv_at(pod, "status.conditions"), type);

		if (c && pv_streq(pv_text_at(c, "status", ""), pv_text_at(p, "status", "True")))
			return type;
	}
	return NULL;
}

/* The first rule that matches decides: FailJob, FailIndex, Ignore or Count. */
static const char *
judge(struct job *j, const pv_val *pod)
{
	const pv_val *rules = pv_at(j->object, "spec.podFailurePolicy.rules");

	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *rule = pv_item(rules, i), *c = NULL;
		const char *action = pv_text_at(rule, "action", "Count"), *type = NULL;

		if (pv_get(rule, "onExitCodes"))
			c = exit_matches(pv_get(rule, "onExitCodes"), pod);
		else
			type = condition_matches(pv_get(rule, "onPodConditions"), pod);
		if (!c && !type)
			continue;
		if (pv_streq(action, "FailJob") && !j->fail_job)
			j->fail_job =
				c ? pv_printf(
					    j->cx->arena,
					    "Container %s for pod %s/%s failed with exit code %lld matching "
					    "FailJob rule at index %zu",
					    pv_text_at(c, "name", ""), meta_ns(pod), meta_name(pod),
					    (long long)pv_i64_at(c, "state.terminated.exitCode", 0), i)
				  : pv_printf(j->cx->arena,
					      "Pod %s/%s has condition %s matching FailJob rule at index %zu",
					      meta_ns(pod), meta_name(pod), type, i);
		return action;
	}
	return "Count";
}

/* ---- counting ---- */

/* 0: at a time to come, so before the clock was set back; no back-off counts from there. */
static int64_t
finished_at(const struct job *j, const pv_val *pod)
{
	const pv_val *list = pv_at(pod, "status.containerStatuses");
	int64_t last = 0;

	for (size_t i = 0; i < pv_count(list); i++) {
		int64_t at = pv_time_at(pv_item(list, i), "state.terminated.finishedAt");

		last = at > last ? at : last;
	}
	last = last ? last : created_at(pod);
	return last <= pv_plan_now(j->plan) ? last : 0;
}

/* Each Pod of an index says how many failures were before it, for those may be gone. */
static void
count_index(struct job *j, const pv_val *pod, int64_t index, bool counts)
{
	pv_str text = pv_strv(pv_get(pv_at(pod, "metadata.annotations"), JOB_INDEX_FAILURES));
	int64_t before = 0, at = finished_at(j, pod), n;

	if (pv_parse_int(text, &n) && n > 0)
		before = n;
	n = before + counts;
	j->failures[index] = n > j->failures[index] ? n : j->failures[index];
	if (counts && at > j->failed_at[index])
		j->failed_at[index] = at;
}

static void
count_failure(struct job *j, const pv_val *pod, int64_t index)
{
	const char *action = judge(j, pod);
	bool counts = !pv_streq(action, "Ignore");
	int64_t at = finished_at(j, pod);

	if (index >= 0)
		count_index(j, pod, index, counts);
	if (index >= 0 && j->per_index >= 0 &&
	    (pv_streq(action, "FailIndex") || j->failures[index] > j->per_index))
		j->lost[index] = true;
	if (!counts)
		return;
	j->failed++;
	j->last_failure = at > j->last_failure ? at : j->last_failure;
	if (at > j->last_success)
		j->failures_in_row++;
}

static void
count_active(struct job *j, const pv_val *pod, int64_t index)
{
	const pv_val *list = pv_at(pod, "status.containerStatuses");

	for (size_t i = 0; i < pv_count(list); i++)
		j->restarts += pv_i64_at(pv_item(list, i), "restartCount", 0);
	if (index >= 0)
		count_index(j, pod, index, false);
	if (index >= 0 && (j->taken[index] || j->done[index] || j->lost[index])) {
		pv_plan_delete(j->cx, j->plan, pod, NULL);
		pv_plan_reason(j->cx, j->plan, "Pod %s goes: nothing is left to do for its index",
			       meta_name(pod));
		j->terminating++;
		return;
	}
	if (index >= 0)
		j->taken[index] = true;
	j->ready += pod_ready(pod);
	pv_vec_push(&j->active, &pod);
}

/* Call with those that succeeded first, then those that failed, then the others. */
void
job_count(struct job *j, const pv_val *pod)
{
	const char *phase = pv_text_at(pod, "status.phase", "");
	int64_t index = job_index_of(j, pod), at = finished_at(j, pod);

	if (pv_streq(phase, "Succeeded")) {
		j->last_success = at > j->last_success ? at : j->last_success;
		if (!j->indexed) {
			j->succeeded++;
		} else if (index >= 0 && !j->done[index]) { /* a second one of an index does not count */
			j->done[index] = true;
			j->succeeded++;
		}
	} else if (pv_streq(phase, "Failed")) {
		count_failure(j, pod, index);
	} else if (is_deleting(pod)) {
		j->terminating++;
		if (index >= 0 && j->replace_failed_only)
			j->taken[index] = true;
	} else {
		count_active(j, pod, index);
	}
}
