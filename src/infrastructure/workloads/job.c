/* Job: Pods that come to an end, so many times. */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/workloads.h"

#define INDEX "batch.kubernetes.io/job-completion-index"
#define BACKOFF_FIRST (10 * PV_SEC)
#define BACKOFF_MOST (360 * PV_SEC)

struct job {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object;
	int64_t completions; /* -1: as many as succeed (a work queue) */
	int64_t parallelism, succeeded, failed, active, ready;
	int64_t last_failure;
	bool indexed, suspended;
	pv_vec running; /* const pv_val * */
	bool *done;     /* by index */
	bool *taken;    /* by index: a Pod runs for it */
};

static bool
has_condition(const pv_val *job, const char *type)
{
	return pv_streq(pv_text_at(pv_condition_find(pv_at(job, "status.conditions"), type), "status", ""),
			"True");
}

static int64_t
index_of(const struct job *j, const pv_val *pod)
{
	int64_t n;
	pv_str text = pv_strv(pv_get(pv_at(pod, "metadata.annotations"), INDEX));
	return j->indexed && pv_parse_int(text, &n) && n >= 0 && n < j->completions ? n : -1;
}

static void
count_pod(struct job *j, const pv_val *pod)
{
	const char *phase = pv_text_at(pod, "status.phase", "");
	int64_t index = index_of(j, pod);
	if (pv_streq(phase, "Succeeded")) {
		if (index >= 0 && j->done[index])
			return; /* a second one of the same index does not count */
		if (index >= 0)
			j->done[index] = true;
		j->succeeded++;
	} else if (pv_streq(phase, "Failed")) {
		const pv_val *c = pv_item(pv_at(pod, "status.containerStatuses"), 0);
		int64_t at = pv_time_at(c, "state.terminated.finishedAt");
		j->failed++;
		j->last_failure = at > j->last_failure ? at : j->last_failure;
	} else if (!is_deleting(pod)) {
		j->active++;
		j->ready += pod_ready(pod);
		if (index >= 0)
			j->taken[index] = true;
		pv_vec_push(&j->running, &pod);
	}
}

static pv_val
with_index(pv_arena *arena, const pv_val *object, const char *path, const char *number)
{
	pv_objb b;
	pv_objb_from(&b, arena, pv_at(object, path));
	pv_objb_puts(&b, INDEX, number);
	return pv_with_at(arena, object, path, pv_objb_end(&b));
}

/* JOB_COMPLETION_INDEX in every container that does not set it itself. */
static pv_val
with_variable(pv_arena *arena, const pv_val *container)
{
	const pv_val *env = pv_get(container, "env");
	pv_val from = object2(arena, "fieldRef", "fieldPath", pv_string_ref("metadata.labels['" INDEX "']"));
	pv_listb list;
	pv_objb b;
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < pv_count(env); i++) {
		if (pv_streq(pv_text_at(pv_item(env, i), "name", ""), "JOB_COMPLETION_INDEX"))
			return *container;
		pv_listb_add(&list, *pv_item(env, i));
	}
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name", "JOB_COMPLETION_INDEX");
	pv_objb_put(&b, "valueFrom", from);
	pv_listb_add(&list, pv_objb_end(&b));
	return pv_with(arena, container, "env", pv_listb_end(&list));
}

/* https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode */
static pv_val
indexed_pod(struct job *j, pv_val pod, int64_t index)
{
	static const char *const lists[] = {"spec.initContainers", "spec.containers"};
	pv_arena *arena = j->cx->arena;
	const char *number = pv_printf(arena, "%lld", (long long)index);
	pod = with_index(arena, &pod, "metadata.annotations", number);
	pod = with_index(arena, &pod, "metadata.labels", number);
	pod = pv_with_at(arena, &pod, "spec.hostname",
			 pv_stringf(arena, "%s-%s", meta_name(j->object), number));
	for (size_t i = 0; i < PV_LEN(lists); i++) {
		const pv_val *list = pv_at(&pod, lists[i]);
		pv_listb b;
		if (!list)
			continue;
		pv_listb_init(&b, arena);
		for (size_t k = 0; k < pv_count(list); k++)
			pv_listb_add(&b, with_variable(arena, pv_item(list, k)));
		pod = pv_with_at(arena, &pod, lists[i], pv_listb_end(&b));
	}
	return pod;
}

