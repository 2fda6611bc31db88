/* job_pod: the Pods of a Job: how many, for which index, and when after a failure.
 * Source: k8s.io/kubernetes/pkg/controller/job (manageJob, indexed_job_utils.go). */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/job.h"

#define BACKOFF_FIRST (10 * PV_SEC)
#define BACKOFF_MOST (360 * PV_SEC)
#define BURST 500 /* Pods made in one turn */

/* ---- making one ---- */

static pv_val
with_index(pv_arena *arena, const pv_val *object, const char *path, const char *number)
{
	pv_objb b;
	pv_objb_from(&b, arena, pv_at(object, path));
	pv_objb_puts(&b, JOB_INDEX, number);
	return pv_with_at(arena, object, path, pv_objb_end(&b));
}

/* JOB_COMPLETION_INDEX in every container that does not set it itself. */
static pv_val
with_variable(pv_arena *arena, const pv_val *container)
{
	const pv_val *env = pv_get(container, "env");
	pv_val from =
		object2(arena, "fieldRef", "fieldPath", pv_string_ref("metadata.labels['" JOB_INDEX "']"));
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
	const char *prefix = index >= 0 ? pv_printf(j->cx->arena, "%s-%lld-", name, (long long)index)
					: pv_printf(j->cx->arena, "%s-", name);
	pv_val pod = pod_of_template(j->cx, j->object, pv_at(j->object, "spec.template"), NULL, prefix, NULL);

	if (index >= 0)
		pod = indexed_pod(j, pod, index);
	if (index >= 0 && j->per_index >= 0) {
		pv_objb b;

		pv_objb_from(&b, j->cx->arena, pv_at(&pod, "metadata.annotations"));
		pv_objb_put(&b, JOB_INDEX_FAILURES,
			    pv_stringf(j->cx->arena, "%lld", (long long)j->failures[index]));
		pod = pv_with_at(j->cx->arena, &pod, "metadata.annotations", pv_objb_end(&b));
	}
	pv_plan_create(j->cx, j->plan, pv_box(j->cx->arena, pod));
}

void
job_stop(struct job *j)
{
	for (size_t i = 0; i < j->active.len; i++)
		pv_plan_delete(j->cx, j->plan, *PV_AT(const pv_val *, &j->active, i), NULL);
	j->terminating += (int64_t)j->active.len;
	j->active.len = 0;
	j->ready = 0;
}

/* ---- how many ---- */

/* After a failure the next try waits, longer each time; asks to be called when it is time. */
static bool
backing_off(struct job *j, int64_t failures, int64_t since)
{
	int64_t wait = BACKOFF_FIRST, left;

	if (failures == 0 || !since)
		return false;
	for (int64_t i = 1; i < failures && wait < BACKOFF_MOST; i++)
		wait *= 2;
	left = since + (wait < BACKOFF_MOST ? wait : BACKOFF_MOST) - pv_plan_now(j->plan);
	if (left > 0)
		pv_plan_requeue(j->plan, left);
	return left > 0;
}

static int64_t
wanted(const struct job *j)
{
	int64_t left;

	if (j->completions < 0) /* a work queue: none is started when one has found it empty */
		return j->succeeded ? (int64_t)j->active.len : j->parallelism;
	left = j->completions - j->succeeded - job_lost(j);
	left = left < j->parallelism ? left : j->parallelism;
	return left > 0 ? left : 0;
}

static void
stop_some(struct job *j, int64_t most)
{
	pods_by_worth(j->cx, &j->active);
	for (int64_t i = 0; i < most; i++)
		pv_plan_delete(j->cx, j->plan, *PV_AT(const pv_val *, &j->active, (size_t)i), NULL);
	pv_plan_reason(j->cx, j->plan, "%lld Pods are too many", (long long)most);
}

/* The lowest indexes that wait for nothing. */
static void
start_indexes(struct job *j, int64_t most)
{
	for (int64_t i = 0; i < j->completions && most > 0; i++) {
		if (j->done[i] || j->lost[i] || j->taken[i] ||
		    (j->per_index >= 0 && backing_off(j, j->failures[i], j->failed_at[i])))
			continue;
		make(j, i);
		most--;
	}
}

void
job_pods(struct job *j)
{
	int64_t have = (int64_t)j->active.len, want = wanted(j);
	int64_t missing = want - have - (j->replace_failed_only ? j->terminating : 0);

	if (have > want) {
		stop_some(j, have - want);
		return;
	}
	if (missing <= 0 || (j->per_index < 0 && backing_off(j, j->failures_in_row, j->last_failure)))
		return;
	missing = missing < BURST ? missing : BURST;
	pv_plan_reason(j->cx, j->plan, "%lld of %lld Pods run", (long long)have, (long long)want);
	if (j->indexed) {
		start_indexes(j, missing);
		return;
	}
	for (int64_t i = 0; i < missing; i++)
		make(j, -1);
}
