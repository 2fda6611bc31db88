/* rego/jwk: keys as policies give them: PEM, a JWK or a JWK set (RFC 7517).
 * Private to this folder. */
#pragma once
#include "lang/json/jwk.h"
#include "lang/rego/builtin.h"

/* Adds the keys (pv_jwk) of the text; those of unknown kinds are left out. */
int rg_keys_read(rg_vm *vm, const pv_val *text, pv_vec *ret);
int rg_jwk_read(rg_vm *vm, const pv_val *jwk, pv_jwk *ret); /* an object; key NULL if of an unknown kind */
