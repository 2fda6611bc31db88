/* compile: POST /v1/compile: what is left of a query when its input, or other documents, are not known yet. */
#include "base/str.h"
#include "governance/opa/serve.h"

static int
read_request(opa_call *c, pv_rego_partial_opts *ret)
{
	static const char *const input[] = {"input"};
	const pv_val *body, *unknowns, *inlining;
	int r = opa_read_body(c, &body);
	if (r < 0)
		return pv_wrap(c->cx, r, "error(s) occurred while decoding request");
	ret->query = pv_text_at(body, "query", "");
	if (*ret->query == '\0')
		return pv_fail(c->cx, PV_EBADREQUEST, "missing required 'query' value");
	inlining = pv_at(body, "options.disableInlining");
	if (pv_count(inlining))
		return pv_fail(c->cx, PV_EUNSUPPORTED, "options.disableInlining: not supported");
	ret->nondeterministic = pv_truth_at(body, "options.nondeterministicBuiltins", false);
	ret->eval.input = pv_get(body, "input");
	unknowns = pv_get(body, "unknowns");
	ret->unknowns = input;
	ret->n_unknowns = 1;
	if (!unknowns || unknowns->type == PV_NULL)
		return 0;
	const char **list = pv_new_array(c->cx->arena, const char *, pv_count(unknowns) + 1);
	for (size_t i = 0; i < pv_count(unknowns); i++)
		list[i] = pv_text(pv_item(unknowns, i), "");
	ret->unknowns = list;
	ret->n_unknowns = pv_count(unknowns);
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
	pv_val queries;
	if (*c->rest)
		return opa_refuse(
			c, 501, "invalid_operation",
			"/v1/compile/%s: filters in other languages are not supported: POST /v1/compile "
			"gives the queries",
			c->rest);
	if (read_request(c, &opts) < 0)
		return opa_refuse_error(c);
	if (opa_partial(c->cx, c->state, &opts, &queries) < 0)
		return refuse(c);
	pv_objb_init(&result, c->cx->arena);
	if (queries.len)
		pv_objb_put(&result, "queries", queries);
	pv_objb_init(&o, c->cx->arena);
	if (c->metrics)
		pv_objb_put(&o, "metrics", opa_metrics(c, NULL));
	pv_objb_put(&o, "result", pv_objb_end(&result));
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, 200, &all);
}
