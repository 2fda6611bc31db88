/* jwa: signatures by their names in RFC 7518 and RFC 8037 (HS256 .. PS512, ES256 ..
 * ES512, EdDSA), over OpenSSL 3.  For languages that must speak all of them; Pave's
 * own tokens are jwt.h.  Keys live in the ctx's arena and never change:
 * threads may share them. */
#pragma once
#include "base/ctx.h"

typedef struct pv_jwa_key pv_jwa_key;

bool pv_jwa_known(const char *alg);

PV_MUST_USE int pv_jwa_secret(pv_ctx *cx, pv_str bytes, const pv_jwa_key **ret); /* HS* */
/* One PEM block: a certificate or a public key.  -PV_EINVALID in OPA's words. */
PV_MUST_USE int pv_jwa_pem(pv_ctx *cx, pv_str pem, const pv_jwa_key **ret);
/* A private key in PEM, without a passphrase.  -PV_EINVALID. */
PV_MUST_USE int pv_jwa_private(pv_ctx *cx, pv_str pem, const pv_jwa_key **ret);
typedef struct pv_jwa_numbers {           /* of a JWK, decoded; big endian; empty if absent */
	pv_str n, e, d, p, q, dp, dq, qi; /* RSA */
	pv_str x, y;                      /* EC, and OKP (x only); d: private */
} pv_jwa_numbers;
PV_MUST_USE int pv_jwa_rsa(pv_ctx *cx, const pv_jwa_numbers *jwk, const pv_jwa_key **ret);
PV_MUST_USE int pv_jwa_ec(pv_ctx *cx, const char *curve, const pv_jwa_numbers *jwk, const pv_jwa_key **ret);
PV_MUST_USE int pv_jwa_okp(pv_ctx *cx, const pv_jwa_numbers *jwk, const pv_jwa_key **ret); /* Ed25519 */

/* False also if the key is not of the kind that alg wants. */
bool pv_jwa_verify(const char *alg, const pv_jwa_key *key, pv_str input, pv_str signature);
PV_MUST_USE int pv_jwa_sign(pv_ctx *cx, const char *alg, const pv_jwa_key *key, pv_str input, pv_str *ret);
