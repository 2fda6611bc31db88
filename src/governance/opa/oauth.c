#include "governance/opa/oauth.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/heap.h"
#include "base/jwa.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"

#define ASSERTION_SECONDS 600 /* that an assertion holds */
#define EARLY (10 * PV_SEC)   /* before a token expires another is asked for */
#define ANSWER_LIMIT ((size_t)1 << 20)
#define SECRET_LIMIT ((size_t)1 << 20)

struct opa_oauth {
	const char *service, *url, *id, *secret, *scopes;
	const char *assertion, *assertion_path, *assertion_type;
	const char *alg, *key_text, *thumbprint; /* of the key that signs; alg NULL: none */
	bool by_assertion, with_jti;             /* grant: jwt_bearer */
	const pv_val *headers, *parameters, *claims;
	pthread_mutex_t lock;
	char *token; /* heap; NULL: none yet */
	int64_t until;
};

static const char *
where(pv_ctx *cx, const char *service, const char *member)
{
	return pv_printf(cx->arena, "services[%s].credentials.oauth2%s%s", service, *member ? "." : "",
			 member);
}

static int
check_members(pv_ctx *cx, const char *service, const pv_val *conf)
{
	static const char *const known[] = {"grant_type",
					    "token_url",
					    "client_id",
					    "client_secret",
					    "signing_key",
					    "thumbprint",
					    "scopes",
					    "additional_headers",
					    "additional_parameters",
					    "additional_claims",
					    "include_jti_claim",
					    "client_assertion",
					    "client_assertion_path",
					    "client_assertion_type"};
	if (!pv_is(conf, PV_OBJECT))
		return pv_fail(cx, PV_EINVALID, "%s: expected an object, found %s", where(cx, service, ""),
			       pv_type_name(conf));
	for (size_t i = 0; i < pv_member_count(conf); i++) {
		const char *name = pv_text(&conf->members[i].key, "");
		bool found = false;
		for (size_t k = 0; k < PV_LEN(known) && !found; k++)
			found = pv_streq(known[k], name);
		if (!found)
			return pv_fail(cx, PV_EUNSUPPORTED,
				       "%.*s: not supported; expected client_secret, signing_key, "
				       "client_assertion or client_assertion_path",
				       PV_CLIP(where(cx, service, name)));
	}
	return 0;
}

static int
read_key(pv_ctx *cx, opa_oauth *o, const char *name, const pv_val *keys)
{
	const pv_val *key = pv_get(keys, name);
	const char *place = where(cx, o->service, "signing_key");
	if (!key)
		return pv_fail(cx, PV_EINVALID, "%s: expected one of `keys`, found \"%.*s\"", place,
			       PV_CLIP(name));
	o->alg = pv_text_at(key, "algorithm", "RS256");
	o->key_text = pv_text_at(key, "private_key", NULL);
	if (!pv_jwa_known(o->alg))
		return pv_fail(cx, PV_EINVALID, "keys[%s].algorithm: unknown signature algorithm: %.*s", name,
			       PV_CLIP(o->alg));
	return o->key_text
		       ? 0
		       : pv_fail(cx, PV_EINVALID,
				 "keys[%s].private_key: expected a private key in PEM, or a secret, found nothing",
				 name);
}

/* How the client says who it is: by one way, and by its own key where that is what is granted for. */
static int
check_ways(pv_ctx *cx, const opa_oauth *o)
{
	int ways = !!o->secret + !!o->alg + !!o->assertion + !!o->assertion_path;
	const char *place = where(cx, o->service, "");
	if (o->by_assertion && !o->alg)
		return pv_fail(cx, PV_EINVALID, "%s: signing_key required for jwt_bearer grant type", place);
	if (ways != 1)
		return pv_fail(cx, PV_EINVALID,
			       "%s: expected one of client_secret, signing_key, client_assertion and "
			       "client_assertion_path, found %d of them",
			       place, ways);
	if ((o->secret || o->assertion || o->assertion_path) && !*o->id)
		return pv_fail(cx, PV_EINVALID, "%s.client_id: expected a text, found nothing", place);
	return 0;
}

