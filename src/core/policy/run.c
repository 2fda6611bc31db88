/* One policy, binding and param over one write: which there are, and their expressions. */
#include "core/policy/run.h"

#include <string.h>

#include "base/str.h"
#include "core/admission/request.h"
#include "lang/selector/selector.h"

#define BUDGET UINT64_C(10000000) /* of one policy, binding and param */
#define MESSAGE 5120              /* bytes of what a messageExpression may give */

/* ---- expressions ---- */

static void
make_common(policy_run *run)
{
	pv_ctx *cx = run->cx;
	pv_admit *seen = pv_new(cx->arena, pv_admit);

	*seen = run->seen;
	*run->common = (policy_common){
		seen, expr_values(cx, seen, pv_box(cx->arena, pv_admission_request(cx, seen)))};
}

void
policy_begin(policy_run *run, const pv_val *object)
{
	const pv_admit *last = run->common->seen;

	run->seen.object = object;
	if (!last || last->resource != run->seen.resource || last->object != object ||
	    last->old != run->seen.old)
		make_common(run);
	policy_begin_with(run, run->common->vars);
}

void
policy_begin_with(policy_run *run, const pv_cel_val *common)
{
	pv_ctx *cx = run->cx;
	const policy *p = run->policy;

	run->base = POLICY_BASE + (p->param_kind ? 1 : 0);
	run->vars = pv_new_array(cx->arena, pv_cel_val, run->base + p->n_variables);
	memcpy(run->vars, common, EXPR_VARS * sizeof *run->vars);
	run->vars[POLICY_ALL] = (pv_cel_val){.kind = PV_CEL_NULL};
	run->spent = 0;
	run->over = false;
	run->known = pv_new_array(cx->arena, bool, p->n_variables + 1);
	if (p->param_kind)
		run->vars[POLICY_BASE] = run->params ? pv_cel_of(cx->arena, NULL, NULL, run->params)
						     : (pv_cel_val){.kind = PV_CEL_NULL};
}

static bool
evaluate(policy_run *run, const policy_expr *e, pv_cel_val *ret, const char **ret_error)
{
	pv_cel_run eval = {.vars = run->vars, .limit = EXPR_CALL_COST};
	int r;

	*ret_error = EXPR_SPENT;
	if (run->over)
		return false;
	r = pv_cel_eval(run->cx, e->program, &eval, ret);
	run->spent += eval.cost;
	run->over = run->spent > BUDGET;
	if (r < 0) {
		*ret_error = pv_strdup(run->cx->arena, pv_error_text(run->cx));
		(void)pv_recover(run->cx);
	}
	return r == 0 && !run->over;
}

bool
policy_evaluate(policy_run *run, const policy_expr *e, pv_cel_val *ret, const char **ret_error)
{
	for (size_t i = 0; i < e->n_needs; i++) {
		size_t at = e->needs[i];
		const char *error;

		if (!run->known[at] &&
		    !evaluate(run, &run->policy->variables[at], &run->vars[run->base + at], &error))
			run->vars[run->base + at] = (pv_cel_val){
				.kind = PV_CEL_ERROR,
				.s = pv_printf(run->cx->arena,
					       "composited variable \"%s\" fails to evaluate: %s",
					       run->policy->variables[at].name, error)};
		run->known[at] = true;
	}
	return evaluate(run, e, ret, ret_error);
}

bool
policy_applies(policy_run *run, const char **ret_error)
{
	bool hold;

	*ret_error = NULL;
	if (expr_hold(run->cx, &run->policy->conditions, run->vars, &hold) == 0)
		return hold;
	*ret_error = pv_strdup(run->cx->arena, run->cx->err->message);
	(void)pv_recover(run->cx);
	return false;
}

/* ---- validations ---- */

static const char *
words(policy_run *run, const policy_rule *rule)
{
	const char *error;
	pv_cel_val v;
	pv_str text;

	if (rule->message.program && policy_evaluate(run, &rule->message, &v, &error) &&
	    v.kind == PV_CEL_STRING && v.len) {
		text = pv_str_trim((pv_str){v.s, v.len});
		if (text.len && text.len <= MESSAGE && !memchr(text.s, '\n', text.len))
			return pv_strndup(run->cx->arena, text.s, text.len);
	}
	if (rule->message.text)
		return rule->message.text;
	text = pv_str_trim(pv_str_of(rule->expr.text));
	return pv_printf(run->cx->arena, "failed expression: %.*s", (int)text.len, text.s);
}

policy_verdict
policy_violation(policy_run *run, size_t i)
{
	const policy_rule *rule = &run->policy->rules[i];
	const char *error;
	pv_cel_val v;

	if (policy_evaluate(run, &rule->expr, &v, &error))
		return pv_cel_true(&v)
			       ? (policy_verdict){0}
			       : (policy_verdict){.message = words(run, rule), .reason = rule->reason};
	if (run->policy->ignores_errors)
		return (policy_verdict){0};
	return (policy_verdict){.message = pv_printf(run->cx->arena, "expression '%s' resulted in error: %s",
						     rule->expr.text, error),
				.reason = "Invalid",
				.failed = true};
}

