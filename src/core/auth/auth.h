/* auth: who is asking and what they may do.  Authentication: client certificates
 * of Pave's CA, ServiceAccount tokens (ES256 JWT), portal sessions.
 * Authorisation: RBAC with Kubernetes' own objects.  Thread-safe. */
#pragma once
#include "base/http.h"
#include "base/vec.h"
#include "core/store/store.h"

typedef struct pv_auth pv_auth;

typedef struct pv_identity pv_identity;
struct pv_identity {
	const char *user; /* "system:anonymous" if nobody */
	const char *uid;
	const char *const *groups; /* NULL-terminated */
	bool internal;             /* Pave itself: controllers; RBAC always allows */
	const char *how; /* "certificate", "token", "session", "impersonation", "anonymous", "internal" */
	int64_t expires; /* when what was shown ends: wall clock, ns; 0 = not known */
	const pv_identity *by;    /* who impersonates them, or NULL */
	const char *const *extra; /* key, value, key, value, ... NULL; or NULL */
};

/* A question to RBAC.  Either the resource part or `url` is set. */
typedef struct pv_attributes {
	const char *verb, *group, *resource, *subresource, *ns, *name; /* "" when absent */
	const char *url;                                               /* non-resource */
	const char *fields; /* a list's field selector, or NULL: what authorizers may ask for */
} pv_attributes;

#define PV_AUTH_ISSUER "https://kubernetes.default.svc" /* unless there is a better one */
/* Makes or loads the CA and the keys.  issuers: of ServiceAccounts' tokens, as long as it is open; NULL or
 * empty: PV_AUTH_ISSUER. */
PV_MUST_USE int pv_auth_open(pv_ctx *cx, pv_store *store, const char *const *issuers, pv_auth **ret);
pv_auth *pv_auth_close(pv_auth *auth);

/* Fills cx->identity (arena of cx).  -PV_EUNAUTHORIZED if credentials are given and wrong, or none
 * where they are needed; elsewhere the identity is system:anonymous then. */
PV_MUST_USE int pv_auth_request(pv_ctx *cx, pv_auth *auth, pv_http_req *req);
/* May a request come there without credentials (the anonymous section of a configuration)? */
bool pv_auth_public(pv_auth *auth, const char *path);
void pv_auth_internal(pv_ctx *cx, const char *user); /* be a controller: "system:pave:deployment" */
const pv_identity *pv_auth_identity(const pv_ctx *cx);
/* As authentication.k8s.io/v1 says it: {username, uid, groups, extra}, without what is empty. */
pv_val pv_auth_user_info(pv_arena *arena, const pv_identity *who);

/* 0 or -PV_EFORBIDDEN with Kubernetes' words. */
PV_MUST_USE int pv_auth_check(pv_ctx *cx, pv_auth *auth, const pv_attributes *what);

/* The same question for anyone; *ret_why (may be NULL) says which binding allowed it, or which roles are
 * missed by bindings that did not. */
bool pv_auth_allows(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const pv_attributes *what,
		    const char **ret_why);
/* Of a node's own identity (system:node:NAME in system:nodes) the node's name, which may be ""; else NULL. */
const char *pv_auth_node(const pv_identity *who);
/* Every verb on everything everywhere: nothing more can be granted to them. */
bool pv_auth_holds_all(pv_ctx *cx, pv_auth *auth, const pv_identity *who);
/* What the caller may do in ns: lists of PolicyRule objects (SelfSubjectRulesReview). */
void pv_auth_rules(pv_ctx *cx, pv_auth *auth, const char *ns, pv_val *ret_resource, pv_val *ret_url);
/* Nobody grants more than they hold: `object` is a role or a binding about to be written
 * (plural: "roles", "clusterroles", "rolebindings", "clusterrolebindings"). */
PV_MUST_USE int pv_auth_check_grant(pv_ctx *cx, pv_auth *auth, const char *plural, const char *ns,
				    const char *name, const pv_val *object);
