/* What a Job says of Pods that fail and of when it has succeeded (kubernetes pkg/apis/batch/validation). */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include "lang/ranges/ranges.h"

#define RULES_MOST 20
#define CODES_MOST 255
#define CONDITIONS_MOST 20
#define INDEXES_LONGEST 65536 /* bytes */

/* What is about single Pods needs to see each of them end. */
static void
check_never(pv_faults *f, const pv_val *spec, const char *path, const char *field)
{
	const pv_val *policy = pv_at(spec, "template.spec.restartPolicy");

	if (pv_streq(pv_text(policy, ""), "OnFailure")) /* of others another check says so */
		pv_fault_value(
			f, pv_below(f, path, "template.spec.restartPolicy"), policy,
			pv_printf(f->cx->arena, "only \"Never\" is supported when `%s` is specified", field));
}

static void
check_per_index(pv_faults *f, const pv_val *spec, const char *path)
{
	const pv_val *limit = pv_get(spec, "backoffLimitPerIndex"), *most = pv_get(spec, "maxFailedIndexes");

	if (limit && pv_streq(pv_text(pv_get(spec, "completionMode"), "NonIndexed"), "NonIndexed"))
		pv_fault_value(f, pv_below(f, path, "backoffLimitPerIndex"), limit,
			       "requires indexed completion mode");
	if (most && pv_streq(pv_text(pv_get(spec, "completionMode"), "NonIndexed"), "NonIndexed"))
		pv_fault_value(f, pv_below(f, path, "maxFailedIndexes"), most,
			       "requires indexed completion mode");
	if (limit)
		check_never(f, spec, path, "backoffLimitPerIndex");
	if (most && !limit)
		pv_required(f, pv_below(f, path, "backoffLimitPerIndex"),
			    "when maxFailedIndexes is specified");
	if (most && pv_i64(most, 0) > pv_i64(pv_get(spec, "completions"), INT32_MAX))
		pv_fault_value(f, pv_below(f, path, "maxFailedIndexes"), most,
			       "must be less than or equal to `completions`");
}

/* ---- podFailurePolicy ---- */

typedef struct containers {
	const pv_map *usual, *first; /* by name */
} containers;

static void
check_exit_codes(pv_faults *f, const containers *all, const pv_val *codes, const char *path)
{
	const pv_val *name = pv_get(codes, "containerName"), *values = pv_get(codes, "values");
	bool in = pv_streq(pv_text(pv_get(codes, "operator"), ""), "In"), ordered = true;

	if (name && !pv_map_finds(all->usual, pv_text(name, "")) &&
	    !pv_map_finds(all->first, pv_text(name, "")))
		pv_fault_value(f, pv_below(f, path, "containerName"), name,
			       "must be one of the container or initContainer names in the pod template");
	if (!pv_count(values))
		pv_fault_value(f, pv_below(f, path, "values"), values, "at least one value is required");
	if (pv_count(values) > CODES_MOST)
		pv_too_many(f, pv_below(f, path, "values"), pv_count(values), CODES_MOST);
	for (size_t i = 0; i < pv_count(values); i++) {
		const pv_val *code = pv_item(values, i);
		const char *at = pv_nth(f, pv_below(f, path, "values"), i);

		if (in && pv_i64(code, 1) == 0)
			pv_fault_value(f, at, code, "must not be 0 for the In operator");
		if (i > 0 && pv_eq(code, pv_item(values, i - 1)))
			pv_duplicate(f, at, code);
		ordered &= i == 0 || pv_i64(code, 0) >= pv_i64(pv_item(values, i - 1), 0);
	}
	if (!ordered)
		pv_fault_value(f, pv_below(f, path, "values"), values, "must be ordered");
}

static void
check_failure_rule(pv_faults *f, const pv_val *spec, const containers *all, const pv_val *rule,
		   const char *path)
{
	const pv_val *codes = pv_get(rule, "onExitCodes"), *conditions = pv_get(rule, "onPodConditions");

	if (codes && pv_count(conditions))
		pv_fault(f, "FieldValueInvalid", path,
			 "Invalid value: specifying both OnExitCodes and OnPodConditions is not supported");
	else if (!codes && !pv_count(conditions))
		pv_fault(f, "FieldValueInvalid", path,
			 "Invalid value: specifying one of OnExitCodes and OnPodConditions is required");
	if (pv_streq(pv_text(pv_get(rule, "action"), ""), "FailIndex") &&
	    !pv_get(spec, "backoffLimitPerIndex"))
		pv_fault_value(f, pv_below(f, path, "action"), pv_get(rule, "action"),
			       "requires `backoffLimitPerIndex`");
	if (pv_count(conditions) > CONDITIONS_MOST)
		pv_too_many(f, pv_below(f, path, "onPodConditions"), pv_count(conditions), CONDITIONS_MOST);
	if (codes)
		check_exit_codes(f, all, codes, pv_below(f, path, "onExitCodes"));
}

