/* query: ad-hoc queries: GET and POST /v1/query. */
#include "base/str.h"
#include "governance/opa/serve.h"

static int
read_query(opa_call *c, const char **ret_query, const pv_val **ret_input)
{
	const pv_val *body;
	const char *next;
	*ret_query = NULL;
	*ret_input = NULL;
	if (pv_streq(c->method, "GET")) {
		for (int i = 0; (next = pv_http_query_at(c->http, "q", i)) != NULL; i++)
			*ret_query = next;
		return *ret_query ? 0 : pv_fail(c->cx, PV_EBADREQUEST, "missing parameter 'q'");
	}
	int r = opa_read_body(c, false, &body);
	if (r < 0)
		return pv_wrap(c->cx, r, "error(s) occurred while decoding request");
	*ret_query = pv_text_at(body, "query", NULL);
	*ret_input = opa_input_of(body);
	return *ret_query ? 0
			  : pv_fail(c->cx, PV_EBADREQUEST,
				    "error(s) occurred while decoding request: expected the member query, a "
				    "string");
}

/* Variables, without those that stand for _. */
static pv_val
bindings(opa_call *c, const pv_rego_result *result)
{
	pv_listb rows;
	pv_listb_init(&rows, c->cx->arena);
	for (size_t i = 0; i < result->sets.len; i++)
		pv_listb_add(&rows, opa_sorted(c->cx->arena, *PV_AT(const pv_val *, &result->sets, i)));
	return pv_listb_end(&rows);
}

int
opa_query(opa_call *c)
{
	opa_ask ask = {.strict = c->strict, .watch = c->watch};
	opa_finding f = {0};
	opa_decision d = {.finding = &f};
	pv_objb o;
	if (read_query(c, &ask.query, &ask.input) < 0)
		return opa_refuse_error(c);
	d.query = ask.query;
	d.input = ask.input;
	int r = opa_evaluate(c->cx, c->state, &ask, &f);
	pv_val rows = r == 0 ? bindings(c, &f.result) : pv_null();
	d.result = r == 0 ? &rows : NULL;
	const char *code = r < 0 ? pv_rego_error_code(c->cx) : NULL;
	int noted = opa_note(c, &d);
	if (r < 0 && code && !pv_starts_with(code, "eval_"))
		return opa_refuse_compiled(c, "invalid_parameter",
					   pv_streq(code, "rego_parse_error")
						   ? "error(s) occurred while parsing query"
						   : "error(s) occurred while compiling query");
	if (r < 0 || noted < 0)
		return opa_refuse_error(c);
	pv_objb_init(&o, c->cx->arena);
	if (c->metrics)
		pv_objb_put(&o, "metrics", opa_metrics(c, &f));
	opa_put_explanation(c, &o);
	if (rows.len)
		pv_objb_put(&o, "result", rows);
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, 200, &all);
}
