/* scan: runs of bytes that a JSON string holds unescaped, 16 at a time.
 * Pure; reads only within [p, end). */
#pragma once
#include <string.h>
#include "base/base.h"

#ifdef __SSE2__
#include <emmintrin.h>

/* One bit for each of 16 bytes that is a quote, a backslash or a control. */
static inline unsigned
scan_special16(const char *p, unsigned *high)
{
	__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
	__m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
	__m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);

	*high |= (unsigned)_mm_movemask_epi8(x);
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control));
}
#endif

/* The top bit of each of 8 bytes that is special.  Exact up to the lowest such
 * byte, which is all that is asked. */
static inline uint64_t
scan_special8(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t quote = x ^ (ones * '"'), slash = x ^ (ones * '\\');

	return (((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & tops;
}

/* The first special byte, or end.  *high gets bits if a byte was >= 0x80. */
static inline const char *
scan_plain(const char *p, const char *end, unsigned *high)
{
#ifdef __SSE2__
	while (end - p >= 16) {
		unsigned seen = 0, special = scan_special16(p, &seen);

		if (special != 0) {
			unsigned n = (unsigned)__builtin_ctz(special);

			*high |= seen & ((1u << n) - 1);
			return p + n;
		}
		*high |= seen;
		p += 16;
	}
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	while (end - p >= 8) {
		uint64_t x, special;

		memcpy(&x, p, sizeof(x));
		special = scan_special8(x);
		if (special != 0)
			break; /* the bytes before it are looked at below */
		*high |= (x & UINT64_C(0x8080808080808080)) != 0;
		p += 8;
	}
#endif
	for (; p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20; p++)
		*high |= (unsigned char)*p >> 7;
	return p;
}
