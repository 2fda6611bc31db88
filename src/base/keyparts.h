/* keyparts: private keys taken apart into their numbers, for languages that show them.
 * For Pave's own keys see pki.h.  Thread-safe: no state; over OpenSSL 3. */
#pragma once
#include "base/jwa.h"
#include "base/vec.h"

enum pv_key_type { PV_KEYPARTS_RSA, PV_KEYPARTS_EC, PV_KEYPARTS_ED25519 };

typedef struct pv_keyparts {
	enum pv_key_type type;
	const char *curve;     /* EC: "P-256", "P-384", "P-521", "P-224" */
	pv_jwa_numbers number; /* big endian; Ed25519: d is the seed, x the public key */
} pv_keyparts;

/* The private keys among PEM blocks (PKCS#1, PKCS#8, SEC 1); other blocks are skipped.
 * Elements: pv_keyparts.  -PV_EINVALID for a block that holds no such key. */
PV_MUST_USE int pv_keyparts_read(pv_ctx *cx, pv_str pem, pv_vec *ret);
