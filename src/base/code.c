/* Bytes as text (base64, hex, UUID), hashed, and drawn at random. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/str.h"

static const char alphabet[2][65] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

char *
pv_base64(pv_arena *arena, const void *bytes, size_t len, bool url)
{
	const unsigned char *in = bytes;
	char *text = pv_alloc(arena, (len + 2) / 3 * 4 + 1), *out = text;

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t v = (uint32_t)in[i] << 16;

		v |= n > 1 ? (uint32_t)in[i + 1] << 8 : 0;
		v |= n > 2 ? (uint32_t)in[i + 2] : 0;
		for (size_t k = 0; k <= n; k++)
			*out++ = alphabet[url][v >> (18 - 6 * k) & 0x3f];
		for (size_t k = n; !url && k < 3; k++)
			*out++ = '=';
	}
	*out = '\0';
	return text;
}

static int
base64_digit(char c, bool url)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabet[url][62])
		return 62;
	return c == alphabet[url][63] ? 63 : -1;
}

/* Drops the padding; false if there is too much or too little of it. */
static bool
base64_unpad(pv_str *text, bool url)
{
	size_t pads = 0;

	if (url)
		return text->len % 4 != 1;
	if (text->len % 4 != 0)
		return false;
	while (pads < 2 && text->len > 0 && text->s[text->len - 1] == '=') {
		text->len--;
		pads++;
	}
	return true;
}

uint8_t *
pv_unbase64(pv_arena *arena, pv_str text, bool url, size_t *ret_len)
{
	uint8_t *bytes, *out;
	uint32_t acc = 0;
	int bits = 0;

	if (!base64_unpad(&text, url))
		return NULL;
	bytes = out = pv_alloc(arena, text.len / 4 * 3 + 3 + 1);
	for (size_t i = 0; i < text.len; i++) {
		int digit = base64_digit(text.s[i], url);
		if (digit < 0)
			return NULL;
		acc = acc << 6 | (uint32_t)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*out++ = (uint8_t)(acc >> bits);
		}
	}
	if ((acc & ((1U << bits) - 1)) != 0) /* bits behind the end: not canonical */
		return NULL;
	*out = 0;
	*ret_len = (size_t)(out - bytes);
	return bytes;
}

static size_t
past_breaks(pv_str text, size_t i)
{
	while (i < text.len && (text.s[i] == '\n' || text.s[i] == '\r'))
		i++;
	return i;
}

/* The padding begins at i, behind n digits of a group; the byte that is wrong, or text.len + 1. */
static size_t
bad_padding(pv_str text, size_t i, size_t n)
{
	size_t next = past_breaks(text, i + 1);

	if (text.s[i] != '=' || n % 4 < 2)
		return i;
	if (n % 4 == 2 && next == text.len)
		return text.len;
	if (n % 4 == 2 && text.s[next] != '=')
		return next - 1;
	next = n % 4 == 2 ? past_breaks(text, next + 1) : next;
	return next < text.len ? next : text.len + 1;
}

uint8_t *
pv_base64_read(pv_arena *arena, pv_str text, size_t *ret_len, size_t *ret_wrong)
{
	uint8_t *bytes = pv_alloc(arena, text.len / 4 * 3 + 4), *out = bytes;
	size_t n = 0, i = past_breaks(text, 0), wrong;
	uint32_t acc = 0;
	int digit;

	for (; i < text.len && (digit = base64_digit(text.s[i], false)) >= 0; i = past_breaks(text, i + 1)) {
		acc = acc << 6 | (uint32_t)digit;
		if (n % 4)
			*out++ = (uint8_t)(acc >> (6 - 2 * (n % 4)));
		n++;
	}
	wrong = i < text.len ? bad_padding(text, i, n) : n % 4 ? text.len - n % 4 : text.len + 1;
	if (ret_wrong)
		*ret_wrong = wrong;
	*out = 0;
	*ret_len = (size_t)(out - bytes);
	return wrong > text.len ? bytes : NULL;
}

int
pv_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
pv_hex(pv_arena *arena, const void *bytes, size_t len)
{
	const unsigned char *in = bytes;
	char *text = pv_alloc(arena, len * 2 + 1);

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = "0123456789abcdef"[in[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[in[i] & 15];
	}
	text[2 * len] = '\0';
	return text;
}

void
pv_random(void *bytes, size_t len)
{
	char *p = bytes;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		PV_ASSERT(n > 0);
		p += n;
		len -= (size_t)n;
	}
}

/* Of names that are to be unlike all others, and no secrets: every request has one, so the kernel is asked for some
 * at a time. */
static void
draw(unsigned char *to, size_t len)
{
	static _Thread_local unsigned char drawn[512];
	static _Thread_local size_t left;

	if (left < len) {
		pv_random(drawn, sizeof drawn);
		left = sizeof drawn;
	}
	left -= len;
	memcpy(to, drawn + left, len);
}

char *
pv_uuid(pv_arena *arena)
{
	unsigned char b[16];
	char *hex, *text, *to;

	draw(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	hex = pv_hex(arena, b, sizeof b);
	text = to = pv_alloc(arena, 2 * sizeof b + 4 + 1);
	for (size_t i = 0; i < 2 * sizeof b; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*to++ = '-';
		*to++ = hex[i];
	}
	*to = '\0';
	return text;
}

static pthread_once_t seed_once = PTHREAD_ONCE_INIT;
static uint64_t seed[2];

static void
draw_seed(void)
{
	pv_random(seed, sizeof seed);
}

#define ROTL(x, n) ((x) << (n) | (x) >> (64 - (n)))

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = ROTL(v[1], 13) ^ v[0];
	v[3] = ROTL(v[3], 16) ^ v[2];
	v[0] = ROTL(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = ROTL(v[1], 17) ^ v[2];
	v[3] = ROTL(v[3], 21) ^ v[0];
	v[2] = ROTL(v[2], 32);
}

/* SipHash-1-3 (Aumasson, Bernstein 2012): users choose the keys of our maps, so
 * the hash has a secret. */
uint64_t
pv_hash(const void *bytes, size_t len)
{
	const unsigned char *in = bytes;
	uint64_t v[4], word, last = (uint64_t)len << 56;
	size_t i = 0;

	pthread_once(&seed_once, draw_seed);
	v[0] = seed[0] ^ UINT64_C(0x736f6d6570736575);
	v[1] = seed[1] ^ UINT64_C(0x646f72616e646f6d);
	v[2] = seed[0] ^ UINT64_C(0x6c7967656e657261);
	v[3] = seed[1] ^ UINT64_C(0x7465646279746573);
	for (; len - i >= 8; i += 8) {
		memcpy(&word, in + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	for (size_t k = 0; i + k < len; k++)
		last |= (uint64_t)in[i + k] << (8 * k);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
