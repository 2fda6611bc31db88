/* keygen: thin over EVP, X509 and crypt. */
#include "base/keygen.h"

#include <arpa/inet.h>
#include <crypt.h>
#include <openssl/dsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "base/tls_priv.h"

#define BLOCK 16 /* of AES */

/* ---- keys ---- */

static EVP_PKEY *
dsa_key(void)
{
	EVP_PKEY_CTX *params = EVP_PKEY_CTX_new_id(EVP_PKEY_DSA, NULL), *gen = NULL;
	EVP_PKEY *p = NULL, *key = NULL;

	if (params != NULL && EVP_PKEY_paramgen_init(params) == 1 &&
	    EVP_PKEY_CTX_set_dsa_paramgen_bits(params, 2048) == 1 && EVP_PKEY_paramgen(params, &p) == 1)
		gen = EVP_PKEY_CTX_new(p, NULL);
	if (gen != NULL && EVP_PKEY_keygen_init(gen) == 1)
		(void)EVP_PKEY_keygen(gen, &key);
	EVP_PKEY_CTX_free(gen);
	EVP_PKEY_CTX_free(params);
	EVP_PKEY_free(p);
	return key;
}

static const char *
text_of(pv_arena *arena, BIO *bio)
{
	char *s;
	long n = BIO_get_mem_data(bio, &s);

	return pv_strndup(arena, s, n > 0 ? (size_t)n : 0);
}

int
pv_key_new(pv_ctx *cx, enum pv_key_kind kind, unsigned bits, const char **ret_pem)
{
	EVP_PKEY *key = kind == PV_KEY_RSA       ? EVP_RSA_gen(bits)
			: kind == PV_KEY_ECDSA   ? EVP_EC_gen("P-256")
			: kind == PV_KEY_ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
						 : dsa_key();
	BIO *bio = BIO_new(BIO_s_mem());
	int ok;

	PV_ASSERT(bio != NULL);
	ok = key != NULL &&
	     (kind == PV_KEY_ED25519
		      ? PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
		      : PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL));
	*ret_pem = text_of(cx->arena, bio);
	BIO_free(bio);
	EVP_PKEY_free(key);
	return ok ? 0 : tls_fail(cx, PV_EINTERNAL, "cannot make a private key");
}

int
pv_key_check(pv_ctx *cx, const char *pem)
{
	EVP_PKEY *key = tls_private_key(pem);

	if (key == NULL)
		return tls_fail(cx, PV_EINVALID, "expected a PEM private key");
	EVP_PKEY_free(key);
	return 0;
}

/* ---- certificates ---- */

/* Every address and name as an alternative name; false if an address is none. */
static bool
add_names(X509 *x, const pv_cert_wish *wish)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	bool ok = names != NULL;

	for (size_t i = 0; ok && wish->ips && wish->ips[i]; i++) {
		GENERAL_NAME *n = GENERAL_NAME_new();
		ASN1_OCTET_STRING *ip = a2i_IPADDRESS(wish->ips[i]);
		ok = n != NULL && ip != NULL;
		if (ok) {
			GENERAL_NAME_set0_value(n, GEN_IPADD, ip);
			sk_GENERAL_NAME_push(names, n);
		} else {
			GENERAL_NAME_free(n);
		}
	}
	for (size_t i = 0; ok && wish->dns && wish->dns[i]; i++) {
		GENERAL_NAME *n = GENERAL_NAME_new();
		ASN1_IA5STRING *dns = ASN1_IA5STRING_new();
		PV_ASSERT(n != NULL && dns != NULL && ASN1_STRING_set(dns, wish->dns[i], -1) == 1);
		GENERAL_NAME_set0_value(n, GEN_DNS, dns);
		sk_GENERAL_NAME_push(names, n);
	}
	if (ok && sk_GENERAL_NAME_num(names) > 0)
		ok = X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
	GENERAL_NAMES_free(names);
	return ok;
}

static bool
set_subject(X509 *x, const char *cn)
{
	X509_NAME *name = X509_NAME_new();
	bool ok = name != NULL &&
		  X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)cn,
					     -1, -1, 0) == 1 &&
		  X509_set_subject_name(x, name) == 1;

	X509_NAME_free(name);
	return ok;
}

static bool
set_serial(X509 *x)
{
	uint8_t bytes[16];
	BIGNUM *n;
	bool ok;

	pv_random(bytes, sizeof bytes);
	n = BN_bin2bn(bytes, sizeof bytes, NULL);
	ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	return ok;
}

static bool
fill(X509 *x, X509 *issuer, EVP_PKEY *key, const pv_cert_wish *wish)
{
	X509 *by = issuer ? issuer : x;

	return X509_set_version(x, 2) == 1 && set_serial(x) && set_subject(x, wish->cn) &&
	       X509_set_issuer_name(x, X509_get_subject_name(by)) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(x), 0) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(x), (int)wish->days, 0, NULL) != NULL &&
	       X509_set_pubkey(x, key) == 1 &&
	       tls_extend(x, by, NID_key_usage,
			  wish->is_ca ? "critical,digitalSignature,keyEncipherment,keyCertSign"
				      : "critical,digitalSignature,keyEncipherment") &&
	       tls_extend(x, by, NID_ext_key_usage, "serverAuth,clientAuth") &&
	       tls_extend(x, by, NID_basic_constraints,
			  wish->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	       (!wish->is_ca || tls_extend(x, by, NID_subject_key_identifier, "hash")) &&
	       (issuer == NULL || X509_get0_subject_key_id(issuer) == NULL ||
		tls_extend(x, by, NID_authority_key_identifier, "keyid"));
}

