/* Certificate signing requests (PKCS#10): read, and answered with a client's certificate. */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"
#include "base/tls_priv.h"

#define PEM_LIMIT (1 << 20)

static BIO *
bio_of(pv_str pem)
{
	return BIO_new_mem_buf(pem.len ? pem.s : "", (int)(pem.len < PEM_LIMIT ? pem.len : PEM_LIMIT));
}

/* The first block of the text; NULL, and the error is set. */
static X509_REQ *
decode(pv_ctx *cx, pv_str pem)
{
	BIO *bio = bio_of(pem);
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	const unsigned char *at;
	X509_REQ *req = NULL;
	long len = 0;

	if (PEM_read_bio(bio, &name, &header, &der, &len) != 1 || !pv_streq(name, PEM_STRING_X509_REQ)) {
		(void)pv_fail(cx, PV_EINVALID, "PEM block type must be CERTIFICATE REQUEST");
	} else {
		at = der;
		req = d2i_X509_REQ(NULL, &at, len);
		if (!req)
			(void)tls_fail(cx, PV_EINVALID, "the certificate request cannot be read");
		else if (at != der + len) {
			(void)pv_fail(cx, PV_EINVALID, "the certificate request has trailing data");
			X509_REQ_free(req);
			req = NULL;
		}
	}
	ERR_clear_error();
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	return req;
}

static int
check_signature(pv_ctx *cx, X509_REQ *req)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(req);
	int r = 0;

	if (!key)
		r = tls_fail(cx, PV_EINVALID, "the key in the certificate request cannot be read");
	else if (X509_REQ_verify(req, key) != 1)
		r = tls_fail(cx, PV_EINVALID, "the certificate request is not signed by the key in it");
	ERR_clear_error();
	return r;
}

/* A name with a NUL inside is read as another one elsewhere. */
static int
read_names(pv_ctx *cx, const X509_NAME *subject, int nid, pv_vec *ret)
{
	for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, nid, at)) >= 0;) {
		unsigned char *utf8 = NULL;
		int n = ASN1_STRING_to_UTF8(&utf8,
					    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
		bool fine = n >= 0 && !memchr(utf8, 0, (size_t)n);
		const char *text = fine ? pv_strndup(cx->arena, (const char *)utf8, (size_t)n) : NULL;

		OPENSSL_free(utf8);
		if (!fine)
			return pv_fail(cx, PV_EINVALID,
				       "the subject of the certificate request: expected UTF-8 without NUL");
		pv_vec_push(ret, &text);
	}
	return 0;
}

static int
read_subject(pv_ctx *cx, X509_REQ *req, pv_cert_request *ret)
{
	const X509_NAME *subject = X509_REQ_get_subject_name(req);
	pv_vec names;
	int r;

	pv_vec_init(&names, cx->arena, sizeof(const char *));
	pv_vec_init(&ret->orgs, cx->arena, sizeof(const char *));
	r = read_names(cx, subject, NID_commonName, &names);
	if (r == 0)
		r = read_names(cx, subject, NID_organizationName, &ret->orgs);
	ret->cn = r == 0 && names.len ? *PV_AT(const char *, &names, 0) : "";
	return r;
}

int
pv_pki_read_request(pv_ctx *cx, pv_str pem, pv_cert_request *ret)
{
	X509_REQ *req = decode(cx, pem);
	int r = req ? check_signature(cx, req) : -PV_EINVALID;

	if (r == 0)
		r = read_subject(cx, req, ret);
	X509_REQ_free(req);
	return r;
}

/* ---- signing ---- */

/* Of what the request asks for beside its subject only other names of it are kept. */
static bool
add_asked(X509 *cert, X509_REQ *req)
{
	STACK_OF(X509_EXTENSION) *asked = X509_REQ_get_extensions(req);
	int at = X509v3_get_ext_by_NID(asked, NID_subject_alt_name, -1);
	bool ok = at < 0 || X509_add_ext(cert, X509v3_get_ext(asked, at), -1) == 1;

	sk_X509_EXTENSION_pop_free(asked, X509_EXTENSION_free);
	return ok;
}

