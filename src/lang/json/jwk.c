#include "lang/json/jwk.h"

#include "base/str.h"

static pv_str
number(pv_ctx *cx, const pv_val *jwk, const char *name)
{
	size_t n = 0;
	pv_str text = pv_strv(pv_get(jwk, name));
	const uint8_t *bytes = text.len ? pv_unbase64(cx->arena, text, true, &n) : NULL;

	return (pv_str){bytes ? (const char *)bytes : "", bytes ? n : 0};
}

int
pv_jwk_read(pv_ctx *cx, const pv_val *jwk, pv_jwk *ret)
{
	const char *kind = pv_text(pv_get(jwk, "kty"), "");
	pv_jwa_numbers n = {
		number(cx, jwk, "n"), number(cx, jwk, "e"),  number(cx, jwk, "d"),  number(cx, jwk, "p"),
		number(cx, jwk, "q"), number(cx, jwk, "dp"), number(cx, jwk, "dq"), number(cx, jwk, "qi"),
		number(cx, jwk, "x"), number(cx, jwk, "y"),
	};

	*ret = (pv_jwk){.alg = pv_text(pv_get(jwk, "alg"), NULL), .kid = pv_text(pv_get(jwk, "kid"), NULL)};
	if (pv_streq(kind, "RSA"))
		return pv_jwa_rsa(cx, &n, &ret->key);
	if (pv_streq(kind, "EC"))
		return pv_jwa_ec(cx, pv_text(pv_get(jwk, "crv"), ""), &n, &ret->key);
	if (pv_streq(kind, "OKP"))
		return pv_jwa_okp(cx, &n, &ret->key);
	if (pv_streq(kind, "oct"))
		return pv_jwa_secret(cx, number(cx, jwk, "k"), &ret->key);
	return 0;
}
