/* digests: sprig's checksums, and passwords derived from a master password. */
#include <string.h>

#include "base/arena.h"
#include "base/hashing.h"
#include "lang/gotmpl/impl.h"

static int
digest(pv_trun *r, const char *name, const pv_tv *args, pv_tv *ret)
{
	*ret = pv_tv_text(pv_hash_hex(r->arena, name, targ(args, 0)));
	return pv_trun_spend(r, args[0].len / 16);
}

TFN(fn_sha1)
{
	return digest(r, "sha1", args, ret);
}

TFN(fn_sha256)
{
	return digest(r, "sha256", args, ret);
}

TFN(fn_sha512)
{
	return digest(r, "sha512", args, ret);
}

TFN(fn_adler32)
{
	uint32_t a = 1, b = 0;
	for (uint32_t i = 0; i < args[0].len; i++) {
		a = (a + (unsigned char)args[0].s[i]) % 65521;
		b = (b + a) % 65521;
	}
	*ret = pv_tv_text(pv_printf(r->arena, "%u", b << 16 | a));
	return pv_trun_spend(r, args[0].len / 16);
}

/* ---- masterpassword.app, version 1 ---- */

#define SEED "com.lyndir.masterpassword"

static const struct {
	const char *type;
	const char *shapes[22];
} shapes[] = {
	{"maximum", {"anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"}},
	{"long", {"CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv",
		  "CvccCvcvCvcvno", "CvcvnoCvccCvcv", "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc",
		  "CvcvCvcvnoCvcc", "CvcvCvcvCvccno", "CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno",
		  "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno", "CvccnoCvcvCvcc", "CvccCvcvnoCvcc",
		  "CvccCvcvCvccno"}},
	{"medium", {"CvcnoCvc", "CvcCvcno"}},
	{"short", {"Cvcn"}},
	{"basic", {"aaanaaan", "aannaaan", "aaannaaa"}},
	{"pin", {"nnnn"}},
};

static const char *
characters(char of)
{
	switch (of) {
	case 'V': return "AEIOU";
	case 'C': return "BCDFGHJKLMNPQRSTVWXYZ";
	case 'v': return "aeiou";
	case 'c': return "bcdfghjklmnpqrstvwxyz";
	case 'A': return "AEIOUBCDFGHJKLMNPQRSTVWXYZ";
	case 'a': return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
	case 'n': return "0123456789";
	case 'o': return "@&%?,=[]_:-+*$#!'^~;()/.";
	default: return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()";
	}
}

static void
put_length(pv_buf *b, uint32_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		pv_buf_addc(b, (char)(n >> shift & 255));
}

/* counter, type, password, user, site */
TFN(fn_derive_password)
{
	const char *const *of = NULL;
	size_t count = 0, len;
	pv_buf b, out;
	uint8_t key[64];
	if (args[0].i < 0 || args[0].i > UINT32_MAX)
		return pv_trun_fail(r, "expected a counter of 32 bits, found %lld", (long long)args[0].i);
	for (size_t i = 0; i < PV_LEN(shapes); i++)
		if (pv_str_is(targ(args, 1), shapes[i].type))
			of = shapes[i].shapes;
	if (of == NULL) {
		*ret = pv_tv_text(pv_printf(r->arena, "cannot find password template %.*s", (int)args[1].len,
					    args[1].s));
		return 0;
	}
	while (count < 22 && of[count] != NULL)
		count++;
	if (pv_trun_spend(r, 10000000) < 0)
		return -PV_ETOOLARGE;
	pv_buf_init(&b, r->arena);
	pv_buf_adds(&b, SEED);
	put_length(&b, args[3].len);
	pv_buf_add(&b, args[3].s, args[3].len);
	pv_scrypt(targ(args, 2), (pv_str){b.s, b.len}, 32768, 8, 2, key, sizeof key);
	b.len = strlen(SEED);
	put_length(&b, args[4].len);
	pv_buf_add(&b, args[4].s, args[4].len);
	put_length(&b, (uint32_t)args[0].i);
	const uint8_t *seed = pv_hmac(r->arena, "sha256", (pv_str){(const char *)key, sizeof key},
				      (pv_str){b.s, b.len}, &len);
	pv_buf_init(&out, r->arena);
	for (const char *p = of[seed[0] % count]; *p; p++) {
		const char *from = characters(*p);
		pv_buf_addc(&out, from[*++seed % strlen(from)]);
	}
	return tret_buf(r, &out, ret);
}

/* clang-format off */
const pv_tfunc pv_tmpl_digests[] = {
	{"sha1sum", "s", fn_sha1}, {"sha256sum", "s", fn_sha256}, {"sha512sum", "s", fn_sha512},
	{"adler32sum", "s", fn_adler32}, {"derivePassword", "issss", fn_derive_password}, {NULL, NULL, NULL},
};
/* clang-format on */
