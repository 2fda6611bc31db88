/* Authentication: certificate, bearer token or session cookie -> identity. */
#include "core/auth/auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/time.h"
#include "core/auth/impl.h"
#include "core/auth/signin.h"
#include "lang/json/json.h"

#define DYING (60 * PV_SEC) /* what is being deleted may still speak for so long, as upstream */
#define ISSUER "https://kubernetes.default.svc"

int
pv_auth_open(pv_ctx *cx, pv_store *store, pv_auth **ret)
{
	pv_auth *auth = calloc(1, sizeof *auth);
	int r;

	PV_ASSERT(auth);
	auth->store = store;
	r = keys_open(cx, store, &auth->keys);
	if (r == 0)
		r = sessions_open(cx, store, &auth->sessions);
	if (r == 0)
		r = rbac_open(cx, store, &auth->rbac);
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
		rbac_close(auth->rbac);
		sessions_close(auth->sessions);
		keys_close(auth->keys);
		free(auth);
	}
	return NULL;
}

/* ---- service account tokens ---- */

static pv_val
bound(pv_ctx *cx, const char *name, const char *uid)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "name", pv_string(cx->arena, name));
	pv_objb_put(&b, "uid", pv_string(cx->arena, uid));
	return pv_objb_end(&b);
}

int
pv_auth_sa_token(pv_ctx *cx, pv_auth *auth, const char *ns, const char *name, const char *uid, int64_t ttl_ns,
		 const char *const *audiences, const pv_bound *to, const char **ret_token,
		 int64_t *ret_expires)
{
	int64_t now = pv_now() / PV_SEC, end = now + ttl_ns / PV_SEC;
	pv_objb claims, own;
	pv_listb aud;
	pv_val made;

	pv_listb_init(&aud, cx->arena);
	for (size_t i = 0; audiences && audiences[i]; i++)
		pv_listb_add(&aud, pv_string(cx->arena, audiences[i]));
	if (aud.len == 0)
		pv_listb_add(&aud, pv_string_ref(ISSUER));
	pv_objb_init(&own, cx->arena);
	pv_objb_put(&own, "namespace", pv_string(cx->arena, ns));
	pv_objb_put(&own, "serviceaccount", bound(cx, name, uid));
	if (to)
		pv_objb_put(&own, pv_str_lower(cx->arena, to->kind), bound(cx, to->name, to->uid));
	pv_objb_init(&claims, cx->arena);
	pv_objb_put(&claims, "aud", pv_listb_end(&aud));
	pv_objb_put(&claims, "exp", pv_int(end));
	pv_objb_put(&claims, "iat", pv_int(now));
	pv_objb_put(&claims, "iss", pv_string_ref(ISSUER));
	pv_objb_put(&claims, "jti", pv_string_ref(pv_uuid(cx->arena)));
	pv_objb_put(&claims, "kubernetes.io", pv_objb_end(&own));
	pv_objb_put(&claims, "nbf", pv_int(now));
	pv_objb_put(&claims, "sub", pv_stringf(cx->arena, PV_SA_PREFIX "%s:%s", ns, name));
	made = pv_objb_end(&claims);
	*ret_expires = end * PV_SEC;
	return keys_sign(cx, auth->keys, &made, ret_token);
}

/* A token dies with its account: the uid must still be the stored one. */
static bool
account_lives(pv_ctx *cx, pv_auth *auth, const char *ns, const char *name, const char *uid)
{
	pv_key key = {"/ServiceAccount", ns, name};
	const pv_rec *rec = pv_store_find(cx, auth->store, &key);

	return rec && pv_streq(pv_text_at(pv_rec_val(rec), "metadata.uid", ""), uid);
}

/* A token that is bound dies with what it is bound to, a minute after that began to go. */
static bool
bond_lives(pv_ctx *cx, pv_auth *auth, const char *ns, const pv_val *own)
{
	static const struct {
		const char *claim, *type;
		bool namespaced;
	} kinds[] = {{"pod", "/Pod", true}, {"secret", "/Secret", true}, {"node", "/Node", false}};

	for (size_t i = 0; i < PV_LEN(kinds); i++) {
		const pv_val *ref = pv_get(own, kinds[i].claim);
		pv_key key = {kinds[i].type, kinds[i].namespaced ? ns : "", pv_text_at(ref, "name", "")};
		const pv_rec *rec = ref ? pv_store_find(cx, auth->store, &key) : NULL;
		int64_t ends = INT64_MAX;

		if (!ref)
			continue;
		if (!rec ||
		    !pv_streq(pv_text_at(pv_rec_val(rec), "metadata.uid", ""), pv_text_at(ref, "uid", "")))
			return false;
		if (pv_time_parse(pv_str_of(pv_text_at(pv_rec_val(rec), "metadata.deletionTimestamp", "")),
				  &ends) &&
		    ends + DYING < pv_now())
			return false;
	}
	return true;
}

static bool
for_us(const pv_val *claims)
{
	const pv_val *aud = pv_get(claims, "aud");

	for (size_t i = 0; i < pv_count(aud); i++)
		if (pv_streq(pv_text(pv_item(aud, i), ""), ISSUER))
			return true;
	return false;
}

static const pv_identity *
by_own_token(pv_ctx *cx, pv_auth *auth, const char *token)
{
	const pv_val *claims = keys_verify(cx, auth->keys, token), *own = pv_get(claims, "kubernetes.io");
	const char *ns = pv_text_at(own, "namespace", ""), *name = pv_text_at(own, "serviceaccount.name", "");
	const char *uid = pv_text_at(own, "serviceaccount.uid", "");
	int64_t now = pv_now() / PV_SEC;
	pv_identity *who;

	if (!claims || pv_i64_at(claims, "exp", 0) <= now || !for_us(claims))
		return NULL;
	if (!ns[0] || !name[0] || !account_lives(cx, auth, ns, name, uid) || !bond_lives(cx, auth, ns, own))
		return NULL;
	who = identity_new(cx, pv_printf(cx->arena, PV_SA_PREFIX "%s:%s", ns, name), uid, "token");
	who->expires = pv_seconds(pv_i64_at(claims, "exp", 0));
	identity_groups(cx, who,
			(const char *const[]){"system:serviceaccounts",
					      pv_printf(cx->arena, "system:serviceaccounts:%s", ns), NULL});
	return who;
}

const pv_identity *
pv_auth_token(pv_ctx *cx, pv_auth *auth, const char *token)
{
	const pv_identity *who = by_own_token(cx, auth, token);

	return !who && auth->oidc ? oidc_token(cx, auth->oidc, token) : who;
}

/* A session opened with a token ends with the account, as the token does. */
const pv_identity *
pv_auth_session(pv_ctx *cx, pv_auth *auth, const char *cookie)
{
	const pv_identity *who = sessions_find(cx, auth->sessions, cookie);
	const char *ns =
		who && pv_starts_with(who->user, PV_SA_PREFIX) ? who->user + strlen(PV_SA_PREFIX) : NULL;
	const char *colon = ns ? strchr(ns, ':') : NULL;

	if (colon &&
	    !account_lives(cx, auth, pv_strndup(cx->arena, ns, (size_t)(colon - ns)), colon + 1, who->uid))
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

const char *
pv_auth_issuer(void)
{
	return ISSUER;
}

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
