/* hashing: digests by name, over OpenSSL 3: for protocols and languages that fix
 * them (MD5 and SHA-1 included; for our own purposes see digest.h).
 * Thread-safe: no state. */
#pragma once
#include "base/ctx.h"

/* "md5", "sha1", "sha256", "sha384", "sha512": hex; NULL if there is no such. */
char *pv_hash_hex(pv_arena *arena, const char *name, pv_str bytes);
/* HMAC (RFC 2104): raw bytes. */
uint8_t *pv_hmac(pv_arena *arena, const char *name, pv_str key, pv_str bytes, size_t *ret_len);
char *pv_hmac_hex(pv_arena *arena, const char *name, pv_str key, pv_str bytes);
/* The key that a password gives (RFC 7914); n, a power of 2, and r and p say at what cost. */
void pv_scrypt(pv_str password, pv_str salt, uint64_t n, uint64_t r, uint64_t p, uint8_t *ret, size_t len);
