/* jwa: EVP keys from PEM and JWK numbers; raw r||s for ECDSA (RFC 7518 section 3.4). */
#include "base/jwa.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/digest.h"
#include "base/hashing.h"
#include "base/str.h"

struct pv_jwa_key {
	EVP_PKEY *pkey; /* NULL: a secret */
	pv_str secret;
};

enum family { HS, RS, PS, ES, ED };
typedef struct algorithm {
	const char *name;
	enum family family;
	const char *digest;
	const char *curve; /* OpenSSL's name */
	size_t size;       /* bytes of r and of s */
} algorithm;

static const algorithm algorithms[] = {
	{"HS256", HS, "sha256", NULL, 0},
	{"HS384", HS, "sha384", NULL, 0},
	{"HS512", HS, "sha512", NULL, 0},
	{"RS256", RS, "sha256", NULL, 0},
	{"RS384", RS, "sha384", NULL, 0},
	{"RS512", RS, "sha512", NULL, 0},
	{"PS256", PS, "sha256", NULL, 0},
	{"PS384", PS, "sha384", NULL, 0},
	{"PS512", PS, "sha512", NULL, 0},
	{"ES256", ES, "sha256", "prime256v1", 32},
	{"ES384", ES, "sha384", "secp384r1", 48},
	{"ES512", ES, "sha512", "secp521r1", 66},
	{"EdDSA", ED, NULL, NULL, 0},
};

static const algorithm *
find(const char *name)
{
	for (size_t i = 0; i < PV_LEN(algorithms); i++)
		if (pv_streq(algorithms[i].name, name))
			return &algorithms[i];
	return NULL;
}

bool
pv_jwa_known(const char *alg)
{
	return find(alg) != NULL;
}

/* ---- keys ---- */

static void
free_pkey(void *pkey)
{
	EVP_PKEY_free(pkey);
}

static int
keep(pv_ctx *cx, EVP_PKEY *pkey, const char *otherwise, const pv_jwa_key **ret)
{
	ERR_clear_error();
	if (!pkey)
		return pv_fail(cx, PV_EINVALID, "%s", otherwise);
	pv_jwa_key *key = pv_new(cx->arena, pv_jwa_key);
	key->pkey = pkey;
	pv_arena_defer(cx->arena, free_pkey, pkey);
	*ret = key;
	return 0;
}

int
pv_jwa_secret(pv_ctx *cx, pv_str bytes, const pv_jwa_key **ret)
{
	pv_jwa_key *key = pv_new(cx->arena, pv_jwa_key);
	key->secret = bytes;
	*ret = key;
	return 0;
}

int
pv_jwa_pem(pv_ctx *cx, pv_str pem, const pv_jwa_key **ret)
{
	char *name = NULL, *header = NULL;
	unsigned char *bytes = NULL;
	long len = 0;
	EVP_PKEY *pkey = NULL;
	BIO *bio = BIO_new_mem_buf(pem.s, (int)(pem.len > INT32_MAX ? 0 : pem.len));
	if (!bio || PEM_read_bio(bio, &name, &header, &bytes, &len) != 1) {
		BIO_free(bio);
		return keep(cx, NULL, "failed to extract a Key from the PEM certificate", ret);
	}
	char *rest = NULL;
	bool extra = false;
	long left = BIO_get_mem_data(bio, &rest);
	for (long i = 0; i < left; i++)
		extra = extra || !strchr(" \t\r\n", rest[i]);
	const unsigned char *p = bytes;
	if (pv_streq(name, "CERTIFICATE")) {
		X509 *cert = d2i_X509(NULL, &p, len);
		pkey = cert ? X509_get_pubkey(cert) : NULL;
		X509_free(cert);
	} else if (pv_streq(name, "PUBLIC KEY")) {
		pkey = d2i_PUBKEY(NULL, &p, len);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(bytes);
	BIO_free(bio);
	if (extra) {
		EVP_PKEY_free(pkey);
		return keep(cx, NULL, "extra data after a PEM certificate block", ret);
	}
	return keep(cx, pkey, "failed to extract a Key from the PEM certificate", ret);
}

int
pv_jwa_private(pv_ctx *cx, pv_str pem, const pv_jwa_key **ret)
{
	static char nothing[] = "";
	BIO *bio = BIO_new_mem_buf(pem.s, (int)(pem.len > INT32_MAX ? 0 : pem.len));
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, nothing) : NULL;
	BIO_free(bio);
	return keep(cx, pkey, "failed to extract a private key from the PEM block", ret);
}

