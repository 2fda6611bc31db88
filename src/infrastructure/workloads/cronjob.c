/* CronJob: a Job at each time of a schedule. */
#include "base/str.h"
#include "base/time.h"
#include "infrastructure/workloads/pods.h"
#include "infrastructure/workloads/workloads.h"
#include "lang/cron/cron.h"

#define MISSED_MOST 100 /* beyond that the clock was wrong, or it was off for long */

static bool
ended(const pv_val *job, bool *ret_failed)
{
	const pv_val *list = pv_at(job, "status.conditions");
	bool failed = pv_streq(pv_text_at(pv_condition_find(list, "Failed"), "status", ""), "True");
	*ret_failed = failed;
	return failed || pv_streq(pv_text_at(pv_condition_find(list, "Complete"), "status", ""), "True");
}

static int
youngest_first(const void *a, const void *b)
{
	int64_t x = created_at(*(const pv_val *const *)a), y = created_at(*(const pv_val *const *)b);
	return x > y ? -1 : x < y;
}

/* Ended Jobs beyond the limits go. */
static void
forget_old(pv_ctx *cx, pv_plan *plan, const pv_val *cron, pv_vec *jobs)
{
	int64_t good = pv_i64_at(cron, "spec.successfulJobsHistoryLimit", 3),
		bad = pv_i64_at(cron, "spec.failedJobsHistoryLimit", 1);
	pv_vec_sort(jobs, youngest_first);
	for (size_t i = 0; i < jobs->len; i++) {
		const pv_val *job = *PV_AT(const pv_val *, jobs, i);
		bool failed;
		if (ended(job, &failed) && (failed ? bad-- : good--) <= 0 && !is_deleting(job))
			pv_plan_delete(cx, plan, job, NULL);
	}
}

/* The last time of the schedule in (after, now]; 0: there is none.  Looked for backwards, in
 * spans that double, for a server that was off for a year must not count its minutes. */
static int64_t
last_time(const pv_cron *schedule, int64_t after, int64_t now)
{
	int64_t from = after, at = 0, t;

	if (schedule->every_ns && now > after) /* counted from `after`, whole seconds */
		from = after + (now - after) / schedule->every_ns * schedule->every_ns - schedule->every_ns;
	for (int64_t span = 60 * PV_SEC; !schedule->every_ns && now - span > after; span *= 2) {
		t = pv_cron_next(schedule, now - span);
		if (t && t <= now) {
			from = now - span;
			break;
		}
	}
	for (t = pv_cron_next(schedule, from < after ? after : from); t && t <= now;
	     t = pv_cron_next(schedule, t))
		at = t;
	return at;
}

static bool
missed_many(const pv_cron *schedule, int64_t after, int64_t now)
{
	int n = 0;

	for (int64_t t = pv_cron_next(schedule, after); t && t <= now; t = pv_cron_next(schedule, t))
		if (++n > MISSED_MOST)
			return true;
	return false;
}

/* The time of the last run, or before the first. */
static int64_t
last_run(const pv_val *cron)
{
	int64_t last = pv_time_at(cron, "status.lastScheduleTime");

	return last ? last : created_at(cron);
}

/* As Debian's cron: a clock that is set back by less than three hours repeats nothing; by more, it was
 * wrong before, and is followed at once. */
static bool
was_wrong(const pv_val *cron, int64_t now)
{
	return last_run(cron) - now > 3 * 3600 * PV_SEC;
}

/* When to look again; "@every" counts from its last time, not from now. */
static int64_t
next_time(const pv_val *cron, const pv_cron *schedule, int64_t now)
{
	int64_t last = last_run(cron);

	if (!schedule->every_ns || was_wrong(cron, now))
		return pv_cron_next(schedule, last > now && !was_wrong(cron, now) ? last : now);
	last = last_time(schedule, last_run(cron), now);
	return pv_cron_next(schedule, last ? last : last_run(cron));
}

/* The last time that is due and not run; 0: none. */
static int64_t
due(pv_ctx *cx, pv_plan *plan, const pv_val *cron, const pv_cron *schedule)
{
	int64_t now = pv_plan_now(plan), last = last_run(cron);
	int64_t deadline = pv_i64_at(cron, "spec.startingDeadlineSeconds", -1);

	if (deadline >= 0 && last < now - pv_seconds(deadline))
		last = now - pv_seconds(deadline);
	if (missed_many(schedule, last, now))
		pv_plan_event(cx, plan, "Warning", "TooManyMissedTimes",
			      "too many missed start times, only the last one is run. Set or decrease "
			      ".spec.startingDeadlineSeconds or check clock skew");
	return last_time(schedule, last, now);
}

