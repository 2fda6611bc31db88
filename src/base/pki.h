/* pki: X.509 certificates and their ECDSA P-256 keys, over OpenSSL 3, as PEM text.
 * Pure but for randomness; any thread.  Instants are ns since 1970 (pv_now). */
#pragma once
#include "base/ctx.h"
#include "base/vec.h"

typedef struct pv_pem { /* NUL-terminated texts, arena of the ctx */
	const char *cert, *key;
} pv_pem;

typedef struct pv_cert {    /* what a certificate says */
	const char *cn;     /* of the subject; "" if none */
	pv_vec orgs;        /* of const char *: the subject's organisations */
	pv_vec names;       /* of const char *: DNS names and IP addresses */
	const char *issuer; /* common name */
	const char *sha256; /* hex, of the DER bytes */
	int64_t not_before, not_after;
	bool is_ca;
} pv_cert;

/* A self-signed authority. */
PV_MUST_USE int pv_pki_new_ca(pv_ctx *cx, const char *cn, int days, pv_pem *ret);
/* A server's certificate for localhost, 127.0.0.1, ::1 and `names` (DNS names and
 * IP addresses; n may be 0). */
PV_MUST_USE int pv_pki_new_server(pv_ctx *cx, const pv_pem *ca, const char *cn, const char *const *names,
				  size_t n, int days, pv_pem *ret);
/* A client's certificate: CN is the user, each O a group. */
PV_MUST_USE int pv_pki_new_client(pv_ctx *cx, const pv_pem *ca, const char *user, const char *const *groups,
				  size_t n, int days, pv_pem *ret);

typedef struct pv_cert_request { /* who asks for a certificate (PKCS#10) */
	const char *cn;
	pv_vec orgs; /* of const char * */
} pv_cert_request;
typedef struct pv_cert_terms { /* what a client's certificate is good for */
	int64_t not_before, not_after;
	bool signs, enciphers; /* key usages */
} pv_cert_terms;
/* -PV_EINVALID unless it is one PEM request that its own key has signed. */
PV_MUST_USE int pv_pki_read_request(pv_ctx *cx, pv_str pem, pv_cert_request *ret);
/* The client's certificate that such a request asks for, PEM. */
PV_MUST_USE int pv_pki_sign_request(pv_ctx *cx, const pv_pem *ca, pv_str pem, const pv_cert_terms *terms,
				    const char **ret_cert);
/* -PV_EINVALID unless the text holds PEM certificates, one or more, and nothing else in PEM. */
PV_MUST_USE int pv_pki_check_chain(pv_ctx *cx, pv_str pem);

PV_MUST_USE int pv_pki_read(pv_ctx *cx, const char *cert_pem, pv_cert *ret);
/* Does it chain to the authority, for servers (TLS server use) or clients, at `now`? */
PV_MUST_USE int pv_pki_verify(pv_ctx *cx, const char *cert_pem, const char *ca_pem, bool for_server,
			      int64_t now);
/* Is it time to renew?  When less than a third of its life is left, or it is not
 * valid yet (the clock went back). */
bool pv_pki_due(const pv_cert *cert, int64_t now);
/* Does the server's certificate name all of `names`? */
bool pv_pki_covers(const pv_cert *cert, const char *const *names, size_t n);