const pv_val *
policy_basis(policy_run *run, size_t i, const pv_val *object, const pv_why_reader *how)
{
	const pv_cel_run eval = {.vars = run->vars, .limit = EXPR_CALL_COST};
	const policy *p = run->policy;
	pv_ctx *cx = run->cx;
	const pv_cel **variables = pv_new_array(cx->arena, const pv_cel *, p->n_variables + 1);
	const pv_cel_asked asked = {.run = &eval,
				    .document = how->object,
				    .places = pv_places_of(cx->arena, object, how->object),
				    .variables = variables,
				    .first = run->base,
				    .n = p->n_variables};
	pv_vec parts;

	for (size_t k = 0; k < p->n_variables; k++)
		variables[k] = p->variables[k].program;
	pv_vec_init(&parts, cx->arena, sizeof(pv_cel_part));
	pv_cel_why(cx, p->rules[i].expr.program, &asked, &parts);
	return pv_box(cx->arena, pv_why_cel(cx, pv_printf(cx->arena, "validations[%zu]", i), &parts, how));
}

/* ---- params ---- */

static const pv_resource *
params_resource(const policy_run *run)
{
	return pv_resource_of_kind(run->cx, pv_api_registry(run->admit->serving), run->policy->param_version,
				   run->policy->param_kind);
}

/* Adds the params that the binding names (const pv_val *); 0, or -PV_E* with what is wrong. */
static int
find_params(policy_run *run, const pv_val *ref, pv_vec *ret)
{
	pv_ctx *cx = run->cx;
	const pv_resource *res = params_resource(run);
	const char *ns = pv_text_at(ref, "namespace", pv_admission_place(run->admit)),
		   *name = pv_text_at(ref, "name", "");
	pv_list_query query = {.ns = ns};
	pv_selector *selector;
	pv_listing all;
	int r;

	if (!res->namespaced && *pv_text_at(ref, "namespace", ""))
		return pv_fail(cx, PV_EINVALID,
			       "paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
	if (!res->namespaced)
		query.ns = "";
	else if (!*ns)
		return pv_fail(
			cx, PV_EINVALID,
			"cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
	query.type = res->type;
	r = *name ? pv_selector_parse(cx, "", &selector)
		  : pv_selector_from(cx, pv_get(ref, "selector"), &selector);
	if (r == 0)
		r = pv_store_list(cx, pv_api_store(run->admit->serving), &query, &all);
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_val *one = pv_rec_val(all.recs[i]);

		if (*name ? !pv_streq(pv_rec_key(all.recs[i])->name, name)
			  : !pv_selector_match(selector, pv_at(one, "metadata.labels")))
			continue;
		one = pv_resource_as(cx, res, one);
		pv_vec_push(ret, &one);
	}
	if (r == 0 && !ret->len && !pv_streq(pv_text_at(ref, "parameterNotFoundAction", "Deny"), "Allow"))
		return pv_fail(cx, PV_EINVALID,
			       "no params found for policy binding with `Deny` parameterNotFoundAction");
	return r;
}

/* ---- all of them ---- */

const char *
policy_with_binding(const policy_run *run)
{
	return run->binding ? pv_printf(run->cx->arena, " with binding '%s'", run->binding->name) : "";
}

static int
each_param(policy_run *run, const policy_caller *caller)
{
	const pv_val *ref = pv_at(run->binding->object, "spec.paramRef");
	pv_vec params;
	int r = 0;

	if (!run->policy->param_kind || !ref)
		return caller->run(run, caller->arg);
	pv_vec_init(&params, run->cx->arena, sizeof(const pv_val *));
	if (find_params(run, ref, &params) < 0) {
		caller->fail(
			run, caller->arg, NULL,
			pv_printf(run->cx->arena, "failed to configure binding: %s", pv_error_text(run->cx)));
		(void)pv_recover(run->cx);
		return 0;
	}
	for (size_t i = 0; r == 0 && i < params.len; i++) {
		run->params = *PV_AT(const pv_val *, &params, i);
		r = caller->run(run, caller->arg);
	}
	return r;
}

static int
each_binding(policy_run *run, const pv_resource *as, const policy_caller *caller)
{
	int r = 0;

	if (run->policy->param_kind && !params_resource(run)) {
		caller->fail(run, caller->arg, NULL,
			     pv_printf(run->cx->arena,
				       "failed to configure policy: failed to find resource referenced by "
				       "paramKind: '%s, Kind=%s'",
				       run->policy->param_version, run->policy->param_kind));
		return 0;
	}
	for (size_t i = 0; r == 0 && i < run->policy->n_bindings; i++) {
		const pv_resource *bound = as;

		run->binding = &run->policy->bindings[i];
		run->params = NULL;
		if (run->binding->match)
			r = pv_match_find(run->cx, run->binding->match, run->admit, &bound);
		if (r < 0 || !bound)
			continue;
		if (run->policy->error)
			caller->fail(run, caller->arg, "Invalid", run->policy->error);
		else
			r = each_param(run, caller);
	}
	return r;
}

int
policy_each(pv_ctx *cx, const pv_admit *admit, const policy_list *policies, const policy_caller *caller)
{
	policy_common common = {NULL, NULL};
	int r = 0;

	for (size_t i = 0; r == 0 && i < policies->n; i++) {
		policy_run run = {.cx = cx, .admit = admit, .policy = &policies->list[i], .common = &common};
		const pv_resource *as;

		if (!run.policy->n_bindings)
			continue;
		r = pv_match_find(cx, run.policy->match, admit, &as);
		if (r == 0 && as)
			r = pv_admission_as(cx, admit, as, &run.seen);
		if (r == 0 && as)
			r = each_binding(&run, as, caller);
	}
	return r;
}
