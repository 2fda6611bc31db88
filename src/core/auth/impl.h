/* impl: what the files of core/auth share. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "core/auth/auth.h"
#include "core/auth/rbac.h"
#include "lang/value/value.h"

#define PV_SA_PREFIX "system:serviceaccount:"
/* A role of every server that says "false" is left as it is. */
#define RBAC_AUTOUPDATE "rbac.authorization.kubernetes.io/autoupdate"
#define RBAC_LABEL "rbac.authorization.k8s.io/aggregate-to-"

typedef struct sessions sessions;
typedef struct keys keys;
typedef struct oidc oidc;
typedef struct signin signin;

struct pv_auth {
	pv_store *store;
	const char *const *issuers; /* of ServiceAccounts' tokens; the first one signs */
	rbac *rbac;
	struct node_rules *node_rules;
	struct node_pods *node_pods;
	keys *keys;
	sessions *sessions;
	oidc *oidc;               /* NULL: no issuer is trusted */
	_Atomic(signin *) signin; /* NULL: not offered, or not yet */
};

/* ---- identities (identity.c), in the arena of cx ---- */
pv_identity *identity_new(pv_ctx *cx, const char *user, const char *uid, const char *how);
/* groups: NULL-terminated, copied; system:authenticated is added. */
void identity_groups(pv_ctx *cx, pv_identity *who, const char *const *groups);
bool identity_in(const pv_identity *who, const char *group);
/* Of a list that NULL ends. */
bool auth_among(const char *const *list, const char *text);
/* A list of texts, ended by NULL; the texts are the list's. */
const char *const *auth_texts(pv_arena *arena, const pv_val *list);
/* "[\"a\" \"b\"]", as Go prints a list. */
char *identity_groups_text(pv_arena *arena, const pv_identity *who);

/* ---- sessions.c ---- */
PV_MUST_USE int sessions_open(pv_ctx *cx, pv_store *store, sessions **ret);
sessions *sessions_close(sessions *s);
void sessions_code(pv_ctx *cx, sessions *s, const pv_identity *who, const char **ret_code,
		   int64_t *ret_expires);
/* Spends the code; -PV_EUNAUTHORIZED if it is unknown, spent or old, -PV_ETOOMANY after many of those. */
PV_MUST_USE int sessions_spend(pv_ctx *cx, sessions *s, const char *code, const pv_identity **ret);
/* It ends by who->expires, if that is known. */
PV_MUST_USE int sessions_start(pv_ctx *cx, sessions *s, const pv_identity *who, const char **ret_cookie,
			       int64_t *ret_expires);
const pv_identity *sessions_find(pv_ctx *cx, sessions *s, const char *cookie);
void sessions_end(sessions *s, const char *cookie);

/* ---- tokens.c ---- */
/* A token dies with its account, a minute after that began to go: the uid must still be the stored one. */
bool tokens_account_lives(pv_ctx *cx, pv_auth *auth, const char *ns, const char *name, const char *uid);

/* ---- oidc.c ---- */
const pv_identity *oidc_token(pv_ctx *cx, oidc *o, const char *token); /* NULL: not theirs, or refused */
/* May a request come there without credentials? */
bool oidc_public(oidc *o, const char *path);
oidc *oidc_close(oidc *o);

/* ---- signin.c ---- */
signin *signin_close(signin *s);

/* ---- keys.c: the authority and the key of tokens, kept in the store's meta ---- */
PV_MUST_USE int keys_open(pv_ctx *cx, pv_store *store, keys **ret);
keys *keys_close(keys *k);
const char *keys_ca(const keys *k); /* the authority's certificate, PEM */
PV_MUST_USE int keys_server(pv_ctx *cx, keys *k, const char *const *names, const char **ret_cert,
			    const char **ret_key);
PV_MUST_USE int keys_serves(pv_ctx *cx, const keys *k, const char *host, bool *ret);
PV_MUST_USE int keys_due(pv_ctx *cx, const keys *k, int64_t now, bool *ret);
PV_MUST_USE int keys_client(pv_ctx *cx, keys *k, const char *user, const char *const *groups,
			    const char **ret_cert, const char **ret_key);
PV_MUST_USE int keys_sign_request(pv_ctx *cx, keys *k, pv_str request, int64_t ttl_ns, bool signs,
				  bool enciphers, const char **ret_cert);
PV_MUST_USE int keys_sign(pv_ctx *cx, keys *k, const pv_val *claims, const char **ret_token);
/* The public half of the key of tokens, as a JWK. */
PV_MUST_USE int keys_jwk(pv_ctx *cx, const keys *k, const char **ret);
/* The claims of a token that this server signed, else NULL.  Says nothing of its expiry. */
const pv_val *keys_verify(pv_ctx *cx, keys *k, const char *token);
