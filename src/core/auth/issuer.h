/* issuer: the published keys of an OpenID Connect issuer, kept fresh by a thread.  Private. */
#pragma once
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
/* Did the key `kid` ("": any) of the issuer sign it so?  No waits. */
bool issuer_signed(issuer *in, const pv_jwt *jwt, const char *alg, const char *kid);
