/* compile: POST /v1/compile: what is left of a query when its input, or other documents, are not known yet. */
#include "base/str.h"
#include "governance/opa/documents.h"
#include "governance/opa/filter.h"
#include "governance/opa/serve.h"
#include "lang/rego/annotations.h"

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
read_request(opa_call *c, const pv_val **ret_body, pv_rego_partial_opts *ret)
{
	static const char *const input[] = {"input"};
	const pv_val *body, *unknowns;
	int r = opa_read_body(c, false, ret_body);
	if (r < 0)
		return pv_wrap(c->cx, r, "error(s) occurred while decoding request");
	body = *ret_body;
	ret->query = pv_text_at(body, "query", "");
	ret->apart = texts(c->cx, pv_at(body, "options.disableInlining"), &ret->n_apart);
	ret->nondeterministic = pv_truth_at(body, "options.nondeterministicBuiltins", false);
	ret->eval.input = opa_input_of(body);
	unknowns = pv_get(body, "unknowns");
	ret->unknowns = input;
	ret->n_unknowns = 1;
	if (unknowns && unknowns->type != PV_NULL)
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

static int
reply(opa_call *c, pv_val result, bool told)
{
	pv_objb o;
	pv_objb_init(&o, c->cx->arena);
	if (told)
		pv_objb_put(&o, "result", result);
	if (c->metrics)
		pv_objb_put(&o, "metrics", opa_metrics(c, NULL));
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, 200, &all);
}

/* ---- filters ---- */

typedef struct filtering {
	opa_call *c;
	const pv_val *options, *queries;
	const pv_val *masks;   /* NULL: none */
	const char *mask_rule; /* a query; NULL: none */
} filtering;

/* {query, masks} of a dialect. */
static int
in_dialect(const filtering *f, const opa_dialect *d, pv_val *ret)
{
	pv_ctx *cx = f->c->cx;
	const pv_val *mappings = pv_get(pv_get(f->options, "targetSQLTableMappings"), d->key);
	const char *text;
	pv_val condition;
	pv_objb o;
	int r = opa_filter(cx, d, f->queries, &condition);
	if (r == 0 && d->sql)
		r = opa_filter_sql(cx, d, mappings, &condition, &text);
	if (r < 0)
		return r;
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "query", d->sql ? pv_string_ref(text) : condition);
	if (f->masks)
		pv_objb_put(&o, "masks", *f->masks);
	*ret = pv_objb_end(&o);
	return 0;
}

static int
in_dialects(const filtering *f, pv_val *ret)
{
	const pv_val *names = pv_get(f->options, "targetDialects");
	pv_objb o;
	pv_objb_init(&o, f->c->cx->arena);
	for (size_t i = 0; i < pv_count(names); i++) {
		const char *name = pv_text(pv_item(names, i), "");
		const opa_dialect *d = opa_dialect_find(name);
		pv_val one;
		if (!d)
			return pv_fail(
				f->c->cx, PV_EBADREQUEST,
				"options.targetDialects: expected ucast+all, minimal, prisma or linq, or "
				"sql+postgresql, mysql, sqlserver or sqlite, found %.*s",
				PV_CLIP(name));
		int r = in_dialect(f, d, &one);
		if (r < 0)
			return r;
		pv_objb_put(&o, d->key, one);
	}
	*ret = pv_objb_end(&o);
	return 0;
}

static int
masks_of(filtering *f, const pv_val *input)
{
	opa_ask ask = {.query = f->mask_rule, .input = input, .strict = f->c->strict};
	const pv_val *masks = NULL;
	if (!ask.query)
		return 0;
	int r = opa_evaluate_value(f->c->cx, f->c->state, &ask, &masks);
	if (r == 0 && masks)
		f->masks = pv_box(f->c->cx->arena, opa_sorted(f->c->cx->arena, masks));
	return r;
}

