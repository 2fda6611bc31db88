/* keyparts: the numbers of OpenSSL's keys. */
#include "base/keyparts.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/str.h"

static int
malformed(pv_ctx *cx, const char *what)
{
	ERR_clear_error();
	return pv_fail(cx, PV_EINVALID, "x509: failed to parse private key: %s", what);
}

/* As many bytes as it has, or `width`. */
static pv_str
number(pv_ctx *cx, const EVP_PKEY *key, const char *name, int width)
{
	BIGNUM *n = NULL;
	pv_str s = {"", 0};
	if (EVP_PKEY_get_bn_param(key, name, &n) == 1) {
		int len = width > 0 ? width : BN_num_bytes(n);
		unsigned char *bytes = pv_alloc(cx->arena, (size_t)len + 1);
		if (BN_bn2binpad(n, bytes, len) == len)
			s = (pv_str){(const char *)bytes, (size_t)len};
	}
	BN_clear_free(n);
	return s;
}

static int
rsa(pv_ctx *cx, const EVP_PKEY *key, pv_keyparts *to)
{
	pv_jwa_numbers *n = &to->number;
	to->type = PV_KEYPARTS_RSA;
	n->n = number(cx, key, OSSL_PKEY_PARAM_RSA_N, 0);
	n->e = number(cx, key, OSSL_PKEY_PARAM_RSA_E, 0);
	n->d = number(cx, key, OSSL_PKEY_PARAM_RSA_D, 0);
	n->p = number(cx, key, OSSL_PKEY_PARAM_RSA_FACTOR1, 0);
	n->q = number(cx, key, OSSL_PKEY_PARAM_RSA_FACTOR2, 0);
	n->dp = number(cx, key, OSSL_PKEY_PARAM_RSA_EXPONENT1, 0);
	n->dq = number(cx, key, OSSL_PKEY_PARAM_RSA_EXPONENT2, 0);
	n->qi = number(cx, key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 0);
	return 0;
}

static int
ec(pv_ctx *cx, const EVP_PKEY *key, pv_keyparts *to)
{
	static const struct {
		const char *group, *curve;
		int width;
	} curves[] = {{"prime256v1", "P-256", 32},
		      {"secp384r1", "P-384", 48},
		      {"secp521r1", "P-521", 66},
		      {"secp224r1", "P-224", 28}};
	char group[64] = "";
	size_t n = 0;
	if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &n) != 1)
		return malformed(cx, "unknown elliptic curve");
	for (size_t i = 0; i < PV_LEN(curves); i++) {
		if (!pv_streq(curves[i].group, group))
			continue;
		to->type = PV_KEYPARTS_EC;
		to->curve = curves[i].curve;
		to->number.x = number(cx, key, OSSL_PKEY_PARAM_EC_PUB_X, curves[i].width);
		to->number.y = number(cx, key, OSSL_PKEY_PARAM_EC_PUB_Y, curves[i].width);
		to->number.d = number(cx, key, OSSL_PKEY_PARAM_PRIV_KEY, curves[i].width);
		return 0;
	}
	return malformed(
		cx, pv_printf(cx->arena, "elliptic curve %s: expected P-224, P-256, P-384 or P-521", group));
}

static int
ed25519(pv_ctx *cx, const EVP_PKEY *key, pv_keyparts *to)
{
	size_t n = 32, m = 32;
	unsigned char *seed = pv_alloc(cx->arena, n), *public = pv_alloc(cx->arena, m);
	if (EVP_PKEY_get_raw_private_key(key, seed, &n) != 1 ||
	    EVP_PKEY_get_raw_public_key(key, public, &m) != 1)
		return malformed(cx, "no Ed25519 key");
	to->type = PV_KEYPARTS_ED25519;
	to->number.d = (pv_str){(const char *)seed, n};
	to->number.x = (pv_str){(const char *)public, m};
	return 0;
}

static int
add_key(pv_ctx *cx, const unsigned char *bytes, long len, pv_vec *ret)
{
	pv_keyparts parts = {0};
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &bytes, len);
	int r;
	if (!key)
		return malformed(cx, "expected PKCS#1, PKCS#8 or SEC 1");
	if (EVP_PKEY_is_a(key, "RSA"))
		r = rsa(cx, key, &parts);
	else if (EVP_PKEY_is_a(key, "EC"))
		r = ec(cx, key, &parts);
	else if (EVP_PKEY_is_a(key, "ED25519"))
		r = ed25519(cx, key, &parts);
	else
		r = malformed(cx, "expected an RSA, ECDSA or Ed25519 key");
	EVP_PKEY_free(key);
	if (r == 0)
		pv_vec_push(ret, &parts);
	return r;
}

int
pv_keyparts_read(pv_ctx *cx, pv_str pem, pv_vec *ret)
{
	char *name = NULL, *header = NULL;
	unsigned char *bytes = NULL;
	long n = 0;
	int r = 0;
	BIO *bio = pem.len <= INT32_MAX ? BIO_new_mem_buf(pem.s, (int)pem.len) : NULL;
	while (r == 0 && bio && PEM_read_bio(bio, &name, &header, &bytes, &n) == 1) {
		if (pv_streq(name, "RSA PRIVATE KEY") || pv_streq(name, "PRIVATE KEY") ||
		    pv_streq(name, "EC PRIVATE KEY"))
			r = add_key(cx, bytes, n, ret);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(bytes, (size_t)n);
	}
	BIO_free(bio);
	ERR_clear_error();
	return r;
}
