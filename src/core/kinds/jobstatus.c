/* What the status of a Job cannot say (kubernetes pkg/apis/batch/validation, pkg/registry/batch/job). */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/cells.h"
#include "lang/ranges/ranges.h"
#include <string.h>

#define STATUS_CONDITIONS "status.conditions"

static bool
is_true(const pv_val *job, const char *type)
{
	const pv_val *condition = pv_cell_condition(pv_at(job, STATUS_CONDITIONS), type);

	return pv_streq(pv_text(pv_get(condition, "status"), ""), "True");
}

static bool
is_over(const pv_val *job)
{
	return is_true(job, "Complete") || is_true(job, "Failed");
}

static bool
is_indexed(const pv_val *job)
{
	return pv_streq(pv_text_at(job, "spec.completionMode", ""), "Indexed");
}

static bool
changed(const pv_val *now, const pv_val *old, const char *path)
{
	return !pv_eq(pv_at(now, path), pv_at(old, path));
}

/* ---- numbers ---- */

static void
check_numbers(pv_faults *f, const pv_val *job, const pv_val *old)
{
	static const char *const counts[] = {"active", "succeeded", "failed", "ready", "terminating"};
	bool over = is_over(job);

	for (size_t i = 0; i < PV_LEN(counts); i++) {
		const char *path = pv_below(f, "status", counts[i]);
		const pv_val *v = pv_at(job, path);
		bool sum = i == 2 || (i == 1 && !is_indexed(job)), running = i == 0 || i == 4,
		     told = !is_over(old) || changed(job, old, path);

		if (pv_i64(v, 0) < 0)
			pv_fault_value(f, path, v, "must be greater than or equal to 0");
		if (sum && pv_i64(v, 0) < pv_i64_at(old, path, 0))
			pv_fault_value(f, path, v,
				       pv_printf(f->cx->arena, "cannot decrease the %s counter", counts[i]));
		if (running && over && told && pv_i64(v, 0) > 0)
			pv_fault_value(
				f, path, v,
				pv_printf(f->cx->arena, "%s>0 is invalid for finished job", counts[i]));
	}
	if (pv_at(job, "status.ready") &&
	    (changed(job, old, "status.ready") || changed(job, old, "status.active")) &&
	    pv_i64_at(job, "status.ready", 0) > pv_i64_at(job, "status.active", 0))
		pv_fault_value(f, "status.ready", pv_at(job, "status.ready"),
			       "cannot set more ready pods than active");
}

/* ---- conditions and times ---- */

static void
bad_conditions(pv_faults *f, const char *why)
{
	pv_fault(f, "FieldValueInvalid", STATUS_CONDITIONS, "Invalid value: %s", why);
}

static void
check_conditions(pv_faults *f, const pv_val *job, const pv_val *old)
{
	static const char *const reasons[][2] = {{"Complete", "SuccessCriteriaMet"},
						 {"Failed", "FailureTarget"}},
				 *const against[][2] = {{"Complete", "Failed"},
							{"Complete", "FailureTarget"},
							{"SuccessCriteriaMet", "Failed"},
							{"SuccessCriteriaMet", "FailureTarget"}},
				 *const last[] = {"SuccessCriteriaMet", "FailureTarget", "Complete",
						  "Failed"};

	for (size_t i = 0; i < PV_LEN(reasons); i++)
		if (is_true(job, reasons[i][0]) && !is_true(old, reasons[i][0]) &&
		    !is_true(job, reasons[i][1]))
			bad_conditions(f,
				       pv_printf(f->cx->arena,
						 "cannot set %s=True condition without the %s=true condition",
						 reasons[i][0], reasons[i][1]));
	for (size_t i = 0; i < PV_LEN(last); i++)
		if (is_true(old, last[i]) && !is_true(job, last[i]))
			bad_conditions(f, pv_printf(f->cx->arena, "cannot disable the %s%s=True condition",
						    i ? "terminal " : "", last[i]));
	for (size_t i = 0; i < PV_LEN(against); i++)
		if (is_true(job, against[i][0]) && is_true(job, against[i][1]) &&
		    !(is_true(old, against[i][0]) && is_true(old, against[i][1])))
			bad_conditions(f, pv_printf(f->cx->arena, "cannot set %s=True and %s=true conditions",
						    against[i][0], against[i][1]));
}

