/* bi_http: http.send, by whoever lets the evaluation ask the network (outside.h): what is asked is read here, and
 * what comes back made the document that policies know.  The same request is sent once an evaluation. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/time.h"
#include "lang/json/literal.h"
#include "lang/rego/builtin.h"
#include "lang/rego/outside.h"
#include "lang/yaml/yaml.h"

#define TIMEOUT (5 * PV_SEC)
#define WAITS_MOST (30 * PV_SEC) /* of one evaluation, all together */
#define RETRIES_MOST 5

typedef struct sending {
	rg_vm *vm;
	const pv_val *of; /* the operand */
	pv_rego_request req;
	bool json, yaml; /* whatever its type says */
	int64_t retries;
	const char *why; /* it cannot be sent */
} sending;

static bool PV_PRINTF(2, 3) wrong(sending *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	s->why = pv_vprintf(s->vm->arena, fmt, ap);
	va_end(ap);
	return false;
}

static const char *
term_text(const sending *s, const pv_val *v)
{
	pv_buf b;

	pv_buf_init(&b, s->vm->arena);
	rg_write_term(&b, v);
	return b.s;
}

/* ---- the request ---- */

static int
check_names(rg_vm *vm, const pv_val *of)
{
	static const char known[] =
		" method url body enable_redirect force_json_decode force_yaml_decode headers raw_body tls_use_system_certs"
		" tls_ca_cert tls_ca_cert_file tls_ca_cert_env_variable tls_client_cert tls_client_cert_file"
		" tls_client_cert_env_variable tls_client_key tls_client_key_file tls_client_key_env_variable"
		" tls_insecure_skip_verify tls_server_name timeout cache force_cache force_cache_duration_seconds"
		" raise_error caching_mode max_retry_attempts cache_ignored_headers ";
	static const char *const needed[] = {"method", "url"};

	for (uint32_t i = 0; i < of->len; i++) {
		const char *key = pv_text(&of->members[i].key, "?");

		if (strchr(key, ' ') || !strstr(known, pv_printf(vm->arena, " %s ", key)))
			return rg_type_error(vm, "operand 1 invalid request parameters(s): {\"%s\"}", key);
	}
	for (size_t i = 0; i < PV_LEN(needed); i++)
		if (!pv_get(of, needed[i]))
			return rg_type_error(vm, "operand 1 missing required request parameters(s): {\"%s\"}",
					     needed[i]);
	return 0;
}

static bool
text_of(sending *s, const char *name, const char **ret)
{
	const pv_val *v = pv_get(s->of, name);

	if (!v)
		return true;
	if (v->type != PV_STRING)
		return wrong(s, "\"%s\" must be a string", name);
	*ret = v->s;
	return true;
}

static bool
truth_of(sending *s, const char *name, bool *ret)
{
	const pv_val *v = pv_get(s->of, name);

	if (!v)
		return true;
	if (v->type != PV_BOOL)
		return wrong(s, "\"%s\" must be a boolean, found %s", name, term_text(s, v));
	*ret = v->b;
	return true;
}

static bool
timeout_of(sending *s)
{
	const pv_val *v = pv_get(s->of, "timeout");

	s->req.timeout_ns = TIMEOUT;
	if (!v)
		return true;
	if (v->type == PV_NUMBER)
		s->req.timeout_ns = pv_i64(v, 0);
	else if (v->type != PV_STRING)
		return wrong(s, "operand 1 'timeout' must be one of {string, number} but got %s",
			     pv_type_name(v));
	else if (!pv_duration_parse(pv_strv(v), &s->req.timeout_ns))
		return wrong(s, "invalid timeout value %s: expected a duration such as \"5s\"",
			     term_text(s, v));
	if (s->req.timeout_ns <= 0 || s->req.timeout_ns > WAITS_MOST) /* 0 is no limit to OPA */
		s->req.timeout_ns = WAITS_MOST;
	return true;
}

