#include "governance/opa/service.h"

#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "core/git/git.h"

#define SECRET_LIMIT ((size_t)1 << 20)
#define ANSWER_TIME (10 * PV_SEC) /* response_header_timeout_seconds, unless the service says otherwise */
#define BODY_TIME (60 * PV_SEC)   /* and for the body */

static int
unsupported(pv_ctx *cx, const char *service, const char *member)
{
	return pv_fail(cx, PV_EUNSUPPORTED,
		       "services[%s].credentials.%s: not supported; expected bearer, oauth2, client_tls or "
		       "s3_signing",
		       service, member);
}

int
opa_text_or_file(pv_ctx *cx, const char *value, bool confined, const char *where, const char **ret)
{
	pv_str text;
	*ret = value;
	if (strchr(value, '\n'))
		return 0;
	if (confined)
		return pv_fail(
			cx, PV_EUNSUPPORTED,
			"%s: expected the text itself, in PEM, found the name of a file or no PEM: the "
			"platform reads no files for its configuration",
			where);
	int r = pv_file_load(cx, value, SECRET_LIMIT, &text);
	if (r < 0)
		return pv_wrap(cx, r, "%s", where);
	*ret = text.s;
	return 0;
}

static int
read_client_tls(pv_ctx *cx, const pv_val *tls, bool confined, const opa_service *s, pv_httpc_conf *http)
{
	const char *where = pv_printf(cx->arena, "services[%s].credentials.client_tls", s->name);
	if (pv_get(tls, "private_key_passphrase"))
		return unsupported(cx, s->name, "client_tls.private_key_passphrase");
	int r = opa_text_or_file(cx, pv_text_at(tls, "cert", ""), confined,
				 pv_printf(cx->arena, "%s.cert", where), &http->cert_pem);
	return r < 0 ? r
		     : opa_text_or_file(cx, pv_text_at(tls, "private_key", ""), confined,
					pv_printf(cx->arena, "%s.private_key", where), &http->key_pem);
}

static int
read_credentials(pv_ctx *cx, const pv_val *conf, const pv_val *keys, bool confined, opa_service *s,
		 pv_httpc_conf *http)
{
	static const char *const kinds[] = {"bearer", "client_tls", "oauth2", "s3_signing"};
	const pv_val *all = pv_get(conf, "credentials"), *tls = pv_get(all, "client_tls");
	const pv_val *oauth = pv_get(all, "oauth2"), *aws = pv_get(all, "s3_signing");
	for (size_t i = 0; i < pv_member_count(all); i++) {
		const char *kind = pv_text(&all->members[i].key, "");
		bool known = false;
		for (size_t k = 0; k < PV_LEN(kinds) && !known; k++)
			known = pv_streq(kind, kinds[k]);
		if (!known)
			return unsupported(cx, s->name, kind);
	}
	if (pv_count(all) > 1)
		return pv_fail(cx, PV_EINVALID,
			       "services[%s].credentials: a maximum one credential method must be specified",
			       s->name);
	s->scheme = pv_text_at(all, "bearer.scheme", "Bearer");
	if (oauth)
		return opa_oauth_open(cx, s->name, oauth, keys, confined, &s->oauth);
	if (aws) {
		s->aws = pv_new(cx->arena, opa_aws);
		return opa_aws_read(cx, s->name, aws, confined, s->aws);
	}
	s->token = pv_text_at(all, "bearer.token", NULL);
	s->token_path = pv_text_at(all, "bearer.token_path", NULL);
	if (pv_get(all, "bearer") && !s->token == !s->token_path)
		return pv_fail(cx, PV_EINVALID,
			       "services[%s].credentials.bearer: expected one of token and token_path",
			       s->name);
	if (s->token_path && confined)
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "services[%s].credentials.bearer.token_path: not supported by the platform; "
			       "expected token",
			       s->name);
	return tls ? read_client_tls(cx, tls, confined, s, http) : 0;
}

