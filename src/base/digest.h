/* digest: hashes, message authentication, sealed bytes, over OpenSSL 3.
 * Any thread. */
#pragma once
#include "base/ctx.h"

enum { PV_SHA256_LEN = 32, PV_SEAL_KEY_LEN = 32 };

void pv_sha256(const void *bytes, size_t len, uint8_t ret[PV_SHA256_LEN]);
char *pv_sha256_hex(pv_arena *arena, const void *bytes, size_t len);
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