/* Impersonate-User and its kin: checked, then cx->identity is the other one. */
PV_MUST_USE int pv_auth_impersonate(pv_ctx *cx, pv_auth *auth, pv_http_req *req);
/* Whose token is it?  NULL if it is nobody's, or not for this server. */
const pv_identity *pv_auth_token(pv_ctx *cx, pv_auth *auth, const char *token);
/* The same for one of these audiences (NULL: this server), of which *ret are those that it is for. */
const pv_identity *pv_auth_token_for(pv_ctx *cx, pv_auth *auth, const char *token,
				     const char *const *audiences, const char *const **ret_audiences);
/* Roles, bindings and namespaces that every server has; idempotent. */
PV_MUST_USE int pv_auth_bootstrap(pv_ctx *cx, pv_auth *auth);

/* Keys and tokens. */
const char *pv_auth_ca_pem(const pv_auth *auth);
/* For localhost and these names and addresses; NULL-terminated.  One thread at a time. */
PV_MUST_USE int pv_auth_server_cert(pv_ctx *cx, pv_auth *auth, const char *const *names,
				    const char **ret_cert, const char **ret_key);
/* Is it time to make the server another one (pv_pki_due)? */
PV_MUST_USE int pv_auth_server_due(pv_ctx *cx, const pv_auth *auth, int64_t now, bool *ret);
/* Is that name or address in the server's certificate? */
PV_MUST_USE int pv_auth_serves(pv_ctx *cx, const pv_auth *auth, const char *host, bool *ret);
PV_MUST_USE int pv_auth_client_cert(pv_ctx *cx, pv_auth *auth, const char *user, const char *const *groups,
				    const char **ret_cert, const char **ret_key);
/* A client's certificate for a request (PKCS#10, PEM), by this server's authority, for that long. */
PV_MUST_USE int pv_auth_sign_request(pv_ctx *cx, pv_auth *auth, pv_str request, int64_t ttl_ns, bool signs,
				     bool enciphers, const char **ret_cert);
/* What a token dies with, beside its account; kind: "Pod", "Secret" or "Node". */
typedef struct pv_bound {
	const char *kind, *name, *uid;
} pv_bound;
/* audiences: NULL-terminated, NULL for this server; bound: NULL for nothing. */
PV_MUST_USE int pv_auth_sa_token(pv_ctx *cx, pv_auth *auth, const char *ns, const char *name, const char *uid,
				 int64_t ttl_ns, const char *const *audiences, const pv_bound *bound,
				 const char **ret_token, int64_t *ret_expires);
/* Of a Secret (kubernetes.io/service-account-token): without an end, good as long as the Secret holds it. */
PV_MUST_USE int pv_auth_legacy_token(pv_ctx *cx, pv_auth *auth, const char *ns, const char *name,
				     const char *uid, const char *secret, const char **ret_token);
/* Who verifies tokens elsewhere asks for these (OIDC discovery): the issuer that stands in
 * them, and the public keys as a JWK set, JSON text in cx's arena. */
const char *const *pv_auth_issuers(const pv_auth *auth); /* the first one signs; NULL-terminated */
PV_MUST_USE int pv_auth_jwks(pv_ctx *cx, const pv_auth *auth, const char **ret);
/* What a browser's script must send with a session's cookie to change something. */
#define PV_PORTAL_HEADER "X-Pave-Portal"
/* Portal: a one-time code for somebody (printed by serve and signin), exchanged once for a
 * session that ends no later than who->expires.  Of one user the newest four are good.
 * -PV_EUNAUTHORIZED for nobody, -PV_EFORBIDDEN for who impersonates. */
PV_MUST_USE int pv_auth_code_new(pv_ctx *cx, pv_auth *auth, const pv_identity *who, const char **ret_code,
				 int64_t *ret_expires);
PV_MUST_USE int pv_auth_session_open(pv_ctx *cx, pv_auth *auth, const char *code, const char *token,
				     const char **ret_cookie, int64_t *ret_expires);
/* Whose session is it?  NULL if it is nobody's, or its account is gone. */
const pv_identity *pv_auth_session(pv_ctx *cx, pv_auth *auth, const char *cookie);
void pv_auth_session_close(pv_auth *auth, const char *cookie);
/* The cookie that carries a session, and its value in a request; NULL: it has none. */
#define PV_SESSION_COOKIE "pave_session"
const char *pv_auth_cookie(pv_ctx *cx, const pv_http_req *req);
