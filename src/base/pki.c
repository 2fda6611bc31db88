/* Making certificates. */
#include "base/pki.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "base/tls_priv.h"

#define BACKDATE_SECONDS 86400 /* clocks of clients run behind, and ours may be put back */

enum kind { CA, SERVER, CLIENT };

int
tls_fail(pv_ctx *cx, int code, const char *doing)
{
	unsigned long e = ERR_peek_last_error();
	const char *reason = e != 0 ? ERR_reason_error_string(e) : NULL;

	ERR_clear_error();
	return pv_fail(cx, code, "%s: %s", doing, reason != NULL ? reason : "failed");
}

EVP_PKEY *
tls_private_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "");

	BIO_free(bio);
	return key;
}

X509 *
tls_cert(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, (void *)(uintptr_t) "");

	BIO_free(bio);
	return cert;
}

char *
tls_bio_text(pv_ctx *cx, BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);
	char *text = pv_strndup(cx->arena, data, n > 0 ? (size_t)n : 0);

	BIO_free(bio);
	return text;
}

bool
tls_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX v3;
	bool ok;

	X509V3_set_ctx(&v3, issuer, cert, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&v3);
	ext = X509V3_EXT_conf_nid(NULL, &v3, nid, value);
	ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

static bool
add_name(X509_NAME *name, const char *part, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, (const unsigned char *)value, -1, -1,
					  0) == 1;
}

/* A name or an address as an element of subjectAltName.  Built by hand: the text
 * form of OpenSSL would take commas in a name for separators. */
static bool
add_alt(GENERAL_NAMES *alts, const char *value)
{
	GENERAL_NAME *alt = GENERAL_NAME_new();
	ASN1_OCTET_STRING *ip = a2i_IPADDRESS(value);
	ASN1_IA5STRING *dns = ip == NULL ? ASN1_IA5STRING_new() : NULL;

	ERR_clear_error(); /* not an address: no error */
	if (ip != NULL) {
		GENERAL_NAME_set0_value(alt, GEN_IPADD, ip);
	} else {
		ASN1_STRING_set(dns, value, -1);
		GENERAL_NAME_set0_value(alt, GEN_DNS, dns);
	}
	return sk_GENERAL_NAME_push(alts, alt) > 0;
}

static bool
add_alts(X509 *cert, const char *const *names, size_t n)
{
	static const char *const always[] = {"localhost", "127.0.0.1", "::1"};
	GENERAL_NAMES *alts = sk_GENERAL_NAME_new_null();
	bool ok = alts != NULL;

	for (size_t i = 0; i < PV_LEN(always); i++)
		ok = ok && add_alt(alts, always[i]);
	for (size_t i = 0; i < n; i++)
		ok = ok && add_alt(alts, names[i]);
	ok = ok && X509_add1_ext_i2d(cert, NID_subject_alt_name, alts, 0, 0) == 1;
	GENERAL_NAMES_free(alts);
	return ok;
}

static bool
add_extensions(X509 *cert, X509 *issuer, enum kind kind, const char *const *names, size_t n)
{
	bool ok = tls_extend(cert, issuer, NID_basic_constraints,
			     kind == CA ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
		  tls_extend(cert, issuer, NID_key_usage,
			     kind == CA ? "critical,keyCertSign,cRLSign,digitalSignature"
					: "critical,digitalSignature") &&
		  tls_extend(cert, issuer, NID_subject_key_identifier, "hash") &&
		  tls_extend(cert, issuer, NID_authority_key_identifier, "keyid:always");
	if (kind != CA)
		ok = ok && tls_extend(cert, issuer, NID_ext_key_usage,
				      kind == SERVER ? "serverAuth" : "clientAuth");
	if (kind == SERVER)
		ok = ok && add_alts(cert, names, n);
	return ok;
}

bool
tls_set_serial(X509 *cert)
{
	unsigned char bytes[16];
	BIGNUM *bn;
	bool ok;

	pv_random(bytes, sizeof bytes);
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive, full length */
	bn = BN_bin2bn(bytes, sizeof bytes, NULL);
	ok = bn != NULL && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert)) != NULL;
	BN_free(bn);
	return ok;
}

/* Fills and signs; ca and ca_key are NULL for an authority, which signs itself. */
static bool
fill(X509 *cert, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, enum kind kind, const char *cn,
     const char *const *parts, size_t n, int days)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	X509 *issuer = ca != NULL ? ca : cert;
	bool ok = X509_set_version(cert, X509_VERSION_3) == 1 && tls_set_serial(cert) &&
		  X509_gmtime_adj(X509_getm_notBefore(cert), -BACKDATE_SECONDS) != NULL &&
		  X509_time_adj_ex(X509_getm_notAfter(cert), days, 0, NULL) != NULL &&
		  X509_set_pubkey(cert, key) == 1;

	for (size_t i = 0; kind == CLIENT && i < n; i++)
		ok = ok && add_name(subject, "O", parts[i]);
	return ok && add_name(subject, "CN", cn) &&
	       X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
	       add_extensions(cert, issuer, kind, parts, n) &&
	       X509_sign(cert, ca_key != NULL ? ca_key : key, EVP_sha256()) > 0;
}

static int
write_pem(pv_ctx *cx, X509 *cert, EVP_PKEY *key, pv_pem *ret)
{
	BIO *c = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_mem());
	bool ok = PEM_write_bio_X509(c, cert) == 1 &&
		  PEM_write_bio_PKCS8PrivateKey(k, key, NULL, NULL, 0, NULL, NULL) == 1;

	ret->cert = tls_bio_text(cx, c);
	ret->key = tls_bio_text(cx, k);
	return ok ? 0 : tls_fail(cx, PV_EINTERNAL, "writing a certificate");
}

static int
issue(pv_ctx *cx, const pv_pem *ca_pem, enum kind kind, const char *cn, const char *const *parts, size_t n,
      int days, pv_pem *ret)
{
	X509 *ca = ca_pem != NULL ? tls_cert(ca_pem->cert) : NULL, *cert = NULL;
	EVP_PKEY *ca_key = ca_pem != NULL ? tls_private_key(ca_pem->key) : NULL, *key = NULL;
	int r;

	if (ca_pem != NULL && (ca == NULL || ca_key == NULL || X509_check_private_key(ca, ca_key) != 1)) {
		r = tls_fail(cx, PV_EINVALID, "the authority's certificate and key");
	} else {
		cert = X509_new();
		key = EVP_EC_gen("P-256");
		if (cert != NULL && key != NULL && fill(cert, key, ca, ca_key, kind, cn, parts, n, days))
			r = write_pem(cx, cert, key, ret);
		else
			r = tls_fail(cx, PV_EINVALID,
				     pv_printf(cx->arena, "making a certificate for %s", cn));
	}
	X509_free(ca);
	X509_free(cert);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	return r;
}

int
pv_pki_new_ca(pv_ctx *cx, const char *cn, int days, pv_pem *ret)
{
	return issue(cx, NULL, CA, cn, NULL, 0, days, ret);
}

int
pv_pki_new_server(pv_ctx *cx, const pv_pem *ca, const char *cn, const char *const *names, size_t n, int days,
		  pv_pem *ret)
{
	return issue(cx, ca, SERVER, cn, names, n, days, ret);
}

int
pv_pki_new_client(pv_ctx *cx, const pv_pem *ca, const char *user, const char *const *groups, size_t n,
		  int days, pv_pem *ret)
{
	return issue(cx, ca, CLIENT, user, groups, n, days, ret);
}
