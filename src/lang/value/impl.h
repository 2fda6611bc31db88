/* impl: what the files of lang/value share; nobody else includes it. */
#pragma once
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/value/value.h"

/* Objects this small are searched in a line, larger ones through their order. */
#define PV_LINEAR 16

/* A number as (-1)^negative * 0.d1d2..dn * 10^point, without zeros at either end
 * of the digits; n is 0 for zero. */
typedef struct pv_digits {
	bool negative;
	int64_t point;
	size_t n;
	const char *digits;
} pv_digits;

/* `room` holds the digits of integers and doubles. */
pv_digits pv_digits_of(const pv_val *v, char room[PV_NUMBER_ROOM]);
int pv_number_cmp(const pv_val *a, const pv_val *b);
uint64_t pv_number_hash(const pv_val *v);

/* Shortest digits that read back as d (finite, not 0); returns how many and the
 * decimal point's place as in pv_digits. */
size_t pv_double_digits(double d, char digits[PV_NUMBER_ROOM], int *ret_point);
/* Digits of m without trailing zeros, and how many it has with them. */
size_t pv_whole_digits(uint64_t m, char *digits, int *ret_len);
double pv_power10(int e); /* 0 to 22: exact */

static inline pv_val
pv_plain(pv_val v)
{
	v.flags &= (uint16_t)~PV_V_ROOT;
	return v;
}

/* Keys are short: most are told apart, or found to be the same, without a call. */
static inline bool
pv_bytes_same(const char *a, const char *b, size_t n)
{
	uint64_t x, y;
	uint32_t v, w;

	if (n >= 8) {
		memcpy(&x, a, sizeof x);
		memcpy(&y, b, sizeof y);
		return x == y && memcmp(a + 8, b + 8, n - 8) == 0;
	}
	if (n >= 4) { /* the halves overlap */
		memcpy(&v, a, sizeof v);
		memcpy(&w, b, sizeof w);
		if (v != w)
			return false;
		memcpy(&v, a + n - 4, sizeof v);
		memcpy(&w, b + n - 4, sizeof w);
		return v == w;
	}
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static inline int
pv_bytes_cmp(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t n = alen < blen ? alen : blen;
	int r = n > 0 ? __builtin_memcmp(a, b, n) : 0;

	if (r != 0)
		return r < 0 ? -1 : 1;
	return alen < blen ? -1 : alen > blen;
}

static inline bool
pv_key_same(const pv_val *a, const pv_val *b)
{
	if (a->type == PV_STRING && b->type == PV_STRING)
		return a->len == b->len && pv_bytes_same(a->s, b->s, a->len);
	return pv_cmp(a, b) == 0;
}

static inline int
pv_key_cmp(const pv_val *a, const pv_val *b)
{
	if (a->type == PV_STRING && b->type == PV_STRING)
		return pv_bytes_cmp(a->s, a->len, b->s, b->len);
	return pv_cmp(a, b);
}

/* The order of an object's members by key, or NULL if they lie in it already. */
static inline const uint32_t *
pv_order(const pv_val *object)
{
	return (object->flags & PV_V_INDEX) ? (const uint32_t *)(const void *)(object->members + object->len)
					    : NULL;
}

/* Room for n members, and for an order behind them if asked. */
pv_member *pv_members_new(pv_arena *arena, size_t n, bool index);
/* Bytes of the members and their order, rounded so that values may follow. */
size_t pv_members_size(size_t n, bool index);
/* Fills order[] so that members[order[i]] ascends; equal keys stay in sequence. */
void pv_order_sort(uint32_t *order, const pv_member *members, size_t n);
/* Position of the member with this key, or -1. */
ptrdiff_t pv_member_find(const pv_val *object, const pv_val *key);
ptrdiff_t pv_member_findn(const pv_val *object, const char *key, size_t len);