static const char *
scopes_of(pv_ctx *cx, const pv_val *list)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_buf_printf(&b, "%s%s", i ? " " : "", pv_text(pv_item(list, i), ""));
	return b.len ? b.s : "";
}

static int
read_conf(pv_ctx *cx, opa_oauth *o, const pv_val *conf, const pv_val *keys, bool confined)
{
	const char *grant = pv_text_at(conf, "grant_type", "client_credentials");
	const char *key = pv_text_at(conf, "signing_key", NULL);
	o->url = pv_text_at(conf, "token_url", "");
	o->id = pv_text_at(conf, "client_id", "");
	o->secret = pv_text_at(conf, "client_secret", NULL);
	o->scopes = scopes_of(cx, pv_get(conf, "scopes"));
	o->assertion = pv_text_at(conf, "client_assertion", NULL);
	o->assertion_path = pv_text_at(conf, "client_assertion_path", NULL);
	o->assertion_type = pv_text_at(conf, "client_assertion_type",
				       "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	o->thumbprint = pv_text_at(conf, "thumbprint", NULL);
	o->headers = pv_get(conf, "additional_headers");
	o->parameters = pv_get(conf, "additional_parameters");
	o->claims = pv_get(conf, "additional_claims");
	o->with_jti = pv_truth_at(conf, "include_jti_claim", false);
	o->by_assertion = pv_streq(grant, "jwt_bearer");
	if (!o->by_assertion && !pv_streq(grant, "client_credentials"))
		return pv_fail(cx, PV_EINVALID,
			       "%s: must be either client_credentials or jwt_bearer, found \"%.*s\"",
			       where(cx, o->service, "grant_type"), PV_CLIP(grant));
	if (!pv_starts_with(o->url, "https://"))
		return pv_fail(cx, PV_EINVALID, "%s: required to use https scheme, found \"%.*s\"",
			       where(cx, o->service, "token_url"), PV_CLIP(pv_httpc_bare(cx->arena, o->url)));
	if (o->assertion_path && confined)
		return pv_fail(
			cx, PV_EUNSUPPORTED,
			"%s: not supported by the platform, which reads no files for its configuration; "
			"expected client_assertion",
			where(cx, o->service, "client_assertion_path"));
	for (const char *c = o->thumbprint; c && *c; c++)
		if (pv_hex_digit(*c) < 0 || strlen(o->thumbprint) % 2)
			return pv_fail(cx, PV_EINVALID,
				       "%s: expected pairs of hexadecimal digits, found \"%.*s\"",
				       where(cx, o->service, "thumbprint"), PV_CLIP(o->thumbprint));
	int r = key ? read_key(cx, o, key, keys) : 0;
	return r < 0 ? r : check_ways(cx, o);
}

int
opa_oauth_open(pv_ctx *cx, const char *service, const pv_val *conf, const pv_val *keys, bool confined,
	       opa_oauth **ret)
{
	opa_oauth *o = pv_new(cx->arena, opa_oauth);
	o->service = service;
	int r = check_members(cx, service, conf);
	if (r == 0)
		r = read_conf(cx, o, conf, keys, confined);
	if (r < 0)
		return r;
	pthread_mutex_init(&o->lock, NULL);
	*ret = o;
	return 0;
}

opa_oauth *
opa_oauth_close(opa_oauth *o)
{
	if (!o)
		return NULL;
	pthread_mutex_destroy(&o->lock);
	pv_heap_free(o->token);
	o->token = NULL;
	return NULL;
}

/* ---- assertions ---- */

static const char *
part(pv_ctx *cx, pv_objb *o)
{
	pv_val v = pv_objb_end(o);
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_json_write_sorted(&b, &v);
	return pv_base64(cx->arena, b.s, b.len, true);
}

/* x5t (RFC 7515, 4.1.7), with the padding that OPA writes. */
static const char *
x5t(pv_ctx *cx, const char *hex)
{
	size_t n = strlen(hex) / 2;
	uint8_t *bytes = pv_alloc(cx->arena, n + 1);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(pv_hex_digit(hex[2 * i]) << 4 | pv_hex_digit(hex[2 * i + 1]));
	const char *text = pv_base64(cx->arena, bytes, n, true);
	return pv_printf(cx->arena, "%s%.*s", text, (int)((3 - n % 3) % 3), "==");
}

static int
assertion_of(pv_ctx *cx, const opa_oauth *o, const char **ret)
{
	int64_t now = pv_now() / PV_SEC;
	pv_str key_text = pv_str_of(o->key_text), signature;
	const pv_jwa_key *key;
	pv_objb head, claims;
	int r = pv_starts_with(o->alg, "HS") ? pv_jwa_secret(cx, key_text, &key)
					     : pv_jwa_private(cx, key_text, &key);
	if (r < 0)
		return pv_wrap(cx, r, "%s", where(cx, o->service, "signing_key"));
	pv_objb_init(&head, cx->arena);
	pv_objb_puts(&head, "alg", o->alg);
	pv_objb_puts(&head, "typ", "JWT");
	if (o->thumbprint)
		pv_objb_puts(&head, "x5t", x5t(cx, o->thumbprint));
	pv_objb_init(&claims, cx->arena);
	pv_objb_put(&claims, "iat", pv_int(now));
	pv_objb_put(&claims, "exp", pv_int(now + ASSERTION_SECONDS));
	if (*o->scopes)
		pv_objb_puts(&claims, "scope", o->scopes);
	if (o->with_jti)
		pv_objb_puts(&claims, "jti", pv_uuid(cx->arena));
	for (size_t i = 0; i < pv_member_count(o->claims); i++)
		pv_objb_putv(&claims, o->claims->members[i].key, o->claims->members[i].val);
	const char *first = part(cx, &head), *input = pv_printf(cx->arena, "%s.%s", first, part(cx, &claims));
	r = pv_jwa_sign(cx, o->alg, key, pv_str_of(input), &signature);
	if (r == 0)
		*ret = pv_printf(cx->arena, "%s.%s", input,
				 pv_base64(cx->arena, signature.s, signature.len, true));
	return r < 0 ? pv_wrap(cx, r, "%s", where(cx, o->service, "signing_key")) : 0;
}

/* ---- asking ---- */

static void
put(pv_buf *b, pv_ctx *cx, const char *name, const char *value)
{
	pv_buf_printf(b, "%s%s=%s", b->len ? "&" : "", pv_url_escape(cx->arena, name),
		      pv_url_escape(cx->arena, value));
}

static int
put_client(pv_buf *b, pv_ctx *cx, const opa_oauth *o)
{
	const char *assertion = o->assertion;
	pv_str text;
	int r = 0;
	if (o->assertion_path) { /* read anew each time: it may be renewed */
		r = pv_file_load(cx, o->assertion_path, SECRET_LIMIT, &text);
		text = r == 0 ? pv_str_trim(text) : text;
		assertion = r == 0 ? pv_strndup(cx->arena, text.s, text.len) : NULL;
	} else if (o->alg) {
		r = assertion_of(cx, o, &assertion);
	}
	if (r < 0 || !assertion)
		return r;
	if (o->by_assertion) {
		put(b, cx, "assertion", assertion);
		return 0;
	}
	put(b, cx, "client_assertion", assertion);
	put(b, cx, "client_assertion_type", o->assertion_type);
	if (*o->id)
		put(b, cx, "client_id", o->id);
	return 0;
}

static int
body_of(pv_ctx *cx, const opa_oauth *o, pv_buf *b)
{
	pv_buf_init(b, cx->arena);
	put(b, cx, "grant_type",
	    o->by_assertion ? "urn:ietf:params:oauth:grant-type:jwt-bearer" : "client_credentials");
	if (*o->scopes)
		put(b, cx, "scope", o->scopes);
	for (size_t i = 0; i < pv_member_count(o->parameters); i++)
		put(b, cx, pv_text(&o->parameters->members[i].key, ""),
		    pv_scalar_text(cx->arena, &o->parameters->members[i].val));
	return put_client(b, cx, o);
}

static const char *const *
headers_of(pv_ctx *cx, const opa_oauth *o)
{
	const char *line = "Content-Type: application/x-www-form-urlencoded";
	pv_vec headers;
	pv_vec_init(&headers, cx->arena, sizeof(const char *));
	pv_vec_push(&headers, &line);
	if (o->secret) {
		const char *both = pv_printf(cx->arena, "%s:%s", o->id, o->secret);
		line = pv_printf(cx->arena, "Authorization: Basic %s",
				 pv_base64(cx->arena, both, strlen(both), false));
		pv_vec_push(&headers, &line);
	}
	for (size_t i = 0; i < pv_member_count(o->headers); i++) {
		line = pv_printf(cx->arena, "%s: %s", pv_text(&o->headers->members[i].key, ""),
				 pv_scalar_text(cx->arena, &o->headers->members[i].val));
		pv_vec_push(&headers, &line);
	}
	(void)pv_vec_add(&headers);
	return headers.data;
}

static int
ask(pv_ctx *cx, const opa_oauth *o, pv_httpc *client, const pv_httpc_req *like, const pv_val **ret)
{
	pv_httpc_req http = *like;
	pv_httpc_answer answer;
	pv_buf body;
	int r = body_of(cx, o, &body);
	http.method = "POST";
	http.url = o->url;
	http.headers = headers_of(cx, o);
	http.body = (pv_str){body.s, body.len};
	http.limit = ANSWER_LIMIT;
	http.redirects = 0;
	if (r == 0)
		r = pv_httpc_do(cx, client, &http, &answer);
	if (r < 0)
		return pv_wrap(cx, r, "service %s: token", o->service);
	if (answer.status != 200)
		return pv_fail(cx, PV_EUNAVAILABLE, "service %s: the token endpoint answered %d %s",
			       o->service, answer.status, answer.reason);
	r = pv_json_parse(cx, answer.body, &(pv_json_opts){.file = "token"}, ret);
	if (r == 0)
		return 0;
	pv_recover(cx); /* it would show what it is */
	return pv_fail(cx, PV_EUNAVAILABLE, "service %s: the token endpoint's answer is no JSON", o->service);
}

static int
renew(pv_ctx *cx, opa_oauth *o, pv_httpc *client, const pv_httpc_req *like)
{
	const pv_val *answer;
	const char *type, *token;
	int r = ask(cx, o, client, like, &answer);
	if (r < 0)
		return r;
	type = pv_text_at(answer, "token_type", "");
	token = pv_text_at(answer, "access_token", "");
	if (strcasecmp(type, "bearer") != 0)
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "service %s: unknown token type returned from token endpoint: \"%.*s\"",
			       o->service, PV_CLIP(type));
	if (!*token)
		return pv_fail(cx, PV_EUNAVAILABLE, "service %s: the token endpoint gave no access_token",
			       o->service);
	pv_heap_free(o->token);
	o->token = pv_heap_printf("%s", token);
	o->until = pv_mono() + pv_seconds(pv_i64_at(answer, "expires_in", 0)) - EARLY;
	return 0;
}

int
opa_oauth_token(pv_ctx *cx, opa_oauth *o, pv_httpc *client, const pv_httpc_req *like, const char **ret)
{
	int r = 0;
	pthread_mutex_lock(&o->lock);
	if (!o->token || pv_mono() >= o->until)
		r = renew(cx, o, client, like);
	if (r == 0)
		*ret = pv_strdup(cx->arena, o->token);
	pthread_mutex_unlock(&o->lock);
	return r;
}
