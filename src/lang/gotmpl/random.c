/* random: sprig's functions that give something else each time. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/impl.h"

#define COUNT_MAX 1000000

/* Characters of an alphabet, each as likely as the others. */
static int
characters(pv_trun *r, int64_t count, const char *of, pv_tv *ret)
{
	size_t n = strlen(of), limit = 256 - 256 % n;
	pv_buf b;
	if (count < 0 || count > COUNT_MAX)
		return pv_trun_fail(r, "expected a count from 0 to %d, found %lld", COUNT_MAX,
				    (long long)count);
	pv_buf_init(&b, r->arena);
	while (b.len < (size_t)count) {
		uint8_t bytes[64];
		pv_random(bytes, sizeof bytes);
		for (size_t i = 0; i < sizeof bytes && b.len < (size_t)count; i++)
			if (bytes[i] < limit)
				pv_buf_addc(&b, of[bytes[i] % n]);
	}
	return tret_buf(r, &b, ret);
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

TFN(fn_alpha_num)
{
	return characters(r, args[0].i, LETTERS "0123456789", ret);
}

TFN(fn_alpha)
{
	return characters(r, args[0].i, LETTERS, ret);
}

TFN(fn_numeric)
{
	return characters(r, args[0].i, "0123456789", ret);
}

TFN(fn_ascii)
{
	char all[96] = {0};
	for (int c = 32; c < 127; c++)
		all[c - 32] = (char)c;
	return characters(r, args[0].i, all, ret);
}

/* Below n, which is not 0. */
static uint64_t
below(uint64_t n)
{
	uint64_t v, limit = UINT64_MAX - UINT64_MAX % n;
	do
		pv_random(&v, sizeof v);
	while (v >= limit);
	return v % n;
}

TFN(fn_int)
{
	if (args[1].i <= args[0].i)
		return pv_trun_fail(r, "invalid argument to Intn");
	*ret = pv_tv_int((int64_t)((uint64_t)args[0].i + below((uint64_t)args[1].i - (uint64_t)args[0].i)));
	return 0;
}

TFN(fn_bytes)
{
	if (args[0].i < 0 || args[0].i > COUNT_MAX)
		return pv_trun_fail(r, "expected a count from 0 to %d", COUNT_MAX);
	uint8_t *bytes = pv_alloc(r->arena, (size_t)args[0].i + 1);
	pv_random(bytes, (size_t)args[0].i);
	*ret = pv_tv_text(pv_base64(r->arena, bytes, (size_t)args[0].i, false));
	return pv_trun_spend(r, (uint64_t)args[0].i / 16);
}

TFN(fn_uuid)
{
	*ret = pv_tv_text(pv_uuid(r->arena));
	return 0;
}

TFN(fn_shuffle)
{
	pv_str s = targ(args, 0);
	pv_vec runes;
	pv_buf b;
	pv_vec_init(&runes, r->arena, sizeof(pv_str));
	for (size_t i = 0; i < s.len;) {
		uint32_t rune;
		int step = pv_utf8_step(s.s + i, s.len - i, &rune);
		pv_str one = {s.s + i, step ? (size_t)step : 1};
		pv_vec_push(&runes, &one);
		i += one.len;
	}
	pv_buf_init(&b, r->arena);
	for (size_t left = runes.len; left > 0; left--) {
		pv_str *at = PV_AT(pv_str, &runes, below(left));
		pv_buf_add(&b, at->s, at->len);
		*at = *PV_AT(pv_str, &runes, left - 1);
	}
	return tret_buf(r, &b, ret);
}

/* clang-format off */
const pv_tfunc pv_tmpl_random[] = {
	{"randAlphaNum", "i", fn_alpha_num}, {"randAlpha", "i", fn_alpha}, {"randAscii", "i", fn_ascii},
	{"randNumeric", "i", fn_numeric}, {"randInt", "ii", fn_int}, {"randBytes", "i", fn_bytes},
	{"uuidv4", "", fn_uuid}, {"shuffle", "s", fn_shuffle}, {NULL, NULL, NULL},
};
/* clang-format on */