static bool
push_number(OSSL_PARAM_BLD *bld, const char *name, pv_str s, BIGNUM **made)
{
	*made = s.len && s.len < 4096 ? BN_bin2bn((const unsigned char *)s.s, (int)s.len, NULL) : NULL;
	return s.len == 0 || (*made && OSSL_PARAM_BLD_push_BN(bld, name, *made) == 1);
}

static EVP_PKEY *
from_params(const char *type, OSSL_PARAM_BLD *bld, bool private)
{
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	bool ok =
		params && ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &pkey, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) == 1;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return ok ? pkey : NULL;
}

int
pv_jwa_rsa(pv_ctx *cx, const pv_jwa_numbers *j, const pv_jwa_key **ret)
{
	const struct {
		const char *name;
		pv_str value;
	} parts[] = {
		{OSSL_PKEY_PARAM_RSA_N, j->n},          {OSSL_PKEY_PARAM_RSA_E, j->e},
		{OSSL_PKEY_PARAM_RSA_D, j->d},          {OSSL_PKEY_PARAM_RSA_FACTOR1, j->p},
		{OSSL_PKEY_PARAM_RSA_FACTOR2, j->q},    {OSSL_PKEY_PARAM_RSA_EXPONENT1, j->dp},
		{OSSL_PKEY_PARAM_RSA_EXPONENT2, j->dq}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, j->qi},
	};
	BIGNUM *numbers[PV_LEN(parts)] = {0};
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	bool ok = bld && j->n.len && j->e.len;
	/* All factors or none: of some, OpenSSL 3.0 would lose the memory. */
	bool factors = j->p.len && j->q.len && j->dp.len && j->dq.len && j->qi.len;
	for (size_t i = 0; i < (factors ? PV_LEN(parts) : 3); i++)
		ok = ok && push_number(bld, parts[i].name, parts[i].value, &numbers[i]);
	EVP_PKEY *pkey = ok ? from_params("RSA", bld, j->d.len > 0) : NULL;
	OSSL_PARAM_BLD_free(bld);
	for (size_t i = 0; i < PV_LEN(parts); i++)
		BN_clear_free(numbers[i]);
	return keep(cx, pkey, "invalid RSA key", ret);
}

static const algorithm *
curve_of(const char *name)
{
	static const char *const curves[][2] = {{"P-256", "ES256"}, {"P-384", "ES384"}, {"P-521", "ES512"}};
	for (size_t i = 0; i < PV_LEN(curves); i++)
		if (pv_streq(curves[i][0], name))
			return find(curves[i][1]);
	return NULL;
}

int
pv_jwa_ec(pv_ctx *cx, const char *curve, const pv_jwa_numbers *j, const pv_jwa_key **ret)
{
	const algorithm *a = curve_of(curve);
	uint8_t point[1 + 2 * 66] = {4};
	BIGNUM *d = NULL;
	EVP_PKEY *pkey = NULL;
	if (!a || j->x.len > a->size || j->y.len > a->size || j->x.len == 0 || j->y.len == 0)
		return keep(cx, NULL, "invalid EC key", ret);
	memcpy(point + 1 + a->size - j->x.len, j->x.s, j->x.len);
	memcpy(point + 1 + 2 * a->size - j->y.len, j->y.s, j->y.len);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	if (bld && OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, a->curve, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * a->size) == 1 &&
	    push_number(bld, OSSL_PKEY_PARAM_PRIV_KEY, j->d, &d))
		pkey = from_params("EC", bld, j->d.len > 0);
	OSSL_PARAM_BLD_free(bld);
	BN_clear_free(d);
	return keep(cx, pkey, "invalid EC key", ret);
}

int
pv_jwa_okp(pv_ctx *cx, const pv_jwa_numbers *j, const pv_jwa_key **ret)
{
	const uint8_t *d = (const uint8_t *)j->d.s, *x = (const uint8_t *)j->x.s;
	EVP_PKEY *pkey = j->d.len == 32   ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, d, 32)
			 : j->x.len == 32 ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, 32)
					  : NULL;
	return keep(cx, pkey, "invalid Ed25519 key", ret);
}

static bool
fits(const algorithm *a, const pv_jwa_key *key)
{
	char group[64] = "";
	if (a->family == HS || !key->pkey)
		return a->family == HS && !key->pkey;
	int type = EVP_PKEY_get_base_id(key->pkey);
	if (a->family == ED)
		return type == EVP_PKEY_ED25519;
	if (a->family != ES)
		return type == EVP_PKEY_RSA;
	return type == EVP_PKEY_EC && EVP_PKEY_get_group_name(key->pkey, group, sizeof group, NULL) == 1 &&
	       pv_streq(group, a->curve);
}

