/* event: a decision as the log tells it, masked or dropped as policies say. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "governance/opa/documents.h"
#include "governance/opa/log.h"
#include "governance/opa/serve.h"
#include "lang/json/json.h"

static pv_val
revisions(const opa_call *c)
{
	const pv_val *bundles = opa_state_bundles(c->state);
	pv_objb all;
	pv_objb_init(&all, c->cx->arena);
	for (size_t i = 0; i < bundles->len; i++) {
		pv_objb one;
		pv_objb_init(&one, c->cx->arena);
		pv_objb_puts(&one, "revision", pv_text_at(&bundles->members[i].val, "revision", ""));
		pv_objb_putv(&all, bundles->members[i].key, pv_objb_end(&one));
	}
	return pv_objb_end(&all);
}

/* {http: {headers: {NAME: [TEXT]}}}, of those that the configuration names. */
static void
put_context(const opa_call *c, pv_objb *o)
{
	const pv_val *names = opa_log_conf_of(c->server->log)->headers;
	pv_objb headers;
	pv_objb_init(&headers, c->cx->arena);
	for (size_t i = 0; c->http && i < pv_count(names); i++) {
		const char *name = pv_text(pv_item(names, i), ""), *value = pv_http_header(c->http, name);
		pv_val one = pv_string(c->cx->arena, value ? value : "");
		if (value)
			pv_objb_put(&headers, name, pv_list_of(c->cx->arena, &one, 1));
	}
	if (headers.len) {
		pv_val all = pv_objb_end(&headers), empty = {.type = PV_OBJECT};
		pv_objb_put(o, "request_context", pv_with_at(c->cx->arena, &empty, "http.headers", all));
	}
}

static void
put_error(const opa_call *c, pv_objb *o)
{
	if (c->cx->err && pv_rego_error_code(c->cx)) {
		pv_val all = pv_rego_errors_json(c->cx);
		pv_objb_put(o, "error", *pv_item(&all, 0));
	} else if (c->cx->err) {
		pv_objb_put(o, "error",
			    opa_error_json(c->cx, "internal_error",
					   pv_strdup(c->cx->arena, pv_error_text(c->cx))));
	}
}

static pv_val
event_of(const opa_call *c, const opa_decision *d)
{
	pv_val bundles = revisions(c);
	pv_objb o;
	pv_objb_init(&o, c->cx->arena);
	pv_objb_put(&o, "labels", *c->server->labels);
	pv_objb_puts(&o, "decision_id", c->id);
	pv_objb_puts(&o, "batch_decision_id", c->batch);
	if (bundles.len)
		pv_objb_put(&o, "bundles", bundles);
	pv_objb_puts(&o, "path", d->path);
	pv_objb_puts(&o, "query", d->query);
	if (d->input)
		pv_objb_put(&o, "input", opa_sorted(c->cx->arena, d->input));
	if (d->result)
		pv_objb_put(&o, "result", *d->result);
	put_error(c, &o);
	pv_objb_puts(&o, "requested_by", d->by ? d->by : pv_http_peer(c->http));
	put_context(c, &o);
	pv_objb_puts(&o, "timestamp", pv_time_format_micro(c->cx->arena, pv_now()));
	if (d->finding)
		pv_objb_put(&o, "metrics", opa_metrics(c, d->finding));
	if (d->erased)
		pv_objb_put(&o, "erased", *d->erased);
	if (pv_count(c->beside)) {
		pv_objb custom;
		pv_objb_init(&custom, c->cx->arena);
		pv_objb_put(&custom, "request_metadata", *c->beside);
		pv_objb_put(&o, "custom", pv_objb_end(&custom));
	}
	pv_objb_put(&o, "req_id", pv_int((int64_t)c->number));
	return pv_objb_end(&o);
}

/* ---- policies about the log ---- */

/* What the decision at the path says of the event, NULL: nothing. */
static int
ask(const opa_call *c, pv_ctx *cx, const char *path, const pv_val *event, const pv_val **ret)
{
	opa_ask a = {.kept = true, .input = event};
	*ret = NULL;
	if (*path == '\0')
		return 0;
	int r = opa_path_query(cx, path, &a.query);
	return r < 0 ? r : opa_evaluate_value(cx, c->state, &a, ret);
}

static bool
is_maskable(const char *pointer)
{
	static const char *const parts[] = {"/input", "/result", "/custom", "/nd_builtin_cache"};
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		size_t n = strlen(parts[i]);
		if (strncmp(pointer, parts[i], n) == 0 && (pointer[n] == '\0' || pointer[n] == '/'))
			return true;
	}
	return false;
}

/* "/input/password", or {op: remove|upsert, path, value}. */
static const char *
pointer_of(const pv_val *rule)
{
	return pv_text(rule, pv_text_at(rule, "path", ""));
}

