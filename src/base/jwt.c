/* Keys and tokens. */
#include "base/jwt.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "base/tls_priv.h"

#define COORDINATE 32 /* bytes of r, s, x and y on P-256 */
#define RSA_LEAST 2048
#define TOKEN_LIMIT (64 << 10)

struct pv_jwt_key {
	EVP_PKEY *pkey;
	bool rsa;
	char id[48];
};

static EVP_PKEY *
public_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	X509 *cert;

	BIO_free(bio);
	if (key == NULL && (cert = tls_cert(pem)) != NULL) {
		key = X509_get_pubkey(cert);
		X509_free(cert);
	}
	return key;
}

/* Takes pkey over, also on failure. */
static int
adopt(pv_ctx *cx, EVP_PKEY *pkey, pv_jwt_key **ret)
{
	char curve[32] = "";
	unsigned char *der = NULL;
	uint8_t sum[PV_SHA256_LEN];
	bool rsa = pkey != NULL && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA;
	pv_jwt_key *key;
	int n;

	if (pkey != NULL && !rsa)
		EVP_PKEY_get_group_name(pkey, curve, sizeof curve, NULL);
	ERR_clear_error();
	if (pkey == NULL || (rsa ? EVP_PKEY_get_bits(pkey) < RSA_LEAST : strcmp(curve, "prime256v1") != 0)) {
		EVP_PKEY_free(pkey);
		return pv_fail(cx, PV_EINVALID, "expected a P-256 key or an RSA key of %d bits or more%s",
			       RSA_LEAST, pkey == NULL ? ", found neither" : "");
	}
	n = i2d_PUBKEY(pkey, &der);
	PV_ASSERT(n > 0);
	pv_sha256(der, (size_t)n, sum);
	OPENSSL_free(der);
	key = calloc(1, sizeof *key);
	PV_ASSERT(key != NULL);
	key->pkey = pkey;
	key->rsa = rsa;
	memcpy(key->id, pv_base64(cx->arena, sum, sizeof sum, true), 44);
	*ret = key;
	return 0;
}

int
pv_jwt_key_parse(pv_ctx *cx, const char *pem, pv_jwt_key **ret)
{
	EVP_PKEY *pkey = tls_private_key(pem);

	return adopt(cx, pkey != NULL ? pkey : public_key(pem), ret);
}

static EVP_PKEY *
build(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (params != NULL && c != NULL && EVP_PKEY_fromdata_init(c) == 1)
		EVP_PKEY_fromdata(c, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(c);
	OSSL_PARAM_free(params);
	return pkey;
}

int
pv_jwt_key_of_ec(pv_ctx *cx, const char *x, const char *y, pv_jwt_key **ret)
{
	uint8_t point[1 + 2 * COORDINATE] = {POINT_CONVERSION_UNCOMPRESSED};
	size_t nx = 0, ny = 0;
	uint8_t *bx = pv_unbase64(cx->arena, pv_str_of(x), true, &nx);
	uint8_t *by = pv_unbase64(cx->arena, pv_str_of(y), true, &ny);
	char group[] = "prime256v1";
	OSSL_PARAM_BLD *bld;
	EVP_PKEY *pkey;

	if (bx == NULL || by == NULL || nx != COORDINATE || ny != COORDINATE)
		return pv_fail(cx, PV_EINVALID, "JWK: expected x and y of 32 bytes in base64url");
	memcpy(point + 1, bx, nx);
	memcpy(point + 1 + nx, by, ny);
	bld = OSSL_PARAM_BLD_new();
	PV_ASSERT(bld != NULL);
	OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point);
	pkey = build("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return adopt(cx, pkey, ret);
}

int
pv_jwt_key_of_rsa(pv_ctx *cx, const char *n, const char *e, pv_jwt_key **ret)
{
	size_t ln = 0, le = 0;
	uint8_t *bn = pv_unbase64(cx->arena, pv_str_of(n), true, &ln);
	uint8_t *be = pv_unbase64(cx->arena, pv_str_of(e), true, &le);
	OSSL_PARAM_BLD *bld;
	BIGNUM *modulus, *exponent;
	EVP_PKEY *pkey;

	if (bn == NULL || be == NULL || ln > 2048 || le > 16)
		return pv_fail(cx, PV_EINVALID, "JWK: expected n and e in base64url");
	modulus = BN_bin2bn(bn, (int)ln, NULL);
	exponent = BN_bin2bn(be, (int)le, NULL);
	bld = OSSL_PARAM_BLD_new();
	PV_ASSERT(bld != NULL && modulus != NULL && exponent != NULL);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, modulus);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, exponent);
	pkey = build("RSA", bld);
	OSSL_PARAM_BLD_free(bld);
	BN_free(modulus);
	BN_free(exponent);
	return adopt(cx, pkey, ret);
}

pv_jwt_key *
pv_jwt_key_free(pv_jwt_key *key)
{
	if (key != NULL)
		EVP_PKEY_free(key->pkey);
	free(key);
	return NULL;
}

const char *
pv_jwt_key_id(const pv_jwt_key *key)
{
	return key->id;
}

const char *
pv_jwt_key_alg(const pv_jwt_key *key)
{
	return key->rsa ? "RS256" : "ES256";
}

/* One member of a JSON object; the first opens it. */
static void
add_member(pv_buf *json, const char *name, const char *value)
{
	pv_buf_addc(json, json->len == 0 ? '{' : ',');
	pv_buf_add_json(json, name, strlen(name));
	pv_buf_addc(json, ':');
	pv_buf_add_json(json, value, strlen(value));
}