static bool
is_framing(const char *name)
{
	static const char *const names[] = {
		"content-length", "transfer-encoding", "trailer", "connection", "te", "upgrade", "expect"};

	for (size_t i = 0; i < PV_LEN(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool
headers_of(sending *s)
{
	const pv_val *all = pv_get(s->of, "headers");

	pv_vec_init(&s->req.headers, s->vm->arena, sizeof(const char *));
	if (all && all->type != PV_OBJECT)
		return wrong(s, "invalid type for headers key");
	for (uint32_t i = 0; all && i < all->len; i++) {
		const pv_val *key = &all->members[i].key, *value = &all->members[i].val;
		const char *line;

		if (key->type != PV_STRING)
			return wrong(s, "invalid type for headers key %s", term_text(s, key));
		if (value->type != PV_STRING)
			return wrong(s, "invalid type for headers value %s", term_text(s, value));
		if (!key->len || strpbrk(key->s, "\r\n:; \t") || strpbrk(value->s, "\r\n"))
			return wrong(s, "headers: %s: no name or value of a header", term_text(s, key));
		if (is_framing(key->s)) /* says where the body ends, which the client knows */
			continue;
		/* libcurl leaves a header without a value out, unless it ends so */
		line = value->len ? pv_printf(s->vm->arena, "%s: %s", key->s, value->s)
				  : pv_printf(s->vm->arena, "%s;", key->s);
		pv_vec_push(&s->req.headers, &line);
	}
	return true;
}

static bool
body_of(sending *s)
{
	const pv_val *raw = pv_get(s->of, "raw_body"), *body = pv_get(s->of, "body");
	pv_buf b;

	if (raw && raw->type != PV_STRING)
		return wrong(s, "\"raw_body\" must be a string");
	if (raw) {
		s->req.body = pv_strv(raw);
	} else if (body) {
		pv_val json = pv_rego_json(s->vm->arena, body);

		pv_buf_init(&b, s->vm->arena);
		pv_rego_write(&b, &json, NULL, true);
		s->req.body = (pv_str){b.s, b.len};
	}
	return true;
}

/* A policy reads no files and no environment of the machine that it runs on. */
static bool
refuse_places(sending *s)
{
	static const char *const places[][2] = {
		{"tls_ca_cert_file", "tls_ca_cert"},
		{"tls_ca_cert_env_variable", "tls_ca_cert"},
		{"tls_client_cert_file", "tls_client_cert"},
		{"tls_client_cert_env_variable", "tls_client_cert"},
		{"tls_client_key_file", "tls_client_key"},
		{"tls_client_key_env_variable", "tls_client_key"},
		{"tls_server_name", "a url of that host"},
	};

	for (size_t i = 0; i < PV_LEN(places); i++)
		if (pv_get(s->of, places[i][0]))
			return wrong(s, "%s: not supported: expected %s", places[i][0], places[i][1]);
	return true;
}

static bool
trust_of(sending *s)
{
	bool system = true;

	if (!refuse_places(s) || !text_of(s, "tls_ca_cert", &s->req.ca) ||
	    !text_of(s, "tls_client_cert", &s->req.cert) || !text_of(s, "tls_client_key", &s->req.key) ||
	    !truth_of(s, "tls_insecure_skip_verify", &s->req.insecure) ||
	    !truth_of(s, "tls_use_system_certs", &system))
		return false;
	if (s->req.ca && !strstr(s->req.ca, "-----BEGIN CERTIFICATE-----"))
		return wrong(s, "could not append certificates");
	if (!s->req.cert != !s->req.key)
		return wrong(s, "tls_client_cert and tls_client_key come together, found one");
	if (!system && !s->req.ca)
		return wrong(s, "tls_use_system_certs is false: expected tls_ca_cert");
	return true;
}

static bool
cache_of(sending *s)
{
	const pv_val *seconds = pv_get(s->of, "force_cache_duration_seconds"),
		     *retries = pv_get(s->of, "max_retry_attempts");
	bool forced = false;
	int64_t n = 0;

	if (!truth_of(s, "cache", &s->req.cached) || !truth_of(s, "force_cache", &forced))
		return false;
	if (forced && !seconds)
		return wrong(s, "'force_cache' set but 'force_cache_duration_seconds' parameter is missing");
	if (forced) {
		n = pv_i64(seconds, -1);
		if (seconds->type != PV_NUMBER || n < 0 || n > INT32_MAX)
			return wrong(s, "invalid value %s for field \"force_cache_duration_seconds\"",
				     term_text(s, seconds));
		s->req.cached_ns = n * PV_SEC;
	}
	if (retries) {
		s->retries = pv_i64(retries, -1);
		if (retries->type != PV_NUMBER || s->retries < 0)
			return wrong(s, "invalid value %s for field \"max_retry_attempts\"",
				     term_text(s, retries));
	}
	s->retries = s->retries > RETRIES_MOST ? RETRIES_MOST : s->retries;
	return true;
}

static char *
upper(pv_arena *arena, const char *text)
{
	char *out = pv_strdup(arena, text);

	for (char *c = out; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return out;
}

static bool
read_request(sending *s)
{
	const char *method = NULL;

	if (!text_of(s, "method", &method) || !text_of(s, "url", &s->req.url))
		return false;
	s->req.method = upper(s->vm->arena, method);
	if (!*method || strspn(s->req.method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != strlen(method))
		return wrong(s, "invalid method %s", term_text(s, pv_get(s->of, "method")));
	return timeout_of(s) && headers_of(s) && body_of(s) && trust_of(s) && cache_of(s) &&
	       truth_of(s, "enable_redirect", &s->req.redirects) &&
	       truth_of(s, "force_json_decode", &s->json) && truth_of(s, "force_yaml_decode", &s->yaml);
}

/* ---- the answer ---- */

static const char *
header(const pv_rego_response *answer, const char *name)
{
	for (size_t i = 0; i < answer->headers.len; i++) {
		const char *const *pair = pv_vec_at(&answer->headers, i);

		if (pv_streq(pair[0], name))
			return pair[1];
	}
	return "";
}

/* {name: [value...]}, all of one name in one list. */
static pv_val
headers_val(rg_vm *vm, const pv_vec *headers)
{
	pv_map *by_name = pv_map_new(vm->arena);
	pv_str name;
	void *list;
	size_t pos = 0;
	pv_objb o;

	for (size_t i = 0; i < headers->len; i++) {
		const char *const *pair = pv_vec_at(headers, i);
		pv_listb *values = pv_map_finds(by_name, pair[0]);

		if (!values) {
			values = pv_new(vm->arena, pv_listb);
			pv_listb_init(values, vm->arena);
			pv_map_puts(by_name, pair[0], values);
		}
		pv_listb_add(values, pv_string_ref(pair[1]));
	}
	pv_objb_init(&o, vm->arena);
	while (pv_map_each(by_name, &pos, &name, &list))
		pv_objb_put(&o, pv_strndup(vm->arena, name.s, name.len), pv_listb_end(list));
	return pv_objb_end(&o);
}

/* What cannot be read is null, as OPA has it: the text is beside it. */
static pv_val
body_val(const sending *s, const pv_rego_response *answer)
{
	const char *type = header(answer, "content-type");
	bool yaml = s->yaml || strstr(type, "application/yaml") || strstr(type, "application/x-yaml") ||
		    strstr(type, "+yaml"),
	     json = s->json || strstr(type, "application/json") || strstr(type, "+json");
	const pv_val *v = NULL;
	pv_ctx *cx = s->vm->cx;
	int r = -PV_EINVALID;

	if (json)
		r = pv_json_parse_literal(cx, answer->body, &(pv_json_opts){.file = "body"}, &v);
	else if (yaml)
		r = pv_yaml_parse(cx, answer->body, &(pv_yaml_opts){.file = "body"}, &v);
	if (r < 0 && (json || yaml))
		(void)pv_recover(cx);
	return r < 0 || !v ? pv_null() : *v;
}

static pv_val
response_val(const sending *s, const pv_rego_response *answer)
{
	rg_vm *vm = s->vm;
	pv_objb o;

	pv_objb_init(&o, vm->arena);
	pv_objb_puts(
		&o, "status",
		pv_printf(vm->arena, "%d%s%s", answer->status, *answer->reason ? " " : "", answer->reason));
	pv_objb_put(&o, "status_code", pv_int(answer->status));
	pv_objb_put(&o, "body", body_val(s, answer));
	pv_objb_put(&o, "raw_body", pv_stringn(vm->arena, answer->body.s, answer->body.len));
	pv_objb_put(&o, "headers", headers_val(vm, &answer->headers));
	return pv_objb_end(&o);
}

static pv_val
error_val(rg_vm *vm, const char *code, const char *why)
{
	pv_objb o, error;

	pv_objb_init(&error, vm->arena);
	pv_objb_puts(&error, "code", code);
	pv_objb_puts(&error, "message", why);
	pv_objb_init(&o, vm->arena);
	pv_objb_put(&o, "status_code", pv_int(0));
	pv_objb_put(&o, "error", pv_objb_end(&error));
	return pv_objb_end(&o);
}

/* ---- sending ---- */

int
rg_check_waited(rg_vm *vm)
{
	return vm->waited_ns < WAITS_MOST
		       ? 0
		       : rg_vm_fail(vm, "eval_builtin_error",
				    "%s: the evaluation has waited 30s for answers already", vm->builtin);
}

/* 0; 1: s->why says why not; < 0: the evaluation ends. */
static int
send(sending *s, pv_rego_response *ret)
{
	rg_vm *vm = s->vm;
	const pv_rego_outside *out = vm->eval->outside;

	for (int64_t i = 0;; i++) {
		int64_t since = pv_mono();
		int r = rg_check_waited(vm);

		if (r < 0)
			return r;
		if (s->req.timeout_ns > WAITS_MOST - vm->waited_ns)
			s->req.timeout_ns = WAITS_MOST - vm->waited_ns;
		r = out->send(out->arg, vm->cx, &s->req, ret);
		vm->waited_ns += pv_mono() - since;
		if (r == 0)
			return 0;
		s->why = pv_strdup(vm->arena, pv_error_text(vm->cx));
		(void)pv_recover(vm->cx);
		if (r == -PV_EFORBIDDEN) /* not undefined: what a rule decides by it is not known */
			return rg_vm_fail(vm, "eval_builtin_error", "http.send: %s", s->why);
		if (i >= s->retries || r != -PV_EUNAVAILABLE)
			return 1;
	}
}

static int
answered(sending *s, bool raises, const pv_val **ret)
{
	pv_rego_response answer;
	bool fit = read_request(s);
	int r = fit ? send(s, &answer) : 1;

	if (r < 0)
		return r;
	if (r == 0)
		return rg_ret(s->vm, response_val(s, &answer), ret);
	if (raises)
		return rg_builtin_error(s->vm, "%s", s->why);
	return rg_ret(s->vm,
		      error_val(s->vm, fit ? "eval_http_send_network_error" : "eval_http_send_internal_error",
				s->why),
		      ret);
}

static int
bi_http_send(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	sending s = {.vm = vm, .of = a[0]};
	const pv_val *raises = pv_get(a[0], "raise_error");
	int r = check_names(vm, a[0]);
	pv_buf b;

	if (r < 0)
		return r;
	if (!vm->eval->outside)
		return rg_vm_fail(
			vm, "eval_builtin_error",
			"http.send: opens a network connection, and no host is allowed (--allow-net)");
	if (raises && raises->type != PV_BOOL)
		return rg_builtin_error(vm, "invalid value for raise_error field");
	pv_buf_init(&b, vm->arena);
	pv_buf_adds(&b, "http.send ");
	rg_write_term(&b, a[0]);
	s.req.id = b.s;
	*ret = pv_map_finds(rg_cache(vm), b.s);
	if (*ret)
		return 0;
	r = answered(&s, pv_truth(raises, true), ret);
	if (r == 0 && *ret)
		pv_map_puts(rg_cache(vm), b.s, (void *)(uintptr_t)*ret);
	return r;
}

static const rg_builtin rows[] = {
	{"http.send", "o", bi_http_send, 1, RG_B_VOLATILE | RG_B_NETWORK},
};
RG_FAMILY(http);
