#include "base/sigv4.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/hashing.h"
#include "base/str.h"

static pv_str
mac(pv_arena *arena, pv_str key, const char *text)
{
	size_t n = 0;
	const uint8_t *out = pv_hmac(arena, "sha256", key, pv_str_of(text), &n);

	return (pv_str){(const char *)out, n};
}

const char *
pv_sigv4_authorization(pv_arena *arena, const pv_sigv4 *s)
{
	const char *date = pv_strndup(arena, s->stamp, 8), *scope, *to_sign;
	pv_buf canonical, names;
	pv_str key, signature;

	pv_buf_init(&canonical, arena);
	pv_buf_init(&names, arena);
	pv_buf_printf(&canonical, "%s\n%.*s\n%.*s\n", s->method, (int)s->path.len, s->path.s,
		      (int)s->query.len, s->query.s);
	for (size_t i = 0; i < s->n; i++) {
		pv_buf_printf(&canonical, "%s:%s\n", s->headers[i][0], s->headers[i][1]);
		pv_buf_printf(&names, "%s%s", i ? ";" : "", s->headers[i][0]);
	}
	pv_buf_printf(&canonical, "\n%s\n%s", names.s, s->payload);
	scope = pv_printf(arena, "%s/%s/%s/aws4_request", date, s->region, s->service);
	to_sign = pv_printf(arena, "AWS4-HMAC-SHA256\n%s\n%s\n%s", s->stamp, scope,
			    pv_hash_hex(arena, "sha256", (pv_str){canonical.s, canonical.len}));
	key = mac(arena, pv_str_of(pv_printf(arena, "AWS4%s", s->secret_key)), date);
	key = mac(arena, mac(arena, mac(arena, key, s->region), s->service), "aws4_request");
	signature = mac(arena, key, to_sign);
	return pv_printf(arena, "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s",
			 s->access_key, scope, names.s, pv_hex(arena, signature.s, signature.len));
}
