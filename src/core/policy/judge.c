/* A write against the policies in force. */
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/admission/request.h"
#include "core/policy/vap.h"
#include "lang/selector/selector.h"

#define CALL_COST UINT64_C(1000000) /* of one expression */
#define BUDGET UINT64_C(10000000)   /* of one policy, binding and param */

struct judge { /* one policy and binding over one request */
	pv_ctx *cx;
	const pv_admit *admit;
	const vap_policy *policy;
	const pv_val *binding;
	pv_vec *denials;
	pv_cel_val *vars; /* as vap.h orders them */
	bool *known;      /* which of the policy's variables have been found out */
	size_t base;      /* index of the first of those */
	uint64_t spent;
};

/* ---- what becomes of a failure ---- */

static bool
acts(const struct judge *j, const char *action)
{
	const pv_val *actions = pv_at(j->binding, "spec.validationActions");

	for (size_t i = 0; i < pv_count(actions); i++)
		if (pv_streq(pv_text(pv_item(actions, i), ""), action))
			return true;
	return false;
}

static void
report(struct judge *j, const char *reason, const char *message)
{
	const char *binding = pv_text_at(j->binding, "metadata.name", ""), *text;

	if (acts(j, "Deny")) {
		pv_denial *d = pv_vec_add(j->denials);

		d->reason = reason;
		d->message = pv_printf(j->cx->arena,
				       "ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s",
				       j->policy->name, binding, message);
	}
	if (acts(j, "Warn") && j->admit->warnings) {
		text = pv_printf(j->cx->arena,
				 "Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s",
				 j->policy->name, binding, message);
		pv_vec_push(j->admit->warnings, &text);
	}
	if (acts(j, "Audit"))
		pv_log(PV_INFO, "policy", "a write violates a policy", "policy", j->policy->name, "binding",
		       binding, "resource", j->admit->resource->plural, "namespace", j->admit->ns, "name",
		       j->admit->name, "message", message, NULL);
}

/* The check itself failed: failurePolicy decides. */
static void
report_error(struct judge *j, const char *message)
{
	if (!j->policy->ignores_errors)
		report(j, "Invalid", message);
}

/* ---- expressions ---- */

static bool
run_program(struct judge *j, const vap_expr *e, pv_cel_val *ret, const char **ret_error)
{
	pv_cel_run run = {.vars = j->vars, .limit = CALL_COST};
	int r;

	if (j->spent > BUDGET) {
		*ret_error =
			"validation failed due to running out of cost budget, no further validation rules will be run";
		return false;
	}
	r = pv_cel_eval(j->cx, e->program, &run, ret);
	j->spent += run.cost;
	if (r == 0)
		return true;
	*ret_error = pv_strdup(j->cx->arena, pv_error_text(j->cx));
	(void)pv_recover(j->cx);
	return false;
}

/* What the expression stands on is found out first, once; an error there is a value that
 * fails whoever comes to it. */
static bool
evaluate(struct judge *j, const vap_expr *e, pv_cel_val *ret, const char **ret_error)
{
	for (size_t i = 0; i < e->n_needs; i++) {
		size_t at = e->needs[i];
		const char *error;

		if (!j->known[at] &&
		    !run_program(j, &j->policy->variables[at], &j->vars[j->base + at], &error))
			j->vars[j->base + at] = (pv_cel_val){.kind = PV_CEL_ERROR, .s = error};
		j->known[at] = true;
	}
	return run_program(j, e, ret, ret_error);
}

/* Do all conditions hold?  One that fails is told, unless another says no. */
static bool
applies(struct judge *j)
{
	const char *failed = NULL, *error;
	pv_cel_val v;

	for (size_t i = 0; i < j->policy->n_conditions; i++) {
		const vap_expr *e = &j->policy->conditions[i];

		if (!evaluate(j, e, &v, &error))
			failed =
				failed ? failed
				       : pv_printf(
						 j->cx->arena,
						 "matchCondition \"%s\": expression '%s' resulted in error: %s",
						 e->name, e->text, error);
		else if (!pv_cel_true(&v))
			return false;
	}
	if (failed)
		report_error(j, failed);
	return !failed;
}

static const char *
words(struct judge *j, const vap_rule *rule)
{
	const char *error;
	pv_cel_val v;

	if (rule->message.program) {
		if (evaluate(j, &rule->message, &v, &error) && v.kind == PV_CEL_STRING && v.len) {
			pv_str text = pv_str_trim((pv_str){v.s, v.len});

			if (text.len && !memchr(text.s, '\n', text.len))
				return pv_strndup(j->cx->arena, text.s, text.len);
		}
	}
	return rule->message.text ? rule->message.text
				  : pv_printf(j->cx->arena, "failed expression: %s", rule->expr.text);
}

static void
judge_rule(struct judge *j, const vap_rule *rule)
{
	const char *error;
	pv_cel_val v;

	if (!evaluate(j, &rule->expr, &v, &error))
		report_error(j, pv_printf(j->cx->arena, "expression '%s' resulted in error: %s",
					  rule->expr.text, error));
	else if (!pv_cel_true(&v))
		report(j, rule->reason, words(j, rule));
}

static pv_cel_val
document(struct judge *j, const pv_val *v)
{
	return v ? pv_cel_of(j->cx->arena, NULL, NULL, v) : (pv_cel_val){.kind = PV_CEL_NULL};
}

