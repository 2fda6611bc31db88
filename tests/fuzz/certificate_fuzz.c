/* Any bytes are certificates, a request for one, keys (PEM, DER, JWK), a token, or none of them. */
#include "base/jwt.h"
#include "base/keyparts.h"
#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"
#include "base/x509.h"
#include "lang/json/json.h"
#include "lang/json/jwk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
certificates(pv_ctx *cx, pv_str bytes)
{
	const pv_x509_wish wish = {.now = 1800000000 * PV_SEC, .name = "a.example"};
	pv_vec all, chain;
	pv_cert cert;

	pv_vec_init(&all, cx->arena, sizeof(pv_x509));
	pv_vec_init(&chain, cx->arena, sizeof(size_t));
	if (pv_x509_read(cx, bytes, &all) < 0 || (all.len && pv_x509_verify(cx, &all, &wish, &chain) < 0))
		pv_recover(cx);
	if (pv_pki_read(cx, bytes.s, &cert) == 0)
		pv_pki_covers(&cert, (const char *const[]){"a.example", "::1"}, 2);
	else
		pv_recover(cx);
	if (pv_pki_check_chain(cx, bytes) < 0)
		pv_recover(cx);
}

static void
requests(pv_ctx *cx, pv_str bytes)
{
	pv_cert_request signing;
	pv_x509 request;

	if (pv_x509_read_request(cx, bytes, &request) < 0)
		pv_recover(cx);
	if (pv_pki_read_request(cx, bytes, &signing) < 0)
		pv_recover(cx);
}

static void
keys(pv_ctx *cx, pv_str bytes)
{
	const pv_val *v;
	pv_jwt_key *key;
	pv_vec parts;
	pv_jwt jwt;
	pv_jwk jwk;

	pv_vec_init(&parts, cx->arena, sizeof(pv_keyparts));
	if (pv_keyparts_read(cx, bytes, &parts) < 0)
		pv_recover(cx);
	if (pv_jwt_key_parse(cx, bytes.s, &key) == 0) {
		const char *text;

		PV_ASSERT(pv_jwt_key_jwk(cx, key, &text) == 0);
		PV_ASSERT(pv_json_parse(cx, pv_str_of(text), NULL, &v) == 0);
		PV_ASSERT(pv_jwk_read(cx, v, &jwk) == 0 && jwk.key);
		pv_jwt_key_free(key);
	} else {
		pv_recover(cx);
	}
	if (pv_json_parse(cx, bytes, NULL, &v) < 0 || pv_jwk_read(cx, v, &jwk) < 0)
		pv_recover(cx);
	if (pv_jwt_parse(cx, bytes.s, &jwt) < 0)
		pv_recover(cx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str bytes;
	pv_ctx cx;

	if (size > 1 << 16)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	bytes = (pv_str){pv_strndup(cx.arena, (const char *)data, size), size};
	certificates(&cx, bytes);
	requests(&cx, bytes);
	keys(&cx, bytes);
	pv_ctx_done(&cx);
	return 0;
}
