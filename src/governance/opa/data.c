/* data: decisions: GET and POST /v1/data/PATH, POST /v0/data/PATH, POST /. */
#include <string.h>

#include "base/str.h"
#include "core/api/discovery.h"
#include "governance/opa/serve.h"
#include "lang/json/literal.h"

/* {version, build_commit, ..., bundles: {NAME: {revision}}}; a build has no time, and OPA's clients read no "" as one. */
static pv_val
provenance(const opa_call *c)
{
	const pv_val *bundles = opa_state_bundles(c->state);
	pv_objb o, all;
	pv_objb_init(&all, c->cx->arena);
	for (size_t i = 0; i < bundles->len; i++) {
		const pv_member *m = pv_sorted(bundles, i);
		pv_objb one;
		pv_objb_init(&one, c->cx->arena);
		pv_objb_puts(&one, "revision", pv_text_at(&m->val, "revision", ""));
		pv_objb_putv(&all, m->key, pv_objb_end(&one));
	}
	pv_objb_init(&o, c->cx->arena);
	if (all.len)
		pv_objb_put(&o, "bundles", pv_objb_end(&all));
	pv_objb_puts(&o, "version", PAVE_VERSION);
	pv_objb_puts(&o, "build_commit", pv_build_commit);
	pv_objb_puts(&o, "build_hostname", "");
	return pv_objb_end(&o);
}

static void
put_frame(const opa_call *c, const opa_finding *f, pv_objb *o)
{
	if (c->provenance)
		pv_objb_put(o, "provenance", provenance(c));
	if (c->metrics)
		pv_objb_put(o, "metrics", opa_metrics(c, f));
}

static const char *
trimmed(pv_arena *arena, const char *path)
{
	size_t n = strlen(path);
	while (n > 0 && path[n - 1] == '/')
		n--;
	return pv_strndup(arena, path, n);
}

/* Evaluates data at the path; *ret NULL: undefined.  Says so to the log. */
static int
decide(opa_call *c, const char *path, const pv_val *input, opa_finding *f, const pv_val **ret)
{
	opa_ask ask = {.kept = true, .input = input, .strict = c->strict, .watch = c->watch};
	opa_decision d = {.path = trimmed(c->cx->arena, path), .input = input, .finding = f};
	*ret = NULL;
	*f = (opa_finding){0};
	int r = opa_path_query(c->cx, path, &ask.query);
	if (r < 0)
		return r;
	r = opa_evaluate(c->cx, c->state, &ask, f);
	if (r == 0 && f->result.expressions.len > 0) {
		const pv_val *row = *PV_AT(const pv_val *, &f->result.expressions, 0);
		*ret = pv_box(c->cx->arena, opa_sorted(c->cx->arena, pv_item(row, 0)));
	}
	d.result = *ret;
	int noted = opa_note(c, &d);
	return r < 0 ? r : noted;
}

static int
read_input(opa_call *c, const pv_val **ret)
{
	const char *text = NULL, *next;
	const pv_val *body;
	int r;
	*ret = NULL;
	if (pv_streq(c->method, "POST")) {
		r = opa_read_body(c, true, &body);
		if (r == 0 && body && body->type != PV_OBJECT && body->type != PV_NULL)
			r = pv_fail(c->cx, PV_EBADREQUEST,
				    "body contains malformed input document: expected an object with the "
				    "member input, found %s",
				    pv_type_name(body));
		*ret = r == 0 ? opa_input_of(body) : NULL;
		c->beside = r == 0 && pv_is(body, PV_OBJECT)
				    ? pv_box(c->cx->arena, pv_without(c->cx->arena, body, "input"))
				    : NULL;
		return r;
	}
	for (int i = 0; (next = pv_http_query_at(c->http, "input", i)) != NULL; i++)
		text = next;
	if (!text)
		return 0;
	r = pv_json_parse_literal(c->cx, pv_str_of(text), NULL, ret);
	return r < 0 ? pv_wrap(c->cx, r, "parameter contains malformed input document") : 0;
}

int
opa_data(opa_call *c)
{
	const pv_val *input, *result;
	opa_finding f;
	pv_objb o;
	if (read_input(c, &input) < 0 || decide(c, c->rest, input, &f, &result) < 0)
		return opa_refuse_error(c);
	pv_objb_init(&o, c->cx->arena);
	put_frame(c, &f, &o);
	if (result)
		pv_objb_put(&o, "result", *result);
	if (!input && pv_streq(c->method, "POST"))
		pv_objb_put(
			&o, "warning",
			opa_error_json(c->cx, "api_usage_warning", "'input' key missing from the request"));
	pv_objb_puts(&o, "decision_id", c->id);
	opa_put_explanation(c, &o);
	pv_val all = pv_objb_end(&o);
	return opa_reply(c, 200, &all);
}

