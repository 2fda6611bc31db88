/* x509: OpenSSL's structures taken apart into plain ones. */
#include "base/x509.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"

static int
malformed(pv_ctx *cx, const char *what)
{
	ERR_clear_error();
	return pv_fail(cx, PV_EINVALID, "x509: malformed %s", what);
}

static void
add_text(pv_ctx *cx, pv_vec *to, const ASN1_STRING *s)
{
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, s);
	const char *text = n >= 0 ? pv_strndup(cx->arena, (const char *)utf8, (size_t)n) : "";
	OPENSSL_free(utf8);
	pv_vec_push(to, &text);
}

static void
read_name(pv_ctx *cx, const X509_NAME *name, pv_x509_name *ret)
{
	pv_vec common, serial;
	const struct {
		int nid;
		pv_vec *to;
	} parts[] = {
		{NID_commonName, &common},
		{NID_serialNumber, &serial},
		{NID_countryName, &ret->country},
		{NID_organizationName, &ret->organization},
		{NID_organizationalUnitName, &ret->unit},
		{NID_localityName, &ret->locality},
		{NID_stateOrProvinceName, &ret->province},
		{NID_streetAddress, &ret->street},
		{NID_postalCode, &ret->postal_code},
	};
	for (size_t i = 0; i < PV_LEN(parts); i++)
		pv_vec_init(parts[i].to, cx->arena, sizeof(const char *));
	for (int k = 0; k < X509_NAME_entry_count(name); k++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, k);
		int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(e));
		for (size_t i = 0; i < PV_LEN(parts); i++)
			if (parts[i].nid == nid)
				add_text(cx, parts[i].to, X509_NAME_ENTRY_get_data(e));
	}
	ret->common_name = common.len ? *PV_AT(const char *, &common, common.len - 1) : "";
	ret->serial_number = serial.len ? *PV_AT(const char *, &serial, serial.len - 1) : "";
}

static void
add_address(pv_ctx *cx, pv_vec *to, const ASN1_STRING *s)
{
	char text[INET6_ADDRSTRLEN];
	int n = ASN1_STRING_length(s);
	if ((n != 4 && n != 16) ||
	    !inet_ntop(n == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(s), text, sizeof text))
		return;
	const char *copy = pv_strdup(cx->arena, text);
	pv_vec_push(to, &copy);
}

static void
read_alternatives(pv_ctx *cx, GENERAL_NAMES *names, pv_x509 *ret)
{
	pv_vec *all[] = {&ret->dns, &ret->emails, &ret->ips, &ret->uris};
	for (size_t i = 0; i < PV_LEN(all); i++)
		pv_vec_init(all[i], cx->arena, sizeof(const char *));
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		if (n->type == GEN_DNS)
			add_text(cx, &ret->dns, n->d.dNSName);
		else if (n->type == GEN_EMAIL)
			add_text(cx, &ret->emails, n->d.rfc822Name);
		else if (n->type == GEN_URI)
			add_text(cx, &ret->uris, n->d.uniformResourceIdentifier);
		else if (n->type == GEN_IPADD)
			add_address(cx, &ret->ips, n->d.iPAddress);
	}
	GENERAL_NAMES_free(names);
}

static int64_t
instant(const ASN1_TIME *t)
{
	int days = 0, seconds = 0;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	bool ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, t) == 1;
	ASN1_TIME_free(epoch);
	return ok ? ((int64_t)days * 86400 + seconds) * PV_SEC : 0;
}

