/* signin: people sign in at an OpenID Connect issuer and come back to the portal: authorisation
 * code with PKCE, state and nonce (RFC 6749, RFC 7636, RFC 9700; OpenID Connect Core 1.0,
 * section 3.1).  Nothing is kept of one that is under way: what must be known when somebody comes
 * back lies sealed in a cookie of their browser.  Thread-safe. */
#pragma once
#include "core/auth/auth.h"

#define PV_SIGNIN_COOKIE "pave_signin"
#define PV_SIGNIN_TIME (10 * 60) /* seconds that somebody may be away */
#define PV_SIGNIN_RETURN "/portal/oidc/callback"

typedef struct pv_signin_conf {
	const char *issuer;      /* one that is trusted (pv_auth_oidc); NULL: there is only one */
	const char *client_id;   /* NULL: signing in so is not offered */
	const char *secret_file; /* of the client, read each time; NULL: it has none */
	const char *scopes;      /* NULL: "openid email profile" */
	const char *name;        /* what people know the issuer by; NULL: its host */
	const char *url;         /* where people reach the portal: "https://pave.example.org" */
	int64_t session_ns;      /* how long they stay signed in; 0: as long as any session may be */
} pv_signin_conf;

/* Offers it from now on; once.  Copies conf.  -PV_EUSAGE, named as the flag. */
PV_MUST_USE int pv_auth_signin(pv_ctx *cx, pv_auth *auth, const pv_signin_conf *conf);
/* What the issuer is called; NULL: it is not offered. */
const char *pv_auth_signin_name(pv_ctx *cx, pv_auth *auth);

/* Where to send the browser, and the cookie to send it with.  back: the path to come back to;
 * what is none of ours is the first page.  -PV_EUNAVAILABLE: the issuer has not answered yet. */
PV_MUST_USE int pv_auth_signin_start(pv_ctx *cx, pv_auth *auth, const char *back, const char **ret_url,
				     const char **ret_cookie);

typedef struct pv_signin_answer { /* NULL: not given */
	const char *code, *state, *iss, *error, *description;
	const char *cookie; /* of the start */
} pv_signin_answer;
/* Asks the issuer; blocks.  cx->identity is who they are.  The session is as pv_auth_session_open()
 * has it. */
PV_MUST_USE int pv_auth_signin_finish(pv_ctx *cx, pv_auth *auth, const pv_signin_answer *answer,
				      const char **ret_cookie, int64_t *ret_expires, const char **ret_back);

/* Why it failed, for the page that says so: sealed too, so that nobody else writes on it. */
const char *pv_auth_signin_failure(pv_ctx *cx, pv_auth *auth, const char *why);   /* a cookie */
const char *pv_auth_signin_failed(pv_ctx *cx, pv_auth *auth, const char *cookie); /* NULL: it did not */
/* A cookie's value in a request; NULL: it has none of that name. */
const char *pv_auth_cookie_named(pv_ctx *cx, const pv_http_req *req, const char *name);
