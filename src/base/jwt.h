/* jwt: JSON Web Tokens (RFC 7519): ES256 signed, ES256 and RS256 verified.
 * The key, not the token, decides the algorithm, so a token cannot choose a weaker
 * one.  Claims are JSON text here; lang/json reads them.  Keys are immutable. */
#pragma once
#include "base/ctx.h"

typedef struct pv_jwt_key pv_jwt_key; /* a private or public key */

/* PEM of a private key, a public key or a certificate: P-256 or RSA >= 2048 bits.
 * Owner: caller, pv_jwt_key_free(). */
PV_MUST_USE int pv_jwt_key_parse(pv_ctx *cx, const char *pem, pv_jwt_key **ret);
/* From the members of a JWK (RFC 7518 section 6), base64url. */
PV_MUST_USE int pv_jwt_key_of_ec(pv_ctx *cx, const char *x, const char *y, pv_jwt_key **ret);
PV_MUST_USE int pv_jwt_key_of_rsa(pv_ctx *cx, const char *n, const char *e, pv_jwt_key **ret);
pv_jwt_key *pv_jwt_key_free(pv_jwt_key *key);      /* accepts NULL */
const char *pv_jwt_key_id(const pv_jwt_key *key);  /* base64url of SHA-256 of the public key's DER */
const char *pv_jwt_key_alg(const pv_jwt_key *key); /* "ES256" or "RS256" */
/* The public half as one JWK object, JSON text in cx's arena. */
PV_MUST_USE int pv_jwt_key_jwk(pv_ctx *cx, const pv_jwt_key *key, const char **ret);

typedef struct pv_jwt {
	pv_str header, claims; /* JSON, decoded, NUL-terminated; not yet trusted */
	pv_str input;          /* what the signature covers */
	pv_str signature;
} pv_jwt;

PV_MUST_USE int pv_jwt_sign(pv_ctx *cx, const pv_jwt_key *key, pv_str claims, const char **ret);
/* Takes the token apart; says nothing of its truth.  -PV_EUNAUTHORIZED if malformed. */
PV_MUST_USE int pv_jwt_parse(pv_ctx *cx, const char *token, pv_jwt *ret);
/* -PV_EUNAUTHORIZED unless `key` made the signature.  Expiry is the caller's affair. */
PV_MUST_USE int pv_jwt_verify(pv_ctx *cx, const pv_jwt *jwt, const pv_jwt_key *key);