/* Items of a list from its end, what is in them before them: each pointer means what it meant in the event. */
static int
later_first(const void *a, const void *b)
{
	pv_str p = pv_str_of(pointer_of(*(const pv_val *const *)a)), s;
	pv_str q = pv_str_of(pointer_of(*(const pv_val *const *)b)), t;
	for (;;) {
		bool more = pv_str_next(&p, '/', &s), others = pv_str_next(&q, '/', &t);
		int64_t i, k;
		if (!more || !others)
			return others - more;
		bool indexes = pv_parse_int(s, &i) && pv_parse_int(t, &k);
		int c = indexes ? (k > i) - (k < i) : pv_str_cmp(t, s);
		if (c)
			return c;
	}
}

static int
mask_one(pv_ctx *cx, const pv_val *rule, const pv_val **event, pv_listb *erased, pv_listb *masked)
{
	const char *pointer = pointer_of(rule), *op = pv_text_at(rule, "op", "remove");
	bool upsert = pv_streq(op, "upsert");
	const pv_val *value = pv_get(rule, "value");
	static const pv_val null = {.type = PV_NULL};
	pv_vec parts;
	if (!is_maskable(pointer))
		return pv_fail(cx, PV_EINVALID,
			       "mask must be prefixed with '/input', '/result' or '/nd_builtin_cache', found "
			       "\"%.*s\"",
			       PV_CLIP(pointer));
	if (!upsert && !pv_streq(op, "remove"))
		return pv_fail(cx, PV_EINVALID, "illegal op value: expected remove or upsert, found \"%.*s\"",
			       PV_CLIP(op));
	int r = opa_path_parts(cx, pointer, true, &parts);
	bool there = r == 0 && opa_document_find(*event, &parts);
	if (r < 0 || (!upsert && !there))
		return r;
	/* Over a list's item it is put, not before it: what was there would still be told. */
	r = opa_document_write(cx, *event, &parts,
			       !upsert ? OPA_REMOVE
			       : there ? OPA_REPLACE
				       : OPA_UPSERT,
			       value ? value : &null, event);
	if (r < 0) { /* what is not there cannot be told */
		pv_recover(cx);
		return 0;
	}
	pv_listb_add(upsert ? masked : erased, pv_string(cx->arena, pointer));
	return 0;
}

static int
mask(pv_ctx *cx, const pv_val *rules, const pv_val **event)
{
	pv_listb erased, masked;
	pv_vec all;
	pv_objb o;
	int r = 0;
	if (!pv_is(rules, PV_LIST) && !pv_is(rules, PV_SET) && !pv_is(rules, PV_OBJECT))
		return pv_fail(cx, PV_EINVALID,
			       "masking failed: unexpected rule format %.*s (%s): expected a set",
			       PV_CLIP(pv_json_text(cx->arena, rules)), pv_type_name(rules));
	pv_vec_init(&all, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *rule = pv_is(rules, PV_OBJECT) ? &rules->members[i].key : pv_item(rules, i);
		pv_vec_push(&all, &rule);
	}
	if (!pv_is(rules, PV_LIST)) /* which says an order */
		pv_vec_sort(&all, later_first);
	pv_listb_init(&erased, cx->arena);
	pv_listb_init(&masked, cx->arena);
	for (size_t i = 0; i < pv_count(pv_get(*event, "erased")); i++)
		pv_listb_add(&erased, *pv_item(pv_get(*event, "erased"), i));
	for (size_t i = 0; r == 0 && i < all.len; i++)
		r = mask_one(cx, *PV_AT(const pv_val *, &all, i), event, &erased, &masked);
	if (r < 0)
		return r;
	pv_objb_from(&o, cx->arena, *event);
	if (erased.len)
		pv_objb_put(&o, "erased", pv_listb_end(&erased));
	if (masked.len)
		pv_objb_put(&o, "masked", pv_listb_end(&masked));
	*event = pv_box(cx->arena, pv_objb_end(&o));
	return 0;
}

/* A log that cannot be masked is not written: it would tell what it must not. */
int
opa_note(opa_call *c, const opa_decision *d)
{
	const opa_log_conf *conf;
	const pv_val *event, *drop, *rules;
	pv_ctx own; /* the call's error stays its own */
	int r;
	if (!c->server->log)
		return 0;
	conf = opa_log_conf_of(c->server->log);
	event = pv_box(c->cx->arena, event_of(c, d));
	pv_ctx_init(&own, "decision-event");
	r = ask(c, &own, conf->drop, event, &drop);
	if (r == 0 && pv_truth(drop, false)) {
		pv_ctx_done(&own);
		return 0;
	}
	if (r == 0)
		r = ask(c, &own, conf->mask, event, &rules);
	if (r == 0 && rules)
		r = mask(&own, rules, &event);
	if (r == 0)
		r = opa_log_add(&own, c->server->log, event);
	if (r < 0 && !c->cx->err)
		(void)pv_fail(c->cx, PV_EINTERNAL, "decision_logs: %s",
			      pv_strdup(c->cx->arena, pv_error_text(&own)));
	pv_recover(&own);
	pv_ctx_done(&own);
	return c->cx->err ? -c->cx->err->code : r;
}
