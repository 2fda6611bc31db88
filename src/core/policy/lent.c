/* Rules in CEL of another kind: read and judged as a policy's, without a server. */
#include "base/str.h"
#include "core/policy/policy.h"
#include "core/policy/run.h"

struct pv_rules {
	policy policy;
};

static pv_val
kind_of_params(pv_ctx *cx)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "Params");
	return pv_objb_end(&b);
}

static pv_val
with_given(pv_ctx *cx, const pv_val *spec, const pv_val *given)
{
	const pv_val *own = pv_get(spec, "variables");
	pv_listb all;
	pv_val v;

	pv_listb_init(&all, cx->arena);
	for (size_t i = 0; i < pv_count(given); i++)
		pv_listb_add(&all, *pv_item(given, i));
	for (size_t i = 0; i < pv_count(own); i++)
		pv_listb_add(&all, *pv_item(own, i));
	v = pv_with(cx->arena, spec, "variables", pv_listb_end(&all));
	return pv_with(cx->arena, &v, "paramKind", kind_of_params(cx));
}

const pv_rules *
pv_rules_read(pv_ctx *cx, pv_arena *arena, const pv_val *spec, const pv_val *given, pv_vec *causes)
{
	pv_rules *rules = pv_new(arena, pv_rules);
	pv_val whole = with_given(cx, spec, given);
	policy_compile c = {
		.cx = cx, .arena = arena, .causes = causes, .lent = true, .hidden = pv_count(given)};
	const policy_types any = {NULL, NULL};

	rules->policy.ignores_errors = pv_streq(pv_text_at(spec, "failurePolicy", "Fail"), "Ignore");
	policy_declare(&c, &whole, &any, &rules->policy);
	policy_read_rules(&c, pv_get(spec, "validations"), &rules->policy);
	return rules;
}

static void
begin(policy_run *run, const pv_rules_input *in)
{
	static const pv_val none = {.type = PV_NULL};
	pv_arena *arena = run->cx->arena;
	pv_cel_val vars[EXPR_VARS] = {0};

	vars[EXPR_OBJECT] = pv_cel_of(arena, NULL, NULL, in->object ? in->object : &none);
	vars[EXPR_OLD] = pv_cel_of(arena, NULL, NULL, in->old ? in->old : &none);
	vars[EXPR_REQUEST] = pv_cel_of(arena, &expr_shapes, expr_request, in->request ? in->request : &none);
	vars[EXPR_SPACE] = expr_space(arena, in->space);
	policy_begin_with(run, vars);
}

static bool
is_secret(const pv_val *object)
{
	return pv_streq(pv_text_at(object, "kind", ""), "Secret");
}

void
pv_rules_judge(pv_ctx *cx, const pv_rules *rules, const pv_rules_input *in, pv_vec *ret)
{
	const pv_why_reader whose = {.object = "object",
				     .params = "params.spec.parameters",
				     .hides = is_secret(in->object) || is_secret(in->old)};
	policy_run run = {.cx = cx, .policy = &rules->policy, .params = in->params};
	const char *text;

	begin(&run, in);
	if (!policy_applies(&run, &text)) {
		if (text && !rules->policy.ignores_errors)
			pv_vec_push(ret, &(pv_rules_fault){.message = text, .failed = true});
		return;
	}
	for (size_t i = 0; i < rules->policy.n_rules; i++) {
		const policy_verdict v = policy_violation(&run, i);

		if (v.message)
			pv_vec_push(ret,
				    &(pv_rules_fault){
					    .message = v.message,
					    .failed = v.failed,
					    .basis = in->explains ? policy_basis(&run, i, in->object, &whose)
								  : NULL});
	}
}
