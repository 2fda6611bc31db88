#include "core/admission/expr.h"

#include "base/str.h"
#include "core/admission/request.h"
#include "core/api/api.h"
#include "lang/go/fmt.h"

static const pv_cel_var expr_vars[EXPR_VARS] = {
	[EXPR_OBJECT] = {.name = "object"},
	[EXPR_OLD] = {.name = "oldObject"},
	[EXPR_REQUEST] = {.name = "request"},
	[EXPR_AUTHORIZER] = {.name = "authorizer", .type = "kubernetes.authorization.Authorizer"},
	[EXPR_CHECK] = {.name = "authorizer.requestResource",
			.type = "kubernetes.authorization.ResourceCheck"},
	[EXPR_SPACE] = {.name = "namespaceObject"},
};

/* ---- the authorizer: RBAC, about who sent the request or a ServiceAccount ---- */

static bool
allows(pv_ctx *cx, const pv_cel_authorizer *self, const pv_cel_access *what, const char **ret_reason)
{
	const pv_admit *admit = self->arg;
	const pv_attributes asked = {what->verb, what->group, what->resource, what->subresource,
				     what->ns,   what->name,  what->path,     NULL};
	const char *const groups[] = {
		"system:serviceaccounts",
		pv_printf(cx->arena, "system:serviceaccounts:%s", what->account_ns ? what->account_ns : ""),
		"system:authenticated", NULL};
	const pv_identity account = {.user = pv_printf(cx->arena, "system:serviceaccount:%s:%s",
						       what->account_ns ? what->account_ns : "",
						       what->account ? what->account : ""),
				     .uid = "",
				     .groups = groups,
				     .how = "token"};
	const char *why = NULL;
	bool allowed = pv_auth_allows(cx, pv_api_auth(admit->serving),
				      what->account ? &account : admit->identity, &asked, &why);

	*ret_reason = why ? why : "";
	return allowed;
}

pv_cel_var *
expr_declare(pv_arena *arena, size_t more)
{
	pv_cel_var *vars = pv_new_array(arena, pv_cel_var, EXPR_VARS + more);

	for (size_t i = 0; i < EXPR_VARS; i++)
		vars[i] = expr_vars[i];
	vars[EXPR_REQUEST].node = expr_request;
	vars[EXPR_SPACE].node = expr_namespace;
	return vars;
}

pv_cel_val
expr_space(pv_arena *arena, const pv_val *space)
{
	return space ? pv_cel_of(arena, &expr_shapes, expr_namespace, space)
		     : (pv_cel_val){.kind = PV_CEL_NULL};
}

pv_cel_val *
expr_values(pv_ctx *cx, const pv_admit *seen, const pv_val *request)
{
	static const pv_val none = {.type = PV_NULL};
	pv_cel_val *values = pv_new_array(cx->arena, pv_cel_val, EXPR_VARS);
	pv_cel_authorizer *by = pv_new(cx->arena, pv_cel_authorizer);
	const pv_cel_access what = {.verb = "",
				    .group = seen->resource->group,
				    .resource = seen->resource->plural,
				    .subresource = seen->subresource ? seen->subresource : "",
				    .ns = pv_admission_place(seen),
				    .name = seen->name ? seen->name : ""};

	*by = (pv_cel_authorizer){allows, seen};
	values[EXPR_OBJECT] = pv_cel_of(cx->arena, NULL, NULL, seen->object ? seen->object : &none);
	values[EXPR_OLD] = pv_cel_of(cx->arena, NULL, NULL, seen->old ? seen->old : &none);
	values[EXPR_REQUEST] = pv_cel_of(cx->arena, &expr_shapes, expr_request, request);
	values[EXPR_AUTHORIZER] = pv_cel_authorizer_of(cx->arena, by);
	values[EXPR_CHECK] = pv_cel_resource_check(cx->arena, by, &what);
	values[EXPR_SPACE] =
		expr_space(cx->arena, seen->resource->namespaced ? pv_admission_namespace(cx, seen) : NULL);
	return values;
}

/* ---- match conditions ---- */

int
expr_compile(pv_ctx *cx, pv_arena *arena, pv_str text, const pv_cel **ret)
{
	pv_cel_env env = {.vars = expr_declare(arena, 0),
			  .n_vars = EXPR_VARS,
			  .shapes = &expr_shapes,
			  .homogeneous = true,
			  .kubernetes = true};

	return pv_cel_compile(cx, arena, &env, text, ret);
}

expr_conditions
expr_conditions_new(pv_ctx *cx, pv_arena *arena, const pv_val *list)
{
	expr_condition *out = pv_new_array(arena, expr_condition, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++) {
		out[i].text = pv_strdup(arena, pv_text_at(pv_item(list, i), "expression", ""));
		if (expr_compile(cx, arena, pv_str_of(out[i].text), &out[i].program) < 0) {
			out[i].program = NULL;
			out[i].error = pv_strdup(arena, cx->err->message);
			(void)pv_recover(cx);
		}
	}
	return (expr_conditions){out, pv_count(list)};
}

/* One condition: true if it cannot be told, which *ret_error says then. */
static bool
holds(pv_ctx *cx, const expr_condition *c, const pv_cel_val *values, uint64_t *spent, const char **ret_error)
{
	pv_cel_run run = {.vars = values, .limit = EXPR_CALL_COST};
	pv_cel_val verdict;
	int r;

	*ret_error = c->error;
	if (!c->program)
		return true;
	r = pv_cel_eval(cx, c->program, &run, &verdict);
	*spent += run.cost;
	if (r == 0)
		return pv_cel_true(&verdict);
	*ret_error = pv_error_text(cx);
	(void)pv_recover(cx);
	return true;
}

int
expr_hold(pv_ctx *cx, const expr_conditions *conditions, const pv_cel_val *values, bool *ret)
{
	uint64_t spent = 0;
	const char *error;
	bool all = true;
	pv_vec errors;

	pv_vec_init(&errors, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < conditions->n && spent <= EXPR_CONDITIONS_COST; i++) {
		const expr_condition *c = &conditions->list[i];

		all = holds(cx, c, values, &spent, &error) && all;
		if (!error)
			continue;
		error = pv_printf(cx->arena, "expression '%s' resulted in error: %s", c->text, error);
		pv_vec_push(&errors, &error);
	}
	if (spent > EXPR_CONDITIONS_COST)
		return pv_fail(cx, PV_EINVALID, "%s", EXPR_SPENT);
	*ret = all;
	return all && errors.len ? pv_fail(cx, PV_EINVALID, "%s", pv_go_errors(cx->arena, &errors)) : 0;
}
