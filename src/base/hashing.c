/* hashing: thin over EVP. */
#include "base/hashing.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/str.h"

char *
pv_hash_hex(pv_arena *arena, const char *name, pv_str bytes)
{
	uint8_t out[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	const EVP_MD *md = EVP_get_digestbyname(name);
	if (!md || EVP_Digest(bytes.s, bytes.len, out, &n, md, NULL) != 1)
		return NULL;
	return pv_hex(arena, out, n);
}

uint8_t *
pv_hmac(pv_arena *arena, const char *name, pv_str key, pv_str bytes, size_t *ret_len)
{
	uint8_t *out = pv_alloc(arena, EVP_MAX_MD_SIZE);
	unsigned n = 0;
	const EVP_MD *md = EVP_get_digestbyname(name);
	if (!md || key.len > INT32_MAX)
		return NULL;
	if (!HMAC(md, key.s, (int)key.len, (const uint8_t *)bytes.s, bytes.len, out, &n))
		return NULL;
	*ret_len = n;
	return out;
}

char *
pv_hmac_hex(pv_arena *arena, const char *name, pv_str key, pv_str bytes)
{
	size_t n;
	const uint8_t *out = pv_hmac(arena, name, key, bytes, &n);
	return out ? pv_hex(arena, out, n) : NULL;
}

void
pv_scrypt(pv_str password, pv_str salt, uint64_t n, uint64_t r, uint64_t p, uint8_t *ret, size_t len)
{
	PV_ASSERT(EVP_PBE_scrypt(password.s, password.len, (const uint8_t *)salt.s, salt.len, n, r, p,
				 512 * n * r, ret, len) == 1);
}
