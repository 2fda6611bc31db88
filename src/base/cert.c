/* Reading and checking certificates. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/digest.h"
#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"
#include "base/tls_priv.h"

/* A part of a name as UTF-8; NULL if it is none or has a NUL inside. */
static const char *
text_of(pv_arena *arena, const ASN1_STRING *s)
{
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, s);
	const char *text = NULL;

	if (n >= 0 && memchr(utf8, 0, (size_t)n) == NULL)
		text = pv_strndup(arena, (const char *)utf8, (size_t)n);
	OPENSSL_free(utf8);
	return text;
}

static const char *
name_part(pv_arena *arena, const X509_NAME *name, int nid, int *at)
{
	const char *text = NULL;

	*at = X509_NAME_get_index_by_NID(name, nid, *at);
	if (*at >= 0)
		text = text_of(arena, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, *at)));
	return text;
}

static const char *
common_name(pv_arena *arena, const X509_NAME *name)
{
	int at = -1;
	const char *cn = name_part(arena, name, NID_commonName, &at);

	return cn != NULL ? cn : "";
}

static int64_t
instant(const ASN1_TIME *t)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	int64_t sec = (int64_t)timegm(&tm), ns;
	return __builtin_mul_overflow(sec, PV_SEC, &ns) ? (sec < 0 ? INT64_MIN : INT64_MAX) : ns;
}

static void
add_names(pv_ctx *cx, X509 *x, pv_vec *names)
{
	GENERAL_NAMES *alts = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(alts); i++) {
		const GENERAL_NAME *alt = sk_GENERAL_NAME_value(alts, i);
		char ip[INET6_ADDRSTRLEN];
		const char *text = NULL;

		if (alt->type == GEN_DNS) {
			text = text_of(cx->arena, alt->d.dNSName);
		} else if (alt->type == GEN_IPADD) {
			const ASN1_OCTET_STRING *a = alt->d.iPAddress;
			int family = a->length == 4 ? AF_INET : a->length == 16 ? AF_INET6 : AF_UNSPEC;
			if (family != AF_UNSPEC && inet_ntop(family, a->data, ip, sizeof ip) != NULL)
				text = pv_strdup(cx->arena, ip);
		}
		if (text != NULL)
			pv_vec_push(names, &text);
	}
	GENERAL_NAMES_free(alts);
}

int
pv_pki_read(pv_ctx *cx, const char *cert_pem, pv_cert *ret)
{
	X509 *x = tls_cert(cert_pem);
	unsigned char *der = NULL;
	const X509_NAME *subject;
	int at = -1, n;

	if (x == NULL)
		return tls_fail(cx, PV_EINVALID, "expected a PEM certificate");
	subject = X509_get_subject_name(x);
	*ret = (pv_cert){.cn = common_name(cx->arena, subject),
			 .issuer = common_name(cx->arena, X509_get_issuer_name(x)),
			 .not_before = instant(X509_get0_notBefore(x)),
			 .not_after = instant(X509_get0_notAfter(x)),
			 .is_ca = X509_check_ca(x) == 1};
	pv_vec_init(&ret->orgs, cx->arena, sizeof(const char *));
	pv_vec_init(&ret->names, cx->arena, sizeof(const char *));
	for (;;) {
		const char *org = name_part(cx->arena, subject, NID_organizationName, &at);
		if (at < 0)
			break;
		if (org != NULL)
			pv_vec_push(&ret->orgs, &org);
	}
	add_names(cx, x, &ret->names);
	n = i2d_X509(x, &der);
	ret->sha256 = pv_sha256_hex(cx->arena, der, n > 0 ? (size_t)n : 0);
	OPENSSL_free(der);
	X509_free(x);
	ERR_clear_error();
	return 0;
}

int
pv_pki_verify(pv_ctx *cx, const char *cert_pem, const char *ca_pem, bool for_server, int64_t now)
{
	X509 *cert = tls_cert(cert_pem), *ca = tls_cert(ca_pem);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	int r = 0;

	PV_ASSERT(store != NULL && check != NULL);
	if (cert == NULL || ca == NULL || X509_STORE_add_cert(store, ca) != 1 ||
	    X509_STORE_CTX_init(check, store, cert, NULL) != 1) {
		r = tls_fail(cx, PV_EINVALID, "expected two PEM certificates");
	} else {
		X509_STORE_CTX_set_purpose(check,
					   for_server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
		X509_STORE_CTX_set_time(check, 0, (time_t)(now / PV_SEC));
		if (X509_verify_cert(check) != 1)
			r = pv_fail(cx, PV_EUNAUTHORIZED, "certificate of %s: %s",
				    common_name(cx->arena, X509_get_subject_name(cert)),
				    X509_verify_cert_error_string(X509_STORE_CTX_get_error(check)));
	}
	X509_STORE_CTX_free(check);
	X509_STORE_free(store);
	X509_free(cert);
	X509_free(ca);
	ERR_clear_error();
	return r;
}

bool
pv_pki_due(const pv_cert *cert, int64_t now)
{
	int64_t third = cert->not_after / 3 - cert->not_before / 3;

	return now < cert->not_before || now > cert->not_after - third;
}

bool
pv_pki_covers(const pv_cert *cert, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool found = false;
		for (size_t k = 0; k < cert->names.len && !found; k++)
			found = strcasecmp(names[i], *PV_AT(const char *, &cert->names, k)) == 0;
		if (!found)
			return false;
	}
	return true;
}