static void
make(struct job *j, int64_t index)
{
	const char *name = meta_name(j->object);
	pv_val pod = pod_of_template(j->cx, j->object, pv_at(j->object, "spec.template"), NULL,
				     index >= 0 ? pv_printf(j->cx->arena, "%s-%lld-", name, (long long)index)
						: pv_printf(j->cx->arena, "%s-", name),
				     NULL);
	if (index >= 0)
		pod = indexed_pod(j, pod, index);
	pv_plan_create(j->cx, j->plan, pv_box(j->cx->arena, pod));
}

static void
stop_all(struct job *j)
{
	for (size_t i = 0; i < j->running.len; i++)
		pv_plan_delete(j->cx, j->plan, *PV_AT(const pv_val *, &j->running, i), NULL);
	j->active = j->ready = 0;
}

/* After a failure the next try waits, longer each time. */
static bool
backing_off(struct job *j)
{
	int64_t wait = BACKOFF_FIRST, left;
	if (!j->failed || !j->last_failure)
		return false;
	for (int64_t i = 1; i < j->failed && wait < BACKOFF_MOST; i++)
		wait *= 2;
	left = j->last_failure + (wait < BACKOFF_MOST ? wait : BACKOFF_MOST) - pv_plan_now(j->plan);
	if (left > 0)
		pv_plan_requeue(j->plan, left);
	return left > 0;
}

static void
start(struct job *j)
{
	int64_t wanted = j->completions < 0 ? (j->succeeded ? j->active : j->parallelism)
			 : j->completions - j->succeeded < j->parallelism ? j->completions - j->succeeded
									  : j->parallelism;
	int64_t index = 0;
	if (j->active > wanted) {
		pods_by_worth(j->cx, &j->running);
		for (int64_t i = 0; i < j->active - wanted; i++)
			pv_plan_delete(j->cx, j->plan, *PV_AT(const pv_val *, &j->running, (size_t)i), NULL);
		return;
	}
	if (j->active < wanted && backing_off(j))
		return;
	for (int64_t i = j->active; i < wanted; i++) {
		while (j->indexed && index < j->completions && (j->done[index] || j->taken[index]))
			index++;
		make(j, j->indexed ? index++ : -1);
	}
	if (j->active < wanted)
		pv_plan_reason(j->cx, j->plan, "%lld of %lld Pods run", (long long)j->active,
			       (long long)wanted);
}

/* ---- the end ---- */

static bool
too_late(struct job *j)
{
	const pv_val *deadline = pv_at(j->object, "spec.activeDeadlineSeconds");
	int64_t began = pv_time_at(j->object, "status.startTime"), left;
	if (!deadline || !began)
		return false;
	left = began + pv_i64(deadline, 0) * PV_SEC - pv_plan_now(j->plan);
	if (left > 0)
		pv_plan_requeue(j->plan, left);
	return left <= 0;
}

/* Why it has failed; NULL if it has not. */
static const char *
failure(struct job *j, const char **ret_message)
{
	int64_t limit = pv_i64_at(j->object, "spec.backoffLimit", 6);
	if (too_late(j)) {
		*ret_message = "Job was active longer than specified deadline";
		return "DeadlineExceeded";
	}
	if (j->failed > limit) {
		*ret_message = "Job has reached the specified backoff limit";
		return "BackoffLimitExceeded";
	}
	return NULL;
}

static bool
complete(const struct job *j)
{
	return j->completions < 0 ? j->succeeded > 0 && j->active == 0 : j->succeeded >= j->completions;
}

/* "1,3-5,7,8": two neighbours are not a range. */
static const char *
completed_indexes(struct job *j)
{
	const char *text = "";
	for (int64_t i = 0; i < j->completions; i++) {
		int64_t first = i;
		if (!j->done[i])
			continue;
		while (i + 1 < j->completions && j->done[i + 1])
			i++;
		text = pv_printf(j->cx->arena, "%s%s%lld", text, *text ? "," : "", (long long)first);
		if (i > first)
			text = pv_printf(j->cx->arena, "%s%s%lld", text, i == first + 1 ? "," : "-",
					 (long long)i);
	}
	return text;
}