/* Is there a rule at the path, or does it lead into one's document? */
static bool
is_rule(opa_call *c, const char *dotted)
{
	pv_vec rules;
	pv_vec_init(&rules, c->cx->arena, sizeof(pv_rego_rule));
	pv_rego_rules(opa_state_rego(c->state), &rules);
	for (size_t i = 0; i < rules.len; i++) {
		const pv_rego_rule *rule = PV_AT(pv_rego_rule, &rules, i);
		const char *name = pv_printf(c->cx->arena, "%s.%s", rule->package, rule->name);
		size_t n = strlen(name);
		if (pv_starts_with(dotted, name) && (dotted[n] == '\0' || strchr(".[", dotted[n])))
			return true;
	}
	return false;
}

/* The body is the input, the answer the result. */
static int
webhook(opa_call *c, const char *path)
{
	static const pv_val nothing = {.type = PV_NULL};
	const pv_val *input, *result;
	opa_finding f;
	if (opa_read_body(c, true, &input) < 0) {
		pv_wrap(c->cx, -c->cx->err->code, "unexpected parse error for input");
		return opa_refuse_error(c);
	}
	if (decide(c, path, input ? input : &nothing, &f, &result) < 0)
		return opa_refuse_error(c);
	if (!result) {
		const char *name = opa_path_text(c->cx, path);
		return opa_refuse(c, 404, "undefined_document", "document %s: %s",
				  is_rule(c, name) ? "undefined" : "missing", name);
	}
	return opa_reply(c, 200, result);
}

int
opa_v0_data(opa_call *c)
{
	return webhook(c, c->rest);
}

int
opa_main(opa_call *c)
{
	if (pv_streq(c->method, "GET")) { /* who balances load may ask here whether it is there */
		c->status = 200;
		pv_http_reply(c->http, 200, "text/plain; charset=utf-8",
			      PV_STR("Pave " PAVE_VERSION
				     ": Open Policy Agent's REST API: /v1/data/PATH, /health\n"),
			      pv_http_keep, NULL);
		return 0;
	}
	return webhook(c, c->server->decision);
}

/* ---- several at once (EOPA's batch API) ---- */

/* An error of one input, as the answer to it. */
static pv_val
failed(opa_call *c)
{
	pv_objb o;
	pv_val e = opa_error_json(c->cx, "internal_error", "error(s) occurred while evaluating query");
	pv_objb_from(&o, c->cx->arena, &e);
	pv_objb_put(&o, "errors", pv_rego_errors_json(c->cx));
	pv_objb_puts(&o, "http_status_code", "500");
	pv_recover(c->cx);
	return pv_objb_end(&o);
}

static pv_val
succeeded(opa_call *c, const pv_val *result, const opa_finding *f)
{
	pv_objb o;
	pv_objb_init(&o, c->cx->arena);
	put_frame(c, f, &o);
	if (result)
		pv_objb_put(&o, "result", *result);
	pv_objb_puts(&o, "decision_id", c->id);
	pv_objb_puts(&o, "http_status_code", "200");
	return pv_objb_end(&o);
}

int
opa_batch(opa_call *c)
{
	const pv_val *body, *inputs;
	size_t bad = 0;
	pv_objb o, all;
	if (opa_read_body(c, true, &body) < 0)
		return opa_refuse_error(c);
	inputs = pv_get(body, "inputs");
	if (!pv_is(inputs, PV_OBJECT))
		return opa_refuse(c, 400, "invalid_parameter", "missing required 'inputs' object");
	pv_objb_init(&all, c->cx->arena);
	c->batch = c->id;
	for (size_t i = 0; i < inputs->len; i++) {
		const pv_val *result;
		opa_finding f;
		c->id = c->batch ? pv_uuid(c->cx->arena) : NULL;
		bool fine = decide(c, c->rest, &inputs->members[i].val, &f, &result) == 0;
		bad += !fine;
		pv_objb_putv(&all, inputs->members[i].key, fine ? succeeded(c, result, &f) : failed(c));
	}
	pv_objb_init(&o, c->cx->arena);
	pv_objb_puts(&o, "batch_decision_id", c->batch);
	pv_objb_put(&o, "responses", pv_objb_end(&all));
	pv_val answer = pv_objb_end(&o);
	return opa_reply(c, bad == 0 ? 200 : bad < inputs->len ? 207 : 500, &answer);
}