static int
check_objects(pv_ctx *cx, const char *name, const pv_val *conf)
{
	static const char *const members[] = {"headers", "credentials"};

	for (size_t i = 0; i < PV_LEN(members); i++) {
		const pv_val *one = pv_get(conf, members[i]);

		if (one && one->type != PV_OBJECT)
			return pv_fail(cx, PV_EINVALID, "services[%s].%s: expected an object, found %s", name,
				       members[i], pv_type_name(one));
	}
	return 0;
}

static int
read_service(pv_ctx *cx, const char *name, const pv_val *conf, const pv_val *keys, bool confined,
	     opa_service *s)
{
	const char *url = pv_text_at(conf, "url", ""), *ca = pv_text_at(conf, "tls.ca_cert", NULL);
	const char *type = pv_text_at(conf, "type", "");
	pv_httpc_conf http = {.insecure = pv_truth_at(conf, "allow_insecure_tls", false),
			      .use_proxy_env = true};
	size_t n = strlen(url);
	*s = (opa_service){.name = name, .headers = pv_get(conf, "headers"), .oci = pv_streq(type, "oci")};
	if (!pv_starts_with(url, "http://") && !pv_starts_with(url, "https://"))
		return pv_fail(cx, PV_EINVALID,
			       "services[%s].url: expected http:// or https://, found \"%.*s\"", name,
			       PV_CLIP(pv_git_plain_url(cx->arena, url)));
	if (!pv_streq(pv_git_plain_url(cx->arena, url), url))
		return pv_fail(
			cx, PV_EINVALID,
			"services[%s].url: expected an address without user, password and query: the first two go "
			"into credentials.bearer, with scheme: Basic",
			name);
	if (*type && !s->oci)
		return pv_fail(cx, PV_EINVALID, "services[%s].type: expected oci or nothing, found \"%.*s\"",
			       name, PV_CLIP(type));
	while (n > 0 && url[n - 1] == '/')
		n--;
	s->url = pv_strndup(cx->arena, url, n);
	s->timeout_ns = pv_i64_at(conf, "response_header_timeout_seconds", 0) * PV_SEC;
	s->timeout_ns = (s->timeout_ns > 0 ? s->timeout_ns : ANSWER_TIME) + BODY_TIME;
	int r = check_objects(cx, name, conf);
	if (r == 0)
		r = read_credentials(cx, conf, keys, confined, s, &http);
	if (r == 0 && ca)
		r = opa_text_or_file(cx, ca, confined, pv_printf(cx->arena, "services[%s].tls.ca_cert", name),
				     &http.ca_pem);
	if (r == 0)
		r = pv_httpc_open(cx, &http, &s->client);
	if (r < 0)
		s->oauth = opa_oauth_close(s->oauth);
	return r;
}

int
opa_services_open(pv_ctx *cx, const pv_val *doc, bool confined, pv_vec *ret)
{
	const pv_val *conf = pv_get(doc, "services"), *keys = pv_get(doc, "keys");
	int r = 0;
	pv_vec_init(ret, cx->arena, sizeof(opa_service));
	if (conf && conf->type != PV_OBJECT && conf->type != PV_LIST)
		return pv_fail(cx, PV_EINVALID, "services: expected an object or an array, found %s",
			       pv_type_name(conf));
	for (size_t i = 0; r == 0 && i < pv_count(conf); i++) {
		const pv_val *one = conf->type == PV_LIST ? pv_item(conf, i) : &conf->members[i].val;
		const char *name = conf->type == PV_LIST ? pv_text_at(one, "name", "")
							 : pv_text(&conf->members[i].key, "");
		opa_service s;
		r = read_service(cx, name, one, keys, confined, &s);
		if (r == 0)
			pv_vec_push(ret, &s);
	}
	if (r < 0)
		opa_services_close(ret);
	return r;
}