/* ---- signatures ---- */

static bool
set_padding(const algorithm *a, EVP_PKEY_CTX *ctx)
{
	if (a->family != PS)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_AUTO) == 1;
}

/* r||s -> DER; freed with OPENSSL_free(). */
static int
to_der(const algorithm *a, pv_str raw, uint8_t **ret)
{
	*ret = NULL;
	if (raw.len != 2 * a->size)
		return -1;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn((const uint8_t *)raw.s, (int)a->size, NULL);
	BIGNUM *s = BN_bin2bn((const uint8_t *)raw.s + a->size, (int)a->size, NULL);
	if (!sig || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(sig);
		return -1;
	}
	int n = i2d_ECDSA_SIG(sig, ret);
	ECDSA_SIG_free(sig);
	return n;
}

static bool
check(const algorithm *a, EVP_PKEY *pkey, pv_str input, const uint8_t *sig, size_t len)
{
	EVP_PKEY_CTX *pctx = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = a->digest ? EVP_get_digestbyname(a->digest) : NULL;
	bool ok = ctx && EVP_DigestVerifyInit(ctx, &pctx, md, NULL, pkey) == 1 && set_padding(a, pctx) &&
		  EVP_DigestVerify(ctx, sig, len, (const uint8_t *)input.s, input.len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

bool
pv_jwa_verify(const char *alg, const pv_jwa_key *key, pv_str input, pv_str signature)
{
	const algorithm *a = find(alg);
	uint8_t *der;
	if (!a || !fits(a, key))
		return false;
	if (a->family == HS) {
		pv_arena *scratch = pv_arena_new("jwa");
		size_t n = 0;
		const uint8_t *mac = pv_hmac(scratch, a->digest, key->secret, input, &n);
		bool same = mac && pv_same_secret((pv_str){(const char *)mac, n}, signature);
		pv_arena_free(scratch);
		return same;
	}
	if (a->family != ES)
		return check(a, key->pkey, input, (const uint8_t *)signature.s, signature.len);
	int n = to_der(a, signature, &der);
	bool ok = n > 0 && check(a, key->pkey, input, der, (size_t)n);
	OPENSSL_free(der);
	return ok;
}

static int
from_der(pv_ctx *cx, const algorithm *a, const uint8_t *der, size_t len, pv_str *ret)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	uint8_t *raw = pv_alloc0(cx->arena, 2 * a->size);
	const BIGNUM *r, *s;
	if (!sig)
		return pv_fail(cx, PV_EINTERNAL, "malformed ECDSA signature");
	ECDSA_SIG_get0(sig, &r, &s);
	BN_bn2binpad(r, raw, (int)a->size);
	BN_bn2binpad(s, raw + a->size, (int)a->size);
	ECDSA_SIG_free(sig);
	*ret = (pv_str){(const char *)raw, 2 * a->size};
	return 0;
}

int
pv_jwa_sign(pv_ctx *cx, const char *alg, const pv_jwa_key *key, pv_str input, pv_str *ret)
{
	const algorithm *a = find(alg);
	EVP_PKEY_CTX *pctx = NULL;
	size_t n = 0;
	if (!a || !fits(a, key))
		return pv_fail(cx, PV_EINVALID, "the key is not one for %s", alg);
	if (a->family == HS) {
		ret->s = (const char *)pv_hmac(cx->arena, a->digest, key->secret, input, &ret->len);
		return 0;
	}
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = a->digest ? EVP_get_digestbyname(a->digest) : NULL;
	bool ok = ctx && EVP_DigestSignInit(ctx, &pctx, md, NULL, key->pkey) == 1;
	if (ok && a->family == PS) /* RFC 7518: the salt is as long as the digest */
		ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
	ok = ok && EVP_DigestSign(ctx, NULL, &n, (const uint8_t *)input.s, input.len) == 1;
	uint8_t *out = pv_alloc(cx->arena, n + 1);
	ok = ok && EVP_DigestSign(ctx, out, &n, (const uint8_t *)input.s, input.len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (!ok)
		return pv_fail(cx, PV_EINVALID, "the key cannot sign with %s", alg);
	*ret = (pv_str){(const char *)out, n};
	return a->family == ES ? from_der(cx, a, out, n, ret) : 0;
}