static int
translate(filtering *f, const opa_dialect *d, const pv_rego_left *left, const pv_val *input)
{
	opa_call *c = f->c;
	pv_val result = {.type = PV_OBJECT};
	if (left->support.len)
		return opa_refuse(
			c, 400, "evaluation_error",
			"%s: a rule that counts as a whole (a set, a default value) cannot be a filter",
			c->rest);
	f->queries = &left->queries;
	int r = masks_of(f, input);
	if (r == 0 && left->queries.len)
		r = d ? in_dialect(f, d, &result) : in_dialects(f, &result);
	if (r < 0 && pv_streq(pv_rego_error_code(c->cx), "pe_fragment_error"))
		return opa_refuse_parts(c, 400, "evaluation_error",
					"error(s) occurred while evaluating query");
	if (r < 0)
		return opa_refuse_error(c);
	c->type = pv_http_header(c->http, "accept");
	return reply(c, result, left->queries.len > 0 || !d);
}

/* What the request does not say, the rule's annotation `compile` may; else all is known, and nothing is masked. */
static int
read_annotation(filtering *f, const pv_val *body, pv_rego_partial_opts *opts)
{
	pv_ctx *cx = f->c->cx;
	const pv_val *unknowns = pv_get(body, "unknowns"), *says;
	const char *package, *rule;
	pv_listb path;
	pv_vec parts;
	int r = opa_path_parts(cx, f->c->rest, false, &parts);
	if (r < 0)
		return r;
	pv_listb_init(&path, cx->arena);
	pv_listb_add(&path, pv_string_ref("data"));
	for (size_t i = 0; i < parts.len; i++)
		pv_listb_add(&path, pv_string_ref(*PV_AT(const char *, &parts, i)));
	pv_val whole = pv_listb_end(&path);
	says = pv_rego_annotation_at(cx->arena, opa_state_rego(f->c->state), &whole, "compile", &package);
	if (!unknowns || unknowns->type == PV_NULL)
		opts->unknowns = texts(cx, pv_get(says, "unknowns"), &opts->n_unknowns);
	rule = pv_text_at(says, "mask_rule", NULL);
	if (rule && !pv_starts_with(rule, "data."))
		rule = pv_printf(cx->arena, "%s.%s", package, rule);
	f->mask_rule = pv_text_at(f->options, "maskRule", rule);
	return 0;
}

/* POST /v1/compile/PATH: which rows a rule holds for, in the words of a database. */
static int
filter(opa_call *c, const pv_val *body, pv_rego_partial_opts *opts)
{
	const char *accept = pv_http_header(c->http, "accept"), *path;
	const opa_dialect *d = opa_dialect_accept(accept);
	filtering f = {.c = c, .options = pv_get(body, "options")};
	pv_rego_left left;
	if (!d && !pv_streq(accept, "application/vnd.opa.multitarget+json"))
		return opa_refuse(
			c, 400, "invalid_parameter",
			"Accept: expected application/vnd.opa.X+json, with X ucast.all, ucast.minimal, "
			"ucast.prisma, ucast.linq, sql.postgresql, sql.mysql, sql.sqlserver, sql.sqlite "
			"or multitarget, found %.*s",
			PV_CLIP(accept ? accept : ""));
	if (opa_path_query(c->cx, c->rest, &path) < 0 || read_annotation(&f, body, opts) < 0)
		return opa_refuse_error(c);
	opts->query = pv_printf(c->cx->arena, "%s == true", path);
	if (opa_partial(c->cx, c->state, opts, &left) < 0)
		return refuse(c);
	return translate(&f, d, &left, opts->eval.input);
}

int
opa_compile(opa_call *c)
{
	pv_rego_partial_opts opts = {.query = ""};
	const pv_val *body;
	pv_objb result;
	pv_rego_left left;
	if (read_request(c, &body, &opts) < 0)
		return opa_refuse_error(c);
	if (*c->rest)
		return filter(c, body, &opts);
	if (*opts.query == '\0')
		return opa_refuse(c, 400, "invalid_parameter", "missing required 'query' value");
	if (opa_partial(c->cx, c->state, &opts, &left) < 0)
		return refuse(c);
	pv_objb_init(&result, c->cx->arena);
	if (left.queries.len)
		pv_objb_put(&result, "queries", left.queries);
	if (left.support.len)
		pv_objb_put(&result, "support", left.support);
	return reply(c, pv_objb_end(&result), true);
}
