/* Authentication: certificate, bearer token or session cookie -> identity. */
#include "core/auth/auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/time.h"
#include "core/auth/impl.h"
#include "core/auth/node.h"
#include "core/auth/nodepods.h"
#include "core/auth/signin.h"
#include "lang/json/json.h"

int
pv_auth_open(pv_ctx *cx, pv_store *store, const char *const *issuers, pv_auth **ret)
{
	static const char *const usual[] = {PV_AUTH_ISSUER, NULL};
	pv_auth *auth = calloc(1, sizeof *auth);
	int r;

	PV_ASSERT(auth);
	auth->store = store;
	auth->node_pods = node_pods_open(store);
	auth->issuers = issuers && *issuers ? issuers : usual;
	r = keys_open(cx, store, &auth->keys);
	if (r == 0)
		r = sessions_open(cx, store, &auth->sessions);
	if (r == 0)
		r = rbac_open(cx, store, &auth->rbac);
	if (r == 0)
		r = node_rules_open(cx, &auth->node_rules);
	if (r < 0) {
		pv_auth_close(auth);
		return r;
	}
	*ret = auth;
	return 0;
}

pv_auth *
pv_auth_close(pv_auth *auth)
{
	if (auth) {
		signin_close(atomic_load(&auth->signin));
		oidc_close(auth->oidc);
		node_pods_close(auth->node_pods);
		node_rules_close(auth->node_rules);
		rbac_close(auth->rbac);
		sessions_close(auth->sessions);
		keys_close(auth->keys);
		free(auth);
	}
	return NULL;
}

/* A session opened with a token ends with the account, as the token does. */
const pv_identity *
pv_auth_session(pv_ctx *cx, pv_auth *auth, const char *cookie)
{
	const pv_identity *who = sessions_find(cx, auth->sessions, cookie);
	const char *ns =
		who && pv_starts_with(who->user, PV_SA_PREFIX) ? who->user + strlen(PV_SA_PREFIX) : NULL;
	const char *colon = ns ? strchr(ns, ':') : NULL;

	if (colon && !tokens_account_lives(cx, auth, pv_strndup(cx->arena, ns, (size_t)(colon - ns)),
					   colon + 1, who->uid))
		return NULL;
	return who;
}

/* ---- requests ---- */

const char *
pv_auth_cookie_named(pv_ctx *cx, const pv_http_req *req, const char *name)
{
	pv_str rest = pv_str_of(pv_http_header(req, "Cookie")), piece;
	size_t len = strlen(name);

	while (pv_str_next(&rest, ';', &piece)) {
		piece = pv_str_trim(piece);
		if (piece.len > len && memcmp(piece.s, name, len) == 0 && piece.s[len] == '=')
			return pv_strndup(cx->arena, piece.s + len + 1, piece.len - len - 1);
	}
	return NULL;
}

const char *
pv_auth_cookie(pv_ctx *cx, const pv_http_req *req)
{
	return pv_auth_cookie_named(cx, req, PV_SESSION_COOKIE);
}

/* A browser sends the cookie whoever made the page: what changes something must come from
 * our own pages.  SameSite=Strict says the same; this is for what does not know it: no
 * form can set a header, and another site's script may not without being asked about it. */
static int
check_origin(pv_ctx *cx, pv_http_req *req)
{
	const char *site = pv_http_header(req, "Sec-Fetch-Site"), *method = pv_http_method(req);
	bool reads = pv_streq(method, "GET") || pv_streq(method, "HEAD") || pv_streq(method, "OPTIONS");

	if (site && !pv_streq(site, "same-origin") && !pv_streq(site, "none"))
		return pv_fail(cx, PV_EFORBIDDEN,
			       "a portal session is not for pages of another site (Sec-Fetch-Site: %s)",
			       site);
	if (!reads && !pv_streq(pv_http_header(req, PV_PORTAL_HEADER), "1"))
		return pv_fail(cx, PV_EFORBIDDEN,
			       "%s with a portal session: expected the header " PV_PORTAL_HEADER
			       ": 1, found %s",
			       method, pv_http_header(req, PV_PORTAL_HEADER) ? "another value" : "none");
	return 0;
}

static const pv_identity *
by_certificate(pv_ctx *cx, pv_http_req *req)
{
	const char *cn, *end = NULL;
	pv_identity *who;
	int64_t ends;
	pv_vec orgs;

	if (!pv_http_client_cert(req, cx, &cn, &orgs, &ends) || !cn[0])
		return NULL;
	pv_vec_push(&orgs, &end);
	who = identity_new(cx, cn, "", "certificate");
	identity_groups(cx, who, orgs.data);
	who->expires = ends;
	return who;
}

static int
refuse(pv_ctx *cx)
{
	return pv_fail(cx, PV_EUNAUTHORIZED, "Unauthorized");
}

bool
pv_auth_public(pv_auth *auth, const char *path)
{
	return !auth->oidc || oidc_public(auth->oidc, path);
}

