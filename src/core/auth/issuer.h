/* issuer: the published keys of an OpenID Connect issuer, kept fresh by a thread.  Private. */
#pragma once
#include "base/httpc.h"
#include "base/jwt.h"
#include "core/auth/oidc.h"

typedef struct issuer issuer;

/* discovery: where its configuration is; NULL: below url.  Counted: issuer_close(), of which the
 * last may wait some seconds for an answer. */
PV_MUST_USE int issuer_open(pv_ctx *cx, const char *url, const char *discovery, const char *ca_pem,
			    issuer **ret);
issuer *issuer_ref(issuer *in);
issuer *issuer_close(issuer *in); /* accepts NULL */
const char *issuer_url(const issuer *in);
/* Where people sign in there (OpenID Connect Discovery 1.0, section 3). */
typedef struct issuer_endpoints {
	const char *authorize, *token;
	bool secret_in_body; /* it takes no Basic authentication of clients */
} issuer_endpoints;
/* In cx's arena; false: it has not said yet, or has none. */
bool issuer_find_endpoints(pv_ctx *cx, issuer *in, issuer_endpoints *ret);
/* A request to the issuer, whose authorities are its own; follows no redirect.  Blocks. */
PV_MUST_USE int issuer_post(pv_ctx *cx, issuer *in, const char *url, const char *const *headers, pv_str body,
			    pv_httpc_answer *ret);
/* Did the key `kid` ("": any) of the issuer sign it so?  No waits. */
bool issuer_signed(issuer *in, const pv_jwt *jwt, const char *alg, const char *kid);