static bool
fill(X509 *cert, X509_REQ *req, X509 *ca, const pv_cert_terms *terms)
{
	const char *usage = terms->signs && terms->enciphers ? "critical,digitalSignature,keyEncipherment"
			    : terms->signs                   ? "critical,digitalSignature"
			    : terms->enciphers               ? "critical,keyEncipherment"
							     : NULL;
	time_t begins = (time_t)(terms->not_before / PV_SEC), ends = (time_t)(terms->not_after / PV_SEC);

	return X509_set_version(cert, X509_VERSION_3) == 1 && tls_set_serial(cert) &&
	       ASN1_TIME_set(X509_getm_notBefore(cert), begins) &&
	       ASN1_TIME_set(X509_getm_notAfter(cert), ends) &&
	       X509_set_subject_name(cert, X509_REQ_get_subject_name(req)) == 1 &&
	       X509_set_issuer_name(cert, X509_get_subject_name(ca)) == 1 &&
	       X509_set_pubkey(cert, X509_REQ_get0_pubkey(req)) == 1 &&
	       tls_extend(cert, ca, NID_basic_constraints, "critical,CA:FALSE") &&
	       (!usage || tls_extend(cert, ca, NID_key_usage, usage)) &&
	       tls_extend(cert, ca, NID_ext_key_usage, "clientAuth") &&
	       tls_extend(cert, ca, NID_authority_key_identifier, "keyid:always") && add_asked(cert, req);
}

static int
sign(pv_ctx *cx, X509 *cert, EVP_PKEY *key, const char **ret)
{
	BIO *out;

	if (X509_sign(cert, key, EVP_sha256()) <= 0)
		return tls_fail(cx, PV_EINTERNAL, "signing a certificate");
	out = BIO_new(BIO_s_mem());
	PV_ASSERT(PEM_write_bio_X509(out, cert) == 1);
	*ret = tls_bio_text(cx, out);
	return 0;
}

int
pv_pki_sign_request(pv_ctx *cx, const pv_pem *authority, pv_str pem, const pv_cert_terms *terms,
		    const char **ret)
{
	X509 *ca = tls_cert(authority->cert), *cert = X509_new();
	EVP_PKEY *key = tls_private_key(authority->key);
	X509_REQ *req = decode(cx, pem);
	int r = req ? check_signature(cx, req) : -PV_EINVALID;

	PV_ASSERT(ca && cert && key);
	if (r == 0 && !fill(cert, req, ca, terms))
		r = tls_fail(cx, PV_EINVALID, "making a certificate of the request");
	if (r == 0)
		r = sign(cx, cert, key, ret);
	X509_REQ_free(req);
	X509_free(cert);
	X509_free(ca);
	EVP_PKEY_free(key);
	return r;
}

int
pv_pki_check_chain(pv_ctx *cx, pv_str pem)
{
	BIO *bio = bio_of(pem);
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long len = 0;
	int r = 0, n = 0;

	for (; r == 0 && PEM_read_bio(bio, &name, &header, &der, &len) == 1; n++) {
		const unsigned char *at = der;
		X509 *cert = d2i_X509(NULL, &at, len);

		if (!pv_streq(name, PEM_STRING_X509))
			r = pv_fail(cx, PV_EINVALID, "only CERTIFICATE PEM blocks are allowed, found \"%s\"",
				    name);
		else if (*header)
			r = pv_fail(cx, PV_EINVALID, "no PEM block headers are permitted");
		else if (!cert)
			r = tls_fail(cx, PV_EINVALID, "a certificate cannot be read");
		X509_free(cert);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
		name = header = NULL;
		der = NULL;
	}
	ERR_clear_error();
	BIO_free(bio);
	if (r == 0 && !n)
		r = pv_fail(cx, PV_EINVALID, "must contain at least one CERTIFICATE PEM block");
	return r;
}
