/* digest: hashes, message authentication, sealed bytes, over OpenSSL 3.
 * Any thread. */
#pragma once
#include "base/ctx.h"

enum { PV_SHA256_LEN = 32, PV_SEAL_KEY_LEN = 32 };

void pv_sha256(const void *bytes, size_t len, uint8_t ret[PV_SHA256_LEN]);
char *pv_sha256_hex(pv_arena *arena, const void *bytes, size_t len);
/* The same of what comes in pieces.  Owner: caller, pv_hasher_free().  One thread at a time. */
typedef struct pv_hasher pv_hasher;
pv_hasher *pv_hasher_new(void);
pv_hasher *pv_hasher_free(pv_hasher *h); /* accepts NULL, returns NULL */
void pv_hasher_add(pv_hasher *h, const void *bytes, size_t len);
char *pv_hasher_hex(const pv_hasher *h, pv_arena *arena); /* of all so far; more may come */
void pv_hmac_sha256(pv_str key, const void *bytes, size_t len, uint8_t ret[PV_SHA256_LEN]);
/* Takes the same time wherever they differ; for tokens and signatures. */
bool pv_same_secret(pv_str a, pv_str b);

/* AES-256-GCM: 12 bytes of random nonce, the sealed bytes, 16 bytes of tag.
 * `about` is authenticated but not stored: the name of what is sealed. */
PV_MUST_USE int pv_seal(pv_ctx *cx, const uint8_t key[PV_SEAL_KEY_LEN], pv_str about, pv_str plain,
			pv_str *ret);
/* -PV_EFORBIDDEN if the key or `about` is another, or a byte was changed. */
PV_MUST_USE int pv_unseal(pv_ctx *cx, const uint8_t key[PV_SEAL_KEY_LEN], pv_str about, pv_str sealed,
			  pv_str *ret);

/* NaCl's secretbox (XSalsa20 and Poly1305): 24 bytes of random nonce, 16 of tag, the sealed bytes.
 * It authenticates the bytes alone.  -PV_EFORBIDDEN as above. */
PV_MUST_USE int pv_secretbox_seal(pv_ctx *cx, const uint8_t key[PV_SEAL_KEY_LEN], pv_str plain, pv_str *ret);
PV_MUST_USE int pv_secretbox_open(pv_ctx *cx, const uint8_t key[PV_SEAL_KEY_LEN], pv_str sealed, pv_str *ret);