int
pv_cert_new(pv_ctx *cx, const pv_cert_wish *wish, pv_pem *ret)
{
	EVP_PKEY *key = tls_private_key(wish->key);
	EVP_PKEY *signer = wish->issuer ? tls_private_key(wish->issuer->key) : key;
	X509 *issuer = wish->issuer ? tls_cert(wish->issuer->cert) : NULL, *x = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	int r = 0;

	PV_ASSERT(x != NULL && bio != NULL);
	if (key == NULL || signer == NULL || (wish->issuer && issuer == NULL))
		r = tls_fail(cx, PV_EINVALID, "expected PEM certificates and keys");
	else if (wish->days > 100000 || wish->days < -100000)
		r = pv_fail(cx, PV_EINVALID, "expected at most 100000 days");
	else if (!fill(x, issuer, key, wish) || !add_names(x, wish))
		r = tls_fail(cx, PV_EINVALID, "cannot make a certificate of this name and these addresses");
	else if (X509_sign(x, signer, EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256()) == 0 ||
		 PEM_write_bio_X509(bio, x) != 1)
		r = tls_fail(cx, PV_EINTERNAL, "cannot sign a certificate");
	*ret = (pv_pem){.cert = text_of(cx->arena, bio), .key = wish->key};
	BIO_free(bio);
	X509_free(x);
	X509_free(issuer);
	if (signer != key)
		EVP_PKEY_free(signer);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return r;
}

/* ---- passwords ---- */

int
pv_bcrypt(pv_ctx *cx, const char *password, const char **ret)
{
	struct crypt_data *data = pv_new(cx->arena, struct crypt_data);
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], random[16];
	const char *hash;

	if (strlen(password) > 72)
		return pv_fail(cx, PV_EINVALID, "bcrypt: password length exceeds 72 bytes");
	pv_random(random, sizeof random);
	PV_ASSERT(crypt_gensalt_rn("$2a$", 10, random, sizeof random, setting, sizeof setting) != NULL);
	hash = crypt_rn(password, setting, data, sizeof *data);
	if (hash == NULL || *hash == '*')
		return pv_fail(cx, PV_EUNSUPPORTED, "this system's crypt(3) has no bcrypt");
	*ret = pv_strdup(cx->arena, hash);
	return 0;
}

bool
pv_bcrypt_matches(pv_ctx *cx, const char *password, const char *hash)
{
	struct crypt_data *data = pv_new(cx->arena, struct crypt_data);
	const char *made = pv_starts_with(hash, "$2") ? crypt_rn(password, hash, data, sizeof *data) : NULL;
	bool same = made != NULL && *made != '*' && pv_same_secret(pv_str_of(made), pv_str_of(hash));

	OPENSSL_cleanse(data, sizeof *data);
	return same;
}

static int
aes_cbc(pv_ctx *cx, const uint8_t key[32], const uint8_t *iv, pv_str in, int sealing, pv_buf *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t *to = (uint8_t *)pv_buf_grow(out, in.len + BLOCK);
	int n = 0, last = 0;
	bool ok;

	PV_ASSERT(c != NULL && in.len < INT32_MAX);
	ok = EVP_CipherInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv, sealing) == 1 &&
	     EVP_CipherUpdate(c, to, &n, (const uint8_t *)in.s, (int)in.len) == 1 &&
	     EVP_CipherFinal_ex(c, to + n, &last) == 1;
	EVP_CIPHER_CTX_free(c);
	ERR_clear_error();
	if (!ok)
		return pv_fail(cx, PV_EINVALID, "expected a text that was sealed with this password");
	out->len += (size_t)(n + last);
	return 0;
}

int
pv_aes_cbc_seal(pv_ctx *cx, const uint8_t key[32], pv_str plain, pv_str *ret)
{
	uint8_t iv[BLOCK];
	pv_buf b;
	int r;

	pv_random(iv, sizeof iv);
	pv_buf_init(&b, cx->arena);
	pv_buf_add(&b, iv, sizeof iv);
	r = aes_cbc(cx, key, iv, plain, 1, &b);
	*ret = (pv_str){b.s, b.len};
	return r;
}

int
pv_aes_cbc_open(pv_ctx *cx, const uint8_t key[32], pv_str sealed, pv_str *ret)
{
	pv_buf b;
	int r;

	if (sealed.len < BLOCK)
		return pv_fail(cx, PV_EINVALID, "expected at least one block of %d bytes", BLOCK);
	pv_buf_init(&b, cx->arena);
	r = aes_cbc(cx, key, (const uint8_t *)sealed.s, (pv_str){sealed.s + BLOCK, sealed.len - BLOCK}, 0,
		    &b);
	*ret = (pv_str){b.len ? b.s : "", b.len};
	return r;
}