static pv_val
status_of(struct job *j, pv_val conditions, bool ended)
{
	const char *began = pv_text_at(j->object, "status.startTime", NULL),
		   *now = pv_time_format(j->cx->arena, pv_plan_now(j->plan));
	const char *finished = pv_text_at(j->object, "status.completionTime", NULL);
	pv_objb b;
	pv_objb_init(&b, j->cx->arena);
	if (!j->suspended || began)
		pv_objb_puts(&b, "startTime", began && !j->suspended ? began : j->suspended ? NULL : now);
	if (ended && pv_condition_find(&conditions, "Complete"))
		pv_objb_puts(&b, "completionTime", finished ? finished : now);
	if (j->active)
		pv_objb_put(&b, "active", pv_int(j->active));
	pv_objb_put(&b, "ready", pv_int(j->ready));
	if (j->succeeded)
		pv_objb_put(&b, "succeeded", pv_int(j->succeeded));
	if (j->failed)
		pv_objb_put(&b, "failed", pv_int(j->failed));
	if (j->indexed && j->succeeded)
		pv_objb_put(&b, "completedIndexes", pv_string(j->cx->arena, completed_indexes(j)));
	if (pv_count(&conditions))
		pv_objb_put(&b, "conditions", conditions);
	return pv_objb_end(&b);
}

/* An ended Job goes when its time is over. */
static void
expire(pv_ctx *cx, pv_plan *plan, const pv_val *job)
{
	const pv_val *ttl = pv_at(job, "spec.ttlSecondsAfterFinished");
	const pv_val *end = pv_condition_find(pv_at(job, "status.conditions"),
					      has_condition(job, "Complete") ? "Complete" : "Failed");
	int64_t left;
	if (!ttl || is_deleting(job))
		return;
	left = pv_time_at(end, "lastTransitionTime") + pv_i64(ttl, 0) * PV_SEC - pv_plan_now(plan);
	if (left > 0)
		pv_plan_requeue(plan, left);
	else
		pv_plan_delete(cx, plan, job, NULL);
}

static pv_val
suspend(struct job *j, pv_val conditions)
{
	bool was = has_condition(j->object, "Suspended");
	if (j->suspended) {
		stop_all(j);
		return pv_condition_set(j->cx, &conditions, "Suspended", "True", "JobSuspended",
					"Job suspended", pv_plan_now(j->plan));
	}
	return was ? pv_condition_set(j->cx, &conditions, "Suspended", "False", "JobResumed", "Job resumed",
				      pv_plan_now(j->plan))
		   : conditions;
}

static pv_val
conclude(struct job *j, pv_val conditions, bool *ret_ended)
{
	int64_t now = pv_plan_now(j->plan);
	const char *message = "", *reason = failure(j, &message);
	*ret_ended = true;
	if (reason) {
		stop_all(j);
		pv_plan_event(j->cx, j->plan, "Warning", reason, "%s", message);
		return pv_condition_set(j->cx, &conditions, "Failed", "True", reason, message, now);
	}
	if (complete(j)) {
		pv_plan_event(j->cx, j->plan, "Normal", "Completed", "Job completed");
		return pv_condition_set(j->cx, &conditions, "Complete", "True", "CompletionsReached",
					"Reached expected number of succeeded pods", now);
	}
	*ret_ended = false;
	if (!j->suspended)
		start(j);
	return conditions;
}

static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	struct job j = {.cx = cx, .plan = plan, .object = object};
	const pv_val *old = pv_at(object, "status.conditions");
	pv_val conditions = old ? *old : pv_null();
	bool ended = has_condition(object, "Complete") || has_condition(object, "Failed");
	pv_vec pods;
	if (ended || is_deleting(object)) {
		expire(cx, plan, object);
		return 0;
	}
	if (pv_at(object, "spec.podFailurePolicy"))
		return pv_fail(cx, PV_EUNSUPPORTED, "spec.podFailurePolicy is not supported yet");
	j.parallelism = pv_i64_at(object, "spec.parallelism", 1);
	j.completions = pv_i64_at(object, "spec.completions", -1);
	j.indexed = pv_streq(pv_text_at(object, "spec.completionMode", ""), "Indexed") && j.completions > 0 &&
		    j.completions <= 100000;
	j.suspended = pv_truth_at(object, "spec.suspend", false);
	j.done = pv_new_array(cx->arena, bool, j.indexed ? (size_t)j.completions : 1);
	j.taken = pv_new_array(cx->arena, bool, j.indexed ? (size_t)j.completions : 1);
	pv_vec_init(&j.running, cx->arena, sizeof(const pv_val *));
	pods_of(cx, plan, object, pv_at(object, "spec.selector"), &pods);
	for (size_t i = 0; i < pods.len; i++)
		count_pod(&j, *PV_AT(const pv_val *, &pods, i));
	conditions = suspend(&j, conditions);
	conditions = conclude(&j, conditions, &ended);
	pv_plan_status(cx, plan, status_of(&j, conditions, ended));
	return 0;
}

const pv_controller job_controller = {
	.name = "job",
	.kind = "batch/v1/Job",
	.reconcile = reconcile,
};
