/* rego/jwk: keys as policies give them: PEM, a JWK or a JWK set (RFC 7517). */
#pragma once
#include "base/jwa.h"
#include "lang/rego/builtin.h"

typedef struct rg_key {
	const pv_jwa_key *key;
	const char *alg, *kid; /* NULL if not given */
} rg_key;

/* Adds the keys (rg_key) of the text; those of unknown kinds are left out. */
int rg_keys_read(rg_vm *vm, const pv_val *text, pv_vec *ret);
int rg_jwk_read(rg_vm *vm, const pv_val *jwk, rg_key *ret); /* an object; key NULL if of an unknown kind */
