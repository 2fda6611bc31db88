/* jwk: a JSON Web Key (RFC 7517) as a key of base/jwa.h.  Thread-safe: no state. */
#pragma once
#include "base/jwa.h"
#include "lang/value/value.h"

typedef struct pv_jwk {
	const pv_jwa_key *key; /* arena of the ctx; NULL: of an unknown kind */
	const char *alg, *kid; /* NULL if not given; borrowed */
} pv_jwk;

/* An object with base64url members.  -PV_EINVALID in OPA's words. */
PV_MUST_USE int pv_jwk_read(pv_ctx *cx, const pv_val *jwk, pv_jwk *ret);
