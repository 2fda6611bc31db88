/* encodings: sprig's base64 and base32. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/impl.h"

TFN(fn_b64enc)
{
	pv_str s = targ(args, 0);
	*ret = pv_tv_text(pv_base64(r->arena, s.s, s.len, false));
	return pv_trun_spend(r, s.len / 16);
}

/* Where Go's decoder stops; its text is what sprig gives. */
static const char *
bad_base64(pv_trun *r, pv_str s)
{
	size_t at = 0;
	while (at < s.len && (lex_is_letter((unsigned char)s.s[at]) || s.s[at] == '+' || s.s[at] == '/') &&
	       s.s[at] != '_' && (unsigned char)s.s[at] < 0x80)
		at++;
	if (at == s.len)
		at = s.len / 4 * 4;
	return pv_printf(r->arena, "illegal base64 data at input byte %zu", at);
}

TFN(fn_b64dec)
{
	pv_str s = targ(args, 0), plain;
	pv_buf b;
	size_t len;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len; i++)
		if (s.s[i] != '\r' && s.s[i] != '\n')
			pv_buf_addc(&b, s.s[i]);
	plain = (pv_str){b.len ? b.s : "", b.len};
	const uint8_t *bytes = pv_unbase64(r->arena, plain, false, &len);
	*ret = bytes ? pv_tv_str((pv_str){(const char *)bytes, len}) : pv_tv_text(bad_base64(r, plain));
	return pv_trun_spend(r, s.len / 16);
}

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

TFN(fn_b32enc)
{
	pv_str s = targ(args, 0);
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len; i += 5) {
		uint64_t group = 0;
		size_t have = s.len - i < 5 ? s.len - i : 5;
		for (size_t k = 0; k < 5; k++)
			group = group << 8 | (k < have ? (unsigned char)s.s[i + k] : 0u);
		for (size_t k = 0; k < 8; k++)
			pv_buf_addc(&b, k * 5 < have * 8 ? base32[group >> (35 - 5 * k) & 31] : '=');
	}
	return tret_buf(r, &b, ret);
}

TFN(fn_b32dec)
{
	pv_str s = targ(args, 0);
	uint64_t group = 0;
	unsigned bits = 0;
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len && s.s[i] != '='; i++) {
		const char *at = s.s[i] ? strchr(base32, s.s[i]) : NULL;
		if (at == NULL) {
			*ret = pv_tv_text(pv_printf(r->arena, "illegal base32 data at input byte %zu", i));
			return 0;
		}
		group = group << 5 | (uint64_t)(at - base32);
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			pv_buf_addc(&b, (char)(group >> bits & 255));
		}
	}
	return tret_buf(r, &b, ret);
}

/* clang-format off */
const pv_tfunc pv_tmpl_encodings[] = {
	{"b64enc", "s", fn_b64enc}, {"b64dec", "s", fn_b64dec}, {"b32enc", "s", fn_b32enc}, {"b32dec", "s", fn_b32dec},
	{NULL, NULL, NULL},
};
/* clang-format on */
