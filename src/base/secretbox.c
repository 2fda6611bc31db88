/* NaCl's secretbox: XSalsa20 (D. J. Bernstein, "Extending the Salsa20 nonce") with Poly1305 over
 * OpenSSL, which has the one and not the other.  Additions, rotations and exclusive ors only: it
 * takes the same time for every key. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/digest.h"
#include "base/str.h"

#define NONCE 24
#define TAG 16
#define BLOCK 64
#define MAC_KEY 32 /* the first bytes of the stream */

static uint32_t
load32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void
store32(uint8_t *p, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void
quarter(uint32_t x[16], size_t a, size_t b, size_t c, size_t d)
{
#define ADD_ROTATE_XOR(to, p, q, n) x[to] ^= (x[p] + x[q]) << (n) | (x[p] + x[q]) >> (32 - (n))
	ADD_ROTATE_XOR(b, a, d, 7);
	ADD_ROTATE_XOR(c, b, a, 9);
	ADD_ROTATE_XOR(d, c, b, 13);
	ADD_ROTATE_XOR(a, d, c, 18);
#undef ADD_ROTATE_XOR
}

static void
twenty_rounds(uint32_t x[16])
{
	for (int i = 0; i < 10; i++) {
		for (size_t k = 0; k < 4; k++) /* columns, each from its diagonal */
			quarter(x, 5 * k, (5 * k + 4) % 16, (5 * k + 8) % 16, (5 * k + 12) % 16);
		for (size_t k = 0; k < 4; k++) /* rows */
			quarter(x, 5 * k, 4 * k + (k + 1) % 4, 4 * k + (k + 2) % 4, 4 * k + (k + 3) % 4);
	}
}

/* "expand 32-byte k" on the diagonal, the key, and 16 bytes of nonce or of nonce and counter. */
static void
fill(uint32_t x[16], const uint8_t key[32], const uint8_t in[16])
{
	static const uint32_t diagonal[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

	for (size_t i = 0; i < 4; i++) {
		x[5 * i] = diagonal[i];
		x[1 + i] = load32(key + 4 * i);
		x[6 + i] = load32(in + 4 * i);
		x[11 + i] = load32(key + 16 + 4 * i);
	}
}

static void
hsalsa20(const uint8_t key[32], const uint8_t in[16], uint8_t ret[32])
{
	static const size_t words[8] = {0, 5, 10, 15, 6, 7, 8, 9};
	uint32_t x[16];

	fill(x, key, in);
	twenty_rounds(x);
	for (size_t i = 0; i < 8; i++)
		store32(ret + 4 * i, x[words[i]]);
}

/* Block `number` of the stream. */
static void
salsa20(const uint8_t key[32], const uint8_t nonce[8], uint64_t number, uint8_t ret[BLOCK])
{
	uint32_t x[16], before[16];
	uint8_t in[16];

	memcpy(in, nonce, 8);
	store32(in + 8, (uint32_t)number);
	store32(in + 12, (uint32_t)(number >> 32));
	fill(x, key, in);
	memcpy(before, x, sizeof x);
	twenty_rounds(x);
	for (size_t i = 0; i < 16; i++)
		store32(ret + 4 * i, x[i] + before[i]);
}

/* out = in with the stream behind its first 32 bytes, which go to mac_key. */
static void
stream(const uint8_t key[32], const uint8_t nonce[NONCE], pv_str in, uint8_t *out, uint8_t mac_key[MAC_KEY])
{
	uint8_t subkey[32], block[BLOCK];

	hsalsa20(key, nonce, subkey);
	salsa20(subkey, nonce + 16, 0, block);
	memcpy(mac_key, block, MAC_KEY);
	for (size_t i = 0; i < in.len; i++) {
		size_t at = MAC_KEY + i;

		if (at % BLOCK == 0)
			salsa20(subkey, nonce + 16, at / BLOCK, block);
		out[i] = (uint8_t)in.s[i] ^ block[at % BLOCK];
	}
	OPENSSL_cleanse(subkey, sizeof subkey);
	OPENSSL_cleanse(block, sizeof block);
}

static bool
poly1305(const uint8_t key[MAC_KEY], const uint8_t *bytes, size_t len, uint8_t ret[TAG])
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	EVP_MAC_CTX *c = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
	size_t n = 0;
	bool ok = c != NULL && EVP_MAC_init(c, key, MAC_KEY, NULL) == 1 &&
		  EVP_MAC_update(c, bytes, len) == 1 && EVP_MAC_final(c, ret, &n, TAG) == 1 && n == TAG;

	EVP_MAC_CTX_free(c);
	EVP_MAC_free(mac);
	return ok;
}

int
pv_secretbox_seal(pv_ctx *cx, const uint8_t key[PV_SEAL_KEY_LEN], pv_str plain, pv_str *ret)
{
	uint8_t *sealed = pv_alloc(cx->arena, NONCE + TAG + plain.len), *body = sealed + NONCE + TAG;
	uint8_t mac_key[MAC_KEY];

	pv_random(sealed, NONCE);
	stream(key, sealed, plain, body, mac_key);
	if (!poly1305(mac_key, body, plain.len, sealed + NONCE))
		return pv_fail(cx, PV_EINTERNAL, "sealing: the cipher failed");
	*ret = (pv_str){(const char *)sealed, NONCE + TAG + plain.len};
	return 0;
}

int
pv_secretbox_open(pv_ctx *cx, const uint8_t key[PV_SEAL_KEY_LEN], pv_str sealed, pv_str *ret)
{
	const uint8_t *bytes = (const uint8_t *)sealed.s, *body = bytes + NONCE + TAG;
	uint8_t mac_key[MAC_KEY], tag[TAG], *plain;
	pv_str in;

	if (sealed.len < NONCE + TAG)
		return pv_fail(cx, PV_EFORBIDDEN, "unsealing: %zu bytes are too few", sealed.len);
	in = (pv_str){(const char *)body, sealed.len - NONCE - TAG};
	plain = pv_alloc(cx->arena, in.len + 1);
	stream(key, bytes, in, plain, mac_key);
	plain[in.len] = '\0';
	if (!poly1305(mac_key, body, in.len, tag) || CRYPTO_memcmp(tag, bytes + NONCE, TAG) != 0) {
		OPENSSL_cleanse(plain, in.len);
		return pv_fail(cx, PV_EFORBIDDEN, "unsealing: another key, or the bytes were changed");
	}
	*ret = (pv_str){(const char *)plain, in.len};
	return 0;
}
