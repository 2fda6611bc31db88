/* answer: documents and errors as OPA writes them. */
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/gzip.h"
#include "base/str.h"
#include "base/time.h"
#include "governance/opa/serve.h"
#include "lang/json/literal.h"
#include "lang/yaml/yaml.h"

bool
opa_flag(pv_http_req *http, const char *name)
{
	const char *value;
	for (int i = 0; (value = pv_http_query_at(http, name, i)) != NULL; i++)
		if (*value == '\0' || strcasecmp(value, "true") == 0)
			return true;
	return false;
}

static pv_val
sorted(pv_arena *arena, const pv_val *v)
{
	pv_objb o;
	pv_listb l;
	if (v->type == PV_OBJECT) {
		pv_objb_init(&o, arena);
		for (uint32_t i = 0; i < v->len; i++)
			pv_objb_add(&o, pv_sorted(v, i)->key, sorted(arena, &pv_sorted(v, i)->val));
		return pv_objb_end(&o);
	}
	if (v->type != PV_LIST)
		return *v;
	pv_listb_init(&l, arena);
	for (uint32_t i = 0; i < v->len; i++)
		pv_listb_add(&l, sorted(arena, &v->items[i]));
	return pv_listb_end(&l);
}

pv_val
opa_sorted(pv_arena *arena, const pv_val *v)
{
	pv_val json = pv_rego_json(arena, v);
	return sorted(arena, &json);
}

static int
send(opa_call *c, int status, const pv_buf *b)
{
	pv_str text = {b->len ? b->s : "", b->len};
	pv_buf packed;
	c->status = status;
	if (c->packs)
		pv_http_set(c->http, "Vary", "Accept-Encoding");
	if (c->packs && b->len >= c->server->gzip_least &&
	    pv_http_takes(pv_http_header(c->http, "accept-encoding"), "gzip")) {
		pv_buf_init(&packed, c->cx->arena);
		if (pv_gzip(c->cx, text, c->server->gzip_level, &packed) == 0) {
			pv_http_set(c->http, "Content-Encoding", "gzip");
			text = (pv_str){packed.s, packed.len};
		} else {
			pv_recover(c->cx);
		}
	}
	pv_http_reply(c->http, status, c->type && status == 200 ? c->type : "application/json", text,
		      pv_http_keep, NULL);
	return 0;
}

int
opa_reply(opa_call *c, int status, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, c->cx->arena);
	pv_rego_write(&b, v, c->pretty ? "  " : NULL, false);
	pv_buf_addc(&b, '\n');
	return send(c, status, &b);
}

int
opa_reply_nothing(opa_call *c, int status)
{
	c->status = status;
	pv_http_reply(c->http, status, NULL, PV_STR(""), pv_http_keep, NULL);
	return 0;
}

pv_val
opa_error_json(pv_ctx *cx, const char *code, const char *message)
{
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	pv_objb_puts(&o, "code", code);
	pv_objb_puts(&o, "message", message);
	return pv_objb_end(&o);
}

static int
send_error(opa_call *c, int status, const pv_val *error)
{
	pv_buf b;
	pv_buf_init(&b, c->cx->arena);
	pv_rego_write(&b, error, "  ", false);
	pv_buf_addc(&b, '\n');
	return send(c, status, &b);
}

int
opa_refuse(opa_call *c, int status, const char *code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	pv_val e = opa_error_json(c->cx, code, pv_vprintf(c->cx->arena, fmt, ap));
	va_end(ap);
	return send_error(c, status, &e);
}

int
opa_refuse_parts(opa_call *c, int status, const char *code, const char *message)
{
	pv_val e = opa_error_json(c->cx, code, message);
	e = pv_with(c->cx->arena, &e, "errors", pv_rego_errors_json(c->cx));
	pv_recover(c->cx);
	return send_error(c, status, &e);
}

int
opa_refuse_compiled(opa_call *c, const char *code, const char *message)
{
	if (!pv_rego_error_code(c->cx))
		return opa_refuse_error(c);
	return opa_refuse_parts(c, 400, code, message);
}

int
opa_refuse_text(opa_call *c, int status, const char *code)
{
	return opa_refuse_parts(c, status, code, pv_strdup(c->cx->arena, c->cx->err->message));
}

int
opa_refuse_error(opa_call *c)
{
	const char *text = pv_error_text(c->cx), *rego = pv_rego_error_code(c->cx);
	int code = c->cx->err->code;
	if (rego && !pv_starts_with(rego, "eval_"))
		return opa_refuse_text(c, 500, "internal_error");
	if (rego)
		return opa_refuse_parts(c, 500, "internal_error", "error(s) occurred while evaluating query");
	pv_recover(c->cx);
	switch (code) {
	case PV_ENOTFOUND: return opa_refuse(c, 404, "resource_not_found", "%s", text);
	case PV_ECONFLICT: return opa_refuse(c, 404, "resource_conflict", "%s", text);
	case PV_EBADREQUEST:
	case PV_EINVALID:
	case PV_EUNSUPPORTED: return opa_refuse(c, 400, "invalid_parameter", "%s", text);
	case PV_ETOOLARGE: return opa_refuse(c, 413, "invalid_parameter", "%s", text);
	case PV_EFORBIDDEN: return opa_refuse(c, 403, "unauthorized", "%s", text);
	default: return opa_refuse(c, 500, "internal_error", "%s", text);
	}
}

void
opa_put_explanation(const opa_call *c, pv_objb *o)
{
	pv_vec lines;
	pv_listb list;
	if (!c->watch)
		return;
	pv_vec_init(&lines, c->cx->arena, sizeof(const char *));
	pv_rego_explain_lines(c->cx, c->watch, c->explain, &lines);
	pv_listb_init(&list, c->cx->arena);
	for (size_t i = 0; i < lines.len; i++)
		pv_listb_add(&list, pv_string_ref(*PV_AT(const char *, &lines, i)));
	if (list.len)
		pv_objb_put(o, "explanation", pv_listb_end(&list));
}

pv_val
opa_metrics(const opa_call *c, const opa_finding *f)
{
	pv_objb o;
	pv_objb_init(&o, c->cx->arena);
	if (f)
		pv_objb_put(&o, "counter_server_query_cache_hit", pv_int(f->hit ? 1 : 0));
	pv_objb_put(&o, "timer_rego_input_parse_ns", pv_int(c->parse_ns));
	if (f && !f->hit)
		pv_objb_put(&o, "timer_rego_query_compile_ns", pv_int(f->compile_ns));
	if (f)
		pv_objb_put(&o, "timer_rego_query_eval_ns", pv_int(f->eval_ns));
	pv_objb_put(&o, "timer_server_handler_ns", pv_int(pv_mono() - c->began));
	return pv_objb_end(&o);
}

const pv_val *
opa_input_of(const pv_val *body)
{
	const pv_val *input = pv_get(body, "input");
	return input && input->type != PV_NULL ? input : NULL;
}

int
opa_read_body(opa_call *c, bool yaml, const pv_val **ret)
{
	const char *type = pv_http_header(c->http, "content-type");
	int64_t start = pv_mono();
	int r = 0;
	*ret = NULL;
	if (pv_str_trim(c->body).len > 0)
		r = yaml && type && strstr(type, "yaml") ? pv_yaml_parse(c->cx, c->body, NULL, ret)
							 : pv_json_parse_literal(c->cx, c->body, NULL, ret);
	c->parse_ns = pv_mono() - start;
	return r < 0 ? pv_wrap(c->cx, r, "body contains malformed input document") : 0;
}