static void
judge_with(struct judge *j, const pv_val *params)
{
	const vap_policy *p = j->policy;
	pv_val request = pv_admission_request(j->cx, j->admit);

	j->base = VAP_BASE + (p->param_kind ? 1 : 0);
	j->vars = pv_new_array(j->cx->arena, pv_cel_val, j->base + p->n_variables);
	j->known = pv_new_array(j->cx->arena, bool, p->n_variables + 1);
	j->spent = 0;
	j->vars[VAP_OBJECT] = document(j, j->admit->object);
	j->vars[VAP_OLD] = document(j, j->admit->old);
	j->vars[VAP_REQUEST] = document(j, pv_box(j->cx->arena, request));
	j->vars[VAP_NAMESPACE] =
		document(j, j->admit->resource->namespaced ? pv_admission_namespace(j->cx, j->admit) : NULL);
	if (p->param_kind)
		j->vars[VAP_BASE] = document(j, params);
	if (applies(j))
		for (size_t i = 0; i < p->n_rules; i++)
			judge_rule(j, &p->rules[i]);
}

/* ---- params ---- */

/* Adds the params that the binding names (const pv_val *); 0, or -PV_E* with what is wrong. */
static int
find_params(struct judge *j, const pv_val *ref, pv_vec *ret)
{
	const pv_resource *res = pv_resource_of_kind(j->cx, pv_api_registry(j->admit->serving),
						     j->policy->param_version, j->policy->param_kind);
	const char *ns = pv_text_at(ref, "namespace", j->admit->ns ? j->admit->ns : ""),
		   *name = pv_text_at(ref, "name", "");
	pv_list_query query = {.ns = ns};
	pv_selector *selector;
	pv_listing all;
	int r;

	if (!res)
		return pv_fail(j->cx, PV_EINVALID,
			       "failed to find resource referenced by paramKind: '%s, Kind=%s'",
			       j->policy->param_version, j->policy->param_kind);
	if (!res->namespaced)
		query.ns = ns = "";
	else if (!*ns)
		return pv_fail(
			j->cx, PV_EINVALID,
			"cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
	query.type = res->type;
	r = *name ? pv_selector_parse(j->cx, "", &selector)
		  : pv_selector_from(j->cx, pv_get(ref, "selector"), &selector);
	if (r == 0)
		r = pv_store_list(j->cx, pv_api_store(j->admit->serving), &query, &all);
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_val *one = pv_rec_val(all.recs[i]);

		if (*name ? !pv_streq(pv_rec_key(all.recs[i])->name, name)
			  : !pv_selector_match(selector, pv_at(one, "metadata.labels")))
			continue;
		one = pv_resource_as(j->cx, res, one);
		pv_vec_push(ret, &one);
	}
	return r;
}

static void
judge_params(struct judge *j)
{
	const pv_val *ref = pv_at(j->binding, "spec.paramRef");
	pv_vec params;

	if (!j->policy->param_kind || !ref) {
		judge_with(j, NULL);
		return;
	}
	pv_vec_init(&params, j->cx->arena, sizeof(const pv_val *));
	if (find_params(j, ref, &params) < 0) {
		report_error(
			j, pv_printf(j->cx->arena, "failed to configure binding: %s", pv_error_text(j->cx)));
		(void)pv_recover(j->cx);
	} else if (!params.len && !pv_streq(pv_text_at(ref, "parameterNotFoundAction", "Deny"), "Allow")) {
		report_error(
			j,
			"failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction");
	}
	for (size_t i = 0; i < params.len; i++)
		judge_with(j, *PV_AT(const pv_val *, &params, i));
}

/* ---- all of them ---- */

static int
ask(pv_ctx *cx, const pv_admit *admit, const vap_set *set, const vap_policy *p, pv_vec *denials)
{
	bool matches;
	int r = pv_admission_matches(cx, admit, pv_get(p->spec, "matchConstraints"), &matches);

	for (size_t i = 0; r == 0 && matches && i < set->n_bindings; i++) {
		struct judge j = {.cx = cx,
				  .admit = admit,
				  .policy = p,
				  .binding = set->bindings[i],
				  .denials = denials};
		const pv_val *match = pv_at(j.binding, "spec.matchResources");
		bool binds = true;

		if (!pv_streq(pv_text_at(j.binding, "spec.policyName", ""), p->name))
			continue;
		if (match)
			r = pv_admission_matches(cx, admit, match, &binds);
		if (r < 0 || !binds)
			continue;
		if (p->error)
			report_error(&j, p->error);
		else
			judge_params(&j);
	}
	return r;
}

/* No policy keeps anybody from mending policies, or from asking what they may. */
static bool
is_exempt(const pv_resource *res)
{
	return pv_streq(res->group, "admissionregistration.k8s.io") ||
	       pv_streq(res->group, "authentication.k8s.io") || pv_streq(res->group, "authorization.k8s.io");
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const vap_set *set;
	int r;

	if (is_exempt(admit->resource) || !admit->serving)
		return 0;
	r = vap_now(cx, admit->serving, &set);
	for (size_t i = 0; r == 0 && set && i < set->n_policies; i++)
		r = ask(cx, admit, set, &set->policies[i], denials);
	return r;
}

const pv_admission vap_admission = {
	.name = "ValidatingAdmissionPolicy",
	.validate = validate,
};
