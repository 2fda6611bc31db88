/* bi_aws: providers.aws.sign_req: AWS Signature Version 4 (docs.aws.amazon.com,
 * "Create a signed AWS API request"), put together as OPA does: the method as it is
 * written, and headers that the request has already as they are. */
#include <string.h>

#include "base/arena.h"
#include "base/hashing.h"
#include "base/sigv4.h"
#include "lang/go/layout.h"
#include "lang/rego/builtin.h"

typedef struct signer {
	rg_vm *vm;
	const pv_val *req, *config;
	const char *stamp; /* 20151228T140825Z */
	pv_str host, path, query;
	const char *payload; /* hash of the body, or UNSIGNED-PAYLOAD */
	pv_objb aws, signed_headers;
} signer;

/* {"a", "b"}: the names that are absent, or no strings. */
static int
check_keys(rg_vm *vm, const pv_val *o, const char *const *names, size_t n, int operand, const char *what)
{
	for (int wrong = 0; wrong < 2; wrong++) {
		pv_buf b;
		pv_buf_init(&b, vm->arena);
		for (size_t i = 0; i < n; i++) {
			const pv_val *v = pv_get(o, names[i]);
			if (wrong ? v && v->type != PV_STRING : !v)
				pv_buf_printf(&b, "%s\"%s\"", b.len ? ", " : "", names[i]);
		}
		if (b.len)
			return rg_type_error(vm, "operand %d %s required %s parameters(s): {%s}", operand,
					     wrong ? "invalid values for" : "missing", what, b.s);
	}
	return 0;
}

static void
take_url(signer *s, pv_str url)
{
	const char *end = url.s + url.len, *at = memmem(url.s, url.len, "://", 3);
	at = at ? at + 3 : url.s;
	const char *slash = at;
	while (slash < end && *slash != '/' && *slash != '?' && *slash != '#')
		slash++;
	s->host = (pv_str){at, (size_t)(slash - at)};
	const char *hash = memchr(slash, '#', (size_t)(end - slash));
	end = hash ? hash : end;
	const char *mark = memchr(slash, '?', (size_t)(end - slash));
	s->path = (pv_str){slash, (size_t)((mark ? mark : end) - slash)};
	s->query = mark ? (pv_str){mark + 1, (size_t)(end - mark - 1)} : (pv_str){"", 0};
}

static void
take_payload(signer *s, bool unsigned_payload)
{
	const pv_val *raw = pv_get(s->req, "raw_body"), *body = pv_get(s->req, "body");
	pv_str bytes = pv_strv(raw);
	pv_buf b;
	if (!raw && body) {
		pv_val json = pv_rego_json(s->vm->arena, body);
		pv_buf_init(&b, s->vm->arena);
		pv_rego_write(&b, &json, NULL, true);
		bytes = (pv_str){b.s, b.len};
	}
	s->payload = unsigned_payload ? "UNSIGNED-PAYLOAD" : pv_hash_hex(s->vm->arena, "sha256", bytes);
}

static void
collect_headers(signer *s)
{
	static const char *const ignored[] = {"authorization", "user-agent", "x-amzn-trace-id"};
	const pv_val *headers = pv_get(s->req, "headers");
	const char *token = pv_text(pv_get(s->config, "aws_session_token"), NULL);
	pv_objb_init(&s->aws, s->vm->arena);
	pv_objb_put(&s->aws, "host", pv_stringn(s->vm->arena, s->host.s, s->host.len));
	pv_objb_put(&s->aws, "x-amz-content-sha256", pv_string(s->vm->arena, s->payload));
	pv_objb_put(&s->aws, "x-amz-date", pv_string(s->vm->arena, s->stamp));
	if (token)
		pv_objb_put(&s->aws, "x-amz-security-token", pv_string(s->vm->arena, token));
	pv_val made = pv_objb_end(&s->aws);
	pv_objb_from(&s->signed_headers, s->vm->arena, &made);
	for (size_t i = 0; i < pv_member_count(headers); i++) {
		const pv_member *m = &headers->members[i];
		const char *name = pv_str_lower(s->vm->arena, pv_text(&m->key, ""));
		bool skip = m->val.type != PV_STRING;
		for (size_t k = 0; k < PV_LEN(ignored); k++)
			skip = skip || pv_streq(name, ignored[k]);
		if (!skip)
			pv_objb_put(&s->signed_headers, name, m->val);
	}
}