static void
read_cert(pv_ctx *cx, X509 *cert, pv_str der, pv_x509 *ret)
{
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *digits = serial ? BN_bn2dec(serial) : NULL;
	ASN1_BIT_STRING *usage = X509_get_ext_d2i(cert, NID_key_usage, NULL, NULL);
	BASIC_CONSTRAINTS *basic = X509_get_ext_d2i(cert, NID_basic_constraints, NULL, NULL);
	*ret = (pv_x509){.der = der, .version = (int)X509_get_version(cert) + 1};
	ret->serial = pv_strdup(cx->arena, digits ? digits : "0");
	ret->not_before = instant(X509_get0_notBefore(cert));
	ret->not_after = instant(X509_get0_notAfter(cert));
	ret->constrained = basic != NULL;
	ret->is_ca = basic && basic->ca;
	for (int bit = 0; usage && bit < 9; bit++)
		ret->key_usage |= ASN1_BIT_STRING_get_bit(usage, bit) ? 1u << bit : 0;
	read_name(cx, X509_get_subject_name(cert), &ret->subject);
	read_name(cx, X509_get_issuer_name(cert), &ret->issuer);
	read_alternatives(cx, X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL), ret);
	ASN1_BIT_STRING_free(usage);
	BASIC_CONSTRAINTS_free(basic);
	OPENSSL_free(digits);
	BN_free(serial);
}

/* The bytes of the PEM block of that name; others are skipped.  1: one, 0: no more. */
static int
next_block(pv_ctx *cx, BIO *bio, const char *wanted, pv_str *ret)
{
	char *name = NULL, *header = NULL;
	unsigned char *bytes = NULL;
	long n = 0;
	while (PEM_read_bio(bio, &name, &header, &bytes, &n) == 1) {
		bool found = pv_streq(name, wanted);
		if (found)
			*ret = (pv_str){pv_strndup(cx->arena, (const char *)bytes, (size_t)n), (size_t)n};
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(bytes);
		if (found)
			return 1;
	}
	ERR_clear_error();
	return 0;
}

static int
add_ders(pv_ctx *cx, pv_str der, pv_vec *ret)
{
	const unsigned char *p = (const unsigned char *)der.s, *end = p + der.len;
	while (p < end) {
		const unsigned char *from = p;
		X509 *cert = d2i_X509(NULL, &p, end - p);
		if (!cert)
			return malformed(cx, "certificate");
		read_cert(cx, cert, (pv_str){(const char *)from, (size_t)(p - from)}, pv_vec_add(ret));
		X509_free(cert);
	}
	return 0;
}

int
pv_x509_read(pv_ctx *cx, pv_str bytes, pv_vec *ret)
{
	pv_str der;
	int r = 0;
	if (bytes.len > INT32_MAX)
		return malformed(cx, "certificate");
	if (!memmem(bytes.s, bytes.len, "-----BEGIN ", 11))
		r = bytes.len ? add_ders(cx, bytes, ret) : malformed(cx, "certificate");
	else {
		BIO *bio = BIO_new_mem_buf(bytes.s, (int)bytes.len);
		while (r == 0 && bio && next_block(cx, bio, "CERTIFICATE", &der) > 0)
			r = add_ders(cx, der, ret);
		BIO_free(bio);
	}
	return r == 0 && ret->len == 0 ? malformed(cx, "certificate") : r;
}

int
pv_x509_read_request(pv_ctx *cx, pv_str bytes, pv_x509 *ret)
{
	if (bytes.len > INT32_MAX)
		return malformed(cx, "certificate request");
	if (memmem(bytes.s, bytes.len, "-----BEGIN ", 11)) {
		BIO *bio = BIO_new_mem_buf(bytes.s, (int)bytes.len);
		int found = bio ? next_block(cx, bio, "CERTIFICATE REQUEST", &bytes) : 0;
		BIO_free(bio);
		if (found == 0)
			return malformed(cx, "certificate request");
	}
	const unsigned char *p = (const unsigned char *)bytes.s;
	X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)bytes.len);
	if (!req)
		return malformed(cx, "certificate request");
	STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(req);
	*ret = (pv_x509){.der = bytes, .request = true, .version = (int)X509_REQ_get_version(req)};
	read_name(cx, X509_REQ_get_subject_name(req), &ret->subject);
	read_alternatives(cx, X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL), ret);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(req);
	return 0;
}
