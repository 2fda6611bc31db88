/* keypair: OpenSSL's PEM, read as Go reads it: broken blocks are passed over. */
#include "base/keypair.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/buf.h"

typedef struct block {
	unsigned char *der; /* NULL: there is none of that type */
	long len;
	size_t skipped;    /* blocks of other types before it */
	pv_buf types;      /* theirs, "A B" */
	const char *first; /* the first one's */
} block;

static bool
is_key(const char *type)
{
	return pv_streq(type, "PRIVATE KEY") || pv_ends_with(type, " PRIVATE KEY");
}

static bool
is_certificate(const char *type)
{
	return pv_streq(type, "CERTIFICATE");
}

/* Is there another block?  One that is broken is none. */
static bool
next(BIO *bio, char **ret_type, unsigned char **ret_der, long *ret_len)
{
	char *header = NULL;

	while (PEM_read_bio(bio, ret_type, &header, ret_der, ret_len) != 1) {
		if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE || BIO_eof(bio))
			return false;
		ERR_clear_error();
	}
	OPENSSL_free(header);
	return true;
}

static void
find(pv_arena *arena, pv_str pem, bool (*is)(const char *type), block *ret)
{
	BIO *bio = pem.len <= INT32_MAX ? BIO_new_mem_buf(pem.s, (int)pem.len) : NULL;
	char *type = NULL;

	*ret = (block){0};
	pv_buf_init(&ret->types, arena);
	while (bio && !ret->der && next(bio, &type, &ret->der, &ret->len)) {
		if (!is(type)) {
			OPENSSL_clear_free(ret->der, (size_t)ret->len);
			ret->der = NULL;
			pv_buf_printf(&ret->types, "%s%s", ret->skipped++ ? " " : "", type);
			if (!ret->first)
				ret->first = pv_strdup(arena, type);
		}
		OPENSSL_free(type);
	}
	BIO_free(bio);
	ERR_clear_error();
}

static const char *
no_certificate(pv_arena *arena, const block *b)
{
	if (!b->skipped)
		return "tls: failed to find any PEM data in certificate input";
	if (b->skipped == 1 && pv_ends_with(b->first, "PRIVATE KEY"))
		return "tls: failed to find certificate PEM data in certificate input, but did find a private "
		       "key; PEM inputs may have been switched";
	return pv_printf(arena,
			 "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping "
			 "PEM blocks of the following types: [%s]",
			 b->types.s);
}

static const char *
no_key(pv_arena *arena, const block *b)
{
	if (!b->skipped)
		return "tls: failed to find any PEM data in key input";
	if (b->skipped == 1 && is_certificate(b->first))
		return "tls: found a certificate rather than a key in the PEM for the private key";
	return pv_printf(
		arena,
		"tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after "
		"skipping PEM blocks of the following types: [%s]",
		b->types.s);
}

static const char *
mismatch(const EVP_PKEY *public, const EVP_PKEY *private)
{
	static const char *const known[] = {"RSA", "EC", "ED25519"};

	for (size_t i = 0; i < PV_LEN(known); i++) {
		if (!EVP_PKEY_is_a(public, known[i]))
			continue;
		if (!EVP_PKEY_is_a(private, known[i]))
			return "tls: private key type does not match public key type";
		return EVP_PKEY_eq(public, private) == 1 ? NULL
							 : "tls: private key does not match public key";
	}
	return "tls: unknown public key algorithm";
}

static const char *
compared(const block *certificate, const block *key)
{
	const unsigned char *c = certificate->der, *k = key->der;
	X509 *x = d2i_X509(NULL, &c, certificate->len);
	EVP_PKEY *private = d2i_AutoPrivateKey(NULL, &k, key->len);
	const EVP_PKEY *public = x ? X509_get0_pubkey(x) : NULL;
	const char *wrong = !public    ? "x509: malformed certificate"
			    : !private ? "tls: failed to parse private key"
				       : mismatch(public, private);

	EVP_PKEY_free(private);
	X509_free(x);
	ERR_clear_error();
	return wrong;
}

const char *
pv_keypair_wrong(pv_arena *arena, pv_str certificates, pv_str key)
{
	block of_certificate, of_key;
	const char *wrong;

	find(arena, certificates, is_certificate, &of_certificate);
	find(arena, key, is_key, &of_key);
	if (!of_certificate.der)
		wrong = no_certificate(arena, &of_certificate);
	else if (!of_key.der)
		wrong = no_key(arena, &of_key);
	else
		wrong = compared(&of_certificate, &of_key);
	OPENSSL_free(of_certificate.der);
	OPENSSL_clear_free(of_key.der, (size_t)of_key.len);
	return wrong;
}