static void
add_number(pv_ctx *cx, pv_buf *json, const char *name, const pv_jwt_key *key, const char *param, int width)
{
	BIGNUM *bn = NULL;
	unsigned char bytes[2048];
	int n = 0;

	if (EVP_PKEY_get_bn_param(key->pkey, param, &bn) == 1 && BN_num_bytes(bn) <= (int)sizeof bytes)
		n = BN_bn2binpad(bn, bytes, width > 0 ? width : BN_num_bytes(bn));
	BN_free(bn);
	add_member(json, name, pv_base64(cx->arena, bytes, n > 0 ? (size_t)n : 0, true));
}

int
pv_jwt_key_jwk(pv_ctx *cx, const pv_jwt_key *key, const char **ret)
{
	pv_buf json;

	pv_buf_init(&json, cx->arena);
	add_member(&json, "use", "sig");
	add_member(&json, "kty", key->rsa ? "RSA" : "EC");
	add_member(&json, "kid", key->id);
	add_member(&json, "alg", pv_jwt_key_alg(key));
	if (key->rsa) {
		add_number(cx, &json, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
		add_number(cx, &json, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else {
		add_member(&json, "crv", "P-256");
		add_number(cx, &json, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE);
		add_number(cx, &json, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE);
	}
	pv_buf_addc(&json, '}');
	*ret = json.s;
	return 0;
}

/* JWS wants r and s side by side (RFC 7518 section 3.4), OpenSSL speaks DER. */
static bool
raw_of_der(const unsigned char *der, size_t len, unsigned char raw[2 * COORDINATE])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool ok = sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, COORDINATE) > 0 &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + COORDINATE, COORDINATE) > 0;

	ECDSA_SIG_free(sig);
	return ok;
}

static int
der_of_raw(const unsigned char *raw, unsigned char **ret)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, COORDINATE, NULL), *s = BN_bin2bn(raw + COORDINATE, COORDINATE, NULL);
	int n;

	PV_ASSERT(sig != NULL && r != NULL && s != NULL);
	ECDSA_SIG_set0(sig, r, s);
	n = i2d_ECDSA_SIG(sig, ret);
	ECDSA_SIG_free(sig);
	return n;
}

int
pv_jwt_sign(pv_ctx *cx, const pv_jwt_key *key, pv_str claims, const char **ret)
{
	unsigned char der[128], raw[2 * COORDINATE];
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t len = sizeof der;
	pv_buf header;
	char *input;
	bool ok;

	PV_ASSERT(c != NULL && !key->rsa);
	pv_buf_init(&header, cx->arena);
	add_member(&header, "alg", "ES256");
	add_member(&header, "kid", key->id);
	pv_buf_addc(&header, '}');
	input = pv_printf(cx->arena, "%s.%s", pv_base64(cx->arena, header.s, header.len, true),
			  pv_base64(cx->arena, claims.s, claims.len, true));
	ok = EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
	     EVP_DigestSign(c, der, &len, (const unsigned char *)input, strlen(input)) == 1 &&
	     raw_of_der(der, len, raw);
	EVP_MD_CTX_free(c);
	if (!ok)
		return tls_fail(cx, PV_EINTERNAL, "signing a token: is the key a private one?");
	*ret = pv_printf(cx->arena, "%s.%s", input, pv_base64(cx->arena, raw, sizeof raw, true));
	return 0;
}

static bool
decode(pv_ctx *cx, pv_str part, pv_str *ret)
{
	size_t len = 0;
	uint8_t *bytes = pv_unbase64(cx->arena, part, true, &len);

	*ret = (pv_str){(const char *)bytes, len};
	return bytes != NULL;
}

int
pv_jwt_parse(pv_ctx *cx, const char *token, pv_jwt *ret)
{
	pv_str rest = pv_str_of(token), header, claims;

	if (rest.len > TOKEN_LIMIT)
		return pv_fail(cx, PV_EUNAUTHORIZED, "the token is over the limit of %d bytes", TOKEN_LIMIT);
	if (!pv_str_next(&rest, '.', &header) || !pv_str_next(&rest, '.', &claims) || rest.s == NULL ||
	    !decode(cx, header, &ret->header) || !decode(cx, claims, &ret->claims) ||
	    !decode(cx, rest, &ret->signature))
		return pv_fail(cx, PV_EUNAUTHORIZED,
			       "the token is no JWT: expected three parts in base64url, with dots between");
	ret->input = (pv_str){token, header.len + 1 + claims.len};
	return 0;
}

static bool
verify(const pv_jwt *jwt, const pv_jwt_key *key)
{
	const unsigned char *signature = (const unsigned char *)jwt->signature.s;
	unsigned char *der = NULL;
	size_t len = jwt->signature.len;
	EVP_MD_CTX *c;
	bool ok;

	if (!key->rsa) {
		int n;
		if (len != 2 * COORDINATE || (n = der_of_raw(signature, &der)) <= 0)
			return false;
		signature = der;
		len = (size_t)n;
	}
	c = EVP_MD_CTX_new();
	PV_ASSERT(c != NULL);
	ok = EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
	     EVP_DigestVerify(c, signature, len, (const unsigned char *)jwt->input.s, jwt->input.len) == 1;
	EVP_MD_CTX_free(c);
	OPENSSL_free(der);
	ERR_clear_error();
	return ok;
}

int
pv_jwt_verify(pv_ctx *cx, const pv_jwt *jwt, const pv_jwt_key *key)
{
	if (!verify(jwt, key))
		return pv_fail(cx, PV_EUNAUTHORIZED, "the token's signature is not by key %s", key->id);
	return 0;
}
