/* keygen: private keys of the usual kinds, certificates over them, and password hashes,
 * as templates of deployments ask for them (Helm's genCA and its kin), over OpenSSL 3.
 * Pure but for randomness; any thread. */
#pragma once
#include "base/pki.h"

enum pv_key_kind { PV_KEY_RSA, PV_KEY_ECDSA, PV_KEY_ED25519, PV_KEY_DSA };

/* PEM: PKCS#1, SEC 1 or DSA's own form; ED25519 as PKCS#8.  `bits` is for RSA. */
PV_MUST_USE int pv_key_new(pv_ctx *cx, enum pv_key_kind kind, unsigned bits, const char **ret_pem);

typedef struct pv_cert_wish {
	const char *cn;
	const char *const *ips, *const *dns; /* NULL-terminated, or NULL */
	int64_t days;
	bool is_ca;
	const char *key;      /* PEM */
	const pv_pem *issuer; /* NULL: signed by its own key */
} pv_cert_wish;
/* ret->key is the wish's. */
PV_MUST_USE int pv_cert_new(pv_ctx *cx, const pv_cert_wish *wish, pv_pem *ret);
/* Is it a PEM private key of a kind that OpenSSL reads?  -PV_EINVALID. */
PV_MUST_USE int pv_key_check(pv_ctx *cx, const char *pem);

/* "$2a$10$..": 2^10 rounds. */
PV_MUST_USE int pv_bcrypt(pv_ctx *cx, const char *password, const char **ret);
/* Is the hash one of this password ("$2a$", "$2b$", "$2y$")?  Takes as long as the hash says. */
bool pv_bcrypt_matches(pv_ctx *cx, const char *password, const char *hash);
/* AES-256 in CBC with PKCS#7 padding; the random first block lies in front. */
PV_MUST_USE int pv_aes_cbc_seal(pv_ctx *cx, const uint8_t key[32], pv_str plain, pv_str *ret);
PV_MUST_USE int pv_aes_cbc_open(pv_ctx *cx, const uint8_t key[32], pv_str sealed, pv_str *ret);