void
opa_services_close(pv_vec *services)
{
	for (size_t i = 0; i < services->len; i++) {
		opa_service *s = PV_AT(opa_service, services, i);
		s->client = pv_httpc_close(s->client);
		s->oauth = opa_oauth_close(s->oauth);
	}
}

const opa_service *
opa_service_find(pv_ctx *cx, const pv_vec *services, const char *name, const char *whose)
{
	for (size_t i = 0; i < services->len; i++)
		if (pv_streq(PV_AT(opa_service, services, i)->name, name) ||
		    (*name == '\0' && services->len == 1))
			return PV_AT(opa_service, services, i);
	(void)pv_fail(cx, PV_EINVALID, "%s: service \"%s\" is not among services", whose, name);
	return NULL;
}

/* ---- asking ---- */

static bool
is_ended(void *stop)
{
	return atomic_load((atomic_bool *)stop);
}

static int
authorize(pv_ctx *cx, const opa_service *s, const opa_service_req *req, const pv_httpc_req *http,
	  pv_vec *headers)
{
	const char *token = s->token, *line;
	pv_str text;
	if (req->bearer) {
		line = pv_printf(cx->arena, "Authorization: Bearer %s", req->bearer);
		pv_vec_push(headers, &line);
		return 0;
	}
	if (!token && s->token_path) { /* read anew each time: it may be renewed */
		int r = pv_file_load(cx, s->token_path, SECRET_LIMIT, &text);
		if (r < 0)
			return pv_wrap(cx, r, "service %s: token", s->name);
		text = pv_str_trim(text);
		token = pv_strndup(cx->arena, text.s, text.len);
	}
	if (s->oauth) {
		int r = opa_oauth_token(cx, s->oauth, s->client, http, &token);
		if (r < 0)
			return r;
	}
	if (token && s->oci && !s->oauth) /* as OPA does for registries: it is USER:PASSWORD there */
		token = pv_base64(cx->arena, token, strlen(token), false);
	if (token) {
		line = pv_printf(cx->arena, "Authorization: %s %s", s->scheme, token);
		pv_vec_push(headers, &line);
	}
	return 0;
}

int
opa_service_do(pv_ctx *cx, const opa_service *s, const opa_service_req *req, pv_httpc_answer *ret)
{
	bool whole = pv_starts_with(req->path, "https://") || pv_starts_with(req->path, "http://");
	pv_httpc_req http = {.method = req->method, .body = req->body, .limit = req->limit, .redirects = 5};
	const char *line;
	pv_vec headers;
	http.url = whole ? req->path : pv_printf(cx->arena, "%s/%s", s->url, req->path);
	http.timeout_ns = s->timeout_ns;
	if (req->stop) {
		http.ended = is_ended;
		http.ended_arg = req->stop;
	}
	pv_vec_init(&headers, cx->arena, sizeof(const char *));
	/* A token goes to the service only, wherever an answer of it may point. */
	int r = whole && !req->bearer && !req->own ? 0 : authorize(cx, s, req, &http, &headers);
	if (r < 0)
		return r;
	for (size_t i = 0; !whole && i < pv_member_count(s->headers); i++) {
		line = pv_printf(cx->arena, "%s: %s", pv_text(&s->headers->members[i].key, ""),
				 pv_scalar_text(cx->arena, &s->headers->members[i].val));
		pv_vec_push(&headers, &line);
	}
	for (size_t i = 0; i < PV_LEN(req->headers) && req->headers[i]; i++)
		pv_vec_push(&headers, &req->headers[i]);
	if (s->aws && (!whole || req->own)) { /* over all that was put there */
		http.redirects = 0; /* of no use elsewhere, where the session's token would be told */
		r = opa_aws_sign(cx, s->aws, http.method, http.url, http.body, &headers);
	}
	if (r < 0)
		return r;
	(void)pv_vec_add(&headers);
	http.headers = headers.data;
	http.timeout_ns += req->more_ns; /* for the answer; a token takes no longer than others */
	return pv_httpc_do(cx, s->client, &http, ret);
}
