/* jwk: members are base64url; a set is {"keys": [...]}. */
#include "lang/rego/jwk.h"

#include "base/arena.h"
#include "lang/json/json.h"

static pv_str
number(rg_vm *vm, const pv_val *jwk, const char *name)
{
	size_t n = 0;
	pv_str text = pv_strv(pv_get(jwk, name));
	const uint8_t *bytes = text.len ? pv_unbase64(vm->arena, text, true, &n) : NULL;
	return (pv_str){bytes ? (const char *)bytes : "", bytes ? n : 0};
}

static int
failed(rg_vm *vm)
{
	const pv_error *e = pv_take_error(vm->cx);
	return rg_builtin_error(vm, "%s", e ? e->message : "invalid key");
}

int
rg_jwk_read(rg_vm *vm, const pv_val *jwk, rg_key *ret)
{
	const char *kind = pv_text(pv_get(jwk, "kty"), "");
	pv_jwa_numbers n = {
		number(vm, jwk, "n"), number(vm, jwk, "e"), number(vm, jwk, "d"), number(vm, jwk, "p"), number(vm, jwk, "q"),
		number(vm, jwk, "dp"), number(vm, jwk, "dq"), number(vm, jwk, "qi"), number(vm, jwk, "x"), number(vm, jwk, "y"),
	};
	int r = 0;
	*ret = (rg_key){.alg = pv_text(pv_get(jwk, "alg"), NULL), .kid = pv_text(pv_get(jwk, "kid"), NULL)};
	if (pv_streq(kind, "RSA"))
		r = pv_jwa_rsa(vm->cx, &n, &ret->key);
	else if (pv_streq(kind, "EC"))
		r = pv_jwa_ec(vm->cx, pv_text(pv_get(jwk, "crv"), ""), &n, &ret->key);
	else if (pv_streq(kind, "OKP"))
		r = pv_jwa_okp(vm->cx, &n, &ret->key);
	else if (pv_streq(kind, "oct"))
		r = pv_jwa_secret(vm->cx, number(vm, jwk, "k"), &ret->key);
	return r < 0 ? failed(vm) : 0;
}

int
rg_keys_read(rg_vm *vm, const pv_val *text, pv_vec *ret)
{
	const pv_val *doc;
	rg_key key = {0};
	if (pv_starts_with(text->s, "-----BEGIN ")) {
		if (pv_jwa_pem(vm->cx, pv_strv(text), &key.key) < 0)
			return failed(vm);
		pv_vec_push(ret, &key);
		return 0;
	}
	if (pv_json_parse(vm->cx, pv_strv(text), NULL, &doc) < 0) {
		pv_recover(vm->cx);
		return rg_builtin_error(vm, "failed to parse a JWK key (set): expected PEM or JSON");
	}
	const pv_val *keys = pv_get(doc, "keys");
	for (size_t i = 0; i < (keys ? pv_count(keys) : 1); i++) {
		int r = rg_jwk_read(vm, keys ? pv_item(keys, i) : doc, &key);
		if (r < 0)
			return r;
		if (key.key)
			pv_vec_push(ret, &key);
	}
	return 0;
}
