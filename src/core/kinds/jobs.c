/* Jobs and CronJobs: what upstream fills in and refuses (kubernetes pkg/apis/batch). */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include "lang/cron/cron.h"
#include <string.h>

#define OWN_LABELS 4

/* ---- filling ---- */

/* The labels by which a Job knows its Pods, name and value. */
static void
own_labels(const pv_val *job, const char *ret[OWN_LABELS][2])
{
	static const char *const names[OWN_LABELS] = {"batch.kubernetes.io/controller-uid",
						      "batch.kubernetes.io/job-name", "controller-uid",
						      "job-name"};

	for (size_t i = 0; i < OWN_LABELS; i++) {
		ret[i][0] = names[i];
		ret[i][1] = pv_text_at(job, i % 2 ? "metadata.name" : "metadata.uid", "");
	}
}

/* As batch/v1 has them generated. */
static const pv_val *
give_selector(pv_ctx *cx, const pv_val *object)
{
	const char *labels[OWN_LABELS][2], *uid = pv_text_at(object, "metadata.uid", "");
	pv_objb b;

	own_labels(object, labels);
	pv_objb_from(&b, cx->arena, pv_at(object, "spec.template.metadata.labels"));
	for (size_t i = 0; i < OWN_LABELS; i++)
		if (!pv_get(pv_at(object, "spec.template.metadata.labels"), labels[i][0]))
			pv_objb_put(&b, labels[i][0], pv_string(cx->arena, labels[i][1]));
	object = pv_box(cx->arena,
			pv_with_at(cx->arena, object, "spec.template.metadata.labels", pv_objb_end(&b)));
	if (pv_get(pv_at(object, "spec.selector.matchLabels"), labels[0][0]))
		return object;
	pv_objb_from(&b, cx->arena, pv_at(object, "spec.selector.matchLabels"));
	pv_objb_put(&b, labels[0][0], pv_string(cx->arena, uid));
	return pv_box(cx->arena, pv_with_at(cx->arena, object, "spec.selector.matchLabels", pv_objb_end(&b)));
}

static const pv_val *
with_labels_of_template(pv_ctx *cx, const pv_val *object)
{
	const pv_val *labels = pv_at(object, "spec.template.metadata.labels");

	return pv_count(labels) ? pv_box(cx->arena, pv_with_at(cx->arena, object, "metadata.labels", *labels))
				: object;
}

/* A Job that nobody labelled has the labels of its Pods. */
static const pv_val *
labelled(pv_ctx *cx, const pv_val *object)
{
	return pv_count(pv_at(object, "metadata.labels")) ? object : with_labels_of_template(cx, object);
}

/* Upstream has one map in both places then, so a label that its Pods are given is the Job's, too; and not where a
 * client wrote the same twice. */
static bool
has_labels_of_template(const pv_val *object, const pv_val *sent)
{
	const pv_val *own = pv_at(object, "metadata.labels");

	return !pv_count(own) || (!pv_count(pv_at(sent, "metadata.labels")) &&
				  pv_eq(own, pv_at(object, "spec.template.metadata.labels")));
}

const pv_val *
pv_job_give(pv_ctx *cx, const pv_val *object, const pv_val *old, const pv_val *sent)
{
	bool shared;

	if (old || pv_truth_at(object, "spec.manualSelector", false))
		return object;
	shared = has_labels_of_template(object, sent);
	object = give_selector(cx, object);
	return shared ? with_labels_of_template(cx, object) : object;
}

const pv_val *
pv_job_fill(pv_ctx *cx, const pv_val *object)
{
	bool neither = !pv_at(object, "spec.completions") && !pv_at(object, "spec.parallelism");
	bool by_index = pv_at(object, "spec.backoffLimitPerIndex") != NULL;
	bool fails = pv_at(object, "spec.podFailurePolicy") != NULL;

	object = labelled(cx, pv_template_fill(cx, object));
	if (neither)
		object = pv_fill_at(cx, object, "spec.completions", pv_int(1));
	object = pv_fill_at(cx, object, "spec.parallelism", pv_int(1));
	object = pv_fill_at(cx, object, "spec.backoffLimit", pv_int(by_index ? INT32_MAX : 6));
	object = pv_fill_text(cx, object, "spec.completionMode", "NonIndexed");
	object = pv_fill_at(cx, object, "spec.suspend", pv_bool(false));
	object = pv_fill_at(cx, object, "spec.manualSelector", pv_bool(false));
	return pv_fill_text(cx, object, "spec.podReplacementPolicy",
			    fails ? "Failed" : "TerminatingOrFailed");
}

