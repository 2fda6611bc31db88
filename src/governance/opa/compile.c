/* compile: POST /v1/compile: what is left of a query when its input, or other documents, are not known yet. */
#include "base/str.h"
#include "governance/opa/serve.h"

static const char *const *
texts(pv_ctx *cx, const pv_val *list, size_t *ret_n)
{
	const char **all = pv_new_array(cx->arena, const char *, pv_count(list) + 1);
	*ret_n = pv_count(list);
	for (size_t i = 0; i < *ret_n; i++)
		all[i] = pv_text(pv_item(list, i), "");
	return all;
}

static int
read_request(opa_call *c, pv_rego_partial_opts *ret)
{
	static const char *const input[] = {"input"};
	const pv_val *body, *unknowns;
	int r = opa_read_body(c, &body);
	if (r < 0)
		return pv_wrap(c->cx, r, "error(s) occurred while decoding request");
	ret->query = pv_text_at(body, "query", "");
	if (*ret->query == '\0')
		return pv_fail(c->cx, PV_EBADREQUEST, "missing required 'query' value");
	ret->apart = texts(c->cx, pv_at(body, "options.disableInlining"), &ret->n_apart);
	ret->nondeterministic = pv_truth_at(body, "options.nondeterministicBuiltins", false);
	ret->eval.input = pv_get(body, "input");
	unknowns = pv_get(body, "unknowns");
	ret->unknowns = input;
	ret->n_unknowns = 1;
	if (!unknowns || unknowns->type == PV_NULL)
		return 0;
	ret->unknowns = texts(c->cx, unknowns, &ret->n_unknowns);
	return 0;
}

static int
refuse(opa_call *c)
{
	const char *code = pv_rego_error_code(c->cx);
	if (!code || pv_starts_with(code, "eval_"))
		return opa_refuse_error(c);
	return opa_refuse_compiled(c, "invalid_parameter",
				   pv_streq(code, "rego_parse_error")
					   ? "error(s) occurred while parsing query"
					   : "error(s) occurred while compiling module(s)");
}

int
opa_compile(opa_call *c)
{
	pv_rego_partial_opts opts = {.query = ""};
	pv_objb o, result;
	pv_rego_left left;
	if (*c->rest)
		return opa_refuse(
			c, 501, "invalid_operation",
			"/v1/compile/%s: filters in other languages are not supported: POST /v1/compile "
			"gives the queries",
			c->rest);
	if (read_request(c, &opts) < 0)
		return opa_refuse_error(c);
	if (opa_partial(c->cx, c->state, &opts, &left) < 0)
		return refuse(c);
	pv_objb_init(&result, c->cx->arena);
	if (left.queries.len)
		pv_objb_put(&result, "queries", left.queries);
	if (left.support.len)
		pv_objb_put(&result, "support", left.support);
	pv_objb_init(&o, c->cx->arena);
	if (c->metrics)
		pv_objb_put(&o, "metrics", opa_metrics(c, NULL));
	pv_objb_put(&o, "result", pv_objb_end(&result));
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, 200, &all);
}
