/* token: JSON Web Tokens as Argo CD's server gives them: HS256, issuer "argocd", good where the same
 * server.secretkey is.  https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/ */
#include "base/buf.h"
#include "base/jwa.h"
#include "base/jwt.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/argocd/impl.h"
#include "lang/json/json.h"

#define ISSUER "argocd"
static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
#define TOKEN_MOST 8192 /* bytes */

static pv_val
claims_of(pv_arena *arena, const jwt_claims *t)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "iss", ISSUER);
	pv_objb_puts(&b, "sub", t->subject);
	if (t->expires)
		pv_objb_put(&b, "exp", pv_int(t->expires));
	pv_objb_put(&b, "nbf", pv_int(t->issued));
	pv_objb_put(&b, "iat", pv_int(t->issued));
	pv_objb_puts(&b, "jti", t->id);
	return pv_objb_end(&b);
}

static const char *
encoded(pv_arena *arena, const char *text)
{
	return pv_base64(arena, text, strlen(text), true);
}

int
token_sign(pv_ctx *cx, pv_api *api, const jwt_claims *t, const char **ret)
{
	pv_val claims = claims_of(cx->arena, t);
	const char *input = pv_printf(cx->arena, "%s.%s", encoded(cx->arena, header),
				      encoded(cx->arena, pv_json_text(cx->arena, &claims)));
	const pv_jwa_key *key;
	pv_str secret, signature;
	int r = settings_key(cx, api, &secret);
	if (r == 0)
		r = pv_jwa_secret(cx, secret, &key);
	if (r == 0)
		r = pv_jwa_sign(cx, "HS256", key, pv_str_of(input), &signature);
	if (r == 0)
		*ret = pv_printf(cx->arena, "%s.%s", input,
				 pv_base64(cx->arena, signature.s, signature.len, true));
	return r;
}

/* Takes it apart; says nothing of its truth. */
static bool
parse(pv_ctx *cx, const char *text, pv_jwt *ret, const pv_val **ret_header, const pv_val **ret_claims)
{
	int r = strlen(text) > TOKEN_MOST ? pv_fail(cx, PV_EUNAUTHORIZED, "too long")
					  : pv_jwt_parse(cx, text, ret);
	if (r == 0)
		r = pv_json_parse(cx, ret->header, NULL, ret_header);
	if (r == 0)
		r = pv_json_parse(cx, ret->claims, NULL, ret_claims);
	if (r < 0)
		(void)pv_recover(cx);
	return r == 0;
}

bool
token_is_ours(pv_ctx *cx, const char *text)
{
	const pv_val *head, *claims;
	pv_jwt jwt;
	return parse(cx, text, &jwt, &head, &claims) && pv_streq(pv_text_at(claims, "iss", ""), ISSUER);
}

static bool
is_signed(pv_ctx *cx, pv_api *api, const pv_jwt *jwt, const pv_val *head)
{
	pv_str secret = settings_secret(cx, api, "server.secretkey");
	const pv_jwa_key *key;
	if (!secret.len || !pv_streq(pv_text_at(head, "alg", ""), "HS256"))
		return false;
	if (pv_jwa_secret(cx, secret, &key) < 0) {
		(void)pv_recover(cx);
		return false;
	}
	return pv_jwa_verify("HS256", key, jwt->input, jwt->signature);
}

int
token_read(pv_ctx *cx, pv_api *api, const char *text, jwt_claims *ret)
{
	const pv_val *head, *claims;
	int64_t now = pv_now() / PV_SEC;
	pv_jwt jwt;
	if (!parse(cx, text, &jwt, &head, &claims) || !is_signed(cx, api, &jwt, head) ||
	    !pv_streq(pv_text_at(claims, "iss", ""), ISSUER))
		return pv_fail(cx, PV_EUNAUTHORIZED, "invalid session: signature is invalid");
	*ret = (jwt_claims){pv_text_at(claims, "sub", ""), pv_text_at(claims, "jti", ""),
			    pv_i64_at(claims, "iat", 0), pv_i64_at(claims, "exp", 0)};
	if (pv_get(claims, "exp") && ret->expires <= now)
		return pv_fail(cx, PV_EUNAUTHORIZED, "invalid session: token is expired");
	if (pv_i64_at(claims, "nbf", 0) > now)
		return pv_fail(cx, PV_EUNAUTHORIZED, "invalid session: token is not valid yet");
	return 0;
}
