/* The sum in each row, by which it is known that a row is what was written: SQLite checks how
 * its pages hang together, not what is in them.  Against accidents; against forgery, encrypt.
 * It lies on disks: what it computes may never change. */
#include <endian.h>
#include <string.h>

#include "base/str.h"
#include "core/store/sqlite.h"

#define K1 UINT64_C(0x9e3779b97f4a7c15)
#define K2 UINT64_C(0xd6e8feb86659fd93)

/* Both halves of the product: every bit of both factors matters. */
static uint64_t
fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
word(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

/* Two lanes, since a product waits for the one before it. */
static uint64_t
add_text(uint64_t h, pv_str text)
{
	uint64_t one = h ^ K1, two = h ^ K2;
	size_t i = 0;
	char tail[32] = {0};

	for (; i + 32 <= text.len; i += 32) {
		one = fold(word(text.s + i) ^ one, word(text.s + i + 8) ^ K1);
		two = fold(word(text.s + i + 16) ^ two, word(text.s + i + 24) ^ K2);
	}
	if (i < text.len)
		memcpy(tail, text.s + i, text.len - i);
	one = fold(word(tail) ^ one, word(tail + 8) ^ K1);
	two = fold(word(tail + 16) ^ two, word(tail + 24) ^ K2);
	return fold(one ^ text.len, two ^ K1);
}

int64_t
sqlite_sum(const int64_t *numbers, size_t n, const pv_str *texts, size_t n_texts)
{
	uint64_t h = K2;
	int64_t sum;

	for (size_t i = 0; i < n; i++)
		h = fold(h ^ (uint64_t)numbers[i], K1);
	for (size_t i = 0; i < n_texts; i++)
		h = add_text(h, texts[i]);
	memcpy(&sum, &h, sizeof sum);
	return sum;
}

int64_t
sqlite_sum_object(const rec_row *row)
{
	return sqlite_sum((int64_t[]){row->id, row->rev, row->stamp}, 3,
			  (pv_str[]){pv_str_of(row->key.type), pv_str_of(row->key.ns),
				     pv_str_of(row->key.name), row->json},
			  4);
}

int64_t
sqlite_sum_log(const engine_log_row *row)
{
	return sqlite_sum((int64_t[]){row->rev, row->type, row->id, row->prev.rev, row->prev.stamp}, 5,
			  (pv_str[]){pv_str_of(row->key.type), pv_str_of(row->key.ns),
				     pv_str_of(row->key.name), row->prev.json},
			  4);
}

int64_t
sqlite_sum_meta(const pv_meta *meta)
{
	return sqlite_sum(NULL, 0, (pv_str[]){pv_str_of(meta->name), meta->value}, 2);
}