static void
start(pv_ctx *cx, pv_plan *plan, const pv_val *cron, int64_t at)
{
	const pv_val *tmpl = pv_at(cron, "spec.jobTemplate");
	const char *name = pv_printf(cx->arena, "%s-%lld", meta_name(cron), (long long)(at / (60 * PV_SEC)));
	pv_objb meta, annotations, b;

	if (pv_plan_find(cx, plan, "batch/v1/Job", meta_ns(cron), name))
		return; /* it was made, and the status was not written */
	pv_objb_from(&annotations, cx->arena, pv_at(tmpl, "metadata.annotations"));
	pv_objb_puts(&annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp",
		     pv_time_format(cx->arena, at));
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_puts(&meta, "namespace", meta_ns(cron));
	if (pv_at(tmpl, "metadata.labels"))
		pv_objb_put(&meta, "labels", *pv_at(tmpl, "metadata.labels"));
	pv_objb_put(&meta, "annotations", pv_objb_end(&annotations));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "batch/v1");
	pv_objb_puts(&b, "kind", "Job");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "spec", *pv_get(tmpl, "spec"));
	pv_plan_create(cx, plan, pv_box(cx->arena, pv_objb_end(&b)));
}

/* May it start while others run?  Replace stops those first. */
static bool
may_start(pv_ctx *cx, pv_plan *plan, const pv_val *cron, const pv_vec *jobs)
{
	const char *policy = pv_text_at(cron, "spec.concurrencyPolicy", "Allow");
	bool failed, running = false;
	for (size_t i = 0; i < jobs->len; i++) {
		const pv_val *job = *PV_AT(const pv_val *, jobs, i);
		if (ended(job, &failed))
			continue;
		running = true;
		if (pv_streq(policy, "Replace"))
			pv_plan_delete(cx, plan, job, NULL);
	}
	if (running && pv_streq(policy, "Forbid")) {
		pv_plan_event(cx, plan, "Normal", "JobAlreadyActive",
			      "Not starting job because prior execution is running and concurrency policy is "
			      "Forbid");
		return false;
	}
	return true;
}

static pv_val
status_of(pv_ctx *cx, const pv_val *cron, const pv_vec *jobs, int64_t scheduled)
{
	const char *success = pv_text_at(cron, "status.lastSuccessfulTime", NULL);
	pv_listb active;
	pv_objb b;
	pv_listb_init(&active, cx->arena);
	for (size_t i = 0; i < jobs->len; i++) {
		const pv_val *job = *PV_AT(const pv_val *, jobs, i);
		const char *finished = pv_text_at(job, "status.completionTime", NULL);
		bool failed;
		if (finished && (!success || pv_str_cmp(pv_str_of(finished), pv_str_of(success)) > 0))
			success = finished;
		if (!ended(job, &failed)) {
			pv_objb ref;
			pv_objb_init(&ref, cx->arena);
			pv_objb_puts(&ref, "apiVersion", "batch/v1");
			pv_objb_puts(&ref, "kind", "Job");
			pv_objb_puts(&ref, "namespace", meta_ns(job));
			pv_objb_puts(&ref, "name", meta_name(job));
			pv_objb_puts(&ref, "uid", pv_text_at(job, "metadata.uid", NULL));
			pv_listb_add(&active, pv_objb_end(&ref));
		}
	}
	pv_objb_init(&b, cx->arena);
	if (active.len)
		pv_objb_put(&b, "active", pv_listb_end(&active));
	pv_objb_puts(&b, "lastScheduleTime",
		     scheduled ? pv_time_format(cx->arena, scheduled)
			       : pv_text_at(cron, "status.lastScheduleTime", NULL));
	pv_objb_puts(&b, "lastSuccessfulTime", success);
	return pv_objb_end(&b);
}

static int
reconcile(pv_ctx *cx, const pv_val *cron, pv_plan *plan)
{
	int64_t at = 0, next = 0;
	pv_cron schedule;
	pv_vec jobs;
	int r = pv_cron_parse(cx, pv_text_at(cron, "spec.schedule", ""),
			      pv_text_at(cron, "spec.timeZone", NULL), &schedule);
	if (r < 0)
		return pv_wrap(cx, r, "spec.schedule");
	pv_plan_owned(cx, plan, "batch/v1/Job", &jobs);
	forget_old(cx, plan, cron, &jobs);
	if (!pv_truth_at(cron, "spec.suspend", false) && !is_deleting(cron)) {
		at = due(cx, plan, cron, &schedule);
		if (at && may_start(cx, plan, cron, &jobs))
			start(cx, plan, cron, at);
		else
			at = 0; /* still due: it may start late, as long as its deadline allows */
		next = next_time(cron, &schedule, pv_plan_now(plan));
		if (next)
			pv_plan_requeue(plan, next - pv_plan_now(plan));
		pv_plan_reason(cx, plan, "next run %s", next ? pv_time_format(cx->arena, next) : "never");
		if (was_wrong(cron, pv_plan_now(plan)))
			at = pv_plan_now(plan); /* counted from, from here on */
	}
	pv_plan_status(cx, plan, status_of(cx, cron, &jobs, at));
	return 0;
}

static const char *
told(pv_ctx *cx, const pv_val *cron PV_UNUSED, const pv_val *other, bool deleted)
{
	return pv_printf(cx->arena, "%s job %s", deleted ? "Deleted" : "Created", meta_name(other));
}

const pv_controller cronjob_controller = {
	.name = "cronjob",
	.component = "cronjob-controller",
	.tells = told,
	.kind = "batch/v1/CronJob",
	.reconcile = reconcile,
};
