/* job: one turn of a Job: what its Pods say (job_count.c), what that comes to (job_verdict.c),
 * the next Pods (job_pod.c) and the status (job.c).  Lives as long as the turn.  Private. */
#pragma once
#include "infrastructure/workloads/pods.h"

#define JOB_INDEX "batch.kubernetes.io/job-completion-index"
#define JOB_INDEX_FAILURES "batch.kubernetes.io/job-index-failure-count"
#define JOB_COMPLETIONS_MOST 100000 /* of an indexed Job; core/kinds says the same */

struct job {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object;
	int64_t completions;            /* -1: as many as succeed (a work queue) */
	int64_t parallelism, per_index; /* per_index: backoffLimitPerIndex, -1: none */
	bool indexed, suspended, on_failure, replace_failed_only;
	/* ---- what the Pods say ---- */
	int64_t succeeded, failed, ready, terminating, restarts;
	int64_t failures_in_row, last_failure, last_success;
	pv_vec active;                 /* const pv_val * */
	bool *done, *lost, *taken;     /* by index: completed, failed for good, a Pod is there */
	int64_t *failures, *failed_at; /* by index */
	const char *fail_job;          /* what a FailJob rule says; NULL: none matched */
};

/* An end that is reached: not until all Pods are gone does it become Complete or Failed. */
struct verdict {
	bool success;
	const char *reason, *message; /* reason NULL: none yet */
};

void job_read(struct job *j);
void job_count(struct job *j, const pv_val *pod);
int64_t job_index_of(const struct job *j, const pv_val *pod); /* -1: none */
int64_t job_lost(const struct job *j);                        /* how many indexes have failed for good */
struct verdict job_verdict(struct job *j);
/* Starts Pods that are missing, stops those that are too many. */
void job_pods(struct job *j);
void job_stop(struct job *j); /* all */
bool job_has(const pv_val *job, const char *condition);
