/* issuer: the published keys of an OpenID Connect issuer, kept fresh by a thread.  Private. */
#pragma once
#include "base/jwt.h"
#include "core/auth/oidc.h"

typedef struct issuer issuer;

/* Owner: caller, issuer_close(), which may wait some seconds for an answer. */
PV_MUST_USE int issuer_open(pv_ctx *cx, const char *url, const char *ca_pem, issuer **ret);
issuer *issuer_close(issuer *in); /* accepts NULL */
/* Did the key `kid` ("": any) of the issuer sign it so?  No waits. */
bool issuer_signed(issuer *in, const pv_jwt *jwt, const char *alg, const char *kid);