/* The Authorization header. */
static const char *
authorization(signer *s)
{
	pv_val headers = pv_objb_end(&s->signed_headers);
	const char *(*pairs)[2] = pv_alloc(s->vm->arena, (headers.len + 1) * sizeof *pairs);
	for (uint32_t i = 0; i < headers.len; i++) {
		pairs[i][0] = pv_sorted(&headers, i)->key.s;
		pairs[i][1] = pv_sorted(&headers, i)->val.s;
	}
	return pv_sigv4_authorization(
		s->vm->arena, &(pv_sigv4){
				      .method = pv_text(pv_get(s->req, "method"), ""),
				      .stamp = s->stamp,
				      .path = s->path,
				      .query = s->query,
				      .payload = s->payload,
				      .headers = (const char *const(*)[2])pairs,
				      .n = headers.len,
				      .service = pv_text(pv_get(s->config, "aws_service"), ""),
				      .region = pv_text(pv_get(s->config, "aws_region"), ""),
				      .access_key = pv_text(pv_get(s->config, "aws_access_key"), ""),
				      .secret_key = pv_text(pv_get(s->config, "aws_secret_access_key"), ""),
			      });
}

static const char *
stamp(rg_vm *vm, int64_t ns)
{
	const pv_zone *utc;
	pv_buf b;
	PV_ASSERT(pv_zone_load(vm->cx, "", &utc) == 0);
	pv_civil c = pv_civil_of(utc, ns);
	pv_buf_init(&b, vm->arena);
	pv_layout_format(&b, "20060102T150405Z", &c);
	return b.s;
}

static int
bi_sign_req(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	static const char *const request[] = {"method", "url"};
	static const char *const config[] = {"aws_access_key", "aws_region", "aws_secret_access_key",
					     "aws_service"};
	const pv_val *plain = pv_get(a[1], "disable_payload_signing");
	signer s = {.vm = vm, .req = a[0], .config = a[1]};
	int r = check_keys(vm, a[0], request, PV_LEN(request), 1, "request");
	if (r == 0)
		r = check_keys(vm, a[1], config, PV_LEN(config), 2, "AWS config");
	if (r < 0)
		return r;
	if (plain && plain->type != PV_BOOL)
		return rg_type_error(vm,
				     "operand 2 invalid value for 'disable_payload_signing' in AWS config");
	int64_t ns = a[2]->num == PV_INT ? a[2]->i : -1;
	if (ns < 0)
		return rg_type_error(vm, "operand 3 could not convert time_ns value into a unix timestamp");
	s.stamp = stamp(vm, ns);
	take_url(&s, pv_strv(pv_get(a[0], "url")));
	take_payload(&s, plain && plain->b);
	collect_headers(&s);
	pv_objb headers, out;
	pv_objb_from(&headers, vm->arena, pv_get(a[0], "headers"));
	for (size_t i = 0; i < s.aws.len; i++)
		pv_objb_putv(&headers, s.aws.members[i].key, s.aws.members[i].val);
	pv_objb_put(&headers, "Authorization", pv_string_ref(authorization(&s)));
	pv_objb_from(&out, vm->arena, a[0]);
	pv_objb_put(&out, "headers", pv_objb_end(&headers));
	return rg_ret(vm, pv_objb_end(&out), ret);
}

static const rg_builtin rows[] = {
	{"providers.aws.sign_req", "o o n", bi_sign_req, 3, 0},
};
RG_FAMILY(aws);
