/* A write against the validating policies in force. */
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/policy/run.h"

/* ---- what becomes of a failure ---- */

static void
report(policy_run *run, pv_vec *denials, const char *reason, const char *message)
{
	const policy_binding *b = run->binding;
	const pv_admit *admit = run->admit;
	const char *text;

	if (b->denies) {
		pv_denial *d = pv_vec_add(denials);

		d->reason = reason;
		d->message = pv_printf(run->cx->arena,
				       "ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s",
				       run->policy->name, b->name, message);
	}
	if (b->warns && admit->warnings) {
		text = pv_printf(run->cx->arena,
				 "Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s",
				 run->policy->name, b->name, message);
		pv_vec_push(admit->warnings, &text);
	}
	if (b->audits)
		pv_log(PV_INFO, "policy", "a write violates a policy", "policy", run->policy->name, "binding",
		       b->name, "resource", admit->resource->plural, "namespace", admit->ns, "name",
		       admit->name, "message", message, NULL);
}

static void
fail(policy_run *run, void *denials, const char *reason, const char *message)
{
	if (!run->policy->ignores_errors)
		report(run, denials, reason ? reason : "Invalid", message);
}

/* ---- validations ---- */

static const char *
words(policy_run *run, const policy_rule *rule)
{
	const char *error;
	pv_cel_val v;

	if (rule->message.program && policy_evaluate(run, &rule->message, &v, &error) &&
	    v.kind == PV_CEL_STRING && v.len) {
		pv_str text = pv_str_trim((pv_str){v.s, v.len});

		if (text.len && !memchr(text.s, '\n', text.len))
			return pv_strndup(run->cx->arena, text.s, text.len);
	}
	return rule->message.text ? rule->message.text
				  : pv_printf(run->cx->arena, "failed expression: %s", rule->expr.text);
}

static void
judge_rule(policy_run *run, pv_vec *denials, const policy_rule *rule)
{
	const char *error;
	pv_cel_val v;

	if (!policy_evaluate(run, &rule->expr, &v, &error))
		fail(run, denials, "Invalid",
		     pv_printf(run->cx->arena, "expression '%s' resulted in error: %s", rule->expr.text,
			       error));
	else if (!pv_cel_true(&v))
		report(run, denials, rule->reason, words(run, rule));
}

static int
judge(policy_run *run, void *denials)
{
	const char *error;

	policy_begin(run, run->seen.object);
	if (policy_applies(run, &error))
		for (size_t i = 0; i < run->policy->n_rules; i++)
			judge_rule(run, denials, &run->policy->rules[i]);
	else if (error)
		fail(run, denials, "Invalid", error);
	return 0;
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const policy_caller caller = {denials, judge, fail};
	const policy_set *set;
	int r;

	if (policy_exempts(admit->resource) || !admit->serving)
		return 0;
	r = policy_now(cx, admit->serving, &set);
	return r < 0 ? r : policy_each(cx, admit, &set->validating, &caller);
}

const pv_admission policy_validating = {
	.name = "ValidatingAdmissionPolicy",
	.validate = validate,
};
