/* jwk: members are base64url; a set is {"keys": [...]}. */
#include "lang/rego/jwk.h"

#include "base/arena.h"
#include "lang/json/json.h"

static int
failed(rg_vm *vm)
{
	const pv_error *e = pv_take_error(vm->cx);
	return rg_builtin_error(vm, "%s", e ? e->message : "invalid key");
}

int
rg_jwk_read(rg_vm *vm, const pv_val *jwk, pv_jwk *ret)
{
	return pv_jwk_read(vm->cx, jwk, ret) < 0 ? failed(vm) : 0;
}

int
rg_keys_read(rg_vm *vm, const pv_val *text, pv_vec *ret)
{
	const pv_val *doc;
	pv_jwk key = {0};
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
