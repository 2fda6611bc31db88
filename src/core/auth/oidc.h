/* oidc: ID tokens of OpenID Connect issuers, as kube-apiserver's --oidc-* flags or its
 * --authentication-config has them.  Thread-safe.  A thread of each issuer fetches its keys: at
 * the start, every ten minutes, and soon after a token names a key that is not known (at most
 * every ten seconds); a request never waits for it, so a token of a key that the issuer has not
 * published ten minutes ahead may be refused once.  Another looks at the configuration's file
 * every second and takes what was changed; what is wrong is logged, and the old one stays.
 * Sources: OpenID Connect Core 1.0, section 3.1.3.7; OpenID Connect Discovery 1.0; RFC 7517. */
#pragma once
#include "core/auth/auth.h"
#include "core/metrics/metrics.h"

typedef struct pv_oidc_conf {
	const char *file;            /* an AuthenticationConfiguration, in the place of all others; or NULL */
	const char *issuer;          /* "https://login.example.org" */
	const char *client_id;       /* must be in a token's aud */
	const char *username_claim;  /* NULL: sub */
	const char *username_prefix; /* NULL: "ISSUER#", none for the claim email; "-": none */
	const char *groups_claim;    /* NULL: no groups */
	const char *groups_prefix;   /* NULL: none */
	const char *const *required; /* "claim=value", NULL-terminated; or NULL */
	const char *const *algs;     /* "RS256", NULL-terminated; NULL: RS256 */
	const char *ca_pem;          /* of the issuer's server; NULL: the system's authorities */
	pv_metrics *metrics;         /* NULL: nothing is counted */
} pv_oidc_conf;

/* Accepts such tokens from now on; once, before the first request.  Copies conf.  Whether an
 * issuer answers is not waited for: until then its tokens are refused, and the log says why.
 * -PV_EUSAGE: what is wrong, named as the flag or by its place in the file. */
PV_MUST_USE int pv_auth_oidc(pv_ctx *cx, pv_auth *auth, const pv_oidc_conf *conf);