const pv_val *
pv_cronjob_fill(pv_ctx *cx, const pv_val *object)
{
	return pv_podspec_fill(cx, object, "spec.jobTemplate.spec.template.spec");
}

/* ---- checking ---- */

bool
pv_job_is_indexed(const pv_val *spec)
{
	return pv_streq(pv_text(pv_get(spec, "completionMode"), ""), "Indexed");
}

/* ---- Jobs ---- */

static void
check_managed_by(pv_faults *f, const pv_val *spec, const char *path)
{
	const pv_val *by = pv_get(spec, "managedBy");
	const char *why = by ? pv_name_qualified(pv_strv(by)) : NULL;

	if (by && !by->len) {
		pv_required(f, pv_below(f, path, "managedBy"), NULL);
		return;
	}
	if (by && !why && !strchr(by->s, '/'))
		why = "must be a domain-prefixed path (such as \"acme.io/foo\")";
	if (why)
		pv_fault_value(f, pv_below(f, path, "managedBy"), by, why);
}

static void
check_job_spec(pv_faults *f, const pv_val *spec, const char *path)
{
	const pv_val *policy = pv_at(spec, "template.spec.restartPolicy");
	const char *text = pv_text(policy, "");

	if (pv_job_is_indexed(spec) && !pv_get(spec, "completions"))
		pv_required(f, pv_below(f, path, "completions"), "when completion mode is Indexed");
	if (pv_job_is_indexed(spec) && pv_i64(pv_get(spec, "completions"), 0) > PV_JOB_INDEXES_MOST)
		pv_fault_value(f, pv_below(f, path, "completions"), pv_get(spec, "completions"),
			       pv_printf(f->cx->arena, "must be at most %d with completion mode Indexed",
					 PV_JOB_INDEXES_MOST));
	pv_template_check(f, pv_get(spec, "template"), pv_below(f, path, "template"), NULL);
	if (pv_streq(text, "Always") || !*text)
		pv_required(f, pv_below(f, path, "template.spec.restartPolicy"),
			    "valid values: \"OnFailure\", \"Never\"");
	else if (!pv_streq(text, "OnFailure") && !pv_streq(text, "Never"))
		pv_unsupported(f, pv_below(f, path, "template.spec.restartPolicy"), policy,
			       "\"OnFailure\", \"Never\"");
	if (pv_job_is_indexed(spec) && pv_i64(pv_get(spec, "parallelism"), 0) > PV_JOB_INDEXES_MOST)
		pv_fault_value(f, pv_below(f, path, "parallelism"), pv_get(spec, "parallelism"),
			       pv_printf(f->cx->arena,
					 "must be less than or equal to %d when completion mode is Indexed",
					 PV_JOB_INDEXES_MOST));
	pv_job_policies_check(f, spec, path);
	check_managed_by(f, spec, path);
}

/* More or fewer indexes only if all of them run at once (elastic indexed Jobs). */
static void
check_completions(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *now = pv_at(object, "spec.completions");

	if (!pv_job_is_indexed(pv_get(object, "spec"))) {
		pv_check_same(f, object, old, "spec.completions");
		return;
	}
	if (old && !pv_eq(now, pv_at(old, "spec.completions")) &&
	    !pv_eq(now, pv_at(object, "spec.parallelism")))
		pv_fault_value(f, "spec.completions", now,
			       "can only be modified in tandem with `parallelism`");
}

static void
check_labels(pv_faults *f, const pv_val *object)
{
	static const char path[] = "spec.template.metadata.labels";
	const pv_val *labels = pv_at(object, path);
	const char *own[OWN_LABELS][2];

	own_labels(object, own);
	for (size_t i = 0; i < OWN_LABELS; i++) {
		const pv_val *label = pv_get(labels, own[i][0]);
		const char *at, *why;

		if (label && pv_streq(pv_text(label, ""), own[i][1]))
			continue;
		at = pv_path_key(f->cx->arena, path, own[i][0]);
		why = pv_printf(f->cx->arena, "must be '%s'", own[i][1]);
		if (label)
			pv_fault_value(f, at, labels, why);
		else
			pv_required(f, at, why);
	}
}

/* The selector is the server's, unless it is said that it is not. */
static void
check_selector(pv_faults *f, const pv_val *object)
{
	const pv_val *selector = pv_at(object, "spec.selector"),
		     *labels = pv_at(object, "spec.template.metadata.labels"),
		     *match = pv_get(selector, "matchLabels");
	const char *uid = pv_text_at(object, "metadata.uid", "");
	bool manual = pv_truth_at(object, "spec.manualSelector", false);

	bool wrong = pv_selector_check(f, selector, "spec.selector") > 0;

	if (!selector)
		pv_required(f, "spec.selector", NULL);
	else if (!manual && !wrong &&
		 (pv_count(match) != 1 || pv_count(selector) != 1 ||
		  !pv_streq(pv_text(pv_get(match, "batch.kubernetes.io/controller-uid"), "-"), uid)))
		pv_fault_value(f, "spec.selector", selector, "`selector` not auto-generated");
	if (!selector || !pv_selects(f, selector, labels))
		pv_fault_value(f, "spec.template.metadata.labels", labels,
			       "`selector` does not match template `labels`");
	if (selector && !manual)
		check_labels(f, object);
}