int
pv_auth_request(pv_ctx *cx, pv_auth *auth, pv_http_req *req)
{
	const char *header = pv_http_header(req, "Authorization"), *cookie;
	const pv_identity *who;
	pv_identity *mine;

	cx->identity = NULL;
	if (header && strncasecmp(header, "Bearer ", 7) == 0) {
		pv_str token = pv_str_trim(pv_str_of(header + 7));

		who = pv_auth_token(cx, auth, pv_strndup(cx->arena, token.s, token.len));
		if (!who)
			return refuse(cx);
	} else if (header) {
		return refuse(cx);
	} else if (!(who = by_certificate(cx, req))) {
		cookie = pv_auth_cookie(cx, req);
		if (!cookie && pv_http_client_cert_refused(req, cx))
			return pv_fail(
				cx, PV_EUNAUTHORIZED,
				"the client certificate has expired, is not valid yet, or is not of this Pave's "
				"authority: take the kubeconfig that `pave serve` writes when it starts");
		if (!cookie)
			return pv_auth_public(auth, pv_http_path(req)) ? 0 : refuse(cx);
		who = pv_auth_session(cx, auth, cookie);
		if (!who)
			return refuse(cx);
		if (check_origin(cx, req) < 0)
			return -PV_EFORBIDDEN;
	}
	mine = pv_new(cx->arena, pv_identity);
	*mine = *who;
	cx->identity = mine;
	return 0;
}

/* ---- keys and sessions for the rest of the program ---- */

const char *
pv_auth_ca_pem(const pv_auth *auth)
{
	return keys_ca(auth->keys);
}

int
pv_auth_server_cert(pv_ctx *cx, pv_auth *auth, const char *const *names, const char **ret_cert,
		    const char **ret_key)
{
	return keys_server(cx, auth->keys, names, ret_cert, ret_key);
}

int
pv_auth_server_due(pv_ctx *cx, const pv_auth *auth, int64_t now, bool *ret)
{
	return keys_due(cx, auth->keys, now, ret);
}

int
pv_auth_serves(pv_ctx *cx, const pv_auth *auth, const char *host, bool *ret)
{
	return keys_serves(cx, auth->keys, host, ret);
}

int
pv_auth_client_cert(pv_ctx *cx, pv_auth *auth, const char *user, const char *const *groups,
		    const char **ret_cert, const char **ret_key)
{
	return keys_client(cx, auth->keys, user, groups, ret_cert, ret_key);
}

int
pv_auth_code_new(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const char **ret_code,
		 int64_t *ret_expires)
{
	if (pv_streq(who->how, "anonymous"))
		return pv_fail(cx, PV_EUNAUTHORIZED,
			       "a sign-in link is for who is known: send a client certificate or a token");
	if (pv_streq(who->how, "impersonation"))
		return pv_fail(
			cx, PV_EFORBIDDEN,
			"a sign-in link for %s by impersonation is not made: it would outlive the request",
			who->user);
	sessions_code(cx, auth->sessions, who, ret_code, ret_expires);
	return 0;
}

int
pv_auth_session_open(pv_ctx *cx, pv_auth *auth, const char *code, const char *token, const char **ret_cookie,
		     int64_t *ret_expires)
{
	const pv_identity *who = NULL;
	pv_identity *mine;
	int r = 0;

	if (code)
		r = sessions_spend(cx, auth->sessions, code, &who);
	else if (!token || !(who = pv_auth_token(cx, auth, token)))
		r = pv_fail(cx, PV_EUNAUTHORIZED,
			    "this token is not valid here: make one with `kubectl create token NAME`");
	if (r < 0)
		return r;
	mine = pv_new(cx->arena, pv_identity);
	*mine = *who;
	cx->identity = mine; /* the answer is about them */
	return sessions_start(cx, auth->sessions, who, ret_cookie, ret_expires);
}

void
pv_auth_session_close(pv_auth *auth, const char *cookie)
{
	sessions_end(auth->sessions, cookie);
}

/* ---- for others who verify tokens ---- */

int
pv_auth_jwks(pv_ctx *cx, const pv_auth *auth, const char **ret)
{
	const char *text;
	const pv_val *jwk;
	pv_objb b;
	pv_val v;
	int r = keys_jwk(cx, auth->keys, &text);

	if (r == 0)
		r = pv_json_parse(cx, pv_str_of(text), NULL, &jwk);
	if (r != 0)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "keys", pv_list_of(cx->arena, jwk, 1));
	v = pv_objb_end(&b);
	*ret = pv_json_text(cx->arena, &v);
	return 0;
}

int
pv_auth_sign_request(pv_ctx *cx, pv_auth *auth, pv_str request, int64_t ttl_ns, bool signs, bool enciphers,
		     const char **ret_cert)
{
	return keys_sign_request(cx, auth->keys, request, ttl_ns, signs, enciphers, ret_cert);
}