static void
check_times(pv_faults *f, const pv_val *job, const pv_val *old)
{
	static const char start[] = "status.startTime", end[] = "status.completionTime";
	const pv_val *from = pv_at(job, start), *to = pv_at(job, end);
	bool complete = is_true(job, "Complete"), completes = complete && !is_true(old, "Complete");

	if (complete && !to && (completes || changed(job, old, end)))
		pv_required(f, end, "completionTime is required for Complete jobs");
	if (is_over(job) && !is_over(old) && !from)
		pv_required(f, start, "startTime is required for finished job");
	if (pv_at(old, start) && changed(job, old, start) && !pv_truth_at(job, "spec.suspend", false))
		pv_required(f, start, "startTime cannot be removed for unsuspended job");
	if (to && pv_at(old, end) && complete && !completes && changed(job, old, end))
		pv_fault_value(f, end, to, "field is immutable");
	if (to && !complete && (changed(job, old, end) || is_true(old, "Complete")))
		pv_fault_value(f, end, to,
			       "cannot set completionTime when there is no Complete=True condition");
	/* Both in the one form that they are kept in, so their texts are in the order of time. */
	if (from && to && changed(job, old, end) && strcmp(pv_text(to, ""), pv_text(from, "")) < 0)
		pv_fault_value(f, end, to, "must be equal to or after `startTime`");
}

/* ---- Pods that are not yet counted, and indexes ---- */

static void
check_uncounted(pv_faults *f, const pv_val *job, const pv_val *old)
{
	static const char path[] = "status.uncountedTerminatedPods";
	static const char *const lists[] = {"status.uncountedTerminatedPods.succeeded",
					    "status.uncountedTerminatedPods.failed"};
	pv_map *seen = pv_map_new(f->cx->arena);

	if (is_over(job) && (!is_over(old) || changed(job, old, path)) &&
	    (pv_count(pv_at(job, lists[0])) || pv_count(pv_at(job, lists[1]))))
		pv_fault_value(f, path, pv_at(job, path), "must be empty for finished job");
	for (size_t l = 0; l < PV_LEN(lists); l++) {
		const pv_val *list = pv_at(job, lists[l]);

		for (size_t i = 0; i < pv_count(list); i++) {
			const pv_val *uid = pv_item(list, i);

			if (!*pv_text(uid, ""))
				pv_fault_value(f, pv_nth(f, lists[l], i), uid, "must not be empty");
			else if (pv_map_puts(seen, uid->s, f))
				pv_duplicate(f, pv_nth(f, lists[l], i), uid);
		}
	}
}

/* Which indexes ended, as the controller writes them; known to change only if they are as they should be. */
static void
check_listed(pv_faults *f, const pv_val *job, const pv_val *old, const char *field)
{
	const char *path = pv_below(f, "status", field);
	const pv_val *v = pv_at(job, path);
	int64_t n = pv_i64_at(job, "spec.completions", 0);

	if (!*pv_text(v, "") || !changed(job, old, path) || n < 0 || n > PV_JOB_INDEXES_MOST)
		return;
	if (pv_ranges_parse(f->cx, v->s, pv_new_array(f->cx->arena, bool, (size_t)n + 1), n) == 0)
		return;
	pv_fault_value(f, path, v,
		       pv_printf(f->cx->arena, "error parsing %s: %s", field, pv_error_text(f->cx)));
	pv_recover(f->cx);
}

static void
check_indexes(pv_faults *f, const pv_val *job, const pv_val *old)
{
	const pv_val *done = pv_at(job, "status.completedIndexes"),
		     *failed = pv_at(job, "status.failedIndexes");
	bool indexed = is_indexed(job), per_index = pv_at(job, "spec.backoffLimitPerIndex") != NULL;

	if (*pv_text(done, "") && !indexed && changed(job, old, "status.completedIndexes"))
		pv_fault_value(f, "status.completedIndexes", done,
			       "cannot set non-empty completedIndexes when non-indexed completion mode");
	if (failed && !per_index && changed(job, old, "status.failedIndexes"))
		pv_fault_value(f, "status.failedIndexes", failed,
			       "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
	if (indexed)
		check_listed(f, job, old, "completedIndexes");
	if (indexed && per_index)
		check_listed(f, job, old, "failedIndexes");
}

size_t
pv_job_status_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	check_numbers(f, object, old);
	check_conditions(f, object, old);
	check_times(f, object, old);
	check_uncounted(f, object, old);
	check_indexes(f, object, old);
	return f->n;
}
