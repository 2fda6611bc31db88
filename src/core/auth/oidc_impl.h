/* oidc_impl: what the files of tokens from outside share.  Private. */
#pragma once
#include "core/auth/authn.h"
#include "core/auth/impl.h"
#include "core/auth/issuer.h"
#include "core/auth/oidc.h"

/* A configuration at work; immutable, but for its issuers' keys. */
typedef struct oidc_set {
	pv_ctx cx; /* conf lies in its arena */
	authn_conf conf;
	issuer **issuers; /* one of each of conf.jwt */
	size_t n;
} oidc_set;

/* The flags as a configuration, in cx's arena.  -PV_EUSAGE. */
PV_MUST_USE int oidc_flags(pv_ctx *cx, const pv_oidc_conf *conf, authn_conf *ret);
/* A token that must be of this issuer, for this client, and of this very sign-in. */
typedef struct oidc_want {
	const char *issuer, *client_id, *nonce;
} oidc_want;
/* NULL: *ret_why says why not. */
const pv_identity *oidc_login(pv_ctx *cx, oidc *o, const char *token, const oidc_want *want,
			      const char **ret_why);
/* The issuer by its address, referenced (issuer_close); NULL: none is trusted.  url NULL: the only one. */
issuer *oidc_issuer(oidc *o, const char *url);
