/* tls_priv: what the OpenSSL users of base share.  Internal to base. */
#pragma once
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/ctx.h"

/* -PV_E<code> with "doing: " and OpenSSL's own reason, whose queue is emptied. */
int tls_fail(pv_ctx *cx, int code, const char *doing);
/* NULL if the text holds none.  The caller frees. */
EVP_PKEY *tls_private_key(const char *pem);
X509 *tls_cert(const char *pem);
bool tls_set_serial(X509 *cert); /* a random one */
/* Adds an extension, its value as OpenSSL's configuration files write it. */
bool tls_extend(X509 *cert, X509 *issuer, int nid, const char *value);
/* What was written to the BIO, in cx's arena. */
char *tls_bio_text(pv_ctx *cx, BIO *bio); /* frees bio */
