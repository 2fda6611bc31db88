/* SHA-256, HMAC and AES-256-GCM. */
#include "base/digest.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define NONCE 12
#define TAG 16

void
pv_sha256(const void *bytes, size_t len, uint8_t ret[PV_SHA256_LEN])
{
	SHA256(bytes, len, ret);
}

char *
pv_sha256_hex(pv_arena *arena, const void *bytes, size_t len)
{
	uint8_t sum[PV_SHA256_LEN];

	pv_sha256(bytes, len, sum);
	return pv_hex(arena, sum, sizeof sum);
}

struct pv_hasher {
	EVP_MD_CTX *md;
};

pv_hasher *
pv_hasher_new(void)
{
	pv_hasher *h = calloc(1, sizeof *h);

	PV_ASSERT(h != NULL);
	h->md = EVP_MD_CTX_new();
	PV_ASSERT(h->md != NULL && EVP_DigestInit_ex(h->md, EVP_sha256(), NULL) == 1);
	return h;
}

pv_hasher *
pv_hasher_free(pv_hasher *h)
{
	if (h != NULL)
		EVP_MD_CTX_free(h->md);
	free(h);
	return NULL;
}

void
pv_hasher_add(pv_hasher *h, const void *bytes, size_t len)
{
	PV_ASSERT(EVP_DigestUpdate(h->md, bytes, len) == 1);
}

char *
pv_hasher_hex(const pv_hasher *h, pv_arena *arena)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	uint8_t sum[PV_SHA256_LEN];

	PV_ASSERT(copy != NULL && EVP_MD_CTX_copy_ex(copy, h->md) == 1 &&
		  EVP_DigestFinal_ex(copy, sum, NULL) == 1);
	EVP_MD_CTX_free(copy);
	return pv_hex(arena, sum, sizeof sum);
}

void
pv_hmac_sha256(pv_str key, const void *bytes, size_t len, uint8_t ret[PV_SHA256_LEN])
{
	unsigned n = PV_SHA256_LEN;

	PV_ASSERT(key.len <= INT_MAX);
	PV_ASSERT(HMAC(EVP_sha256(), key.s, (int)key.len, bytes, len, ret, &n) != NULL);
}

/* The lengths are no secret, the bytes are. */
bool
pv_same_secret(pv_str a, pv_str b)
{
	return a.len == b.len && CRYPTO_memcmp(a.s, b.s, a.len) == 0;
}

/* Runs the cipher over `in`; the tag is written (sealing) or checked. */
static bool
run_gcm(bool sealing, const uint8_t *key, const uint8_t *nonce, pv_str about, pv_str in, uint8_t *out,
	uint8_t tag[TAG])
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	bool ok;

	PV_ASSERT(c != NULL && in.len <= INT_MAX && about.len <= INT_MAX);
	ok = EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce, sealing) == 1 &&
	     EVP_CipherUpdate(c, NULL, &n, (const uint8_t *)about.s, (int)about.len) == 1 &&
	     EVP_CipherUpdate(c, out, &n, (const uint8_t *)in.s, (int)in.len) == 1;
	if (ok && !sealing)
		ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1;
	ok = ok && EVP_CipherFinal_ex(c, out + in.len, &n) == 1;
	if (ok && sealing)
		ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok;
}

int
pv_seal(pv_ctx *cx, const uint8_t key[PV_SEAL_KEY_LEN], pv_str about, pv_str plain, pv_str *ret)
{
	size_t len = NONCE + plain.len + TAG;
	uint8_t *sealed = pv_alloc(cx->arena, len);

	if (plain.len > INT_MAX - NONCE - TAG)
		return pv_fail(cx, PV_ETOOLARGE, "sealing: over the limit of 2 GB");
	pv_random(sealed, NONCE);
	if (!run_gcm(true, key, sealed, about, plain, sealed + NONCE, sealed + NONCE + plain.len))
		return pv_fail(cx, PV_EINTERNAL, "sealing: the cipher failed");
	*ret = (pv_str){(const char *)sealed, len};
	return 0;
}

int
pv_unseal(pv_ctx *cx, const uint8_t key[PV_SEAL_KEY_LEN], pv_str about, pv_str sealed, pv_str *ret)
{
	const uint8_t *in = (const uint8_t *)sealed.s;
	uint8_t tag[TAG], *plain;
	size_t len;

	if (sealed.len < NONCE + TAG || sealed.len > INT_MAX)
		return pv_fail(cx, PV_EFORBIDDEN, "unsealing: %zu bytes are no sealed text", sealed.len);
	len = sealed.len - NONCE - TAG;
	plain = pv_alloc(cx->arena, len + 1);
	memcpy(tag, in + NONCE + len, TAG);
	if (!run_gcm(false, key, in, about, (pv_str){sealed.s + NONCE, len}, plain, tag)) {
		OPENSSL_cleanse(plain, len);
		return pv_fail(
			cx, PV_EFORBIDDEN,
			"unsealing: it was sealed with another key or for another use, or was changed");
	}
	plain[len] = '\0';
	*ret = (pv_str){(const char *)plain, len};
	return 0;
}