static void
check_failure_policy(pv_faults *f, const pv_val *spec, const char *path)
{
	const pv_val *policy = pv_get(spec, "podFailurePolicy"), *rules = pv_get(policy, "rules");
	const pv_val *replace = pv_get(spec, "podReplacementPolicy");
	const char *list = pv_below(f, path, "podFailurePolicy.rules");
	containers all;

	if (!policy)
		return;
	all.usual = pv_list_index(f, pv_at(spec, "template.spec.containers"), "name");
	all.first = pv_list_index(f, pv_at(spec, "template.spec.initContainers"), "name");
	check_never(f, spec, path, "podFailurePolicy");
	if (pv_streq(pv_text(replace, "Failed"), "TerminatingOrFailed"))
		pv_unsupported(f, pv_below(f, path, "podReplacementPolicy"), replace, "\"Failed\"");
	if (pv_count(rules) > RULES_MOST)
		pv_too_many(f, list, pv_count(rules), RULES_MOST);
	for (size_t i = 0; i < pv_count(rules); i++)
		check_failure_rule(f, spec, &all, pv_item(rules, i), pv_nth(f, list, i));
}

/* ---- successPolicy ---- */

static void
check_success_rule(pv_faults *f, const pv_val *rule, const char *path, int64_t completions)
{
	const pv_val *indexes = pv_get(rule, "succeededIndexes"), *count = pv_get(rule, "succeededCount");
	int64_t n = 0;

	if (!indexes && !count)
		pv_required(f, path,
			    "at least one of `succeededCount` or `succeededIndexes` must be specified");
	if (count && pv_i64(count, 0) > completions)
		pv_fault_value(f, pv_below(f, path, "succeededCount"), count,
			       pv_printf(f->cx->arena,
					 "must be less than or equal to %lld (the number of specified "
					 "completions)",
					 (long long)completions));
	if (pv_strv(indexes).len > INDEXES_LONGEST)
		pv_too_long(f, pv_below(f, path, "succeededIndexes"), INDEXES_LONGEST);
	if (indexes && completions >= 0 && completions <= PV_JOB_INDEXES_MOST) {
		bool *set = pv_new_array(f->cx->arena, bool, (size_t)completions + 1);

		if (pv_ranges_parse(f->cx, pv_text(indexes, ""), set, completions) < 0) {
			pv_fault_value(f, pv_below(f, path, "succeededIndexes"), indexes,
				       pv_strdup(f->cx->arena, pv_error_text(f->cx)));
			pv_recover(f->cx);
			set = NULL;
		}
		for (int64_t i = 0; set && i <= completions; i++)
			n += set[i];
		if (count && pv_i64(count, 0) > n)
			pv_fault_value(
				f, pv_below(f, path, "succeededCount"), count,
				pv_printf(f->cx->arena,
					  "must be less than or equal to %lld (the number of indexes in "
					  "the specified succeededIndexes field)",
					  (long long)n));
	}
}

static void
check_success_policy(pv_faults *f, const pv_val *spec, const char *path)
{
	const pv_val *policy = pv_get(spec, "successPolicy"), *rules = pv_get(policy, "rules");
	const char *at = pv_below(f, path, "successPolicy"), *list = pv_below(f, at, "rules");

	if (!policy)
		return;
	if (!pv_job_is_indexed(spec)) {
		pv_faults_drop(f, at);
		pv_fault_value(f, at, policy, "requires indexed completion mode");
		return;
	}
	if (!pv_count(rules))
		pv_required(f, list, "at least one rule must be specified");
	if (pv_count(rules) > RULES_MOST)
		pv_too_many(f, list, pv_count(rules), RULES_MOST);
	for (size_t i = 0; i < pv_count(rules) && i < RULES_MOST; i++) /* each takes a set of indexes */
		check_success_rule(f, pv_item(rules, i), pv_nth(f, list, i),
				   pv_i64(pv_get(spec, "completions"), 0));
}

void
pv_job_policies_check(pv_faults *f, const pv_val *spec, const char *path)
{
	check_per_index(f, spec, path);
	check_failure_policy(f, spec, path);
	check_success_policy(f, spec, path);
}