/* A template without what places its Pods and what they are called by. */
static pv_val
unplaced(pv_ctx *cx, const pv_val *template)
{
	static const char *const loose[] = {"metadata.labels",   "metadata.annotations",
					    "spec.nodeSelector", "spec.affinity.nodeAffinity",
					    "spec.tolerations",  "spec.schedulingGates"};
	static const char *const hollow[] = {"metadata", "spec.affinity"};
	pv_val v = *template;

	for (size_t i = 0; i < PV_LEN(loose); i++)
		v = pv_without_at(cx->arena, &v, loose[i]);
	for (size_t i = 0; i < PV_LEN(hollow); i++)
		if (!pv_count(pv_at(&v, hollow[i])))
			v = pv_without_at(cx->arena, &v, hollow[i]);
	return v;
}

/* Where the Pods of a suspended Job that never started will go may still be said. */
static void
check_template_kept(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *now = pv_at(object, "spec.template"), *had = pv_at(old, "spec.template");
	pv_val fixed, was;

	if (!pv_truth_at(old, "spec.suspend", false) || pv_at(old, "status.startTime")) {
		pv_check_same(f, object, old, "spec.template");
		return;
	}
	if (!now || !had)
		return;
	fixed = unplaced(f->cx, now);
	was = unplaced(f->cx, had);
	if (!pv_eq(&fixed, &was))
		pv_fault_value(f, "spec.template", now, "field is immutable");
}

size_t
pv_job_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	static const char *const fixed[] = {"spec.selector",         "spec.completionMode",
					    "spec.podFailurePolicy", "spec.backoffLimitPerIndex",
					    "spec.managedBy",        "spec.successPolicy"};

	check_job_spec(f, pv_get(object, "spec"), "spec");
	check_selector(f, object);
	check_template_kept(f, object, old);
	for (size_t i = 0; i < PV_LEN(fixed); i++)
		pv_check_same(f, object, old, fixed[i]);
	check_completions(f, object, old);
	return f->n;
}

/* ---- CronJobs ---- */

/* The time zone is faulted when the schedule is good without it. */
static void
check_schedule(pv_faults *f, const pv_val *spec)
{
	const pv_val *v = pv_get(spec, "schedule"), *zone = pv_get(spec, "timeZone");
	pv_cron cron;

	if (zone && !zone->len)
		pv_fault_value(f, "spec.timeZone", zone, "timeZone must be nil or non-empty string");
	if (!*pv_text(v, "")) {
		pv_required(f, "spec.schedule", NULL);
		return;
	}
	if (strstr(v->s, "TZ")) {
		pv_fault_value(f, "spec.schedule", v,
			       "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
		return;
	}
	if (pv_cron_parse(f->cx, v->s, NULL, &cron) < 0) {
		pv_fault_value(f, "spec.schedule", v, pv_strdup(f->cx->arena, pv_error_text(f->cx)));
		pv_recover(f->cx);
	} else if (*pv_text(zone, "") && pv_cron_parse(f->cx, v->s, pv_text(zone, ""), &cron) < 0) {
		pv_fault_value(f, "spec.timeZone", zone, pv_strdup(f->cx->arena, pv_error_text(f->cx)));
		pv_recover(f->cx);
	}
}

size_t
pv_cronjob_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *job = pv_at(spec, "jobTemplate.spec");

	(void)old;
	check_schedule(f, spec);
	if (strlen(pv_text_at(object, "metadata.name", "")) > 52)
		pv_fault_value(f, "metadata.name", pv_at(object, "metadata.name"),
			       "must be no more than 52 characters");
	check_job_spec(f, job, "spec.jobTemplate.spec");
	if (pv_get(job, "selector")) {
		pv_faults_drop(f, "spec.jobTemplate.spec.selector");
		pv_fault_value(f, "spec.jobTemplate.spec.selector", pv_get(job, "selector"),
			       "`selector` will be auto-generated");
	}
	if (pv_truth(pv_get(job, "manualSelector"), false))
		pv_unsupported(f, "spec.jobTemplate.spec.manualSelector", pv_get(job, "manualSelector"),
			       "\"nil\", \"false\"");
	return f->n;
}
